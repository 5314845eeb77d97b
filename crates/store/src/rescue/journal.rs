//! The journal and central's decisions out of a damaged file. An entry proves itself by its hash and signature, so it does
//! not matter where it is found; what only an index still knows of tells which numbers there were. A decision proves
//! itself by central's signature.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use selvedge_domain::ids::{DeviceId, GenerationId};
use selvedge_protocol::journal::{Base, Entry, EntryId, Hash, Hex32, Hex64, PublicKey, ReadBase};
use uuid::Uuid;

use super::pages::{Field, Pages, Record};
use crate::table::decision::{Kept, proven};

/// What a damaged file still holds of the journal.
#[derive(Clone, Debug, Default)]
pub struct Salvage {
    /// Entries that are whole, by their row: the order in which they were written.
    pub entries: BTreeMap<i64, Entry>,
    /// Bases that stand for entries which were not kept any more, each as central signed it.
    pub bases: Vec<ReadBase>,
    /// The furthest number of each generation that anything in the file speaks of.
    pub last: BTreeMap<GenerationId, u64>,
    /// What is left of central's decisions, by their row: the order in which they came. What is about people is sealed,
    /// and proves itself when it is opened.
    pub decisions: BTreeMap<i64, Kept>,
}

impl Salvage {
    /// Numbers of a generation up to the last known one that are neither among the entries nor in a base.
    pub fn missing(&self, generation: GenerationId) -> BTreeSet<u64> {
        let there: BTreeSet<u64> = self
            .entries
            .values()
            .filter(|entry| entry.id.generation == generation.0)
            .map(|entry| entry.id.sequence)
            .collect();
        let last = self.last.get(&generation).copied().unwrap_or(0);
        let in_base = |number: &u64| {
            let bases = self.bases.iter().filter(|base| base.says.generation == generation.0);
            bases.into_iter().any(|base| (base.says.first..=base.says.last).contains(number))
        };
        (1..=last).filter(|number| !there.contains(number) && !in_base(number)).collect()
    }
}

/// Reads what can be read of the journal of a device whose keys are these, and of what was kept for the central whose key
/// this is. The files are not changed.
///
/// # Errors
/// When the disk fails; a file that makes no sense is no error.
pub fn salvage(
    file: &Path,
    wal: &Path,
    device: DeviceId,
    keys: &[PublicKey],
    central: Option<&PublicKey>,
) -> io::Result<Salvage> {
    let mut salvage = Salvage::default();
    let mut spoken: BTreeMap<Uuid, u64> = BTreeMap::new();
    Pages::open(file, wal)?.for_each(|record| {
        if let Some((row, entry)) = entry(&record, device, keys, &salvage) {
            let last = salvage.last.entry(GenerationId(entry.id.generation)).or_default();
            *last = (*last).max(entry.id.sequence);
            salvage.entries.insert(row, entry);
        } else if let Some((generation, sequence)) = spoken_of(&record) {
            let last = spoken.entry(generation).or_default();
            *last = (*last).max(sequence);
        } else if let Some(read) = central.and_then(|key| base(&record, device, key)) {
            let last = salvage.last.entry(GenerationId(read.says.generation)).or_default();
            *last = (*last).max(read.says.last);
            // The same base stands in many images of its page.
            if !salvage.bases.contains(&read) {
                salvage.bases.push(read);
            }
        } else if let Some((row, kept)) = central.and_then(|key| decision(record, key, &salvage)) {
            salvage.decisions.insert(row, kept);
        }
    })?;
    // An index alone proves nothing: it is believed of generations of which an entry was found.
    for (generation, last) in &mut salvage.last {
        *last = (*last).max(spoken.get(&generation.0).copied().unwrap_or(0));
    }
    Ok(salvage)
}

/// A row of the table `entry`, if it proves itself.
fn entry(record: &Record, device: DeviceId, keys: &[PublicKey], salvaged: &Salvage) -> Option<(i64, Entry)> {
    let [
        Field::Null,
        Field::Blob(generation),
        Field::Int(sequence),
        Field::Int(format),
        Field::Blob(previous),
        Field::Text(body),
        Field::Blob(hash),
        Field::Blob(signature),
    ] = record.fields.as_slice()
    else {
        return None;
    };
    let entry = Entry {
        id: EntryId {
            device: device.0,
            generation: Uuid::from_slice(generation).ok()?,
            sequence: u64::try_from(*sequence).ok()?,
        },
        format: u32::try_from(*format).ok()?,
        previous: Hash::from_slice(previous).ok()?,
        body: String::from_utf8(body.clone()).ok()?,
        hash: Hex32::from_slice(hash).ok()?,
        signature: Hex64::from_slice(signature).ok()?,
    };
    let row = record.row.filter(|_| entry.id.sequence > 0)?;
    // The same entry stands in many images of its page: its signature is looked at once.
    let known = salvaged.entries.get(&row).is_some_and(|known| *known == entry);
    (known || keys.iter().any(|key| entry.check(key).is_ok())).then_some((row, entry))
}

/// A row of the table `base`, if central signed it.
fn base(record: &Record, device: DeviceId, central: &PublicKey) -> Option<ReadBase> {
    let [
        Field::Null,
        Field::Blob(_),
        Field::Int(_),
        Field::Int(_),
        Field::Blob(_),
        Field::Blob(_),
        Field::Text(statement),
        Field::Blob(signature),
    ] = record.fields.as_slice()
    else {
        return None;
    };
    let text = String::from_utf8(statement.clone()).ok()?;
    let base = Base { text, signature: Hex64::from_slice(signature).ok()? };
    base.read(central).ok().filter(|read| read.says.device == device.0)
}

/// A row of the table `decision`, if it proves itself or is sealed.
fn decision(record: Record, central: &PublicKey, salvaged: &Salvage) -> Option<(i64, Kept)> {
    let row = record.row?;
    let kept = match <[Field; 3]>::try_from(record.fields).ok()? {
        [Field::Null, Field::Null, Field::Blob(packed)] => Kept::Page(packed),
        [Field::Null, Field::Blob(person), Field::Blob(sealed)] if person.len() == 16 => Kept::Person(sealed),
        _ => return None,
    };
    // The same page stands in many images: it is looked at once.
    let known = salvaged.decisions.get(&row) == Some(&kept);
    (!known && proven(&kept, central)).then_some((row, kept))
}

/// A row of an index over generation and number.
fn spoken_of(record: &Record) -> Option<(Uuid, u64)> {
    match record.fields.as_slice() {
        [Field::Blob(generation), Field::Int(sequence), Field::Int(_) | Field::Blob(_)] if record.row.is_none() => {
            Some((Uuid::from_slice(generation).ok()?, u64::try_from(*sequence).ok()?))
        }
        _ => None,
    }
}
