//! The rounds of an ordinary test run.

#![allow(missing_docs)]

use std::process::Command;

#[test]
fn nothing_is_lost_though_each_is_killed_in_turn() {
    let rounds = std::env::var("SELVEDGE_ROUNDS").unwrap_or_else(|_| "200".to_owned());
    let storm = Command::new(env!("CARGO_BIN_EXE_selvedge-storm")).args(["rounds", "--rounds", &rounds]).output();
    let storm = storm.expect("the rounds run");
    let (said, wrong) = (String::from_utf8_lossy(&storm.stdout), String::from_utf8_lossy(&storm.stderr));
    assert!(storm.status.success(), "{said}\n{wrong}");
    println!("{said}");
}
