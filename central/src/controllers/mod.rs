//! One folder a resource, one file a verb.

pub mod balance;
pub mod enrol;
pub mod feed;
pub mod generation;
pub mod health;
pub mod journal;
pub mod stream;
pub mod token;
