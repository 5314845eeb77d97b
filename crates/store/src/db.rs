//! Opening the file, and the two ways to use it: [`Store::write`] and [`Store::read`].

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::migrate::migrate;
use crate::seal::Seal;
use crate::{NoWitness, Phase, StoreError, Tx, Witness, rescue};

/// The oldest SQLite without the WAL-reset bug that loses committed data.
const OLDEST_SQLITE: i32 = 3_051_003;
/// What each of the two connections may keep of the file: the indexes of a large catalogue take new rows all over.
const CACHE_KB: i32 = 16 * 1024;
/// Below this much free space no new sale is begun; a sale that was begun is finished.
const ROOM_FOR_A_NEW_SALE_BYTES: u64 = 64 * 1024 * 1024;

/// The station's data. One writer at a time, and a reader beside it that never waits for the writer.
pub struct Store {
    /// None where the writer is all there is, see [`Store::open_on_vfs`]. It is closed first: the last one to close puts
    /// the WAL into the file, and a reader may not.
    reader: Option<Mutex<Connection>>,
    writer: Mutex<Connection>,
    folder: Option<PathBuf>,
    witness: Arc<dyn Witness>,
    _lock: Option<File>,
}

impl Store {
    /// Opens or makes the data in `folder`, which is locked until the store is dropped.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Newer`], [`StoreError::OldSqlite`], [`StoreError::Damaged`] …
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_watched(folder, Arc::new(NoWitness))
    }

    /// The same, watched.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_watched(folder: &Path, witness: Arc<dyn Witness>) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let lock = lock(folder)?;
        if rescue::is_due(folder) {
            return Err(StoreError::ToBeReplaced);
        }
        Self::open_locked(folder, lock, witness)
    }

    /// Keeps a damaged data file aside and opens a new one in its place; where the damaged one is kept, too. Until
    /// [`rescue::finish`] says that the new one holds what there is to hold, the folder is not opened in another way.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn replace(folder: &Path, witness: Arc<dyn Witness>) -> Result<(Self, PathBuf), StoreError> {
        let lock = lock(folder)?;
        let aside = rescue::set_aside(folder)?;
        Ok((Self::open_locked(folder, lock, witness)?, aside))
    }

    fn open_locked(folder: &Path, lock: File, witness: Arc<dyn Witness>) -> Result<Self, StoreError> {
        let file = folder.join("selvedge.db");
        check_head(&file)?;
        let mut writer = Connection::open(&file)?;
        check_version()?;
        configure(&writer)?;
        migrate(&mut writer)?;
        let seal = Seal::of_folder(folder)?;
        seal.register(&writer)?;
        let reader = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        seal.register(&reader)?;
        make_quick(&reader)?;
        Ok(Store {
            writer: Mutex::new(writer),
            reader: Some(Mutex::new(reader)),
            folder: Some(folder.to_owned()),
            witness,
            _lock: Some(lock),
        })
    }

    /// An empty store that lives as long as this value: for tests.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn in_memory() -> Result<Self, StoreError> {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("file:selvedge-{number}?mode=memory&cache=shared");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
        let mut writer = Connection::open_with_flags(&name, flags)?;
        check_version()?;
        configure(&writer)?;
        migrate(&mut writer)?;
        let reader = Connection::open_with_flags(&name, flags)?;
        let seal = Seal::of_memory()?;
        seal.register(&writer)?;
        seal.register(&reader)?;
        reader.pragma_update(None, "read_uncommitted", true)?;
        make_quick(&reader)?;
        Ok(Store {
            writer: Mutex::new(writer),
            reader: Some(Mutex::new(reader)),
            folder: None,
            witness: Arc::new(NoWitness),
            _lock: None,
        })
    }

    /// On a virtual file system of SQLite's, registered under this name, with one connection that locks it for itself: so
    /// it needs no shared memory. The key of the PINs lies in the folder `keys`. For the power-cut tests, with a small WAL so that checkpoints are among what is cut.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_on_vfs(vfs: &str, file: &str, keys: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut writer = Connection::open_with_flags_and_vfs(file, flags, vfs)?;
        check_version()?;
        writer.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        configure(&writer)?;
        writer.pragma_update(None, "wal_autocheckpoint", 16)?;
        migrate(&mut writer)?;
        Seal::of_folder(keys)?.register(&writer)?;
        Ok(Store { writer: Mutex::new(writer), reader: None, folder: None, witness: Arc::new(NoWitness), _lock: None })
    }

    /// One intention of a person, one transaction: all of it is on the disk when this returns, or none.
    ///
    /// # Errors
    /// Whatever `work` says, or the commit.
    pub fn write<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = held(&self.writer);
        self.witness.at(name, Phase::Begun);
        let tx = Tx::writing(&connection)?;
        let done = work(&tx)?;
        self.witness.at(name, Phase::Written);
        tx.commit()?;
        self.witness.at(name, Phase::Committed);
        Ok(done)
    }

    /// Reads a consistent state, beside whatever is being written.
    ///
    /// # Errors
    /// Whatever `work` says.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx) -> Result<T, E>) -> Result<T, E> {
        let connection = held(self.reader.as_ref().unwrap_or(&self.writer));
        let tx = Tx::reading(&connection)?;
        work(&tx)
    }

    /// The same for a short look at what was probably just written: with the writer's pages, while nobody writes. They
    /// are still right, where the reader has to read all of its own again after each write.
    ///
    /// # Errors
    /// Whatever `work` says.
    pub fn look<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx) -> Result<T, E>) -> Result<T, E> {
        match self.writer.try_lock() {
            Ok(connection) => work(&Tx::reading(&connection)?),
            Err(_) => self.read(work),
        }
    }

    /// Where the data lies; none in memory.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Whether there is room on the disk to begin another sale.
    pub fn has_room(&self) -> bool {
        let Some(folder) = &self.folder else { return true };
        rustix::fs::statvfs(folder)
            .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= ROOM_FOR_A_NEW_SALE_BYTES)
    }
}

