//! A small day at a till: one fact of every kind.

use std::collections::BTreeMap;

use selvedge_domain::ids::BootId;
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::*;
use uuid::Uuid;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | number)
}

pub fn key() -> DeviceKey {
    DeviceKey::from_seed([7; 32])
}

/// Every fact, in the order of a day. The match in [`name`] keeps it complete.
pub fn facts() -> Vec<Fact> {
    vec![
        Fact::GenerationStarted(GenerationStartedV1 {
            public_key: key().public().to_string(),
            app: "0.1.0".into(),
            till: "04".into(),
            short: "2K7".into(),
            after: Some(id(3)),
        }),
        Fact::PersonSigned(PersonSignedV1 { person: id(51), signed_in: true }),
        Fact::ShiftOpened(ShiftOpenedV1 {
            shift: id(61),
            number: 12,
            business_day: "2026-11-21".into(),
            currency: "EUR".into(),
            float_minor: 10_000,
        }),
        Fact::CashMoved(CashMovedV1 {
            shift: id(61),
            currency: "EUR".into(),
            amount_minor: -2_000,
            reason: "Milch & Äpfel".into(),
        }),
        Fact::Sale(sale()),
        Fact::CartCancelled(CartCancelledV1 { cart: id(72), lines: 2, total_minor: 3_240, currency: "EUR".into() }),
        Fact::CodeUnknown(CodeUnknownV1 { text: "]E04006381333931".into(), device: "wedge".into() }),
        Fact::ReceiptCopied(ReceiptCopiedV1 { receipt: "04-2K7-000001".into(), sale: id(71) }),
        Fact::DrawerPulsed(DrawerPulsedV1 { shift: Some(id(61)) }),
        Fact::ShiftClosed(closed()),
    ]
}

/// Facts that came after the small day's chain was written for ever.
pub fn later_facts() -> Vec<Fact> {
    let missing = vec![(12, 12), (15, 18)];
    vec![
        Fact::JournalRecovered(JournalRecoveredV1 { generation: id(3), found: 13, missing }),
        Fact::PromiseMade(PromiseMadeV1 {
            promise: id(91),
            promise_kind: "hold".into(),
            reference: "Ní Bhriain, Samstag".into(),
            customer: Some(id(92)),
            lines: vec![MadeLineV1 { line: id(93), product: id(41), quantity_thousandths: 2_000, allotment: id(94) }],
            until_ms: Some(1_795_500_000_000),
        }),
        Fact::PromiseEnded(PromiseEndedV1 {
            promise: id(95),
            how: "fulfilled".into(),
            location: Some(id(31)),
            lines: vec![HandedLineV1 { line: id(96), product: id(41), quantity_thousandths: 1_000, lot: None }],
            reason: "collected at the counter".into(),
        }),
        Fact::AllotmentReturned(AllotmentReturnedV1 {
            allotment: id(94),
            used_thousandths: 2_000,
            returned_thousandths: 3_000,
        }),
        Fact::TransferDispatched(TransferDispatchedV1 {
            transfer: id(101),
            to_site: id(12),
            lines: vec![TransferLineV1 {
                line: id(102),
                product: id(41),
                quantity_thousandths: 4_000,
                location: id(31),
                lot: Some("L-26-11".into()),
                scanned: Some("]E04006381333931".into()),
            }],
            note: "für Samstag".into(),
        }),
        Fact::TransferReceived(TransferReceivedV1 {
            transfer: id(101),
            from_site: Some(id(13)),
            to_site: id(11),
            lines: vec![TransferLineV1 {
                line: id(103),
                product: id(41),
                quantity_thousandths: 3_000,
                location: id(31),
                lot: None,
                scanned: None,
            }],
            complete: true,
            reason: "a box was open".into(),
        }),
        Fact::TransferClosed(TransferClosedV1 {
            transfer: id(101),
            from_site: None,
            to_site: id(11),
            lines: vec![
                TransferDifferenceV1 { line: id(104), product: id(41), quantity_thousandths: 1_000, lot: None },
                TransferDifferenceV1 { line: id(105), product: id(42), quantity_thousandths: -2_000, lot: None },
            ],
            reason: "the driver knows of nothing".into(),
        }),
        Fact::CountRaised(CountRaisedV1 {
            why: "sold-without-cover".into(),
            sale: Some(id(71)),
            location: id(31),
            heard_ms: Some(1_795_249_000_000),
            lines: vec![RaisedLineV1 { product: id(41), seen_thousandths: 2_000, believed_thousandths: -1_000 }],
        }),
    ]
}

/// How a fact's golden file is called.
pub fn name(fact: &Fact) -> &'static str {
    match fact {
        Fact::GenerationStarted(_) => "generation-started-1",
        Fact::JournalRecovered(_) => "journal-recovered-1",
        Fact::PersonSigned(_) => "person-signed-1",
        Fact::ShiftOpened(_) => "shift-opened-1",
        Fact::CashMoved(_) => "cash-moved-1",
        Fact::Sale(_) => "sale-1",
        Fact::CartCancelled(_) => "cart-cancelled-1",
        Fact::CodeUnknown(_) => "code-unknown-1",
        Fact::ReceiptCopied(_) => "receipt-copied-1",
        Fact::DrawerPulsed(_) => "drawer-pulsed-1",
        Fact::ShiftClosed(_) => "shift-closed-1",
        Fact::PromiseMade(_) => "promise-made-1",
        Fact::PromiseEnded(_) => "promise-ended-1",
        Fact::AllotmentReturned(_) => "allotment-returned-1",
        Fact::TransferDispatched(_) => "transfer-dispatched-1",
        Fact::TransferReceived(_) => "transfer-received-1",
        Fact::TransferClosed(_) => "transfer-closed-1",
        Fact::CountRaised(_) => "count-raised-1",
        Fact::Unknown { .. } => panic!("a small day has nothing unknown"),
    }
}

