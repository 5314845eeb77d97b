//! `/api/v1/generations`.

pub mod create;
