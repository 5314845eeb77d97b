//! What a schema's step cannot do in SQL. A feed of before its rows were signed begins a new life in which they are; what
//! stood in tables only is told in it, so that stations keep it.

use rusqlite::Transaction;
use selvedge_protocol::journal::Hex64;
use selvedge_protocol::v1::{BalanceV1, EpochV1, FeedBody, FeedRow, GENESIS_CURSOR_HASH};
use sha2::{Digest, Sha256};

use super::balance::Books;
use super::feed::Appender;
use super::{device, opening, recovery, setup, uuid};
use crate::store::StoreError;

/// Signs the feed of a store that was made before feeds were signed.
pub(super) fn sign_the_feed(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let Some(central) = setup::central(tx)? else { return Ok(()) };
    let digest: [u8; 32] =
        Sha256::new_with_prefix(b"selvedge.signed.feed\0").chain_update(central.epoch).finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let epoch = ::uuid::Builder::from_custom_bytes(bytes).into_uuid();
    let mut previous = GENESIS_CURSOR_HASH;
    let mut now_ms = 0;
    let mut rows = tx.prepare("SELECT number, kind, version, site, body, at_ms FROM feed ORDER BY number")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let site: Option<Vec<u8>> = row.get(3)?;
        let mut signed = FeedRow {
            epoch,
            number: row.get(0)?,
            previous: previous.to_string(),
            kind: row.get(1)?,
            version: row.get(2)?,
            site: site.map(|bytes| uuid("feed row", &bytes)).transpose()?,
            at_ms: row.get(5)?,
            origin: None,
            body: row.get(4)?,
            signature: String::new(),
        };
        let hash = signed.seal(&central.key()).map_err(|error| StoreError::value("feed row", error))?;
        let signature = Hex64::try_from(signed.signature).map_err(|error| StoreError::value("feed row", error))?;
        tx.prepare_cached("UPDATE feed SET epoch = ?2, previous = ?3, hash = ?4, signature = ?5 WHERE number = ?1")?
            .execute((signed.number, epoch.into_bytes(), previous.0, hash.0, signature.0))?;
        (previous, now_ms) = (hash, now_ms.max(signed.at_ms));
    }
    tx.execute("UPDATE central SET epoch = ?1", [epoch.into_bytes()])?;
    recovery::begin_first(tx, epoch, now_ms)?;
    let because = "rows are signed from here on".to_owned();
    let begun = EpochV1 { epoch, parent: None, opened_ms: now_ms, because };
    Appender::new(tx, now_ms)?.append(None, &FeedBody::Epoch(begun))?;
    tell_what_stood_in_tables(tx, now_ms)
}

fn tell_what_stood_in_tables(tx: &Transaction<'_>, now_ms: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO revoked_head (generation, sequence, hash)
         SELECT entry.generation, max(entry.sequence), entry.hash FROM entry JOIN device ON device.id = entry.device
         WHERE entry.received_ms <= device.revoked_ms GROUP BY entry.generation, entry.branch",
        [],
    )?;
    let mut devices = tx.prepare("SELECT id FROM device ORDER BY enrolled_ms, id")?;
    for id in devices.query_map([], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()? {
        device::tell(tx, uuid("device", &id)?, now_ms)?;
    }
    let mut statement = tx.prepare(
        "SELECT movement.product, location.id, movement.from_ms,
                CASE WHEN movement.from_account = 'supplier' THEN movement.quantity ELSE -movement.quantity END
         FROM movement JOIN balance ON balance.product = movement.product
             AND balance.account IN (movement.from_account, movement.to_account)
         JOIN location ON location.id = balance.location
         WHERE movement.reason = 'opening' ORDER BY movement.from_ms, movement.product, location.id",
    )?;
    type Opened = (Vec<u8>, Vec<u8>, i64, i64);
    let opened: Vec<Opened> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let mut feed = Appender::new(tx, now_ms)?;
    let mut books = Books::new(tx)?;
    for same_time in opened.chunk_by(|one, next| one.2 == next.2) {
        let lines = same_time.iter().map(|(product, location, _, quantity_thousandths)| {
            Ok(BalanceV1 {
                product: uuid("movement", product)?,
                location: uuid("movement", location)?,
                quantity_thousandths: *quantity_thousandths,
            })
        });
        let lines = lines.collect::<Result<Vec<_>, StoreError>>()?;
        let at_ms = same_time.first().map_or(now_ms, |(_, _, at_ms, _)| *at_ms);
        opening::open(tx, &mut feed, &mut books, &lines, at_ms)?;
    }
    Ok(())
}
