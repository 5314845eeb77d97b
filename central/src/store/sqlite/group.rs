//! Group commit: segments that come while another commit waits for the disk share the next one.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Inner, blocking, intake};
use crate::store::{StoreError, Taken};

/// Entries in one commit, so that nobody waits long for others' backlogs.
const MOST_ENTRIES: usize = 1_000;

/// Segments that wait for a commit.
pub(super) type Line = Mutex<Vec<(intake::Segment, oneshot::Sender<Result<Taken, StoreError>>)>>;

/// Stands in the line; whoever gets the connection first takes all that wait with his own.
pub(super) async fn take(inner: Arc<Inner>, segment: intake::Segment) -> Result<Taken, StoreError> {
    let (answer, mut answered) = oneshot::channel();
    inner.intake.lock().unwrap_or_else(PoisonError::into_inner).push((segment, answer));
    loop {
        let mine = Arc::clone(&inner);
        blocking(move || {
            commit(&mine);
            Ok(())
        })
        .await?;
        // Not yet when those before it in the line were enough for one commit.
        match answered.try_recv() {
            Ok(taken) => return taken,
            Err(oneshot::error::TryRecvError::Empty) => {}
            Err(oneshot::error::TryRecvError::Closed) => return Err(StoreError::Stopped),
        }
    }
}

fn commit(inner: &Inner) {
    // A thread that panicked rolled its transaction back when it let go: the connection is fine.
    let mut connection = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
    let (segments, answers): (Vec<_>, Vec<_>) = {
        let mut line = inner.intake.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = 0;
        let fit = line.iter().take_while(|(segment, _)| {
            let first = entries == 0;
            entries += segment.entries.len().max(1);
            first || entries <= MOST_ENTRIES
        });
        let fit = fit.count();
        line.drain(..fit).unzip()
    };
    if segments.is_empty() {
        return;
    }
    match intake::take(&mut connection, &segments) {
        Ok(all) => all.into_iter().zip(answers).for_each(|(taken, answer)| tell(inner, taken, answer)),
        // The disk may have had no room for all of them: each by itself, and each hears its own reason.
        Err(_) if segments.len() > 1 => {
            for (segment, answer) in segments.into_iter().zip(answers) {
                tell(inner, alone(&mut connection, &[segment]), answer);
            }
        }
        Err(error) => {
            if let Some(answer) = answers.into_iter().next() {
                tell(inner, Err(error), answer);
            }
        }
    }
}

fn alone(connection: &mut Connection, segment: &[intake::Segment]) -> Result<Taken, StoreError> {
    intake::take(connection, segment)?.pop().unwrap_or(Err(StoreError::Stopped))
}

fn tell(inner: &Inner, taken: Result<Taken, StoreError>, answer: oneshot::Sender<Result<Taken, StoreError>>) {
    if let Ok(taken) = &taken {
        if taken.decided {
            inner.pokes.feed();
        }
        taken.sites.iter().for_each(|site| inner.pokes.balances(*site));
    }
    // Who hung up hears it when he asks again.
    drop(answer.send(taken));
}
