//! `/health`.

pub mod show;
