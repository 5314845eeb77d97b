//! The app killed at every durable write and every external effect, the disk full, the folder in use or damaged.

#![allow(missing_docs, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "faults/child.rs"]
mod child;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/day.rs"]
mod day;
#[path = "faults/demo.rs"]
mod demo;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/folder.rs"]
mod folder;
#[path = "faults/names.rs"]
mod names;
#[path = "faults/printer.rs"]
mod printer;
#[path = "faults/pruning.rs"]
mod pruning;
#[path = "faults/state.rs"]
mod state;
#[path = "faults/writes.rs"]
mod writes;
