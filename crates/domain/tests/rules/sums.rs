//! Sums of movements: what they stand for counts once, whatever of it is there by itself and whenever it comes.

use proptest::prelude::*;
use selvedge_domain::Quantity;
use selvedge_domain::ids::{LocationId, MovementId, ProductId, SiteId};
use selvedge_domain::stock::ledger::{Account, Balances, Movement, Reason, deltas};
use selvedge_domain::stock::sums::{Line, Sums};
use selvedge_domain::time::Interval;
use uuid::Uuid;

fn movement(number: u128, product: u128, away: bool, lot: u8, pieces: i64) -> Movement {
    let shelf = Account::Location(LocationId(Uuid::from_u128(7)));
    let (from, to) = if away { (shelf, Account::Customer) } else { (Account::Customer, shelf) };
    let at_ms = i64::try_from(number).unwrap_or(0);
    Movement {
        id: MovementId(Uuid::from_u128(number)),
        from,
        to,
        product: ProductId(Uuid::from_u128(product)),
        lot: [None, Some(String::new()), Some("L1".to_owned())][usize::from(lot)].clone(),
        quantity: Quantity::units(pieces),
        interval: Interval { from_ms: at_ms, to_ms: at_ms + 5 },
        reason: if away { Reason::Sale } else { Reason::Return },
    }
}

fn balances(sums: &Sums, there: &[Movement]) -> Vec<(ProductId, Account, Quantity)> {
    let mut all = std::collections::BTreeMap::<(ProductId, Account), Quantity>::new();
    for (line, sum) in sums.iter() {
        for (account, delta) in line.deltas(sum.quantity) {
            *all.entry((line.product, account)).or_default() += delta;
        }
    }
    for one in there {
        for (account, delta) in deltas(one) {
            *all.entry((one.product, account)).or_default() += delta;
        }
    }
    all.into_iter().map(|((product, account), quantity)| (product, account, quantity)).collect()
}

proptest! {
    /// Whatever part of what was added up is there by itself: the rest of the sums and that part are the whole.
    #[test]
    fn the_rest_of_the_sums_and_what_is_there_are_what_happened(
        drawn in proptest::collection::vec((1..4u128, any::<bool>(), 0..3u8, 1..9i64, any::<bool>()), 0..40),
    ) {
        let mut all = Vec::new();
        let mut there = Vec::new();
        for (number, (product, away, lot, pieces, is_there)) in (1u128..).zip(drawn) {
            let one = movement(number, product, away, lot, pieces);
            if is_there {
                there.push(one.clone());
            }
            all.push(one);
        }
        let mut sums = Sums::default();
        all.iter().for_each(|one| sums.add(one));
        let whole = balances(&sums, &[]);
        let mut books = Balances::default();
        all.iter().for_each(|one| books.post(one));
        prop_assert_eq!(&whole, &books.iter().collect::<Vec<_>>(), "sums are what they add up");
        there.iter().for_each(|one| sums.take_off(one));
        prop_assert_eq!(&balances(&sums, &there), &whole, "nothing counts twice");
        prop_assert!(sums.iter().all(|(_, sum)| !sum.quantity.is_negative()));
        let rest: Vec<Movement> = all.iter().filter(|one| !there.contains(one)).cloned().collect();
        rest.iter().for_each(|one| sums.take_off(one));
        prop_assert!(sums.iter().all(|(_, sum)| sum.quantity.is_zero()), "all of it is there by itself");
    }
}

#[test]
fn a_sum_spans_all_that_it_stands_for() {
    let mut sums = Sums::default();
    [30, 10, 20].into_iter().for_each(|number| sums.add(&movement(number, 1, true, 0, 1)));
    let (line, sum) = sums.iter().next().expect("one line");
    assert_eq!(*line, Line::of(&movement(1, 1, true, 1, 1)), "an empty lot is none");
    assert_eq!((sum.quantity, sum.span), (Quantity::units(3), Interval { from_ms: 10, to_ms: 35 }));
    sums.take_off(&movement(9, 2, true, 0, 1));
    assert_eq!(sums.iter().count(), 1, "another line is not touched");
}

#[test]
fn an_account_is_read_back_from_its_key() {
    let (location, site) = (LocationId(Uuid::from_u128(3)), SiteId(Uuid::from_u128(4)));
    let all = [
        Account::Location(location),
        Account::Tote(site),
        Account::Transit(site),
        Account::Supplier,
        Account::Customer,
        Account::Waste,
        Account::Shrinkage,
    ];
    assert_eq!(all.map(|account| Account::of_key(&account.key())), all.map(Some));
    let wrong = ["", "shelf", "location:", "location:7", "customer:1", "Customer"];
    assert!(wrong.iter().all(|key| Account::of_key(key).is_none()));
}
