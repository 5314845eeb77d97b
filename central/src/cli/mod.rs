//! `selvedge-central`: what each command does. What is asked for goes to stdout, everything else to stderr.

mod apply;
mod audit;
mod command;
mod export;
mod held;
mod import;
mod init;
mod note;
mod person;
mod rebuild;
mod run;
mod token;

pub use init::make_code;
pub use rebuild::words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use command::{At, Command};

use crate::serve::Serving;
use crate::store::postgres::{At as Server, PostgresStore};
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError};
use crate::surroundings::{Machine, Surroundings};

/// The inventory API that all sites of a company share.
#[derive(Debug, Parser)]
#[command(name = "selvedge-central", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// Does it. What changes something, or shows what opens something, is written down before.
    ///
    /// # Errors
    /// For a person.
    pub async fn run(self) -> anyhow::Result<()> {
        let around = Arc::new(Machine);
        let Some(at) = self.command.at() else {
            println!("{}", serde_json::to_string_pretty(crate::http::document())?);
            return Ok(());
        };
        let (address, store) = (at.store.clone(), open(&at.store).await?);
        if let Some((what, about)) = self.command.noted() {
            note::note(&*store, &*around, what, about).await?;
        }
        self.command.done(&address, store, around).await
    }
}

impl Command {
    async fn done(self, address: &str, all: Arc<dyn Store>, machine: Arc<Machine>) -> anyhow::Result<()> {
        let (store, around): (&dyn Store, &dyn Surroundings) = (&*all, &*machine);
        match self {
            Command::Init { company, key_file, .. } => {
                init::init(store, around, &company).await?;
                rebuild::write_key(store, rebuild::key_path(address, key_file)).await
            }
            Command::Apply { company, dry_run, .. } => apply::apply(store, around, &company, dry_run).await,
            Command::Person(what) => person::person(store, around, what).await,
            Command::Key { .. } => rebuild::key(store).await,
            Command::Rebuild { key, watch, .. } => rebuild::rebuild(store, around, key.as_deref(), watch).await,
            Command::DeclareDead { device, all, .. } => rebuild::declare_dead(store, around, device, all).await,
            Command::Checkpoint { .. } => rebuild::checkpoint(store, around).await,
            Command::Migrate { .. } => {
                let applied = store.release(around.now_ms()).await?;
                println!("up to date; {applied} entries that waited were applied");
                Ok(())
            }
            Command::Enrol { site, till, .. } => init::enrol(store, around, site, till).await,
            Command::Move { device, site, till, .. } => init::move_to(store, around, device, site, till).await,
            Command::Revoke { device, .. } => init::revoke(store, around, device).await,
            Command::Release { entry, device, dismiss, .. } => {
                held::release(store, around, held::all(entry, device), dismiss).await
            }
            Command::Import { file, dry_run, site, tax, .. } => {
                import::import(store, around, &file, crate::import::Options { site, tax, dry_run }).await
            }
            Command::Export { kind, .. } => export::export(store, kind.into()).await,
            Command::Audit { .. } => audit::audit(store).await,
            Command::Operator { name, revoke: true, .. } => token::revoke_operator(store, around, &name).await,
            Command::Operator { name, hours, .. } => token::operator(store, around, &name, hours).await,
            Command::Shop { name, revoke: true, .. } => token::revoke_shop(store, around, &name).await,
            Command::Shop { name, days, .. } => token::shop(store, around, &name, days).await,
            Command::Serve { at, listen, tls_cert, tls_key, metrics_token, snapshot_folder } => {
                let tls = tls_cert.zip(tls_key).map(|(cert, key)| crate::serve::TlsFiles { cert, key });
                let serving = Serving { tls, metrics_token, snapshots: snapshot_folder.or_else(|| beside(&at)) };
                run::serve(all, machine, listen, serving).await
            }
            Command::Demo { seed, .. } => init::demo(store, around, seed).await,
            Command::Openapi => Ok(()),
        }
    }
}

/// The folder of an embedded store: what is made of it lies there as well.
fn beside(at: &At) -> Option<PathBuf> {
    let path = Path::new(at.store.strip_prefix("sqlite:")?);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Some(folder.unwrap_or(Path::new(".")).to_owned())
}

async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    match address.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(SqliteStore::open(path.as_ref())?)),
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(PostgresStore::open(Server::new(address)?).await?)),
        Some(_) | None => Err(StoreError::Address(address.to_owned())),
    }
}
