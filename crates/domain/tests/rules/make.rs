//! Made-up products, lines and actions. Few ids, so that actions hit lines that exist.

use proptest::prelude::*;
use rust_decimal::Decimal;
use selvedge_domain::cart::{Cart, CartAction, Discount, DiscountKind, Refund};
use selvedge_domain::catalogue::Product;
use selvedge_domain::ids::{LineId, ProductId, PromiseId, SaleId, TenderId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::tax::{PriceMode, TaxRate};
use selvedge_domain::tender::{Tender, TenderKind};
use selvedge_domain::{Amount, Currency, Quantity};
use uuid::Uuid;

pub fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor)
}

pub fn line_id(number: u8) -> LineId {
    LineId(Uuid::from_u128(u128::from(number)))
}

pub fn empty(mode: PriceMode) -> Cart {
    Cart::new(SaleId(Uuid::from_u128(1)), Currency::EUR, mode)
}

pub fn mode() -> impl Strategy<Value = PriceMode> {
    prop_oneof![Just(PriceMode::Inclusive), Just(PriceMode::Exclusive)]
}

/// A product whose price, unit and rate follow from its number.
pub fn product(number: u8, price: Option<i64>) -> Product {
    let (code, percent) = [("standard", Decimal::from(23)), ("low", Decimal::new(75, 1)), ("none", Decimal::ZERO)]
        [usize::from(number % 3)];
    Product {
        id: ProductId(Uuid::from_u128(u128::from(number) + 100)),
        sku: format!("TT-{number}"),
        name: "Harbour Tee".into(),
        variant: String::new(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: if number % 5 == 4 { Unit::Kilogram } else { Unit::Piece },
        tax: TaxRate { code: code.into(), percent },
        price: price.map(amount),
    }
}

pub fn add(line: u8, number: u8, price: i64, thousandths: i64) -> CartAction {
    CartAction::Add {
        line: line_id(line),
        product: product(number, Some(price)),
        scanned: None,
        quantity: Quantity::from_thousandths(thousandths),
    }
}

pub fn take_back(line: u8, number: u8, minor: i64, tax: i64) -> CartAction {
    CartAction::Return {
        line: line_id(line),
        product: product(number, Some(minor)),
        refund: Refund {
            sale: SaleId(Uuid::from_u128(2)),
            receipt: "04-2K7-000001".into(),
            line: line_id(line),
            tax: amount(tax),
        },
        quantity: Quantity::ONE,
        amount: amount(minor),
    }
}

pub fn pay(number: u8, kind: TenderKind, minor: i64) -> CartAction {
    let id = TenderId(Uuid::from_u128(u128::from(number)));
    CartAction::Tender { tender: Tender { id, kind, amount: amount(minor), reference: String::new() } }
}

pub fn percent_off(percent: Decimal) -> Option<Discount> {
    Some(Discount { kind: DiscountKind::Percent(percent), reason: String::new() })
}

pub fn amount_off(minor: i64) -> Option<Discount> {
    Some(Discount { kind: DiscountKind::Amount(amount(minor)), reason: String::new() })
}

/// Mostly shop prices; sometimes what no shop has, and what no program should send.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => 0..20_000_i64,
        1 => Just(Amount::LIMIT_MINOR),
        1 => prop_oneof![Just(-1), Just(i64::MAX), Just(i64::MIN), Just(Amount::LIMIT_MINOR + 1)],
    ]
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        8 => (1..6_i64).prop_map(Quantity::units),
        4 => (1..5000_i64).prop_map(Quantity::from_thousandths),
        1 => prop_oneof![Just(0), Just(-1000), Just(i64::MAX), Just(i64::MIN), Just(Quantity::LIMIT_THOUSANDTHS)]
            .prop_map(Quantity::from_thousandths),
    ]
}

fn discount() -> impl Strategy<Value = Option<Discount>> {
    prop_oneof![
        1 => Just(None),
        4 => (-10..1_100_000_i64, 0..7_u32).prop_map(|(mantissa, scale)| percent_off(Decimal::new(mantissa, scale))),
        4 => price().prop_map(amount_off),
    ]
}

fn tender_kind() -> impl Strategy<Value = TenderKind> {
    prop_oneof![Just(TenderKind::Cash), Just(TenderKind::Card), Just(TenderKind::Voucher)]
}

/// Any action, possible or not. Payments are rare, because they end the editing.
pub fn action() -> impl Strategy<Value = CartAction> {
    let line = || 0..12_u8;
    let product_at = || {
        (0..8_u8, price(), prop::bool::weighted(0.1))
            .prop_map(|(number, price, none)| product(number, (!none).then_some(price)))
    };
    prop_oneof![
        10 => (line(), product_at(), quantity()).prop_map(|(line, product, quantity)| CartAction::Add {
            line: line_id(line), product, scanned: None, quantity
        }),
        2 => (line(), product_at(), quantity()).prop_map(|(line, product, quantity)| CartAction::Collect {
            line: line_id(line), product, quantity, promise: PromiseId(Uuid::from_u128(0xb))
        }),
        3 => (line(), 0..8_u8, price(), 0..300_i64)
            .prop_map(|(line, number, price, tax)| take_back(line, number, price, tax)),
        3 => (line(), quantity())
            .prop_map(|(line, quantity)| CartAction::SetQuantity { line: line_id(line), quantity }),
        3 => (line(), price())
            .prop_map(|(line, price)| CartAction::SetPrice { line: line_id(line), price: amount(price) }),
        2 => (line(), price())
            .prop_map(|(line, minor)| CartAction::SetAmount { line: line_id(line), amount: amount(minor) }),
        3 => (line(), discount())
            .prop_map(|(line, discount)| CartAction::DiscountLine { line: line_id(line), discount }),
        3 => discount().prop_map(|discount| CartAction::DiscountSale { discount }),
        4 => line().prop_map(|line| CartAction::Remove { line: line_id(line) }),
        3 => line().prop_map(|line| CartAction::PutBack { line: line_id(line) }),
        3 => line().prop_map(|line| CartAction::Select { line: line_id(line) }),
        1 => (line(), tender_kind(), price(), any::<bool>())
            .prop_map(|(id, kind, minor, out)| pay(id, kind, if out { minor.saturating_neg() } else { minor })),
        2 => line().prop_map(|id| CartAction::ReturnTender { tender: TenderId(Uuid::from_u128(u128::from(id))) }),
    ]
}

/// What a person does one after the other.
pub fn actions() -> impl Strategy<Value = Vec<CartAction>> {
    prop::collection::vec(action(), 0..40)
}

/// The cart after the actions that it takes, and those actions.
pub fn taken(mode: PriceMode, actions: Vec<CartAction>) -> (Cart, Vec<CartAction>) {
    let mut cart = empty(mode);
    let taken = actions.into_iter().filter(|action| cart.apply(action).is_ok()).collect();
    (cart, taken)
}
