//! `person`: who may sign in, and how somebody is forgotten.

use std::collections::BTreeMap;

use anyhow::bail;
use uuid::Uuid;

use super::command::PersonCommand;
use crate::store::{Store, StoreError};
use crate::surroundings::Surroundings;

pub(super) async fn person(store: &dyn Store, around: &dyn Surroundings, what: PersonCommand) -> anyhow::Result<()> {
    match what {
        PersonCommand::List { .. } => list(store).await,
        PersonCommand::Erase { id, .. } => {
            if !store.erase_person(id, around.now_ms()).await? {
                bail!("there is no person {id}");
            }
            println!("{id} is erased");
            eprintln!(
                "Stations forget name and PIN when they hear of it. Backups of the store have them until they are thrown away."
            );
            Ok(())
        }
    }
}

async fn list(store: &dyn Store) -> anyhow::Result<()> {
    store.central().await?.ok_or(StoreError::NotSetUp)?;
    let company = store.company().await?;
    let codes: BTreeMap<Uuid, &str> = company.sites.iter().map(|site| (site.id, site.code.as_str())).collect();
    for person in crate::setup::people(&company) {
        let sites: Vec<&str> = person.sites.iter().filter_map(|site| codes.get(site).copied()).collect();
        let state = match (person.name.is_empty(), sites.is_empty()) {
            (true, _) => "erased".to_owned(),
            (false, true) => "left".to_owned(),
            (false, false) => format!("at {}", sites.join(", ")),
        };
        println!("{}\t{}\t{}\t{state}", person.id, person.name, person.role);
    }
    Ok(())
}
