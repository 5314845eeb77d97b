//! What to send, and what central's answer means for our journal. Pure: what is stored is passed in.

use selvedge_protocol::journal::{Entry, GENESIS, Hash, Hex32};
use selvedge_protocol::v1::{HeadV1, JournalAnswer, MAX_SEGMENT_BYTES, problem};
use uuid::Uuid;

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
    /// Central has another branch of these.
    pub forked: Vec<Uuid>,
    pub stuck: Vec<Stuck>,
    /// Central has more than before.
    pub progress: bool,
    pub problems: Vec<String>,
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

/// Reads central's answer. `hash_of` is the hash of our own entry with that number.
///
/// # Errors
/// What makes no sense in it.
pub(crate) fn settle(
    mine: &[Mine],
    sent: &[Sent],
    answer: &JournalAnswer,
    hash_of: impl Fn(Uuid, u64) -> Option<Hash>,
) -> Result<Settled, String> {
    let mut settled = Settled::default();
    for own in mine {
        let heads: Vec<&HeadV1> = answer.heads.iter().filter(|head| head.generation == own.generation).collect();
        let part = sent.iter().find(|part| part.generation == own.generation);
        settle_one(own, part, &heads, answer, &hash_of, &mut settled)?;
    }
    for one in &answer.problems {
        // A gap is answered by sending from there, a fork is told for the whole generation.
        if one.code != problem::GAP && one.code != problem::FORK {
            settled.problems.push(format!("Entry {} of journal {}: {}", one.sequence, one.generation, one.detail));
        }
    }
    Ok(settled)
}

fn settle_one(
    own: &Mine,
    sent: Option<&Sent>,
    heads: &[&HeadV1],
    answer: &JournalAnswer,
    hash_of: &impl Fn(Uuid, u64) -> Option<Hash>,
    settled: &mut Settled,
) -> Result<(), String> {
    let head = own_head(own, heads, hash_of)?;
    if heads.iter().any(|head| head.forked) || (head.is_none() && !heads.is_empty()) {
        settled.forked.push(own.generation);
    }
    // Without a head of ours central has another branch, or none of this generation at all.
    let now = match (head, sent) {
        (Some(head), _) => head,
        (None, None) if !heads.is_empty() => return Ok(()),
        (None, _) => (0, GENESIS),
    };
    if now.0 != own.acknowledged {
        settled.acknowledged.push((own.generation, now.0, now.1));
    }
    settled.progress |= now.0 > own.acknowledged;
    // Central did not take the very entry that follows what it has: sending it again changes nothing.
    if let Some(sent) = sent.filter(|sent| sent.first == now.0 + 1) {
        let why = answer
            .problems
            .iter()
            .find(|one| one.generation == own.generation && one.sequence == sent.first && !one.kept);
        let why = why.map_or("central does not take it and does not say why", |one| one.detail.as_str());
        let why = format!("Journal {} waits at entry {}: {why}", own.generation, sent.first);
        settled.stuck.push(Stuck { generation: own.generation, why });
    }
    Ok(())
}

/// The furthest of central's heads that is an entry of ours.
fn own_head(
    own: &Mine,
    heads: &[&HeadV1],
    hash_of: &impl Fn(Uuid, u64) -> Option<Hash>,
) -> Result<Option<(u64, Hash)>, String> {
    let mut found: Option<(u64, Hash)> = None;
    for head in heads {
        let hash = Hex32::try_from(head.hash.clone()).map_err(|error| format!("heads: hash: {error}"))?;
        let ours = match head.sequence {
            0 => hash == GENESIS,
            sequence => sequence <= own.last && hash_of(own.generation, sequence) == Some(hash),
        };
        if ours && found.is_none_or(|(sequence, _)| head.sequence >= sequence) {
            found = Some((head.sequence, hash));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
