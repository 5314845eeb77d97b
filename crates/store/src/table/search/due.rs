//! Writing what products are found by, many at a time and in the index's own order: it is slow in any other.

use std::collections::{BTreeMap, BTreeSet};

use super::{row_of, words};
use crate::table::catalogue::NewProduct;
use crate::{StoreError, Tx};

/// What a product is found by, and under which row of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    row: i64,
    /// As they are written; they are folded when the index is.
    parts: Vec<String>,
}

impl Entry {
    /// Of a product; none when it is not sold: it is not found then.
    pub fn of(number: i64, product: &NewProduct) -> Option<Self> {
        let parts = [&product.name, &product.variant, &product.colour, &product.size, &product.sku, &product.brand];
        let parts = parts.map(String::as_str);
        product.active.then(|| Entry::new(number, product.popularity, &parts))
    }

    /// Of its parts.
    pub fn new(number: i64, popularity: u32, parts: &[&str]) -> Self {
        Entry { row: row_of(number, popularity), parts: parts.iter().map(|part| (*part).to_owned()).collect() }
    }
}

/// A change to the index that is still to be made.
#[derive(Debug)]
pub struct Due {
    /// The product.
    pub number: i64,
    /// What the index has of it.
    pub was: Option<Entry>,
    /// What it shall have.
    pub is: Option<Entry>,
}

/// Makes changes; several of one product count in their order.
pub fn index(tx: &Tx, due: Vec<Due>) -> Result<(), StoreError> {
    let mut products: BTreeMap<i64, Due> = BTreeMap::new();
    for one in due {
        match products.get_mut(&one.number) {
            Some(earlier) => earlier.is = one.is,
            None => drop(products.insert(one.number, one)),
        }
    }
    let mut rows = BTreeMap::new();
    // What the search will come to by itself is not written twice.
    let known = super::behind::up_to(tx)?.unwrap_or(i64::MAX);
    let changed = products.into_values().filter(|due| due.was != due.is && due.number <= known);
    for Due { was, is, .. } in changed {
        if let Some(was) = was {
            rows.entry(was.row).or_insert((false, None)).0 = true;
        }
        if let Some(is) = is {
            rows.entry(is.row).or_insert((false, None)).1 = Some(is.parts);
        }
    }
    write(tx, rows)
}

/// New entries of products that the index does not have.
pub(super) fn add(tx: &Tx, entries: impl IntoIterator<Item = Entry>) -> Result<(), StoreError> {
    write(tx, entries.into_iter().map(|entry| (entry.row, (false, Some(entry.parts)))).collect())
}

fn write(tx: &Tx, rows: BTreeMap<i64, (bool, Option<Vec<String>>)>) -> Result<(), StoreError> {
    let mut delete = tx.prepare_cached("DELETE FROM product_text WHERE rowid = ?1")?;
    let mut insert = tx.prepare_cached("INSERT INTO product_text (rowid, text) VALUES (?1, ?2)")?;
    let mut known = BTreeSet::new();
    for (row, (old, new)) in rows {
        if old {
            delete.execute([row])?;
        }
        if let Some(parts) = new {
            let words = words::index_words(parts.iter().map(String::as_str));
            insert.execute((row, words.join(" ")))?;
            known.extend(words.into_iter().filter(|word| words::is_letters(word)));
        }
    }
    let mut insert = tx.prepare_cached("INSERT INTO word (word) VALUES (?1) ON CONFLICT DO NOTHING")?;
    for word in known {
        insert.execute([word])?;
    }
    Ok(())
}
