//! What to send, and what central's answer means for our journal. Pure: what is stored is passed in.

use selvedge_protocol::journal::{Entry, GENESIS, Hash, Hex32};
use selvedge_protocol::v1::{HeadV1, JournalAnswer, MAX_SEGMENT_BYTES, ProblemV1, problem};
use selvedge_store::table::generation::{Cause, Parting};
use uuid::Uuid;

use crate::Trouble;
use crate::engine::Failure;
use crate::work::nonsense;

/// Bodies of a segment together; the JSON around them and their escapes need room too.
pub(crate) const SEGMENT_BODY_BYTES: usize = MAX_SEGMENT_BYTES / 2;

/// One generation of our journal, as it stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mine {
    pub generation: Uuid,
    /// Our last entry.
    pub last: u64,
    /// What central said it has.
    pub acknowledged: u64,
    /// What is noted of another journal with its identity.
    pub parted: Option<Parting>,
}

/// A generation that central does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Which.
    pub generation: Uuid,
    /// For a manager.
    pub why: String,
}

/// The part of a generation that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub generation: Uuid,
    pub first: u64,
    pub last: u64,
}

/// What follows from an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Generation, number, hash: what central has now, where that changed.
    pub acknowledged: Vec<(Uuid, u64, Hash)>,
    /// Another journal has the identity of these, where that is news.
    pub parted: Vec<(Uuid, Parting)>,
    /// Central's head of these is none of ours: whether it has our last entry is to be asked.
    pub probe: Vec<Uuid>,
    /// Central does not know these: they are to be announced.
    pub unknown: Vec<Uuid>,
    pub stuck: Vec<Stuck>,
    /// Central has more than before.
    pub progress: bool,
    pub problems: Vec<Trouble>,
}

/// How many of these entries fit into a segment that holds `bytes` already: at least one into an empty one.
pub(crate) fn fitting(entries: &[Entry], most: usize, mut bytes: usize) -> usize {
    let mut count = 0;
    for entry in entries.iter().take(most) {
        bytes = bytes.saturating_add(entry.body.len());
        if bytes > SEGMENT_BODY_BYTES && (count > 0 || bytes > entry.body.len()) {
            break;
        }
        count += 1;
    }
    count
}

/// Our own journal, as it stands here. What cannot be read now is an error and never a no: a no would be a fork.
pub(crate) trait Own {
    /// Whether the entry with this number and hash is ours, though it may not be kept any more.
    fn is_ours(&self, generation: Uuid, sequence: u64, hash: &Hash) -> Result<bool, Failure>;
    /// The hash of our entry with this number, where it is kept, or is the last one of a base.
    fn hash_of(&self, generation: Uuid, sequence: u64) -> Result<Option<Hash>, Failure>;
}

/// Reads central's answer.
///
/// # Errors
/// [`Failure::Call`] with what makes no sense in it, [`Failure::Store`] where our journal could not be read.
pub(crate) fn settle(
    mine: &[Mine],
    sent: &[Sent],
    answer: &JournalAnswer,
    journal: &impl Own,
) -> Result<Settled, Failure> {
    let mut settled = Settled::default();
    for own in mine {
        let heads: Vec<&HeadV1> = answer.heads.iter().filter(|head| head.generation == own.generation).collect();
        let part = sent.iter().find(|part| part.generation == own.generation);
        settle_one(own, part, &heads, answer, journal, &mut settled)?;
    }
    for one in &answer.problems {
        // A gap is answered by sending from there, the others are told for the whole generation.
        if ![problem::GAP, problem::FORK, problem::UNKNOWN_GENERATION].contains(&one.code.as_str()) && !is_held(one) {
            let detail = format!("Entry {} of journal {}: {}", one.sequence, one.generation, one.detail);
            settled.problems.push(Trouble::new(&one.code, detail));
        }
    }
    Ok(settled)
}

/// Whether central keeps an entry and waits for a manager with it.
pub(crate) fn is_held(problem: &ProblemV1) -> bool {
    problem.kept && ![problem::FORK, problem::UNKNOWN_KIND].contains(&problem.code.as_str())
}

