//! Up: the next segment of the journal, and what central has of it.

use std::sync::PoisonError;

use selvedge_domain::ids::{DeviceId, GenerationId};
use selvedge_protocol::journal::{EntryId, Hash};
use selvedge_protocol::v1::{BaseV1, EntryV1, JournalAnswer, JournalRequest, ProblemV1, SeenV1};
use selvedge_store::StoreError;
use selvedge_store::table::generation::{self, Parting};
use selvedge_store::table::held::{self, Held};
use selvedge_store::table::{base, journal, recovery, station};
use uuid::Uuid;

use super::Desk;
use crate::engine::{ClockReading, Failure, Report};
use crate::plan::{self, Mine, Sent, Settled, Stuck};
use crate::{CallError, Parted, giving_back};

/// Entries that central holds, asked about at once.
const HELD_AT_ONCE: u32 = 20;

impl Desk {
    /// Sends the next segment, or asks for the heads only, and notes what central has. A generation that it does not
    /// know is announced; when the present one has a namesake, a new one is begun.
    pub async fn push(&self, token: &str, most: usize, leave_out: &[Uuid], probe: &[Uuid]) -> Result<Report, Failure> {
        self.recover(token).await?;
        let mut segment = self.segment(most, leave_out, probe)?;
        let request = JournalRequest {
            entries: std::mem::take(&mut segment.entries),
            bases: std::mem::take(&mut segment.bases),
            seen: segment.seen.take(),
        };
        let idle = segment.sent.is_empty();
        let asked_ms = (self.wall)();
        let answer = self.central.journal(token, &request).await?;
        let clock = ClockReading { asked_ms, central_ms: answer.now_ms, answered_ms: (self.wall)() };
        let mut settled = self.store.write("sync-acknowledged", |tx| self.settle(tx, &segment, &answer))?;
        let announced = self.announce(token, &mut settled).await?;
        let renewed = self.leave_parted()?;
        let (left, unsent, parted, held) = self.store.read::<_, Failure>(|tx| {
            Ok((left(tx, leave_out, &settled)?, journal::unsent(tx)?, parted(tx)?, held::reasons(tx)?))
        })?;
        if idle && unsent == 0 && !announced && !renewed {
            self.prune(token, answer.now_ms).await?;
        }
        Ok(Report {
            more: left || announced || renewed || !settled.probe.is_empty(),
            progress: settled.progress || announced || renewed,
            unsent: Some(unsent),
            parted: Some(parted),
            held: Some(held),
            probe: settled.probe,
            stuck: settled.stuck,
            problems: settled.problems,
            clock: Some(clock),
            ..Report::default()
        })
    }

    /// Tells central of generations that it does not know; whether it knows more now.
    async fn announce(&self, token: &str, settled: &mut Settled) -> Result<bool, Failure> {
        if settled.unknown.is_empty() {
            return Ok(false);
        }
        let all = self.store.read::<_, Failure>(|tx| Ok(generation::all(tx)?))?;
        let mut announced = false;
        for one in all.iter().filter(|one| settled.unknown.contains(&one.id.0)) {
            let why = match one.announcement() {
                None => "central knows no such generation of this station".to_owned(),
                Some(request) => match self.central.generation(token, &request).await {
                    Ok(_) => {
                        announced = true;
                        continue;
                    }
                    Err(error) if error.wants_token() => return Err(error.into()),
                    Err(error @ CallError::Refused { status: 400..=499, .. }) => error.to_string(),
                    Err(error) => return Err(error.into()),
                },
            };
            let why = format!("Journal {} waits: {why}", one.id);
            settled.stuck.push(Stuck { generation: one.id.0, why });
        }
        Ok(announced)
    }

    /// When the present generation has a namesake, the station begins a new one; whether it had to.
    pub fn leave_parted(&self) -> Result<bool, Failure> {
        let parted = self.store.read::<_, Failure>(|tx| {
            let Some(station) = station::get(tx)? else { return Ok(None) };
            Ok(generation::parting(tx, station.generation)?.map(|_| station.generation))
        })?;
        let Some(generation) = parted else { return Ok(false) };
        (self.on_parted)(generation).map_err(Failure::Store)?;
        Ok(true)
    }

