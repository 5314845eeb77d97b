//! Papers to be printed. *Sending* is committed before the first byte; a job found sending at a start is uncertain.

use rusqlite::{OptionalExtension, Row};
use selvedge_domain::ids::{JobId, SaleId, ShiftId};
use selvedge_domain::receipt::Document;

use super::{blob, from_json, json, uuid};
use crate::{StoreError, Tx};

/// Where a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for the printer.
    Waiting,
    /// Bytes may be on their way.
    Sending,
    /// The printer said that it is out.
    Printed,
    /// All bytes were taken by a printer that says nothing.
    Sent,
    /// Nobody knows: a person is asked.
    Uncertain,
    /// Nobody wants it any more.
    Dropped,
}

impl State {
    const NAMES: [(State, &'static str); 6] = [
        (State::Waiting, "waiting"),
        (State::Sending, "sending"),
        (State::Printed, "printed"),
        (State::Sent, "sent"),
        (State::Uncertain, "uncertain"),
        (State::Dropped, "dropped"),
    ];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(state, _)| *state)
            .ok_or_else(|| StoreError::value("print_job", format!("state {text:?}")))
    }
}

/// A paper.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintJob {
    /// Identity, the same for every attempt.
    pub id: JobId,
    /// The receipt's number, or what the paper is called.
    pub title: String,
    /// Whose receipt it is.
    pub sale: Option<SaleId>,
    /// Whose Z report it is.
    pub shift: Option<ShiftId>,
    /// A second paper.
    pub copy: bool,
    /// Where it is.
    pub state: State,
    /// What stands on it.
    pub document: Document,
    /// When its state changed.
    pub changed_ms: i64,
}

const COLUMNS: &str = "id, title, sale, shift, copy, state, document, changed_ms";

/// Adds a job behind the others.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Tx, job: &PrintJob) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO print_job (id, title, sale, shift, copy, state, document, changed_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        blob(job.id.0),
        &job.title,
        job.sale.map(|sale| blob(sale.0)),
        job.shift.map(|shift| blob(shift.0)),
        job.copy,
        job.state.name(),
        json("print_job", &job.document)?,
        job.changed_ms,
    ))?;
    Ok(())
}

/// The job that is due: the oldest that waits.
///
/// # Errors
/// [`StoreError`].
pub fn next_waiting(tx: &Tx) -> Result<Option<PrintJob>, StoreError> {
    one(tx, "WHERE state = 'waiting' ORDER BY number LIMIT 1", [])
}

/// A job.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(tx: &Tx, id: JobId) -> Result<Option<PrintJob>, StoreError> {
    one(tx, "WHERE id = ?1", [blob(id.0)])
}

/// The newest paper of a sale.
///
/// # Errors
/// [`StoreError`].
pub fn of_sale(tx: &Tx, sale: SaleId) -> Result<Option<PrintJob>, StoreError> {
    one(tx, "WHERE sale = ?1 ORDER BY number DESC LIMIT 1", [blob(sale.0)])
}

/// The newest paper of a shift's Z report.
///
/// # Errors
/// [`StoreError`].
pub fn of_shift(tx: &Tx, shift: ShiftId) -> Result<Option<PrintJob>, StoreError> {
    one(tx, "WHERE shift = ?1 ORDER BY number DESC LIMIT 1", [blob(shift.0)])
}

/// Jobs in a state, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn in_state(tx: &Tx, state: State) -> Result<Vec<PrintJob>, StoreError> {
    let mut statement = tx.prepare_cached(&in_state_sql(state))?;
    let mut rows = statement.query([])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        jobs.push(job(row)?);
    }
    Ok(jobs)
}

/// The state stands in the text: for a parameter the index of open jobs is not used, and all papers ever printed are
/// read.
fn in_state_sql(state: State) -> String {
    format!("SELECT {COLUMNS} FROM print_job WHERE state = '{}' ORDER BY number", state.name())
}

/// How many jobs wait.
///
/// # Errors
/// [`StoreError`].
pub fn waiting(tx: &Tx) -> Result<u32, StoreError> {
    Ok(tx.prepare_cached("SELECT count(*) FROM print_job WHERE state = 'waiting'")?.query_row([], |row| row.get(0))?)
}

/// Moves a job on, if it still is where the caller believes. Says whether it was.
///
/// # Errors
/// [`StoreError`].
pub fn advance(tx: &Tx, id: JobId, from: State, to: State, now_ms: i64) -> Result<bool, StoreError> {
    let changed = tx
        .prepare_cached("UPDATE print_job SET state = ?3, changed_ms = ?4 WHERE id = ?1 AND state = ?2")?
        .execute((blob(id.0), from.name(), to.name(), now_ms))?;
    Ok(changed == 1)
}

/// At the start: what was being sent when the station ended is uncertain now. Says how many.
///
/// # Errors
/// [`StoreError`].
pub fn sending_is_uncertain(tx: &Tx, now_ms: i64) -> Result<usize, StoreError> {
    Ok(tx
        .prepare_cached("UPDATE print_job SET state = 'uncertain', changed_ms = ?1 WHERE state = 'sending'")?
        .execute([now_ms])?)
}

fn one(tx: &Tx, rest: &str, params: impl rusqlite::Params) -> Result<Option<PrintJob>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM print_job {rest}");
    tx.prepare_cached(&sql)?.query_row(params, |row| Ok(job(row))).optional()?.transpose()
}

fn job(row: &Row) -> Result<PrintJob, StoreError> {
    Ok(PrintJob {
        id: JobId(uuid("print_job", &row.get::<_, Vec<u8>>(0)?)?),
        title: row.get(1)?,
        sale: optional_id(row, 2)?.map(SaleId),
        shift: optional_id(row, 3)?.map(ShiftId),
        copy: row.get(4)?,
        state: State::parse(&row.get::<_, String>(5)?)?,
        document: from_json("print_job", &row.get::<_, String>(6)?)?,
        changed_ms: row.get(7)?,
    })
}

fn optional_id(row: &Row, column: usize) -> Result<Option<uuid::Uuid>, StoreError> {
    row.get::<_, Option<Vec<u8>>>(column)?.map(|bytes| uuid("print_job", &bytes)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn open_jobs_are_found_without_reading_every_paper_ever_printed() {
        let store = Store::in_memory().expect("a store");
        for state in [State::Waiting, State::Sending, State::Uncertain] {
            let plan = store.read::<_, StoreError>(|tx| {
                let plan = format!("EXPLAIN QUERY PLAN {}", in_state_sql(state));
                Ok(tx.query_row(&plan, [], |row| row.get::<_, String>(3))?)
            });
            let plan = plan.expect("a plan");
            assert!(plan.contains("print_job_open"), "{state:?} is looked up in the index of open jobs: {plan}");
        }
    }
}
