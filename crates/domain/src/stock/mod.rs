//! Stock: the ledger's accounts and movements, what is promised of it, and what goes from site to site. Counting joins
//! here.

pub mod ledger;
pub mod promise;
pub mod tally;
pub mod transfer;
