//! What central holds, as JSON lines, a page at a time.

use selvedge_protocol::journal::{Entry, EntryId, Hex64};
use serde_json::{Value, json};
use tokio_postgres::Row;
use uuid::Uuid;

use super::work::{Tx, rows};
use super::{from_json, hash, product};
use crate::store::line::{EntryLine, audit_line, command_line, entry_line, held_line, sale_line};
use crate::store::{ExportKind, ExportPage, StoreError};

/// Rows after a number, so many at most.
fn sql_of(kind: ExportKind) -> &'static str {
    match kind {
        ExportKind::Sales => {
            "SELECT number, device, generation, sequence, branch, format, previous, body, hash, signature, kind, state,
                    received_ms
             FROM entry WHERE number > $1 AND kind = 'sale' ORDER BY number LIMIT $2"
        }
        ExportKind::Entries => {
            "SELECT number, device, generation, sequence, branch, format, previous, body, hash, signature, kind, state,
                    received_ms
             FROM entry WHERE number > $1 ORDER BY number LIMIT $2"
        }
        ExportKind::Products => "SELECT number, id, body FROM product WHERE number > $1 ORDER BY number LIMIT $2",
        ExportKind::Commands => {
            "SELECT number, at_ms, who, what, about FROM command WHERE number > $1 ORDER BY number LIMIT $2"
        }
        ExportKind::Audit => {
            "SELECT entry.number, entry.device, generation, sequence, branch, format, previous, body, hash, signature, kind,
                    state, received_ms, doubt.code, doubt.detail
             FROM doubt JOIN entry ON entry.number = doubt.entry WHERE doubt.entry > $1 ORDER BY doubt.entry LIMIT $2"
        }
        ExportKind::Held => {
            "SELECT entry.number, entry.device, generation, sequence, branch, format, previous, body, hash, signature, kind,
                    state, received_ms, held.code, held.detail
             FROM held JOIN entry ON entry.number = held.entry WHERE held.entry > $1 ORDER BY held.entry LIMIT $2"
        }
        ExportKind::Lost => {
            "SELECT number, kind, life, device, first, last, since_ms FROM lost WHERE number > $1
             ORDER BY number LIMIT $2"
        }
        ExportKind::Bases => {
            "SELECT number, body, signature, held, received_ms FROM base WHERE number > $1 ORDER BY number LIMIT $2"
        }
        ExportKind::Promises => "SELECT number, body FROM promise WHERE number > $1 ORDER BY number LIMIT $2",
        ExportKind::Transfers => "SELECT number, body FROM transfer WHERE number > $1 ORDER BY number LIMIT $2",
        ExportKind::Shortfalls => {
            "SELECT number, site, product, quantity, cause, fact, at_ms FROM shortfall WHERE number > $1
             ORDER BY number LIMIT $2"
        }
        ExportKind::Stock => {
            "SELECT balance.changed AS number, balance.product, balance.location, balance.quantity, product.sku,
                    site.code, location.kind
             FROM balance JOIN location ON location.id = balance.location JOIN site ON site.id = location.site
             LEFT JOIN product ON product.id = balance.product
             WHERE balance.changed > $1 ORDER BY balance.changed LIMIT $2"
        }
    }
}

pub(super) async fn page(tx: &Tx<'_>, kind: ExportKind, after: i64, limit: u32) -> Result<ExportPage, StoreError> {
    let found = rows(tx, sql_of(kind), &[&after, &i64::from(limit)]).await?;
    let lines = match kind {
        ExportKind::Sales => found.iter().map(|row| sale_line(&line_of(row)?)).collect::<Result<Vec<_>, _>>()?,
        ExportKind::Entries => found.iter().map(|row| entry_line(&line_of(row)?)).collect::<Result<Vec<_>, _>>()?,
        ExportKind::Products => products(tx, &found).await?,
        ExportKind::Commands => found.iter().map(command).collect(),
        ExportKind::Audit => found.iter().map(audit).collect::<Result<Vec<_>, _>>()?,
        ExportKind::Held => {
            let line = |row| Ok(held_line(&line_of(row)?, row.get("code"), row.get("detail")));
            found.iter().map(line).collect::<Result<Vec<_>, StoreError>>()?
        }
        ExportKind::Lost => found.iter().map(lost).collect(),
        ExportKind::Bases => found.iter().map(base).collect(),
        ExportKind::Promises => {
            found.iter().map(|row| from_json("promise", row.get("body"))).collect::<Result<Vec<_>, _>>()?
        }
        ExportKind::Transfers => {
            found.iter().map(|row| from_json("transfer", row.get("body"))).collect::<Result<Vec<_>, _>>()?
        }
        ExportKind::Shortfalls => found.iter().map(shortfall).collect(),
        ExportKind::Stock => found.iter().map(stock).collect(),
    };
    let full = u32::try_from(lines.len()).unwrap_or(u32::MAX) == limit;
    let next = found.last().map(|row| row.get("number")).filter(|_| full);
    Ok(ExportPage { lines: lines.iter().map(Value::to_string).collect(), next })
}

