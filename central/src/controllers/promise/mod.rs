//! Promises: stock that a customer was told to have.

pub mod change;
pub mod create;
pub mod list;
pub mod show;
