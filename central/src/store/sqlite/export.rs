//! What central holds, as JSON lines, a page at a time.

use rusqlite::{Row, Transaction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{from_json, intake, product, uuid};
use crate::store::line::{EntryLine, audit_line, command_line, entry_line, held_line, sale_line};
use crate::store::{ExportKind, ExportPage, StoreError};

type MakeLine = fn(&Transaction<'_>, &Row<'_>) -> Result<Value, StoreError>;

pub(super) fn page(tx: &Transaction<'_>, kind: ExportKind, after: i64, limit: u32) -> Result<ExportPage, StoreError> {
    let (sql, line): (&str, MakeLine) = match kind {
        ExportKind::Sales => ("SELECT * FROM entry WHERE number > ?1 AND kind = 'sale' ORDER BY number LIMIT ?2", sale),
        ExportKind::Entries => ("SELECT * FROM entry WHERE number > ?1 ORDER BY number LIMIT ?2", entry),
        ExportKind::Held => (
            "SELECT entry.*, held.code, held.detail FROM held JOIN entry ON entry.number = held.entry
             WHERE held.entry > ?1 ORDER BY held.entry LIMIT ?2",
            held,
        ),
        ExportKind::Products => {
            ("SELECT number, id, body FROM product WHERE number > ?1 ORDER BY number LIMIT ?2", one_product)
        }
        ExportKind::Commands => {
            ("SELECT number, at_ms, who, what, about FROM command WHERE number > ?1 ORDER BY number LIMIT ?2", command)
        }
        ExportKind::Audit => (
            "SELECT entry.*, doubt.code, doubt.detail FROM doubt JOIN entry ON entry.number = doubt.entry
             WHERE doubt.entry > ?1 ORDER BY doubt.entry LIMIT ?2",
            audit,
        ),
        ExportKind::Lost => ("SELECT * FROM lost WHERE number > ?1 ORDER BY number LIMIT ?2", lost),
        ExportKind::Bases => ("SELECT * FROM base WHERE number > ?1 ORDER BY number LIMIT ?2", base),
        ExportKind::Promises => {
            ("SELECT number, body FROM promise WHERE number > ?1 ORDER BY number LIMIT ?2", promise)
        }
        ExportKind::Transfers => {
            ("SELECT number, body FROM transfer WHERE number > ?1 ORDER BY number LIMIT ?2", transfer)
        }
        ExportKind::Shortfalls => ("SELECT * FROM shortfall WHERE number > ?1 ORDER BY number LIMIT ?2", shortfall),
        ExportKind::Stock => (
            "SELECT balance.changed AS number, balance.product, balance.location, balance.quantity, product.sku,
                    site.code, location.kind
             FROM balance JOIN location ON location.id = balance.location JOIN site ON site.id = location.site
             LEFT JOIN product ON product.id = balance.product
             WHERE balance.changed > ?1 ORDER BY balance.changed LIMIT ?2",
            stock,
        ),
    };
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query((after, limit))?;
    let mut lines = Vec::new();
    let mut last = after;
    while let Some(row) = rows.next()? {
        last = row.get("number")?;
        lines.push(line(tx, row)?.to_string());
    }
    let full = u32::try_from(lines.len()).unwrap_or(u32::MAX) == limit;
    Ok(ExportPage { lines, next: full.then_some(last) })
}

fn sale(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    with_line(row, sale_line)
}

fn entry(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    with_line(row, entry_line)
}

fn audit(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let text = |name: &str| row.get::<_, String>(name);
    let (code, detail) = (text("code")?, text("detail")?);
    with_line(row, |line| audit_line(line, &code, &detail))
}

fn held(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let text = |name: &str| row.get::<_, String>(name);
    let (code, detail) = (text("code")?, text("detail")?);
    with_line(row, |line| Ok(held_line(line, &code, &detail)))
}

fn with_line(row: &Row<'_>, make: impl Fn(&EntryLine<'_>) -> Result<Value, StoreError>) -> Result<Value, StoreError> {
    let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
    make(&EntryLine {
        entry: intake::entry_of(row)?,
        kind: &kind,
        state: &state,
        branch: row.get("branch")?,
        received_ms: row.get("received_ms")?,
    })
}

fn one_product(tx: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let mut line: Value = from_json("product", &row.get::<_, String>("body")?)?;
    line["prices"] = Value::Array(product::prices(tx, &row.get::<_, Vec<u8>>("id")?)?);
    Ok(line)
}

fn command(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let text = |name: &str| row.get::<_, String>(name);
    Ok(command_line(row.get("at_ms")?, &text("who")?, &text("what")?, &text("about")?))
}

fn lost(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let id = |name: &str| -> Result<Option<Uuid>, StoreError> {
        row.get::<_, Option<Vec<u8>>>(name)?.map(|bytes| uuid("lost", &bytes)).transpose()
    };
    Ok(json!({
        "kind": row.get::<_, String>("kind")?,
        "life": id("life")?,
        "device": id("device")?,
        "first": row.get::<_, u64>("first")?,
        "last": row.get::<_, u64>("last")?,
        "since_ms": row.get::<_, i64>("since_ms")?,
    }))
}

fn base(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    Ok(json!({
        "statement": row.get::<_, String>("body")?,
        "signature": hex::encode(row.get::<_, Vec<u8>>("signature")?),
        "held": row.get::<_, bool>("held")?,
        "received_ms": row.get::<_, i64>("received_ms")?,
    }))
}

fn promise(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    from_json("promise", &row.get::<_, String>("body")?)
}

fn transfer(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    from_json("transfer", &row.get::<_, String>("body")?)
}

fn shortfall(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let fact: Option<Vec<u8>> = row.get("fact")?;
    Ok(json!({
        "site": uuid("shortfall", &row.get::<_, Vec<u8>>("site")?)?,
        "product": uuid("shortfall", &row.get::<_, Vec<u8>>("product")?)?,
        "quantity_thousandths": row.get::<_, i64>("quantity")?,
        "cause": row.get::<_, String>("cause")?,
        "fact": fact.map(|fact| uuid("shortfall", &fact)).transpose()?,
        "at_ms": row.get::<_, i64>("at_ms")?,
    }))
}

fn stock(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    Ok(json!({
        "site": row.get::<_, String>("code")?,
        "location": uuid("balance", &row.get::<_, Vec<u8>>("location")?)?,
        "location_kind": row.get::<_, String>("kind")?,
        "product": uuid("balance", &row.get::<_, Vec<u8>>("product")?)?,
        "sku": row.get::<_, Option<String>>("sku")?,
        "quantity_thousandths": row.get::<_, i64>("quantity")?,
    }))
}