fn line_of(row: &Row) -> Result<EntryLine<'_>, StoreError> {
    Ok(EntryLine {
        entry: entry_of(row)?,
        kind: row.get("kind"),
        state: row.get("state"),
        branch: i64::from(row.get::<_, i32>("branch")),
        received_ms: row.get("received_ms"),
    })
}

/// An entry as it came.
pub(super) fn entry_of(row: &Row) -> Result<Entry, StoreError> {
    let number = |value: i64| u64::try_from(value).map_err(|error| StoreError::value("entry", error));
    Ok(Entry {
        id: EntryId {
            device: row.get("device"),
            generation: row.get("generation"),
            sequence: number(row.get("sequence"))?,
        },
        format: u32::try_from(row.get::<_, i64>("format")).map_err(|error| StoreError::value("entry", error))?,
        previous: hash("entry", row.get("previous"))?,
        body: String::from_utf8(row.get("body")).map_err(|error| StoreError::value("entry", error))?,
        hash: hash("entry", row.get("hash"))?,
        signature: Hex64::from_slice(row.get("signature")).map_err(|error| StoreError::value("entry", error))?,
    })
}

/// A station's own entries after a number; of a fork's branches the first.
pub(super) async fn entries(
    tx: &Tx<'_>,
    device: Uuid,
    generation: Uuid,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT device, generation, sequence, format, previous, body, hash, signature FROM entry
               WHERE generation = $1 AND device = $2 AND branch = 0 AND sequence > $3 ORDER BY sequence LIMIT $4";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let found = rows(tx, sql, &[&generation, &device, &after, &i64::from(limit)]).await?;
    found.iter().map(entry_of).collect()
}

async fn products(tx: &Tx<'_>, found: &[Row]) -> Result<Vec<Value>, StoreError> {
    let ids: Vec<Uuid> = found.iter().map(|row| row.get("id")).collect();
    let mut prices = product::prices(tx, &ids).await?;
    let line = |row: &Row| {
        let mut line: Value = from_json("product", row.get("body"))?;
        line["prices"] = Value::Array(prices.remove(&row.get::<_, Uuid>("id")).unwrap_or_default());
        Ok(line)
    };
    found.iter().map(line).collect()
}

fn command(row: &Row) -> Value {
    command_line(row.get("at_ms"), row.get("who"), row.get("what"), row.get("about"))
}

fn audit(row: &Row) -> Result<Value, StoreError> {
    audit_line(&line_of(row)?, row.get("code"), row.get("detail"))
}

fn lost(row: &Row) -> Value {
    json!({
        "kind": row.get::<_, &str>("kind"),
        "life": row.get::<_, Uuid>("life"),
        "device": row.get::<_, Option<Uuid>>("device"),
        "first": row.get::<_, i64>("first"),
        "last": row.get::<_, i64>("last"),
        "since_ms": row.get::<_, i64>("since_ms"),
    })
}

fn base(row: &Row) -> Value {
    json!({
        "statement": row.get::<_, &str>("body"),
        "signature": hex::encode(row.get::<_, &[u8]>("signature")),
        "held": row.get::<_, bool>("held"),
        "received_ms": row.get::<_, i64>("received_ms"),
    })
}

fn shortfall(row: &Row) -> Value {
    json!({
        "site": row.get::<_, Uuid>("site"),
        "product": row.get::<_, Uuid>("product"),
        "quantity_thousandths": row.get::<_, i64>("quantity"),
        "cause": row.get::<_, &str>("cause"),
        "fact": row.get::<_, Option<Uuid>>("fact"),
        "at_ms": row.get::<_, i64>("at_ms"),
    })
}

fn stock(row: &Row) -> Value {
    json!({
        "site": row.get::<_, &str>("code"),
        "location": row.get::<_, Uuid>("location"),
        "location_kind": row.get::<_, &str>("kind"),
        "product": row.get::<_, Uuid>("product"),
        "sku": row.get::<_, Option<&str>>("sku"),
        "quantity_thousandths": row.get::<_, i64>("quantity"),
    })
}
