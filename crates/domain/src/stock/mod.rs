//! Stock: the ledger's accounts and movements, their sums, what is promised of it, and what goes from site to site.
//! Counting joins here.

pub mod ledger;
pub mod promise;
pub mod sums;
pub mod tally;
pub mod transfer;
