//! What the places of the company are called, so that goods can be sent there.

use selvedge_domain::ids::SiteId;
use selvedge_protocol::v1::PlaceV1;

use super::{blob, uuid};
use crate::{StoreError, Tx};

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Identity.
    pub id: SiteId,
    /// `Galway`.
    pub name: String,
}

/// Takes what central says.
///
/// # Errors
/// [`StoreError`].
pub fn set(tx: &Tx, place: &PlaceV1) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO place (id, code, name, kind) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET code = ?2, name = ?3, kind = ?4",
    )?
    .execute((blob(place.id), &place.code, &place.name, &place.kind))?;
    Ok(())
}

/// All of them, by name.
///
/// # Errors
/// [`StoreError`].
pub fn list(tx: &Tx) -> Result<Vec<Place>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT id, name FROM place ORDER BY name, code")?;
    let mut rows = statement.query([])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        places.push(Place { id: SiteId(uuid("place", &row.get::<_, Vec<u8>>(0)?)?), name: row.get(1)? });
    }
    Ok(places)
}
