//! What a store can say instead of an answer.

use uuid::Uuid;

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is a company already.
    #[error("this store holds the company {0:?} already")]
    AlreadySetUp(String),
    /// There is no company yet.
    #[error("this store holds no company yet: run `selvedge-central init company.toml` or `demo` first")]
    NotSetUp,
    /// Site and till do not belong together.
    #[error("site {site:?} has no till {till:?}")]
    UnknownTill {
        /// The site's code.
        site: String,
        /// The till's code.
        till: String,
    },
    /// The generation is known, with another key or of another station.
    #[error("generation {0} is another station's")]
    GenerationTaken(Uuid),
    /// The cursor is not of this history.
    #[error("row {number} of the feed is not of this history")]
    UnknownCursor {
        /// As presented.
        number: u64,
        /// The present epoch.
        epoch: Uuid,
    },
    /// The library is too old to be trusted with data.
    #[error("SQLite {found} is too old: 3.51.3 or newer is needed, older ones can lose committed data")]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// The file is of a newer version of central.
    #[error("the store is of version {found}, this selvedge-central knows up to {known}: use a newer one")]
    Newer {
        /// Of the file.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file is something else.
    #[error("this is not a store of selvedge-central")]
    Foreign,
    /// A path or address that no store is at.
    #[error("{0:?} is no store: use sqlite:PATH")]
    Address(String),
    /// What was stored cannot be read back.
    #[error("a stored {what} cannot be read: {detail}")]
    Value {
        /// Of which table.
        what: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// The database says no.
    #[error("the store's database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The file system says no.
    #[error("the store's file cannot be used")]
    Io(#[from] std::io::Error),
    /// The thread that worked for us is gone.
    #[error("the store stopped in the middle")]
    Stopped,
}

/// An error and all its causes, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl StoreError {
    pub(crate) fn value(what: &'static str, error: impl std::fmt::Display) -> Self {
        StoreError::Value { what, detail: error.to_string() }
    }
}
