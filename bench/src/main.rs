//! `selvedge-bench [--smoke] [--products N] [--samples N] [--only NAME] [--json FILE]`: measures the till beside the bare
//! minimum, in the same run and by turns, and prints the table of the README. Nothing here is a test: figures are shown,
//! never asserted.

mod figure;
mod floor;
mod lookup;
mod products;
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
pub struct Plan {
    smoke: bool,
    products: u32,
    rounds: usize,
    samples: usize,
    json: Option<PathBuf>,
    only: Option<String>,
}

fn main() -> Result<()> {
    let plan = plan(std::env::args().skip(1))?;
    let folder = folder()?;
    eprintln!("{} products in {}", plan.products, folder.path().display());
    let products = Products::new(plan.products);
    let commits = Arc::new(Commits::default());
    let shop = shop(&folder.path().join("till"), &commits);
    let floor = Floor::create(&folder.path().join("floor.db"))?;

    let synced = sync::first_sync(&plan, &products, &shop, &floor)?;
    let changes = sync::Changes::start(&shop, &products);
    let mut figures = Vec::new();
    let rows: [(&str, &dyn Fn() -> Result<Figure>); 5] = [
        ("barcode", &|| lookup::barcode(&plan, &products, &shop, &floor)),
        ("search", &|| typing::as_you_type(&plan, &products, &shop, &floor)),
        ("error", &|| typing::with_an_error(&plan, &products, &shop, &floor)),
        ("scan", &|| sale::scan_to_line(&plan, &products, &shop, folder.path())),
        ("sale", &|| sale::sale_done(&plan, &products, &shop, &commits, folder.path())),
    ];
    for (name, row) in rows {
        if plan.only.as_ref().is_none_or(|only| only == name) {
            eprintln!("{name}");
            figures.push(row()?);
        }
    }
    changes.stop();
    figures.push(synced);

    let mut notes = Vec::new();
    if plan.only.is_none() {
        match window::is_built() {
            Ok(()) => figures.extend(window::figures(&plan)?),
            Err(why) => notes.push(format!("Not measured: the rows with a window, for {why:#}.")),
        }
    }
    println!("{}", table::markdown(&figures, &notes, plan.smoke));
    if let Some(file) = &plan.json {
        std::fs::write(file, table::json(&figures, &notes, plan.products))?;
    }
    Ok(())
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan> {
    let mut plan = Plan { smoke: false, products: 1_000_000, rounds: 7, samples: 300, json: None, only: None };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--smoke" => plan = Plan { smoke: true, products: 10_000, rounds: 2, samples: 48, ..plan },
            "--products" => plan.products = words.next().context("--products N")?.parse()?,
            "--json" => plan.json = Some(words.next().context("--json FILE")?.into()),
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

/// A till with an open shift. Nobody audits it: it holds more than an auditor reads in this time.
fn shop(folder: &Path, commits: &Arc<Commits>) -> Shop {
    let witness = Arc::<Commits>::clone(commits);
    let mut shop = Shop::in_folder(folder, 1, witness).joined(PriceMode::Inclusive);
    shop.leaves_all();
    shop.open(10_000);
    shop
}
