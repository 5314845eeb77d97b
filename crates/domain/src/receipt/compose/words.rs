//! The words and the form of figures that documents need. Translations come from `texts`; what stands here is English
//! and plain, for tests and for tools that have no language.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::{Amount, Currency};
use crate::quantity::Quantity;
use crate::tender::TenderKind;
use crate::time::{Day, LocalTime};

/// How figures are written in a language.
pub trait Figures {
    /// `1,234.50`, with the currency's decimals and without its sign.
    fn amount(&self, amount: Amount, currency: Currency) -> String;
    /// `2`, `0.250`.
    fn quantity(&self, quantity: Quantity) -> String;
    /// `23 %`.
    fn percent(&self, percent: Decimal) -> String;
    /// `Sat 21 Nov 2026`.
    fn day(&self, day: Day) -> String;
    /// `10:52`.
    fn time(&self, time: LocalTime) -> String;
}

/// Figures with a given decimal sign, days as `2026-11-21`.
#[derive(Clone, Copy, Debug)]
pub struct PlainFigures {
    /// Between units and their parts.
    pub decimal_sign: char,
}

impl PlainFigures {
    fn with_sign(self, text: &str) -> String {
        text.replace('.', &self.decimal_sign.to_string())
    }
}

impl Figures for PlainFigures {
    fn amount(&self, amount: Amount, currency: Currency) -> String {
        self.with_sign(&amount.to_plain(currency))
    }

    fn quantity(&self, quantity: Quantity) -> String {
        if quantity.is_whole() {
            quantity.to_string()
        } else {
            self.with_sign(&format!("{:.3}", quantity.to_decimal()))
        }
    }

    fn percent(&self, percent: Decimal) -> String {
        format!("{} %", self.with_sign(&percent.normalize().to_string()))
    }

    fn day(&self, day: Day) -> String {
        day.to_string()
    }

    fn time(&self, time: LocalTime) -> String {
        format!("{:02}:{:02}", time.hour, time.minute)
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $english:literal)*) => {
        /// The words of documents, in one language.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Labels {
            $($(#[$doc])* pub $name: String,)*
        }

        impl Labels {
            /// The English words.
            pub fn english() -> Self {
                Labels { $($name: $english.to_owned(),)* }
            }

            /// The words, each from its name: for a lookup in translation files.
            pub fn from_lookup(mut word: impl FnMut(&'static str) -> String) -> Self {
                Labels { $($name: word(stringify!($name)),)* }
            }
        }
    };
}

labels! {
    /// Marks a second paper; printed in capitals.
    copy = "Copy"
    /// In front of the till's code.
    till = "Till"
    /// In front of the sum to pay, followed by the currency; printed in capitals.
    total = "Total"
    /// In front of the sum before the sale's discount and added tax.
    subtotal = "Subtotal"
    /// In front of a reduction of the whole sale.
    discount = "Discount"
    /// In front of the number of the receipt that a line takes back.
    return_of = "Return of"
    /// A way to pay.
    cash = "Cash"
    /// A way to pay.
    card = "Card"
    /// A way to pay.
    voucher = "Voucher"
    /// Given back in cash.
    change = "Change"
    /// The tax's name, in front of its rate.
    tax = "VAT"
    /// Between a rate and the net amount that it was taken of.
    tax_of = "of"
    /// Heads the report that closes a shift; its number follows.
    z_report = "Z report"
    /// In front of the day that the shift belongs to.
    business_day = "Business day"
    /// In front of who and when.
    opened = "Opened"
    /// In front of who and when.
    closed = "Closed"
    /// How many sales.
    sales = "Sales"
    /// What was sold.
    sold = "Sold"
    /// What was taken back.
    returned = "Returned"
    /// All reductions.
    discounts = "Discounts"
    /// Heads the drawer's part.
    drawer = "Drawer"
    /// In the drawer at the opening.
    float = "Float"
    /// Put into the drawer.
    cash_in = "Cash in"
    /// Taken out of the drawer.
    cash_out = "Cash out"
    /// What the drawer should hold.
    expected = "Expected"
    /// What it does hold.
    counted = "Counted"
    /// Heads the slip of goods that are set aside.
    set_aside = "Set aside"
    /// Heads the slip of goods that are ordered.
    ordered = "Ordered"
    /// In front of the site that has the goods.
    at_site = "At"
    /// In front of the day until which they are kept.
    kept_until = "Kept until"
    /// In front of the day on which they are expected.
    expected_by = "Expected by"
    /// In front of what the customer said: a name, a number.
    customer = "For"
    /// Counted less expected.
    difference = "Difference"
    /// In front of a line to sign on.
    signature = "Signature"
    /// Heads the paper that goes with goods to another site; that one's name follows.
    transfer = "Goods for"
    /// In front of the site that sends them.
    transfer_from = "From"
}

impl Labels {
    /// The word for a way to pay.
    pub fn tender(&self, kind: TenderKind) -> &str {
        match kind {
            TenderKind::Cash => &self.cash,
            TenderKind::Card => &self.card,
            TenderKind::Voucher => &self.voucher,
        }
    }
}
