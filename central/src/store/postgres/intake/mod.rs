//! Journals come in. Segments that arrive at the same time share a transaction and its commit, since a commit on disk is
//! what costs; each is answered after it. Signatures are checked before, outside of any transaction.

mod plan;
mod rights;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use deadpool_postgres::Pool;
use selvedge_protocol::journal::{Body, Entry, ReadBase};
use selvedge_protocol::v1::problem;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use super::{device, work};
use crate::judge;
use crate::store::{Generation, Problem, StoreError, Taken};

pub(super) use write::{hear, hold, let_go, release, release_known};

/// While one transaction waits for its commit, another gathers and looks things up.
const WORKERS: usize = 2;
/// Segments that wait; more make who sends them wait.
const WAITING: usize = 256;
/// Entries that share a transaction, about.
const TOGETHER: usize = 2_000;

/// A segment whose entries were looked at.
pub(super) struct Segment {
    pub(super) sender: Uuid,
    /// Taken before the entries.
    pub(super) bases: Vec<ReadBase>,
    pub(super) entries: Vec<Checked>,
    pub(super) now_ms: i64,
}

/// What can be said of an entry by itself.
pub(super) enum Checked {
    /// It does not verify, and is not kept.
    Refused(Problem),
    /// It verifies; without a body it cannot be read.
    Good(Box<(Entry, Option<Body>)>),
}

struct Job {
    segment: Segment,
    answer: oneshot::Sender<Result<Taken, StoreError>>,
}

/// The way in.
pub(super) struct Intake {
    pool: Pool,
    /// A generation's key never changes, so it is looked up once.
    keys: RwLock<HashMap<Uuid, Generation>>,
    jobs: mpsc::Sender<Job>,
}

impl Intake {
    /// Begins to work; ends when it is dropped.
    pub(super) fn begin(pool: Pool) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..WORKERS {
            tokio::spawn(take_in(pool.clone(), Arc::clone(&waiting)));
        }
        Intake { pool, keys: RwLock::default(), jobs }
    }

    pub(super) async fn take(
        &self,
        sender: Uuid,
        bases: Vec<ReadBase>,
        entries: Vec<Entry>,
        now_ms: i64,
    ) -> Result<Taken, StoreError> {
        let known = self.keys_of(&entries).await?;
        let check = move || entries.into_iter().map(|entry| checked(entry, &known)).collect();
        let entries = tokio::task::spawn_blocking(check).await.map_err(|_| StoreError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        let job = Job { segment: Segment { sender, bases, entries, now_ms }, answer };
        self.jobs.send(job).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    async fn keys_of(&self, entries: &[Entry]) -> Result<HashMap<Uuid, Generation>, StoreError> {
        let asked: BTreeSet<Uuid> = entries.iter().map(|entry| entry.id.generation).collect();
        let (mut known, missing): (HashMap<_, _>, Vec<Uuid>) = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            let found = asked.iter().filter_map(|id| Some((*id, keys.get(id)?.clone()))).collect();
            (found, asked.iter().copied().filter(|id| !keys.contains_key(id)).collect())
        };
        if !missing.is_empty() {
            let found =
                work::read(&self.pool, move |tx| Box::pin(async move { device::generations(tx, &missing).await }))
                    .await?;
            self.keys.write().unwrap_or_else(PoisonError::into_inner).extend(found.clone());
            known.extend(found);
        }
        Ok(known)
    }
}

fn checked(entry: Entry, known: &HashMap<Uuid, Generation>) -> Checked {
    let refused = |id, code, detail: String| Checked::Refused(Problem { id, kept: false, code, detail });
    let id = entry.id;
    let Some(generation) = known.get(&id.generation).filter(|known| known.device == id.device) else {
        return refused(id, problem::UNKNOWN_GENERATION, plan::NO_GENERATION.to_owned());
    };
    if let Err(error) = entry.check(&generation.public_key) {
        return refused(id, judge::chain_code(&error), error.to_string());
    }
    let body = Body::decode(&entry.body).ok();
    Checked::Good(Box::new((entry, body)))
}

async fn take_in(pool: Pool, waiting: Arc<Mutex<mpsc::Receiver<Job>>>) {
    while let Some(jobs) = gather(&waiting).await {
        let (segments, answers): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.segment, job.answer)).unzip();
        let segments = Arc::new(segments);
        let taken = write_all(&pool, &segments, 0..segments.len()).await;
        let mut taken = match taken {
            Ok(taken) => taken.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) if segments.len() == 1 => vec![Err(error)],
            // One of them is the trouble: each by itself, so that the others do not share it.
            Err(_) => {
                let mut each = Vec::with_capacity(segments.len());
                for at in 0..segments.len() {
                    let one = write_all(&pool, &segments, at..at + 1).await;
                    each.push(one.and_then(|mut one| one.pop().ok_or(StoreError::Stopped)));
                }
                each
            }
        };
        for (answer, taken) in answers.into_iter().zip(taken.drain(..)) {
            // Who hung up hears it when they ask again.
            answer.send(taken).ok();
        }
    }
}

/// What waits now, at least one; none when nobody sends any more.
async fn gather(waiting: &Mutex<mpsc::Receiver<Job>>) -> Option<Vec<Job>> {
    let mut waiting = waiting.lock().await;
    let first = waiting.recv().await?;
    let mut count = first.segment.entries.len();
    let mut jobs = vec![first];
    while count < TOGETHER
        && let Ok(job) = waiting.try_recv()
    {
        count += job.segment.entries.len();
        jobs.push(job);
    }
    Some(jobs)
}

async fn write_all(
    pool: &Pool,
    segments: &Arc<Vec<Segment>>,
    which: std::ops::Range<usize>,
) -> Result<Vec<Taken>, StoreError> {
    let segments = Arc::clone(segments);
    work::write(pool, move |tx| {
        let (segments, which) = (Arc::clone(&segments), which.clone());
        Box::pin(async move { write::take(tx, &segments[which]).await })
    })
    .await
}
