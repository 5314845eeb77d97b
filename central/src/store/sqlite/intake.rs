//! Journals come in: kept when they verify, applied when they can be, held with a reason when not. All entries of a
//! segment share one transaction; nothing is acknowledged before it is on disk.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use selvedge_protocol::journal::{Body, ChainError, Entry, EntryId, GENESIS, Hash, Hex64, PublicKey, ReadBase};
use selvedge_protocol::v1::{FeedBody, HeadV1, ReleaseV1, problem};
use uuid::Uuid;

use super::feed::Appender;
use super::{balance, base, device, from_json, hash, held, promise, recovery, transfer, uuid};
use crate::judge::{self, Known, Verdict};
use crate::rights::{self, Doubt};
use crate::store::base::{BasePlace, OVERLAPS};
use crate::store::promise::Said;
use crate::store::transfer::heard;
use crate::store::{Device, Generation, HeldDecision, Problem, StoreError, Stored, Taken};

/// A segment, and who sends it.
pub(super) struct Segment {
    pub(super) sender: Uuid,
    /// Taken before the entries.
    pub(super) bases: Vec<ReadBase>,
    pub(super) entries: Vec<Looked>,
    pub(super) now_ms: i64,
}

/// An entry, and what was found out about it by itself, before its transaction: there only one works at a time.
pub(super) struct Looked {
    entry: Entry,
    /// The key under which it verifies.
    key: Option<PublicKey>,
    /// None when it cannot be read.
    body: Option<Body>,
}

impl Looked {
    /// Verifies it under the key that its generation is thought to have, and reads it.
    pub(super) fn at(entry: Entry, key: Option<PublicKey>) -> Self {
        let key = key.filter(|key| entry.check(key).is_ok());
        let body = Body::decode(&entry.body).ok();
        Looked { entry, key, body }
    }

    /// Whether it verifies under the key that the generation has.
    fn check(&self, key: &PublicKey) -> Result<(), ChainError> {
        if self.key.as_ref() == Some(key) { Ok(()) } else { self.entry.check(key) }
    }
}

/// Takes segments of several stations with one commit, since a commit waits for the disk; each stands or falls by itself.
/// Nothing of them is on disk before this returns well.
pub(super) fn take(
    connection: &mut Connection,
    segments: &[Segment],
) -> Result<Vec<Result<Taken, StoreError>>, StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut all = Vec::with_capacity(segments.len());
    for segment in segments {
        tx.execute_batch("SAVEPOINT segment")?;
        let taken = take_one(&tx, segment);
        tx.execute_batch(if taken.is_ok() { "RELEASE segment" } else { "ROLLBACK TO segment; RELEASE segment" })?;
        all.push(taken);
    }
    tx.commit()?;
    Ok(all)
}

fn take_one(tx: &Transaction<'_>, segment: &Segment) -> Result<Taken, StoreError> {
    let &Segment { sender, now_ms, ref bases, ref entries } = segment;
    let mut intake = Intake {
        tx,
        books: balance::Books::new(tx)?,
        generations: BTreeMap::new(),
        devices: BTreeMap::new(),
        said: Vec::new(),
        declared: false,
        people: BTreeMap::new(),
        sender,
        now_ms,
    };
    let mut problems = Vec::new();
    let mut new = 0;
    let mut new_base = false;
    for base in bases {
        let kept = intake.take_base(base)?;
        new_base |= kept.is_new;
        problems.extend(kept.problem.map(|said| Problem::of_base(base, said)));
    }
    for looked in entries {
        let (id, kept) = (looked.entry.id, intake.take_one(looked)?);
        new += usize::from(kept.is_new);
        problems.extend(kept.problem.map(|(kept, code, detail)| Problem { id, kept, code, detail }));
    }
    let mut heads = heads_of_device(tx, sender)?;
    for generation in intake.generations.values().flatten().filter(|generation| generation.device != sender) {
        heads.extend(heads_of_generation(tx, generation.device, generation.generation)?);
    }
    let mut lists = intake.declared || new_base;
    for generation in intake.generations.keys().filter(|_| new > 0) {
        lists |= recovery::has_lost_of(tx, *generation)?;
    }
    let (sites, said) = (intake.books.into_sites(), intake.said);
    let decided = hear(tx, &said, now_ms)?;
    if lists {
        recovery::list_lost_entries(tx, now_ms)?;
    }
    Ok(Taken { heads, problems, new, sites, decided })
}

