//! The first sync of a station, from its code to the first sale and to the last word of the search.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};
use selvedge_store::NoWitness;

use crate::Plan;
use crate::company::Central;
use crate::feed;
use crate::figure::{Figure, Goal, Spread, Unit};
use crate::floor::Floor;
use crate::products::Products;

/// How often it is looked how far the station is.
const LOOK: Duration = Duration::from_millis(5);
/// What is not there by then does not come.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// When a station could sell everything by barcode, and when its search knew all words.
#[derive(Clone, Copy)]
struct Took {
    sale: Duration,
    search: Duration,
}

/// A station joins a central that has all products and made its snapshot before, and does what stations do; beside it
/// the same rows go into a bare file, and then their words.
pub fn first_sync(plan: &Plan, products: &Products, folder: &Path) -> Result<[Figure; 2]> {
    let central = Central::start(&folder.join("first"))?;
    central.import(products)?;
    eprintln!("central has {} products", products.count());
    let rounds = if plan.smoke { 1 } else { 3 };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    // The first one has central make its snapshot, and is not kept.
    for round in 0..=rounds {
        for turn in 0..2 {
            let place = folder.join(format!("first-{round}-{turn}"));
            std::fs::create_dir(&place)?;
            if (round + turn) % 2 == 0 {
                let took = by_hand(&place, products)?;
                eprintln!("by hand: rows {:.1?}, words {:.1?}", took.sale, took.search);
                bare.push(took);
            } else {
                let took = joined(&central, &place, products)?;
                eprintln!("a station: sells {:.1?}, searches {:.1?}", took.sale, took.search);
                ours.push(took);
            }
            std::fs::remove_dir_all(&place)?;
        }
    }
    let spread = |took: &[Took], of: fn(&Took) -> Duration| {
        let mut rounds: Vec<Vec<u64>> =
            took[1..].iter().map(|one| vec![u64::try_from(of(one).as_nanos()).unwrap_or(u64::MAX)]).collect();
        Spread::of(&mut rounds)
    };
    let figure = |name, floor_name, of: fn(&Took) -> Duration| Figure {
        name,
        unit: Unit::Time,
        ours: spread(&ours, of),
        floor: spread(&bare, of),
        floor_name,
        goal: Goal::Tenths(15),
        notes: Vec::new(),
    };
    Ok([
        figure("first sync from the code to every sale by barcode", "copying the same rows with bare SQLite", |one| {
            one.sale
        }),
        figure(
            "first sync from the code to search ready",
            "copying and indexing the same rows with bare SQLite",
            |one| one.search,
        ),
    ])
}

fn by_hand(folder: &Path, products: &Products) -> Result<Took> {
    let floor = Floor::create(&folder.join("bare.db"))?;
    let (mut rows, mut words) = (Duration::ZERO, Duration::ZERO);
    for first in feed::pages(products) {
        let items = feed::items(products, first);
        let start = Instant::now();
        floor.copy(first, &items)?;
        rows += start.elapsed();
    }
    for first in feed::pages(products) {
        let items = feed::items(products, first);
        let start = Instant::now();
        floor.index(first, &items)?;
        words += start.elapsed();
    }
    Ok(Took { sale: rows, search: rows + words })
}

/// From the code to both.
fn joined(central: &Central, folder: &Path, products: &Products) -> Result<Took> {
    let start = Instant::now();
    let station = central.station(folder, 0, Arc::new(NoWitness))?;
    // A person waits until it is returned.
    let usable = start.elapsed();
    let seen = Seen::of(folder.join("selvedge.db"), products)?;
    let sale = start.elapsed().max(usable);
    let sale = seen.until(start, sale, Seen::sells_all)?;
    let search = seen.until(start, sale, Seen::finds_all)?;
    ensure!(station.app().status_line().is_ok(), "the station goes on");
    Ok(Took { sale, search })
}

/// A look into the station's file from outside.
struct Seen {
    file: Connection,
    last: Vec<u64>,
}

impl Seen {
    fn of(file: PathBuf, products: &Products) -> Result<Self> {
        let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let last = [0, products.count() / 2, products.count() - 1].map(|at| products.get(at).product.gtins[0].parse());
        Ok(Seen { file, last: last.into_iter().collect::<Result<_, _>>()? })
    }

    fn until(&self, start: Instant, least: Duration, is: fn(&Seen) -> Result<bool>) -> Result<Duration> {
        let mut took = least;
        while !is(self)? {
            sleep(LOOK);
            took = start.elapsed();
            ensure!(took < PATIENCE, "the first sync ends");
        }
        Ok(took)
    }

    /// The last row came with a price.
    fn sells_all(&self) -> Result<bool> {
        let sql = "SELECT count(*) FROM barcode JOIN price ON price.product = barcode.product WHERE gtin = ?1";
        for gtin in &self.last {
            let found: u32 = self.file.prepare_cached(sql)?.query_row([gtin], |row| row.get(0))?;
            if found == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn finds_all(&self) -> Result<bool> {
        let sql = "SELECT name FROM setting WHERE name IN ('feed-cursor', 'search-up-to')";
        let mut statement = self.file.prepare_cached(sql).context("the station has settings")?;
        let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names == ["feed-cursor"])
    }
}
