//! Stations: how they join, their keys, their nonces, and what central has of their journals.

use std::collections::HashMap;

use selvedge_protocol::journal::GENESIS;
use selvedge_protocol::v1::{DeviceV1, FeedBody, GenerationV1, HeadV1, RevokedV1, SeenHeadV1, SiteV1, TillV1};
use tokio_postgres::Row;
use uuid::Uuid;

use super::feed::Appender;
use super::work::{Tx, execute, maybe, rows};
use super::{from_json, hash, listen, recovery, text, unsigned};
use crate::store::{Device, Generation, Joined, NewCode, NewStation, StoreError};

pub(super) async fn add_code(tx: &Tx<'_>, code: &NewCode) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM till JOIN site ON site.id = till.site WHERE till.code = $1 AND site.code = $2";
    if maybe(tx, sql, &[&code.till, &code.site]).await?.is_none() {
        return Err(StoreError::UnknownTill { site: code.site.clone(), till: code.till.clone() });
    }
    if !recovery::may_grant(tx).await? {
        return Err(StoreError::Recovering);
    }
    let sql = "INSERT INTO enrol_code (hash, till, expires_ms) VALUES ($1, $2, $3)";
    execute(tx, sql, &[&code.hash.as_slice(), &code.till, &code.expires_ms]).await?;
    Ok(())
}

pub(super) async fn enrol(tx: &Tx<'_>, station: &NewStation, now_ms: i64) -> Result<Option<Joined>, StoreError> {
    // Locked: of two who use one code at the same time, one is told that it is used.
    let sql = "SELECT till, expires_ms, device FROM enrol_code WHERE hash = $1 FOR UPDATE";
    let Some(code) = maybe(tx, sql, &[&station.code_hash.as_slice()]).await? else { return Ok(None) };
    let (site, till) = place(tx, code.get(0)).await?;
    if let Some(device) = code.get::<_, Option<Uuid>>(2) {
        // The answer was lost on its way: the same station may hear it again.
        let again = generation(tx, station.generation)
            .await?
            .is_some_and(|known| known.device == device && known.public_key == station.public_key);
        return Ok(again.then_some(Joined { device, site, till }));
    }
    if code.get::<_, i64>(1) <= now_ms {
        return Ok(None);
    }
    if !recovery::may_grant(tx).await? {
        return Err(StoreError::Recovering);
    }
    // It joined before, we lost that, and another station has told us of it since: it is who it was.
    if let Some(known) = generation(tx, station.generation).await? {
        let there = by_id(tx, known.device).await?;
        let here = there.is_some_and(|device| device.site == site.id && device.till == till.code);
        if known.public_key != station.public_key || !here {
            return Err(StoreError::GenerationTaken(station.generation));
        }
        use_code(tx, station.code_hash, known.device).await?;
        return Ok(Some(Joined { device: known.device, site, till }));
    }
    let sql = "INSERT INTO device (id, site, till, app, enrolled_ms, revision) VALUES ($1, $2, $3, $4, $5, $6)";
    let revision = i32::try_from(station.revision).unwrap_or(i32::MAX);
    execute(tx, sql, &[&station.device, &site.id, &till.code, &text(&station.app), &now_ms, &revision]).await?;
    let first = Generation {
        generation: station.generation,
        device: station.device,
        short: station.short.clone(),
        public_key: station.public_key,
    };
    if !keep_generation(tx, &first, now_ms).await? {
        return Err(StoreError::GenerationTaken(first.generation));
    }
    tell(tx, station.device, now_ms).await?;
    use_code(tx, station.code_hash, station.device).await?;
    Ok(Some(Joined { device: station.device, site, till }))
}

async fn use_code(tx: &Tx<'_>, hash: [u8; 32], device: Uuid) -> Result<(), StoreError> {
    execute(tx, "UPDATE enrol_code SET device = $2 WHERE hash = $1", &[&hash.as_slice(), &device]).await?;
    Ok(())
}

async fn place(tx: &Tx<'_>, till: &str) -> Result<(SiteV1, TillV1), StoreError> {
    let sql = "SELECT till.name, site.body FROM till JOIN site ON site.id = till.site WHERE till.code = $1";
    let row = maybe(tx, sql, &[&till]).await?.ok_or_else(|| StoreError::value("till", till))?;
    let site: SiteV1 = from_json("site", row.get(1))?;
    let till = TillV1 { code: till.to_owned(), site: site.id, name: row.get(0) };
    Ok((site, till))
}

