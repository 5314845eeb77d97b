//! Some seeds in every test run; more when `SELVEDGE_SEEDS` asks for them.

#![allow(missing_docs)]

use selvedge_simulation::{Counts, Runner};

/// Seeds of an ordinary test run.
const FEW: u64 = 100;

/// What happens at least once in so many seeds: a generator that has become tame proves nothing.
const WANTED: [&str; 44] = [
    "answers lost",
    "bases taken back",
    "baskets",
    "broken",
    "cause: dead holder",
    "cause: hand sale",
    "central away",
    "central lost",
    "central restored",
    "central's power",
    "clocks turned",
    "clones",
    "collected",
    "damaged files",
    "drawn",
    "goods by their paper",
    "goods received",
    "goods sent",
    "goods written off",
    "imports",
    "late joins",
    "late repeats",
    "lent",
    "let go",
    "lines cut",
    "long absences",
    "newer entries",
    "nonsense",
    "older disks",
    "pokes",
    "power cuts",
    "prices",
    "pruned",
    "requests doubled",
    "requests lost",
    "returns",
    "revoked",
    "sales",
    "snapshots",
    "streams cut",
    "streams half-open",
    "told set aside",
    "transfers asked for",
    "web shop's answers lost",
];

#[test]
fn every_seed_keeps_every_rule() {
    let seeds = std::env::var("SELVEDGE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(FEW);
    let runner = Runner::new();
    let mut counts = Counts::new();
    for seed in 1..=seeds {
        match runner.run(seed) {
            Ok(lived) => lived.into_iter().for_each(|(what, count)| *counts.entry(what).or_default() += count),
            Err(broken) => panic!("\n{broken}"),
        }
    }
    println!("{seeds} seeds: {counts:?}");
    for what in WANTED {
        assert!(counts.get(what).is_some_and(|count| *count > 0), "the runs know {what}: {counts:?}");
    }
}

#[test]
fn a_seed_is_the_same_every_time() {
    let (one, other) = (Runner::new(), Runner::new());
    for seed in [3, 11] {
        let (first, second) = (one.trace(seed), other.trace(seed));
        assert!(first.0.is_ok(), "{first:?}");
        assert_eq!(first, second, "the same seed lives the same life");
    }
}
