//! The station's way to central and back: its journal up, central's decisions and the site's balances down.
//!
//! [`Engine`] decides when and what, without I/O; `work` does one step of it against the store and a [`CentralApi`];
//! [`Sync`] is the thread that drives both. [`enrol`] and [`pull_once`] are for joining. Nothing here is asked by a sale.

mod api;
mod asking;
mod engine;
mod events;
pub mod fake;
mod giving_back;
mod http;
mod joining;
mod lending;
mod plan;
mod pruning;
mod recovery;
mod schedule;
mod snapshot;
mod status;
pub mod suite;
mod work;

pub use api::{Answer, CallError, CentralApi, Download, Have, Pokes};
pub use asking::Asker;
pub use engine::{ClockReading, Engine, Failure, Input, Lane, Output, Report, Settings, StreamSays, TokenHeard};
pub use http::{HttpCentral, Pieces, UrlError, Wire};
pub use joining::{EnrolError, PullError, enrol, pull_once};
pub use plan::Stuck;
pub use schedule::{Setup, Sync, SyncHandle};
pub use status::{Cause, Parted, SyncState, SyncStatus, Trouble, Update};
pub use work::{Desk, Itself, OnParted, WallClock};
