//! A sale: lines, how it was paid, and what follows for tax and stock. A return is a sale with negative lines.

use selvedge_domain::cart::{CartLine, Discount, DiscountKind, PriceSource, PricedLine};
use selvedge_domain::quantity::Unit;
use selvedge_domain::sale::Sale;
use selvedge_domain::tax::{PriceMode, RateSum, TaxRate};
use selvedge_domain::tender::{Tender, TenderKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A sale that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleV1 {
    /// Identity.
    pub sale: Uuid,
    /// Its number on paper.
    pub receipt: String,
    /// The till's code.
    pub till: String,
    /// In which shift.
    pub shift: Uuid,
    /// `2026-11-21`.
    pub business_day: String,
    /// The location that the goods left.
    pub location: Uuid,
    /// The location that returned goods entered.
    pub returns_location: Uuid,
    /// ISO 4217.
    pub currency: String,
    /// `inclusive` or `exclusive`.
    pub price_mode: String,
    /// What was sold and taken back.
    pub lines: Vec<SaleLineV1>,
    /// On the whole sale.
    pub discount: Option<DiscountV1>,
    /// By rate.
    pub rates: Vec<RateSumV1>,
    /// Lines after their own discounts, before the sale's.
    pub subtotal_minor: i64,
    /// Paid; negative when money went back.
    pub total_minor: i64,
    /// How it was paid.
    pub tenders: Vec<TenderV1>,
    /// Given back in cash.
    pub change_minor: i64,
    /// Whose it is; an opaque id.
    pub customer: Option<Uuid>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleLineV1 {
    /// Identity.
    pub line: Uuid,
    /// The product.
    pub product: Uuid,
    /// What the scanner read; none where it was chosen by hand.
    pub scanned: Option<String>,
    /// The product's name as sold.
    pub name: String,
    /// `piece`, `kilogram`, `metre`.
    pub unit: String,
    /// Negative when taken back.
    pub quantity_thousandths: i64,
    /// Of one; none where only the line's amount is known.
    pub unit_price_minor: Option<i64>,
    /// `catalogue`, `typed`, `refund`.
    pub price_source: String,
    /// The amount of the line came from outside instead of price times quantity.
    pub amount_overridden: bool,
    /// Price times quantity, or the overriding amount.
    pub amount_minor: i64,
    /// Own reduction.
    pub discount: Option<DiscountV1>,
    /// Share of the sale's reduction.
    pub sale_discount_minor: i64,
    /// After all reductions.
    pub net_minor: i64,
    /// The rate that was applied.
    pub tax: TaxRateV1,
    /// Share of the rate's tax.
    pub tax_minor: i64,
    /// Its lot, where somebody scanned one.
    pub lot: Option<String>,
    /// The promise that it fulfils.
    pub promise: Option<Uuid>,
    /// The sold line that it takes back.
    pub refund: Option<RefundV1>,
}

/// A rate as it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxRateV1 {
    /// The company's name for it.
    pub code: String,
    /// `23` for 23 %.
    pub percent: String,
}

/// All of one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RateSumV1 {
    /// The rate.
    pub rate: TaxRateV1,
    /// Without tax.
    pub net_minor: i64,
    /// The tax.
    pub tax_minor: i64,
    /// With tax.
    pub gross_minor: i64,
}

/// A reduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiscountV1 {
    /// `20` for 20 %; none where an amount was given.
    pub percent: Option<String>,
    /// What it came to.
    pub amount_minor: i64,
    /// Why; may be empty.
    pub reason: String,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenderV1 {
    /// Identity.
    pub tender: Uuid,
    /// `cash`, `card`, `voucher`.
    pub kind: String,
    /// Handed over; negative when paid out.
    pub amount_minor: i64,
    /// What the terminal or voucher calls it; may be empty.
    pub reference: String,
}

/// The sold line that is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundV1 {
    /// The sale.
    pub sale: Uuid,
    /// Its receipt.
    pub receipt: String,
    /// Its line.
    pub line: Uuid,
}

