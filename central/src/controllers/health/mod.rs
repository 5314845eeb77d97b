//! `/health` and `/ready`.

pub mod ready;
pub mod show;
