//! The data folder: used by one app at a time, and a file that is not ours is not touched.

use std::fs;
use std::sync::Arc;

use selvedge_store::{NoWitness, Store, StoreError};
use selvedge_tests::Shop;
use selvedge_tests::company::SOCKS;

use crate::child;

/// Not a test by itself: the second app.
#[test]
fn the_second_app() {
    if child::role().as_deref() != Some("second") {
        return;
    }
    match Store::open(&child::folder()) {
        Ok(_) => println!("it opened"),
        Err(error) => println!("refused: {error}"),
    }
    std::process::exit(0);
}

#[test]
fn a_second_app_says_so_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop =
        Shop::in_folder(folder.path(), 1, Arc::new(NoWitness)).joined(selvedge_domain::tax::PriceMode::Inclusive);
    shop.open(0);
    shop.scan(SOCKS);
    let output = child::start("folder::the_second_app", "second", folder.path(), "", &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("refused: the data folder") && said.contains("is used by another Selvedge"), "{said}");
    shop.pay(selvedge_domain::tender::TenderKind::Cash);
    shop.settle();
    drop(shop);
    let output = child::start("folder::the_second_app", "second", folder.path(), "", &[]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("it opened"), "free again");
}

#[test]
fn rubbish_is_refused_and_kept() {
    for rubbish in
        [b"not a database at all, but long enough to be read as the head of one".repeat(64), vec![0xa5; 4_097]]
    {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("selvedge.db");
        fs::write(&file, &rubbish).unwrap();
        let refused = Store::open(folder.path()).err().expect("rubbish is no store");
        assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
        assert_eq!(fs::read(&file).unwrap(), rubbish, "a damaged file is not changed");
        assert!(!folder.path().join("selvedge.db-wal").exists(), "nor is anything laid beside it");
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_by_name_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop =
        Shop::in_folder(folder.path(), 1, Arc::new(NoWitness)).joined(selvedge_domain::tax::PriceMode::Inclusive);
    shop.leaves_all();
    let newer = selvedge_store::SCHEMA_VERSION + 1;
    let later = |tx: &selvedge_store::Tx| Ok(tx.pragma_update(None, "user_version", newer)?);
    shop.app().store().write::<_, StoreError>("test-newer", later).unwrap();
    drop(shop);
    let content = |name: &str| fs::read(folder.path().join(name)).unwrap_or_default();
    let before = (content("selvedge.db"), content("selvedge.db-wal"));
    let refused = Store::open(folder.path()).err().expect("a newer file is not opened");
    let StoreError::Newer { found, known } = refused else { panic!("{refused:?}") };
    assert_eq!((found, known), (newer, selvedge_store::SCHEMA_VERSION));
    let after = (content("selvedge.db"), content("selvedge.db-wal"));
    assert!(before == after || (after.1.is_empty() && !after.0.is_empty()), "a newer file is not changed");
    let again = Store::open(folder.path()).err().expect("nor at the second try");
    assert!(matches!(again, StoreError::Newer { .. }), "{again:?}");
}
