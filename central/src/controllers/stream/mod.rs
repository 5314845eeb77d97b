//! What pokes stations.

pub mod show;
