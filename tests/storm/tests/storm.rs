//! The rounds of an ordinary test run.

#![allow(missing_docs)]

use std::process::Command;

use selvedge_central::store::suite::PrivatePostgres;

fn rounds(default: &str, more: &[&str]) {
    let rounds = std::env::var("SELVEDGE_ROUNDS").unwrap_or_else(|_| default.to_owned());
    let mut storm = Command::new(env!("CARGO_BIN_EXE_selvedge-storm"));
    let storm = storm.args(["rounds", "--rounds", &rounds]).args(more).output().expect("the rounds run");
    let (said, wrong) = (String::from_utf8_lossy(&storm.stdout), String::from_utf8_lossy(&storm.stderr));
    assert!(storm.status.success(), "{said}\n{wrong}");
    println!("{said}");
}

#[test]
fn nothing_is_lost_though_each_is_killed_in_turn() {
    rounds("200", &[]);
}

#[test]
fn nor_with_two_replicas_on_a_postgresql_that_is_killed_too() {
    if PrivatePostgres::start().is_none() {
        return eprintln!("left out: PostgreSQL is not installed (Debian's package postgresql)");
    }
    rounds("60", &["--postgres"]);
}
