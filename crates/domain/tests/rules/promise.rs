//! Promises: never beyond stock without a recorded cause, and the same whatever order things are learnt in.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, DeviceId, EntryUuid, ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::{
    Allotment, AllotmentState, Book, Cause, CauseKind, Figures, Key, NotNow, Promise, PromiseKind, PromiseLine,
    PromiseState,
};
use uuid::Uuid;

const SITE: SiteId = SiteId(Uuid::from_u128(1));

fn product(number: u8) -> ProductId {
    ProductId(Uuid::from_u128(100 + u128::from(number)))
}

fn key(number: u8) -> Key {
    (SITE, product(number))
}

fn fact(number: u64) -> EntryUuid {
    EntryUuid(Uuid::from_u128(5_000 + u128::from(number)))
}

fn cause(number: u64) -> Cause {
    Cause { at_ms: i64::try_from(number).expect("small"), kind: CauseKind::HandSale, fact: Some(fact(number)) }
}

fn promise(number: u64, lines: &[(u8, i64)], allotment: Option<AllotmentId>) -> Promise {
    let line =
        |(of, pieces): &(u8, i64)| PromiseLine { product: product(*of), quantity: Quantity::units(*pieces), allotment };
    Promise {
        id: PromiseId(Uuid::from_u128(1_000 + u128::from(number))),
        site: SITE,
        kind: PromiseKind::Reservation,
        state: PromiseState::Reserved,
        made_ms: i64::try_from(number).expect("small"),
        expires_ms: Some(10_000),
        ended_ms: None,
        lines: lines.iter().map(line).collect(),
        deliveries: BTreeMap::new(),
        cause: None,
    }
}

fn allotment(number: u64, pieces: i64) -> Allotment {
    Allotment {
        id: AllotmentId(Uuid::from_u128(2_000 + u128::from(number))),
        device: DeviceId(Uuid::from_u128(3_000)),
        site: SITE,
        product: product(0),
        quantity: Quantity::units(pieces),
        granted_ms: i64::try_from(number).expect("small"),
        ttl_ms: 1_000,
        state: AllotmentState::Open,
        draws: BTreeMap::new(),
        reported_used: Quantity::ZERO,
        returned: Quantity::ZERO,
        written_off: Quantity::ZERO,
        cause: None,
    }
}

fn stocked(pieces: i64) -> Book {
    let mut book = Book::default();
    for number in 0..2 {
        book.fill(key(number), Figures { on_hand: Quantity::units(pieces), ..Figures::default() });
    }
    book
}

#[test]
fn all_lines_or_none() {
    let mut book = stocked(3);
    book.grant(promise(1, &[(0, 2), (1, 1)], None)).expect("there is enough of both");
    let lacks = book.grant(promise(2, &[(0, 1), (1, 3)], None)).expect_err("two of the second are left");
    assert_eq!((lacks.len(), lacks[0].product, lacks[0].available), (1, product(1), Quantity::units(2)));
    assert_eq!(book.figures(key(0)).promised, Quantity::units(2), "nothing of a refused promise is set aside");
    let twice = promise(3, &[(0, 1), (0, 1)], None);
    assert!(book.grant(twice).is_err(), "two lines of one product are asked for together");
}

#[test]
fn a_promise_goes_forward_only() {
    let mut one = promise(1, &[(0, 2)], None);
    assert_eq!(one.confirm(10_000), Err(NotNow(PromiseState::Expired)), "its time is over");
    one.confirm(9_999).expect("in time");
    one.confirm(20_000).expect("twice is once");
    assert_eq!(one.release(9_999), Err(NotNow(PromiseState::Confirmed)), "confirmed is cancelled, not released");
    one.deliver(fact(1), product(0), Quantity::units(1), 5);
    assert_eq!((one.state, one.open_of(product(0))), (PromiseState::Confirmed, Quantity::units(1)));
    one.deliver(fact(1), product(0), Quantity::units(1), 5);
    assert_eq!(one.open_of(product(0)), Quantity::units(1), "a fact counts once");
    one.cancel(6).expect("the rest");
    assert_eq!((one.state, one.open_of(product(0))), (PromiseState::Cancelled, Quantity::ZERO));
    one.deliver(fact(2), product(0), Quantity::units(1), 7);
    assert_eq!(one.state, PromiseState::Fulfilled, "what the customer has is fulfilled, whatever was said before");
    assert_eq!(one.cancel(8), Err(NotNow(PromiseState::Fulfilled)));
}

