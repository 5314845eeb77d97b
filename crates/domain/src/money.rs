//! Money: integer minor units. A document (cart, sale, shift) has one [`Currency`]; the [`Amount`]s in it are of that
//! currency and carry only the number. Rounding is commercial (half away from zero) and happens where a function's
//! name says so, never in arithmetic. Sums saturate: beyond the limit they are refused, they never wrap.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::number::{NumberError, scaled};

/// An amount in minor units (cents) of the currency of the document it stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// No amount at a till is larger than this, so that sums over a journal cannot overflow: ten billion major units.
    pub const LIMIT_MINOR: i64 = 1_000_000_000_000;

    /// From minor units.
    pub const fn from_minor(minor: i64) -> Self {
        Amount(minor)
    }

    /// In minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Rounds a decimal number of minor units, half away from zero.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] above [`Self::LIMIT_MINOR`].
    pub fn round_from(minor: Decimal) -> Result<Self, MoneyError> {
        minor
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
            .to_i64()
            .map(Amount)
            .filter(|amount| amount.is_possible())
            .ok_or(MoneyError::TooLarge)
    }

    /// As a decimal number of minor units, for multiplication with a rate.
    pub fn to_decimal(self) -> Decimal {
        Decimal::from(self.0)
    }

    /// Without its sign.
    pub const fn abs(self) -> Self {
        Amount(self.0.saturating_abs())
    }

    /// Within [`Self::LIMIT_MINOR`]. Amounts that come from outside are asked before they are used.
    pub const fn is_possible(self) -> bool {
        self.0.unsigned_abs() <= Self::LIMIT_MINOR.unsigned_abs()
    }

    /// Below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads what a person types: `12`, `12.5`, `12,50`, `-3.00`. At most the currency's decimals.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`] or [`MoneyError::TooManyDecimals`] or [`MoneyError::TooLarge`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimals = currency.decimals();
        let amount = scaled(text, decimals).map(Amount).map_err(|error| match error {
            NumberError::NotANumber => MoneyError::NotAnAmount(text.to_owned()),
            NumberError::TooManyDecimals => MoneyError::TooManyDecimals { text: text.to_owned(), decimals },
            NumberError::TooLarge => MoneyError::TooLarge,
        })?;
        if amount.is_possible() { Ok(amount) } else { Err(MoneyError::TooLarge) }
    }

    /// `12.34`, with the currency's decimals and a point, without sign of the currency: for files and logs. People see
    /// amounts through `texts`.
    pub fn to_plain(self, currency: Currency) -> String {
        let digits = usize::from(currency.decimals());
        let sign = if self.0 < 0 { "-" } else { "" };
        let text = format!("{:0>width$}", self.0.unsigned_abs(), width = digits + 1);
        let (major, minor) = text.split_at(text.len() - digits);
        if digits == 0 { format!("{sign}{major}") } else { format!("{sign}{major}.{minor}") }
    }
}

impl std::ops::Add for Amount {
    type Output = Amount;
    fn add(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Amount {
    type Output = Amount;
    fn sub(self, other: Amount) -> Amount {
        Amount(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Neg for Amount {
    type Output = Amount;
    fn neg(self) -> Amount {
        Amount(self.0.saturating_neg())
    }
}

impl std::ops::AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        *self = *self - other;
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::ZERO, |sum, amount| sum + amount)
    }
}

/// An ISO 4217 currency: its alphabetic code, which also says how many decimals it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro, the demo company's.
    pub const EUR: Currency = Currency(*b"EUR");

    /// Reads an alphabetic code.
    ///
    /// # Errors
    /// [`MoneyError::NotACurrency`] unless it is three capital letters.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        match code.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) => Ok(Currency([*a, *b, *c])),
            _ => Err(MoneyError::NotACurrency(code.to_owned())),
        }
    }

    /// `EUR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many digits stand after the point (ISO 4217, minor unit).
    pub fn decimals(&self) -> u8 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// The sign that people write, where there is a usual one; else the code.
    pub fn sign(&self) -> &str {
        match &self.0 {
            b"EUR" => "€",
            b"USD" => "$",
            b"GBP" => "£",
            b"JPY" => "¥",
            _ => self.code(),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Currency::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// Why a text or number is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Neither digits nor a point.
    #[error("{0:?} is not an amount")]
    NotAnAmount(String),
    /// `12.345` where the currency has two decimals.
    #[error("{text:?} has more than {decimals} digits after the point")]
    TooManyDecimals {
        /// What was typed.
        text: String,
        /// What the currency allows.
        decimals: u8,
    },
    /// Above [`Amount::LIMIT_MINOR`].
    #[error("the amount is too large")]
    TooLarge,
    /// Not three capital letters.
    #[error("{0:?} is not an ISO 4217 currency code")]
    NotACurrency(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_amounts_are_read_with_point_or_comma() {
        for (text, minor) in [("12", 1200), ("12.5", 1250), ("12,50", 1250), ("-3.00", -300), (" 0.07 ", 7)] {
            assert_eq!(Amount::parse(text, Currency::EUR), Ok(Amount(minor)), "{text}");
        }
        assert!(matches!(Amount::parse("1.234", Currency::EUR), Err(MoneyError::TooManyDecimals { .. })));
        assert!(
            matches!(Amount::parse("1,000", Currency::EUR), Err(MoneyError::TooManyDecimals { .. })),
            "a thousand is not taken for one"
        );
        for text in ["", "-", ".", "1_000", "1.2.3", "1e3", "--1", "1 000", "NaN", "１"] {
            assert!(matches!(Amount::parse(text, Currency::EUR), Err(MoneyError::NotAnAmount(_))), "{text:?}");
        }
        assert!(matches!(Amount::parse("twelve", Currency::EUR), Err(MoneyError::NotAnAmount(_))));
        assert!(matches!(Amount::parse("99999999999999", Currency::EUR), Err(MoneyError::TooLarge)));
    }

    #[test]
    fn plain_text_has_the_decimals_of_the_currency() {
        let yen = Currency::parse("JPY").expect("a currency");
        assert_eq!(Amount(5).to_plain(Currency::EUR), "0.05");
        assert_eq!(Amount(-1234).to_plain(Currency::EUR), "-12.34");
        assert_eq!(Amount(1234).to_plain(yen), "1234");
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (tenths, minor) in [(5, 1), (-5, -1), (4, 0), (15, 2), (25, 3), (-25, -3)] {
            assert_eq!(Amount::round_from(Decimal::new(tenths, 1)), Ok(Amount(minor)), "{tenths} tenths");
        }
    }
}
