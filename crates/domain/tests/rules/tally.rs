//! A tally: what counts was proved by a scan, and nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge_domain::Quantity;
use selvedge_domain::ids::ProductId;
use selvedge_domain::stock::tally::{Tally, TallyError, WrongPiece};
use uuid::Uuid;

fn product(number: u8) -> ProductId {
    ProductId(Uuid::from_u128(100 + u128::from(number)))
}

fn expects(of: &[(u8, i64)]) -> Tally {
    Tally::of(Some(of.iter().map(|(number, pieces)| (product(*number), Quantity::units(*pieces))).collect()))
}

#[test]
fn the_screen_says_one_thing_to_do_next() {
    let mut tally = expects(&[(1, 2), (2, 1)]);
    assert_eq!(tally.next(), Some((product(1), Quantity::units(2))));
    tally.count(product(2), "b").expect("any order will do");
    assert_eq!(tally.next(), Some((product(1), Quantity::units(2))));
    tally.count(product(1), "a").expect("expected");
    assert_eq!(tally.next(), Some((product(1), Quantity::units(1))));
    tally.count(product(1), "a").expect("expected");
    assert_eq!((tally.next(), tally.difference()), (None, BTreeMap::new()));
    assert_eq!(tally.counted(), [(product(2), Quantity::units(1)), (product(1), Quantity::units(2))]);
}

#[test]
fn a_wrong_piece_counts_for_nothing_until_somebody_means_it() {
    let mut tally = expects(&[(1, 1)]);
    assert_eq!(tally.count(product(9), "x"), Err(WrongPiece::NotExpected));
    tally.count(product(1), "a").expect("expected");
    assert_eq!(tally.count(product(1), "a"), Err(WrongPiece::Enough));
    assert_eq!(tally.steps.len(), 1, "wrong scans left nothing");
    tally.count_anyway(product(9), "x");
    assert_eq!(tally.difference(), [(product(9), Quantity::units(-1))].into());
}

#[test]
fn a_quantity_is_set_of_what_was_scanned_only() {
    let mut tally = Tally::of(None);
    assert_eq!(tally.set(product(1), Quantity::units(12)), Err(TallyError::NotScanned));
    tally.count(product(1), "a").expect("nobody knows what is expected");
    tally.set(product(1), Quantity::units(12)).expect("it was scanned");
    assert_eq!(tally.set(product(1), Quantity::units(-1)), Err(TallyError::Quantity));
    assert_eq!((tally.counted_of(product(1)), tally.scanned(product(1))), (Quantity::units(12), Some("a")));
    tally.undo().expect("the quantity");
    assert_eq!(tally.counted_of(product(1)), Quantity::ONE);
    tally.undo().expect("the scan");
    assert!(tally.undo().is_none() && tally.counted().is_empty());
}

proptest! {
    /// Without a person who means it, never more than is expected, and every piece by a scan of its own.
    #[test]
    fn what_counts_was_scanned(scans in prop::collection::vec(0_u8..4, 0..40), of in prop::collection::vec((0_u8..3, 1_i64..5), 0..3)) {
        let mut tally = expects(&of);
        let mut good: BTreeMap<ProductId, i64> = BTreeMap::new();
        for number in scans {
            if tally.count(product(number), "s").is_ok() {
                *good.entry(product(number)).or_default() += 1;
            }
        }
        let expected = tally.expected.clone().expect("it expects");
        for (product, quantity) in tally.counted() {
            prop_assert!(quantity <= expected[&product]);
            prop_assert_eq!(quantity, Quantity::units(good[&product]));
        }
        prop_assert!(tally.difference().values().all(|missing| !missing.is_negative()));
        let before = tally.clone();
        tally.count_anyway(product(3), "s");
        tally.undo();
        prop_assert_eq!(tally, before);
    }
}
