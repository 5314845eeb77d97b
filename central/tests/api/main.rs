//! Central over real HTTP, in process, on a free port.

#![allow(missing_docs)]

mod allotments;
mod bases;
mod edge;
mod house;
mod joining;
mod journal;
mod promises;
mod recorded;
mod seen;
mod snapshot;
mod stream;
mod transfers;
mod upgrade;

mod down;
