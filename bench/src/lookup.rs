//! A barcode, found in the store.

use anyhow::{Result, ensure};
use selvedge_domain::Gtin;
use selvedge_domain::time::Day;
use selvedge_store::StoreError;
use selvedge_store::table::catalogue;
use selvedge_tests::Shop;

use crate::Plan;
use crate::figure::{Figure, Goal, Unit, by_turns, timed};
use crate::floor::Floor;
use crate::products::Products;

/// The day of all prices.
pub const DAY: Day = Day { year: 2026, month: 11, day: 21 };

/// Product, price, tax and printed number of a barcode.
pub fn barcode(plan: &Plan, products: &Products, shop: &Shop, floor: &Floor) -> Result<Figure> {
    let total = (plan.rounds + 1) * plan.samples;
    let keys = (0..total)
        .map(|sample| Ok(Gtin::parse(&products.sold(sample).product.gtins[0])?.key()))
        .collect::<Result<Vec<u64>>>()?;
    let store = shop.app().store();
    let (floor, ours) = by_turns(
        plan,
        |sample| timed(|| floor.point(keys[sample])),
        |sample| {
            timed(|| {
                let found = store.read::<_, StoreError>(|tx| catalogue::by_gtin(tx, keys[sample], DAY))?;
                ensure!(found.len() == 1, "every product is found by its number");
                Ok(found)
            })
        },
    )?;
    Ok(Figure {
        name: "barcode lookup in the store",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: "one prepared point read of bare SQLite",
        goal: Goal::Tenths(20),
        notes: Vec::new(),
    })
}