#[test]
fn the_youngest_promise_breaks_and_unused_allotments_are_closed_first() {
    let mut book = stocked(5);
    book.grant(promise(1, &[(0, 2)], None)).expect("cover");
    book.grant(promise(2, &[(0, 1), (1, 5)], None)).expect("cover");
    book.lend(allotment(1, 2));
    let sell = |book: &mut Book, number: u64, pieces: i64| {
        book.moved(key(0), Quantity::units(-pieces));
        book.record(&[key(0)].into(), cause(number));
        book.settle(|_| cause(number));
    };
    sell(&mut book, 1, 2);
    let lent = book.allotment(allotment(1, 2).id).expect("it is there");
    assert_eq!((lent.state, lent.cause), (AllotmentState::Closed, Some(cause(1))), "what is unused may come back");
    assert!(book.promise(promise(2, &[], None).id).expect("it is there").is_open(), "so nobody is told anything yet");
    sell(&mut book, 2, 1);
    let broken = book.promise(promise(2, &[], None).id).expect("it is there");
    assert_eq!((broken.state, broken.cause), (PromiseState::Broken, Some(cause(2))), "the youngest");
    assert!(book.promise(promise(1, &[], None).id).expect("it is there").is_open());
    assert_eq!(book.figures(key(1)).promised, Quantity::ZERO, "a promise breaks whole");
    assert_eq!(book.shortfalls().iter().map(|one| one.quantity).sum::<Quantity>(), Quantity::units(3));
}

#[test]
fn a_dead_holders_allotment_is_given_up_and_what_comes_after_all_is_a_cause() {
    let mut book = stocked(4);
    book.lend(allotment(1, 4));
    book.change_allotment(allotment(1, 4).id, Allotment::write_off);
    assert_eq!(book.figures(key(0)).available(), Quantity::units(4), "what is given up may be promised");
    book.grant(promise(1, &[(0, 3)], None)).expect("cover");
    book.made(promise(2, &[(0, 2)], Some(allotment(1, 4).id)));
    book.record(&[key(0)].into(), Cause { kind: CauseKind::DeadHolder, ..cause(9) });
    assert_eq!(book.shortfalls()[0].quantity, Quantity::ONE, "promised twice, by so much and no more");
}

#[test]
fn what_went_beyond_stock_was_covered_and_goes_beyond_it_again_has_two_causes() {
    let mut book = stocked(2);
    book.grant(promise(1, &[(0, 2)], None)).expect("cover");
    let made = |book: &mut Book, number: u64| {
        book.made(promise(number, &[(0, 1)], Some(allotment(1, 1).id)));
        book.record(&[key(0)].into(), cause(number));
    };
    made(&mut book, 2);
    // The customer does not want it: no stock moves.
    book.change(promise(2, &[], None).id, |one| one.end(PromiseState::Cancelled, 3));
    book.record(&BTreeSet::new(), cause(3));
    made(&mut book, 4);
    let recorded: Vec<_> = book.shortfalls().iter().map(|one| (one.quantity, one.cause)).collect();
    assert_eq!(recorded, [(Quantity::ONE, cause(2)), (Quantity::ONE, cause(4))]);
}

/// What can happen at a product.
#[derive(Clone, Debug)]
enum Event {
    Reserve { first: i64, second: i64 },
    Confirm(usize),
    Cancel(usize),
    Expire(usize),
    HandSale { of: u8, pieces: i64 },
    SaleFor { which: usize, pieces: i64 },
    Arrive { of: u8, pieces: i64 },
    Lend(i64),
    Draw { which: usize, pieces: i64, cloned: bool },
    Return { which: usize },
    Dead { which: usize },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..4i64, 0..3i64).prop_map(|(first, second)| Event::Reserve { first, second }),
        2 => (0..20usize).prop_map(Event::Confirm),
        1 => (0..20usize).prop_map(Event::Cancel),
        1 => (0..20usize).prop_map(Event::Expire),
        3 => (0..2u8, 1..4i64).prop_map(|(of, pieces)| Event::HandSale { of, pieces }),
        2 => (0..20usize, 1..3i64).prop_map(|(which, pieces)| Event::SaleFor { which, pieces }),
        1 => (0..2u8, 1..6i64).prop_map(|(of, pieces)| Event::Arrive { of, pieces }),
        2 => (1..6i64).prop_map(Event::Lend),
        3 => (0..8usize, 1..3i64, any::<bool>()).prop_map(|(which, pieces, cloned)| Event::Draw { which, pieces, cloned }),
        1 => (0..8usize).prop_map(|which| Event::Return { which }),
        1 => (0..8usize).prop_map(|which| Event::Dead { which }),
    ]
}

