//! The first sync.

use std::time::{Duration, Instant};

use anyhow::Result;
use selvedge_tests::{Shop, company};

use crate::figure::{Figure, Goal, Spread, Unit};
use crate::floor::Floor;
use crate::products::Products;
use crate::{Plan, feed};

/// Applies all products as central's feed brings them, and copies them into the bare file, page by page in turns.
pub fn first_sync(plan: &Plan, products: &Products, shop: &Shop, floor: &Floor) -> Result<Figure> {
    let (mut ours, mut bare) = (Duration::ZERO, Duration::ZERO);
    for first in feed::pages(products) {
        let (items, rows) = feed::page(products, first)?;
        let start = Instant::now();
        floor.copy(first, &items)?;
        bare += start.elapsed();
        let start = Instant::now();
        feed::apply(shop.app().store(), company::site(), &rows)?;
        ours += start.elapsed();
        if first > 0 && first.is_multiple_of(100_000) {
            eprintln!("{first} products: {ours:.1?}, bare {bare:.1?}");
        }
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
