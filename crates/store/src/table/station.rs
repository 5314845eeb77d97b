//! Who this station is.

use rusqlite::OptionalExtension;
use selvedge_domain::ids::{DeviceId, GenerationId, SiteId};
use serde::{Deserialize, Serialize};

use super::generation::{self, Generation};
use super::{from_json, json};
use crate::{StoreError, Tx};

/// What enrolment gave the station. Its keys lie beside the store, readable by its owner only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// Identity.
    pub device: DeviceId,
    /// The life of its journal.
    pub generation: GenerationId,
    /// The generation's short id, on receipts.
    pub short: String,
    /// Public key of the generation, hex.
    pub public_key: String,
    /// Where it stands.
    pub site: SiteId,
    /// The till's code, on receipts.
    pub till: String,
    /// `Till 2`.
    pub name: String,
    /// Central's address; empty in the demo.
    pub central: String,
    /// The demo company: never uploaded.
    pub demo: bool,
}

/// Who this station is; none before it joined.
///
/// # Errors
/// [`StoreError`].
pub fn get(tx: &Tx) -> Result<Option<Station>, StoreError> {
    tx.prepare_cached("SELECT body FROM station")?
        .query_row([], |row| row.get::<_, String>(0))
        .optional()?
        .map(|body| from_json("station", &body))
        .transpose()
}

/// Joins, or changes what it is. A generation that was not begun before is the enrolment's own.
///
/// # Errors
/// [`StoreError`].
pub fn set(tx: &Tx, station: &Station) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO station (only, body) VALUES (1, ?1) ON CONFLICT DO UPDATE SET body = ?1")?
        .execute([json("station", station)?])?;
    generation::begin(
        tx,
        &Generation {
            id: station.generation,
            after: None,
            short: station.short.clone(),
            public_key: station.public_key.clone(),
            signature: None,
        },
    )
}
