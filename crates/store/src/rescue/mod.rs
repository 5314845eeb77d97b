//! A damaged data file: kept aside as it is, and a new one made in its place. What the journal's entries prove by
//! themselves is read out of the damaged one without SQLite's help.
//!
//! Who the station is stands in a small file of its own beside the data, so that it survives; no secret is in it.

mod journal;
mod pages;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use selvedge_protocol::journal::Hex32;
use serde::{Deserialize, Serialize};

pub use journal::{Salvage, salvage};

use crate::StoreError;
use crate::table::config::{CompanyConfig, SiteConfig};
use crate::table::generation::Generation;
use crate::table::station::Station;

/// The data's files: the database last, so that it is never without what belongs to it.
const FILES: [&str; 3] = ["selvedge.db-shm", "selvedge.db-wal", "selvedge.db"];
const IDENTITY: &str = "identity.json";
/// In the folder of a damaged file: the new one is not finished.
const UNFINISHED: &str = "unfinished";
/// The data file was found to be damaged by somebody who could not help it.
const FOUND: &str = "damaged";

/// Who a station is, beside its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What enrolment gave it.
    pub station: Station,
    /// Its site, as central described it last.
    pub site: SiteConfig,
    /// Its company.
    pub company: CompanyConfig,
    /// Central's key, hex: what central decided proves itself by it.
    #[serde(default)]
    pub central_key: Option<String>,
    /// The lives of its journal, with what announces them to central.
    #[serde(default)]
    pub generations: Vec<Generation>,
}

impl Identity {
    /// Of a folder; none before it joined, and where the file itself is damaged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn load(folder: &Path) -> Result<Option<Self>, StoreError> {
        match fs::read(folder.join(IDENTITY)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes it, whole or not at all, where it says something else than before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), StoreError> {
        if Self::load(folder)?.as_ref() == Some(self) {
            return Ok(());
        }
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| StoreError::value("identity.json", error))?;
        let fresh = folder.join("identity.new");
        let mut file = File::create(&fresh)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, folder.join(IDENTITY))?;
        Ok(sync(folder)?)
    }
}

/// Notes that the data file was found to be damaged, for the next start.
///
/// # Errors
/// When the folder cannot be written.
pub fn note_damage(folder: &Path) -> Result<(), StoreError> {
    File::create(folder.join(FOUND))?.sync_all()?;
    Ok(sync(folder)?)
}

/// Whether the folder's data file is to be replaced: found damaged while it was used, or a replacement was cut off.
pub(crate) fn is_due(folder: &Path) -> bool {
    folder.join(FOUND).exists() || unfinished(folder).is_some()
}

/// Keeps the data file aside, in a folder `damaged-N`; where it was kept aside before and the new one was not finished,
/// that folder. The data folder must be locked by the caller.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn set_aside(folder: &Path) -> Result<PathBuf, StoreError> {
    let aside = match unfinished(folder) {
        Some(aside) => aside,
        None => {
            let aside = (1..).map(|number| folder.join(format!("damaged-{number}"))).find(|path| !path.exists());
            let aside = aside.ok_or_else(|| io::Error::other("no name is left"))?;
            fs::create_dir(&aside)?;
            File::create(aside.join(UNFINISHED))?.sync_all()?;
            sync(&aside)?;
            sync(folder)?;
            aside
        }
    };
    // Where the database lies aside already, the one in the folder is the new one.
    if !aside.join("selvedge.db").exists() {
        for name in FILES {
            match fs::rename(folder.join(name), aside.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
            sync(&aside)?;
            sync(folder)?;
        }
        if !aside.join("selvedge.db").exists() {
            // It was gone altogether: what follows must not take the new one for it.
            File::create(aside.join("selvedge.db"))?.sync_all()?;
            sync(&aside)?;
        }
    }
    match fs::remove_file(folder.join(FOUND)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    Ok(aside)
}

/// The new data file holds what there is to hold.
///
/// # Errors
/// When the folder cannot be written.
pub fn finish(aside: &Path) -> Result<(), StoreError> {
    fs::remove_file(aside.join(UNFINISHED))?;
    Ok(sync(aside)?)
}

/// What is left of the journal and of central's decisions in a file that was kept aside.
///
/// # Errors
/// When the disk fails.
pub fn salvage_aside(
    aside: &Path,
    identity: &Identity,
    keys: &[selvedge_protocol::journal::PublicKey],
) -> Result<Salvage, StoreError> {
    let central = identity.central_key.clone().and_then(|key| Hex32::try_from(key).ok());
    let (file, wal) = (aside.join("selvedge.db"), aside.join("selvedge.db-wal"));
    Ok(salvage(&file, &wal, identity.station.device, keys, central.as_ref())?)
}

fn unfinished(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.filter_map(Result::ok).map(|entry| entry.path()).find(|path| path.join(UNFINISHED).exists())
}

/// A rename is on the disk when its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
