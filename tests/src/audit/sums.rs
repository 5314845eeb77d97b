//! The arithmetic of one sale, done again: integers and exact fractions, nothing of `domain`'s pricing.

use rust_decimal::{Decimal, RoundingStrategy};
use selvedge_protocol::journal::{SaleLineV1, SaleV1};

/// A sale adds up to the cent.
pub(super) fn check(sold: &SaleV1) {
    assert!(!sold.lines.is_empty(), "a sale has lines");
    sold.lines.iter().for_each(line);
    let after_own: i64 = sold.lines.iter().map(|line| line.amount_minor - own_discount(line)).sum();
    assert_eq!(sold.subtotal_minor, after_own, "the subtotal is the sum of the lines");
    let shares: i64 = sold.lines.iter().map(|line| line.sale_discount_minor).sum();
    assert_eq!(shares, sold.discount.as_ref().map_or(0, |given| given.amount_minor), "the lines share the discount");
    let gross: i64 = sold.rates.iter().map(|sum| sum.gross_minor).sum();
    assert_eq!(sold.total_minor, gross, "what is paid is the sum of the rates");
    rates(sold);
    let handed: i64 = sold.tenders.iter().map(|tender| tender.amount_minor).sum();
    assert_eq!(handed - sold.change_minor, sold.total_minor, "a finished sale is paid exactly");
    assert!(sold.change_minor >= 0, "change goes to the customer");
    if sold.change_minor > 0 {
        let cash: i64 = sold.tenders.iter().filter(|tender| tender.kind == "cash").map(|t| t.amount_minor).sum();
        assert!(cash >= sold.change_minor, "only cash gives change");
    }
}

fn line(line: &SaleLineV1) {
    assert_ne!(line.quantity_thousandths, 0, "a line has a quantity");
    if line.unit == "piece" {
        assert_eq!(line.quantity_thousandths % 1000, 0, "a piece is whole");
    }
    if !line.amount_overridden {
        let price = line.unit_price_minor.expect("a line has a price or an amount");
        let exact = i128::from(price) * i128::from(line.quantity_thousandths);
        let rounded = (2 * exact.abs() + 1000) / 2000 * exact.signum();
        assert_eq!(i128::from(line.amount_minor), rounded, "a line is price times quantity, rounded");
    }
    let net = line.amount_minor - own_discount(line) - line.sale_discount_minor;
    assert_eq!(line.net_minor, net, "a line's net is its amount without its reductions");
    if line.refund.is_some() {
        assert_eq!((own_discount(line), line.sale_discount_minor), (0, 0), "a returned line is not reduced again");
    } else {
        assert!(line.net_minor >= 0, "a sold line costs nothing or more");
    }
}

fn own_discount(line: &SaleLineV1) -> i64 {
    line.discount.as_ref().map_or(0, |discount| discount.amount_minor)
}

/// Tax is rounded once per rate, on what is sold; what is taken back brings its own.
fn rates(sold: &SaleV1) {
    let inclusive = match sold.price_mode.as_str() {
        "inclusive" => true,
        "exclusive" => false,
        other => panic!("{other} is no price mode"),
    };
    for sum in &sold.rates {
        let mine: Vec<&SaleLineV1> = sold.lines.iter().filter(|line| line.tax == sum.rate).collect();
        assert!(!mine.is_empty(), "a rate has lines");
        let base: i64 = mine.iter().map(|line| line.net_minor).sum();
        let tax: i64 = mine.iter().map(|line| line.tax_minor).sum();
        let (net, gross) = if inclusive { (base - tax, base) } else { (base, base + tax) };
        assert_eq!(
            (net, tax, gross),
            (sum.net_minor, sum.tax_minor, sum.gross_minor),
            "a rate is the sum of its lines"
        );
        let open = || mine.iter().filter(|line| line.refund.is_none());
        let open_base: i64 = open().map(|line| line.net_minor).sum();
        let open_tax: i64 = open().map(|line| line.tax_minor).sum();
        assert_eq!(open_tax, tax_of(open_base, &sum.rate.percent, inclusive), "tax is rounded once per rate");
    }
    let lines: usize = sold.rates.iter().map(|sum| sold.lines.iter().filter(|line| line.tax == sum.rate).count()).sum();
    assert_eq!(lines, sold.lines.len(), "every line has its rate");
}

fn tax_of(base_minor: i64, percent: &str, inclusive: bool) -> i64 {
    let percent: Decimal = percent.parse().expect("a percentage");
    let whole = if inclusive { Decimal::ONE_HUNDRED + percent } else { Decimal::ONE_HUNDRED };
    let exact = Decimal::from(base_minor) * percent / whole;
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(rounded).expect("an amount")
}
