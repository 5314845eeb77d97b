//! What sync asks of central, and how a call ends badly.

use std::future::Future;
use std::pin::Pin;

use selvedge_protocol::v1::{
    ApiError, BalancePage, BalanceQuery, EnrolAnswer, EnrolRequest, FeedPage, FeedQuery, GenerationAnswer,
    GenerationRequest, JournalAnswer, JournalRequest, TokenAnswer, TokenRequest, code,
};

/// What a call becomes.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// Central, over HTTP or in memory. Every implementation passes [`suite`](crate::suite).
pub trait CentralApi: Send + std::marker::Sync {
    /// Joins with a one-time code.
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer>;
    /// Gets a token for a signature.
    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer>;
    /// Announces a generation of the station's own journal.
    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer>;
    /// Hands in entries; none of them asks for the heads only.
    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer>;
    /// The feed after a cursor.
    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage>;
    /// The balances that changed after a mark.
    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage>;
}

/// A call that brought no answer to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody answers, or the answer was cut.
    #[error("central is away: {0}")]
    Away(String),
    /// Somebody answers, but not as central does.
    #[error("the answer makes no sense: {0}")]
    Nonsense(String),
    /// Central says no.
    #[error("central says {}: {}", .error.code, .error.detail)]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        error: Box<ApiError>,
        /// How long it asks to wait.
        retry_after_ms: Option<u64>,
    },
}

impl CallError {
    /// Whether central refused with this code.
    pub fn is(&self, code: &str) -> bool {
        matches!(self, CallError::Refused { error, .. } if error.code == code)
    }

    /// Whether another token may help.
    pub fn wants_token(&self) -> bool {
        self.is(code::TOKEN)
    }
}
