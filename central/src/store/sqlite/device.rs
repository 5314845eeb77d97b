//! Stations: how they join, their keys, their nonces.

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::v1::{DeviceV1, FeedBody, GenerationV1, RevokedV1, SeenHeadV1, SiteV1, TillV1};
use uuid::Uuid;

use super::feed::Appender;
use super::{from_json, hash, intake, recovery, uuid};
use crate::store::{Device, Generation, Joined, NewCode, NewStation, StoreError};

pub(super) fn add_code(tx: &Transaction<'_>, code: &NewCode) -> Result<(), StoreError> {
    let there = tx
        .prepare_cached("SELECT 1 FROM till JOIN site ON site.id = till.site WHERE till.code = ?1 AND site.code = ?2")?
        .exists((&code.till, &code.site))?;
    if !there {
        return Err(StoreError::UnknownTill { site: code.site.clone(), till: code.till.clone() });
    }
    if !recovery::may_grant(tx)? {
        return Err(StoreError::Recovering);
    }
    tx.prepare_cached("INSERT INTO enrol_code (hash, till, expires_ms, device) VALUES (?1, ?2, ?3, NULL)")?
        .execute((code.hash, &code.till, code.expires_ms))?;
    Ok(())
}

pub(super) fn enrol(tx: &Transaction<'_>, station: &NewStation, now_ms: i64) -> Result<Option<Joined>, StoreError> {
    type Code = (String, i64, Option<Vec<u8>>);
    let code: Option<Code> = tx
        .prepare_cached("SELECT till, expires_ms, device FROM enrol_code WHERE hash = ?1")?
        .query_row([station.code_hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((till, expires_ms, used_by)) = code else { return Ok(None) };
    let (site, till) = place(tx, &till)?;
    if let Some(used_by) = used_by {
        // The answer was lost on its way: the same station may hear it again.
        let device = uuid("enrol code", &used_by)?;
        let again = generation(tx, station.generation)?
            .is_some_and(|known| known.device == device && known.public_key == station.public_key);
        return Ok(again.then_some(Joined { device, site, till }));
    }
    if expires_ms <= now_ms {
        return Ok(None);
    }
    if !recovery::may_grant(tx)? {
        return Err(StoreError::Recovering);
    }
    // It joined before, we lost that, and another station has told us of it since: it is who it was.
    if let Some(known) = generation(tx, station.generation)? {
        let here = by_id(tx, known.device)?.is_some_and(|device| device.site == site.id && device.till == till.code);
        if known.public_key != station.public_key || !here {
            return Err(StoreError::GenerationTaken(station.generation));
        }
        use_code(tx, station.code_hash, known.device)?;
        return Ok(Some(Joined { device: known.device, site, till }));
    }
    tx.prepare_cached(
        "INSERT INTO device (id, site, till, app, enrolled_ms, revoked_ms, revision) VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6)",
    )?
    .execute((
        station.device.into_bytes(),
        site.id.into_bytes(),
        &till.code,
        &station.app,
        now_ms,
        station.revision,
    ))?;
    let first = Generation {
        generation: station.generation,
        device: station.device,
        short: station.short.clone(),
        public_key: station.public_key,
    };
    keep_generation(tx, &first, now_ms)?;
    tell(tx, station.device, now_ms)?;
    use_code(tx, station.code_hash, station.device)?;
    Ok(Some(Joined { device: station.device, site, till }))
}

fn use_code(tx: &Transaction<'_>, hash: [u8; 32], device: Uuid) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE enrol_code SET device = ?2 WHERE hash = ?1")?.execute((hash, device.into_bytes()))?;
    Ok(())
}

fn place(tx: &Transaction<'_>, till: &str) -> Result<(SiteV1, TillV1), StoreError> {
    let (name, body): (String, String) = tx
        .prepare_cached("SELECT till.name, site.body FROM till JOIN site ON site.id = till.site WHERE till.code = ?1")?
        .query_row([till], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let site: SiteV1 = from_json("site", &body)?;
    let till = TillV1 { code: till.to_owned(), site: site.id, name };
    Ok((site, till))
}

pub(super) fn add_generation(tx: &Transaction<'_>, new: &Generation, now_ms: i64) -> Result<(), StoreError> {
    if let Some(known) = generation(tx, new.generation)? {
        let same = known.device == new.device && known.public_key == new.public_key;
        return if same { Ok(()) } else { Err(StoreError::GenerationTaken(new.generation)) };
    }
    keep_generation(tx, new, now_ms)?;
    tell(tx, new.device, now_ms)
}

/// Keeps a generation's key.
pub(super) fn keep_generation(tx: &Transaction<'_>, new: &Generation, now_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO generation (generation, device, short, public_key, known_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((new.generation.into_bytes(), new.device.into_bytes(), &new.short, new.public_key.0, now_ms))?;
    Ok(())
}

pub(super) fn by_id(tx: &Transaction<'_>, device: Uuid) -> Result<Option<Device>, StoreError> {
    type Row = (Vec<u8>, String, Option<i64>, u32);
    let found: Option<Row> = tx
        .prepare_cached("SELECT site, till, revoked_ms, revision FROM device WHERE id = ?1")?
        .query_row([device.into_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    found
        .map(|(site, till, revoked_ms, revision)| {
            Ok(Device { id: device, site: uuid("device", &site)?, till, revoked: revoked_ms.is_some(), revision })
        })
        .transpose()
}

pub(super) fn generation(tx: &Transaction<'_>, generation: Uuid) -> Result<Option<Generation>, StoreError> {
    type Row = (Vec<u8>, String, Vec<u8>);
    let found: Option<Row> = tx
        .prepare_cached("SELECT device, short, public_key FROM generation WHERE generation = ?1")?
        .query_row([generation.into_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found
        .map(|(device, short, key)| {
            Ok(Generation {
                generation,
                device: uuid("generation", &device)?,
                short,
                public_key: hash("generation", &key)?,
            })
        })
        .transpose()
}

/// The generations of a station, oldest first.
pub(super) fn generations_of(tx: &Transaction<'_>, device: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT generation FROM generation WHERE device = ?1 ORDER BY known_ms, generation")?;
    let mut rows = statement.query([device.into_bytes()])?;
    let mut generations = Vec::new();
    while let Some(row) = rows.next()? {
        generations.push(uuid("generation", &row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(generations)
}

pub(super) fn revoke(tx: &Transaction<'_>, device: Uuid, now_ms: i64) -> Result<bool, StoreError> {
    let Some(known) = by_id(tx, device)? else { return Ok(false) };
    if known.revoked {
        return Ok(true);
    }
    tx.prepare_cached("UPDATE device SET revoked_ms = ?2 WHERE id = ?1")?.execute((device.into_bytes(), now_ms))?;
    for head in intake::heads_of_device(tx, device)?.iter().filter(|head| head.sequence > 0) {
        let bytes = hex::decode(&head.hash).map_err(|error| StoreError::value("entry", error))?;
        keep_revoked_head(tx, head.generation, head.sequence, &bytes)?;
    }
    tell(tx, device, now_ms)?;
    Ok(true)
}

/// The last entry of a branch that counted when its station was revoked.
pub(super) fn keep_revoked_head(
    tx: &Transaction<'_>,
    generation: Uuid,
    sequence: u64,
    hash: &[u8],
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO revoked_head (generation, sequence, hash) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute((generation.into_bytes(), sequence, hash))?;
    Ok(())
}

/// Whether an entry counted when its station was revoked.
pub(super) fn counted(tx: &Transaction<'_>, generation: Uuid, sequence: u64) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached("SELECT 1 FROM revoked_head WHERE generation = ?1 AND sequence >= ?2")?
        .exists((generation.into_bytes(), sequence))?)
}

/// Says in the feed who a station is, to all: any of them can say it again when central has lost it.
pub(super) fn tell(tx: &Transaction<'_>, device: Uuid, now_ms: i64) -> Result<(), StoreError> {
    if let Some(row) = row(tx, device)? {
        Appender::new(tx, now_ms)?.append(None, &FeedBody::Device(row))?;
    }
    Ok(())
}

/// A station as the feed has it.
pub(super) fn row(tx: &Transaction<'_>, device: Uuid) -> Result<Option<DeviceV1>, StoreError> {
    type Row = (Vec<u8>, String, String, i64, Option<i64>, u32);
    let found: Option<Row> = tx
        .prepare_cached("SELECT site, till, app, enrolled_ms, revoked_ms, revision FROM device WHERE id = ?1")?
        .query_row([device.into_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((site, till, app, enrolled_ms, revoked_ms, revision)) = found else { return Ok(None) };
    let revoked = revoked_ms.map(|at_ms| Ok::<_, StoreError>(RevokedV1 { at_ms, heads: revoked_heads(tx, device)? }));
    Ok(Some(DeviceV1 {
        id: device,
        site: uuid("device", &site)?,
        till,
        app,
        enrolled_ms,
        generations: generation_rows(tx, device)?,
        revision,
        revoked: revoked.transpose()?,
    }))
}

fn generation_rows(tx: &Transaction<'_>, device: Uuid) -> Result<Vec<GenerationV1>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT generation, short, public_key, known_ms FROM generation WHERE device = ?1
         ORDER BY known_ms, generation",
    )?;
    let mut rows = statement.query([device.into_bytes()])?;
    let mut generations = Vec::new();
    while let Some(row) = rows.next()? {
        generations.push(GenerationV1 {
            generation: uuid("generation", &row.get::<_, Vec<u8>>(0)?)?,
            short: row.get(1)?,
            public_key: hash("generation", &row.get::<_, Vec<u8>>(2)?)?.to_string(),
            known_ms: row.get(3)?,
        });
    }
    Ok(generations)
}

fn revoked_heads(tx: &Transaction<'_>, device: Uuid) -> Result<Vec<SeenHeadV1>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT generation, sequence, hash FROM revoked_head
         WHERE generation IN (SELECT generation FROM generation WHERE device = ?1) ORDER BY generation, hash",
    )?;
    let mut rows = statement.query([device.into_bytes()])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        heads.push(SeenHeadV1 {
            generation: uuid("generation", &row.get::<_, Vec<u8>>(0)?)?,
            sequence: row.get(1)?,
            hash: hash("entry", &row.get::<_, Vec<u8>>(2)?)?.to_string(),
        });
    }
    Ok(heads)
}

pub(super) fn use_nonce(
    tx: &Transaction<'_>,
    device: Uuid,
    nonce: Uuid,
    now_ms: i64,
    forget_ms: i64,
) -> Result<bool, StoreError> {
    // The station's own only: its last one says when central heard of it.
    tx.prepare_cached("DELETE FROM nonce WHERE device = ?1 AND at_ms < ?2")?
        .execute((device.into_bytes(), forget_ms))?;
    let new = tx
        .prepare_cached("INSERT INTO nonce (device, nonce, at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((device.into_bytes(), nonce.into_bytes(), now_ms))?;
    Ok(new == 1)
}