    fn segment(&self, most: usize, leave_out: &[Uuid], probe: &[Uuid]) -> Result<Segment, Failure> {
        let device = self.station.device;
        self.store.read(|tx| {
            let mut segment = Segment { seen: Some(giving_back::seen(tx)?), ..Segment::default() };
            let mut bytes = 0;
            let recovered = recovery::get(tx)?.map(|recovery| recovery.last).unwrap_or_default();
            // The newest first: there stands what central must know to take the others.
            for own in mine(tx)?.into_iter().rev() {
                let room = most.saturating_sub(segment.entries.len());
                segment.mine.push(own);
                // Whether central has our last entry is heard by sending it once more.
                let asks = own.acknowledged == own.last && probe.contains(&own.generation);
                let after = if asks { own.last.saturating_sub(1) } else { own.acknowledged };
                let waits = recovered.contains_key(&GenerationId(own.generation));
                if room == 0 || after >= own.last || waits || leave_out.contains(&own.generation) {
                    continue;
                }
                if let Some(kept) = base::of_number(tx, GenerationId(own.generation), after + 1)? {
                    // Its entries are gone: the base goes in their place, with those of them that were kept whole.
                    if !segment.entries.is_empty() || !segment.bases.is_empty() {
                        continue;
                    }
                    bytes += kept.base.text.len();
                    let count = u32::try_from(kept.last - kept.first + 1).unwrap_or(u32::MAX);
                    let whole = journal::after(tx, device, GenerationId(own.generation), kept.first - 1, count)?;
                    let whole = whole.iter().filter(|entry| entry.id.sequence <= kept.last);
                    segment
                        .bases
                        .push(BaseV1 { statement: kept.base.text.clone(), signature: kept.base.signature.to_string() });
                    segment.sent.push(Sent { generation: own.generation, first: after + 1, last: kept.last });
                    segment.entries.extend(whole.clone().map(EntryV1::from));
                    segment.ids.extend(whole.map(|entry| entry.id));
                    continue;
                }
                let limit = u32::try_from(room).unwrap_or(u32::MAX);
                let entries = journal::after(tx, device, GenerationId(own.generation), after, limit)?;
                let fitting = &entries[..plan::fitting(&entries, room, bytes)];
                let (Some(first), Some(last)) = (fitting.first(), fitting.last()) else { continue };
                bytes += fitting.iter().map(|entry| entry.body.len()).sum::<usize>();
                let (first, last) = (first.id.sequence, last.id.sequence);
                segment.sent.push(Sent { generation: own.generation, first, last });
                segment.entries.extend(fitting.iter().map(EntryV1::from));
                segment.ids.extend(fitting.iter().map(|entry| entry.id));
            }
            if segment.entries.is_empty() && segment.bases.is_empty() {
                self.ask_of_held(tx, &mut segment)?;
            }
            Ok(segment)
        })
    }

    /// With nothing else to send: are those that central holds still held? They are sent again, a few each time.
    fn ask_of_held(&self, tx: &selvedge_store::Tx, segment: &mut Segment) -> Result<(), StoreError> {
        let mut last = self.asked_of.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held::after(tx, *last, HELD_AT_ONCE)?;
        *last = held.last().map(|one| (one.generation, one.sequence));
        for one in held {
            let (acknowledged, _) = journal::acknowledged(tx, one.generation)?;
            let found = journal::after(tx, self.station.device, one.generation, one.sequence - 1, 1)?;
            for entry in found.iter().filter(|entry| entry.id.sequence == one.sequence && one.sequence <= acknowledged)
            {
                segment.entries.push(EntryV1::from(entry));
                segment.ids.push(entry.id);
            }
        }
        Ok(())
    }

