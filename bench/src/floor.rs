//! The bare minimum: the same rows in a SQLite file without anything around it.

use std::path::Path;

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::products::Item;

const SCHEMA: &str = "
    CREATE TABLE product (
        number INTEGER PRIMARY KEY, id BLOB UNIQUE, sku TEXT, name TEXT, variant TEXT, style TEXT, colour TEXT,
        colour_code TEXT, size TEXT, unit TEXT, tax TEXT, brand TEXT, popularity INTEGER, active INTEGER);
    CREATE INDEX product_by_sku ON product (sku);
    CREATE INDEX product_by_style ON product (style);
    CREATE INDEX product_by_popularity ON product (popularity DESC) WHERE active = 1;
    CREATE TABLE barcode (gtin INTEGER PRIMARY KEY, product INTEGER);
    CREATE TABLE price (product INTEGER PRIMARY KEY, amount INTEGER);
    CREATE VIRTUAL TABLE product_text USING fts5 (text, prefix = '1 2 3');
    -- What the point read reads: everything that a line of the cart shows, in one row.
    CREATE TABLE flat (gtin INTEGER PRIMARY KEY, id BLOB, sku TEXT, name TEXT, variant TEXT, style TEXT, colour TEXT,
        colour_code TEXT, size TEXT, unit TEXT, tax TEXT, amount INTEGER);";

/// Opens a file, set up like the till's.
pub fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "mmap_size", 256 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The bare file.
pub struct Floor {
    connection: Connection,
}

impl Floor {
    /// An empty one.
    pub fn create(file: &Path) -> Result<Self> {
        let connection = open(file)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Floor { connection })
    }

    /// Copies a page of rows.
    pub fn copy(&self, first: u32, items: &[Item]) -> Result<()> {
        let tx = self.connection.unchecked_transaction()?;
        let mut product = tx.prepare_cached(
            "INSERT INTO product VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        let mut barcode = tx.prepare_cached("INSERT INTO barcode VALUES (?1, ?2)")?;
        let mut price = tx.prepare_cached("INSERT INTO price VALUES (?1, ?2)")?;
        for (number, Item { product: p, price: at }) in (first..).zip(items) {
            product.execute(params![
                number,
                p.id.as_bytes(),
                p.sku,
                p.name,
                p.variant,
                p.style,
                p.colour,
                p.colour_code,
                p.size,
                p.unit,
                p.tax,
                p.brand,
                p.popularity,
                p.active,
            ])?;
            for gtin in &p.gtins {
                barcode.execute(params![gtin.parse::<u64>()?, number])?;
            }
            price.execute(params![number, at.amount_minor])?;
        }
        drop((product, barcode, price));
        Ok(tx.commit()?)
    }

    /// Indexes the words of a page of rows.
    pub fn index(&self, first: u32, items: &[Item]) -> Result<()> {
        let tx = self.connection.unchecked_transaction()?;
        let mut text = tx.prepare_cached("INSERT INTO product_text (rowid, text) VALUES (?1, ?2)")?;
        for (number, Item { product: p, .. }) in (first..).zip(items) {
            text.execute(params![number, format!("{} {} {}", p.name, p.variant, p.sku)])?;
        }
        drop(text);
        Ok(tx.commit()?)
    }

    /// Lays out what the point read reads; not part of the copying.
    pub fn flatten(&self) -> Result<()> {
        self.connection.execute_batch(
            "INSERT INTO flat SELECT gtin, id, sku, name, variant, style, colour, colour_code, size, unit, tax, amount
             FROM barcode JOIN product ON product.number = barcode.product JOIN price ON price.product = number
             ORDER BY gtin",
        )?;
        Ok(())
    }

    /// One prepared point read.
    pub fn point(&self, gtin: u64) -> Result<usize> {
        let mut statement = self.connection.prepare_cached("SELECT * FROM flat WHERE gtin = ?1")?;
        let length = statement.query_row([gtin], |row| {
            let mut length = row.get::<_, Vec<u8>>(1)?.len();
            for column in 2..11 {
                length += row.get::<_, String>(column)?.len();
            }
            row.get::<_, Option<i64>>(11)?;
            Ok(length)
        })?;
        Ok(length)
    }

    /// A bare prefix query, unranked: the names of the first that are found.
    pub fn beginning(&self, text: &str, limit: u32) -> Result<usize> {
        let query = text.split_whitespace().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ");
        if query.is_empty() {
            return Ok(0);
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT rowid, text FROM product_text WHERE product_text MATCH ?1 LIMIT ?2")?;
        let rows = statement.query_map((query, limit), |row| row.get::<_, String>(1))?;
        let mut length = 0;
        for row in rows {
            length += row?.len();
        }
        Ok(length)
    }
}
