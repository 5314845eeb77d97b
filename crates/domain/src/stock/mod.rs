//! Stock: the ledger's accounts and movements, their sums, and what is promised of it. Counting joins here.

pub mod ledger;
pub mod promise;
pub mod sums;
