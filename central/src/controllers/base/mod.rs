//! `/api/v1/bases`.

pub mod create;
