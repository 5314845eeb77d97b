//! A sale read back out of its entry: what a till needs again when all that it has is its journal.

use selvedge_domain::cart::{Cart, CartLine, Discount, DiscountKind, PriceSource, Priced, PricedLine, Refund};
use selvedge_domain::catalogue::Product;
use selvedge_domain::ids::{LineId, LocationId, PersonId, ProductId, PromiseId, SaleId, ShiftId, SiteId, TenderId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::sale::Sale;
use selvedge_domain::tax::{PriceMode, RateSum, TaxRate};
use selvedge_domain::tender::{Tender, TenderKind};
use selvedge_domain::time::{Day, LocalTime};
use selvedge_domain::{Amount, Currency, Quantity};

use super::sale::{DiscountV1, RateSumV1, SaleLineV1, SaleV1, TaxRateV1, TenderV1};

/// What the envelope of a sale says beside it.
#[derive(Clone, Copy, Debug)]
pub struct SaleSurroundings {
    /// Where.
    pub site: SiteId,
    /// By whom.
    pub person: PersonId,
    /// When, on the wall.
    pub at: LocalTime,
}

/// A word of the journal that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value:?}")]
pub struct ReadBackError {
    /// Where.
    pub field: &'static str,
    /// What it says.
    pub value: String,
}

fn odd(field: &'static str, value: &str) -> ReadBackError {
    ReadBackError { field, value: value.to_owned() }
}

impl SaleV1 {
    /// The sale as the till had it, except for what the journal does not keep of its products: number, style, colour and
    /// size. Written again it is the same entry.
    ///
    /// # Errors
    /// [`ReadBackError`].
    pub fn read_back(&self, around: SaleSurroundings) -> Result<Sale, ReadBackError> {
        let mode = match self.price_mode.as_str() {
            "inclusive" => PriceMode::Inclusive,
            "exclusive" => PriceMode::Exclusive,
            other => return Err(odd("price_mode", other)),
        };
        let lines: Vec<CartLine> = self.lines.iter().map(line).collect::<Result<_, _>>()?;
        let sale_discount = self.discount.as_ref().map_or(0, |discount| discount.amount_minor);
        let own: i64 = self.lines.iter().filter_map(|line| line.discount.as_ref()).map(|own| own.amount_minor).sum();
        let rates: Vec<RateSum> = self.rates.iter().map(rate_sum).collect::<Result<_, _>>()?;
        Ok(Sale {
            receipt: self.receipt.clone(),
            site: around.site,
            till: self.till.clone(),
            location: LocationId(self.location),
            returns_location: LocationId(self.returns_location),
            shift: ShiftId(self.shift),
            business_day: Day::parse(&self.business_day).map_err(|_| odd("business_day", &self.business_day))?,
            person: around.person,
            at: around.at,
            cart: Cart {
                id: SaleId(self.sale),
                currency: Currency::parse(&self.currency).map_err(|_| odd("currency", &self.currency))?,
                mode,
                lines,
                discount: self.discount.as_ref().map(discount).transpose()?,
                tenders: self.tenders.iter().map(tender).collect::<Result<_, _>>()?,
                selected: None,
            },
            priced: Priced {
                lines: self.lines.iter().map(priced).collect(),
                subtotal: Amount::from_minor(self.subtotal_minor),
                sale_discount: Amount::from_minor(sale_discount),
                discounts: Amount::from_minor(sale_discount + own),
                tax: rates.iter().map(|sum| sum.tax).sum(),
                rates,
                total: Amount::from_minor(self.total_minor),
                price_missing: false,
            },
            change: Amount::from_minor(self.change_minor),
        })
    }
}

fn line(line: &SaleLineV1) -> Result<CartLine, ReadBackError> {
    let unit_price = line.unit_price_minor.map(Amount::from_minor);
    Ok(CartLine {
        id: LineId(line.line),
        product: Product {
            id: ProductId(line.product),
            sku: String::new(),
            name: line.name.clone(),
            variant: String::new(),
            style: String::new(),
            colour: String::new(),
            colour_code: String::new(),
            size: String::new(),
            unit: match line.unit.as_str() {
                "piece" => Unit::Piece,
                "kilogram" => Unit::Kilogram,
                "metre" => Unit::Metre,
                other => return Err(odd("unit", other)),
            },
            tax: rate(&line.tax)?,
            price: unit_price,
        },
        scanned: line.scanned.clone(),
        quantity: Quantity::from_thousandths(line.quantity_thousandths),
        unit_price,
        price_source: match line.price_source.as_str() {
            "catalogue" => PriceSource::Catalogue,
            "typed" => PriceSource::Typed,
            "refund" => PriceSource::Refund,
            other => return Err(odd("price_source", other)),
        },
        amount_override: line.amount_overridden.then(|| Amount::from_minor(line.amount_minor)),
        discount: line.discount.as_ref().map(discount).transpose()?,
        removed: false,
        refund: line.refund.as_ref().map(|refund| Refund {
            sale: SaleId(refund.sale),
            receipt: refund.receipt.clone(),
            line: LineId(refund.line),
            tax: Amount::from_minor(-line.tax_minor),
        }),
        promise: line.promise.map(PromiseId),
    })
}

fn priced(line: &SaleLineV1) -> PricedLine {
    PricedLine {
        id: LineId(line.line),
        amount: Amount::from_minor(line.amount_minor),
        discount: Amount::from_minor(line.discount.as_ref().map_or(0, |own| own.amount_minor)),
        sale_share: Amount::from_minor(line.sale_discount_minor),
        net: Amount::from_minor(line.net_minor),
        tax: Amount::from_minor(line.tax_minor),
    }
}

fn discount(discount: &DiscountV1) -> Result<Discount, ReadBackError> {
    let kind = match &discount.percent {
        Some(percent) => DiscountKind::Percent(percent.parse().map_err(|_| odd("percent", percent))?),
        None => DiscountKind::Amount(Amount::from_minor(discount.amount_minor)),
    };
    Ok(Discount { kind, reason: discount.reason.clone() })
}

fn rate(rate: &TaxRateV1) -> Result<TaxRate, ReadBackError> {
    let percent = rate.percent.parse().map_err(|_| odd("percent", &rate.percent))?;
    Ok(TaxRate { code: rate.code.clone(), percent })
}

fn rate_sum(sum: &RateSumV1) -> Result<RateSum, ReadBackError> {
    Ok(RateSum {
        rate: rate(&sum.rate)?,
        net: Amount::from_minor(sum.net_minor),
        tax: Amount::from_minor(sum.tax_minor),
        gross: Amount::from_minor(sum.gross_minor),
    })
}

fn tender(tender: &TenderV1) -> Result<Tender, ReadBackError> {
    Ok(Tender {
        id: TenderId(tender.tender),
        kind: tender_kind(&tender.kind)?,
        amount: Amount::from_minor(tender.amount_minor),
        reference: tender.reference.clone(),
    })
}

/// The way to pay that a word stands for.
fn tender_kind(word: &str) -> Result<TenderKind, ReadBackError> {
    match word {
        "cash" => Ok(TenderKind::Cash),
        "card" => Ok(TenderKind::Card),
        "voucher" => Ok(TenderKind::Voucher),
        other => Err(odd("tender", other)),
    }
}
