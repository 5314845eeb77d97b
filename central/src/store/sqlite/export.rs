//! What central holds, as JSON lines, a page at a time.

use rusqlite::{Row, Transaction};
use selvedge_protocol::journal::Body;
use selvedge_protocol::v1::EntryV1;
use serde_json::{Value, json};

use super::{from_json, intake, product, uuid};
use crate::store::{ExportKind, ExportPage, StoreError};

type MakeLine = fn(&Transaction<'_>, &Row<'_>) -> Result<Value, StoreError>;

pub(super) fn page(tx: &Transaction<'_>, kind: ExportKind, after: i64, limit: u32) -> Result<ExportPage, StoreError> {
    let (sql, line): (&str, MakeLine) = match kind {
        ExportKind::Sales => ("SELECT * FROM entry WHERE number > ?1 AND kind = 'sale' ORDER BY number LIMIT ?2", sale),
        ExportKind::Entries => ("SELECT * FROM entry WHERE number > ?1 ORDER BY number LIMIT ?2", entry),
        ExportKind::Products => {
            ("SELECT number, id, body FROM product WHERE number > ?1 ORDER BY number LIMIT ?2", one_product)
        }
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

/// The sale as its journal has it, and where it stands there.
fn sale(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let entry = intake::entry_of(row)?;
    let body = Body::decode(&entry.body).map_err(|error| StoreError::value("entry", error))?;
    let mut line = match body.payload.as_object() {
        Some(fields) => fields.clone(),
        // A sale that is held since it cannot be read: it is shown all the same.
        None => [("payload".to_owned(), body.payload)].into_iter().collect(),
    };
    line.insert("device".to_owned(), json!(entry.id.device));
    line.insert("generation".to_owned(), json!(entry.id.generation));
    line.insert("sequence".to_owned(), json!(entry.id.sequence));
    line.insert("hash".to_owned(), json!(entry.hash));
    line.insert("entry".to_owned(), json!(body.id));
    line.insert("version".to_owned(), json!(body.version));
    line.insert("at".to_owned(), json!(body.at));
    line.insert("person".to_owned(), json!(body.person));
    line.insert("site".to_owned(), json!(body.site));
    line.insert("state".to_owned(), json!(row.get::<_, String>("state")?));
    line.insert("received_ms".to_owned(), json!(row.get::<_, i64>("received_ms")?));
    Ok(Value::Object(line))
}

fn entry(_: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let mut line = serde_json::to_value(EntryV1::from(&intake::entry_of(row)?))
        .map_err(|error| StoreError::value("entry", error))?;
    line["kind"] = json!(row.get::<_, String>("kind")?);
    line["state"] = json!(row.get::<_, String>("state")?);
    line["branch"] = json!(row.get::<_, i64>("branch")?);
    line["received_ms"] = json!(row.get::<_, i64>("received_ms")?);
    Ok(line)
}

fn one_product(tx: &Transaction<'_>, row: &Row<'_>) -> Result<Value, StoreError> {
    let mut line: Value = from_json("product", &row.get::<_, String>("body")?)?;
    line["prices"] = Value::Array(product::prices(tx, &row.get::<_, Vec<u8>>("id")?)?);
    Ok(line)
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
