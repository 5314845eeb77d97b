//! Single sales: what a scan does, what the cart refuses, and prices without tax.

use selvedge_contract::Code;
use selvedge_contract::view::{PromptKind, Screen, Tone, TrayKind};
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, FELT, KIDS_TEE, MUG, RIBBON, SOCKS, TEE, WHITE_TEE, code, product};

use crate::a_day::{off, percent};

#[test]
fn tax_is_added_where_prices_are_without() {
    let mut shop = Shop::in_memory(PriceMode::Exclusive);
    shop.open(0);
    shop.scan_all(&[TEE, ATLAS, KIDS_TEE]);
    shop.app().discount_sale(percent(10, "")).unwrap();
    let sale = shop.selling();
    assert_eq!(sale.subtotal.minor(), 2_450 + 1_999 + 1_095);
    assert_eq!(sale.discounts.minor(), 554);
    let rates: Vec<_> = sale.rates.iter().map(|sum| (sum.net.minor(), sum.tax.minor())).collect();
    assert_eq!(rates, [(2_205, 507), (1_799, 243), (986, 0)], "554 is shared as 245, 200 and 109");
    assert_eq!(sale.total.minor(), 4_990 + 507 + 243);
    shop.pay(TenderKind::Card);
    shop.settle();
}

#[test]
fn two_products_under_one_number_ask_which() {
    let mut shop = Shop::new();
    shop.open(0);
    let view = shop.scan(MUG);
    let Some(PromptKind::Choose { products, .. }) = view.prompt.map(|prompt| prompt.what) else { panic!("which?") };
    assert_eq!(products.len(), 2);
    assert_eq!(shop.selling().line_count, 0, "nothing is sold by chance");
    shop.app().add_product(product(10)).unwrap();
    assert_eq!(shop.selling().total.minor(), 950);
    shop.refuses(Code::NoSuchProduct, |app| app.add_product(product(99)));
    shop.pay(TenderKind::Voucher);
    shop.settle();
}

#[test]
fn a_scan_is_never_lost() {
    let mut shop = Shop::new();
    shop.scan(SOCKS);
    shop.sign_in(1);
    shop.scan(SOCKS);
    let trays = shop.view().trays;
    let why: Vec<_> = trays.iter().map(|tray| &tray.what).collect();
    assert!(matches!(why[0], TrayKind::ScanNotNow { why: Code::TillClosed, .. }), "{why:?}");
    assert!(matches!(why[1], TrayKind::ScanNotNow { why: Code::SignedOut, .. }), "{why:?}");
    shop.app().open_till(Amount::ZERO).unwrap();
    shop.scan(SOCKS);
    shop.take(TenderKind::Cash, 100);
    let view = shop.scan(TEE);
    assert_eq!(view.signal.map(|signal| signal.tone), Some(Tone::Attention));
    assert!(matches!(view.trays[0].what, TrayKind::ScanNotNow { why: Code::PaymentStarted, .. }));
    assert_eq!(shop.selling().line_count, 1, "nothing joins a sale that is being paid");
    for text in ["4006381333931", "]E04006381333931", "\u{1}\u{2}", ""] {
        let view = shop.app().scan(text, "serial").unwrap();
        let told = matches!(view.trays[0].what, TrayKind::UnknownCode { .. });
        assert!(told, "{text:?} is told, paying or not: {:?}", view.trays);
    }
    let tender = shop.selling().tenders[0].id;
    shop.app().return_tender(tender).unwrap();
    let view = shop.app().scan("4006381333930", "serial").unwrap();
    let TrayKind::UnknownCode { why, .. } = &view.trays[0].what else { panic!("{:?}", view.trays) };
    assert!(!why.is_empty(), "a wrong check digit is named");
    shop.pay(TenderKind::Cash);
    let scans: u64 = shop.app().store().read(selvedge_store::table::scan::count).unwrap();
    assert_eq!(scans, 9, "every scan is stored");
    shop.settle();
}

