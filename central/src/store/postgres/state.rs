//! Central seen from outside: its stations, what waits, and what people had it do.

use selvedge_protocol::v1::{DeviceStateV1, SiteV1, StationReportV1};
use uuid::Uuid;

use super::work::{Param, Tx, execute, maybe, rows};
use super::{device as station, from_json, json, text};
use crate::store::{Command, State, StoreError};

pub(super) async fn state(tx: &Tx<'_>) -> Result<State, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM held),
                      (SELECT count(*) FROM entry WHERE state <> 'applied' AND state = 'unknown-kind')";
    let counts = maybe(tx, sql, &[]).await?.ok_or(StoreError::NotSetUp)?;
    Ok(State { held: number(counts.get(0)), unknown_kinds: number(counts.get(1)), devices: devices(tx).await? })
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// A station.
pub(super) async fn device(tx: &Tx<'_>, device: Uuid) -> Result<Option<DeviceStateV1>, StoreError> {
    Ok(devices_where(tx, "device.id = $1", &[&device]).await?.pop())
}

async fn devices(tx: &Tx<'_>) -> Result<Vec<DeviceStateV1>, StoreError> {
    devices_where(tx, "true", &[]).await
}

async fn devices_where(tx: &Tx<'_>, which: &str, given: &[Param<'_>]) -> Result<Vec<DeviceStateV1>, StoreError> {
    let sql = format!(
        "SELECT device.id, device.site, device.till, device.app, device.enrolled_ms, device.revoked_ms, site.body,
                (SELECT max(at_ms) FROM nonce WHERE nonce.device = device.id),
                coalesce(waiting.held, 0), station_report.at_ms, station_report.body,
                (SELECT count(*) FROM doubt WHERE doubt.device = device.id)
         FROM device LEFT JOIN site ON site.id = device.site
         LEFT JOIN station_report ON station_report.device = device.id
         LEFT JOIN (SELECT entry.device, count(*) AS held FROM held JOIN entry ON entry.number = held.entry
                    GROUP BY entry.device) AS waiting ON waiting.device = device.id
         WHERE {which} ORDER BY site.code COLLATE \"C\", device.till COLLATE \"C\", device.enrolled_ms"
    );
    let found = rows(tx, &sql, given).await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.get(0)).collect();
    let mut heads = station::heads(tx, &ids, &[]).await?;
    let mut devices = Vec::with_capacity(found.len());
    for row in &found {
        let device: Uuid = row.get(0);
        let site: Option<SiteV1> = row.get::<_, Option<&str>>(6).map(|body| from_json("site", body)).transpose()?;
        let reported_ms: Option<i64> = row.get(9);
        let report: Option<StationReportV1> =
            row.get::<_, Option<&str>>(10).map(|body| from_json("report", body)).transpose()?;
        devices.push(DeviceStateV1 {
            device,
            site: row.get(1),
            site_code: site.map(|site| site.code).unwrap_or_default(),
            till: row.get(2),
            app: row.get(3),
            enrolled_ms: row.get(4),
            revoked_ms: row.get(5),
            seen_ms: row.get::<_, Option<i64>>(7).max(reported_ms),
            heads: heads.remove(&device).unwrap_or_default(),
            held: number(row.get(8)),
            doubts: number(row.get(11)),
            reported_ms,
            report,
        });
    }
    Ok(devices)
}

pub(super) async fn report(tx: &Tx<'_>, device: Uuid, report: &StationReportV1, now_ms: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO station_report (device, at_ms, body) VALUES ($1, $2, $3)
               ON CONFLICT (device) DO UPDATE SET at_ms = excluded.at_ms, body = excluded.body";
    execute(tx, sql, &[&device, &now_ms, &json("report", report)?]).await?;
    Ok(())
}

pub(super) async fn revoke_operator(tx: &Tx<'_>, name: &str, now_ms: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO operator_revoked (name, at_ms) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET at_ms = greatest(operator_revoked.at_ms, excluded.at_ms)";
    execute(tx, sql, &[&text(name), &now_ms]).await?;
    Ok(())
}

pub(super) async fn operator_revoked(tx: &Tx<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    let row = maybe(tx, "SELECT at_ms FROM operator_revoked WHERE name = $1", &[&text(name)]).await?;
    Ok(row.map(|row| row.get(0)))
}

pub(super) async fn revoke_shop(tx: &Tx<'_>, name: &str, now_ms: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO shop_revoked (name, at_ms) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET at_ms = greatest(shop_revoked.at_ms, excluded.at_ms)";
    execute(tx, sql, &[&text(name), &now_ms]).await?;
    Ok(())
}

pub(super) async fn shop_revoked(tx: &Tx<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    let row = maybe(tx, "SELECT at_ms FROM shop_revoked WHERE name = $1", &[&text(name)]).await?;
    Ok(row.map(|row| row.get(0)))
}

pub(super) async fn note(tx: &Tx<'_>, command: &Command) -> Result<(), StoreError> {
    let sql = "INSERT INTO command (at_ms, who, what, about) VALUES ($1, $2, $3, $4)";
    execute(tx, sql, &[&command.at_ms, &text(&command.who), &command.what, &text(&command.about)]).await?;
    Ok(())
}