pub(super) async fn add_generation(tx: &Tx<'_>, new: &Generation, now_ms: i64) -> Result<(), StoreError> {
    if keep_generation(tx, new, now_ms).await? {
        return tell(tx, new.device, now_ms).await;
    }
    let known = generation(tx, new.generation).await?;
    let same = known.is_some_and(|known| known.device == new.device && known.public_key == new.public_key);
    if same { Ok(()) } else { Err(StoreError::GenerationTaken(new.generation)) }
}

/// Keeps a generation's key; whether it is new.
pub(super) async fn keep_generation(tx: &Tx<'_>, new: &Generation, now_ms: i64) -> Result<bool, StoreError> {
    let added = execute(
        tx,
        "INSERT INTO generation (generation, device, short, public_key, known_ms) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        &[&new.generation, &new.device, &new.short, &new.public_key.0.as_slice(), &now_ms],
    )
    .await?;
    Ok(added == 1)
}

/// Says in the feed who a station is, to all: any of them can say it again when central has lost it.
pub(super) async fn tell(tx: &Tx<'_>, device: Uuid, now_ms: i64) -> Result<(), StoreError> {
    // Held before the station is read, so that of two changes at the same time the later row says both.
    let mut feed = Appender::new(tx, now_ms).await?;
    if let Some(row) = row(tx, device).await? {
        feed.append(None, &FeedBody::Device(row)).await?;
    }
    feed.finish().await
}

/// A station as the feed has it.
async fn row(tx: &Tx<'_>, device: Uuid) -> Result<Option<DeviceV1>, StoreError> {
    let sql = "SELECT site, till, app, enrolled_ms, revoked_ms, revision FROM device WHERE id = $1";
    let Some(found) = maybe(tx, sql, &[&device]).await? else { return Ok(None) };
    let mut generations = Vec::new();
    let sql = "SELECT generation, short, public_key, known_ms FROM generation WHERE device = $1
               ORDER BY known_ms, generation";
    for row in rows(tx, sql, &[&device]).await? {
        generations.push(GenerationV1 {
            generation: row.get(0),
            short: row.get(1),
            public_key: hash("generation", row.get(2))?.to_string(),
            known_ms: row.get(3),
        });
    }
    let revoked = match found.get(4) {
        None => None,
        Some(at_ms) => Some(RevokedV1 { at_ms, heads: revoked_heads(tx, device).await? }),
    };
    let (site, till, app, enrolled_ms) = (found.get(0), found.get(1), found.get(2), found.get(3));
    let revision = u32::try_from(found.get::<_, i32>(5)).unwrap_or(0);
    Ok(Some(DeviceV1 { id: device, site, till, app, enrolled_ms, generations, revision, revoked }))
}

async fn revoked_heads(tx: &Tx<'_>, device: Uuid) -> Result<Vec<SeenHeadV1>, StoreError> {
    let sql = "SELECT generation, sequence, hash FROM revoked_head
               WHERE generation IN (SELECT generation FROM generation WHERE device = $1) ORDER BY generation, hash";
    let mut heads = Vec::new();
    for row in rows(tx, sql, &[&device]).await? {
        heads.push(SeenHeadV1 {
            generation: row.get(0),
            sequence: u64::try_from(row.get::<_, i64>(1)).unwrap_or(0),
            hash: hash("entry", row.get(2))?.to_string(),
        });
    }
    Ok(heads)
}

pub(super) async fn by_id(tx: &Tx<'_>, device: Uuid) -> Result<Option<Device>, StoreError> {
    let found = maybe(tx, "SELECT id, site, till, revoked_ms, revision FROM device WHERE id = $1", &[&device]).await?;
    Ok(found.as_ref().map(device_of))
}

pub(super) async fn by_ids(tx: &Tx<'_>, devices: &[Uuid]) -> Result<HashMap<Uuid, Device>, StoreError> {
    let found =
        rows(tx, "SELECT id, site, till, revoked_ms, revision FROM device WHERE id = ANY($1)", &[&devices]).await?;
    Ok(found.iter().map(|row| (row.get(0), device_of(row))).collect())
}

fn device_of(row: &Row) -> Device {
    let revoked = row.get::<_, Option<i64>>(3).is_some();
    let revision = u32::try_from(row.get::<_, i32>(4)).unwrap_or(0);
    Device { id: row.get(0), site: row.get(1), till: row.get(2), revoked, revision }
}

pub(super) async fn generation(tx: &Tx<'_>, generation: Uuid) -> Result<Option<Generation>, StoreError> {
    Ok(generations(tx, &[generation]).await?.remove(&generation))
}

