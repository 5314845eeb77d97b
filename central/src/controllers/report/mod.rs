//! What stations say of themselves.

pub mod create;
