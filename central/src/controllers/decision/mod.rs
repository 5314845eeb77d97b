//! What central once decided, handed in by stations.

pub mod create;
