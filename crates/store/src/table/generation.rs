//! The lives of this station's journal. The first began with the enrolment; another begins when the one before it
//! parted from what central has of it: a cloned disk, or one that was set back to an old image.

use rusqlite::Row;
use selvedge_domain::ids::GenerationId;
use selvedge_protocol::v1::GenerationRequest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// One life of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Identity.
    pub id: GenerationId,
    /// The one before it; none when it began with the enrolment.
    pub after: Option<GenerationId>,
    /// On receipts.
    pub short: String,
    /// Public half of its key, hex.
    pub public_key: String,
    /// By the key of the one before it, hex.
    pub signature: Option<String>,
}

impl Generation {
    /// What central is told of it; none for the one that it enrolled itself.
    pub fn announcement(&self) -> Option<GenerationRequest> {
        Some(GenerationRequest {
            generation: self.id.0,
            short: self.short.clone(),
            public_key: self.public_key.clone(),
            after: Some(self.after?.0),
            signature: self.signature.clone(),
        })
    }
}

/// Why a generation cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Two journals went on from one entry: a disk was cloned, or set back and used before it heard of central.
    Fork,
    /// Central has more of it than this disk, and all of this disk's: the disk was set back to an old image.
    Restored,
}

/// That another journal has this one's identity, as central showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parting {
    /// Why.
    pub cause: Cause,
    /// The furthest number at central that is not ours.
    pub sequence: u64,
}

const COLUMNS: &str = "SELECT id, after, short, public_key, signature FROM generation";

/// All of them, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn all(tx: &Tx) -> Result<Vec<Generation>, StoreError> {
    let mut statement = tx.prepare_cached(&format!("{COLUMNS} ORDER BY number"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// Begins one; a second time changes nothing.
///
/// # Errors
/// [`StoreError`].
pub fn begin(tx: &Tx, new: &Generation) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO generation (id, after, short, public_key, signature) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?
    .execute((
        blob(new.id.0),
        new.after.map(|after| blob(after.0)),
        &new.short,
        &new.public_key,
        &new.signature,
    ))?;
    Ok(())
}

/// How a generation parted, if it did.
///
/// # Errors
/// [`StoreError`].
pub fn parting(tx: &Tx, id: GenerationId) -> Result<Option<Parting>, StoreError> {
    Ok(partings(tx)?.into_iter().find(|(of, _)| *of == id).map(|(_, parting)| parting))
}

/// All that parted, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn partings(tx: &Tx) -> Result<Vec<(GenerationId, Parting)>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT id, parted FROM generation WHERE parted IS NOT NULL ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = GenerationId(uuid("generation", &row.get::<_, Vec<u8>>(0)?)?);
        found.push((id, from_json("generation", &row.get::<_, String>(1)?)?));
    }
    Ok(found)
}

/// Notes that one parted, as central shows it now.
///
/// # Errors
/// [`StoreError`].
pub fn set_parting(tx: &Tx, id: GenerationId, parting: &Parting) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE generation SET parted = ?2 WHERE id = ?1")?
        .execute((blob(id.0), json("generation", parting)?))?;
    Ok(())
}

fn read(row: &Row) -> Result<Generation, StoreError> {
    let after: Option<Vec<u8>> = row.get(1)?;
    let after: Option<Uuid> = after.map(|after| uuid("generation", &after)).transpose()?;
    Ok(Generation {
        id: GenerationId(uuid("generation", &row.get::<_, Vec<u8>>(0)?)?),
        after: after.map(GenerationId),
        short: row.get(2)?,
        public_key: row.get(3)?,
        signature: row.get(4)?,
    })
}
