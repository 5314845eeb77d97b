//! Coming back: `rebuild`, `declare-dead`, `checkpoint`, `key`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use uuid::Uuid;

use super::note::note;
use crate::key_file;
use crate::store::{Missing, MissingWhat, Recovery, Reporting, Store, StoreError};
use crate::surroundings::Surroundings;

/// Stretches of what is missing that are shown one by one.
const MOST_LINES: usize = 20;
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
    let since = jiff::Timestamp::from_millisecond(state.opened_ms).map_or_else(|_| "?".to_owned(), |at| at.to_string());
    let mut text = format!("since {since}, life {}: {}\n", state.epoch, state.because);
    text.push_str(&format!("  came back: {} decisions, {} entries\n", state.decisions_back, state.entries_back));
    text.push_str(&stations(state));
    let in_sum = |one: &&Missing| matches!(one.what, MissingWhat::KnownInSum { .. });
    let (summed, missing): (Vec<&Missing>, Vec<&Missing>) = state.missing.iter().partition(in_sum);
    let (lost, open): (Vec<&Missing>, Vec<&Missing>) = missing.into_iter().partition(|one| one.lost);
    for (word, all) in [("not here yet", open), ("lost, nobody has them", lost), ("known in sum only", summed)] {
        if all.is_empty() {
            continue;
        }
        let count = |wanted: fn(&Missing) -> bool| -> u64 {
            all.iter().filter(|one| wanted(one)).map(|one| one.last.saturating_sub(one.first).saturating_add(1)).sum()
        };
        let decisions = count(|one| matches!(one.what, MissingWhat::Decisions { .. }));
        let entries = count(|one| !matches!(one.what, MissingWhat::Decisions { .. }));
        text.push_str(&format!("  {word}: {decisions} decisions, {entries} entries\n"));
        for one in all.iter().take(MOST_LINES) {
            let what = match one.what {
                MissingWhat::Decisions { epoch } => format!("decisions of life {epoch}"),
                MissingWhat::Entries { device, generation } | MissingWhat::KnownInSum { device, generation } => {
                    format!("entries of station {device}, journal {generation}")
                }
            };
            text.push_str(&format!("    {what}, {} to {}\n", one.first, one.last));
        }
        if all.len() > MOST_LINES {
            text.push_str(&format!(
                "    and {} stretches more; `export --kind lost` lists all\n",
                all.len() - MOST_LINES
            ));
        }
    }
    text
}

fn stations(state: &Recovery) -> String {
    let of = |wanted: Reporting| state.stations.iter().filter(|station| station.state == wanted).collect::<Vec<_>>();
    let waited = of(Reporting::Awaited);
    if state.complete_ms.is_some() {
        return "  nobody is waited for\n".to_owned();
    }
    if state.stations.is_empty() {
        return "  no station is known yet: the first one that comes says who the others were\n".to_owned();
    }
    let reported = state.stations.iter().filter(|one| matches!(one.state, Reporting::Reported { .. })).count();
    let (dead, revoked) = (of(Reporting::Dead).len(), of(Reporting::Revoked).len());
    let mut text = format!(
        "  stations: {reported} handed in all they have, {dead} declared dead, {revoked} revoked, {} waited for:\n",
        waited.len()
    );
    for station in waited {
        text.push_str(&format!("    till {} ({})\n", station.till, station.device));
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
    if devices.is_empty() {
        println!("nobody is waited for");
    }
    for device in devices {
        if all {
            note(store, around, "declare-dead", device.to_string()).await?;
        }
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
