//! One whole day at one till, every figure added up by hand.

use selvedge_contract::Code;
use selvedge_contract::view::{Screen, TrayKind};
use selvedge_domain::Amount;
use selvedge_domain::cart::{Discount, DiscountKind};
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, FELT, KIDS_TEE, MADE_TO_ORDER, SOCKS, TEE, WHITE_TEE};

pub fn percent(percent: i64, reason: &str) -> Option<Discount> {
    Some(Discount { kind: DiscountKind::Percent(percent.into()), reason: reason.to_owned() })
}

pub fn off(minor: i64) -> Option<Discount> {
    Some(Discount { kind: DiscountKind::Amount(Amount::from_minor(minor)), reason: String::new() })
}

#[test]
fn from_the_float_to_the_z_report() {
    let mut shop = Shop::on_disk(PriceMode::Inclusive);
    shop.open(10_000);
    let first = split_payment(&shop);
    parked_while_another_pays(&shop);
    returned_and_exchanged(&shop, &first);
    without_a_price_and_thrown_away(&shop);
    shop.app().cash_in(Amount::from_minor(5_000), "change from the bank").unwrap();
    shop.app().cash_out(Amount::from_minor(2_000), "milk").unwrap();
    shop.print();
    assert_eq!(shop.pulses, 5, "three sales with cash, cash in, cash out; a card and an even exchange open nothing");

    shop.clock().pass_ms(9 * 3_600_000);
    let shift = shop.selling().shift;
    assert_eq!(shift.expected_cash.minor(), 15_185);
    let closed = shop.app().close_till(Amount::from_minor(15_180)).unwrap();
    let Screen::OpenTill(open) = closed.screen else { panic!("a closed till asks for the next float") };
    assert_eq!(open.proposed_float.minor(), 15_180, "what was counted is the next float's proposal");
    let z = open.closed.expect("the report of the day is shown");
    assert_eq!((z.number, z.expected.minor(), z.counted.minor()), (1, 15_185, 15_180));
    shop.print();
    shop.upload();

    let books = shop.audit();
    let closed = books.shifts.values().next().and_then(|book| book.closed.clone()).unwrap();
    assert_eq!((closed.sales, closed.sold_minor, closed.returned_minor), (6, 15_452, 4_900));
    assert_eq!(closed.discounts_minor, 158 + 237);
    assert_eq!(closed.tenders_minor["cash"], 3_626 + 1_009 - 2_450);
    assert_eq!(closed.tenders_minor["card"], 5_000 + 2_133 + 1_234);
    assert_eq!(closed.counted_minor - closed.expected_minor, -5, "five cents are missing");
    assert_eq!((books.unknown.len(), books.cancelled.len()), (1, 1));
    let report = shop.papers.last().unwrap();
    assert!(report.contains("Z 1") || report.contains('1'), "{report}");
    assert!(report.contains("151.85") && report.contains("151.80"), "the Z report has both figures:\n{report}");
}

/// Five scans, a discount on a line, card and cash.
fn split_payment(shop: &Shop) -> String {
    shop.scan_all(&[TEE, SOCKS, TEE, ATLAS, KIDS_TEE]);
    let line = shop.line_of(SOCKS);
    shop.app().discount_line(line, percent(20, "worn hem")).unwrap();
    let sale = shop.selling();
    assert_eq!((sale.line_count, sale.pieces), (4, 5), "a second tee joins the first");
    assert_eq!((sale.total.minor(), sale.discounts.minor()), (8_626, 158));
    let tax: Vec<_> = sale.rates.iter().map(|sum| sum.tax.minor()).collect();
    assert_eq!(tax, [1_034, 238, 0], "23 % in 55.32, 13.5 % in 19.99, nothing in 10.95");
    shop.take(TenderKind::Card, 5_000);
    assert_eq!(shop.selling().due.minor(), 3_626);
    let receipt = shop.pay_cash(4_000);
    let done = shop.done();
    assert_eq!((done.total.minor(), done.cash.minor(), done.change.minor()), (8_626, 4_000, 374));
    let coins: Vec<_> = done.coins.iter().map(|(piece, count)| (piece.minor(), *count)).collect();
    assert_eq!(coins, [(200, 1), (100, 1), (50, 1), (20, 1), (2, 2)]);
    shop.app().next_sale().unwrap();
    receipt
}