struct Intake<'a> {
    tx: &'a Transaction<'a>,
    books: balance::Books<'a>,
    generations: BTreeMap<Uuid, Option<Generation>>,
    devices: BTreeMap<Uuid, Option<Device>>,
    /// What applied entries say of promises.
    said: Vec<Said>,
    /// A station said that entries are lost.
    declared: bool,
    /// By site and person.
    people: BTreeMap<(Uuid, Uuid), Option<rights::Known>>,
    sender: Uuid,
    now_ms: i64,
}

fn note_doubt(tx: &Transaction<'_>, entry: i64, device: Uuid, doubt: &Doubt) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO doubt (entry, device, code, detail) VALUES (?1, ?2, ?3, ?4)")?.execute((
        entry,
        device.into_bytes(),
        doubt.code,
        &doubt.detail,
    ))?;
    Ok(())
}

#[derive(Default)]
struct Kept {
    is_new: bool,
    problem: Option<(bool, &'static str, String)>,
}

impl Kept {
    fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        Kept { is_new: false, problem: Some((false, code, detail.into())) }
    }
}

impl Intake<'_> {
    /// Takes a base that central signed: what of it is not here by itself counts from now on.
    fn take_base(&mut self, read: &ReadBase) -> Result<Kept, StoreError> {
        let says = &read.says;
        if self.generation(says.generation)?.is_none_or(|known| known.device != says.device) {
            return Ok(Kept::refused(problem::UNKNOWN_GENERATION, "central knows no such generation of that station"));
        }
        let parent = self.parent(says.generation, says.first, &says.previous)?;
        let overlaps = || (true, problem::BASES_OVERLAP, OVERLAPS.to_owned());
        match base::place(self.tx, read, parent)? {
            BasePlace::There { held } => Ok(Kept { is_new: false, problem: held.then(overlaps) }),
            BasePlace::Gap => Ok(Kept::refused(problem::GAP, "the entry before it is missing here, or is another one")),
            BasePlace::Next { branch, held } => {
                base::keep(self.tx, &mut self.books, read, (branch, held), (self.sender, self.now_ms))?;
                Ok(Kept { is_new: true, problem: held.then(overlaps) })
            }
        }
    }

    fn take_one(&mut self, looked: &Looked) -> Result<Kept, StoreError> {
        let Looked { entry, body, .. } = looked;
        let id = entry.id;
        let Some(generation) = self.generation(id.generation)?.filter(|known| known.device == id.device) else {
            return Ok(Kept::refused(problem::UNKNOWN_GENERATION, "central knows no such generation of that station"));
        };
        if let Err(error) = looked.check(&generation.public_key) {
            return Ok(Kept::refused(judge::chain_code(&error), error.to_string()));
        }
        let base = base::of_entry(self.tx, id.generation, id.sequence, &entry.hash)?;
        let branch = match self.place(entry, base.as_ref())? {
            Place::There(problem) => return Ok(Kept { is_new: false, problem }),
            Place::Gap => {
                return Ok(Kept::refused(problem::GAP, "the entry before it is missing here, or is another one"));
            }
            Place::Next { branch } => branch,
        };
        let forked =
            self.has_number(&id)? || (base.is_none() && base::has_number(self.tx, id.generation, None, id.sequence)?);
        let verdict = self.judge(entry, forked, body.as_ref())?;
        let number = self.insert(entry, branch, body.as_ref().map_or("", |body| &body.kind), verdict.stored())?;
        if let Some(doubt) = body.as_ref().map(|body| self.doubt(body)).transpose()?.flatten() {
            note_doubt(self.tx, number, id.device, &doubt)?;
        }
        let problem = match verdict {
            Verdict::Apply(movements) => {
                for movement in &movements {
                    self.books.post_of(number, base.as_ref().map(|base| base.number), movement)?;
                }
                self.said.extend(body.as_ref().map(|body| Said::of(id.device, body, &movements)));
                self.declared |= body.as_ref().is_some_and(|body| body.kind == judge::RECOVERED);
                None
            }
            Verdict::Hold { code, detail } => {
                hold(self.tx, number, code, &detail)?;
                Some((true, code, detail))
            }
            Verdict::UnknownKind { detail } => Some((true, problem::UNKNOWN_KIND, detail)),
            Verdict::Dismissed => None,
        };
        let fork = forked.then(|| (true, problem::FORK, "another entry has the same number: both are kept".to_owned()));
        Ok(Kept { is_new: true, problem: problem.or(fork) })
    }

    fn judge(&mut self, entry: &Entry, forked: bool, body: Option<&Body>) -> Result<Verdict, StoreError> {
        let id = entry.id;
        let mut device = self.device(id.device)?;
        if let Some(device) = &mut device {
            revoked_for(self.tx, device, id.generation, id.sequence, forked)?;
        }
        let verdict = verdict(self.tx, device.as_ref(), body)?;
        let Verdict::Hold { .. } = verdict else { return Ok(verdict) };
        Ok(match held::decided(self.tx, id.generation, &entry.hash)? {
            Some(HeldDecision::Release) => judge::on_release(body).map_or(verdict, Verdict::Apply),
            Some(HeldDecision::Dismiss) => Verdict::Dismissed,
            None => verdict,
        })
    }

    /// Whether who did it may do it. While people are still coming back, nobody is a stranger.
    fn doubt(&mut self, body: &Body) -> Result<Option<Doubt>, StoreError> {
        let known = match body.person {
            Some(person) => self.person(body.site, person)?,
            None => None,
        };
        let Some(doubt) = rights::doubt(body, known.as_ref()) else { return Ok(None) };
        let waits = doubt.code == rights::UNKNOWN_PERSON && known.is_none() && !recovery::may_grant(self.tx)?;
        Ok((!waits).then_some(doubt))
    }

    fn person(&mut self, site: Uuid, person: Uuid) -> Result<Option<rights::Known>, StoreError> {
        if let Some(known) = self.people.get(&(site, person)) {
            return Ok(*known);
        }
        let row: Option<(String, i64)> = self
            .tx
            .prepare_cached(
                "SELECT body, at_ms FROM feed WHERE kind = 'person' AND subject = ?1 AND site = ?2 AND replaced = 0",
            )?
            .query_row((person.to_string(), site.into_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let read = |(text, since_ms): (String, i64)| {
            Ok::<_, StoreError>(rights::Known::of(&from_json("person", &text)?, since_ms))
        };
        let known = row.map(read).transpose()?;
        self.people.insert((site, person), known);
        Ok(known)
    }

    fn place(&self, entry: &Entry, base: Option<&base::Cover>) -> Result<Place, StoreError> {
        let id = entry.id;
        let there: Option<(i64, String)> = self
            .tx
            .prepare_cached("SELECT number, state FROM entry WHERE generation = ?1 AND sequence = ?2 AND hash = ?3")?
            .query_row((id.generation.into_bytes(), id.sequence, entry.hash.0), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((number, _)) = there {
            return Ok(Place::There(problem_of(self.tx, number)?));
        }
        if let Some(base) = base {
            return Ok(Place::Next { branch: base.branch });
        }
        match self.parent(id.generation, id.sequence, &entry.previous)? {
            Some(branch) => self.branch(&id, branch),
            None if self.is_lost(&id)? => self.branch(&id, 0),
            None => Ok(Place::Gap),
        }
    }

    /// The branch of the entry before this number, by itself or in a base; none where it is not here.
    fn parent(&self, generation: Uuid, sequence: u64, previous: &Hash) -> Result<Option<u32>, StoreError> {
        let before = sequence.saturating_sub(1);
        if before == 0 {
            return Ok((*previous == GENESIS).then_some(0));
        }
        let entry: Option<u32> = self
            .tx
            .prepare_cached("SELECT branch FROM entry WHERE generation = ?1 AND sequence = ?2 AND hash = ?3")?
            .query_row((generation.into_bytes(), before, previous.0), |row| row.get(0))
            .optional()?;
        match entry {
            Some(branch) => Ok(Some(branch)),
            None => Ok(base::of_entry(self.tx, generation, before, previous)?.map(|base| base.branch)),
        }
    }

    /// Whether the station said that the entry before this one is lost for good.
    fn is_lost(&self, id: &EntryId) -> Result<bool, StoreError> {
        let mut statement =
            self.tx.prepare_cached("SELECT body FROM entry WHERE kind = ?2 AND device = ?1 AND state = 'applied'")?;
        let mut rows = statement.query((id.device.into_bytes(), judge::RECOVERED))?;
        while let Some(row) = rows.next()? {
            if judge::declares_lost(&row.get::<_, String>(0)?, id.generation, id.sequence.saturating_sub(1)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The parent's branch, or a new one where the parent was followed by another entry.
    fn branch(&self, id: &EntryId, parent: u32) -> Result<Place, StoreError> {
        let taken = self
            .tx
            .prepare_cached("SELECT 1 FROM entry WHERE generation = ?1 AND branch = ?2 AND sequence = ?3")?
            .exists((id.generation.into_bytes(), parent, id.sequence))?
            || base::has_number(self.tx, id.generation, Some(parent), id.sequence)?;
        let branch = if taken { base::next_branch(self.tx, id.generation)? } else { parent };
        Ok(Place::Next { branch })
    }

    fn has_number(&self, id: &EntryId) -> Result<bool, StoreError> {
        Ok(self
            .tx
            .prepare_cached("SELECT 1 FROM entry WHERE generation = ?1 AND sequence = ?2")?
            .exists((id.generation.into_bytes(), id.sequence))?)
    }

    fn insert(&self, entry: &Entry, branch: u32, kind: &str, stored: Stored) -> Result<i64, StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO entry (device, generation, sequence, branch, format, previous, body, hash, signature, kind,
                                    state, sender, received_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute((
                entry.id.device.into_bytes(),
                entry.id.generation.into_bytes(),
                entry.id.sequence,
                branch,
                entry.format,
                entry.previous.0,
                &entry.body,
                entry.hash.0,
                entry.signature.0,
                kind,
                stored.word(),
                self.sender.into_bytes(),
                self.now_ms,
            ))?;
        Ok(self.tx.last_insert_rowid())
    }

    fn generation(&mut self, id: Uuid) -> Result<Option<Generation>, StoreError> {
        if !self.generations.contains_key(&id) {
            self.generations.insert(id, device::generation(self.tx, id)?);
        }
        Ok(self.generations.get(&id).cloned().flatten())
    }

    fn device(&mut self, id: Uuid) -> Result<Option<Device>, StoreError> {
        if !self.devices.contains_key(&id) {
            self.devices.insert(id, device::by_id(self.tx, id)?);
        }
        Ok(self.devices.get(&id).cloned().flatten())
    }
}

enum Place {
    There(Option<(bool, &'static str, String)>),
    Next { branch: u32 },
    Gap,
}

/// Holds an entry, for a reason.
pub(super) fn hold(tx: &Transaction<'_>, number: i64, code: &str, detail: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO held (entry, code, detail) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET code = ?2, detail = ?3",
    )?
    .execute((number, code, detail))?;
    Ok(())
}

/// What was said about an entry when it came first, so that a second upload hears the same.
fn problem_of(tx: &Transaction<'_>, number: i64) -> Result<Option<(bool, &'static str, String)>, StoreError> {
    let held: Option<(String, String)> = tx
        .prepare_cached("SELECT code, detail FROM held WHERE entry = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(held.map(|(code, detail)| (true, judge::held_code(&code), detail)))
}

fn verdict(tx: &Transaction<'_>, device: Option<&Device>, body: Option<&Body>) -> Result<Verdict, StoreError> {
    let judged = judge::judge(device, body);
    let Verdict::Apply(movements) = &judged else { return Ok(judged) };
    let mut known = Known::default();
    for movement in movements {
        let product = movement.product.0;
        if tx.prepare_cached("SELECT 1 FROM product WHERE id = ?1")?.exists([product.into_bytes()])? {
            known.products.insert(product);
        }
    }
    if let Some(device) = device {
        let mut statement = tx.prepare_cached("SELECT id FROM location WHERE site = ?1")?;
        let mut rows = statement.query([device.site.into_bytes()])?;
        while let Some(row) = rows.next()? {
            known.locations.insert(uuid("location", &row.get::<_, Vec<u8>>(0)?)?);
        }
    }
    Ok(judge::against(judged, &known))
}

/// Judges again all that is held; what can be applied by now is, and that is said in the feed.
pub(super) fn release(tx: &Transaction<'_>, now_ms: i64) -> Result<u64, StoreError> {
    let applied = judge_again(
        tx,
        "SELECT entry FROM held UNION ALL SELECT number FROM entry WHERE state = 'unknown-kind' ORDER BY 1",
        now_ms,
    )?;
    let mut feed = Appender::new(tx, now_ms)?;
    for number in &applied {
        let (device, release) = tx
            .prepare_cached("SELECT device, generation, sequence, hash FROM entry WHERE number = ?1")?
            .query_row([number], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, (row.get::<_, Vec<u8>>(1)?, row.get(2)?, row.get::<_, Vec<u8>>(3)?)))
            })?;
        let (generation, sequence, hash) = release;
        let row = ReleaseV1 {
            device: uuid("entry", &device)?,
            generation: uuid("entry", &generation)?,
            sequence,
            hash: hex::encode(hash),
            dismissed: false,
        };
        feed.append(None, &FeedBody::Release(row))?;
    }
    Ok(u64::try_from(applied.len()).unwrap_or(u64::MAX))
}

/// The same for what was held because central did not know what it names: it does not depend on which came first, the
/// product or its sale, so nobody decides anything.
pub(super) fn release_known(tx: &Transaction<'_>, now_ms: i64) -> Result<(), StoreError> {
    judge_again(tx, "SELECT entry FROM held WHERE code IN ('unknown-product', 'other-site') ORDER BY 1", now_ms)?;
    Ok(())
}

/// The numbers of those that could be applied.
fn judge_again(tx: &Transaction<'_>, sql: &str, now_ms: i64) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<i64> = tx.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut books = balance::Books::new(tx)?;
    let (mut applied, mut said) = (Vec::new(), Vec::new());
    for number in rows {
        let (entry, branch) = tx
            .prepare_cached("SELECT * FROM entry WHERE number = ?1")?
            .query_row([number], |row| Ok((entry_of(row), row.get::<_, u32>("branch")?)))?;
        let Entry { id, hash, body, .. } = entry?;
        let of = id.device;
        let mut device = device::by_id(tx, of)?;
        if let Some(device) = &mut device {
            revoked_for(tx, device, id.generation, id.sequence, branch > 0)?;
        }
        let base = base::of_entry(tx, id.generation, id.sequence, &hash)?.map(|base| base.number);
        let body = Body::decode(&body).ok();
        match verdict(tx, device.as_ref(), body.as_ref())? {
            Verdict::Apply(movements) => {
                for movement in &movements {
                    books.post_of(number, base, movement)?;
                }
                said.extend(body.as_ref().map(|body| Said::of(of, body, &movements)));
                let_go(tx, number, Stored::Applied)?;
                applied.push(number);
            }
            Verdict::Hold { code, detail } => hold(tx, number, code, &detail)?,
            Verdict::UnknownKind { .. } | Verdict::Dismissed => {}
        }
    }
    hear(tx, &said, now_ms)?;
    Ok(applied)
}

/// Hears what applied entries say of promises and transfers; whether something was decided because of it.
pub(super) fn hear(tx: &Transaction<'_>, said: &[Said], now_ms: i64) -> Result<bool, StoreError> {
    let promised = promise::hear(tx, said, now_ms)?;
    let transferred = transfer::hear(tx, &heard(said), now_ms)?;
    Ok(promised || transferred)
}

/// What counted when a station was revoked counts whenever it comes; a branch that begins later does not.
fn revoked_for(
    tx: &Transaction<'_>,
    device: &mut Device,
    generation: Uuid,
    sequence: u64,
    forked: bool,
) -> Result<(), StoreError> {
    device.revoked = device.revoked && (forked || !device::counted(tx, generation, sequence)?);
    Ok(())
}

pub(super) fn let_go(tx: &Transaction<'_>, number: i64, stored: Stored) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM held WHERE entry = ?1")?.execute([number])?;
    tx.prepare_cached("UPDATE entry SET state = ?2 WHERE number = ?1")?.execute((number, stored.word()))?;
    Ok(())
}

pub(super) fn heads_of_device(tx: &Transaction<'_>, of: Uuid) -> Result<Vec<HeadV1>, StoreError> {
    let mut heads = Vec::new();
    for generation in device::generations_of(tx, of)? {
        heads.extend(heads_of_generation(tx, of, generation)?);
    }
    Ok(heads)
}

pub(super) fn heads_of_generation(
    tx: &Transaction<'_>,
    device: Uuid,
    generation: Uuid,
) -> Result<Vec<HeadV1>, StoreError> {
    // Branches are numbered without gaps: a look at the end of each, however long the journal is.
    let mut last = tx.prepare_cached(
        "SELECT sequence, hash FROM entry WHERE generation = ?1 AND branch = ?2 ORDER BY sequence DESC LIMIT 1",
    )?;
    let bases = base::ends(tx, generation)?;
    let mut heads = Vec::new();
    for branch in 0_u32.. {
        let found: Option<(u64, Vec<u8>)> =
            last.query_row((generation.into_bytes(), branch), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let entry =
            found.map(|(sequence, bytes)| Ok::<_, StoreError>((sequence, hash("entry", &bytes)?))).transpose()?;
        let Some((sequence, hash)) = entry.max(bases.get(&branch).copied()) else { break };
        heads.push(HeadV1 { device, generation, sequence, hash: hash.to_string(), forked: false });
    }
    if heads.is_empty() {
        heads.push(HeadV1 { device, generation, sequence: 0, hash: GENESIS.to_string(), forked: false });
    }
    let forked = heads.len() > 1;
    heads.iter_mut().for_each(|head| head.forked = forked);
    Ok(heads)
}

pub(super) fn entries(
    tx: &Transaction<'_>,
    device: Uuid,
    generation: Uuid,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT * FROM entry WHERE generation = ?1 AND device = ?2 AND branch = 0 AND sequence > ?3
         ORDER BY sequence LIMIT ?4",
    )?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut rows = statement.query((generation.into_bytes(), device.into_bytes(), after, limit))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry_of(row)?);
    }
    Ok(entries)
}

/// An entry as it came, for exports.
pub(super) fn entry_of(row: &rusqlite::Row<'_>) -> Result<Entry, StoreError> {
    let bytes = |name: &str| row.get::<_, Vec<u8>>(name);
    Ok(Entry {
        id: EntryId {
            device: uuid("entry", &bytes("device")?)?,
            generation: uuid("entry", &bytes("generation")?)?,
            sequence: row.get("sequence")?,
        },
        format: row.get("format")?,
        previous: hash("entry", &bytes("previous")?)?,
        body: row.get("body")?,
        hash: hash("entry", &bytes("hash")?)?,
        signature: Hex64::from_slice(&bytes("signature")?).map_err(|error| StoreError::value("entry", error))?,
    })
}
