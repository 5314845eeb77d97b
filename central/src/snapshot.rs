//! Snapshots: the feed of a site up to a cursor, as one packed SQLite file, for stations that begin. A file is made when
//! it is asked for, kept on central's disk, and made again when it lies too far behind.

mod folder;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use selvedge_protocol::v1::{Cursor, FeedRow, MAX_PAGE_ROWS, SNAPSHOT_FORMAT};
use uuid::Uuid;

use folder::Folder;

use crate::http::Refusal;
use crate::store::{Store, StoreError};

/// Who asks waits so long for one that is being made, then comes back.
const PATIENCE: Duration = Duration::from_secs(20);
const LEVEL: i32 = 3;

/// A file that stations can take.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Where it lies.
    pub path: PathBuf,
    /// Says which one it is, with the quotes of HTTP.
    pub etag: String,
    /// How long it is.
    pub bytes: u64,
    cursor: Cursor,
}

type Slot = Arc<tokio::sync::Mutex<Option<Snapshot>>>;

/// All that were made.
#[derive(Clone)]
pub struct Snapshots {
    folder: Arc<Folder>,
    page_rows: u32,
    sites: Arc<Mutex<BTreeMap<Uuid, Slot>>>,
}

impl Snapshots {
    /// Kept within this folder in one of this process's own, which is made when it is needed, readable by its owner
    /// only, and removed when the last clone of this is dropped.
    pub fn in_folder(parent: PathBuf) -> Self {
        let folder = Arc::new(Folder::within(parent));
        Snapshots { folder, page_rows: MAX_PAGE_ROWS, sites: Arc::default() }
    }

    /// The same for small companies: a feed of more rows than this has a snapshot.
    pub fn from_rows(self, page_rows: u32) -> Self {
        Snapshots { page_rows, ..self }
    }

    /// The snapshot of a site; none when its feed is so short that it is quicker by itself.
    ///
    /// # Errors
    /// [`Refusal::busy`] while it is being made, and what goes wrong.
    pub async fn of(&self, store: &Arc<dyn Store>, site: Uuid, now_ms: i64) -> Result<Option<Snapshot>, Refusal> {
        let slot = {
            let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sites.entry(site).or_default())
        };
        let (store, folder, page_rows) = (Arc::clone(store), Arc::clone(&self.folder), self.page_rows);
        // By itself, so that it is finished though nobody waits any more; one at a time.
        let making = tokio::spawn(async move {
            let mut slot = slot.lock().await;
            if let Some(made) = slot.as_ref()
                && is_fresh(&*store, site, made, page_rows, now_ms).await?
            {
                return Ok(Some(made.clone()));
            }
            *slot = make(&*store, site, &folder, page_rows, now_ms).await?;
            Ok::<_, Refusal>(slot.clone())
        });
        match tokio::time::timeout(PATIENCE, making).await {
            Ok(Ok(made)) => made,
            Ok(Err(error)) => Err(Refusal::internal(format!("making a snapshot stopped: {error}"))),
            Err(_) => Err(Refusal::busy()),
        }
    }
}

/// Whether what came after it fits into one page of the feed.
async fn is_fresh(
    store: &dyn Store,
    site: Uuid,
    made: &Snapshot,
    page_rows: u32,
    now_ms: i64,
) -> Result<bool, Refusal> {
    if !made.path.exists() {
        return Ok(false);
    }
    match store.feed(site, Some(made.cursor.clone()), page_rows, now_ms).await {
        Ok(page) => Ok(!page.more),
        Err(StoreError::UnknownCursor { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn make(
    store: &dyn Store,
    site: Uuid,
    folder: &Arc<Folder>,
    page_rows: u32,
    now_ms: i64,
) -> Result<Option<Snapshot>, Refusal> {
    let mut page = store.feed(site, None, page_rows, now_ms).await?;
    if !page.more {
        return Ok(None);
    }
    let folder = Arc::clone(folder);
    let plain = blocking(move || Ok(folder.path()?.join(format!("{site}.db")))).await?;
    let mut file = begin(plain.clone()).await?;
    loop {
        file = add(file, std::mem::take(&mut page.rows)).await?;
        if !page.more {
            break;
        }
        page = store.feed(site, Some(page.next), page_rows, now_ms).await?;
    }
    let cursor = page.next;
    let made = blocking(move || finish(file, &plain, site, cursor)).await?;
    tracing::info!(site.id = %site, feed.number = made.cursor.number, bytes = made.bytes, "a snapshot was made");
    Ok(Some(made))
}

async fn begin(plain: PathBuf) -> Result<Connection, Refusal> {
    blocking(move || {
        match fs::remove_file(&plain) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        let file = Connection::open(&plain)?;
        // A file that is not finished is made anew.
        file.pragma_update(None, "journal_mode", "OFF")?;
        file.pragma_update(None, "synchronous", "OFF")?;
        file.execute_batch(
            "CREATE TABLE row (number INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT;
             CREATE TABLE snapshot (format INTEGER NOT NULL, site BLOB NOT NULL, cursor TEXT NOT NULL) STRICT;",
        )?;
        Ok(file)
    })
    .await
}

async fn add(mut file: Connection, rows: Vec<FeedRow>) -> Result<Connection, Refusal> {
    blocking(move || {
        let tx = file.transaction()?;
        for row in &rows {
            let body = serde_json::to_string(row).map_err(|error| StoreError::value("feed row", error))?;
            tx.prepare_cached("INSERT INTO row (number, body) VALUES (?1, ?2)")?.execute((row.number, body))?;
        }
        tx.commit()?;
        Ok(file)
    })
    .await
}

fn finish(file: Connection, plain: &Path, site: Uuid, cursor: Cursor) -> Result<Snapshot, StoreError> {
    let text = serde_json::to_string(&cursor).map_err(|error| StoreError::value("cursor", error))?;
    file.execute(
        "INSERT INTO snapshot (format, site, cursor) VALUES (?1, ?2, ?3)",
        (SNAPSHOT_FORMAT, site.into_bytes(), text),
    )?;
    file.close().map_err(|(_, error)| error)?;
    let fresh = plain.with_extension("new");
    let mut packer = zstd::Encoder::new(File::create(&fresh)?, LEVEL)?;
    packer.include_checksum(true)?;
    std::io::copy(&mut File::open(plain)?, &mut packer)?;
    packer.finish()?.sync_all()?;
    fs::remove_file(plain)?;
    let bytes = fs::metadata(&fresh)?.len();
    // A file of its own for each: somebody may be in the middle of the one before.
    let path = plain.with_file_name(format!("{site}-{}-{bytes}.zst", cursor.number));
    fs::rename(&fresh, &path)?;
    remove_others(&path, site);
    let etag = format!("\"{}-{}-{bytes}\"", cursor.epoch.simple(), cursor.number);
    Ok(Snapshot { path, etag, bytes, cursor })
}

/// What is open goes on to be read after its name is gone.
fn remove_others(path: &Path, site: Uuid) {
    let Some(Ok(files)) = path.parent().map(fs::read_dir) else { return };
    let ours = |name: &str| name.starts_with(&site.to_string()) && name.ends_with(".zst");
    for file in files.flatten() {
        let old = file.path() != path && file.file_name().to_str().is_some_and(ours);
        if old && let Err(error) = fs::remove_file(file.path()) {
            tracing::warn!(%error, "an old snapshot stays");
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Refusal> {
    Ok(tokio::task::spawn_blocking(work).await.unwrap_or(Err(StoreError::Stopped))?)
}
