//! Opening the file: the library's age, the file's version, and how hard a commit is.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::upgrade;
use crate::store::StoreError;

/// `SVce` in ASCII: marks our files.
const APPLICATION_ID: i64 = 0x5356_6365;
/// 3.51.3: the WAL-reset bug before it loses committed data.
const OLDEST_SQLITE: i32 = 3_051_003;
/// Before this one the feed was not signed.
const SIGNED_FEED: i64 = 2;
const MIGRATIONS: [&str; 8] = [
    include_str!("migrations/0001_central.sql"),
    include_str!("migrations/0002_epoch.sql"),
    include_str!("migrations/0003_seen.sql"),
    include_str!("migrations/0004_promises.sql"),
    include_str!("migrations/0005_rights.sql"),
    include_str!("migrations/0006_bases.sql"),
    include_str!("migrations/0007_transfers.sql"),
    include_str!("migrations/0008_management.sql"),
];

pub(super) fn file(path: &Path) -> Result<Connection, StoreError> {
    make_private(path)?;
    let mut connection = Connection::open(path)?;
    prepare(&connection)?;
    migrate(&mut connection)?;
    Ok(connection)
}

pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(super) fn memory() -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    prepare(&connection)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// The store holds PINs' verifiers and central's key: its owner's only.
#[cfg(unix)]
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    Ok(())
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> Result<(), StoreError> {
    std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    Ok(())
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite { found: rusqlite::version().to_owned() });
    }
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Looks before it touches: a foreign or a newer file stays as it is.
fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let read = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let not_ours = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::Foreign,
        _ => StoreError::Sqlite(error),
    };
    let version = read("user_version").map_err(not_ours)?;
    let application = read("application_id")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(StoreError::Foreign);
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StoreError::Newer { found: version, known });
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A table is made anew by dropping the old one, to which others refer.
    connection.pragma_update(None, "foreign_keys", false)?;
    let stepped = step(connection, known);
    connection.pragma_update(None, "foreign_keys", true)?;
    stepped
}

fn step(connection: &mut Connection, known: i64) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may have been quicker: the version counts that is read under the lock.
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (migration, number) in MIGRATIONS.iter().zip(1_i64..=known) {
        if number > version {
            tx.execute_batch(migration)?;
            if number == SIGNED_FEED {
                upgrade::sign_the_feed(&tx)?;
            }
            tx.pragma_update(None, "user_version", number)?;
        }
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_the_future_is_refused_and_untouched() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("central.db");
        let connection = file(&path).expect("a new store");
        connection.pragma_update(None, "user_version", 99).expect("set");
        drop(connection);
        let before = std::fs::read(&path).expect("read");
        let refused = file(&path).map(|_| ()).expect_err("it is newer than we are");
        assert_eq!(
            refused.to_string(),
            format!(
                "the store is of version 99, this selvedge-central knows up to {}: use a newer one",
                MIGRATIONS.len()
            )
        );
        assert_eq!(std::fs::read(&path).expect("read"), before, "a newer file is left as it is");
    }

    #[test]
    fn another_programs_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("other.db");
        Connection::open(&path).expect("open").execute_batch("CREATE TABLE theirs (a)").expect("create");
        assert!(matches!(file(&path), Err(StoreError::Foreign)));
        let text = folder.path().join("notes.txt");
        std::fs::write(&text, "These are notes, and not a database at all. ".repeat(40)).expect("write");
        assert!(matches!(file(&text), Err(StoreError::Foreign)));
    }

    #[test]
    fn a_commit_is_a_hard_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = file(&folder.path().join("central.db")).expect("a new store");
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
        assert_eq!(pragma("journal_mode").expect("read"), "wal");
        let hard: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("read");
        assert_eq!(hard, 2, "FULL");
    }
}
