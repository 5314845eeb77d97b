//! Stock: the ledger's accounts and movements, and what is promised of it. Counting joins here.

pub mod ledger;
pub mod promise;
