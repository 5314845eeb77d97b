//! Numbered, additive migrations. A file from a newer version is refused by name and left untouched.

use rusqlite::Connection;

use crate::StoreError;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_till.sql"),
    include_str!("../migrations/0002_search.sql"),
    include_str!("../migrations/0003_drawer_ticks.sql"),
    include_str!("../migrations/0004_fewer_trees.sql"),
    include_str!("../migrations/0005_generation.sql"),
    include_str!("../migrations/0006_held.sql"),
    include_str!("../migrations/0007_decisions.sql"),
    include_str!("../migrations/0008_bases.sql"),
    include_str!("../migrations/0009_promises.sql"),
    include_str!("../migrations/0010_transfers.sql"),
    include_str!("../migrations/0011_allotments.sql"),
];

/// The newest schema that this build knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings a file to [`SCHEMA_VERSION`], each step in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_to(connection, SCHEMA_VERSION)
}

fn migrate_to(connection: &mut Connection, target: i64) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { found, known: SCHEMA_VERSION });
    }
    for (version, sql) in (1..).zip(MIGRATIONS) {
        if version > found && version <= target {
            let step = connection.transaction()?;
            step.execute_batch(sql)?;
            step.pragma_update(None, "user_version", version)?;
            step.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_old_schema_is_brought_to_the_newest() {
        for old in 0..=SCHEMA_VERSION {
            let mut connection = Connection::open_in_memory().expect("memory");
            migrate_to(&mut connection, old).expect("an old file");
            migrate(&mut connection).expect("the upgrade");
            let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version");
            assert_eq!(version, SCHEMA_VERSION, "an upgrade ends at the newest schema");
        }
    }

    #[test]
    fn what_an_older_file_holds_is_carried_over() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate_to(&mut connection, 2).expect("an old file");
        connection
            .execute_batch(
                "INSERT INTO movement VALUES (x'01', x'02', 3, x'04', 'location:5', 'customer', NULL, 1000, 6, 7, 'sale');
                 INSERT INTO sale VALUES (x'01', 1, '04-AB-1', x'02', 3, '{}');",
            )
            .expect("old rows");
        migrate(&mut connection).expect("the upgrade");
        let rows = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a row");
        let moved = "SELECT hex(id) || sequence || hex(product) || from_account || quantity || reason FROM movement";
        assert_eq!(rows(moved), "01304location:51000sale");
        assert_eq!(
            rows("SELECT number || hex(id) || receipt || hex(generation) || sequence || body FROM sale"),
            "10104-AB-1023{}"
        );
    }

    #[test]
    fn a_station_that_joined_before_generations_were_kept_knows_its_own() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate_to(&mut connection, 2).expect("an old file");
        let body = r#"{"generation":"01900000-0000-7000-8000-00000000000a","short":"2K7","public_key":"ab"}"#;
        connection.execute("INSERT INTO station (only, body) VALUES (1, ?1)", [body]).expect("a station");
        migrate(&mut connection).expect("the upgrade");
        let found: (Vec<u8>, String, String, Option<Vec<u8>>) = connection
            .query_row("SELECT id, short, public_key, after FROM generation", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .expect("its generation");
        let id = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_000a);
        assert_eq!(found, (id.as_bytes().to_vec(), "2K7".to_owned(), "ab".to_owned(), None));
    }

    #[test]
    fn a_newer_file_is_refused_and_untouched() {
        let mut connection = Connection::open_in_memory().expect("memory");
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).expect("a newer file");
        assert!(matches!(migrate(&mut connection), Err(StoreError::Newer { .. })));
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("a count");
        assert_eq!(tables, 0, "a file from a newer version is not touched");
    }
}