/// A panic while the lock was held rolled its transaction back, so the connection is as good as before.
fn held(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.display().to_string())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// A file that is none of SQLite's is refused before SQLite sees it: it would write its WAL over what is left.
fn check_head(file: &Path) -> Result<(), StoreError> {
    let mut head = [0; 16];
    let read = match File::open(file) {
        Ok(mut file) => file.read(&mut head)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    if read == 0 || &head == b"SQLite format 3\0" {
        return Ok(());
    }
    let not_a_database = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
    Err(StoreError::Damaged(rusqlite::Error::SqliteFailure(not_a_database, None)))
}

fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite(rusqlite::version().to_owned()));
    }
    Ok(())
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    make_quick(connection)
}

fn make_quick(connection: &Connection) -> Result<(), StoreError> {
    // SQLite gives a reader's whole mapping back whenever somebody wrote, and a till reads after each of its writes: a
    // page that is mapped for one look costs several times what it costs to be read.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cache_size", -CACHE_KB)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Otherwise a prepared statement is planned again whenever a parameter differs: half the time of a lookup.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_used_by_one_app_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Store::open(folder.path()).expect("the first");
        assert!(matches!(Store::open(folder.path()), Err(StoreError::Locked(_))));
        drop(first);
        Store::open(folder.path()).expect("free again");
    }

    #[test]
    fn a_refused_write_changes_nothing() {
        let store = Store::in_memory().expect("a store");
        let refused: Result<(), StoreError> = store.write("test", |tx| {
            tx.execute("INSERT INTO counter (name, last) VALUES ('a', 1)", [])?;
            Err(StoreError::Full)
        });
        assert!(matches!(refused, Err(StoreError::Full)));
        let rows: i64 = store
            .read::<_, StoreError>(|tx| Ok(tx.query_row("SELECT count(*) FROM counter", [], |row| row.get(0))?))
            .expect("a count");
        assert_eq!(rows, 0, "a write is done whole or not at all");
    }
}
