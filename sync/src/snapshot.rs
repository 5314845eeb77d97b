//! The first sync: a snapshot of the feed instead of its pages. It is downloaded into the data folder, goes on where it
//! broke off, and is applied in small writes; the till sells by barcode before the search knows its words.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use selvedge_protocol::v1::{Cursor, verify_rows};
use selvedge_store::table::{catalogue, decision, feed, search, setting};
use selvedge_store::{Snapshot, StoreError};
use serde::{Deserialize, Serialize};

use crate::api::Have;
use crate::engine::Failure;
use crate::work::{BREATH, Desk, nonsense};
use crate::{CallError, Download};

const PROGRESS: &str = "sync-snapshot";
/// Between two pieces.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// Unpacked, at most: many times the largest company.
const MOST_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// Rows in one write: more than of the feed at noon, since each write goes into as many pages of the indexes as it has
/// rows, and few enough that a sale does not notice.
const ROWS_A_WRITE: usize = 2_000;
/// Products in one write of the search: each becomes a segment that is merged with others later.
const PRODUCTS_A_WRITE: u32 = 2_000;
/// Writes of the search before the feed is asked again.
const WRITES_AT_ONCE: u32 = 10;

/// How far it is applied.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// All of it is.
    over: bool,
    /// The last row that is.
    last: u64,
    /// Of which snapshot: another one is begun from its start.
    #[serde(default)]
    of: Option<Cursor>,
}

/// Where its parts lie.
struct Files {
    part: PathBuf,
    etag: PathBuf,
    plain: PathBuf,
}

impl Files {
    fn in_folder(folder: &Path) -> Self {
        let file = |name: &str| folder.join(name);
        Files { part: file("snapshot.part"), etag: file("snapshot.etag"), plain: file("snapshot.db") }
    }

    fn remove(&self) {
        for file in [&self.part, &self.etag, &self.plain] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, file = %file.display(), "what is left of the snapshot stays");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
}

fn disk(error: std::io::Error) -> Failure {
    Failure::Store(format!("the snapshot: {error}"))
}

