//! What may be promised.

pub mod show;
