//! `/api/v1/feed`.

pub mod list;
