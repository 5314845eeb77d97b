//! A station hands in a segment of its journal. Acknowledged is what is on disk.

use axum::extract::State;
use axum::response::Response;
use selvedge_protocol::journal::{Base, Entry, PublicKey, ReadBase};
use selvedge_protocol::v1::{
    ApiError, BaseV1, EntryV1, JournalAnswer, JournalRequest, MAX_SEGMENT_BYTES, MAX_SEGMENT_ENTRIES, ProblemV1,
    problem,
};

use crate::http::{App, Compressible, JournalStation, Refusal, Sent};

/// Hand in entries, in order.
#[utoipa::path(
    post, path = "/api/v1/journal", tag = "stations", operation_id = "uploadJournal", request_body = JournalRequest,
    security(("token" = [])),
    responses(
        (status = 200, body = JournalAnswer), (status = 400, body = ApiError), (status = 401, body = ApiError),
        (status = 413, body = ApiError), (status = 415, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn create(
    State(app): State<App>,
    JournalStation(device): JournalStation,
    packing: Compressible,
    Sent(segment): Sent<JournalRequest>,
) -> Result<Response, Refusal> {
    bounded(&segment)?;
    let now_ms = app.around.now_ms();
    let epoch = app.notice(device.id, segment.seen.unwrap_or_default()).await?;
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for sent in segment.entries {
        let (device, generation, sequence) = (sent.device, sent.generation, sent.sequence);
        match read(sent) {
            Ok(entry) => entries.push(entry),
            Err(detail) => {
                let code = problem::MALFORMED.to_owned();
                problems.push(ProblemV1 { device, generation, sequence, kept: false, code, detail });
            }
        }
    }
    let bases = bases(segment.bases, &app.key)?;
    let sent = entries.len();
    let taken = app.store.take_with(device.id, bases, entries, now_ms).await?;
    app.metrics.taken(sent, &taken);
    problems.extend(taken.problems.into_iter().map(|one| ProblemV1 {
        device: one.id.device,
        generation: one.id.generation,
        sequence: one.id.sequence,
        kept: one.kept,
        code: one.code.to_owned(),
        detail: one.detail,
    }));
    for one in &problems {
        tracing::warn!(device.id = %one.device, generation.id = %one.generation, entry.sequence = one.sequence,
            entry.kept = one.kept, code = one.code, "an entry needs a look");
    }
    tracing::info!(device.id = %device.id, journal.new = taken.new, "a segment is on disk");
    packing.answer(&JournalAnswer { heads: taken.heads, problems, now_ms, epoch })
}

fn bounded(segment: &JournalRequest) -> Result<(), Refusal> {
    if segment.entries.len() > MAX_SEGMENT_ENTRIES {
        return Err(Refusal::too_large(format!("entries: a segment has at most {MAX_SEGMENT_ENTRIES}")));
    }
    let bodies = segment.entries.iter().map(|entry| entry.body.len());
    if bodies.chain(segment.bases.iter().map(|base| base.statement.len())).sum::<usize>() > MAX_SEGMENT_BYTES {
        return Err(Refusal::too_large(format!("entries: a segment has at most {MAX_SEGMENT_BYTES} bytes")));
    }
    Ok(())
}

/// Bases are central's own word: one that it did not sign is none.
fn bases(sent: Vec<BaseV1>, central: &PublicKey) -> Result<Vec<ReadBase>, Refusal> {
    let read = |base: BaseV1| {
        let base = Base::try_from((base.statement, base.signature)).map_err(|error| error.to_string())?;
        base.read(central).map_err(|error| error.to_string())
    };
    let read = sent.into_iter().map(read).collect::<Result<_, String>>();
    read.map_err(|detail| Refusal::bad_request(format!("bases: {detail}")))
}

fn read(sent: EntryV1) -> Result<Entry, String> {
    // The store counts with signed numbers.
    if sent.sequence == 0 || i64::try_from(sent.sequence).is_err() {
        return Err("sequence: entries are numbered from 1".to_owned());
    }
    Entry::try_from(sent).map_err(|error| format!("previous, hash or signature: {error}"))
}