fn rate(code: &str, percent: &str) -> TaxRateV1 {
    TaxRateV1 { code: code.into(), percent: percent.into() }
}

fn sum(code: &str, percent: &str, net_minor: i64, tax_minor: i64) -> RateSumV1 {
    RateSumV1 { rate: rate(code, percent), net_minor, tax_minor, gross_minor: net_minor + tax_minor }
}

/// Two tees at ten percent less.
fn sold() -> SaleLineV1 {
    SaleLineV1 {
        line: id(81),
        product: id(41),
        scanned: Some("9521234543213".into()),
        name: "Harbour Tee Navy · L".into(),
        unit: "piece".into(),
        quantity_thousandths: 2_000,
        unit_price_minor: Some(2_450),
        price_source: "catalogue".into(),
        amount_overridden: false,
        amount_minor: 4_900,
        discount: Some(DiscountV1 { percent: Some("10".into()), amount_minor: 490, reason: "worn hem".into() }),
        sale_discount_minor: 81,
        net_minor: 4_329,
        tax: rate("standard", "23"),
        tax_minor: 809,
        lot: None,
        promise: None,
        refund: None,
    }
}

/// Felt, of a lot that was promised.
fn felt() -> SaleLineV1 {
    SaleLineV1 {
        line: id(82),
        product: id(42),
        scanned: None,
        name: "Wool Felt".into(),
        unit: "kilogram".into(),
        quantity_thousandths: 755,
        unit_price_minor: None,
        price_source: "typed".into(),
        amount_overridden: true,
        amount_minor: 1_009,
        discount: None,
        sale_discount_minor: 19,
        net_minor: 990,
        tax: rate("reduced", "13.5"),
        tax_minor: 118,
        lot: Some("L-2026-31".into()),
        promise: Some(id(91)),
        refund: None,
    }
}

/// A book that came back.
fn back() -> SaleLineV1 {
    SaleLineV1 {
        line: id(83),
        product: id(43),
        name: "Atlas of Knots".into(),
        quantity_thousandths: -1_000,
        unit_price_minor: Some(1_999),
        unit: "piece".into(),
        price_source: "refund".into(),
        amount_minor: -1_999,
        sale_discount_minor: 0,
        net_minor: -1_999,
        tax_minor: -238,
        lot: None,
        promise: None,
        refund: Some(RefundV1 { sale: id(70), receipt: "04-2K6-000417".into(), line: id(80) }),
        ..felt()
    }
}

/// Paid by card and cash.
fn sale() -> SaleV1 {
    SaleV1 {
        sale: id(71),
        receipt: "04-2K7-000001".into(),
        till: "04".into(),
        shift: id(61),
        business_day: "2026-11-21".into(),
        location: id(31),
        returns_location: id(32),
        currency: "EUR".into(),
        price_mode: "inclusive".into(),
        lines: vec![sold(), felt(), back()],
        discount: Some(DiscountV1 { percent: None, amount_minor: 100, reason: String::new() }),
        rates: vec![sum("standard", "23", 3_520, 809), sum("reduced", "13.5", -889, -120)],
        subtotal_minor: 3_420,
        total_minor: 3_320,
        tenders: vec![
            TenderV1 { tender: id(101), kind: "card".into(), amount_minor: 2_000, reference: "0042".into() },
            TenderV1 { tender: id(102), kind: "cash".into(), amount_minor: 2_000, reference: String::new() },
        ],
        change_minor: 680,
        customer: Some(id(111)),
    }
}

fn closed() -> ShiftClosedV1 {
    ShiftClosedV1 {
        shift: id(61),
        number: 12,
        business_day: "2026-11-21".into(),
        currency: "EUR".into(),
        float_minor: 10_000,
        cash_in_minor: 0,
        cash_out_minor: 2_000,
        sales: 1,
        sold_minor: 5_319,
        returned_minor: 1_999,
        discounts_minor: 590,
        tenders_minor: BTreeMap::from([("card".into(), 2_000), ("cash".into(), 1_320)]),
        rates: vec![sum("standard", "23", 3_520, 809), sum("reduced", "13.5", -889, -120)],
        expected_minor: 9_320,
        counted_minor: 9_315,
    }
}

/// The body of the `number`-th fact of the day.
pub fn body(number: u128, fact: Fact) -> NewBody {
    let minutes = i64::try_from(number).expect("a small day");
    let at = Stamp {
        clock_ms: 1_795_251_600_000 + minutes * 60_000,
        boot: BootId(id(5)),
        ticks_ms: 1_000 + u64::try_from(number).expect("a small day") * 60_000,
        offset_ms: (number > 2).then_some(-250),
        floor_ms: None,
    };
    NewBody { id: id(0x1000 + number), at, person: (number > 1).then(|| id(51)), site: id(11), fact }
}

/// The day as a chain.
pub fn chain() -> Vec<Entry> {
    let bodies = (1..).zip(facts()).map(|(number, fact)| body(number, fact).encode().expect("it encodes"));
    seal(&key(), bodies)
}

/// Bodies, sealed one after the other.
pub fn seal(key: &DeviceKey, bodies: impl IntoIterator<Item = String>) -> Vec<Entry> {
    let mut previous = GENESIS;
    let sealed = (1..).zip(bodies).map(|(sequence, body)| {
        let entry = Entry::seal(key, EntryId { device: id(1), generation: id(2), sequence }, previous, body);
        previous = entry.hash;
        entry
    });
    sealed.collect()
}
