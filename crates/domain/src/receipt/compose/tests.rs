//! Golden papers: what a person reads.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::barcode::Slip;
use crate::cart::{Cart, CartLine, Discount, DiscountKind, PriceSource, Refund};
use crate::catalogue::Product;
use crate::ids::{LineId, LocationId, PersonId, ProductId, PromiseId, SaleId, ShiftId, SiteId, TenderId, TransferId};
use crate::money::{Amount, Currency};
use crate::quantity::{Quantity, Unit};
use crate::receipt::{Document, Paper, layout};
use crate::sale::{Sale, Till, finish};
use crate::shift::{ClosedShift, Shift, ShiftTotals};
use crate::stock::promise::PromiseKind;
use crate::tax::{PriceMode, TaxRate};
use crate::tender::{Tender, TenderKind};
use crate::time::{Day, LocalTime};

const POINT: PlainFigures = PlainFigures { decimal_sign: '.' };

fn header() -> Header {
    Header {
        company: "Twisted Threads".into(),
        address: vec!["14 Shop Street, Galway".into()],
        tax_number: "VAT IE 9521874T".into(),
        footer: "Thank you. Returns within 28 days with this receipt.".into(),
    }
}

fn at(hour: u8, minute: u8) -> LocalTime {
    LocalTime { day: Day { year: 2026, month: 11, day: 21 }, hour, minute, second: 8 }
}

