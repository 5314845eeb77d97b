//! What can be asked of `selvedge-central`, and what is written down of it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::export::Kind;
use super::held;
use crate::store::HeldNamed;

#[derive(Debug, Args)]
pub(super) struct At {
    /// Where everything is kept: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, env = "SELVEDGE_CENTRAL_STORE", value_name = "STORE")]
    pub(super) store: String,
}

/// What is asked for.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set a company up from its file; nothing is written unless all of it is right
    Init {
        #[command(flatten)]
        at: At,
        /// For the format see the README
        company: PathBuf,
        /// Where the company's key is written; beside an embedded store when it is not said
        #[arg(long, env = "SELVEDGE_CENTRAL_KEY_FILE", value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Bring people, sites, tills and tax rates up to what the company's file says, and show what is different
    Apply {
        #[command(flatten)]
        at: At,
        /// The same file as for `init`; a PIN stands in it only where it is to be set
        company: PathBuf,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Who may sign in, and how somebody is forgotten
    #[command(subcommand)]
    Person(PersonCommand),
    /// Bring the store up to date
    Migrate {
        #[command(flatten)]
        at: At,
    },
    /// Make a one-time code with which a station joins; only the code goes to stdout
    Enrol {
        #[command(flatten)]
        at: At,
        /// The site's code
        #[arg(long)]
        site: String,
        /// The till's code
        #[arg(long)]
        till: String,
    },
    /// Move a station to another till: it is revoked, and a one-time code is made with which it joins there
    Move {
        #[command(flatten)]
        at: At,
        /// Its id, as `rebuild` and the list of devices show it
        device: uuid::Uuid,
        /// The site's code
        #[arg(long)]
        site: String,
        /// The till's code
        #[arg(long)]
        till: String,
    },
    /// Revoke a station: it may hand in its journal, and nothing else
    Revoke {
        #[command(flatten)]
        at: At,
        /// Its id, as in exports
        device: uuid::Uuid,
    },
    /// Apply held entries: those that can be applied by now, or those that a manager names, whatever they are held for
    Release {
        #[command(flatten)]
        at: At,
        /// As `export --kind held` shows them
        #[arg(long, value_name = "GENERATION:SEQUENCE", value_parser = held::named)]
        entry: Vec<HeldNamed>,
        /// All that is held of a station
        #[arg(long, conflicts_with = "entry")]
        device: Option<uuid::Uuid>,
        /// Let go of them instead: they are kept, and nothing follows from them
        #[arg(long)]
        dismiss: bool,
    },
    /// Take products in from a TSV or CSV file, plain or gzip
    Import {
        #[command(flatten)]
        at: At,
        file: PathBuf,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// The site whose prices and stock the file has
        #[arg(long)]
        site: Option<String>,
        /// The tax rate of lines that name none
        #[arg(long)]
        tax: Option<String>,
    },
    /// Print what central holds as JSON lines
    Export {
        #[command(flatten)]
        at: At,
        #[arg(long, value_enum)]
        kind: Kind,
    },
    /// Serve the API
    Serve {
        #[command(flatten)]
        at: At,
        /// 127.0.0.1:8431; port 0 finds a free one
        #[arg(long, env = "SELVEDGE_CENTRAL_LISTEN", default_value = "127.0.0.1:8431")]
        listen: SocketAddr,
        /// Certificate chain, PEM; without it on loopback only
        #[arg(long, requires = "tls_key", value_name = "FILE")]
        tls_cert: Option<PathBuf>,
        /// Its private key, PEM
        #[arg(long, requires = "tls_cert", value_name = "FILE")]
        tls_key: Option<PathBuf>,
        /// Who shows this may read /metrics; without it only an operator may, or who can reach loopback
        #[arg(long, env = "SELVEDGE_CENTRAL_METRICS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
        metrics_token: Option<String>,
        /// Where what new stations begin with is kept; beside an embedded store, or among the system's temporary files
        #[arg(long, env = "SELVEDGE_CENTRAL_SNAPSHOT_FOLDER", value_name = "FOLDER")]
        snapshot_folder: Option<PathBuf>,
    },
    /// Compare all balances with their movements, and check the chains of the feed and of all journals
    Audit {
        #[command(flatten)]
        at: At,
    },
    /// Print a token with which somebody sees all stations, for some hours
    Operator {
        #[command(flatten)]
        at: At,
        /// Who; stands in the log of commands
        name: String,
        /// How long it is good
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=24 * 7))]
        hours: u32,
        /// Print none: those that she has are worth nothing any more
        #[arg(long, conflicts_with = "hours")]
        revoke: bool,
    },
    /// Print a token with which a web shop asks for promises, for some days
    Shop {
        #[command(flatten)]
        at: At,
        /// Which; its promises are under this name
        name: String,
        /// How long it is good
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
        /// Print none: those that it has are worth nothing any more
        #[arg(long, conflicts_with = "days")]
        revoke: bool,
    },
    /// Print the company's key, for a safe place: with it alone central comes back
    Key {
        #[command(flatten)]
        at: At,
    },
    /// Show how far central is with taking back what it lost; with --key, start an empty store with the company's key
    Rebuild {
        #[command(flatten)]
        at: At,
        /// What `init` wrote and `key` prints
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Go on until nobody is waited for
        #[arg(long, conflicts_with = "key")]
        watch: bool,
    },
    /// Wait no longer for a station that does not come back
    DeclareDead {
        #[command(flatten)]
        at: At,
        /// Its id, as `rebuild` shows it
        #[arg(required_unless_present = "all")]
        device: Option<uuid::Uuid>,
        /// All that are waited for
        #[arg(long, conflicts_with = "device")]
        all: bool,
    },
    /// Sign what there is; `serve` does it once a day
    Checkpoint {
        #[command(flatten)]
        at: At,
    },
    /// Set the demo company up and print its PINs
    Demo {
        #[command(flatten)]
        at: At,
        #[arg(long, default_value_t = selvedge_protocol::demo::SEED)]
        seed: u64,
    },
    /// Print the API's OpenAPI document
    Openapi,
}

