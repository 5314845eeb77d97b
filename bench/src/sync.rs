//! The first sync, and what goes on behind the till while the other figures are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use selvedge_protocol::v1::{FeedRow, GENESIS_CURSOR_HASH, feed_kind};
use selvedge_store::table::feed;
use selvedge_store::{Store, StoreError};
use selvedge_tests::{Shop, company};
use uuid::Uuid;

use crate::Plan;
use crate::figure::{Figure, Goal, Spread, Unit};
use crate::floor::Floor;
use crate::products::{Item, Products};

/// Products of a page; a row for each and one for its price.
const PAGE: u32 = 1_000;
/// Products that change each second behind the other measurements.
const CHANGED: u32 = 50;

/// Applies all products as central's feed brings them, and copies them into the bare file, page by page in turns.
pub fn first_sync(plan: &Plan, products: &Products, shop: &Shop, floor: &Floor) -> Result<Figure> {
    let (mut ours, mut bare) = (Duration::ZERO, Duration::ZERO);
    let mut first = 0;
    while first < products.count() {
        let last = (first + PAGE).min(products.count());
        let items: Vec<Item> = (first..last).map(|at| products.get(at)).collect();
        let rows = items.iter().zip(first..).map(|(item, at)| rows(item, at)).collect::<Result<Vec<_>>>()?.concat();
        let start = Instant::now();
        floor.copy(first, &items)?;
        bare += start.elapsed();
        let start = Instant::now();
        apply(shop.app().store(), &rows)?;
        ours += start.elapsed();
        if last.is_multiple_of(100_000) {
            eprintln!("{last} products: {ours:.1?}, bare {bare:.1?}");
        }
        first = last;
    }
    floor.flatten()?;
    let size = shop.app().store().folder().and_then(|folder| folder.join("selvedge.db").metadata().ok());
    let megabytes = size.map_or(0, |size| size.len() / 1_000_000);
    Ok(Figure {
        name: "first sync applied, search ready (once)",
        unit: Unit::Time,
        ours: Spread::once(ours),
        floor: Spread::once(bare),
        floor_name: "copying and indexing the same rows with bare SQLite",
        goal: Goal::Later(15),
        notes: vec![format!("The till's file with {} products has {megabytes} MB.", plan.products)],
    })
}

fn rows(item: &Item, at: u32) -> Result<Vec<FeedRow>> {
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

fn apply(store: &Store, rows: &[FeedRow]) -> Result<()> {
    let problems =
        store.write::<_, StoreError>("bench-feed", |tx| feed::apply(tx, company::site(), Uuid::nil(), rows))?;
    ensure!(problems.is_empty(), "the feed is right: {problems:?}");
    Ok(())
}

/// Central's changes that arrive while a till sells.
pub struct Changes {
    end: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Changes {
    /// A page of products with another popularity and price each second.
    pub fn start(shop: &Shop, products: &Products) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let (store, products) = (Arc::clone(shop.app().store()), Products::new(products.count()));
        let told = Arc::clone(&end);
        let thread = std::thread::spawn(move || {
            let mut first = 0;
            while !told.load(Ordering::Relaxed) {
                if let Err(error) = change(&store, &products, first) {
                    eprintln!("a page of changes was not applied: {error:#}");
                }
                first = (first + CHANGED) % products.count();
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        Changes { end, thread }
    }

    /// Ends with the page at hand.
    pub fn stop(self) {
        self.end.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            eprintln!("the changes stopped by themselves");
        }
    }
}

fn change(store: &Store, products: &Products, first: u32) -> Result<()> {
    let mut page = Vec::new();
    for at in first..(first + CHANGED).min(products.count()) {
        let mut item = products.get(at);
        item.product.popularity = item.product.popularity.saturating_mul(5) / 4 + 1;
        item.price.amount_minor = item.price.amount_minor.map(|amount| amount + 1);
        page.extend(rows(&item, at)?);
    }
    apply(store, &page)
}
