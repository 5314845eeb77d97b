//! `/api/v1/snapshot`.

pub mod show;
