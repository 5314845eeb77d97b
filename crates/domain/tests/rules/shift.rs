//! A shift against a model that only counts coins; returns in parts; the ledger's sums.

use proptest::prelude::*;
use selvedge_domain::cart::{Cart, CartAction, CartError, price};
use selvedge_domain::ids::{LineId, LocationId, MovementId, PersonId, ProductId, SaleId, ShiftId, SiteId};
use selvedge_domain::sale::{Sale, SaleError, TakenBack, Till, finish, refund_amount};
use selvedge_domain::shift::{ClosedShift, Shift, ShiftTotals};
use selvedge_domain::stock::ledger::{Account, Balances, Movement, Reason};
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::time::{Day, Interval, LocalTime};
use selvedge_domain::{Amount, Currency, Quantity};
use uuid::Uuid;

use crate::make::{action, actions, add, amount, empty, line_id, mode, pay, taken};

fn day() -> Day {
    Day::parse("2026-11-21").expect("a day")
}

fn at() -> LocalTime {
    LocalTime { day: day(), hour: 10, minute: 42, second: 0 }
}

fn till() -> Till {
    Till {
        receipt: "04-2K7-000001".into(),
        site: SiteId(Uuid::from_u128(1)),
        till: "04".into(),
        location: LocationId(Uuid::from_u128(2)),
        returns_location: LocationId(Uuid::from_u128(3)),
        shift: ShiftId(Uuid::from_u128(4)),
        business_day: day(),
        person: PersonId(Uuid::from_u128(5)),
        at: at(),
    }
}

fn open_shift(float: i64) -> Shift {
    Shift {
        id: ShiftId(Uuid::from_u128(4)),
        number: 1,
        business_day: day(),
        currency: Currency::EUR,
        opened_by: PersonId(Uuid::from_u128(5)),
        opened_at: at(),
        float: amount(float),
        totals: ShiftTotals::default(),
    }
}

/// Gives missing prices, pays the rest in one go, finishes.
fn sell(mut cart: Cart, kind: TenderKind, over: i64) -> Result<Sale, SaleError> {
    let given: Vec<_> = cart.tenders.iter().map(|tender| tender.id).collect();
    for tender in given {
        cart.apply(&CartAction::ReturnTender { tender })?;
    }
    let unpriced: Vec<LineId> = cart.live().filter(|line| line.unit_price.is_none()).map(|line| line.id).collect();
    for line in unpriced {
        cart.apply(&CartAction::SetPrice { line, price: amount(100) })?;
    }
    let total = price(&cart)?.total;
    if !total.is_zero() {
        let over = if kind == TenderKind::Cash && !total.is_negative() { over } else { 0 };
        cart.apply(&pay(1, kind, total.minor() + over))?;
    }
    finish(&cart, till())
}

