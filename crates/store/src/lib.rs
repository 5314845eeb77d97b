//! The station's SQLite: catalogue, stock, journal, sales and jobs in one file, so that one transaction writes an entry
//! and all that follows from it.
//!
//! [`Store::write`] opens the only kind of write transaction there is; the functions of [`table`] receive it. There is
//! no trait: an in-memory store is the honest fake.

mod db;
mod error;
mod migrate;
pub mod rescue;
mod seal;
mod snapshot;
pub mod table;
mod tx;
mod witness;

pub use db::Store;
pub use error::StoreError;
pub use migrate::SCHEMA_VERSION;
pub use snapshot::Snapshot;
pub use tx::Tx;
pub use witness::{NoWitness, Phase, Witness};
