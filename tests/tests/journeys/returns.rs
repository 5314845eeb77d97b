//! Goods that come back: never more than was bought, for exactly what was paid, whatever the order.

use selvedge_contract::Code;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, SOCKS, TEE};

use crate::a_day::{off, percent};

/// Three books and a tee with reductions: nothing of it divides evenly.
fn bought(shop: &Shop) -> (String, i64) {
    shop.scan_all(&[ATLAS, ATLAS, ATLAS, TEE]);
    let line = shop.line_of(ATLAS);
    shop.app().discount_line(line, percent(7, "")).unwrap();
    shop.app().discount_sale(off(101)).unwrap();
    let total = shop.selling().total.minor();
    let receipt = shop.pay(TenderKind::Cash);
    shop.app().next_sale().unwrap();
    (receipt, total)
}

fn pay_out(shop: &Shop) -> i64 {
    let due = shop.selling().due.minor();
    assert!(due < 0, "money goes back");
    shop.pay(TenderKind::Cash);
    shop.app().next_sale().unwrap();
    due
}

#[test]
fn a_sale_comes_back_whole() {
    for mode in [PriceMode::Inclusive, PriceMode::Exclusive] {
        let mut shop = Shop::in_memory(mode);
        shop.open(50_000);
        let (receipt, total) = bought(&shop);
        shop.take_back(&receipt, &[(0, 3_000), (1, 1_000)]).unwrap();
        assert_eq!(pay_out(&shop), -total, "all of it back is all that was paid");
        assert_eq!(shop.selling().shift.turnover.minor(), 0);
        shop.settle();
    }
}

#[test]
fn a_sale_comes_back_piece_by_piece() {
    for mode in [PriceMode::Inclusive, PriceMode::Exclusive] {
        let mut shop = Shop::in_memory(mode);
        shop.open(50_000);
        let (receipt, total) = bought(&shop);
        let mut back = 0;
        for line in [0, 1, 0, 0] {
            shop.take_back(&receipt, &[(line, 1_000)]).unwrap();
            back += pay_out(&shop);
        }
        assert_eq!(back, -total, "any number of parts gives back exactly what was paid");
        let refused = shop.take_back(&receipt, &[(0, 1_000)]).unwrap_err();
        assert_eq!(refused.code, Code::MoreThanBought);
        let left = shop.app().find_sale(&receipt).unwrap();
        assert!(left.lines.iter().all(|line| line.returned == line.sold && line.refund.is_zero()));
        shop.settle();
    }
}

#[test]
fn what_a_return_will_give_is_said_before() {
    let mut shop = Shop::in_memory(PriceMode::Exclusive);
    shop.open(50_000);
    let (receipt, _) = bought(&shop);
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    pay_out(&shop);
    let said = shop.app().find_sale(&receipt.to_lowercase()).unwrap().lines[0].refund.minor();
    shop.take_back(&receipt, &[(0, 2_000)]).unwrap();
    assert_eq!(pay_out(&shop), -said);
    shop.settle();
}

#[test]
fn two_carts_at_once_do_not_take_back_more_than_was_bought() {
    let mut shop = Shop::new();
    shop.open(50_000);
    let receipt = shop.sell(&[SOCKS, SOCKS]);
    shop.take_back(&receipt, &[(0, 2_000)]).unwrap();
    let refused = shop.take_back(&receipt, &[(0, 1_000)]).unwrap_err();
    assert_eq!(refused.code, Code::MoreThanBought, "the present sale takes both back already");
    let aside = shop.app().park("").unwrap();
    drop(aside);
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    pay_out(&shop);
    let parked = shop.selling().parked[0].id;
    shop.app().recall(parked).unwrap();
    shop.take(TenderKind::Cash, -1_580);
    shop.refuses(Code::MoreThanBought, |app| app.complete_sale());
    let tender = shop.selling().tenders[0].id;
    shop.app().return_tender(tender).unwrap();
    shop.app().cancel_sale().unwrap();
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    pay_out(&shop);
    shop.settle();
}

/// Half of 49.97 is 24.99 when it is the first half. Taken first in two carts, both would be.
#[test]
fn two_carts_at_once_do_not_give_back_more_than_was_paid() {
    let mut shop = Shop::new();
    shop.open(50_000);
    shop.scan_all(&[TEE, TEE]);
    shop.app().discount_sale(off(3)).unwrap();
    let receipt = shop.pay(TenderKind::Card);
    shop.app().next_sale().unwrap();
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    shop.app().park("").unwrap();
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    let first = -pay_out(&shop);
    let parked = shop.selling().parked[0].id;
    shop.app().recall(parked).unwrap();
    let due = shop.selling().due.minor();
    shop.take(TenderKind::Cash, due);
    if shop.app().complete_sale().is_err() {
        // It has to be taken back anew, for what is left.
        let tender = shop.selling().tenders[0].id;
        shop.app().return_tender(tender).unwrap();
        shop.app().cancel_sale().unwrap();
        shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
        let second = -pay_out(&shop);
        assert_eq!(first + second, 4_897, "all of it back is all that was paid");
    }
    shop.settle();
}

#[test]
fn a_returned_line_keeps_the_terms_of_its_sale() {
    let mut shop = Shop::new();
    shop.open(50_000);
    let receipt = shop.sell(&[TEE]);
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    let line = shop.selling().lines[0].id;
    shop.refuses(Code::RefundIsFixed, |app| app.set_quantity(line, selvedge_domain::Quantity::units(2)));
    shop.refuses(Code::RefundIsFixed, |app| app.set_price(line, selvedge_domain::Amount::from_minor(1)));
    shop.refuses(Code::RefundIsFixed, |app| app.discount_line(line, percent(50, "")));
    shop.refuses(Code::SaleEmpty, |app| app.discount_sale(percent(50, "")));
    shop.refuses(Code::OnlyCashGivesChange, |app| {
        app.take_tender(TenderKind::Cash, selvedge_domain::Amount::from_minor(-2_451), "")
    });
    pay_out(&shop);
    let paper = shop.audit().sales[1].receipt.clone();
    let refused = shop.take_back(&paper, &[]).map(|_| ());
    assert!(refused.is_ok(), "nothing of a return is nothing");
    assert!(shop.app().find_sale(&paper).unwrap().lines.is_empty(), "a return cannot be returned");
    shop.refuses(Code::NoSuchSale, |app| app.find_sale("04-000-000009"));
    shop.settle();
}
