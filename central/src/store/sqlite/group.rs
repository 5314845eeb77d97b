//! Group commit: segments that come while another commit waits for the disk share the next one.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use selvedge_protocol::journal::{Entry, PublicKey, ReadBase};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Inner, blocking, device, intake};
use crate::store::{StoreError, Taken};

/// Entries in one commit, so that nobody waits long for others' backlogs.
const MOST_ENTRIES: usize = 1_000;

/// Segments that wait for a commit.
pub(super) type Line = Mutex<Vec<(intake::Segment, oneshot::Sender<Result<Taken, StoreError>>)>>;

/// Looks at entries by themselves and stands in the line; whoever gets the connection first takes all that wait with his
/// own.
pub(super) async fn take(
    inner: Arc<Inner>,
    sender: Uuid,
    bases: Vec<ReadBase>,
    entries: Vec<Entry>,
    now_ms: i64,
) -> Result<Taken, StoreError> {
    let mine = Arc::clone(&inner);
    let look = move || {
        let keys = keys_of(&mine, &entries)?;
        let looked = entries.into_iter().map(|entry| {
            let key = keys.get(&entry.id.generation).copied();
            intake::Looked::at(entry, key)
        });
        Ok(intake::Segment { sender, bases, entries: looked.collect(), now_ms })
    };
    let segment = blocking(look).await?;
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

/// The keys of entries' generations, as far as they are known. A generation's key never changes, and its transaction
/// compares it once more.
fn keys_of(inner: &Inner, entries: &[Entry]) -> Result<HashMap<Uuid, PublicKey>, StoreError> {
    let mut found = HashMap::new();
    for id in entries.iter().map(|entry| entry.id.generation).collect::<BTreeSet<Uuid>>() {
        let known = inner.keys.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        let key = match known {
            Some(key) => Some(key),
            None => inner.look(|tx| device::generation(tx, id))?.map(|generation| generation.public_key),
        };
        if let Some(key) = key {
            found.insert(id, key);
        }
        if let (None, Some(key)) = (known, key) {
            inner.keys.write().unwrap_or_else(PoisonError::into_inner).insert(id, key);
        }
    }
    Ok(found)
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
