//! A data file that is damaged: kept aside, and a new one made from what it still holds. Central gives back the rest when
//! it answers.

use std::path::Path;
use std::sync::Arc;

use selvedge_protocol::journal::DeviceKey;
use selvedge_store::rescue::{self, Identity};
use selvedge_store::table::{config, decision, generation, station};
use selvedge_store::{Store, StoreError, Witness};

use crate::{AppError, recover};

/// Opens the data of a folder; replaces it where it is damaged. The keys are those of the journal.
///
/// # Errors
/// [`AppError::Store`].
pub fn open(folder: &Path, witness: &Arc<dyn Witness>, keys: &[DeviceKey]) -> Result<Store, AppError> {
    match Store::open_watched(folder, Arc::clone(witness)) {
        Err(error) if error.is_damage() => {
            tracing::error!(%error, folder = %folder.display(), "the data file is kept aside and made anew");
            replace(folder, Arc::clone(witness), keys)
        }
        opened => Ok(opened?),
    }
}

fn replace(folder: &Path, witness: Arc<dyn Witness>, keys: &[DeviceKey]) -> Result<Store, AppError> {
    let identity = Identity::load(folder)?;
    let (store, aside) = Store::replace(folder, witness)?;
    if let Some(identity) = identity {
        let public: Vec<_> = keys.iter().map(DeviceKey::public).collect();
        let found = rescue::salvage_aside(&aside, &identity, &public)?;
        tracing::warn!(journal.entries = found.entries.len(), "entries were found in the damaged file");
        recover::restore(&store, &aside, &identity, &found)?;
    }
    rescue::finish(&aside)?;
    Ok(store)
}

/// Keeps who the station is beside its data, for the day on which those are damaged.
///
/// # Errors
/// [`AppError::Store`].
pub fn note_identity(store: &Store, folder: &Path) -> Result<(), AppError> {
    let identity = store.read::<_, StoreError>(|tx| {
        let station = station::get(tx)?.filter(|station| !station.demo);
        let known = (station, config::site(tx)?, config::company(tx)?);
        let (Some(station), Some(site), Some(company)) = known else { return Ok(None) };
        let (central_key, generations) = (decision::key_text(tx)?, generation::all(tx)?);
        Ok(Some(Identity { station, site, company, central_key, generations }))
    })?;
    if let Some(identity) = identity {
        identity.save(folder)?;
    }
    Ok(())
}
