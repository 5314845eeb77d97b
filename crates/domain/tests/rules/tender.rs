//! Payment: what is due, what is change, and what is offered.

use proptest::prelude::*;
use selvedge_domain::ids::TenderId;
use selvedge_domain::tender::{Tender, TenderError, TenderKind, check, coins, quick_amounts, settle};
use selvedge_domain::{Amount, Currency};
use uuid::Uuid;

use crate::make::amount;

fn tender(kind: TenderKind, minor: i64) -> Tender {
    Tender { id: TenderId(Uuid::from_u128(1)), kind, amount: amount(minor), reference: String::new() }
}

proptest! {
    #[test]
    fn what_is_taken_settles_the_sale(
        total in -50_000..50_000_i64,
        offers in prop::collection::vec((0..3_u8, prop_oneof![-60_000..60_000_i64, Just(i64::MIN), Just(i64::MAX)]), 0..12),
    ) {
        let total = amount(total);
        let mut taken = Vec::new();
        for (kind, minor) in offers {
            let kind = [TenderKind::Cash, TenderKind::Card, TenderKind::Voucher][usize::from(kind)];
            let before = settle(total, &taken);
            if check(total, &taken, kind, amount(minor)).is_err() {
                continue;
            }
            taken.push(tender(kind, minor));
            let after = settle(total, &taken);
            prop_assert!(after.due.abs() < before.due.abs(), "every payment brings it nearer");
            prop_assert!(after.due.is_zero() || after.change.is_zero());
            prop_assert_eq!(after.tendered + after.due - after.change, total);
            prop_assert_eq!(after.due.is_negative(), total.is_negative() && !after.due.is_zero());
            prop_assert!(!after.change.is_negative());
            let cash: Amount = taken.iter().filter(|one| one.kind == TenderKind::Cash).map(|one| one.amount).sum();
            prop_assert!(after.change <= cash.abs(), "change comes out of the cash that was given");
        }
        let due = settle(total, &taken).due;
        if !due.is_zero() {
            for kind in [TenderKind::Cash, TenderKind::Card, TenderKind::Voucher] {
                prop_assert_eq!(check(total, &taken, kind, due), Ok(()), "what is due is always taken");
            }
        }
    }

    #[test]
    fn offered_amounts_are_more_than_due_and_ascend(
        due in -100..5_000_000_i64,
        code in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
    ) {
        let offered = quick_amounts(amount(due), Currency::parse(code).expect("a currency"));
        prop_assert!(offered.len() <= 5 && (due > 0 || offered.is_empty()));
        prop_assert!(offered.iter().all(|one| one.minor() > due));
        prop_assert!(offered.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn coins_make_the_change(change in 0..10_000_000_i64) {
        let coins = coins(amount(change));
        prop_assert_eq!(coins.iter().map(|(piece, count)| piece.minor() * count).sum::<i64>(), change);
        prop_assert!(coins.windows(2).all(|pair| pair[0].0 > pair[1].0));
        prop_assert!(coins.iter().all(|(piece, count)| *count == 1 || piece.minor() == 50_000 || *count == 2));
    }
}

#[test]
fn what_no_till_holds_is_not_taken() {
    let (total, beyond) = (amount(100), amount(Amount::LIMIT_MINOR + 1));
    assert_eq!(check(total, &[], TenderKind::Cash, beyond), Err(TenderError::WrongAmount));
    assert_eq!(check(-total, &[], TenderKind::Cash, -beyond), Err(TenderError::WrongAmount));
    assert_eq!(check(total, &[], TenderKind::Card, amount(101)), Err(TenderError::MoreThanDue));
    assert_eq!(check(-total, &[], TenderKind::Cash, amount(-101)), Err(TenderError::MoreThanDue));
}

#[test]
fn offers_are_what_people_hand_over() {
    let offers = |due: i64, code: &str| -> Vec<i64> {
        let currency = Currency::parse(code).expect("a currency");
        quick_amounts(amount(due), currency).iter().map(|one| one.minor()).collect()
    };
    assert_eq!(offers(2399, "EUR"), [2500, 3000, 4000, 5000, 10_000]);
    assert_eq!(offers(2000, "EUR"), [5000, 10_000, 20_000, 50_000], "20 itself is the exact key");
    assert_eq!(offers(1230, "JPY"), [1500, 2000, 5000, 10_000, 20_000]);
    assert_eq!(coins(amount(-5)), []);
}
