//! What a cashier may rely on, case by case.

use rust_decimal::Decimal;
use selvedge_domain::cart::{Cart, CartAction, CartError, price};
use selvedge_domain::quantity::Unit;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::{TenderError, TenderKind};
use selvedge_domain::{Amount, Quantity};

use crate::make::{add, amount, amount_off, empty, line_id, pay, percent_off, product, take_back};

fn cart(actions: &[CartAction]) -> Cart {
    empty(PriceMode::Inclusive).fold(actions).expect("every action is possible")
}

fn total(cart: &Cart) -> i64 {
    price(cart).expect("a price").total.minor()
}

#[test]
fn a_discount_that_became_too_large_is_cut_and_comes_back() {
    let mut cart = cart(&[
        add(1, 0, 5000, 1000),
        add(2, 1, 800, 1000),
        CartAction::DiscountSale { discount: amount_off(1000) },
        CartAction::Remove { line: line_id(1) },
    ]);
    assert_eq!((total(&cart), price(&cart).expect("a price").sale_discount), (0, amount(800)));
    cart.apply(&CartAction::PutBack { line: line_id(1) }).expect("put back");
    assert_eq!(total(&cart), 4800);
}

#[test]
fn a_discount_is_not_inherited_by_the_next_goods() {
    let cart = cart(&[
        add(1, 0, 5000, 1000),
        CartAction::DiscountSale { discount: amount_off(1000) },
        CartAction::Remove { line: line_id(1) },
        add(2, 1, 800, 1000),
    ]);
    assert_eq!((cart.discount.clone(), total(&cart)), (None, 800));
}

#[test]
fn a_discount_too_large_when_given_is_a_typing_error() {
    let mut cart = cart(&[add(1, 0, 500, 2000), add(2, 1, 300, 1000)]);
    for (discount, on_line) in [
        (amount_off(1001), true),
        (amount_off(1301), false),
        (amount_off(0), false),
        (percent_off(Decimal::new(10001, 2)), false),
        (percent_off(Decimal::ZERO), true),
        (percent_off(Decimal::new(333_333, 5)), true),
    ] {
        let action = match on_line {
            true => CartAction::DiscountLine { line: line_id(1), discount },
            false => CartAction::DiscountSale { discount },
        };
        assert_eq!(cart.apply(&action), Err(CartError::Discount), "{action:?}");
    }
    cart.apply(&CartAction::DiscountSale { discount: percent_off(Decimal::new(333_333, 4)) }).expect("four decimals");
    let discount = amount_off(1);
    assert_eq!(empty(PriceMode::Inclusive).apply(&CartAction::DiscountSale { discount }), Err(CartError::Empty));
}

#[test]
fn a_sale_discount_spares_what_is_taken_back() {
    let cart = cart(&[
        take_back(1, 0, 2000, 374),
        add(2, 0, 1000, 1000),
        CartAction::DiscountSale { discount: percent_off(Decimal::TEN) },
    ]);
    let priced = price(&cart).expect("a price");
    assert_eq!((priced.total, priced.sale_discount), (amount(-1100), amount(100)));
    assert_eq!((priced.lines[0].net, priced.lines[0].tax), (amount(-2000), amount(-374)));
}

#[test]
fn taking_out_the_selected_line_selects_its_neighbour() {
    let mut cart = cart(&[
        add(1, 0, 100, 1000),
        add(2, 1, 100, 1000),
        add(3, 2, 100, 1000),
        CartAction::Select { line: line_id(2) },
        CartAction::Remove { line: line_id(2) },
    ]);
    assert_eq!(cart.selected, Some(line_id(3)), "the line below");
    cart.apply(&CartAction::Remove { line: line_id(1) }).expect("removed");
    assert_eq!(cart.selected, Some(line_id(3)), "another line's removal leaves the selection");
    cart.apply(&CartAction::Remove { line: line_id(3) }).expect("removed");
    assert_eq!(cart.selected, None);
    cart.apply(&CartAction::PutBack { line: line_id(1) }).expect("put back");
    assert_eq!(cart.selected, Some(line_id(1)));
}

#[test]
fn pieces_join_a_line_and_weighed_goods_do_not() {
    assert_eq!(product(4, Some(100)).unit, Unit::Kilogram);
    let cart = cart(&[add(1, 0, 100, 1000), add(2, 0, 100, 2000), add(3, 4, 999, 250), add(4, 4, 999, 300)]);
    let quantities: Vec<i64> = cart.live().map(|line| line.quantity.thousandths()).collect();
    assert_eq!(quantities, [3000, 250, 300]);
    assert_eq!(total(&cart), 300 + 250 + 300, "each weighed line is rounded by itself");
    let mut cart = cart;
    let half = CartAction::SetQuantity { line: line_id(1), quantity: Quantity::from_thousandths(500) };
    assert_eq!(cart.apply(&half), Err(CartError::Quantity), "half a shirt is not sold");
}

#[test]
fn a_new_quantity_ends_the_amount_said_for_the_old_one() {
    let cart = cart(&[
        add(1, 0, 100, 2000),
        CartAction::SetAmount { line: line_id(1), amount: amount(150) },
        CartAction::SetQuantity { line: line_id(1), quantity: Quantity::units(3) },
    ]);
    assert_eq!(total(&cart), 300);
    let mut cart = cart;
    cart.apply(&CartAction::SetAmount { line: line_id(1), amount: amount(150) }).expect("an amount");
    cart.apply(&CartAction::SetPrice { line: line_id(1), price: amount(90) }).expect("a price");
    assert_eq!(total(&cart), 270, "nor does it outlive a new price");
}

#[test]
fn one_identity_is_one_line_and_one_payment() {
    let mut cart = cart(&[add(1, 0, 100, 1000)]);
    assert_eq!(cart.apply(&add(1, 1, 100, 1000)), Err(CartError::AlreadyThere));
    cart.apply(&pay(1, TenderKind::Cash, 50)).expect("a part");
    assert_eq!(cart.apply(&pay(1, TenderKind::Cash, 50)), Err(CartError::AlreadyThere));
    assert_eq!(cart.apply(&add(2, 1, 100, 1000)), Err(CartError::PaymentStarted));
    cart.apply(&pay(2, TenderKind::Cash, 50)).expect("the rest");
    assert_eq!(cart.apply(&pay(3, TenderKind::Cash, 50)), Err(CartError::Tender(TenderError::NothingDue)));
}

#[test]
fn impossible_prices_and_rates_are_refused() {
    let mut cart = empty(PriceMode::Inclusive);
    assert_eq!(cart.apply(&add(1, 0, -1, 1000)), Err(CartError::Price));
    let mut wrong = product(0, Some(100));
    wrong.tax.percent = Decimal::from(-100);
    let action = CartAction::Add { line: line_id(1), product: wrong, scanned: None, quantity: Quantity::ONE };
    assert_eq!(cart.apply(&action), Err(CartError::Price), "a rate of -100 % would divide by zero");
    assert_eq!(cart.apply(&add(1, 0, Amount::LIMIT_MINOR, 2000)), Err(CartError::TooLarge));
}

#[test]
fn what_the_cart_takes_back_is_counted() {
    let mut cart = cart(&[take_back(1, 0, 100, 19)]);
    let refund = cart.lines[0].refund.clone().expect("a refund");
    assert_eq!(cart.taking_back(refund.sale, refund.line), Quantity::ONE);
    cart.apply(&CartAction::Remove { line: line_id(1) }).expect("removed");
    assert_eq!(cart.taking_back(refund.sale, refund.line), Quantity::ZERO);
}