/// Three socks wait while somebody buys felt; then they are had at ten percent less.
fn parked_while_another_pays(shop: &Shop) {
    shop.scan_all(&[SOCKS, SOCKS, SOCKS]);
    let parked = shop.app().park("lady in red").unwrap();
    let Screen::Selling(empty) = parked.screen else { panic!("the till goes on selling") };
    assert_eq!((empty.line_count, empty.parked.len()), (0, 1));
    assert_eq!((empty.parked[0].name.as_str(), empty.parked[0].total.minor()), ("lady in red", 2_370));
    let aside = empty.parked[0].id;

    shop.scan(FELT);
    shop.set_quantity(FELT, 755);
    assert_eq!(shop.selling().total.minor(), 1_009, "0.755 kg at 13.37 is 10.09435");
    shop.refuses(Code::SaleOpen, |app| app.recall(aside));
    shop.pay(TenderKind::Cash);

    shop.app().recall(aside).unwrap();
    shop.refuses(Code::SaleOpen, |app| app.recall(aside));
    shop.app().discount_sale(percent(10, "friend")).unwrap();
    assert_eq!(shop.selling().total.minor(), 2_133);
    shop.pay(TenderKind::Card);
    shop.refuses(Code::NoSuchParked, |app| app.recall(aside));
}

/// One of the two tees comes back for cash, the other for one in white.
fn returned_and_exchanged(shop: &Shop, first: &str) {
    let view = shop.app().scan(first, "wedge").unwrap();
    assert!(view.prompt.is_some(), "a scanned receipt opens the return");
    shop.take_back(first, &[(0, 1_000)]).unwrap();
    assert_eq!(shop.selling().due.minor(), -2_450, "money goes back");
    shop.take(TenderKind::Cash, -2_450);
    shop.complete();

    shop.take_back(first, &[(0, 1_000)]).unwrap();
    shop.scan(WHITE_TEE);
    assert_eq!(shop.selling().due.minor(), 0, "an even exchange");
    shop.complete();
    let refused = shop.take_back(first, &[(0, 1_000)]).unwrap_err();
    assert_eq!(refused.code, Code::MoreThanBought, "both were taken back");
    shop.app().next_sale().unwrap();
}

fn without_a_price_and_thrown_away(shop: &Shop) {
    let view = shop.app().scan("4006381333931", "serial").unwrap();
    let TrayKind::UnknownCode { text, why } = &view.trays[0].what else { panic!("{:?}", view.trays) };
    assert_eq!((text.as_str(), why.as_str()), ("4006381333931", ""));
    shop.app().dismiss_tray(view.trays[0].id).unwrap();

    shop.scan(MADE_TO_ORDER);
    let line = shop.line_of(MADE_TO_ORDER);
    assert_eq!(shop.selling().price_missing, Some(line));
    shop.refuses(Code::PriceMissing, |app| app.take_tender(TenderKind::Card, Amount::from_minor(1), ""));
    shop.app().set_price(line, Amount::from_minor(1_234)).unwrap();
    shop.scan(TEE);
    shop.app().undo().unwrap();
    assert_eq!(shop.selling().total.minor(), 1_234, "the tee is undone");
    shop.pay(TenderKind::Card);
    shop.app().next_sale().unwrap();

    shop.scan(ATLAS);
    shop.refuses(Code::SaleOpen, |app| app.close_till(Amount::ZERO));
    shop.app().cancel_sale().unwrap();
    assert_eq!(shop.selling().line_count, 0);
}
