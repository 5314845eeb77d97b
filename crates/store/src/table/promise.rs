//! What is set aside: promises as central said them last, what people here asked for, and what customers said. The words
//! of a customer stand in a row of their own, so that they can be erased.

use rusqlite::{OptionalExtension, Row};
use selvedge_domain::Quantity;
use selvedge_domain::barcode::Slip;
use selvedge_domain::ids::{EntryUuid, JobId, PersonId, ProductId, PromiseId};
use selvedge_domain::receipt::Document;
use selvedge_domain::stock::promise::{PromiseState, RequestState};
use selvedge_protocol::v1::{FeedRow, PromiseRequest, PromiseV1};
use serde::{Deserialize, Serialize};

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// What somebody here asked central to set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The idempotency key: the same for every attempt.
    pub key: String,
    /// Who asked.
    pub person: PersonId,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// When the customer no longer waits for it, milliseconds since 1970; central is not asked after it.
    pub until_ms: i64,
    /// What the site is called that shall deliver; may be empty.
    #[serde(default)]
    pub site_name: String,
    /// As it is sent; the same bytes for every attempt.
    pub request: PromiseRequest,
    /// Why central refused, as one of `v1::code` and in its words; empty where it did not.
    #[serde(default)]
    pub refusal: (String, String),
}

/// A request and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The identity of what is promised by it.
    pub promise: PromiseId,
    /// How far it is.
    pub state: RequestState,
    /// How far it was when the person who asked saw it last.
    pub told: RequestState,
    /// What was asked.
    pub asked: Asked,
}

/// A promise as central said it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The promise.
    pub promise: PromiseV1,
    /// Central's signed row, where it was given to us as an answer and the feed has not said it since.
    pub signed: Option<FeedRow>,
}

/// Notes a promise as central says it. Two views of one are merged, as at central: an answer may come after a later row
/// of the feed. A customer's words are erased when it is over.
///
/// # Errors
/// [`StoreError`].
pub fn hear(tx: &Tx, said: &PromiseV1, signed: Option<&FeedRow>) -> Result<(), StoreError> {
    let value = |error| StoreError::value("promise", error);
    let id = PromiseId(said.id);
    let mut read = said.read().map_err(value)?;
    if let Some(before) = known(tx, id)? {
        read.merge(&before.promise.read().map_err(value)?);
    }
    let said = said.clone().with(&read);
    let signed = signed.map(|row| json("promise", row)).transpose()?;
    tx.prepare_cached(
        "INSERT INTO promise (id, site, slip, state, made_ms, body, signed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET site = ?2, state = ?4, made_ms = ?5, body = ?6, signed = coalesce(?7, signed)",
    )?
    .execute((
        blob(id.0),
        blob(said.site),
        Slip::of(id).as_str(),
        read.state.word(),
        said.made_ms,
        json("promise", &said)?,
        signed,
    ))?;
    // That it is promised may be heard from the feed before the answer to the request comes, or instead of it.
    if let Some(asked) = request(tx, id)? {
        let next = match (asked.state, read.is_open()) {
            // It was let go before central had it, and central set it aside after all.
            (RequestState::LetGo | RequestState::LettingGo, true) => RequestState::LettingGo,
            (RequestState::LetGo | RequestState::LettingGo, false) => RequestState::LetGo,
            (_, false) if read.state == PromiseState::Broken => RequestState::Broken,
            _ => RequestState::Promised,
        };
        if next != asked.state {
            set_state(tx, id, next)?;
        }
    }
    match read.state {
        // Who is to tell the customer needs to know whom.
        PromiseState::Reserved | PromiseState::Confirmed | PromiseState::Broken => Ok(()),
        PromiseState::Expired | PromiseState::Cancelled | PromiseState::Fulfilled => forget_customer(tx, id),
    }
}

/// The same as the feed says it. What the feed says is kept with its rows; an answer that says no more need not be kept
/// beside them.
///
/// # Errors
/// [`StoreError`].
pub fn hear_of(tx: &Tx, said: &PromiseV1) -> Result<(), StoreError> {
    hear(tx, said, None)?;
    let value = |error| StoreError::value("promise", error);
    let id = PromiseId(said.id);
    if let Some(now) = known(tx, id)?.filter(|now| now.signed.is_some()) {
        // Deliveries are entries, which come back by themselves.
        if said.read().map_err(value)?.state >= now.promise.read().map_err(value)?.state {
            tx.prepare_cached("UPDATE promise SET signed = NULL WHERE id = ?1")?.execute([blob(id.0)])?;
        }
    }
    Ok(())
}

/// Promises that only an answer told us of, so far or for good: those of other sites do not come by the feed.
///
/// # Errors
/// [`StoreError`].
pub fn answered_only(tx: &Tx) -> Result<Vec<Known>, StoreError> {
    promises(tx, "signed IS NOT NULL ORDER BY made_ms, id", [])
}

