#![doc = include_str!("../README.md")]

pub mod cli;
pub mod controllers;
pub mod demo;
pub mod http;
pub mod import;
pub mod judge;
pub mod secret;
pub mod serve;
pub mod setup;
pub mod store;
pub mod surroundings;

pub use cli::make_code;
