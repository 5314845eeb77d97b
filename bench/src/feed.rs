//! All products as central's feed brings them, page by page.

use anyhow::{Context, Result, ensure};
use selvedge_domain::ids::SiteId;
use selvedge_protocol::v1::{FeedRow, GENESIS_CURSOR_HASH, feed_kind};
use selvedge_store::table::{feed, station};
use selvedge_store::{Store, StoreError};
use uuid::Uuid;

use crate::products::{Item, Products};

/// Products of a page; a row for each and one for its price.
const PAGE: u32 = 1_000;

/// The items from a number on that come on one page, and the page.
pub fn page(products: &Products, first: u32) -> Result<(Vec<Item>, Vec<FeedRow>)> {
    let items = items(products, first);
    let rows = items.iter().zip(first..).map(|(item, at)| rows(item, at)).collect::<Result<Vec<_>>>()?.concat();
    Ok((items, rows))
}

/// The items from a number on that come on one page.
pub fn items(products: &Products, first: u32) -> Vec<Item> {
    (first..(first + PAGE).min(products.count())).map(|at| products.get(at)).collect()
}

/// The first numbers of all pages.
pub fn pages(products: &Products) -> impl Iterator<Item = u32> {
    (0..products.count()).step_by(PAGE as usize)
}

/// A product and its price.
pub fn rows(item: &Item, at: u32) -> Result<Vec<FeedRow>> {
    let row = |kind: &str, number: u64, body: serde_json::Value| FeedRow {
        epoch: Uuid::nil(),
        number,
        previous: GENESIS_CURSOR_HASH.to_string(),
        kind: kind.to_owned(),
        version: 1,
        site: None,
        at_ms: 0,
        origin: None,
        body: body.to_string(),
        signature: String::new(),
    };
    let number = u64::from(at) * 2;
    Ok(vec![
        row(feed_kind::PRODUCT, number + 1, serde_json::to_value(&item.product)?),
        row(feed_kind::PRICE, number + 2, serde_json::to_value(&item.price)?),
    ])
}

/// Applies a page, as sync does.
pub fn apply(store: &Store, site: SiteId, rows: &[FeedRow]) -> Result<()> {
    let problems = store.write::<_, StoreError>("bench-feed", |tx| feed::apply(tx, site, Uuid::nil(), rows))?;
    ensure!(problems.is_empty(), "the feed is right: {problems:?}");
    Ok(())
}

/// Puts all products into the store of a station that has joined.
pub fn stock(store: &Store, products: &Products) -> Result<()> {
    let site = store.read::<_, StoreError>(station::get)?.context("the station has joined")?.site;
    pages(products).try_for_each(|first| apply(store, site, &page(products, first)?.1))
}
