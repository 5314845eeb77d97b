//! A list of real trade item numbers with names, many of them Cyrillic: every number is read, and the till finds its
//! products by barcode and by name.

use std::path::{Path, PathBuf};
use std::time::Instant;

use selvedge_domain::barcode::Gtin;
use selvedge_domain::ids::ProductId;
use selvedge_domain::quantity::Unit;
use selvedge_domain::time::Day;
use selvedge_store::table::catalogue::{self, NewProduct};
use selvedge_store::table::search;
use selvedge_store::{Store, StoreError};
use selvedge_tests::{company, samples};

const TODAY: Day = Day { year: 2026, month: 11, day: 21 };
/// A list of hits is at most this long.
const HITS: u32 = 50;
/// Names are looked up for every so many products of the real list.
const NTH: usize = 200;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/barcodes.tsv")
}

#[test]
fn the_small_twin_is_found() {
    let list = read(&fixture());
    assert_eq!(list.len(), 5);
    let store = stocked(&list);
    find_all(&store, &list, 1);
    let hits = found(&store, "кружка син");
    assert_eq!(hits, [list[2].id], "beginnings of words, in any case");
    assert_eq!(found(&store, "чай черный"), [list[0].id], "an accent is no difference");
    assert_eq!(found(&store, "creme brulee"), [list[3].id]);
}

#[test]
fn a_hundred_thousand_real_numbers_are_read_and_found() {
    let Some(path) = samples::find("uhtt_mixed_100k.tsv.gz") else { return };
    let begun = Instant::now();
    let list = read(&path);
    assert_eq!(list.len(), 100_000, "every line's number is read");
    let store = stocked(&list);
    println!("{} products are in the store after {} s", list.len(), begun.elapsed().as_secs());
    let cyrillic = list.iter().step_by(NTH).filter(|one| !one.name.is_ascii()).count();
    find_all(&store, &list, NTH);
    println!("of every {NTH}th looked up by name, {cyrillic} are Cyrillic; {} s", begun.elapsed().as_secs());
    assert!(cyrillic > 100, "the list has Cyrillic names");
}

fn read(path: &Path) -> Vec<NewProduct> {
    let mut list = Vec::new();
    for row in samples::rows(path, b'\t').records() {
        let row = row.unwrap();
        let line = row.position().map_or(0, csv::Position::line);
        let gtin = Gtin::parse(&row[1]).unwrap_or_else(|error| panic!("line {line}: {:?}: {error}", &row[1]));
        let number: u128 = row[0].parse().unwrap();
        list.push(NewProduct {
            id: ProductId(uuid::Uuid::from_u128(0x0196_0000_0000_7000_8000_0000_0000_0000 | number)),
            sku: row[0].to_owned(),
            name: row[2].to_owned(),
            variant: String::new(),
            style: String::new(),
            colour: String::new(),
            colour_code: String::new(),
            size: String::new(),
            unit: Unit::Piece,
            tax: "standard".to_owned(),
            brand: row.get(6).unwrap_or_default().to_owned(),
            gtins: vec![gtin],
            popularity: 1,
            active: true,
        });
    }
    list
}

fn stocked(list: &[NewProduct]) -> Store {
    let store = Store::in_memory().unwrap();
    store
        .write::<_, StoreError>("test-products", |tx| {
            let percent = "23".parse().expect("a percentage");
            catalogue::set_tax_rate(tx, "standard", company::always(), percent)?;
            list.chunks(5_000).try_for_each(|page| catalogue::upsert_many(tx, page))
        })
        .unwrap();
    store
}

fn found(store: &Store, text: &str) -> Vec<ProductId> {
    let hits = store.read(|tx| search::find(tx, text, HITS, TODAY)).unwrap();
    hits.into_iter().map(|hit| hit.listed.product.id).collect()
}

/// Every product by its number; every `nth` by its name too.
fn find_all(store: &Store, list: &[NewProduct], nth: usize) {
    store
        .read::<_, StoreError>(|tx| {
            for one in list {
                let listed = catalogue::by_gtin(tx, one.gtins[0].key(), TODAY)?;
                assert!(listed.iter().any(|hit| hit.product.id == one.id), "{} is found by its number", one.sku);
            }
            Ok(())
        })
        .unwrap();
    let mut missed = Vec::new();
    for one in list.iter().step_by(nth).filter(|one| one.name.chars().any(char::is_alphabetic)) {
        let hits = found(store, &one.name);
        let crowded = hits.len() >= usize::try_from(HITS).unwrap();
        if !hits.contains(&one.id) && !crowded {
            missed.push(one.name.clone());
        }
    }
    assert!(missed.is_empty(), "these products are not found by their own names: {missed:#?}");
}
