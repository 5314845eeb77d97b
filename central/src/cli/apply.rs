//! `apply`: what the company's file says now.

use std::path::Path;

use anyhow::bail;

use crate::setup::Difference;
use crate::store::{Store, StoreError};
use crate::surroundings::Surroundings;

pub(super) async fn apply(
    store: &dyn Store,
    around: &dyn Surroundings,
    path: &Path,
    dry_run: bool,
) -> anyhow::Result<()> {
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    let wanted = crate::setup::want(path, around)?;
    let there = store.company().await?;
    let Difference { lines, stays, change } = match crate::setup::compare(&central.company, &there, &wanted, around) {
        Ok(difference) => difference,
        Err(refused) => bail!("{}: nothing was changed\n  {}", path.display(), refused.join("\n  ")),
    };
    for line in &lines {
        println!("{line}");
    }
    for line in &stays {
        eprintln!("{line}");
    }
    if lines.is_empty() {
        println!("nothing is different");
        return Ok(());
    }
    if dry_run {
        println!("dry run, nothing was written");
        return Ok(());
    }
    store.apply(change, around.now_ms()).await?;
    eprintln!("Stations hear of it when they sync. PINs in {} are not needed any more: take them out.", path.display());
    Ok(())
}
