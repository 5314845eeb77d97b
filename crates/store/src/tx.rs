//! A transaction. Most are short, so that parsing the words that begin and end one would be a good part of them: those
//! statements are kept prepared like all others.

use std::ops::Deref;

use rusqlite::Connection;

use crate::StoreError;

/// A transaction; the functions of [`table`](crate::table) work in it. What is not committed when it is dropped never
/// was.
pub struct Tx<'a>(&'a Connection);

impl<'a> Tx<'a> {
    /// A consistent state to be read.
    pub(crate) fn reading(connection: &'a Connection) -> Result<Self, StoreError> {
        Self::begin(connection, "BEGIN")
    }

    /// The connection writes from now on; another writer would have to wait.
    pub(crate) fn writing(connection: &'a Connection) -> Result<Self, StoreError> {
        Self::begin(connection, "BEGIN IMMEDIATE")
    }

    /// All of it is on the disk when this returns, or none.
    pub(crate) fn commit(self) -> Result<(), StoreError> {
        run(self.0, "COMMIT")
    }

    fn begin(connection: &'a Connection, how: &str) -> Result<Self, StoreError> {
        run(connection, how)?;
        Ok(Tx(connection))
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        // Over already after a commit, and after an error for which SQLite itself rolled back.
        if !self.0.is_autocommit()
            && let Err(error) = run(self.0, "ROLLBACK")
        {
            tracing::error!(%error, "a transaction was not rolled back");
        }
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
