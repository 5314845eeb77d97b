//! The way to promises: what arrives at the same time shares a transaction and its commit, since a grant is a row of the
//! feed, and rows follow one another.

use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::sync::{mpsc, oneshot};

use super::promise::{self, Became};
use super::work;
use crate::store::StoreError;
use crate::store::promise::{Done, Work};

/// What waits; more make who asks wait.
const WAITING: usize = 256;
/// What shares a transaction at most.
const TOGETHER: usize = 128;

struct Job {
    work: Work,
    now_ms: i64,
    answer: oneshot::Sender<Became>,
}

/// Where promises are asked for.
pub(super) struct Counter {
    jobs: mpsc::Sender<Job>,
}

impl Counter {
    /// Begins to work; ends when it is dropped.
    pub(super) fn begin(pool: Pool) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        tokio::spawn(take_in(pool, waiting));
        Counter { jobs }
    }

    pub(super) async fn ask(&self, work: Work, now_ms: i64) -> Result<Done, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { work, now_ms, answer }).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

async fn take_in(pool: Pool, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while waiting.recv_many(&mut jobs, TOGETHER).await > 0 {
        let now_ms = jobs.iter().map(|job| job.now_ms).max().unwrap_or(0);
        let (all, answers): (Vec<Work>, Vec<_>) = jobs.drain(..).map(|job| (job.work, job.answer)).unzip();
        let all = Arc::new(all);
        let became = match write(&pool, &all, 0..all.len(), now_ms).await {
            Ok(became) => became,
            Err(error) if all.len() == 1 => vec![Err(error)],
            // One of them is the trouble: each by itself, so that the others do not share it.
            Err(_) => {
                let mut each = Vec::with_capacity(all.len());
                for at in 0..all.len() {
                    let one = write(&pool, &all, at..at + 1, now_ms).await;
                    each.push(one.and_then(|mut one| one.pop().ok_or(StoreError::Stopped)?));
                }
                each
            }
        };
        for (answer, became) in answers.into_iter().zip(became) {
            // Who hung up asks again under the same key.
            answer.send(became).ok();
        }
    }
}

async fn write(
    pool: &Pool,
    all: &Arc<Vec<Work>>,
    which: std::ops::Range<usize>,
    now_ms: i64,
) -> Result<Vec<Became>, StoreError> {
    work::write(pool, |tx| {
        let (all, which) = (Arc::clone(all), which.clone());
        Box::pin(async move { promise::work(tx, all.get(which).unwrap_or_default(), now_ms).await })
    })
    .await
}