/// A sale here handed over what was promised. Central says so too when it has the sale; a fact counts once.
///
/// # Errors
/// [`StoreError`].
pub fn deliver(
    tx: &Tx,
    id: PromiseId,
    fact: EntryUuid,
    (product, quantity): (ProductId, Quantity),
    at_ms: i64,
) -> Result<(), StoreError> {
    let Some(there) = known(tx, id)? else { return Ok(()) };
    let mut read = there.promise.read().map_err(|error| StoreError::value("promise", error))?;
    read.deliver(fact, product, quantity, at_ms);
    hear(tx, &there.promise.with(&read), None)
}

/// Keeps what somebody asks for, to be sent to central, with the customer's words.
///
/// # Errors
/// [`StoreError`].
pub fn ask(tx: &Tx, promise: PromiseId, asked: &Asked, customer: &str) -> Result<(), StoreError> {
    let state = RequestState::Asking.word();
    tx.prepare_cached("INSERT INTO promise_request (promise, slip, state, told, body) VALUES (?1, ?2, ?3, ?3, ?4)")?
        .execute((blob(promise.0), Slip::of(promise).as_str(), state, json("promise_request", asked)?))?;
    if !customer.is_empty() {
        tx.prepare_cached("INSERT INTO promise_customer (promise, words) VALUES (?1, ?2)")?
            .execute((blob(promise.0), customer))?;
    }
    Ok(())
}

/// Keeps what this till promised by itself: whoever asked sees it at once.
///
/// # Errors
/// [`StoreError`].
pub fn made(tx: &Tx, said: &PromiseV1, asked: &Asked, customer: &str) -> Result<(), StoreError> {
    let promise = PromiseId(said.id);
    ask(tx, promise, asked, customer)?;
    hear(tx, said, None)?;
    tell(tx, promise)
}

/// The customer does not want what a till promised by itself: its journal says so, and central learns it from there.
///
/// # Errors
/// [`StoreError`].
pub fn cancel(tx: &Tx, id: PromiseId, at_ms: i64) -> Result<(), StoreError> {
    if request(tx, id)?.is_some() {
        set_state(tx, id, RequestState::LetGo)?;
        tell(tx, id)?;
    }
    let Some(there) = known(tx, id)? else { return Ok(()) };
    let mut read = there.promise.read().map_err(|error| StoreError::value("promise", error))?;
    read.end(PromiseState::Cancelled, at_ms);
    hear(tx, &there.promise.with(&read), None)
}

/// Another state of a request.
///
/// # Errors
/// [`StoreError`].
pub fn set_state(tx: &Tx, promise: PromiseId, state: RequestState) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE promise_request SET state = ?2 WHERE promise = ?1")?
        .execute((blob(promise.0), state.word()))?;
    match state {
        RequestState::LetGo => forget_customer(tx, promise),
        RequestState::Asking
        | RequestState::Promised
        | RequestState::Refused
        | RequestState::Late
        | RequestState::LettingGo
        | RequestState::Broken => Ok(()),
    }
}

/// Central refused: why, as one of `v1::code`, and in its words.
///
/// # Errors
/// [`StoreError`].
pub fn refused(tx: &Tx, request: &Request, code: &str, detail: &str) -> Result<(), StoreError> {
    let asked = Asked { refusal: (code.to_owned(), detail.to_owned()), ..request.asked.clone() };
    tx.prepare_cached("UPDATE promise_request SET state = ?2, body = ?3 WHERE promise = ?1")?.execute((
        blob(request.promise.0),
        RequestState::Refused.word(),
        json("promise_request", &asked)?,
    ))?;
    Ok(())
}

/// The person who asked has seen how it stands. Where nothing is set aside, nobody needs the customer's words any more.
///
/// # Errors
/// [`StoreError`].
pub fn tell(tx: &Tx, promise: PromiseId) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE promise_request SET told = state WHERE promise = ?1")?.execute([blob(promise.0)])?;
    match request(tx, promise)?.map(|request| request.state) {
        Some(RequestState::Refused | RequestState::Late | RequestState::LetGo) => forget_customer(tx, promise),
        Some(RequestState::Asking | RequestState::Promised | RequestState::LettingGo | RequestState::Broken) | None => {
            Ok(())
        }
    }
}

/// Requests that central is still to be asked, oldest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn waiting(tx: &Tx, limit: u32) -> Result<Vec<Request>, StoreError> {
    requests(tx, "state IN ('asking', 'letting-go') ORDER BY number LIMIT ?1", [limit])
}

