//! The receipt of a sale.

use super::{BOLD, Header, LARGE, PLAIN, Wording, below, centred, head, row, styled_row};
use crate::cart::{CartLine, Discount, DiscountKind, PricedLine};
use crate::money::{Amount, Currency};
use crate::quantity::{Quantity, Unit};
use crate::receipt::{Block, Document};
use crate::sale::Sale;
use crate::tax::PriceMode;

/// The receipt of a sale; `person` is how the person is named on paper: `Mira B.`
pub fn sale(sale: &Sale, header: &Header, person: &str, wording: Wording<'_>) -> Document {
    let Wording { labels, figures } = wording;
    let currency = sale.cart.currency;
    let mut blocks = head(header);
    let till = format!("{} {}", labels.till, sale.till);
    blocks.push(row(&sale.receipt, if person.is_empty() { till } else { format!("{till}, {person}") }));
    blocks.push(row(figures.day(sale.at.day), figures.time(sale.at)));
    blocks.push(Block::Rule);
    for (line, priced) in sale.cart.lines.iter().zip(&sale.priced.lines) {
        blocks.extend(sold_line(line, priced, currency, wording));
    }
    blocks.push(Block::Rule);
    blocks.extend(sums(sale, wording));
    let total = format!("{} {}", labels.total.to_uppercase(), currency.code());
    blocks.push(styled_row(total, figures.amount(sale.priced.total, currency), LARGE));
    for tender in &sale.cart.tenders {
        let name = labels.tender(tender.kind);
        let name = if tender.reference.is_empty() { name.to_owned() } else { format!("{name} {}", tender.reference) };
        blocks.push(row(name, figures.amount(tender.amount, currency)));
    }
    if !sale.change.is_zero() {
        blocks.push(styled_row(&labels.change, figures.amount(sale.change, currency), BOLD));
    }
    if sale.cart.mode == PriceMode::Inclusive {
        blocks.extend(taxes(sale, wording));
    }
    blocks.push(Block::Blank);
    if !header.footer.is_empty() {
        blocks.push(centred(&header.footer, PLAIN));
        blocks.push(Block::Blank);
    }
    blocks.push(Block::Qr { text: sale.receipt.clone() });
    blocks.push(Block::Blank);
    blocks.push(Block::Code128 { text: sale.receipt.clone() });
    Document { blocks }
}

fn sold_line(line: &CartLine, priced: &PricedLine, currency: Currency, wording: Wording<'_>) -> Vec<Block> {
    let Wording { labels, figures } = wording;
    let unit = unit_sign(line.product.unit);
    let name = format!(
        "{}{unit} {} {}",
        figures.quantity(line.quantity),
        line.product.name,
        line.product.variant.replace(" · ", " ")
    );
    let mut blocks = vec![row(name.trim_end(), figures.amount(priced.amount - priced.discount, currency))];
    let mut detail = Vec::new();
    let single = line.quantity.abs() == Quantity::ONE && line.product.unit == Unit::Piece;
    match line.unit_price.filter(|_| line.amount_override.is_none()) {
        Some(price) if !single => {
            detail.push(format!("{}{unit} x {}", figures.quantity(line.quantity), figures.amount(price, currency)));
        }
        Some(_) | None if line.discount.is_some() => detail.push(figures.amount(priced.amount, currency)),
        Some(_) | None => {}
    }
    if let Some(discount) = &line.discount {
        detail.push(reduction(discount, currency, wording));
    }
    if !detail.is_empty() {
        blocks.push(below(detail.join("  ")));
    }
    if let Some(refund) = &line.refund {
        blocks.push(below(format!("{} {}", labels.return_of, refund.receipt)));
    }
    blocks
}

/// What stands between the lines and the total: nothing, where they are simply added.
fn sums(sale: &Sale, wording: Wording<'_>) -> Vec<Block> {
    let Wording { labels, figures } = wording;
    let currency = sale.cart.currency;
    let mut blocks = Vec::new();
    let added_tax = sale.cart.mode == PriceMode::Exclusive;
    if added_tax || !sale.priced.sale_discount.is_zero() {
        blocks.push(row(&labels.subtotal, figures.amount(sale.priced.subtotal, currency)));
    }
    if let Some(discount) = sale.cart.discount.as_ref().filter(|_| !sale.priced.sale_discount.is_zero()) {
        let name = match discount.kind {
            DiscountKind::Percent(percent) => {
                format!("{} {} {}", labels.discount, figures.percent(percent), discount.reason)
            }
            DiscountKind::Amount(_) => format!("{} {}", labels.discount, discount.reason),
        };
        blocks.push(row(name.trim_end(), figures.amount(-sale.priced.sale_discount, currency)));
    }
    if added_tax {
        blocks.extend(taxes(sale, wording));
    }
    blocks
}

fn taxes(sale: &Sale, wording: Wording<'_>) -> Vec<Block> {
    let Wording { labels, figures } = wording;
    let currency = sale.cart.currency;
    let name = |net: Amount, percent| {
        format!("{} {} {} {}", labels.tax, figures.percent(percent), labels.tax_of, figures.amount(net, currency))
    };
    sale.priced
        .rates
        .iter()
        .map(|sum| row(name(sum.net, sum.rate.percent), figures.amount(sum.tax, currency)))
        .collect()
}

/// `-20 % worn hem`.
fn reduction(discount: &Discount, currency: Currency, wording: Wording<'_>) -> String {
    let amount = match discount.kind {
        DiscountKind::Percent(percent) => wording.figures.percent(-percent),
        DiscountKind::Amount(amount) => wording.figures.amount(-amount, currency),
    };
    format!("{amount} {}", discount.reason).trim_end().to_owned()
}

/// The sign of a unit is the same in every language.
fn unit_sign(unit: Unit) -> &'static str {
    match unit {
        Unit::Piece => "",
        Unit::Kilogram => " kg",
        Unit::Metre => " m",
    }
}
