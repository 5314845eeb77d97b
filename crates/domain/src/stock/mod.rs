//! Stock: the ledger's accounts and movements. Counting and promises join here.

pub mod ledger;
