//! What stands on a document, as a person reads it.

use selvedge_domain::receipt::{Block, Document};
use selvedge_protocol::journal::SaleV1;

/// All texts of a document, a line each.
pub fn text(document: &Document) -> String {
    let lines = document.blocks.iter().map(|block| match block {
        Block::Text { text, .. } | Block::Qr { text } | Block::Code128 { text } => text.clone(),
        Block::Row { start, end, .. } => format!("{start} {end}").trim().to_owned(),
        Block::Rule | Block::Blank => String::new(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The amounts at the ends of the rows, in minor units, in order; for the English paper of a currency with cents.
pub fn amounts(document: &Document) -> Vec<i64> {
    let rows = document.blocks.iter().filter_map(|block| match block {
        Block::Row { end, .. } => Some(end),
        Block::Text { .. } | Block::Rule | Block::Blank | Block::Qr { .. } | Block::Code128 { .. } => None,
    });
    rows.filter_map(|end| minor(end)).collect()
}

/// The receipt of a sale shows its number, every line, the total and every payment.
///
/// # Panics
/// When something is missing.
pub fn shows(document: &Document, sold: &SaleV1) {
    let text = text(document);
    assert!(text.contains(&sold.receipt), "a receipt shows its number:\n{text}");
    let expected = sold
        .lines
        .iter()
        .map(|line| line.amount_minor - line.discount.as_ref().map_or(0, |discount| discount.amount_minor))
        .chain([sold.total_minor])
        .chain(sold.tenders.iter().map(|tender| tender.amount_minor))
        .chain((sold.change_minor != 0).then_some(sold.change_minor))
        .chain(sold.rates.iter().map(|sum| sum.tax_minor));
    let mut shown = amounts(document);
    for amount in expected {
        let at = shown.iter().position(|one| *one == amount);
        let at = at.unwrap_or_else(|| panic!("a receipt shows {amount} cents:\n{text}"));
        shown.swap_remove(at);
    }
    for line in &sold.lines {
        let name = line.name.split(' ').next().unwrap_or_default();
        assert!(text.contains(name), "a receipt names what was sold, {}:\n{text}", line.name);
    }
}

fn minor(text: &str) -> Option<i64> {
    let plain: String =
        text.chars().filter(|one| *one != ',').map(|one| if one == '\u{2212}' { '-' } else { one }).collect();
    let (whole, cents) = plain.rsplit_once('.')?;
    if cents.len() != 2 || !whole.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{cents}").parse().ok()
}
