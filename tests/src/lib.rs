//! What the journeys and fault tests share: a [`Shop`] with a till on a folder or in memory, fixed time and counted
//! identities, a small made-up company, and an audit that a shop passes before it is gone.

pub mod audit;
pub mod company;
pub mod outside;
pub mod paper;
pub mod samples;
pub mod shop;

pub use shop::Shop;
