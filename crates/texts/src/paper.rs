//! The words and figures of papers: receipts, Z reports, slips.

use std::sync::LazyLock;

use selvedge_domain::quantity::Unit;
use selvedge_domain::receipt::compose::{Figures, Labels};
use selvedge_domain::time::{Day, LocalTime};
use selvedge_domain::{Amount, Currency, Quantity};

use crate::{Locale, Texts};

/// The words of papers in a language: the texts `paper-total`, `paper-cash-in` and so on. Read once: to read all texts
/// of a language takes as long as a sale.
pub fn receipt_labels(language: &str) -> &'static Labels {
    static EN: LazyLock<Labels> = LazyLock::new(|| labels("en"));
    static DE: LazyLock<Labels> = LazyLock::new(|| labels("de"));
    match Locale::of(language) {
        Locale::En => &EN,
        Locale::De => &DE,
    }
}

fn labels(language: &str) -> Labels {
    let texts = Texts::new(language);
    Labels::from_lookup(|name| texts.get(&format!("paper-{}", name.replace('_', "-"))))
}

/// The form of figures on paper in a language.
#[derive(Clone, Copy, Debug)]
pub struct PaperFigures(Locale);

impl PaperFigures {
    /// Of a language.
    pub fn of(language: &str) -> Self {
        PaperFigures(Locale::of(language))
    }
}

impl Figures for PaperFigures {
    fn amount(&self, amount: Amount, currency: Currency) -> String {
        self.0.paper_amount(amount, currency)
    }

    fn quantity(&self, quantity: Quantity) -> String {
        if quantity.is_whole() {
            self.0.paper_quantity(quantity, Unit::Piece)
        } else {
            let text = self.0.paper_quantity(quantity, Unit::Kilogram);
            text.split(' ').next().unwrap_or_default().to_owned()
        }
    }

    fn percent(&self, percent: rust_decimal::Decimal) -> String {
        let plain = percent.normalize().to_string();
        format!("{} %", plain.replace('.', &self.0.decimal_mark().to_string()))
    }

    fn day(&self, day: Day) -> String {
        self.0.date(day)
    }

    fn time(&self, time: LocalTime) -> String {
        self.0.time(time)
    }
}