#[derive(Default)]
struct World {
    promises: Vec<PromiseId>,
    allotments: Vec<AllotmentId>,
}

impl World {
    /// Does it; says whether central decided it, so that it must not go beyond stock.
    fn happens(&mut self, book: &mut Book, number: u64, event: Event) -> bool {
        let at_ms = i64::try_from(number).expect("small");
        let pick = |of: &[PromiseId], which: usize| of.get(which % of.len().max(1)).copied();
        let facts =
            matches!(event, Event::HandSale { .. } | Event::SaleFor { .. } | Event::Arrive { .. } | Event::Draw { .. });
        let mut decided = !facts;
        match event {
            Event::Reserve { first, second } => {
                let lines: Vec<(u8, i64)> =
                    [(0, first), (1, second)].into_iter().filter(|(_, pieces)| *pieces > 0).collect();
                let new = promise(number, &lines, None);
                if !lines.is_empty() && book.grant(new.clone()).is_ok() {
                    self.promises.push(new.id);
                }
            }
            Event::Confirm(which) => {
                if let Some(id) = pick(&self.promises, which) {
                    book.change(id, |one| one.confirm(at_ms).unwrap_or(()));
                }
            }
            Event::Cancel(which) => {
                if let Some(id) = pick(&self.promises, which) {
                    book.change(id, |one| one.cancel(at_ms).unwrap_or(()));
                }
            }
            Event::Expire(which) => {
                if let Some(id) = pick(&self.promises, which) {
                    book.change(id, |one| one.end(PromiseState::Expired, at_ms));
                }
            }
            Event::Lend(pieces) => {
                let new = allotment(number, pieces);
                if book.figures(key(0)).available() >= new.quantity {
                    self.allotments.push(new.id);
                    book.lend(new);
                }
            }
            Event::Return { which } => {
                if let Some(id) = self.allotments.get(which % self.allotments.len().max(1)).copied() {
                    book.change_allotment(id, |one| one.report(one.used(), one.returned + one.outstanding()));
                }
            }
            Event::Dead { which } => {
                if let Some(id) = self.allotments.get(which % self.allotments.len().max(1)).copied() {
                    book.change_allotment(id, Allotment::write_off);
                }
            }
            Event::HandSale { of, pieces } => book.moved(key(of), Quantity::units(-pieces)),
            Event::Arrive { of, pieces } => book.moved(key(of), Quantity::units(pieces)),
            Event::SaleFor { which, pieces } => {
                let pieces = Quantity::units(pieces);
                book.moved(key(0), -pieces);
                if let Some(id) = pick(&self.promises, which) {
                    book.change(id, |one| one.deliver(fact(number), product(0), pieces, at_ms));
                }
            }
            Event::Draw { which, pieces, cloned } => {
                let Some(id) = self.allotments.get(which % self.allotments.len().max(1)).copied() else { return false };
                let lent = book.allotment(id).expect("it was lent").clone();
                let rights = lent.state == AllotmentState::Open && lent.outstanding() >= Quantity::units(pieces);
                if rights || cloned {
                    let new = promise(number, &[(0, pieces)], Some(id));
                    self.promises.push(new.id);
                    book.made(new);
                    decided = rights;
                }
            }
        }
        decided
    }

    fn figures_of(&self, book: &Book, of: u8) -> (Quantity, Quantity) {
        let promised =
            self.promises.iter().filter_map(|id| book.promise(*id)).map(|one| one.open_of(product(of))).sum();
        let lent = self.allotments.iter().filter_map(|id| book.allotment(*id)).map(Allotment::outstanding);
        (promised, if of == 0 { lent.sum() } else { Quantity::ZERO })
    }
}

