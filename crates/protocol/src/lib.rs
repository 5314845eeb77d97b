//! What stations and central say to each other, and the journal's format. Both sides are installed separately and live
//! for years: the structs here are of their own, made of plain numbers, texts and UUIDs, and may only gain fields.
//!
//! [`demo`] makes the demo company. [`journal`] owns the envelope, the hash chain, the signatures and the bodies of entries. [`v1`] is the API.

pub mod demo;
pub mod journal;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod v1;
