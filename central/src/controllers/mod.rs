//! One folder a resource, one file a verb.

pub mod allotment;
pub mod availability;
pub mod balance;
pub mod base;
pub mod decision;
pub mod device;
pub mod enrol;
pub mod feed;
pub mod generation;
pub mod health;
pub mod journal;
pub mod metrics;
pub mod promise;
pub mod report;
pub mod snapshot;
pub mod stream;
pub mod token;
pub mod transfer;
