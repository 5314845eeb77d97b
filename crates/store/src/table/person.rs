//! People of the site: who may sign in, and the lock-out after wrong PINs.

use rusqlite::{OptionalExtension, Row};
use selvedge_domain::ids::PersonId;
use selvedge_domain::people::{Person, Role};

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// A person and the state of her sign-in.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Who.
    pub person: Person,
    /// argon2id, PHC string.
    pub verifier: String,
    /// Wrong PINs in a row.
    pub wrong: u32,
    /// No PIN is taken before.
    pub locked_until_ms: i64,
}

/// Adds a person, or changes name, role and verifier. A new verifier forgets wrong PINs.
///
/// # Errors
/// [`StoreError`].
pub fn upsert(tx: &Tx, person: &Person, verifier: &str, active: bool) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO person (id, name, role, verifier, active, wrong, locked_until_ms, signed_in_ms)
         VALUES (?1, ?2, ?3, seal(?4), ?5, 0, 0, 0)
         ON CONFLICT DO UPDATE SET
             name = ?2, role = ?3, active = ?5,
             wrong = CASE WHEN unseal(verifier) = ?4 THEN wrong ELSE 0 END, verifier = excluded.verifier",
    )?
    .execute((blob(person.id.0), &person.name, json("person", &person.role)?, verifier, active))?;
    Ok(())
}

/// Who may sign in here, last signed in first.
///
/// # Errors
/// [`StoreError`].
pub fn list(tx: &Tx) -> Result<Vec<Known>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT id, name, role, unseal(verifier), wrong, locked_until_ms FROM person WHERE active = 1
         ORDER BY signed_in_ms DESC, name",
    )?;
    let mut rows = statement.query([])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        people.push(known(row)?);
    }
    Ok(people)
}

/// A person, also one who may not sign in any more.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(tx: &Tx, id: PersonId) -> Result<Option<Known>, StoreError> {
    tx.prepare_cached("SELECT id, name, role, unseal(verifier), wrong, locked_until_ms FROM person WHERE id = ?1")?
        .query_row([blob(id.0)], |row| Ok(known(row)))
        .optional()?
        .transpose()
}

/// Who somebody is, without what concerns her sign-in: that would have to be unsealed.
///
/// # Errors
/// [`StoreError`].
pub fn who(tx: &Tx, id: PersonId) -> Result<Option<Person>, StoreError> {
    tx.prepare_cached("SELECT id, name, role FROM person WHERE id = ?1")?
        .query_row([blob(id.0)], |row| Ok(person(row)))
        .optional()?
        .transpose()
}

/// Whether a person may sign in.
///
/// # Errors
/// [`StoreError`].
pub fn is_active(tx: &Tx, id: PersonId) -> Result<bool, StoreError> {
    Ok(tx.prepare_cached("SELECT 1 FROM person WHERE id = ?1 AND active = 1")?.exists([blob(id.0)])?)
}

/// Notes the outcome of a PIN.
///
/// # Errors
/// [`StoreError`].
pub fn note_pin(tx: &Tx, id: PersonId, wrong: u32, locked_until_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE person SET wrong = ?2, locked_until_ms = ?3 WHERE id = ?1")?.execute((
        blob(id.0),
        wrong,
        locked_until_ms,
    ))?;
    Ok(())
}

/// Notes that she signed in.
///
/// # Errors
/// [`StoreError`].
pub fn note_signed_in(tx: &Tx, id: PersonId, at_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE person SET wrong = 0, locked_until_ms = 0, signed_in_ms = ?2 WHERE id = ?1")?
        .execute((blob(id.0), at_ms))?;
    Ok(())
}

fn person(row: &Row) -> Result<Person, StoreError> {
    let role: Role = from_json("person", &row.get::<_, String>(2)?)?;
    Ok(Person { id: PersonId(uuid("person", &row.get::<_, Vec<u8>>(0)?)?), name: row.get(1)?, role })
}

fn known(row: &Row) -> Result<Known, StoreError> {
    Ok(Known { person: person(row)?, verifier: row.get(3)?, wrong: row.get(4)?, locked_until_ms: row.get(5)? })
}
