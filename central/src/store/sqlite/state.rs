//! Central seen from outside: its stations, what waits, and what people had it do.

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::v1::{DeviceStateV1, SiteV1, StationReportV1};
use uuid::Uuid;

use super::{from_json, intake, json, uuid};
use crate::store::{Command, State, StoreError};

pub(super) fn state(tx: &Transaction<'_>) -> Result<State, StoreError> {
    let count = |sql: &str| tx.prepare_cached(sql)?.query_row([], |row| row.get::<_, u64>(0));
    Ok(State {
        held: count("SELECT count(*) FROM held")?,
        unknown_kinds: count("SELECT count(*) FROM entry WHERE state <> 'applied' AND state = 'unknown-kind'")?,
        devices: devices(tx)?,
    })
}

/// A station.
pub(super) fn device(tx: &Transaction<'_>, device: Uuid) -> Result<Option<DeviceStateV1>, StoreError> {
    Ok(devices_where(tx, "device.id = ?1", [device.into_bytes()])?.pop())
}

fn devices(tx: &Transaction<'_>) -> Result<Vec<DeviceStateV1>, StoreError> {
    devices_where(tx, "true", [])
}

fn devices_where(
    tx: &Transaction<'_>,
    which: &str,
    given: impl rusqlite::Params,
) -> Result<Vec<DeviceStateV1>, StoreError> {
    let sql = format!(
        "SELECT device.id, device.site, device.till, device.app, device.enrolled_ms, device.revoked_ms, site.body,
                (SELECT max(at_ms) FROM nonce WHERE nonce.device = device.id),
                coalesce(waiting.held, 0), station_report.at_ms, station_report.body,
                (SELECT count(*) FROM doubt WHERE doubt.device = device.id)
         FROM device LEFT JOIN site ON site.id = device.site
         LEFT JOIN station_report ON station_report.device = device.id
         LEFT JOIN (SELECT entry.device, count(*) AS held FROM held JOIN entry ON entry.number = held.entry
                    GROUP BY entry.device) AS waiting ON waiting.device = device.id
         WHERE {which} ORDER BY site.code, device.till, device.enrolled_ms"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(given)?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        let device = uuid("device", &row.get::<_, Vec<u8>>(0)?)?;
        let site: Option<SiteV1> = row.get::<_, Option<String>>(6)?.map(|body| from_json("site", &body)).transpose()?;
        let reported_ms: Option<i64> = row.get(9)?;
        let report: Option<String> = row.get(10)?;
        devices.push(DeviceStateV1 {
            device,
            site: uuid("device", &row.get::<_, Vec<u8>>(1)?)?,
            site_code: site.map(|site| site.code).unwrap_or_default(),
            till: row.get(2)?,
            app: row.get(3)?,
            enrolled_ms: row.get(4)?,
            revoked_ms: row.get(5)?,
            seen_ms: row.get::<_, Option<i64>>(7)?.max(reported_ms),
            heads: intake::heads_of_device(tx, device)?,
            held: row.get(8)?,
            doubts: row.get(11)?,
            reported_ms,
            report: report.map(|body| from_json("report", &body)).transpose()?,
        });
    }
    Ok(devices)
}

pub(super) fn report(
    tx: &Transaction<'_>,
    device: Uuid,
    report: &StationReportV1,
    now_ms: i64,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO station_report (device, at_ms, body) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET at_ms = ?2, body = ?3",
    )?
    .execute((device.into_bytes(), now_ms, json("report", report)?))?;
    Ok(())
}

pub(super) fn revoke_operator(tx: &Transaction<'_>, name: &str, now_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO operator_revoked (name, at_ms) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at_ms = max(at_ms, ?2)",
    )?
    .execute((name, now_ms))?;
    Ok(())
}

pub(super) fn operator_revoked(tx: &Transaction<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT at_ms FROM operator_revoked WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn revoke_shop(tx: &Transaction<'_>, name: &str, now_ms: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO shop_revoked (name, at_ms) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at_ms = max(at_ms, ?2)",
    )?
    .execute((name, now_ms))?;
    Ok(())
}

pub(super) fn shop_revoked(tx: &Transaction<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT at_ms FROM shop_revoked WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn note(tx: &Transaction<'_>, command: &Command) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO command (at_ms, who, what, about) VALUES (?1, ?2, ?3, ?4)")?.execute((
        command.at_ms,
        &command.who,
        command.what,
        &command.about,
    ))?;
    Ok(())
}
