//! A company in virtual time: tills with their real store, use cases and sync engine, central with its real store and
//! routes, and a made-up network between them that cuts, delays, doubles and reorders. Power fails in the middle of
//! writes, disks are copied and replaced, clocks are turned. From one seed, in one thread, always the same.
//!
//! `docs/simulation.md` says how it works and how a seed is replayed.

mod actions;
mod again;
mod central;
mod checks;
mod company;
pub mod compare;
mod damage;
mod dice;
mod heal;
mod listening;
mod loss;
mod network;
mod promises;
mod pruned;
mod run;
mod template;
mod till;
mod time;
mod transfers;
mod world;

pub use run::{Broken, Counts, Runner, Step, plan};
