//! What is wrong with a station, in plain words, each with what to do.

use std::path::Path;

use selvedge_hardware::devices;
use selvedge_store::table::print_job::{self, State};
use selvedge_store::table::{catalogue, config, journal, station};
use selvedge_store::{Store, StoreError};

use super::journal as chain;
use crate::keys;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Fine,
    /// Works; know this.
    Attention,
    /// Does not work until somebody acts.
    Wrong,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// What was looked at.
    pub about: &'static str,
    /// What was found, and what to do.
    pub says: String,
}

fn finding(grade: Grade, about: &'static str, says: impl Into<String>) -> Finding {
    Finding { grade, about, says: says.into() }
}

/// Examines a data folder and, where given, a `devices.toml`. Nothing is changed.
pub fn examine(folder: &Path, device_list: Option<&Path>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !folder.join("selvedge.db").exists() {
        let says = format!("{} holds no station yet: start selvedge once", folder.display());
        findings.push(finding(Grade::Attention, "data", says));
    } else {
        match Store::open(folder) {
            Ok(store) => examine_store(folder, &store, &mut findings),
            Err(StoreError::Locked(_)) => {
                let says = "selvedge is running on this folder: close it, then ask again";
                findings.push(finding(Grade::Attention, "data", says));
            }
            Err(error) => findings.push(finding(Grade::Wrong, "data", error.to_string())),
        }
    }
    examine_devices(device_list, &mut findings);
    findings
}

fn examine_store(folder: &Path, store: &Store, findings: &mut Vec<Finding>) {
    findings.push(if store.has_room() {
        finding(Grade::Fine, "disk", "there is room")
    } else {
        finding(Grade::Wrong, "disk", "nearly full: no new sale is begun until there is room")
    });
    findings.push(examine_key(folder));
    findings.push(match chain::verify_opened(store) {
        Ok(sound) => {
            let entries: u64 = sound.iter().map(|one| one.entries).sum();
            finding(Grade::Fine, "journal", format!("{entries} entries, unbroken"))
        }
        Err(error) => finding(Grade::Wrong, "journal", format!("{error}: keep this folder and call")),
    });
    if let Err(error) = examine_tables(store, findings) {
        findings.push(finding(Grade::Wrong, "data", error.to_string()));
    }
}

fn examine_tables(store: &Store, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    store.read(|tx| {
        match (station::get(tx)?, config::site(tx)?) {
            (Some(station), Some(site)) => {
                let says = format!(
                    "{}, {} ({}), receipts {}-{}",
                    site.name, station.name, station.till, station.till, station.short
                );
                findings.push(finding(Grade::Fine, "station", says));
            }
            _ => findings.push(finding(Grade::Attention, "station", "has not joined a company yet")),
        }
        let unsent = journal::unsent(tx)?;
        let grade = if unsent > 1000 { Grade::Attention } else { Grade::Fine };
        findings.push(finding(grade, "central", format!("{unsent} entries to send")));
        findings.push(finding(Grade::Fine, "catalogue", format!("{} products", catalogue::count(tx)?)));
        let uncertain = print_job::in_state(tx, State::Uncertain)?.len();
        if uncertain > 0 {
            let says = format!("{uncertain} papers are uncertain: the till asks whether they are there");
            findings.push(finding(Grade::Attention, "printer", says));
        }
        let waiting = print_job::waiting(tx)?;
        if waiting > 0 {
            findings.push(finding(Grade::Attention, "printer", format!("{waiting} papers wait for the printer")));
        }
        Ok(())
    })
}

fn examine_key(folder: &Path) -> Finding {
    match keys::load(folder) {
        Ok(keys) if keys.is_empty() => finding(Grade::Attention, "key", "none yet: it is made when the station joins"),
        Ok(_) => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let open =
                    std::fs::metadata(folder.join(keys::FILE)).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
                if open {
                    let says = format!("others can read it: chmod 600 {}", folder.join(keys::FILE).display());
                    return finding(Grade::Wrong, "key", says);
                }
            }
            finding(Grade::Fine, "key", "in a file that only its owner reads")
        }
        Err(error) => finding(Grade::Wrong, "key", error.to_string()),
    }
}

fn examine_devices(list: Option<&Path>, findings: &mut Vec<Finding>) {
    let Some(list) = list else { return };
    match std::fs::read_to_string(list) {
        Err(error) => findings.push(finding(Grade::Wrong, "devices", format!("{}: {error}", list.display()))),
        Ok(text) => {
            let read = devices::read(&text);
            findings.push(finding(Grade::Fine, "devices", format!("{} devices listed", read.devices.len())));
            findings.extend(read.errors.iter().map(|error| finding(Grade::Wrong, "devices", error.to_string())));
        }
    }
}
