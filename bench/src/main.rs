//! `selvedge-bench [--smoke] [--products N] [--samples N] [--only NAME] [--json FILE] [--readme FILE]`: measures the till
//! beside the bare minimum, in the same run and by turns, and prints the table of the README, or puts it there. Nothing
//! here is a test: figures are shown, never asserted.

mod behind;
mod company;
mod feed;
mod figure;
mod fleet;
mod floor;
mod intake;
mod lag;
mod lookup;
mod machine;
mod peer;
mod products;
mod reserve;
mod sale;
mod sync;
mod table;
mod typing;
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use selvedge_domain::tax::PriceMode;
use selvedge_tests::Shop;
use tempfile::TempDir;

use crate::figure::Figure;
use crate::floor::Floor;
use crate::products::Products;
use crate::sale::Commits;

/// How much is measured.
#[derive(Clone)]
pub struct Plan {
    smoke: bool,
    products: u32,
    rounds: usize,
    samples: usize,
    json: Option<PathBuf>,
    readme: Option<PathBuf>,
    only: Option<String>,
}

impl Plan {
    fn wants(&self, row: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == row)
    }
}

/// A row of the table, and its name for `--only`.
type Row<'a> = (&'static str, &'a dyn Fn() -> Result<Figure>);

fn main() -> Result<()> {
    let plan = plan(std::env::args().skip(1))?;
    let folder = folder()?;
    eprintln!("{} products in {}", plan.products, folder.path().display());
    let products = Products::new(plan.products);
    let mut notes = Vec::new();
    let mut figures = without_window(&plan, &products, folder.path())?;
    with_central(&plan, &products, folder.path(), &mut figures, &mut notes)?;
    let unseen = match window::is_built() {
        Ok(()) => in_a_window(&plan, &products, folder.path(), &mut figures),
        Err(why) => Err(why),
    };
    if let Err(why) = &unseen {
        notes.push(format!("Not measured: rows with a window, for {why:#}."));
    }
    println!("{}", table::markdown(&figures, &notes, plan.smoke));
    if let Some(file) = &plan.json {
        std::fs::write(file, table::json(&figures, &notes, plan.products))?;
    }
    if let Some(file) = &plan.readme {
        // A table with holes is not the README's.
        unseen?;
        let block = table::block(&figures, plan.products, &machine::description()?);
        let text = std::fs::read_to_string(file)?;
        std::fs::write(file, table::put(&text, &block).context("the README has a place for the table")?)?;
    }
    Ok(())
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan> {
    let mut plan =
        Plan { smoke: false, products: 1_000_000, rounds: 7, samples: 300, json: None, readme: None, only: None };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--smoke" => plan = Plan { smoke: true, products: 10_000, rounds: 2, samples: 48, ..plan },
            "--products" => plan.products = words.next().context("--products N")?.parse()?,
            "--json" => plan.json = Some(words.next().context("--json FILE")?.into()),
            "--readme" => plan.readme = Some(words.next().context("--readme FILE")?.into()),
            "--samples" => plan.samples = words.next().context("--samples N")?.parse()?,
            "--only" => plan.only = Some(words.next().context("--only NAME")?),
            other => bail!("{other:?} is not known, see the head of bench/src/main.rs"),
        }
    }
    Ok(plan)
}

/// Beside the program: on the disk that is being worked on, not in a memory file system.
fn folder() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("a program lies in a folder")?;
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(beside)?)
}

/// The rows of the store and the use cases.
fn without_window(plan: &Plan, products: &Products, folder: &Path) -> Result<Vec<Figure>> {
    if !["barcode", "search", "error", "scan", "sale"].iter().any(|row| plan.wants(row)) {
        return Ok(Vec::new());
    }
    let commits = Arc::new(Commits::default());
    let shop = shop(&folder.join("till"), &commits);
    let floor = Floor::create(&folder.join("floor.db"))?;
    feed::stock(shop.app().store(), products)?;
    for first in feed::pages(products) {
        let items = feed::items(products, first);
        floor.copy(first, &items)?;
        floor.index(first, &items)?;
    }
    floor.flatten()?;
    let changes = behind::changes(&shop, products);
    let mut figures = Vec::new();
    let rows: [Row; 5] = [
        ("barcode", &|| lookup::barcode(plan, products, &shop, &floor)),
        ("search", &|| typing::as_you_type(plan, products, &shop, &floor)),
        ("error", &|| typing::with_an_error(plan, products, &shop, &floor)),
        ("scan", &|| sale::scan_to_line(plan, products, &shop, folder)),
        ("sale", &|| sale::sale_done(plan, products, &shop, &commits, folder)),
    ];
    measure(plan, &rows, &mut figures)?;
    changes.stop();
    Ok(figures)
}

/// The rows of stations and their central.
fn with_central(
    plan: &Plan,
    products: &Products,
    folder: &Path,
    figures: &mut Vec<Figure>,
    notes: &mut Vec<String>,
) -> Result<()> {
    measure(plan, &[("lag", &|| lag::till_to_till(plan, folder))], figures)?;
    if plan.wants("intake") {
        eprintln!("intake");
        match intake::postgres(plan)? {
            Some(figure) => figures.push(figure),
            None => notes.push("Not measured: intake, for PostgreSQL is not installed.".to_owned()),
        }
    }
    if plan.wants("reserve") {
        eprintln!("reserve");
        match reserve::hot(plan)? {
            Some(figure) => figures.push(figure),
            None => notes.push("Not measured: reservations, for PostgreSQL is not installed.".to_owned()),
        }
    }
    if plan.wants("fleet") {
        eprintln!("fleet");
        figures.extend(fleet::rows(plan, folder)?);
    }
    if plan.wants("sync") {
        eprintln!("sync");
        figures.extend(sync::first_sync(plan, products, folder)?);
    }
    Ok(())
}

/// The rows of the built app.
fn in_a_window(plan: &Plan, products: &Products, folder: &Path, figures: &mut Vec<Figure>) -> Result<()> {
    if !["painted", "start", "memory"].iter().any(|row| plan.wants(row)) {
        return Ok(());
    }
    let shop = window::shop(&folder.join("station"), products)?;
    let rows: [Row; 3] = [
        ("painted", &|| window::scan_to_paint(plan, &shop, products, folder)),
        ("start", &|| window::start(plan, &shop, products)),
        ("memory", &|| window::memory(plan, &shop)),
    ];
    measure(plan, &rows, figures)
}

fn measure(plan: &Plan, rows: &[Row], figures: &mut Vec<Figure>) -> Result<()> {
    for (name, row) in rows.iter().filter(|(name, _)| plan.wants(name)) {
        eprintln!("{name}");
        figures.push(row()?);
    }
    Ok(())
}

/// A till with an open shift, whose papers and entries may wait.
fn shop(folder: &Path, commits: &Arc<Commits>) -> Shop {
    let witness = Arc::<Commits>::clone(commits);
    let mut shop = Shop::in_folder(folder, 1, witness).joined(PriceMode::Inclusive);
    shop.leaves_all();
    shop.open(10_000);
    shop
}
