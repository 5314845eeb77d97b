//! What sync asks of central, and how a call ends badly.

use std::future::Future;
use std::pin::Pin;

use selvedge_domain::ids::{PromiseId, TransferId};
use selvedge_protocol::v1::{
    AllotmentsAnswer, AllotmentsRequest, ApiError, AvailabilityAnswer, AvailabilityQuery, BalancePage, BalanceQuery,
    BaseAnswer, BaseRequest, DecisionsAnswer, DecisionsRequest, EnrolAnswer, EnrolRequest, EntriesPage, EntriesQuery,
    FeedPage, FeedQuery, GenerationAnswer, GenerationRequest, Health, JournalAnswer, JournalRequest, PromiseAnswer,
    PromiseChangeRequest, PromiseRequest, ReportAnswer, StationReportV1, StreamEventV1, TokenAnswer, TokenRequest,
    TransferAnswer, TransferRequest, code,
};

use crate::http::Pieces;

/// What a call becomes.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// Central, over HTTP or in memory. Every implementation passes [`suite`](crate::suite).
pub trait CentralApi: Send + std::marker::Sync {
    /// Joins with a one-time code.
    fn enrol<'a>(&'a self, request: &'a EnrolRequest) -> Answer<'a, EnrolAnswer>;
    /// That it is there, and what it speaks: for one whose other answers are not understood.
    fn health(&self) -> Answer<'_, Health> {
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Gets a token for a signature.
    fn token<'a>(&'a self, request: &'a TokenRequest) -> Answer<'a, TokenAnswer>;
    /// Announces a generation of the station's own journal.
    fn generation<'a>(&'a self, token: &'a str, request: &'a GenerationRequest) -> Answer<'a, GenerationAnswer>;
    /// Hands in entries; none of them asks for the heads only.
    fn journal<'a>(&'a self, token: &'a str, request: &'a JournalRequest) -> Answer<'a, JournalAnswer>;
    /// Gets entries of the station's own back.
    fn entries<'a>(&'a self, token: &'a str, query: &'a EntriesQuery) -> Answer<'a, EntriesPage>;
    /// The feed after a cursor.
    fn feed<'a>(&'a self, token: &'a str, query: &'a FeedQuery) -> Answer<'a, FeedPage>;
    /// Hands in decisions that central lost. A central of before it took them back refuses it as a path that it does not
    /// have.
    fn decisions<'a>(&'a self, token: &'a str, request: &'a DecisionsRequest) -> Answer<'a, DecisionsAnswer> {
        let _unused = (token, request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Has central sign what a stretch of the journal did. A central of before there were bases refuses it as a path that
    /// it does not have.
    fn base<'a>(&'a self, token: &'a str, request: &'a BaseRequest) -> Answer<'a, BaseAnswer> {
        let _unused = (token, request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// The balances that changed after a mark.
    fn balances<'a>(&'a self, token: &'a str, query: &'a BalanceQuery) -> Answer<'a, BalancePage>;
    /// What may be promised of a product. A central of before there were promises refuses it as a path that it does not
    /// have.
    fn availability<'a>(&'a self, token: &'a str, query: &'a AvailabilityQuery) -> Answer<'a, AvailabilityAnswer> {
        let _unused = (token, query);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Has stock set aside, under an idempotency key; as [`CentralApi::availability`] at an older central.
    fn reserve<'a>(&'a self, token: &'a str, key: &'a str, request: &'a PromiseRequest) -> Answer<'a, PromiseAnswer> {
        let _unused = (token, key, request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// How a promise stands; as [`CentralApi::availability`] at an older central.
    fn promise<'a>(&'a self, token: &'a str, promise: PromiseId) -> Answer<'a, PromiseAnswer> {
        let _unused = (token, promise);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Lets a promise go that the customer does not want; as [`CentralApi::availability`] at an older central.
    fn cancel<'a>(
        &'a self,
        token: &'a str,
        promise: PromiseId,
        request: &'a PromiseChangeRequest,
    ) -> Answer<'a, PromiseAnswer> {
        let _unused = (token, promise, request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Has stock lent to the station, to promise from by itself; as [`CentralApi::availability`] at an older central.
    fn allot<'a>(&'a self, token: &'a str, request: &'a AllotmentsRequest) -> Answer<'a, AllotmentsAnswer> {
        let _unused = (token, request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Asks another site for goods; as [`CentralApi::availability`] at an older central.
    fn ask_transfer<'a>(&'a self, token: &'a str, request: &'a TransferRequest) -> Answer<'a, TransferAnswer> {
        let _unused = (token, request);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Cancels a transfer of which nothing was sent; as [`CentralApi::availability`] at an older central.
    fn cancel_transfer<'a>(&'a self, token: &'a str, transfer: TransferId) -> Answer<'a, TransferAnswer> {
        let _unused = (token, transfer);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Says how the station is. A central of before it asked refuses it as a path that it does not have.
    fn report<'a>(&'a self, token: &'a str, report: &'a StationReportV1) -> Answer<'a, ReportAnswer> {
        let _unused = (token, report);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Downloads the snapshot to begin with, from where an earlier download broke off if it is the same. A central of
    /// before there was one, or whose feed is short, refuses it as a path that it does not have.
    fn snapshot<'a>(&'a self, token: &'a str, have: Option<&'a Have>) -> Answer<'a, Download> {
        let _unused = (token, have);
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
    /// Opens the stream that pokes. A central of before there was one refuses it as a path that it does not have.
    fn listen<'a>(&'a self, token: &'a str) -> Answer<'a, Box<dyn Pokes>> {
        let _unused = token;
        Box::pin(std::future::ready(Err(CallError::no_such_path())))
    }
}

/// The part of a snapshot that was downloaded before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Have {
    /// Which snapshot.
    pub etag: String,
    /// How much of it.
    pub bytes: u64,
}

/// A snapshot that comes.
pub struct Download {
    /// Which.
    pub etag: String,
    /// From which byte on.
    pub from: u64,
    /// It.
    pub pieces: Box<dyn Pieces>,
}

/// An open stream.
pub trait Pokes: Send {
    /// The next event; none at the end. A line that is silent for too long is [`CallError::Away`].
    fn next(&mut self) -> Answer<'_, Option<StreamEventV1>>;
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
    /// What an older central says to a newer call.
    pub(crate) fn no_such_path() -> Self {
        let (code, detail) = (code::NOT_FOUND.to_owned(), "there is no such path".to_owned());
        let error = ApiError { code, detail, request_id: String::new(), now_ms: None, epoch: None };
        CallError::Refused { status: 404, error: Box::new(error), retry_after_ms: None }
    }

    /// Whether central refused with this code.
    pub fn is(&self, code: &str) -> bool {
        matches!(self, CallError::Refused { error, .. } if error.code == code)
    }

    /// Whether it may be that one side is too old for the other: a path that is not there, or central says so.
    pub fn is_of_another_time(&self) -> bool {
        matches!(self, CallError::Refused { status: 404 | 405 | 426, .. })
    }

    /// Whether another token may help.
    pub fn wants_token(&self) -> bool {
        self.is(code::TOKEN)
    }
}
