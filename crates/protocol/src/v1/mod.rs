//! The API between station and central, version 1: JSON over HTTPS, below `/api/v1`.
//!
//! Structs of its own, of plain numbers, texts and UUIDs. Both sides are installed separately and live for years, so a
//! struct may only gain fields, each with a default; whoever reads passes over what it does not know. Golden files in
//! `tests/golden` keep it so. Domain types never go over this wire.
//!
//! | call | request | answer | under |
//! | --- | --- | --- | --- |
//! | `POST /api/v1/enrol` | [`EnrolRequest`] | [`EnrolAnswer`] | a one-time code |
//! | `POST /api/v1/token` | [`TokenRequest`] | [`TokenAnswer`] | a signature |
//! | `POST /api/v1/generations` | [`GenerationRequest`] | [`GenerationAnswer`] | a token |
//! | `POST /api/v1/journal` | [`JournalRequest`] | [`JournalAnswer`] | a token |
//! | `GET /api/v1/journal` | [`EntriesQuery`] | [`EntriesPage`] | a token |
//! | `POST /api/v1/bases` | [`BaseRequest`] | [`BaseAnswer`] | a token |
//! | `GET /api/v1/feed` | [`FeedQuery`] | [`FeedPage`] | a token |
//! | `POST /api/v1/decisions` | [`DecisionsRequest`] | [`DecisionsAnswer`] | a token |
//! | `GET /api/v1/balances` | [`BalanceQuery`] | [`BalancePage`] | a token |
//! | `POST /api/v1/report` | [`StationReportV1`] | [`ReportAnswer`] | a token |
//! | `GET /api/v1/devices` | | [`DeviceListV1`] | a token, or an operator's |
//! | `GET /api/v1/devices/{device}` | | [`DeviceStateV1`] | a token, or an operator's |
//! | `GET /api/v1/snapshot` | `Range` | a file, see [`SNAPSHOT_FORMAT`] | a token |
//! | `GET /api/v1/stream` | | server-sent [`StreamEventV1`] | a token |
//! | `GET /api/v1/availability` | [`AvailabilityQuery`] | [`AvailabilityAnswer`] | a token, a web shop's, an operator's |
//! | `POST /api/v1/promises` | [`PromiseRequest`] | [`PromiseAnswer`] | the same |
//! | `GET /api/v1/promises` | [`PromiseQuery`] | [`PromisePage`] | the same |
//! | `GET /api/v1/promises/{id}` | | [`PromiseAnswer`] | the same |
//! | `POST /api/v1/promises/{id}/confirm`, `release`, `cancel` | [`PromiseChangeRequest`] | [`PromiseAnswer`] | the same |
//! | `POST /api/v1/allotments` | [`AllotmentsRequest`] | [`AllotmentsAnswer`] | a token |
//! | `GET /health`, `GET /ready` | | [`Health`] | nothing |
//!
//! A token goes into `Authorization: Bearer …`. Every answer that is not 2xx has an [`ApiError`] as its body. Bodies may
//! be `zstd` (`Content-Encoding`) in both directions; central compresses when `Accept-Encoding` names it.

/// What this build speaks of version 1; grows with every addition. 0 is version 0.1.0, which did not say it; 1 has the
/// stream, signed generations, decisions that come back and reports; 2 has the snapshot, bases, promises and transfers;
/// `docs/protocol.md` has the whole table. Neither side asks the other for a revision: a call that is not there is
/// answered 404, a field that is not there has its default. It is said for people, and for the day on which one side is
/// too old for the other: a station that is refused like that reads it from [`Health`], whose path never changes, and
/// says which side to update.
pub const REVISION: u32 = 2;

/// The format of snapshots: a SQLite file in one zstd frame, with the tables
/// `row (number INTEGER, body TEXT)`, each body a [`FeedRow`] as JSON, and
/// `snapshot (format INTEGER, site BLOB, cursor TEXT)`, one line, the cursor a [`Cursor`] as JSON. After it the feed goes
/// on. A central whose feed is short, or that has no snapshots, answers 404.
pub const SNAPSHOT_FORMAT: u32 = 1;

pub(crate) fn is_zero(number: &u32) -> bool {
    *number == 0
}

pub(crate) fn is_none_of(count: &u64) -> bool {
    *count == 0
}

mod allotment;
mod balance;
mod base;
mod bodies;
mod decisions;
mod device;
mod enrol;
mod entries;
mod error;
mod feed;
mod journal;
mod promise;
mod row;
mod stream;
mod token;
mod transfer;

pub use allotment::{
    AllotmentAnswer, AllotmentAskedV1, AllotmentsAnswer, AllotmentsRequest, MAX_ALLOTMENT_TTL_S, MAX_ALLOTMENTS,
    no_allotment,
};
pub use balance::{BalancePage, BalanceQuery, BalanceV1};
pub use base::{BaseAnswer, BaseRequest, BaseV1, MAX_BASE_ENTRIES};
pub use bodies::{
    CompanyV1, FeedBody, FeedBodyError, LocationV1, PersonV1, PlaceV1, PriceV1, ProductV1, SiteV1, TaxRateRowV1,
    TillV1, feed_kind,
};
pub use decisions::{
    CheckpointV1, DecisionsAnswer, DecisionsRequest, DeclaredDeadV1, DeviceHeadV1, DeviceV1, EpochV1, GenerationV1,
    MAX_DECISIONS, NumbersV1, OpeningV1, ReleaseV1, RevokedV1, SeenHeadV1, SeenV1,
};
pub use device::{DeviceListV1, DeviceStateV1, MAX_REPORTED_ERRORS, ReportAnswer, StationReportV1};
pub use enrol::{CODE_CHARS, EnrolAnswer, EnrolRequest, GenerationAnswer, GenerationRequest, normal_code};
pub use entries::{EntriesPage, EntriesQuery};
pub use error::{ApiError, Health, code};
pub use feed::{Cursor, FeedPage, FeedQuery, GENESIS_CURSOR_HASH, MAX_PAGE_ROWS};
pub use journal::{
    EntryV1, HeadV1, JournalAnswer, JournalRequest, MAX_SEGMENT_BYTES, MAX_SEGMENT_ENTRIES, ProblemV1, problem,
};
pub use promise::{
    AllotmentV1, AvailabilityAnswer, AvailabilityQuery, AvailableV1, CauseV1, ChannelV1, DeliveryV1, DrawV1,
    MAX_PROMISE_LINES, MAX_PROMISE_TEXT, MAX_RESERVED_FOR_S, PromiseAnswer, PromiseChangeRequest, PromiseError,
    PromiseLineV1, PromisePage, PromiseQuery, PromiseRequest, PromiseV1, RESERVED_FOR_S, promise_id,
};
pub use row::{Decided, FeedRow, OriginV1, Place, RowError, verify_rows};
pub use stream::{STREAM_SILENCE_MS, StreamEventV1, stream_event};
pub use token::{MAX_CLOCK_SKEW_MS, TOKEN_LIFE_MS, TokenAnswer, TokenRequest};
pub use transfer::{
    MAX_TRANSFER_LINES, MAX_TRANSFER_TEXT, TransferAnswer, TransferAskedV1, TransferError, TransferFactLineV1,
    TransferFactV1, TransferPage, TransferQuery, TransferRequest, TransferV1,
};
