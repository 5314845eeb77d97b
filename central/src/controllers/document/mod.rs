//! What central says of its own calls.

pub mod show;
