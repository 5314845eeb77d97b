//! Coming back: `rebuild`, `declare-dead`, `checkpoint`, `key`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use uuid::Uuid;

use crate::key_file;
use crate::store::{MissingWhat, Recovery, Reporting, Store, StoreError};
use crate::surroundings::Surroundings;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);

/// Where the key lies that `init` and `demo` write: beside an embedded store, unless it is said.
pub(super) fn key_path(store: &str, said: Option<PathBuf>) -> Option<PathBuf> {
    said.or_else(|| store.strip_prefix("sqlite:").map(|path| PathBuf::from(format!("{path}.key"))))
}

pub(super) async fn write_key(store: &dyn Store, path: Option<PathBuf>) -> anyhow::Result<()> {
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    match path {
        Some(path) => {
            key_file::write(&path, &central)?;
            eprintln!(
                "The company's key is in {}: keep a copy in a safe place, with it alone central comes back.",
                path.display()
            );
        }
        None => eprintln!("Keep what `selvedge-central key` prints in a safe place: with it alone central comes back."),
    }
    Ok(())
}

pub(super) async fn key(store: &dyn Store) -> anyhow::Result<()> {
    print!("{}", key_file::text(&store.central().await?.ok_or(StoreError::NotSetUp)?)?);
    Ok(())
}

pub(super) async fn rebuild(
    store: &dyn Store,
    around: &dyn Surroundings,
    key: Option<&Path>,
    watch: bool,
) -> anyhow::Result<()> {
    if let Some(key) = key {
        let central = key_file::read(key, around.new_id())?;
        let name = central.company.name.clone();
        store.begin_empty(central, around.now_ms()).await?;
        println!("{name}: started with nothing but its key. Serve it at its old address; the stations bring the rest.");
        return Ok(());
    }
    let mut last = String::new();
    loop {
        let state = store.recovery().await?;
        let text = words(&state);
        if text != last {
            print!("{text}");
            last = text;
        }
        if !watch || state.complete_ms.is_some() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The state, for a person.
pub fn words(state: &Recovery) -> String {
    let mut text = format!("life {}: {}\n", state.epoch, state.because);
    let of = |wanted: fn(Reporting) -> bool| state.stations.iter().filter(|station| wanted(station.state)).count();
    let reported = of(|state| matches!(state, Reporting::Reported { .. }));
    match state.complete_ms {
        Some(_) => text.push_str("  nobody is waited for\n"),
        None => {
            text.push_str(&format!("  {reported} of {} stations have handed in all they have\n", state.stations.len()))
        }
    }
    text.push_str(&format!("  {} decisions and {} entries came back\n", state.decisions_back, state.entries_back));
    if state.complete_ms.is_none() {
        for station in &state.stations {
            let word = match station.state {
                Reporting::Awaited => "is waited for",
                Reporting::Reported { .. } => "has reported",
                Reporting::Dead => "was declared dead",
                Reporting::Revoked => "was revoked",
            };
            text.push_str(&format!("  till {} ({}) {word}\n", station.till, station.device));
        }
    }
    for one in &state.missing {
        let word = if one.lost { "lost" } else { "not here yet" };
        let what = match one.what {
            MissingWhat::Decisions { epoch } => format!("decisions of life {epoch}"),
            MissingWhat::Entries { device, generation } => format!("entries of station {device}, journal {generation}"),
        };
        text.push_str(&format!("  {word}: {what}, {} to {}\n", one.first, one.last));
    }
    text
}

pub(super) async fn declare_dead(
    store: &dyn Store,
    around: &dyn Surroundings,
    device: Option<Uuid>,
    all: bool,
) -> anyhow::Result<()> {
    let devices = match (device, all) {
        (Some(device), _) => vec![device],
        (None, true) => {
            let stations = store.recovery().await?.stations;
            stations.iter().filter(|one| one.state == Reporting::Awaited).map(|one| one.device).collect()
        }
        (None, false) => bail!("say which station, or --all that are waited for"),
    };
    for device in devices {
        if !store.declare_dead(device, around.now_ms()).await? {
            bail!("there is no station {device}");
        }
        println!("nobody waits for {device}; what it hands in after all is taken");
    }
    Ok(())
}

pub(super) async fn checkpoint(store: &dyn Store, around: &dyn Surroundings) -> anyhow::Result<()> {
    let done = store.checkpoint(around.now_ms()).await?;
    println!("{}", if done { "signed" } else { "nothing changed since the last one" });
    Ok(())
}
