//! What the store cannot do.

/// Why a read or write failed. A write that failed changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another app has the folder.
    #[error("the data folder {0} is used by another Selvedge")]
    Locked(String),
    /// Written by a newer version; untouched.
    #[error("the data was written by a newer version (schema {found}, this version knows {known})")]
    Newer {
        /// In the file.
        found: i64,
        /// The newest that this build knows.
        known: i64,
    },
    /// The SQLite library is older than 3.51.3 and may lose committed data.
    #[error("SQLite {0} is too old, 3.51.3 or newer is needed")]
    OldSqlite(String),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The file is damaged; it was not changed.
    #[error("the data file is damaged")]
    Damaged(#[source] rusqlite::Error),
    /// The file was found to be damaged, or its replacement was cut off: see [`Store::replace`](crate::Store::replace).
    #[error("the data file is damaged and was not replaced yet: start selvedge once")]
    ToBeReplaced,
    /// A stored value cannot be read.
    #[error("{table} holds a value that cannot be read")]
    Value {
        /// Where.
        table: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder or file cannot be used.
    #[error("the data folder cannot be used")]
    Folder(#[from] std::io::Error),
    /// Anything else that SQLite says.
    #[error("the store failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl StoreError {
    /// Whether the data file is damaged.
    pub fn is_damage(&self) -> bool {
        matches!(self, StoreError::Damaged(_) | StoreError::ToBeReplaced)
    }

    /// A stored value that cannot be read.
    pub fn value(table: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        StoreError::Value { table, source: source.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        match error.sqlite_error_code() {
            Some(DiskFull) => StoreError::Full,
            Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged(error),
            Some(_) | None => StoreError::Sqlite(error),
        }
    }
}
