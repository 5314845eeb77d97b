//! A scan and a sale, on the disk.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use selvedge_domain::tender::TenderKind;
use selvedge_store::{Phase, Witness};
use selvedge_tests::Shop;

use crate::Plan;
use crate::figure::{Figure, Goal, Spread, Unit, by_turns, timed};
use crate::peer::Peer;
use crate::products::Products;

/// Lines of a sale.
const LINES: usize = 3;
/// A sale is begun anew before it is longer than a customer's basket.
const BASKET: usize = 10;

/// A code comes in; the scan and the line of the cart are on the disk, and what is to be shown is known.
pub fn scan_to_line(plan: &Plan, products: &Products, shop: &Shop, folder: &Path) -> Result<Figure> {
    let mut file = Durable::create(folder)?;
    let (floor, ours) = by_turns(
        plan,
        |_| file.write(),
        |sample| {
            if sample % BASKET == 0 {
                shop.app().cancel_sale().ok();
            }
            let code = products.sold(sample).product.gtins[0].clone();
            timed(|| Ok(shop.app().scan(&code, "wedge")?))
        },
    )?;
    shop.app().cancel_sale().ok();
    Ok(Figure {
        name: "scan to stored line, without the window",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: FLOOR,
        goal: Goal::Tenths(20),
        notes: Vec::new(),
    })
}

/// When a sale was on the disk.
#[derive(Default)]
pub struct Commits(Mutex<Option<Instant>>);

impl Commits {
    /// The last one.
    pub fn last(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Commits {
    fn at(&self, operation: &'static str, phase: Phase) {
        if operation == "complete-sale" && phase == Phase::Committed {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }
}

/// The last press: journal, movements, shift, papers and the empty cart are on the disk. What is shown then is another
/// figure, said beside it.
pub fn sale_done(plan: &Plan, products: &Products, shop: &Shop, commits: &Commits, folder: &Path) -> Result<Figure> {
    let mut file = Durable::create(folder)?;
    let till = shop.app().store().folder().context("the till has a folder")?.join("selvedge.db");
    let peer = Peer::create(&till, &folder.join("peer.db"))?;
    let (mut shown, mut by_hand) = (Vec::new(), Vec::new());
    let (floor, ours) = by_turns(
        plan,
        |_| file.write(),
        |sample| {
            for line in 0..LINES {
                let code = &products.sold(sample * LINES + line).product.gtins[0];
                shop.app().scan(code, "wedge").context("a scan is stored")?;
            }
            let due = shop.selling().due;
            shop.take(TenderKind::Cash, due.minor());
            let start = Instant::now();
            let took = timed(|| Ok(shop.app().complete_sale()?))?;
            shown.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            let committed = commits.last();
            by_hand.push(u64::try_from(peer.write()?.as_micros()).unwrap_or(u64::MAX));
            shop.app().next_sale()?;
            Ok(committed.context("a sale is committed")?.duration_since(start))
        },
    )?;
    let (shown, by_hand) = (Spread::of(&mut [shown]), Spread::of(&mut [by_hand]));
    Ok(Figure {
        name: "sale of three lines done: commit on disk",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: FLOOR,
        goal: Goal::Tenths(20),
        notes: vec![
            format!("A sale with what is shown after it, p50/p99 in µs: {}/{}.", shown.p50, shown.p99),
            format!(
                "Its rows by hand into the same tables of bare SQLite, committed, p50/p99 in µs: {}/{}.",
                by_hand.p50, by_hand.p99
            ),
        ],
    })
}

const FLOOR: &str = "one 4 kB write and fsync on the same disk";

struct Durable(File);

impl Durable {
    fn create(folder: &Path) -> Result<Self> {
        Ok(Durable(File::create(folder.join("fsync"))?))
    }

    fn write(&mut self) -> Result<Duration> {
        timed(|| {
            self.0.write_all(&[0x5e; 4096])?;
            Ok(self.0.sync_all()?)
        })
    }
}