impl Desk {
    /// Takes the snapshot, if there is one to begin with; whether something was applied.
    pub(crate) async fn take_snapshot(&self, token: &str) -> Result<bool, Failure> {
        let Some(folder) = self.store.folder() else { return Ok(false) };
        let progress: Option<Progress> = self.store.read::<_, Failure>(|tx| Ok(setting::get(tx, PROGRESS)?))?;
        let progress = progress.unwrap_or_default();
        let files = Files::in_folder(folder);
        if progress.over {
            return Ok(false);
        }
        if !files.plain.exists() {
            match self.download(token, &files).await {
                Ok(()) => {}
                // The first page of the feed ends the asking.
                Err(Failure::Call(CallError::Refused { status: 404 | 405, .. })) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        let applied = self.apply_snapshot(&files, progress).await;
        // A file that makes no sense is loaded again.
        if applied.is_ok() || matches!(applied, Err(Failure::Call(_))) {
            files.remove();
        }
        applied.map(|()| true)
    }

    async fn download(&self, token: &str, files: &Files) -> Result<(), Failure> {
        let bytes = fs::metadata(&files.part).map_or(0, |part| part.len());
        let have = fs::read_to_string(&files.etag).ok().filter(|_| bytes > 0).map(|etag| Have { etag, bytes });
        let Download { etag, from, mut pieces } = self.central.snapshot(token, have.as_ref()).await?;
        let mut part = OpenOptions::new().create(true).truncate(false).write(true).open(&files.part).map_err(disk)?;
        if have.as_ref().is_none_or(|have| from != have.bytes || etag != have.etag) {
            if from != 0 {
                return Err(nonsense("the snapshot: another part than was asked for"));
            }
            part.set_len(0).map_err(disk)?;
            fs::write(&files.etag, &etag).map_err(disk)?;
        }
        std::io::Seek::seek(&mut part, std::io::SeekFrom::Start(from)).map_err(disk)?;
        let late = |_| Failure::Call(CallError::Away("the snapshot stands still".to_owned()));
        while let Some(piece) = tokio::time::timeout(PIECE_TIME, pieces.next()).await.map_err(late)?? {
            part.write_all(&piece).map_err(disk)?;
        }
        part.sync_all().map_err(disk)?;
        let (packed, plain) = (files.part.clone(), files.plain.clone());
        let unpacked = tokio::task::spawn_blocking(move || unpack(&packed, &plain)).await;
        match unpacked.map_err(|error| Failure::Store(error.to_string()))? {
            Ok(()) => Ok(()),
            Err(failure) => {
                files.remove();
                Err(failure)
            }
        }
    }

    async fn apply_snapshot(&self, files: &Files, progress: Progress) -> Result<(), Failure> {
        let wrong = |error: StoreError| nonsense(format!("the snapshot: {error}"));
        let (site, cursor) = {
            let snapshot = Snapshot::open(&files.plain).map_err(wrong)?;
            (snapshot.site, snapshot.cursor)
        };
        if site != self.station.site.0 {
            return Err(nonsense("the snapshot is of another site"));
        }
        let trusted = self.store.read::<_, StoreError>(decision::key)?;
        if trusted.as_ref().is_some_and(|key| !cursor.is_signed_by(key)) {
            return Err(nonsense("the snapshot is not signed by central"));
        }
        let mut last = if progress.of.as_ref() == Some(&cursor) { progress.last } else { 0 };
        if last == 0 && self.store.read(decision::has_unfinished)? {
            // Of another snapshot that was not finished: central may have been set back between the two.
            self.store.write("sync-feed", decision::owe_unfinished)?;
        }
        loop {
            let rows = Snapshot::open(&files.plain).and_then(|file| file.after(last, ROWS_A_WRITE)).map_err(wrong)?;
            let Some(end) = rows.last().map(|row| row.number) else { break };
            if let Some(key) = &trusted {
                // What is kept for central proves itself, or is worth nothing.
                verify_rows(&rows, key).map_err(|error| nonsense(format!("the snapshot: {error}")))?;
            }
            let problems = self.store.write::<_, StoreError>("sync-feed", |tx| {
                if last == 0 && catalogue::count(tx)? == 0 {
                    search::fall_behind(tx)?;
                }
                let problems = feed::apply(tx, self.station.site, cursor.epoch, &rows)?;
                setting::set(tx, PROGRESS, &Progress { over: false, last: end, of: Some(cursor.clone()) })?;
                Ok(problems)
            })?;
            for one in problems {
                tracing::warn!(feed.number = one.number, feed.kind = one.kind, "{}", one.what);
            }
            last = end;
            tokio::time::sleep(BREATH).await;
        }
        self.store.write::<_, StoreError>("sync-feed", |tx| {
            feed::set_cursor(tx, &cursor)?;
            setting::set(tx, PROGRESS, &Progress { over: true, last, of: Some(cursor) })
        })?;
        Ok(())
    }

    /// Tells the search of products that came with the snapshot; whether there are more.
    pub(crate) async fn tell_search(&self) -> Result<bool, Failure> {
        if !self.store.read::<_, StoreError>(search::is_behind)? {
            return Ok(false);
        }
        for _ in 0..WRITES_AT_ONCE {
            if !self.store.write::<_, StoreError>("sync-feed", |tx| search::catch_up(tx, PRODUCTS_A_WRITE))? {
                return Ok(false);
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(true)
    }
}

fn unpack(packed: &Path, plain: &Path) -> Result<(), Failure> {
    let fresh = plain.with_extension("new");
    let mut file = File::create(&fresh).map_err(disk)?;
    let reader = zstd::Decoder::new(File::open(packed).map_err(disk)?).map_err(disk)?;
    let mut reader = reader.take(MOST_BYTES);
    let mut piece = vec![0; 1024 * 1024];
    loop {
        // What cannot be read is not a snapshot, or a damaged one; what cannot be written is our disk's.
        let read = reader.read(&mut piece).map_err(|error| nonsense(format!("the snapshot: {error}")))?;
        if read == 0 {
            break;
        }
        file.write_all(&piece[..read]).map_err(disk)?;
    }
    file.sync_all().map_err(disk)?;
    fs::rename(&fresh, plain).map_err(disk)
}
