//! Quantities: integer thousandths of the product's unit, so that pieces and weights are one type.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::number::{NumberError, scaled};

/// Thousandths of a [`Unit`]; negative in a return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(i64);

impl Quantity {
    /// None.
    pub const ZERO: Quantity = Quantity(0);
    /// One piece, one kilogram, one metre.
    pub const ONE: Quantity = Quantity(1000);
    /// No quantity of a line is larger: 999,999 units.
    pub const LIMIT_THOUSANDTHS: i64 = 999_999_000;

    /// Whole units.
    pub const fn units(units: i64) -> Self {
        Quantity(units.saturating_mul(1000))
    }

    /// From thousandths.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Quantity(thousandths)
    }

    /// In thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// As a decimal number of units.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 3)
    }

    /// Neither more nor less than none.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Without its sign.
    pub const fn abs(self) -> Self {
        Quantity(self.0.saturating_abs())
    }

    /// Whole units only.
    pub const fn is_whole(self) -> bool {
        self.0 % 1000 == 0
    }

    /// Reads `2`, `0.250`, `1,5`.
    ///
    /// # Errors
    /// [`QuantityError`], with the text.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let quantity = scaled(text, 3).map(Quantity).map_err(|error| match error {
            NumberError::NotANumber => QuantityError::NotAQuantity(text.to_owned()),
            NumberError::TooManyDecimals => QuantityError::TooManyDecimals(text.to_owned()),
            NumberError::TooLarge => QuantityError::TooLarge,
        })?;
        let possible = quantity.abs().thousandths() <= Self::LIMIT_THOUSANDTHS;
        if possible { Ok(quantity) } else { Err(QuantityError::TooLarge) }
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.to_decimal().normalize())
    }
}

impl std::ops::Add for Quantity {
    type Output = Quantity;
    fn add(self, other: Quantity) -> Quantity {
        Quantity(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Quantity {
    type Output = Quantity;
    fn sub(self, other: Quantity) -> Quantity {
        Quantity(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Neg for Quantity {
    type Output = Quantity;
    fn neg(self) -> Quantity {
        Quantity(self.0.saturating_neg())
    }
}

impl std::ops::AddAssign for Quantity {
    fn add_assign(&mut self, other: Quantity) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Quantity>>(quantities: I) -> Quantity {
        quantities.fold(Quantity::ZERO, |sum, quantity| sum + quantity)
    }
}

/// What one of a product is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Sold by the piece; quantities are whole.
    #[default]
    Piece,
    /// Sold by weight, in kilograms.
    Kilogram,
    /// Sold by length, in metres.
    Metre,
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a number.
    #[error("{0:?} is not a quantity")]
    NotAQuantity(String),
    /// More than three digits after the point.
    #[error("{0:?} has more than three digits after the point")]
    TooManyDecimals(String),
    /// Above [`Quantity::LIMIT_THOUSANDTHS`].
    #[error("the quantity is too large")]
    TooLarge,
}
