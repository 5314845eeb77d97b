//! Transfers: in any order and however often things are learnt, every account and the state are the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge_domain::Quantity;
use selvedge_domain::ids::{DeviceId, EntryUuid, ProductId, SiteId, TransferId};
use selvedge_domain::stock::transfer::{
    AlreadySent, Transfer, TransferFact, TransferRequest, TransferState, TransferStep,
};
use uuid::Uuid;

const WAREHOUSE: SiteId = SiteId(Uuid::from_u128(1));
const SHOP: SiteId = SiteId(Uuid::from_u128(2));
const DEVICE: DeviceId = DeviceId(Uuid::from_u128(3));

fn id() -> TransferId {
    TransferId(Uuid::from_u128(4))
}

fn product(number: u8) -> ProductId {
    ProductId(Uuid::from_u128(100 + u128::from(number)))
}

fn fact(number: usize) -> EntryUuid {
    EntryUuid(Uuid::from_u128(5_000 + number as u128))
}

fn lines(of: &[(u8, i64)]) -> BTreeMap<ProductId, Quantity> {
    of.iter().map(|(number, pieces)| (product(*number), Quantity::units(*pieces))).collect()
}

fn said(step: TransferStep, of: &[(u8, i64)]) -> TransferFact {
    TransferFact {
        step,
        at_ms: 10,
        from: Some(WAREHOUSE),
        to: SHOP,
        site: if step == TransferStep::Dispatched { WAREHOUSE } else { SHOP },
        device: DEVICE,
        person: None,
        complete: false,
        reason: String::new(),
        lines: lines(of),
    }
}

fn request() -> TransferRequest {
    let (device, person) = (Some(DEVICE), None);
    TransferRequest {
        at_ms: 5,
        from: WAREHOUSE,
        to: SHOP,
        device,
        person,
        note: String::new(),
        lines: lines(&[(0, 3)]),
    }
}

fn told(facts: &[TransferFact]) -> Transfer {
    let mut transfer = Transfer::new(id());
    for (number, one) in facts.iter().enumerate() {
        transfer.hear(fact(number), one.clone());
    }
    transfer
}

#[test]
fn the_way_of_a_transfer() {
    let mut transfer = Transfer { request: Some(request()), ..Transfer::new(id()) };
    assert_eq!(transfer.state(), TransferState::Requested);
    transfer.hear(fact(1), said(TransferStep::Dispatched, &[(0, 3), (1, 2)]));
    assert_eq!(transfer.state(), TransferState::OnTheWay);
    assert_eq!(transfer.cancel(20), Err(AlreadySent(TransferState::OnTheWay)), "goods that left are not cancelled");
    transfer.hear(fact(2), said(TransferStep::Received, &[(0, 3)]));
    assert_eq!(transfer.state(), TransferState::OnTheWay, "more is to come");
    assert_eq!(transfer.in_transit(), lines(&[(1, 2)]));
    transfer.hear(fact(3), TransferFact { complete: true, ..said(TransferStep::Received, &[(1, 1)]) });
    assert_eq!(transfer.state(), TransferState::Differing, "one is missing");
    transfer.hear(fact(4), said(TransferStep::Closed, &[(1, 1)]));
    assert_eq!((transfer.state(), transfer.in_transit()), (TransferState::Closed, BTreeMap::new()));
    let line = transfer.lines()[&product(1)];
    assert_eq!((line.dispatched, line.received), (Quantity::units(2), Quantity::units(1)));
    transfer.hear(fact(5), said(TransferStep::Received, &[(1, 1)]));
    assert_eq!(transfer.state(), TransferState::Differing, "what was written off came after all: a manager is told");
    assert_eq!(transfer.in_transit(), lines(&[(1, -1)]));
}