fn line(number: u128, name: &str, variant: &str, quantity: Quantity, price: i64, percent: i64) -> CartLine {
    let product = Product {
        id: ProductId(Uuid::from_u128(number)),
        sku: format!("TT-{number}"),
        name: name.into(),
        variant: variant.into(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: if quantity.is_whole() { Unit::Piece } else { Unit::Metre },
        tax: TaxRate { code: format!("r{percent}"), percent: Decimal::from(percent) },
        price: Some(Amount::from_minor(price)),
    };
    CartLine {
        id: LineId(Uuid::from_u128(number)),
        product,
        scanned: None,
        quantity,
        unit_price: Some(Amount::from_minor(price)),
        price_source: PriceSource::Catalogue,
        amount_override: None,
        discount: None,
        removed: false,
        refund: None,
        promise: None,
    }
}

fn percent_off(percent: i64, reason: &str) -> Option<Discount> {
    Some(Discount { kind: DiscountKind::Percent(Decimal::from(percent)), reason: reason.into() })
}

fn paid(mut cart: Cart, tenders: &[(TenderKind, i64, &str)]) -> Sale {
    cart.tenders = tenders
        .iter()
        .map(|(kind, amount, reference)| Tender {
            id: TenderId(Uuid::from_u128(9)),
            kind: *kind,
            amount: Amount::from_minor(*amount),
            reference: (*reference).into(),
        })
        .collect();
    let till = Till {
        receipt: "04-2K7-000317".into(),
        site: SiteId(Uuid::from_u128(4)),
        till: "2".into(),
        location: LocationId(Uuid::from_u128(5)),
        returns_location: LocationId(Uuid::from_u128(6)),
        shift: ShiftId(Uuid::from_u128(7)),
        business_day: at(0, 0).day,
        person: PersonId(Uuid::from_u128(8)),
        at: at(10, 52),
    };
    finish(&cart, till).expect("a paid cart")
}

fn cart(mode: PriceMode, lines: Vec<CartLine>) -> Cart {
    Cart { lines, ..Cart::new(SaleId(Uuid::from_u128(1)), Currency::EUR, mode) }
}

fn mixed_sale() -> Sale {
    let mut pocket = line(3, "Quay Pocket Tee", "Olive · XL", Quantity::ONE, 2800, 23);
    pocket.discount = percent_off(20, "worn hem");
    let mut cart = cart(
        PriceMode::Inclusive,
        vec![
            line(1, "Harbour Tee", "Navy · L", Quantity::units(2), 2400, 23),
            line(2, "Harbour Tee", "White · M", Quantity::ONE, 2400, 23),
            pocket,
            line(4, "Deck Tee Kids", "Sand · 8 y", Quantity::units(2), 1600, 0),
            line(5, "Selvedge tape", "", Quantity::from_thousandths(1250), 390, 23),
            line(6, "Loom Heavy Tee with a customer's own printed design", "Black · M", Quantity::ONE, 3900, 23),
        ],
    );
    cart.discount =
        Some(Discount { kind: DiscountKind::Amount(Amount::from_minor(500)), reason: "waited long".into() });
    paid(cart, &[(TenderKind::Card, 5000, "auth 4711"), (TenderKind::Cash, 15000, "")])
}

fn on_paper(document: &Document, paper: Paper) -> String {
    layout(document, paper).txt()
}

#[test]
fn a_sale_on_both_papers() {
    let labels = Labels::english();
    let document = sale(&mixed_sale(), &header(), "Mira B.", Wording { labels: &labels, figures: &POINT });
    insta::assert_snapshot!("sale_48", on_paper(&document, Paper::MM80));
    insta::assert_snapshot!("sale_42", on_paper(&document, Paper::MM80_NARROW));
    insta::assert_snapshot!("sale_32", on_paper(&document, Paper::MM58));
}

#[test]
fn a_copy_says_so_first() {
    let labels = Labels::english();
    let original = sale(&mixed_sale(), &header(), "Mira B.", Wording { labels: &labels, figures: &POINT });
    let copy = copy_of(&original, &labels);
    let Block::Text { text, style, .. } = &copy.blocks[0] else { panic!("the mark is text") };
    assert_eq!((text.as_str(), style.large), ("COPY", true), "a second paper never passes for the first");
    assert_eq!(copy.blocks[2..], original.blocks, "and says the same");
}

#[test]
fn added_tax_stands_before_the_total() {
    let labels = Labels::english();
    let mut cart = cart(
        PriceMode::Exclusive,
        vec![
            line(1, "Harbour Tee", "Navy · L", Quantity::units(3), 1999, 19),
            line(2, "Book", "", Quantity::ONE, 995, 7),
        ],
    );
    cart.discount = percent_off(10, "");
    let sale_now = paid(cart, &[(TenderKind::Cash, 10000, "")]);
    let comma = PlainFigures { decimal_sign: ',' };
    let document = sale(&sale_now, &header(), "", Wording { labels: &labels, figures: &comma });
    insta::assert_snapshot!("sale_exclusive", on_paper(&document, Paper::MM80_NARROW));
}

#[test]
fn a_return_is_negative_and_names_its_receipt() {
    let labels = Labels::english();
    let mut returned = line(1, "Harbour Tee", "Navy · L", Quantity::units(-1), 2400, 23);
    returned.refund = Some(Refund {
        sale: SaleId(Uuid::from_u128(77)),
        receipt: "04-2K7-000201".into(),
        line: LineId(Uuid::from_u128(78)),
        tax: Amount::from_minor(449),
    });
    let sale_now = paid(cart(PriceMode::Inclusive, vec![returned]), &[(TenderKind::Cash, -2400, "")]);
    let document = sale(&sale_now, &header(), "Mira B.", Wording { labels: &labels, figures: &POINT });
    insta::assert_snapshot!("return_42", on_paper(&document, Paper::MM80_NARROW));
}

#[test]
fn a_z_report() {
    let labels = Labels::english();
    let mut totals = ShiftTotals::default();
    totals.add(&mixed_sale());
    totals.cash_in = Amount::from_minor(5000);
    totals.cash_out = Amount::from_minor(1500);
    let shift = Shift {
        id: ShiftId(Uuid::from_u128(7)),
        number: 12,
        business_day: at(0, 0).day,
        currency: Currency::EUR,
        opened_by: PersonId(Uuid::from_u128(8)),
        opened_at: at(8, 55),
        float: Amount::from_minor(20000),
        totals,
    };
    let counted = Amount::from_minor(shift.expected_cash().minor() - 120);
    let closed = ClosedShift { shift, closed_by: PersonId(Uuid::from_u128(8)), closed_at: at(18, 4), counted };
    let wording = Wording { labels: &labels, figures: &POINT };
    let document = z_report(&closed, "2", &header(), ("Mira B.", "Noor K."), wording);
    insta::assert_snapshot!("z_report_42", on_paper(&document, Paper::MM80_NARROW));
    insta::assert_snapshot!("z_report_32", on_paper(&document, Paper::MM58));
}

#[test]
fn a_slip_of_cash_taken_out() {
    let labels = Labels::english();
    let slip = CashSlip {
        till: "2".into(),
        at: at(11, 5),
        currency: Currency::EUR,
        amount: Amount::from_minor(-1500),
        reason: "Window cleaner".into(),
    };
    let document = cash_slip(&slip, &header(), "Mira B.", Wording { labels: &labels, figures: &POINT });
    insta::assert_snapshot!("cash_out_32", on_paper(&document, Paper::MM58));
}

#[test]
fn what_is_set_aside_has_a_slip() {
    let slip = PromiseSlip {
        kind: PromiseKind::Hold,
        site: "Galway".into(),
        slip: Slip::of(PromiseId(Uuid::from_u128(0x0193_0000_0000_8000_8123_4567_89ab_cdef))),
        at: at(10, 52),
        until: Some(Day { year: 2026, month: 11, day: 24 }),
        customer: "Nora, 086 555 0101".into(),
        lines: vec![SlipLine { quantity: Quantity::units(2), name: "Harbour Tee".into(), variant: "Navy · L".into() }],
    };
    let labels = Labels::english();
    let wording = Wording { labels: &labels, figures: &POINT };
    let document = promise_slip(&slip, &header(), "Mira B.", wording);
    insta::assert_snapshot!("slip_42", on_paper(&document, Paper::MM80_NARROW));
    let ordered = promise_slip(&PromiseSlip { kind: PromiseKind::Order, ..slip }, &header(), "Mira B.", wording);
    insta::assert_snapshot!("slip_ordered_32", on_paper(&ordered, Paper::MM58));
}

#[test]
fn the_paper_of_goods_for_another_site() {
    let labels = Labels::english();
    let slip = TransferSlip {
        id: TransferId(Uuid::from_u128(0x0193_4a2b_7c00_7def_8123_4567_89ab_cdef)),
        from: "Athlone".into(),
        to: "Galway".into(),
        at: at(11, 5),
        lines: vec![
            ("Harbour Tee".into(), "Navy · L".into(), Quantity::units(12)),
            ("Wool Felt".into(), String::new(), Quantity::from_thousandths(2_250)),
        ],
        note: "by the van".into(),
    };
    let document = transfer_slip(&slip, &header(), "Hanna L.", Wording { labels: &labels, figures: &POINT });
    insta::assert_snapshot!("transfer_42", on_paper(&document, Paper::MM80_NARROW));
    insta::assert_snapshot!("transfer_32", on_paper(&document, Paper::MM58));
}