#[derive(Clone, Debug)]
enum Event {
    Sale(PriceMode, Vec<CartAction>, TenderKind, i64),
    CashIn(i64),
    CashOut(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![Just(TenderKind::Cash), Just(TenderKind::Card)];
    prop_oneof![
        4 => (mode(), prop::collection::vec(action(), 1..12), kind, 0..5000_i64)
            .prop_map(|(mode, actions, kind, over)| Event::Sale(mode, actions, kind, over)),
        1 => (1..10_000_i64).prop_map(Event::CashIn),
        1 => (1..10_000_i64).prop_map(Event::CashOut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn expected_cash_is_what_a_drawer_would_hold(float in 0..50_000_i64, events in prop::collection::vec(event(), 0..12)) {
        let mut shift = open_shift(float);
        let (mut drawer, mut card, mut turnover) = (float, 0, 0);
        for event in events {
            match event {
                Event::CashIn(minor) => { shift.totals.cash_in += amount(minor); drawer += minor; }
                Event::CashOut(minor) => { shift.totals.cash_out += amount(minor); drawer -= minor; }
                Event::Sale(mode, actions, kind, over) => {
                    let Ok(sale) = sell(taken(mode, actions).0, kind, over) else { continue };
                    let total = sale.priced.total.minor();
                    if kind == TenderKind::Cash { drawer += total } else { card += total }
                    turnover += total;
                    shift.totals.add(&sale);
                }
            }
            let totals = &shift.totals;
            prop_assert_eq!(shift.expected_cash(), amount(drawer));
            prop_assert_eq!(totals.tendered(TenderKind::Card), amount(card));
            prop_assert_eq!(totals.sold - totals.returned, amount(turnover), "sold less returned is what was kept");
            prop_assert_eq!(totals.rates.iter().map(|rate| rate.gross).sum::<Amount>(), amount(turnover));
            prop_assert!(!totals.returned.is_negative() && !totals.sold.is_negative());
        }
        let closed = ClosedShift { closed_by: shift.opened_by, closed_at: at(), counted: amount(drawer - 7), shift };
        prop_assert_eq!(closed.difference(), amount(-7));
    }

    #[test]
    fn parts_taken_back_sum_to_what_was_paid(paid in 0..100_000_i64, parts in prop::collection::vec(1..5000_i64, 1..8)) {
        let sold = Quantity::from_thousandths(parts.iter().sum());
        let mut before = Quantity::ZERO;
        let mut back = Amount::ZERO;
        for part in parts {
            let part = Quantity::from_thousandths(part);
            let given = refund_amount(sold, amount(paid), (before, back), part).expect("not more than bought");
            prop_assert!(!given.is_negative());
            back += given;
            before += part;
        }
        prop_assert_eq!(back, amount(paid));
        let more = refund_amount(sold, amount(paid), (before, back), Quantity::from_thousandths(1));
        prop_assert_eq!(more, Err(SaleError::MoreThanBought));
    }

    #[test]
    fn a_sale_taken_back_in_parts_gives_back_its_total_and_its_tax(
        sold_in in mode(), back_in in mode(), actions in actions(), first in 1..4_i64,
    ) {
        let sale = sell(taken(sold_in, actions).0, TenderKind::Card, 0);
        prop_assume!(sale.as_ref().is_ok_and(|sale| sale.cart.lines.iter().all(|line| line.refund.is_none())));
        let sale = sale.expect("assumed");
        let (mut total, mut tax, mut new) = (Amount::ZERO, Amount::ZERO, 0);
        for line in &sale.cart.lines {
            let part = Quantity::units(first);
            let parts = if part < line.quantity { vec![part, line.quantity - part] } else { vec![line.quantity] };
            let mut before = TakenBack::default();
            for part in parts {
                let mut cart = empty(back_in);
                new += 1;
                let action = sale.take_back(line.id, before, part, back_in, line_id(new)).expect("it was bought");
                prop_assert_eq!(cart.apply(&action), Ok(()));
                let priced = price(&cart).expect("a price");
                total += priced.total;
                tax += priced.tax;
                before.add(&cart, sale.cart.id, line.id);
            }
            let more = sale.take_back(line.id, before, Quantity::ONE, back_in, line_id(0));
            prop_assert_eq!(more, Err(SaleError::MoreThanBought));
        }
        prop_assert_eq!((total, tax), (-sale.priced.total, -sale.priced.tax));
    }

    #[test]
    fn the_ledger_sums_to_zero_in_any_order(
        moves in prop::collection::vec((0..6_u8, 0..6_u8, 0..3_u8, 1..9000_i64), 0..30),
        turn in any::<prop::sample::Index>(),
    ) {
        let product = |number: u8| ProductId(Uuid::from_u128(u128::from(number)));
        let movements: Vec<Movement> = moves.iter().enumerate().map(|(at, (from, to, of, thousandths))| Movement {
            id: MovementId(Uuid::from_u128(at as u128)),
            from: account(*from),
            to: account(*to),
            product: product(*of),
            lot: None,
            quantity: Quantity::from_thousandths(*thousandths),
            interval: Interval { from_ms: 0, to_ms: 0 },
            reason: Reason::Sale,
        }).collect();
        let mut straight = Balances::default();
        movements.iter().for_each(|movement| straight.post(movement));
        let mut turned = Balances::default();
        let mut order = movements.clone();
        let by = if order.is_empty() { 0 } else { turn.index(order.len()) };
        order.rotate_left(by);
        order.reverse();
        order.iter().for_each(|movement| turned.post(movement));
        prop_assert_eq!(&straight, &turned);
        for number in 0..3 {
            prop_assert_eq!(straight.sum(product(number)), Quantity::ZERO);
            let given: Quantity = movements.iter().filter(|m| m.product == product(number)).map(|m| {
                let (to, from) = (m.to == account(0), m.from == account(0));
                if to && !from { m.quantity } else if from && !to { -m.quantity } else { Quantity::ZERO }
            }).sum();
            prop_assert_eq!(straight.of(product(number), account(0)), given);
        }
    }
}

fn account(number: u8) -> Account {
    match number {
        0 => Account::Location(LocationId(Uuid::from_u128(1))),
        1 => Account::Location(LocationId(Uuid::from_u128(2))),
        2 => Account::Transit(SiteId(Uuid::from_u128(1))),
        3 => Account::Customer,
        4 => Account::Supplier,
        _ => Account::Shrinkage,
    }
}

#[test]
fn gifts_and_even_exchanges_are_done_without_payment() {
    let gift = empty(PriceMode::Inclusive).fold(&[add(1, 0, 0, 1000)]).expect("a gift");
    assert_eq!(finish(&gift, till()).expect("done").priced.total, Amount::ZERO);
    let bought = empty(PriceMode::Exclusive).fold(&[add(1, 0, 999, 3000)]).expect("a cart");
    let bought = sell(bought, TenderKind::Card, 0).expect("sold");
    let back = bought.take_back(line_id(1), TakenBack::default(), Quantity::units(3), PriceMode::Exclusive, line_id(2));
    let exchange = empty(PriceMode::Exclusive).fold(&[back.expect("bought"), add(3, 0, 999, 3000)]).expect("even");
    assert_eq!(finish(&exchange, till()).map(|sale| sale.priced.total), Ok(Amount::ZERO));
}

#[test]
fn what_is_not_ready_is_not_finished() {
    let cart = empty(PriceMode::Inclusive);
    assert_eq!(finish(&cart, till()), Err(SaleError::Empty));
    let cart = cart.fold(&[add(1, 0, 500, 1000), pay(1, TenderKind::Cash, 200)]).expect("a part");
    assert_eq!(finish(&cart, till()), Err(SaleError::NotPaid(amount(300))));
    let sold = sell(cart, TenderKind::Cash, 500).expect("sold");
    assert_eq!(sold.change, amount(500));
    let unknown = sold.take_back(line_id(9), TakenBack::default(), Quantity::ONE, PriceMode::Inclusive, line_id(2));
    assert_eq!(unknown, Err(SaleError::Cart(CartError::NoSuchLine)));
    let huge = Quantity::from_thousandths(i64::MAX);
    let all = sold.take_back(
        line_id(1),
        TakenBack { quantity: Quantity::ONE, ..TakenBack::default() },
        huge,
        PriceMode::Inclusive,
        line_id(2),
    );
    assert_eq!(all, Err(SaleError::MoreThanBought));
    assert_eq!(SaleId(Uuid::from_u128(1)), sold.cart.id);
}
