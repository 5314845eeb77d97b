//! Verifying a journal: the chain, the signatures, and that nothing is missing.

use std::collections::BTreeMap;
use std::path::Path;

use selvedge_protocol::journal::{Body, ChainError, Entry, Fact, Hex32, ReadBase, Verifier};
use selvedge_store::table::{base, journal, station};
use selvedge_store::{Store, StoreError};
use uuid::Uuid;

/// What a sound generation looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Which.
    pub generation: Uuid,
    /// Entries in it.
    pub entries: u64,
    /// Of these, the first ones for which bases stand.
    pub in_bases: u64,
    /// Hash of the last.
    pub head: String,
    /// Entries of a kind that this build does not know.
    pub unknown: u64,
}

/// Why a journal cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// Not an entry.
    #[error("line {line} is not an entry: {source}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The first entry does not say the generation's key.
    #[error("generation {0} does not begin with its key")]
    NoKey(Uuid),
    /// The chain is broken.
    #[error("generation {generation}: {source}")]
    Chain {
        /// Which.
        generation: Uuid,
        /// Where and how.
        source: ChainError,
    },
    /// A base is not signed by central, or does not stand where it should.
    #[error("generation {0}: the base at entry {1} is not central's, or does not follow what is before it")]
    Base(Uuid, u64),
    /// The station is not the one that signed.
    #[error("generation {0} is not signed with this station's key")]
    OtherKey(Uuid),
    /// Balances do not follow from the movements.
    #[error("{0} balances differ from the sum of their movements")]
    Balances(usize),
}

/// Verifies the journal in a data folder, or in a file of entries (JSON lines, as central exports them).
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(path: &Path) -> Result<Vec<Sound>, JournalError> {
    if path.is_dir() { verify_opened(&Store::open(path)?) } else { verify_lines(&std::fs::read_to_string(path)?) }
}

/// Verifies the journal of a store that is open.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_opened(store: &Store) -> Result<Vec<Sound>, JournalError> {
    store.read(|tx| {
        let Some(station) = station::get(tx)? else { return Ok(Vec::new()) };
        let mut sound = Vec::new();
        for generation in journal::generations(tx)? {
            let entries = journal::after(tx, station.device, generation, 0, u32::MAX)?;
            let mut bases = Vec::new();
            for kept in base::of_generation(tx, generation)? {
                bases.push(base::read(tx, kept.base).map_err(|_| JournalError::Base(generation.0, kept.first))?);
            }
            let one = verify_generation(generation.0, &entries, &bases)?;
            if generation == station.generation
                && key_of(&entries).is_none_or(|key| key.to_string() != station.public_key)
            {
                return Err(JournalError::OtherKey(generation.0));
            }
            sound.push(one);
        }
        let wrong = selvedge_store::table::stock::audit(tx)?;
        if wrong.is_empty() { Ok(sound) } else { Err(JournalError::Balances(wrong.len())) }
    })
}

fn verify_lines(text: &str) -> Result<Vec<Sound>, JournalError> {
    let mut generations: BTreeMap<(Uuid, Uuid), Vec<Entry>> = BTreeMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let entry: Entry = serde_json::from_str(line).map_err(|source| JournalError::Line { line: at + 1, source })?;
        generations.entry((entry.id.device, entry.id.generation)).or_default().push(entry);
    }
    generations
        .into_iter()
        .map(|((_, generation), mut entries)| {
            entries.sort_by_key(|entry| entry.id.sequence);
            verify_generation(generation, &entries, &[])
        })
        .collect()
}

/// The chain from the first entry on; through bases where entries are not kept any more.
fn verify_generation(generation: Uuid, entries: &[Entry], bases: &[ReadBase]) -> Result<Sound, JournalError> {
    let key = key_of(entries).ok_or(JournalError::NoKey(generation))?;
    let chain = |source| JournalError::Chain { generation, source };
    let mut verifier = Verifier::new(key);
    for base in bases {
        let says = &base.says;
        let (last, hash) = verifier.head();
        if (last + 1, hash) != (says.first, says.previous) {
            return Err(JournalError::Base(generation, says.first));
        }
        verifier = Verifier::after(key, says.last, says.hash);
    }
    let (in_bases, _) = verifier.head();
    let mut unknown = 0;
    for entry in entries {
        if entry.id.sequence > in_bases {
            verifier.take(entry).map_err(chain)?;
        } else {
            entry.check(&key).map_err(chain)?;
            if !bases.iter().any(|base| base.stands_for(generation, entry.id.sequence, &entry.hash)) {
                return Err(JournalError::Base(generation, entry.id.sequence));
            }
        }
        let fact = Body::decode(&entry.body).and_then(|body| body.fact());
        unknown += u64::from(matches!(fact, Ok(Fact::Unknown { .. }) | Err(_)));
    }
    let (count, head) = verifier.head();
    Ok(Sound { generation, entries: count, in_bases, head: head.to_string(), unknown })
}

/// A generation's first entry says its own key; central knows the same one from the enrolment.
fn key_of(entries: &[Entry]) -> Option<Hex32> {
    let body = Body::decode(&entries.first()?.body).ok()?;
    match body.fact().ok()? {
        Fact::GenerationStarted(started) => Hex32::try_from(started.public_key).ok(),
        Fact::JournalRecovered(_)
        | Fact::PersonSigned(_)
        | Fact::ShiftOpened(_)
        | Fact::CashMoved(_)
        | Fact::Sale(_)
        | Fact::CartCancelled(_)
        | Fact::CodeUnknown(_)
        | Fact::ReceiptCopied(_)
        | Fact::DrawerPulsed(_)
        | Fact::ShiftClosed(_)
        | Fact::PromiseMade(_)
        | Fact::PromiseEnded(_)
        | Fact::AllotmentReturned(_)
        | Fact::TransferDispatched(_)
        | Fact::TransferReceived(_)
        | Fact::TransferClosed(_)
        | Fact::CountRaised(_)
        | Fact::Unknown { .. } => None,
    }
}
