//! `/api/v1/journal`.

pub mod create;
pub mod list;
