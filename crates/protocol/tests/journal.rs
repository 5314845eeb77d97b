//! The journal as it was first written: every kind and version of a body decodes for ever, and a signed chain verifies.
//! A file in `golden/journal` is never changed; what a body gains gets a file of its own beside the first.

#![allow(missing_docs)]

#[path = "journal/base.rs"]
mod base;
#[path = "journal/chain.rs"]
mod chain;
#[path = "journal/day.rs"]
mod day;
#[path = "journal/golden.rs"]
mod golden;