pub(super) async fn generations(tx: &Tx<'_>, asked: &[Uuid]) -> Result<HashMap<Uuid, Generation>, StoreError> {
    let sql = "SELECT generation, device, short, public_key FROM generation WHERE generation = ANY($1)";
    let mut known = HashMap::new();
    for row in rows(tx, sql, &[&asked]).await? {
        let public_key = hash("generation", row.get(3))?;
        let one = Generation { generation: row.get(0), device: row.get(1), short: row.get(2), public_key };
        known.insert(one.generation, one);
    }
    Ok(known)
}

/// Up to where the journals of revoked stations counted, by generation.
pub(super) async fn counted(tx: &Tx<'_>, generations: &[Uuid]) -> Result<HashMap<Uuid, u64>, StoreError> {
    let sql = "SELECT generation, max(sequence) FROM revoked_head WHERE generation = ANY($1) GROUP BY generation";
    let found = rows(tx, sql, &[&generations]).await?;
    Ok(found.iter().map(|row| (row.get(0), unsigned(row.get(1)))).collect())
}

pub(super) async fn revoke(tx: &Tx<'_>, device: Uuid, now_ms: i64) -> Result<bool, StoreError> {
    // Its journal stands still meanwhile: what counted of it is what was there before.
    execute(tx, "SELECT 1 FROM generation WHERE device = $1 ORDER BY generation FOR UPDATE", &[&device]).await?;
    let Some(known) = by_id(tx, device).await? else { return Ok(false) };
    if known.revoked {
        return Ok(true);
    }
    execute(tx, "UPDATE device SET revoked_ms = $2 WHERE id = $1", &[&device, &now_ms]).await?;
    let sql = "INSERT INTO revoked_head (generation, sequence, hash)
               SELECT branch.generation, branch.sequence, branch.hash
               FROM branch JOIN generation ON generation.generation = branch.generation
               WHERE generation.device = $1 ON CONFLICT DO NOTHING";
    execute(tx, sql, &[&device]).await?;
    tell(tx, device, now_ms).await?;
    listen::tell(tx, &[listen::STATIONS.to_owned()]).await?;
    Ok(true)
}

pub(super) async fn use_nonce(
    tx: &Tx<'_>,
    device: Uuid,
    nonce: Uuid,
    now_ms: i64,
    forget_ms: i64,
) -> Result<bool, StoreError> {
    // Those of this station only, so that stations do not wait for each other.
    execute(tx, "DELETE FROM nonce WHERE device = $1 AND at_ms < $2", &[&device, &forget_ms]).await?;
    let sql = "INSERT INTO nonce (device, nonce, at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(execute(tx, sql, &[&device, &nonce, &now_ms]).await? == 1)
}

/// What central has of the journals of stations, and of some generations more, by the station that is told: all of its
/// own, oldest first.
pub(super) async fn heads(
    tx: &Tx<'_>,
    devices: &[Uuid],
    more: &[Uuid],
) -> Result<HashMap<Uuid, Vec<HeadV1>>, StoreError> {
    let found = rows(
        tx,
        "SELECT generation.device, generation.generation, branch.sequence, branch.hash
         FROM generation LEFT JOIN branch ON branch.generation = generation.generation
         WHERE generation.device = ANY($1) OR generation.generation = ANY($2)
         ORDER BY generation.known_ms, generation.generation, branch.branch",
        &[&devices, &more],
    )
    .await?;
    let mut heads: HashMap<Uuid, Vec<HeadV1>> = HashMap::new();
    for row in found {
        let sequence: Option<i64> = row.get(2);
        let hash = match row.get::<_, Option<&[u8]>>(3) {
            Some(bytes) => hash("branch", bytes)?,
            None => GENESIS,
        };
        let head = HeadV1 {
            device: row.get(0),
            generation: row.get(1),
            sequence: sequence.and_then(|sequence| u64::try_from(sequence).ok()).unwrap_or(0),
            hash: hash.to_string(),
            forked: false,
        };
        let of_device = heads.entry(head.device).or_default();
        of_device.push(head);
    }
    for of_device in heads.values_mut() {
        let mut branches: HashMap<Uuid, u32> = HashMap::new();
        of_device.iter().for_each(|head| *branches.entry(head.generation).or_default() += 1);
        of_device.iter_mut().for_each(|head| head.forked = branches[&head.generation] > 1);
    }
    Ok(heads)
}
