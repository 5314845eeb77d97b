//! A restart between any two steps of a day shows what was shown before it.

use selvedge_domain::Amount;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, FELT, MADE_TO_ORDER, SOCKS, TEE};
use selvedge_tests::shop::shown;

use crate::a_day::percent;

fn same_after_a_restart(shop: &mut Shop, step: &str) {
    let before = shown(&shop.view());
    shop.restart();
    assert_eq!(shown(&shop.view()), before, "a restart after {step} changes nothing that is shown");
}

#[test]
fn in_the_middle_of_everything() {
    let mut shop = Shop::on_disk(PriceMode::Inclusive);
    same_after_a_restart(&mut shop, "joining");
    shop.sign_in(1);
    same_after_a_restart(&mut shop, "signing in");
    shop.app().open_till(Amount::from_minor(10_000)).unwrap();
    same_after_a_restart(&mut shop, "opening");
    shop.scan(TEE);
    same_after_a_restart(&mut shop, "a scan");
    shop.scan_all(&[FELT, SOCKS]);
    shop.set_quantity(FELT, 1_250);
    let line = shop.line_of(TEE);
    shop.app().discount_line(line, percent(15, "hem")).unwrap();
    same_after_a_restart(&mut shop, "a discount");
    let line = shop.line_of(SOCKS);
    shop.app().remove_line(line).unwrap();
    same_after_a_restart(&mut shop, "taking a line out");
    shop.app().undo().unwrap();
    same_after_a_restart(&mut shop, "undo");
    shop.app().park("").unwrap();
    same_after_a_restart(&mut shop, "parking");
    shop.scan(MADE_TO_ORDER);
    same_after_a_restart(&mut shop, "a product without a price");
    let line = shop.line_of(MADE_TO_ORDER);
    shop.app().set_amount(line, Amount::from_minor(777)).unwrap();
    same_after_a_restart(&mut shop, "an amount");
    shop.take(TenderKind::Card, 77);
    same_after_a_restart(&mut shop, "a part of the payment");
    let receipt = shop.pay_cash(1_000);
    same_after_a_restart(&mut shop, "the sale");
    shop.print();
    same_after_a_restart(&mut shop, "the paper");
    shop.app().next_sale().unwrap();
    let parked = shop.selling().parked[0].id;
    shop.app().recall(parked).unwrap();
    same_after_a_restart(&mut shop, "recall");
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    same_after_a_restart(&mut shop, "a return beside a sale");
    shop.pay(TenderKind::Cash);
    shop.app().cash_in(Amount::from_minor(500), "").unwrap();
    same_after_a_restart(&mut shop, "cash in");
    shop.app().next_sale().unwrap();
    shop.scan(ATLAS);
    shop.app().cancel_sale().unwrap();
    same_after_a_restart(&mut shop, "throwing a sale away");
    let expected = shop.selling().shift.expected_cash;
    shop.app().close_till(expected).unwrap();
    same_after_a_restart(&mut shop, "closing");
    shop.app().sign_out().unwrap();
    same_after_a_restart(&mut shop, "signing out");
    shop.settle();
}