impl From<&Sale> for SaleV1 {
    fn from(sale: &Sale) -> Self {
        SaleV1 {
            sale: sale.cart.id.0,
            receipt: sale.receipt.clone(),
            till: sale.till.clone(),
            shift: sale.shift.0,
            business_day: sale.business_day.to_string(),
            location: sale.location.0,
            returns_location: sale.returns_location.0,
            currency: sale.cart.currency.code().to_owned(),
            price_mode: match sale.cart.mode {
                PriceMode::Inclusive => "inclusive",
                PriceMode::Exclusive => "exclusive",
            }
            .to_owned(),
            lines: sale.cart.lines.iter().zip(&sale.priced.lines).map(line).collect(),
            discount: sale
                .cart
                .discount
                .as_ref()
                .map(|discount| reduction(discount, sale.priced.sale_discount.minor())),
            rates: sale.priced.rates.iter().map(RateSumV1::from).collect(),
            subtotal_minor: sale.priced.subtotal.minor(),
            total_minor: sale.priced.total.minor(),
            tenders: sale.cart.tenders.iter().map(TenderV1::from).collect(),
            change_minor: sale.change.minor(),
            customer: None,
        }
    }
}

fn line((line, priced): (&CartLine, &PricedLine)) -> SaleLineV1 {
    let name = [line.product.name.as_str(), line.product.variant.as_str()];
    SaleLineV1 {
        line: line.id.0,
        product: line.product.id.0,
        scanned: line.scanned.clone(),
        name: name.join(" ").trim().to_owned(),
        unit: match line.product.unit {
            Unit::Piece => "piece",
            Unit::Kilogram => "kilogram",
            Unit::Metre => "metre",
        }
        .to_owned(),
        quantity_thousandths: line.quantity.thousandths(),
        unit_price_minor: line.unit_price.map(|price| price.minor()),
        price_source: match line.price_source {
            PriceSource::Catalogue => "catalogue",
            PriceSource::Typed => "typed",
            PriceSource::Refund => "refund",
        }
        .to_owned(),
        amount_overridden: line.amount_override.is_some(),
        amount_minor: priced.amount.minor(),
        discount: line.discount.as_ref().map(|discount| reduction(discount, priced.discount.minor())),
        sale_discount_minor: priced.sale_share.minor(),
        net_minor: priced.net.minor(),
        tax: TaxRateV1::from(&line.product.tax),
        tax_minor: priced.tax.minor(),
        lot: None,
        promise: line.promise.map(|promise| promise.0),
        refund: line.refund.as_ref().map(|refund| RefundV1 {
            sale: refund.sale.0,
            receipt: refund.receipt.clone(),
            line: refund.line.0,
        }),
    }
}

fn reduction(discount: &Discount, amount_minor: i64) -> DiscountV1 {
    let percent = match discount.kind {
        DiscountKind::Percent(percent) => Some(percent.normalize().to_string()),
        DiscountKind::Amount(_) => None,
    };
    DiscountV1 { percent, amount_minor, reason: discount.reason.clone() }
}

impl From<&TaxRate> for TaxRateV1 {
    fn from(rate: &TaxRate) -> Self {
        TaxRateV1 { code: rate.code.clone(), percent: rate.percent.normalize().to_string() }
    }
}

impl From<&RateSum> for RateSumV1 {
    fn from(sum: &RateSum) -> Self {
        RateSumV1 {
            rate: TaxRateV1::from(&sum.rate),
            net_minor: sum.net.minor(),
            tax_minor: sum.tax.minor(),
            gross_minor: sum.gross.minor(),
        }
    }
}

impl From<&Tender> for TenderV1 {
    fn from(tender: &Tender) -> Self {
        TenderV1 {
            tender: tender.id.0,
            kind: tender_kind(tender.kind).to_owned(),
            amount_minor: tender.amount.minor(),
            reference: tender.reference.clone(),
        }
    }
}

/// The word for a way to pay.
pub(crate) fn tender_kind(kind: TenderKind) -> &'static str {
    match kind {
        TenderKind::Cash => "cash",
        TenderKind::Card => "card",
        TenderKind::Voucher => "voucher",
    }
}
