//! The clock wrong or set back: receipts, business days, Z reports and prices stay right, entries keep their order, and
//! what nobody can know is a wide interval.

use std::sync::Arc;

use selvedge_contract::view::{Screen, TrayKind};
use selvedge_domain::Amount;
use selvedge_domain::ids::ProductId;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::time::{Day, Interval, Stamp, Trust};
use selvedge_protocol::journal::{Body, movements};
use selvedge_store::table::catalogue;
use selvedge_store::{NoWitness, StoreError};
use selvedge_tests::Shop;
use selvedge_tests::company::{SOCKS, TEE, product};
use selvedge_tests::outside::SATURDAY_NINE_MS;

const HOUR_MS: i64 = 3_600_000;
/// 2020-01-01, 00:00 UTC: where a clock begins whose battery is dead.
const DEAD_BATTERY_MS: i64 = 1_577_836_800_000;
const SATURDAY: Day = Day { year: 2026, month: 11, day: 21 };

/// A shop that has heard central, and a price of the socks that is valid this week only.
fn shop() -> Shop {
    let shop = Shop::on_disk(PriceMode::Inclusive);
    shop.clock().compare(SATURDAY_NINE_MS);
    let week = (Day { day: 16, ..SATURDAY }, Day { day: 29, ..SATURDAY });
    let price = |tx: &selvedge_store::Tx| {
        let socks = ProductId(product(SOCKS).0);
        catalogue::set_price(tx, socks, true, week, Some(Amount::from_minor(555)))
    };
    assert!(shop.app().store().write::<_, StoreError>("test-price", price).unwrap());
    shop
}

fn clock_tray(shop: &Shop) -> Option<(Day, Day)> {
    shop.view().trays.into_iter().find_map(|tray| match tray.what {
        TrayKind::ClockWrong { shows, used } => Some((shows.day, used.day)),
        _ => None,
    })
}

fn stamps(bodies: &[Body]) -> Vec<Stamp> {
    bodies.iter().map(|body| body.at.into()).collect()
}

/// Sells socks at this week's price and says when that was, as the movements have it.
fn sells_socks(shop: &Shop) -> Interval {
    let receipt = shop.sell(&[SOCKS]);
    let books = shop.audit();
    let sold = books.sales.last().unwrap();
    assert_eq!((&sold.receipt, sold.total_minor), (&receipt, 555), "this week's price");
    assert_eq!(sold.business_day, SATURDAY.to_string(), "the shift's day");
    let body = books.bodies.iter().rfind(|body| body.kind == "sale").unwrap();
    movements(body).unwrap()[0].interval
}

#[test]
fn a_clock_set_back_or_ahead_in_mid_sale_changes_nothing() {
    for turned_ms in [-24 * HOUR_MS, -HOUR_MS, 30 * HOUR_MS, 400 * 24 * HOUR_MS] {
        let mut shop = shop();
        shop.open(0);
        shop.scan(SOCKS);
        shop.clock().pass_ms(60_000);
        shop.clock().turn_ms(turned_ms);
        shop.clock().pass_ms(60_000);
        shop.scan(TEE);
        let now = SATURDAY_NINE_MS + 120_000;
        let (shows, used) = clock_tray(&shop).expect("a warning");
        assert!(used == SATURDAY && (shows != SATURDAY || turned_ms == -HOUR_MS), "{shows} is not believed");
        shop.pay(selvedge_domain::tender::TenderKind::Cash);
        shop.app().next_sale().unwrap();
        assert_eq!(sells_socks(&shop), Interval { from_ms: now, to_ms: now }, "the ticks carry central's time");
        // The app alone is started again: the ticks go on.
        shop.restart();
        assert_eq!(sells_socks(&shop), Interval { from_ms: now, to_ms: now });
        closes(&mut shop, SATURDAY);
        shop.settle();
    }
}

