//! Setting up, and stations: `init`, `demo`, `enrol`, `move`, `revoke`.

use std::path::Path;

use anyhow::bail;
use selvedge_protocol::v1::normal_code;
use uuid::Uuid;

use crate::secret::{CODE_LIFE_MS, code_hash, new_code};
use crate::store::{Central, NewCode, Store, StoreError};
use crate::surroundings::Surroundings;

pub(super) async fn init(store: &dyn Store, around: &dyn Surroundings, path: &Path) -> anyhow::Result<()> {
    if let Some(there) = store.central().await? {
        bail!(StoreError::AlreadySetUp(there.company.name));
    }
    let loaded = crate::setup::load(path, around)?;
    let central =
        Central { id: around.new_id(), key_seed: around.random(), epoch: around.new_id(), company: loaded.company };
    let all = &loaded.all;
    let done = format!(
        "{}; sites: {}, tills: {}, people: {}, products: {}",
        central.company.name,
        all.sites.len(),
        all.tills.len(),
        all.people.iter().map(|at| at.person.id).collect::<std::collections::BTreeSet<_>>().len(),
        all.products.len()
    );
    store.set_up(central, loaded.all, around.now_ms()).await?;
    println!("{done}");
    eprintln!("The PINs in {} are not needed any more: take them out.", path.display());
    Ok(())
}

pub(super) async fn demo(store: &dyn Store, around: &dyn Surroundings, seed: u64) -> anyhow::Result<()> {
    let demo = crate::demo::set_up(store, around, seed).await?;
    println!("{}; products: {}, sites: {}", demo.company.name, demo.products.len(), demo.sites.len());
    for site in &demo.sites {
        let tills: Vec<String> = demo
            .tills
            .iter()
            .filter(|till| till.site == site.id)
            .map(|till| format!("{} ({})", till.code, till.name))
            .collect();
        println!("{}: --site {}, tills {}", site.name, site.code, tills.join(", "));
        for person in demo.people.iter().filter(|person| person.sites.contains(&site.id)) {
            println!("  {}, {}, PIN {}", person.person.name, person.person.role, person.pin);
        }
    }
    Ok(())
}

pub(super) async fn enrol(
    store: &dyn Store,
    around: &dyn Surroundings,
    site: String,
    till: String,
) -> anyhow::Result<()> {
    println!("{}", make_code(store, around, &site, &till).await?);
    eprintln!("This code joins a station as till {till} at {site}, once, within 24 hours.");
    Ok(())
}

/// A new one-time code for a till.
///
/// # Errors
/// [`StoreError::UnknownTill`].
pub async fn make_code(
    store: &dyn Store,
    around: &dyn Surroundings,
    site: &str,
    till: &str,
) -> Result<String, StoreError> {
    let code = new_code(around);
    let normal = normal_code(&code).ok_or_else(|| StoreError::value("code", "a new code is not one"))?;
    let expires_ms = around.now_ms() + CODE_LIFE_MS;
    let (site, till) = (site.to_owned(), till.to_owned());
    store.add_code(NewCode { hash: code_hash(&normal), site, till, expires_ms }).await?;
    Ok(code)
}

pub(super) async fn revoke(store: &dyn Store, around: &dyn Surroundings, device: Uuid) -> anyhow::Result<()> {
    if !store.revoke(device, around.now_ms()).await? {
        bail!("there is no station {device}");
    }
    println!("{device} is revoked");
    Ok(())
}

/// One step for what are two: where it stands now it is revoked, and there it joins anew. A code that cannot be made
/// leaves it as it is.
pub(super) async fn move_to(
    store: &dyn Store,
    around: &dyn Surroundings,
    device: Uuid,
    site: String,
    till: String,
) -> anyhow::Result<()> {
    let Some(known) = store.device(device).await? else { bail!("there is no station {device}") };
    let code = make_code(store, around, &site, &till).await?;
    store.revoke(device, around.now_ms()).await?;
    println!("{code}");
    eprintln!(
        "Station {device} is till {} no more. It hands in what it has, and central holds what it writes from now on.",
        known.till
    );
    eprintln!(
        "With this code it joins as till {till} at {site}, once, within 24 hours, from an empty folder of its own."
    );
    Ok(())
}