#[test]
fn undo_goes_back_step_by_step() {
    let shop = Shop::new();
    shop.open(0);
    shop.refuses(Code::NothingToUndo, |app| app.undo());
    shop.scan_all(&[TEE, SOCKS]);
    let two = shop.selling();
    let line = shop.line_of(TEE);
    shop.app().remove_line(line).unwrap();
    let removed = shop.selling();
    shop.scan(ATLAS);
    shop.app().undo().unwrap();
    assert_eq!(shop.selling(), removed, "a line that a scan swept away is there again, taken out");
    shop.app().undo().unwrap();
    assert_eq!(shop.selling(), two);
    shop.app().remove_line(line).unwrap();
    shop.app().put_back(line).unwrap();
    shop.app().discount_sale(off(100)).unwrap();
    shop.take(TenderKind::Cash, 500);
    shop.refuses(Code::PaymentStarted, |app| app.undo());
    let tender = shop.selling().tenders[0].id;
    shop.app().return_tender(tender).unwrap();
    shop.app().undo().unwrap();
    assert_eq!(shop.selling().discounts.minor(), 0, "payment that was given back is not in the way");
    while shop.app().undo().is_ok() {}
    assert_eq!((shop.selling().line_count, shop.selling().can_undo), (0, false));
    shop.upload();
}

#[test]
fn the_cart_refuses_what_cannot_be() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.refuses(Code::SaleEmpty, |app| app.complete_sale());
    shop.refuses(Code::SaleEmpty, |app| app.park(""));
    shop.refuses(Code::SaleEmpty, |app| app.take_tender(TenderKind::Cash, Amount::from_minor(1), ""));
    shop.scan_all(&[TEE, FELT, RIBBON]);
    let (tee, felt) = (shop.line_of(TEE), shop.line_of(FELT));
    for thousandths in [0, -1_000, 1_500, i64::MAX] {
        shop.refuses(Code::WrongQuantity, |app| app.set_quantity(tee, Quantity::from_thousandths(thousandths)));
    }
    shop.app().set_quantity(felt, Quantity::from_thousandths(1)).unwrap();
    shop.refuses(Code::WrongPrice, |app| app.set_price(tee, Amount::from_minor(-1)));
    shop.refuses(Code::WrongDiscount, |app| app.discount_line(tee, percent(101, "")));
    shop.refuses(Code::WrongDiscount, |app| app.discount_line(tee, off(2_451)));
    shop.refuses(Code::NoSuchLine, |app| app.remove_line(selvedge_domain::ids::LineId(uuid::Uuid::nil())));
    let due = shop.selling().due;
    let more = due + Amount::from_minor(1);
    shop.refuses(Code::OnlyCashGivesChange, |app| app.take_tender(TenderKind::Card, more, ""));
    shop.refuses(Code::WrongAmount, |app| app.take_tender(TenderKind::Cash, Amount::from_minor(-1), ""));
    shop.take(TenderKind::Card, due.minor());
    shop.refuses(Code::NothingDue, |app| app.take_tender(TenderKind::Cash, Amount::from_minor(1), ""));
    shop.refuses(Code::PaymentStarted, |app| app.set_quantity(tee, Quantity::units(2)));
    shop.refuses(Code::PaymentStarted, |app| app.cancel_sale());
    shop.refuses(Code::PaymentStarted, |app| app.park(""));
    shop.complete();
    shop.refuses(Code::SaleEmpty, |app| app.complete_sale());
    shop.settle();
}

#[test]
fn a_gift_is_a_sale_of_nothing() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.scan_all(&[SOCKS, WHITE_TEE]);
    shop.app().discount_sale(percent(100, "gift")).unwrap();
    assert_eq!(shop.selling().due.minor(), 0);
    shop.refuses(Code::NothingDue, |app| app.take_tender(TenderKind::Cash, Amount::from_minor(1), ""));
    shop.complete();
    shop.settle();
    assert_eq!(shop.pulses, 0, "no cash, no drawer");
    assert_eq!(shop.audit().sales.len(), 1);
}

#[test]
fn the_done_screen_stays_until_the_next_scan() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.scan(SOCKS);
    let receipt = shop.pay(TenderKind::Cash);
    shop.restart();
    assert_eq!(shop.done().receipt, receipt, "a restart shows the finished sale");
    shop.app().scan("no such code", "wedge").unwrap();
    assert_eq!(shop.done().receipt, receipt, "a code that sells nothing begins nothing");
    assert!(matches!(shop.scan(TEE).screen, Screen::Selling(_)), "a scan begins the next sale");
    shop.app().cancel_sale().unwrap();
    assert_eq!(shop.selling().last_receipt, Some(receipt));
    assert_eq!(code(TEE).len(), 13);
    shop.settle();
}