proptest! {
    #[test]
    fn promises_beyond_stock_equal_the_recorded_causes(
        stock in 0..12i64,
        events in proptest::collection::vec(event(), 1..60),
    ) {
        let mut book = stocked(stock);
        let mut world = World::default();
        let keys: BTreeSet<Key> = [key(0), key(1)].into();
        for (number, event) in (1u64..).zip(events) {
            let before: Vec<Figures> = keys.iter().map(|key| book.figures(*key)).collect();
            let recorded = book.shortfalls().len();
            let decided = world.happens(&mut book, number, event.clone());
            let raised: Vec<(Key, Quantity)> = keys
                .iter()
                .zip(&before)
                .map(|(key, before)| (*key, book.figures(*key).beyond() - before.short))
                .filter(|(_, more)| *more > Quantity::ZERO)
                .collect();
            prop_assert!(!decided || raised.is_empty(), "{event:?}: central promises nothing beyond stock");
            book.record(&keys, cause(number));
            let causes: Vec<(Key, Quantity)> = book.shortfalls()[recorded..].iter().map(|one| (one.key, one.quantity)).collect();
            prop_assert_eq!(causes, raised, "{:?}: what goes beyond stock is recorded, exactly", &event);
            book.settle(|_| cause(number));
            for of in 0..2 {
                let figures = book.figures(key(of));
                prop_assert_eq!((figures.promised, figures.lent), world.figures_of(&book, of), "figures are sums");
                prop_assert_eq!(figures.short, figures.beyond(), "what stands beyond stock has its cause");
                prop_assert!(figures.promised <= figures.on_hand.max(Quantity::ZERO), "the rest is told to be broken");
                let closed: Quantity = world.allotments.iter().filter_map(|id| book.allotment(*id))
                    .filter(|one| one.state == AllotmentState::Closed).map(Allotment::outstanding).sum();
                prop_assert!(figures.beyond() <= closed, "what is lent beyond stock is drawn from no more");
            }
        }
        let mut total = Quantity::ZERO;
        for (_, promised, lent) in book.deltas() {
            total += promised + lent;
        }
        let standing: Quantity = book.keys().map(|(_, figures)| figures.promised + figures.lent).sum();
        prop_assert_eq!(total, standing, "what a store adds up is what stands");
    }

    #[test]
    fn any_order_and_any_duplication_gives_the_same(
        order in Just((0..9usize).collect::<Vec<_>>()).prop_shuffle(),
        again in proptest::collection::vec(0..9usize, 0..12),
    ) {
        let told = |order: &[usize]| {
            let mut one = promise(1, &[(0, 3)], None);
            let mut lent = allotment(1, 5);
            for what in order {
                match what {
                    0 => one.deliver(fact(1), product(0), Quantity::units(1), 7),
                    1 => one.deliver(fact(2), product(0), Quantity::units(1), 7),
                    2 => one.end(PromiseState::Cancelled, 7),
                    3 => one.merge(&Promise { state: PromiseState::Confirmed, ..promise(1, &[(0, 3)], None) }),
                    4 => one.merge(&Promise { state: PromiseState::Expired, ended_ms: Some(9), ..promise(1, &[(0, 3)], None) }),
                    5 => lent.draw(PromiseId(Uuid::from_u128(1)), Quantity::units(2)),
                    6 => lent.report(Quantity::units(1), Quantity::units(1)),
                    7 => lent.report(Quantity::units(2), Quantity::units(2)),
                    _ => lent.merge(&Allotment { state: AllotmentState::Closed, cause: Some(cause(3)), ..allotment(1, 5) }),
                }
            }
            (one, lent)
        };
        let first = told(&(0..9).collect::<Vec<_>>());
        let (one, lent) = &first;
        prop_assert_eq!(one.state, PromiseState::Cancelled);
        prop_assert_eq!((lent.outstanding(), lent.used()), (Quantity::ONE, Quantity::units(2)), "used, returned, lent");
        prop_assert_eq!(&first, &told(&order));
        prop_assert_eq!(&first, &told(&[order, again].concat()));
    }

    #[test]
    fn what_was_lent_is_used_returned_given_up_or_lent(
        pieces in 1..20i64,
        steps in proptest::collection::vec((0..4u8, 0..6i64), 0..20),
    ) {
        let mut lent = allotment(1, pieces);
        for (number, (what, of)) in (1u128..).zip(steps) {
            let of = Quantity::units(of);
            match what {
                0 if of <= lent.outstanding() => lent.draw(PromiseId(Uuid::from_u128(number)), of),
                1 => lent.report(lent.used(), lent.returned + of.min(lent.outstanding())),
                2 => lent.close(cause(1)),
                3 if of.is_zero() => lent.write_off(),
                _ => {}
            }
            let all = lent.used() + lent.returned + lent.written_off + lent.outstanding();
            prop_assert_eq!(all, lent.quantity, "nothing of an allotment is lost, and nothing is there twice");
        }
    }
}
