//! What must be true after the rounds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use selvedge_store::table::{journal, station};
use selvedge_store::{Store, StoreError};
use selvedge_tests::audit;
use serde_json::Value;

use crate::process::ask_central;

/// A till's folder, and the receipts that it said were done.
pub struct Sold {
    pub folder: PathBuf,
    pub receipts: Arc<Mutex<Vec<String>>>,
}

/// Compares what was said, what the tills hold and what central holds; the number of sales.
pub fn check(store: &str, tills: &[Sold]) -> Result<usize> {
    let entries = export(store, "entries")?;
    let sales = export(store, "sales")?;
    let stock = export(store, "stock")?;
    let mut there = 0;
    let mut sold_pieces: BTreeMap<String, i64> = BTreeMap::new();
    for till in tills {
        let own = Store::open(&till.folder)?;
        let books = audit::check(&own);
        let station = own.read::<_, StoreError>(station::get)?.context("it joined")?;
        let mut hashes = Vec::new();
        own.read::<_, StoreError>(|tx| {
            for generation in journal::generations(tx)? {
                let found = journal::after(tx, station.device, generation, 0, u32::MAX)?;
                hashes.extend(found.iter().map(|entry| entry.hash.to_string()));
            }
            Ok(())
        })?;
        let device = station.device.to_string();
        let at_central = texts(&entries, &device, "hash");
        ensure!(at_central == hashes, "central has the journal of till {} once, in order", station.till);
        there += hashes.len();
        let receipts = texts(&sales, &device, "receipt");
        let own_receipts: Vec<String> = books.sales.iter().map(|sale| sale.receipt.clone()).collect();
        ensure!(receipts == own_receipts, "central has the sales of till {}", station.till);
        // A till that is killed between its commit and its word has said less than it did, never more.
        let mut held = receipts.iter();
        for said in till.receipts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            ensure!(held.any(|receipt| receipt == said), "{said} was shown as done and is there once, in order");
        }
        for line in books.sales.iter().flat_map(|sale| &sale.lines) {
            *sold_pieces.entry(line.product.to_string()).or_default() += line.quantity_thousandths;
        }
    }
    ensure!(entries.len() == there, "central has nothing that no till wrote");
    for line in stock.iter().filter(|line| line["location_kind"] == "sales-floor") {
        let product = line["product"].as_str().context("a product")?;
        let left = 1_000_000 - sold_pieces.get(product).copied().unwrap_or(0);
        ensure!(line["quantity_thousandths"] == left, "central holds {left} thousandths: {line}");
    }
    Ok(sales.len())
}

fn texts(lines: &[Value], device: &str, field: &str) -> Vec<String> {
    let own = lines.iter().filter(|line| line["device"] == device);
    own.filter_map(|line| Some(line[field].as_str()?.to_owned())).collect()
}

fn export(store: &str, kind: &str) -> Result<Vec<Value>> {
    let lines = ask_central(&["export", "--kind", kind, "--store", store])?;
    lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