fn settle_one(
    own: &Mine,
    sent: Option<&Sent>,
    heads: &[&HeadV1],
    answer: &JournalAnswer,
    journal: &impl Own,
    settled: &mut Settled,
) -> Result<(), Failure> {
    if heads.is_empty() {
        settled.unknown.push(own.generation);
    }
    let head = own_head(own, heads, journal)?;
    // In the middle of a base the hash is not known any more: then all of it is sent again.
    let at = |sequence: u64| -> Result<(u64, Hash), Failure> {
        let hash = if sequence > 0 { journal.hash_of(own.generation, sequence)? } else { None };
        Ok(hash.map_or((0, GENESIS), |hash| (sequence, hash)))
    };
    let refused = answer.problems.iter().find(|one| one.generation == own.generation && !one.kept);
    let now = match (head, sent) {
        (Some(head), _) => head,
        (None, _) if heads.is_empty() => (0, GENESIS),
        (None, None) => at(own.acknowledged)?,
        // Central goes on where we do not: of ours it has what it did not refuse. When it misses what comes before the
        // first, it is not known where the branches part: then all of it is sent again.
        (None, Some(sent)) => at(match refused {
            Some(one) if one.sequence <= sent.first && one.code == problem::GAP => 0,
            Some(one) => one.sequence.saturating_sub(1).clamp(sent.first - 1, sent.last),
            None => sent.last,
        })?,
    };
    if now.0 != own.acknowledged {
        settled.acknowledged.push((own.generation, now.0, now.1));
    }
    settled.progress |= now.0 > own.acknowledged;
    if let Some(parting) = parting(head, heads) {
        let shown = head.is_some() || sent.is_some_and(|sent| sent.last == own.last && now.0 == own.last);
        if own.parted == Some(parting) {
            // Known, and nothing new.
        } else if shown {
            settled.parted.push((own.generation, parting));
        } else if sent.is_none() {
            settled.probe.push(own.generation);
        }
    }
    // Central did not take the very entry that follows what it has: sending it again changes nothing.
    if let Some(sent) = sent.filter(|sent| sent.first == now.0 + 1 && !heads.is_empty()) {
        let why = refused.filter(|one| one.sequence == sent.first);
        let why = why.map_or("central does not take it and does not say why", |one| one.detail.as_str());
        let why = format!("Journal {} waits at entry {}: {why}", own.generation, sent.first);
        settled.stuck.push(Stuck { generation: own.generation, why });
    }
    Ok(())
}

/// What the heads show of another journal with our identity. Two branches are a fork; one that goes on after our last
/// entry, which central has as well, is our own past: this disk was set back.
fn parting(ours: Option<(u64, Hash)>, heads: &[&HeadV1]) -> Option<Parting> {
    let strange = heads.iter().filter(|head| ours.is_none_or(|(_, hash)| head.hash != hash.to_string()));
    let strange = strange.map(|head| head.sequence).max();
    let forked = heads.iter().any(|head| head.forked);
    match (strange, ours) {
        (Some(sequence), None) if !forked => Some(Parting { cause: Cause::Restored, sequence }),
        (Some(sequence), _) if forked => Some(Parting { cause: Cause::Fork, sequence }),
        (None, Some((sequence, _))) if forked => Some(Parting { cause: Cause::Fork, sequence }),
        (None | Some(_), _) => None,
    }
}

/// The furthest of central's heads that is an entry of ours.
fn own_head(own: &Mine, heads: &[&HeadV1], journal: &impl Own) -> Result<Option<(u64, Hash)>, Failure> {
    let mut found: Option<(u64, Hash)> = None;
    for head in heads {
        let hash = Hex32::try_from(head.hash.clone()).map_err(|error| nonsense(format!("heads: hash: {error}")))?;
        let ours = match head.sequence {
            0 => hash == GENESIS,
            sequence => sequence <= own.last && journal.is_ours(own.generation, sequence, &hash)?,
        };
        if ours && found.is_none_or(|(sequence, _)| head.sequence >= sequence) {
            found = Some((head.sequence, hash));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
