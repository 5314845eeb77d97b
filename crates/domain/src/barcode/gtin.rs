//! The Global Trade Item Number (GS1 General Specifications, section 3.3.2; check digit: section 7.9).

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// A GTIN-8, -12, -13 or -14 whose check digit is right. Two are equal when they name the same trade item: their
/// 14 digits count, not the length that was scanned.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gtin {
    key: u64,
    length: u8,
}

impl Gtin {
    /// Reads 8, 12, 13 or 14 digits, the last one the check digit.
    ///
    /// # Errors
    /// [`GtinError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        let (body, found) = match text.char_indices().next_back() {
            Some((at, last)) => (&text[..at], last),
            None => return Err(GtinError::Length(0)),
        };
        let gtin = Self::from_digits(text)?;
        let expected = check_digit(body).ok_or(GtinError::NotDigits)?;
        if found.to_digit(10) != Some(u32::from(expected)) {
            return Err(GtinError::CheckDigit { found, expected });
        }
        Ok(gtin)
    }

    /// Appends the check digit to 7, 11, 12 or 13 digits: for making numbers, never for reading them.
    ///
    /// # Errors
    /// [`GtinError`] says what is wrong.
    pub fn with_check_digit(body: &str) -> Result<Self, GtinError> {
        let digit = check_digit(body).ok_or(GtinError::NotDigits)?;
        Self::from_digits(&format!("{body}{digit}"))
    }

    /// Reads a [`key`](Self::key) back; it is shown in the shortest length that holds it.
    ///
    /// # Errors
    /// [`GtinError`], when the number was no key.
    pub fn from_key(key: u64) -> Result<Self, GtinError> {
        let width = match key {
            0..=99_999_999 => 8,
            100_000_000..=999_999_999_999 => 12,
            1_000_000_000_000..=9_999_999_999_999 => 13,
            _ => 14,
        };
        Self::parse(&format!("{key:0width$}"))
    }

    /// The 14 digits as a number: the same for a number and its zero-padded forms.
    pub const fn key(&self) -> u64 {
        self.key
    }

    /// How many digits were read: 8, 12, 13 or 14.
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// All 14 digits, padded with zeros at the left.
    pub fn digits14(&self) -> String {
        format!("{:014}", self.key)
    }

    /// First of the 14 digits: 0 the item itself, 1 to 8 a packing level, 9 an item of variable measure.
    pub fn indicator(&self) -> u8 {
        u8::try_from(self.key / 10_000_000_000_000).unwrap_or(9)
    }

    /// A number for restricted circulation (section 1.4: GS1 prefixes 02, 04, 20 to 29; GTIN-8 prefixes 0 and 2): a
    /// region or a company gives it its meaning, so it names no product outside.
    pub fn is_restricted(&self) -> bool {
        if self.key < 100_000_000 {
            return matches!(self.key / 10_000_000, 0 | 2);
        }
        let thirteen = self.key % 10_000_000_000_000;
        matches!(thirteen / 100_000_000_000, 2 | 4 | 20..=29)
    }

    fn from_digits(text: &str) -> Result<Self, GtinError> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GtinError::NotDigits);
        }
        let length = match text.len() {
            8 => 8,
            12 => 12,
            13 => 13,
            14 => 14,
            other => return Err(GtinError::Length(other)),
        };
        match text.parse() {
            Ok(0) => Err(GtinError::AllZeros),
            Ok(key) => Ok(Gtin { key, length }),
            Err(_) => Err(GtinError::NotDigits),
        }
    }
}

/// The check digit that belongs after `body` (section 7.9: weights 3 and 1 from the right, modulo 10); none when
/// `body` is not of digits.
pub fn check_digit(body: &str) -> Option<u8> {
    let mut sum = 0_u32;
    for (place, character) in body.chars().rev().enumerate() {
        let digit = character.to_digit(10)?;
        sum = (sum + if place % 2 == 0 { 3 * digit } else { digit }) % 10;
    }
    u8::try_from((10 - sum) % 10).ok()
}

impl PartialEq for Gtin {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Gtin {}

impl PartialOrd for Gtin {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Gtin {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for Gtin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl std::fmt::Display for Gtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0width$}", self.key, width = usize::from(self.length))
    }
}

impl std::str::FromStr for Gtin {
    type Err = GtinError;
    fn from_str(text: &str) -> Result<Self, GtinError> {
        Gtin::parse(text)
    }
}

impl TryFrom<String> for Gtin {
    type Error = GtinError;
    fn try_from(text: String) -> Result<Self, GtinError> {
        Gtin::parse(&text)
    }
}

impl From<Gtin> for String {
    fn from(gtin: Gtin) -> String {
        gtin.to_string()
    }
}

/// Why a text is no GTIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GtinError {
    /// Something else than the digits 0 to 9.
    #[error("a GTIN has digits only")]
    NotDigits,
    /// So many digits.
    #[error("a GTIN has 8, 12, 13 or 14 digits, not {0}")]
    Length(usize),
    /// The last digit does not belong to the others.
    #[error("the check digit is {found} and should be {expected}")]
    CheckDigit {
        /// As read.
        found: char,
        /// As computed.
        expected: u8,
    },
    /// Only zeros: the check digit fits, but nothing has that number.
    #[error("a GTIN is not all zeros")]
    AllZeros,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_numbers_of_each_length_are_read_and_shown_as_they_were() {
        for text in ["96385074", "614141999996", "4006381333931", "9521234543213", "10614141543219"] {
            let gtin = Gtin::parse(text).expect(text);
            assert_eq!(gtin.to_string(), text);
            assert_eq!(gtin.digits14(), format!("{text:0>14}"));
            assert_eq!(Gtin::from_key(gtin.key()), Ok(gtin));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(Gtin::parse(""), Err(GtinError::Length(0)));
        assert_eq!(Gtin::parse("123456789"), Err(GtinError::Length(9)));
        assert_eq!(Gtin::parse("400638133393X"), Err(GtinError::NotDigits));
        assert_eq!(Gtin::parse("400638133393１"), Err(GtinError::NotDigits));
        assert_eq!(Gtin::parse("4006381333930"), Err(GtinError::CheckDigit { found: '0', expected: 1 }));
        assert_eq!(Gtin::parse("0000000000000"), Err(GtinError::AllZeros));
        assert_eq!(Gtin::with_check_digit("400638133393"), Gtin::parse("4006381333931"));
    }

    #[test]
    fn restricted_circulation_is_flagged_by_prefix() {
        for (body, restricted) in [
            ("020000000000", true),
            ("029999999999", true),
            ("040000000001", true),
            ("049999999999", true),
            ("200000000000", true),
            ("299999999999", true),
            ("030000000000", false),
            ("050000000000", false),
            ("400000000000", false),
            ("499999999999", false),
            ("952123454321", false),
            ("20000000000", true),
            ("40000000000", true),
            ("01200000345", false),
            ("0000001", true),
            ("2000001", true),
            ("9638507", false),
        ] {
            let gtin = Gtin::with_check_digit(body).expect(body);
            assert_eq!(gtin.is_restricted(), restricted, "{gtin}");
        }
    }
}
