//! Tokens of people and web shops: `operator`, `shop`.

use crate::secret::{operator_token, shop_token};
use crate::store::{Store, StoreError};
use crate::surroundings::Surroundings;

pub(super) async fn operator(
    store: &dyn Store,
    around: &dyn Surroundings,
    name: &str,
    hours: u32,
) -> anyhow::Result<()> {
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    let now_ms = around.now_ms();
    let expires_ms = now_ms + i64::from(hours) * 60 * 60 * 1000;
    println!("{}", operator_token(&central.key(), name, (now_ms, expires_ms)));
    eprintln!("{name} sees all stations with this token, for {hours} hours.");
    Ok(())
}

pub(super) async fn shop(store: &dyn Store, around: &dyn Surroundings, name: &str, days: u32) -> anyhow::Result<()> {
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    let now_ms = around.now_ms();
    let expires_ms = now_ms + i64::from(days) * 24 * 60 * 60 * 1000;
    println!("{}", shop_token(&central.key(), name, (now_ms, expires_ms)));
    eprintln!("{name} asks for promises with this token, for {days} days.");
    Ok(())
}

pub(super) async fn revoke_shop(store: &dyn Store, around: &dyn Surroundings, name: &str) -> anyhow::Result<()> {
    store.revoke_shop(name, around.now_ms()).await?;
    println!("the tokens that {name} has are revoked");
    Ok(())
}

pub(super) async fn revoke_operator(store: &dyn Store, around: &dyn Surroundings, name: &str) -> anyhow::Result<()> {
    store.revoke_operator(name, around.now_ms()).await?;
    println!("the tokens that {name} has are revoked");
    Ok(())
}
