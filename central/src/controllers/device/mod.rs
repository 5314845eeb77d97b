//! How stations are, for the people who look after them.

pub mod list;
pub mod show;
