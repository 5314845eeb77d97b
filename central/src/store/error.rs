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
    /// Something may have been granted that is lost here.
    #[error("central is taking back what it lost and grants nothing new: see `selvedge-central rebuild`")]
    Recovering,
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
    #[error("{0:?} is no store: use sqlite:PATH or postgres://USER@HOST/DATABASE")]
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
    /// The database says no: its code (SQLSTATE) and message, and never the values that it was about.
    #[error("the store's database says {code}: {message}")]
    Postgres {
        /// SQLSTATE.
        code: String,
        /// In words.
        message: String,
    },
    /// The database cannot be reached, or does not get round to it.
    #[error("the store's database is away: {detail}")]
    Away {
        /// What happened.
        detail: String,
    },
    /// The address or its certificate cannot be used.
    #[error("the store's address cannot be used: {detail}")]
    Settings {
        /// Why not.
        detail: String,
    },
    /// The database would lose what it acknowledged.
    #[error("PostgreSQL runs with fsync off: what it acknowledges is not on disk")]
    NotDurable,
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

/// Serialization failure, deadlock, lock not available.
const GAVE_WAY: [&str; 3] = ["40001", "40P01", "55P03"];

impl StoreError {
    /// Whether the database gave way to others, so that the same work may succeed now.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        matches!(self, StoreError::Postgres { code, .. } if GAVE_WAY.contains(&code.as_str()))
    }

    /// Others were in the way: the same work may succeed now.
    pub(crate) fn gave_way(why: &str) -> Self {
        StoreError::Postgres { code: GAVE_WAY[0].to_owned(), message: why.to_owned() }
    }

    pub(crate) fn value(what: &'static str, error: impl std::fmt::Display) -> Self {
        StoreError::Value { what, detail: error.to_string() }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // The database ends, begins, or has no connection left.
            Some(said) if said.code().code().starts_with("57P") || said.code().code().starts_with("53") => {
                StoreError::Away { detail: said.message().to_owned() }
            }
            // Its detail would name values, among them people's.
            Some(said) => {
                StoreError::Postgres { code: said.code().code().to_owned(), message: said.message().to_owned() }
            }
            None => StoreError::Away { detail: chain(&error) },
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        use deadpool_postgres::{HookError, PoolError};
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            PoolError::Timeout(_) => StoreError::Away { detail: "no connection became free in time".to_owned() },
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                StoreError::Away { detail: error.to_string() }
            }
        }
    }
}