#[test]
fn what_comes_before_anybody_said_that_it_was_sent_is_right() {
    let mut transfer = told(&[TransferFact { complete: true, from: None, ..said(TransferStep::Received, &[(0, 2)]) }]);
    assert_eq!((transfer.state(), transfer.from(), transfer.to()), (TransferState::Unannounced, None, Some(SHOP)));
    transfer.hear(fact(9), said(TransferStep::Dispatched, &[(0, 2)]));
    assert_eq!((transfer.state(), transfer.from()), (TransferState::Received, Some(WAREHOUSE)));
}

#[test]
fn more_than_was_sent_is_a_difference_too() {
    let transfer = told(&[said(TransferStep::Dispatched, &[(0, 2)]), said(TransferStep::Received, &[(0, 3)])]);
    assert_eq!((transfer.state(), transfer.in_transit()), (TransferState::Differing, lines(&[(0, -1)])));
}

#[test]
fn a_request_that_nobody_wants_ends_and_goods_that_come_all_the_same_count() {
    let mut transfer = Transfer { request: Some(request()), ..Transfer::new(id()) };
    transfer.cancel(20).expect("nothing was sent");
    transfer.cancel(30).expect("twice is once");
    assert_eq!((transfer.state(), transfer.cancelled_ms), (TransferState::Cancelled, Some(20)));
    transfer.hear(fact(1), said(TransferStep::Dispatched, &[(0, 1)]));
    assert_eq!(transfer.state(), TransferState::OnTheWay, "a fact is a fact");
}

fn any_fact() -> impl Strategy<Value = TransferFact> {
    let step = prop_oneof![Just(TransferStep::Dispatched), Just(TransferStep::Received), Just(TransferStep::Closed)];
    let any = (step, prop::collection::vec((0_u8..3, -2_i64..4), 1..4), any::<bool>(), any::<bool>());
    any.prop_map(|(step, of, complete, known)| TransferFact {
        complete,
        from: known.then_some(WAREHOUSE),
        ..said(step, &of)
    })
}

proptest! {
    /// Facts arrive in any order, any of them twice, some by way of another view: the same transfer.
    #[test]
    fn any_order_and_any_duplication_is_the_same(
        facts in prop::collection::vec(any_fact(), 0..7),
        order in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..30),
        asked in any::<bool>(), cancelled in prop::option::of(0_i64..50),
    ) {
        let request = asked.then(request);
        let all = Transfer { request: request.clone(), cancelled_ms: cancelled, ..told(&facts) };
        let mut learnt = Transfer::new(id());
        let mut other = Transfer { request, cancelled_ms: cancelled, ..Transfer::new(id()) };
        for (which, mine) in order {
            if facts.is_empty() { break; }
            let number = which.index(facts.len());
            if mine { &mut learnt } else { &mut other }.hear(fact(number), facts[number].clone());
        }
        for (number, one) in facts.iter().enumerate().rev() {
            other.hear(fact(number), one.clone());
        }
        let (mut one_way, mut other_way) = (learnt.clone(), other.clone());
        one_way.merge(&other);
        other_way.merge(&learnt);
        one_way.merge(&all);
        prop_assert_eq!(&one_way, &all);
        prop_assert_eq!(&other_way, &all);
        prop_assert_eq!((one_way.state(), one_way.in_transit()), (all.state(), all.in_transit()));
    }

    /// What is in transit is what was sent and is neither there nor written off, whatever the state is called.
    #[test]
    fn a_state_that_says_all_is_well_has_nothing_in_transit(facts in prop::collection::vec(any_fact(), 0..7)) {
        let transfer = told(&facts);
        let settled = transfer.in_transit().is_empty();
        match transfer.state() {
            TransferState::Received | TransferState::Closed => prop_assert!(settled),
            TransferState::OnTheWay | TransferState::Differing => prop_assert!(!settled),
            TransferState::Unannounced => prop_assert!(transfer.lines().values().all(|line| line.dispatched.is_zero())),
            TransferState::Requested | TransferState::Cancelled => prop_assert!(facts.is_empty()),
        }
    }
}
