//! `selvedge-central`: what each command does. What is asked for goes to stdout, everything else to stderr.

mod audit;
mod export;
mod import;
mod init;
mod rebuild;
mod run;

pub use init::make_code;
pub use rebuild::words;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::serve::Serving;
use crate::store::postgres::{At as Server, PostgresStore};
use crate::store::sqlite::SqliteStore;
use crate::store::{ExportKind, Store, StoreError};
use crate::surroundings::{Machine, Surroundings};

/// The inventory API that all sites of a company share.
#[derive(Debug, Parser)]
#[command(name = "selvedge-central", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct At {
    /// Where everything is kept: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, env = "SELVEDGE_CENTRAL_STORE", value_name = "STORE")]
    store: String,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    /// Revoke a station: it may hand in its journal, and nothing else
    Revoke {
        #[command(flatten)]
        at: At,
        /// Its id, as in exports
        device: uuid::Uuid,
    },
    /// Apply held entries that can be applied by now
    Release {
        #[command(flatten)]
        at: At,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Sales,
    Stock,
    Entries,
    Products,
    Commands,
    Lost,
    Bases,
    Promises,
    Shortfalls,
    Transfers,
    Audit,
}

impl From<Kind> for ExportKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Sales => ExportKind::Sales,
            Kind::Stock => ExportKind::Stock,
            Kind::Entries => ExportKind::Entries,
            Kind::Products => ExportKind::Products,
            Kind::Commands => ExportKind::Commands,
            Kind::Lost => ExportKind::Lost,
            Kind::Bases => ExportKind::Bases,
            Kind::Promises => ExportKind::Promises,
            Kind::Shortfalls => ExportKind::Shortfalls,
            Kind::Transfers => ExportKind::Transfers,
            Kind::Audit => ExportKind::Audit,
        }
    }
}

impl Cli {
    /// Does it.
    ///
    /// # Errors
    /// For a person.
    pub async fn run(self) -> anyhow::Result<()> {
        let around = Arc::new(Machine);
        match self.command {
            Command::Init { at, company, key_file } => {
                let store = open(&at).await?;
                init::init(&*store, &*around, &company).await?;
                rebuild::write_key(&*store, rebuild::key_path(&at.store, key_file)).await
            }
            Command::Key { at } => rebuild::key(&*open(&at).await?).await,
            Command::Rebuild { at, key, watch } => {
                rebuild::rebuild(&*open(&at).await?, &*around, key.as_deref(), watch).await
            }
            Command::DeclareDead { at, device, all } => {
                rebuild::declare_dead(&*open(&at).await?, &*around, device, all).await
            }
            Command::Checkpoint { at } => rebuild::checkpoint(&*open(&at).await?, &*around).await,
            Command::Migrate { at } => {
                let applied = open(&at).await?.release(around.now_ms()).await?;
                println!("up to date; {applied} entries that waited were applied");
                Ok(())
            }
            Command::Enrol { at, site, till } => init::enrol(&*open(&at).await?, &*around, site, till).await,
            Command::Revoke { at, device } => init::revoke(&*open(&at).await?, &*around, device).await,
            Command::Release { at } => init::release(&*open(&at).await?, &*around).await,
            Command::Import { at, file, dry_run, site, tax } => {
                import::import(&*open(&at).await?, &*around, &file, crate::import::Options { site, tax, dry_run }).await
            }
            Command::Export { at, kind } => export::export(&*open(&at).await?, kind.into()).await,
            Command::Audit { at } => audit::audit(&*open(&at).await?).await,
            Command::Operator { at, name, revoke: true, .. } => {
                init::revoke_operator(&*open(&at).await?, &*around, &name).await
            }
            Command::Operator { at, name, hours, .. } => {
                init::operator(&*open(&at).await?, &*around, &name, hours).await
            }
            Command::Shop { at, name, days } => init::shop(&*open(&at).await?, &*around, &name, days).await,
            Command::Serve { at, listen, tls_cert, tls_key, metrics_token, snapshot_folder } => {
                let tls = tls_cert.zip(tls_key).map(|(cert, key)| crate::serve::TlsFiles { cert, key });
                let serving = Serving { tls, metrics_token, snapshots: snapshot_folder.or_else(|| beside(&at)) };
                run::serve(open(&at).await?, around, listen, serving).await
            }
            Command::Demo { at, seed } => init::demo(&*open(&at).await?, &*around, seed).await,
            Command::Openapi => {
                println!("{}", serde_json::to_string_pretty(crate::http::document())?);
                Ok(())
            }
        }
    }
}

/// The folder of an embedded store: what is made of it lies there as well.
fn beside(at: &At) -> Option<PathBuf> {
    let path = Path::new(at.store.strip_prefix("sqlite:")?);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Some(folder.unwrap_or(Path::new(".")).to_owned())
}

async fn open(at: &At) -> Result<Arc<dyn Store>, StoreError> {
    let address = at.store.as_str();
    match address.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(SqliteStore::open(path.as_ref())?)),
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(PostgresStore::open(Server::new(address)?).await?)),
        Some(_) | None => Err(StoreError::Address(address.to_owned())),
    }
}