/// What is done about people.
#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    /// Everybody that is known, with role and sites
    List {
        #[command(flatten)]
        at: At,
    },
    /// Erase name and PIN everywhere; what was done stays, under the id alone
    Erase {
        #[command(flatten)]
        at: At,
        /// As `person list` shows it
        id: uuid::Uuid,
    },
}

impl Command {
    /// Where the store is; none where none is needed.
    pub(super) fn at(&self) -> Option<&At> {
        Some(match self {
            Command::Init { at, .. }
            | Command::Apply { at, .. }
            | Command::Person(PersonCommand::List { at } | PersonCommand::Erase { at, .. })
            | Command::Migrate { at }
            | Command::Enrol { at, .. }
            | Command::Move { at, .. }
            | Command::Revoke { at, .. }
            | Command::Release { at, .. }
            | Command::Import { at, .. }
            | Command::Export { at, .. }
            | Command::Serve { at, .. }
            | Command::Audit { at }
            | Command::Operator { at, .. }
            | Command::Shop { at, .. }
            | Command::Key { at }
            | Command::Rebuild { at, .. }
            | Command::DeclareDead { at, .. }
            | Command::Checkpoint { at }
            | Command::Demo { at, .. } => at,
            Command::Openapi => return None,
        })
    }

    /// What is written down of it before it is done: everything that changes something, or shows what opens something.
    /// Never a code, a key, a PIN or somebody's name who is not an operator.
    pub(super) fn noted(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Command::Init { company, .. } => ("init", company.display().to_string()),
            Command::Apply { company, dry_run: false, .. } => ("apply", company.display().to_string()),
            Command::Person(PersonCommand::Erase { id, .. }) => ("person-erase", id.to_string()),
            Command::Migrate { .. } => ("migrate", "the store is up to date; what can be applied by now is".to_owned()),
            Command::Enrol { site, till, .. } => ("enrol", format!("a code for till {till} at {site}")),
            Command::Move { device, site, till, .. } => ("move", format!("{device} to till {till} at {site}")),
            Command::Revoke { device, .. } => ("revoke", device.to_string()),
            Command::Release { entry, device, dismiss, .. } => {
                ("release", held::words(&held::all(entry.clone(), *device), *dismiss))
            }
            Command::Import { file, dry_run: false, .. } => ("import", file.display().to_string()),
            Command::Operator { name, revoke: true, .. } => ("operator", format!("{name} is revoked")),
            Command::Operator { name, hours, .. } => ("operator", format!("a token for {name}, {hours} hours")),
            Command::Shop { name, revoke: true, .. } => ("shop", format!("{name} is revoked")),
            Command::Shop { name, days, .. } => ("shop", format!("a token for {name}, {days} days")),
            Command::Key { .. } => ("key", "the company's key was shown".to_owned()),
            Command::Rebuild { key: Some(key), .. } => ("rebuild", format!("begun with the key in {}", key.display())),
            Command::DeclareDead { device: Some(device), .. } => ("declare-dead", device.to_string()),
            Command::DeclareDead { device: None, .. } => ("declare-dead", "all that are waited for".to_owned()),
            Command::Checkpoint { .. } => ("checkpoint", "signed by hand".to_owned()),
            Command::Demo { seed, .. } => ("demo", format!("the demo company, seed {seed}")),
            Command::Apply { .. }
            | Command::Import { .. }
            | Command::Person(PersonCommand::List { .. })
            | Command::Rebuild { .. }
            | Command::Export { .. }
            | Command::Audit { .. }
            | Command::Serve { .. }
            | Command::Openapi => return None,
        })
    }
}
