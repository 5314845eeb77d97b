//! What SQLite itself needs for a sale: the rows that the till wrote for the last one, written once more by hand into the
//! same tables of a bare file.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::figure::timed;
use crate::floor;

/// What a sale writes, as (table, which of its rows).
const ROWS: &[(&str, &str)] = &[
    ("counter", "name LIKE 'receipt %'"),
    ("entry", "number = (SELECT max(number) FROM entry)"),
    ("movement", "sequence = (SELECT max(sequence) FROM entry)"),
    ("balance", "product IN (SELECT product FROM movement WHERE sequence = (SELECT max(sequence) FROM entry))"),
    ("sale", "number = (SELECT max(number) FROM sale)"),
    ("shift", "closed = 0"),
    ("print_job", "number = (SELECT max(number) FROM print_job)"),
    ("drawer_job", "number = (SELECT max(number) FROM drawer_job)"),
    ("setting", "name IN ('showing-sale', 'sold-last')"),
];

/// The till's file, only read, and the bare one.
pub struct Peer {
    till: Connection,
    bare: Connection,
}

impl Peer {
    /// Makes the same tables with the same indexes in a file that is set up like the till's.
    pub fn create(till: &Path, bare: &Path) -> Result<Self> {
        let till = Connection::open_with_flags(till, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let bare = floor::open(bare)?;
        // The catalogue, to which some rows point, is not there.
        bare.pragma_update(None, "foreign_keys", false)?;
        for (table, _) in ROWS {
            let mut statement =
                till.prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 AND sql IS NOT NULL")?;
            let all = statement.query_map([table], |row| row.get::<_, String>(0))?;
            for sql in all {
                bare.execute_batch(&sql?)?;
            }
        }
        Ok(Peer { till, bare })
    }

    /// Writes the last sale's rows and commits.
    pub fn write(&self) -> Result<Duration> {
        let mut rows: Vec<(String, Vec<Value>)> = Vec::new();
        for (table, which) in ROWS {
            let mut statement = self.till.prepare_cached(&format!("SELECT * FROM {table} WHERE {which}"))?;
            let columns = statement.column_count();
            let sql = format!("INSERT OR REPLACE INTO {table} VALUES (?{})", ", ?".repeat(columns - 1));
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let values = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
                rows.push((sql.clone(), values));
            }
        }
        timed(|| {
            self.bare.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for (sql, values) in &rows {
                self.bare.prepare_cached(sql)?.execute(params_from_iter(values))?;
            }
            Ok(self.bare.prepare_cached("COMMIT")?.execute([])?)
        })
    }
}
