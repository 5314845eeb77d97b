//! A snapshot of central's feed: a SQLite file with one table of rows, and one that says up to where they go.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use selvedge_protocol::v1::{Cursor, FeedRow, SNAPSHOT_FORMAT};
use uuid::Uuid;

use crate::StoreError;

/// An unpacked snapshot.
pub struct Snapshot {
    file: Connection,
    /// Whose feed it is.
    pub site: Uuid,
    /// Up to where it goes.
    pub cursor: Cursor,
}

impl Snapshot {
    /// Opens one.
    ///
    /// # Errors
    /// [`StoreError`], when it is none, or of a format that this version does not read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let (format, site, cursor): (u32, [u8; 16], String) =
            file.query_row("SELECT format, site, cursor FROM snapshot", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        if format != SNAPSHOT_FORMAT {
            return Err(StoreError::value("snapshot", format!("format {format} is not known")));
        }
        let cursor = serde_json::from_str(&cursor).map_err(|error| StoreError::value("snapshot", error))?;
        Ok(Snapshot { file, site: Uuid::from_bytes(site), cursor })
    }

    /// Rows after a number, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn after(&self, number: u64, limit: usize) -> Result<Vec<FeedRow>, StoreError> {
        let mut statement =
            self.file.prepare_cached("SELECT body FROM row WHERE number > ?1 ORDER BY number LIMIT ?2")?;
        let mut rows = statement.query((number, limit))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str().map_err(|error| StoreError::value("snapshot", error))?;
            found.push(serde_json::from_str(body).map_err(|error| StoreError::value("snapshot", error))?);
        }
        Ok(found)
    }
}
