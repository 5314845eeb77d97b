//! What happens in a shop, through the use cases and without a window. Each journey ends with the audit of its till.

#![allow(missing_docs, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "journeys/a_day.rs"]
mod a_day;
#[path = "journeys/allotments.rs"]
mod allotments;
#[path = "journeys/any_sequence.rs"]
mod any_sequence;
#[path = "journeys/cover.rs"]
mod cover;
#[path = "journeys/papers.rs"]
mod papers;
#[path = "journeys/people.rs"]
mod people;
#[path = "journeys/restart.rs"]
mod restart;
#[path = "journeys/returns.rs"]
mod returns;
#[path = "journeys/sale.rs"]
mod sale;
#[path = "journeys/seen.rs"]
mod seen;
#[path = "journeys/set_aside.rs"]
mod set_aside;
#[path = "journeys/transfers.rs"]
mod transfers;
