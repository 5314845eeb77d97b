//! How the app is started: flags, each of which may also come from the environment.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// The till, the warehouse station and the count sheet of a retailer.
#[derive(Clone, Debug, Parser)]
#[command(name = "selvedge", version)]
pub struct Options {
    /// Where the station keeps its data; one running app each.
    #[arg(long, env = "SELVEDGE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Central's address, for a station that has not joined yet.
    #[arg(long, env = "SELVEDGE_CENTRAL", value_name = "URL")]
    pub central: Option<String>,
    /// A one-time code, with which the station joins at once.
    #[arg(long, env = "SELVEDGE_ENROL", value_name = "CODE")]
    pub enrol: Option<String>,
    /// The home screen.
    #[arg(long, env = "SELVEDGE_ROLE", value_enum, default_value_t = Role::Till)]
    pub role: Role,
    /// The devices on the counter.
    #[arg(long, env = "SELVEDGE_DEVICES", value_name = "FILE.toml")]
    pub devices: Option<PathBuf>,
    /// Opens the window without a station and with nothing in it: what the bench measures the app beside.
    #[arg(long, env = "SELVEDGE_EMPTY_WINDOW", hide = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub empty_window: bool,
}

/// What the station is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Sells.
    Till,
}
