//! `/metrics`.

pub mod show;
