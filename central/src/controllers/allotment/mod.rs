//! Stock that is lent to stations, to promise from while they are offline.

pub mod create;