    fn settle(&self, tx: &selvedge_store::Tx, segment: &Segment, answer: &JournalAnswer) -> Result<Settled, Failure> {
        let own = Journal { tx, device: self.station.device };
        let settled = plan::settle(&segment.mine, &segment.sent, answer, &own)?;
        giving_back::heard_in(tx, answer.epoch)?;
        for (generation, sequence, hash) in &settled.acknowledged {
            journal::set_acknowledged(tx, GenerationId(*generation), *sequence, hash)?;
        }
        let held = |id: &EntryId| {
            let same = |one: &&ProblemV1| (one.generation, one.sequence) == (id.generation, id.sequence);
            answer.problems.iter().filter(|one| plan::is_held(one)).find(same)
        };
        for id in &segment.ids {
            let generation = GenerationId(id.generation);
            match held(id) {
                Some(ProblemV1 { code, detail, .. }) => {
                    let (code, detail) = (code.clone(), detail.clone());
                    held::set(tx, &Held { generation, sequence: id.sequence, code, detail })?;
                }
                None => held::clear(tx, generation, id.sequence)?,
            }
        }
        for (generation, parting) in &settled.parted {
            generation::set_parting(tx, GenerationId(*generation), parting)?;
        }
        Ok(settled)
    }
}

/// Our own journal in a transaction.
struct Journal<'a, 't> {
    tx: &'a selvedge_store::Tx<'t>,
    device: DeviceId,
}

impl plan::Own for Journal<'_, '_> {
    fn is_ours(&self, generation: Uuid, sequence: u64, hash: &Hash) -> Result<bool, Failure> {
        Ok(journal::is_ours(self.tx, GenerationId(generation), sequence, hash)?)
    }

    fn hash_of(&self, generation: Uuid, sequence: u64) -> Result<Option<Hash>, Failure> {
        let of = GenerationId(generation);
        let Some(before) = sequence.checked_sub(1) else { return Ok(None) };
        let found = journal::after(self.tx, self.device, of, before, 1)?;
        if let Some(entry) = found.first().filter(|entry| entry.id.sequence == sequence) {
            return Ok(Some(entry.hash));
        }
        Ok(base::of_number(self.tx, of, sequence)?.filter(|kept| kept.last == sequence).map(|kept| kept.hash))
    }
}

#[derive(Default)]
struct Segment {
    bases: Vec<BaseV1>,
    entries: Vec<EntryV1>,
    /// Of the entries.
    ids: Vec<EntryId>,
    seen: Option<SeenV1>,
    mine: Vec<Mine>,
    sent: Vec<Sent>,
}

fn mine(tx: &selvedge_store::Tx) -> Result<Vec<Mine>, StoreError> {
    let partings = generation::partings(tx)?;
    let mut mine = Vec::new();
    for generation in journal::generations(tx)? {
        let (last, _) = journal::head(tx, generation)?;
        let (acknowledged, _) = journal::acknowledged(tx, generation)?;
        // A journal that is shorter than what central had of it lies on a restored disk: nothing of it is unsent.
        let parted: Option<Parting> = partings.iter().find(|(of, _)| *of == generation).map(|(_, parting)| *parting);
        mine.push(Mine { generation: generation.0, last, acknowledged, parted });
    }
    Ok(mine)
}

/// The generations that were left, as a person is told of them.
fn parted(tx: &selvedge_store::Tx) -> Result<Vec<Parted>, StoreError> {
    let all = generation::all(tx)?;
    let mut parted = Vec::new();
    for (id, parting) in generation::partings(tx)? {
        let short = all.iter().find(|one| one.id == id).map_or(String::new(), |one| one.short.clone());
        parted.push(Parted { generation: id, short, cause: parting.cause });
    }
    Ok(parted)
}

/// Whether there is more to send at once.
fn left(tx: &selvedge_store::Tx, leave_out: &[Uuid], settled: &Settled) -> Result<bool, StoreError> {
    let waits = recovery::get(tx)?.map(|recovery| recovery.last).unwrap_or_default();
    let is_stuck = |own: &Mine| {
        leave_out.contains(&own.generation)
            || waits.contains_key(&GenerationId(own.generation))
            || settled.stuck.iter().any(|stuck| stuck.generation == own.generation)
    };
    Ok(mine(tx)?.iter().any(|own| own.acknowledged < own.last && !is_stuck(own)))
}