/// Closes the till; its Z report is of that day, in the journal and on paper.
fn closes(shop: &mut Shop, day: Day) {
    let expected = shop.selling().shift.expected_cash;
    shop.app().close_till(expected).unwrap();
    shop.print();
    let books = shop.audit();
    let shift = books.shifts.values().last().unwrap();
    assert_eq!(shift.closed.as_ref().unwrap().business_day, day.to_string());
    let paper = shop.papers.last().unwrap();
    assert!(paper.contains("21 Nov 2026") && !paper.contains("2020"), "{paper}");
}

/// A till whose battery died sells from the year 2020 and spoils nothing.
#[test]
fn clock_wrong_or_set_back() {
    let mut shop = shop();
    shop.open(0);
    let before = sells_socks(&shop);
    shop.clock().pass_ms(600_000);
    shop.sell(&[TEE]);
    closes(&mut shop, SATURDAY);
    // Switched off over lunch; the battery is dead, and central is away.
    let off_ms = SATURDAY_NINE_MS + 600_000;
    shop.clock().reboot();
    shop.clock().set_ms(DEAD_BATTERY_MS);
    shop.restart();
    assert!(matches!(shop.view().screen, Screen::SignIn(_)), "it starts all the same");
    shop.open(0);
    let (shows, used) = clock_tray(&shop).expect("a warning");
    assert_eq!((shows.year, used), (2020, SATURDAY), "the last known day goes on");
    shop.clock().pass_ms(2 * 60_000);
    let suspect = sells_socks(&shop);
    assert!(before.to_ms < suspect.from_ms && suspect.from_ms >= off_ms, "{suspect:?}");
    assert_eq!(suspect.to_ms, Interval::OPEN_MS, "nobody knows how long it was off");
    assert_eq!(suspect.closed_by(off_ms + HOUR_MS).to_ms, off_ms + HOUR_MS, "central knows when it heard of it");
    let receipt = shop.sell(&[SOCKS]);
    shop.take_back(&receipt, &[(0, 1_000)]).expect("a sale of a suspect hour is found and taken back");
    shop.pay(selvedge_domain::tender::TenderKind::Cash);
    shop.app().next_sale().unwrap();

    // Central answers: everything is sure again, and the till goes on.
    let true_ms = off_ms + 2 * HOUR_MS;
    shop.clock().compare(true_ms);
    assert_eq!(sells_socks(&shop), Interval { from_ms: true_ms, to_ms: true_ms });
    closes(&mut shop, SATURDAY);
    let books = shop.audit();
    let stamps = stamps(&books.bodies);
    assert!(stamps.iter().any(|at| at.trust() == Trust::Suspect), "the raw clock is kept: {stamps:?}");
    let intervals: Vec<Interval> = stamps.iter().map(Stamp::interval).collect();
    for (earlier, later) in intervals.iter().zip(&intervals[1..]) {
        assert!(earlier.from_ms <= later.from_ms, "in the order of the journal: {earlier:?} {later:?}");
    }
    let numbers: Vec<u32> = books.shifts.values().map(|shift| shift.number).collect();
    assert_eq!(numbers.len(), 2, "two Z reports: {numbers:?}");
    shop.settle();
}

#[test]
fn a_killed_app_knows_the_time_again() {
    let folder = selvedge_tests::shop::quick_folder();
    let mut shop = Shop::in_folder(folder.path(), 1, Arc::new(NoWitness)).joined(PriceMode::Inclusive);
    shop.leaves_all();
    shop.clock().compare(SATURDAY_NINE_MS + 3 * HOUR_MS);
    shop.sign_in(1);
    drop(shop);
    let mut shop = Shop::in_folder(folder.path(), 2, Arc::new(NoWitness));
    shop.leaves_all();
    assert_eq!(shop.view().status.clock.hour, 12, "the clock is three hours late, and the till is not");
    assert!(clock_tray(&shop).is_some(), "and says so");
}
