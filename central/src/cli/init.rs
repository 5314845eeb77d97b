//! Setting up, stations and who looks after them: `init`, `demo`, `enrol`, `revoke`, `release`, `operator`.

use std::path::Path;

use anyhow::bail;
use selvedge_protocol::v1::normal_code;
use uuid::Uuid;

use crate::secret::{CODE_LIFE_MS, code_hash, new_code, operator_token, shop_token};
use crate::store::{Central, Command, NewCode, Store, StoreError};
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
    note(store, around, "init", central.company.name.clone()).await?;
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
    note(store, around, "enrol", format!("a code for till {till} at {site}")).await?;
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
    note(store, around, "revoke", device.to_string()).await?;
    if !store.revoke(device, around.now_ms()).await? {
        bail!("there is no station {device}");
    }
    println!("{device} is revoked");
    Ok(())
}

pub(super) async fn release(store: &dyn Store, around: &dyn Surroundings) -> anyhow::Result<()> {
    note(store, around, "release", "what can be applied by now".to_owned()).await?;
    println!("{} entries applied", store.release(around.now_ms()).await?);
    Ok(())
}

pub(super) async fn operator(
    store: &dyn Store,
    around: &dyn Surroundings,
    name: &str,
    hours: u32,
) -> anyhow::Result<()> {
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    note(store, around, "operator", format!("a token for {name}, {hours} hours")).await?;
    let now_ms = around.now_ms();
    let expires_ms = now_ms + i64::from(hours) * 60 * 60 * 1000;
    println!("{}", operator_token(&central.key(), name, (now_ms, expires_ms)));
    eprintln!("{name} sees all stations with this token, for {hours} hours.");
    Ok(())
}

pub(super) async fn shop(store: &dyn Store, around: &dyn Surroundings, name: &str, days: u32) -> anyhow::Result<()> {
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    note(store, around, "shop", format!("a token for {name}, {days} days")).await?;
    let expires_ms = around.now_ms() + i64::from(days) * 24 * 60 * 60 * 1000;
    println!("{}", shop_token(&central.key(), name, expires_ms));
    eprintln!("{name} asks for promises with this token, for {days} days.");
    Ok(())
}

pub(super) async fn revoke_operator(store: &dyn Store, around: &dyn Surroundings, name: &str) -> anyhow::Result<()> {
    note(store, around, "operator", format!("{name} is revoked")).await?;
    store.revoke_operator(name, around.now_ms()).await?;
    println!("the tokens that {name} has are revoked");
    Ok(())
}

/// Writes down who has central do what, before it is done.
pub(super) async fn note(
    store: &dyn Store,
    around: &dyn Surroundings,
    what: &'static str,
    about: String,
) -> Result<(), StoreError> {
    let name = |key: &str| std::env::var(key).ok().filter(|name| !name.is_empty());
    // Behind `sudo` it is the person who is asked for, not root.
    let who = name("SUDO_USER").or_else(|| name("USER")).or_else(|| name("LOGNAME"));
    let who = who.unwrap_or_else(|| "somebody without a name".to_owned());
    store.note(Command { at_ms: around.now_ms(), who, what, about }).await
}
