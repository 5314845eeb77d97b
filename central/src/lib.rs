#![doc = include_str!("../README.md")]

pub mod auditor;
pub mod availability;
pub mod cli;
pub mod controllers;
pub mod demo;
pub mod door;
pub mod http;
pub mod import;
pub mod judge;
pub mod key_file;
pub mod logs;
pub mod metrics;
pub mod rights;
pub mod secret;
pub mod serve;
pub mod setup;
pub mod snapshot;
pub mod store;
pub mod surroundings;

pub use cli::make_code;
