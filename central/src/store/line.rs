//! Lines of an export that look the same whichever store they come from.

use selvedge_domain::time::{Stamp, Trust};
use selvedge_protocol::journal::{Body, Entry};
use selvedge_protocol::v1::EntryV1;
use serde_json::{Value, json};

use super::StoreError;

/// An entry and how it is kept.
pub(super) struct EntryLine<'a> {
    pub(super) entry: Entry,
    pub(super) kind: &'a str,
    pub(super) state: &'a str,
    pub(super) branch: i64,
    pub(super) received_ms: i64,
}

/// The sale as its journal has it, and where it stands there.
pub(super) fn sale_line(from: &EntryLine<'_>) -> Result<Value, StoreError> {
    let entry = &from.entry;
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
    let at = Stamp::from(body.at);
    line.insert("when".to_owned(), json!(at.interval().closed_by(from.received_ms)));
    line.insert("trust".to_owned(), json!(trust(at)));
    line.insert("person".to_owned(), json!(body.person));
    line.insert("site".to_owned(), json!(body.site));
    line.insert("state".to_owned(), json!(from.state));
    line.insert("received_ms".to_owned(), json!(from.received_ms));
    Ok(Value::Object(line))
}

/// The entry as it came, and how it is kept.
pub(super) fn entry_line(from: &EntryLine<'_>) -> Result<Value, StoreError> {
    let mut line =
        serde_json::to_value(EntryV1::from(&from.entry)).map_err(|error| StoreError::value("entry", error))?;
    line["kind"] = json!(from.kind);
    line["state"] = json!(from.state);
    line["branch"] = json!(from.branch);
    line["received_ms"] = json!(from.received_ms);
    Ok(line)
}

/// An entry of somebody who may not do it: which, by whom, and what is odd. What was done is in the entry.
pub(super) fn audit_line(from: &EntryLine<'_>, code: &str, detail: &str) -> Result<Value, StoreError> {
    let entry = &from.entry;
    let body = Body::decode(&entry.body).map_err(|error| StoreError::value("entry", error))?;
    Ok(json!({
        "code": code,
        "detail": detail,
        "person": body.person,
        "site": body.site,
        "kind": from.kind,
        "device": entry.id.device,
        "generation": entry.id.generation,
        "sequence": entry.id.sequence,
        "hash": entry.hash,
        "entry": body.id,
        "when": Stamp::from(body.at).interval().closed_by(from.received_ms),
        "trust": trust(Stamp::from(body.at)),
        "received_ms": from.received_ms,
    }))
}

/// How far the station's clock can be believed: a time of one that is suspect is marked.
fn trust(at: Stamp) -> &'static str {
    match at.trust() {
        Trust::Sure => "sure",
        Trust::Unproved => "unproved",
        Trust::Suspect => "suspect",
    }
}

/// An entry that waits for a manager, and why. A body that cannot be read has no fact and no site.
pub(super) fn held_line(from: &EntryLine<'_>, code: &str, detail: &str) -> Value {
    let (entry, body) = (&from.entry, Body::decode(&from.entry.body).ok());
    json!({
        "generation": entry.id.generation,
        "sequence": entry.id.sequence,
        "device": entry.id.device,
        "site": body.as_ref().map(|body| body.site),
        "code": code,
        "detail": detail,
        "since_ms": from.received_ms,
        "kind": from.kind,
        "entry": body.as_ref().map(|body| body.id),
        "hash": entry.hash,
    })
}

/// What somebody had central do.
pub(super) fn command_line(at_ms: i64, who: &str, what: &str, about: &str) -> Value {
    json!({ "at_ms": at_ms, "who": who, "what": what, "about": about })
}
