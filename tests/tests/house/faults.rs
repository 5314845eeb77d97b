//! The README promises something for each fault. Each row of its table has a test here, and there is no row without one.

use std::collections::BTreeSet;
use std::fs;

use super::root;

/// A row of the table by what it calls the fault, and a test of it: its file and its name. More tests of the same fault
/// stand beside it.
const TESTED: &[(&str, &str, &str)] = &[
    (
        "power cut or kill at any instant",
        "tests/tests/faults/writes.rs",
        "a_kill_at_any_write_loses_nothing_and_doubles_nothing",
    ),
    ("power cut or kill at any instant", "tests/tests/power/sale.rs", "the_power_fails_at_every_write_of_a_sale"),
    (
        "central or the network away, slow, or talking nonsense",
        "tests/tests/wire.rs",
        "sales_arrive_once_though_central_was_cut_off_in_the_middle",
    ),
    (
        "printer out of paper, open, unplugged, half-printed",
        "tests/tests/faults/printer.rs",
        "a_kill_at_any_byte_prints_every_receipt_once_or_asks",
    ),
    ("disk full", "tests/tests/faults/disk.rs", "a_small_disk_sells_to_its_safe_limit_and_then_refuses_new_sales"),
    (
        "bad barcode, serial line, answer or import file",
        "central/tests/import.rs",
        "a_list_of_barcodes_goes_in_and_what_is_wrong_is_named",
    ),
    (
        "bad barcode, serial line, answer or import file",
        "tests/tests/replay/barcodes.rs",
        "a_hundred_thousand_real_numbers_are_read_and_found",
    ),
    (
        "central restored from an old backup, or lost altogether",
        "tests/tests/wire/recovery.rs",
        "central_restored_from_an_old_backup_or_lost_altogether",
    ),
    ("database file damaged", "tests/tests/wire/damage.rs", "database_file_damaged"),
    ("clock wrong or set back", "tests/tests/faults/clock.rs", "clock_wrong_or_set_back"),
    (
        "two stations with one identity (cloned or restored disk)",
        "tests/tests/wire.rs",
        "two_stations_with_one_identity_go_on_under_new_generations_and_central_applies_both",
    ),
    (
        "two promises for the last piece, one station cut off",
        "tests/tests/wire/set_aside.rs",
        "two_promises_for_the_last_piece_one_station_cut_off",
    ),
    (
        "a newer app with an older central, or the other way",
        "sync/tests/shell.rs",
        "a_newer_app_with_an_older_central_or_the_other_way",
    ),
];

/// The rows that sync and promises answer for: their tests are called after them.
const BY_NAME: &[&str] = &[
    "central restored from an old backup, or lost altogether",
    "database file damaged",
    "clock wrong or set back",
    "two stations with one identity",
    "two promises for the last piece, one station cut off",
    "a newer app with an older central, or the other way",
];

/// The first column of the README's table of faults.
fn rows() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).expect("the README");
    let (_, table) =
        text.split_once("| fault | what you see | what is true afterwards |\n").expect("the table of faults");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|line| line.split('|').nth(1).expect("a cell").trim().to_owned()).collect()
}

#[test]
fn every_fault_of_the_readme_has_a_test() {
    let rows = rows();
    assert!(rows.len() >= 11, "{rows:?}");
    let tested: BTreeSet<&str> = TESTED.iter().map(|(fault, ..)| *fault).collect();
    for row in &rows {
        assert!(tested.contains(row.as_str()), "{row}: no test is listed for it");
    }
    for (fault, file, name) in TESTED {
        assert!(rows.iter().any(|row| row == fault), "{fault} is no row of the README any more");
        let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let at = source.find(&format!("fn {name}()")).unwrap_or_else(|| panic!("{file} has no {name}"));
        let before = source[..at].trim_end().trim_end_matches("async").trim_end();
        assert!(before.ends_with(']') && before.lines().next_back().is_some_and(is_test), "{file}: {name} is no test");
    }
}

fn is_test(attribute: &str) -> bool {
    attribute.trim_start().starts_with("#[test]") || attribute.trim_start().starts_with("#[tokio::test")
}

#[test]
fn a_test_is_called_after_its_fault() {
    for fault in BY_NAME {
        let words = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        let name: String = fault.replace(',', "").chars().map(words).collect();
        let called = TESTED.iter().any(|(of, _, test)| of.starts_with(fault) && test.starts_with(&name));
        assert!(called, "{fault}: no test is called {name}");
    }
}
