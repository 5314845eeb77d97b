//! `/api/v1/enrol`.

pub mod create;