/// Requests whose outcome the person who asked has not seen, oldest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn untold(tx: &Tx, limit: u32) -> Result<Vec<Request>, StoreError> {
    let some = "state <> told AND state IN ('promised', 'refused', 'late', 'broken') ORDER BY number LIMIT ?1";
    requests(tx, some, [limit])
}

/// The newest requests, newest first.
///
/// # Errors
/// [`StoreError`].
pub fn newest(tx: &Tx, limit: u32) -> Result<Vec<Request>, StoreError> {
    requests(tx, "1 ORDER BY number DESC LIMIT ?1", [limit])
}

/// What was asked for under an identity, if it was asked here.
///
/// # Errors
/// [`StoreError`].
pub fn request(tx: &Tx, promise: PromiseId) -> Result<Option<Request>, StoreError> {
    Ok(requests(tx, "promise = ?1", [blob(promise.0)])?.pop())
}

/// A promise as central said it last.
///
/// # Errors
/// [`StoreError`].
pub fn known(tx: &Tx, promise: PromiseId) -> Result<Option<Known>, StoreError> {
    Ok(promises(tx, "id = ?1", [blob(promise.0)])?.pop())
}

/// Open and broken promises that are known here, oldest first, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn unfinished(tx: &Tx, limit: u32) -> Result<Vec<Known>, StoreError> {
    promises(tx, "state IN ('reserved', 'confirmed', 'broken') ORDER BY made_ms LIMIT ?1", [limit])
}

/// Whose slip that is: a promise, or what was asked for and not answered.
///
/// # Errors
/// [`StoreError`].
pub fn of_slip(tx: &Tx, slip: &Slip) -> Result<Option<PromiseId>, StoreError> {
    let found: Option<Vec<u8>> = tx
        .prepare_cached(
            "SELECT id FROM promise WHERE slip = ?1 UNION SELECT promise FROM promise_request WHERE slip = ?1 LIMIT 1",
        )?
        .query_row([slip.as_str()], |row| row.get(0))
        .optional()?;
    found.map(|id| Ok(PromiseId(uuid("promise", &id)?))).transpose()
}

/// What the customer said; empty where nothing was said, or it was erased.
///
/// # Errors
/// [`StoreError`].
pub fn customer(tx: &Tx, promise: PromiseId) -> Result<String, StoreError> {
    let words: Option<String> = tx
        .prepare_cached("SELECT words FROM promise_customer WHERE promise = ?1")?
        .query_row([blob(promise.0)], |row| row.get(0))
        .optional()?;
    Ok(words.unwrap_or_default())
}

/// A paper has what the customer said.
///
/// # Errors
/// [`StoreError`].
pub fn note_paper(tx: &Tx, promise: PromiseId, job: JobId) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO promise_paper (promise, job) VALUES (?1, ?2)")?
        .execute((blob(promise.0), blob(job.0)))?;
    Ok(())
}

/// Erases what the customer said, on the papers that were printed of it too; one that still waits is not printed.
///
/// # Errors
/// [`StoreError`].
pub fn forget_customer(tx: &Tx, promise: PromiseId) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM promise_customer WHERE promise = ?1")?.execute([blob(promise.0)])?;
    tx.prepare_cached(
        "UPDATE print_job SET document = ?2, state = iif(state IN ('waiting', 'uncertain'), 'dropped', state)
         WHERE id IN (SELECT job FROM promise_paper WHERE promise = ?1)",
    )?
    .execute((blob(promise.0), json("print_job", &Document { blocks: Vec::new() })?))?;
    tx.prepare_cached("DELETE FROM promise_paper WHERE promise = ?1")?.execute([blob(promise.0)])?;
    Ok(())
}

fn requests(tx: &Tx, some: &str, values: impl rusqlite::Params) -> Result<Vec<Request>, StoreError> {
    let sql = format!("SELECT promise, state, told, body FROM promise_request WHERE {some}");
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Request {
            promise: PromiseId(uuid("promise_request", &row.get::<_, Vec<u8>>(0)?)?),
            state: request_state(row, 1)?,
            told: request_state(row, 2)?,
            asked: from_json("promise_request", &row.get::<_, String>(3)?)?,
        });
    }
    Ok(found)
}

fn request_state(row: &Row, column: usize) -> Result<RequestState, StoreError> {
    let word: String = row.get(column)?;
    RequestState::of(&word).ok_or_else(|| StoreError::value("promise_request", format!("state {word:?}")))
}

fn promises(tx: &Tx, some: &str, values: impl rusqlite::Params) -> Result<Vec<Known>, StoreError> {
    let mut statement = tx.prepare_cached(&format!("SELECT body, signed FROM promise WHERE {some}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let signed: Option<String> = row.get(1)?;
        found.push(Known {
            promise: from_json("promise", &row.get::<_, String>(0)?)?,
            signed: signed.map(|row| from_json("promise", &row)).transpose()?,
        });
    }
    Ok(found)
}
