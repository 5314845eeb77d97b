//! The number of a receipt: site and till, the short id of the journal's generation, and a gapless number within it:
//! `04-2K7-000001`. Printed as text, QR and Code 128, and read back by the scanner.

use serde::{Deserialize, Serialize};

use crate::ids::GenerationId;

/// The digits of Crockford's base 32: no I, L, O, U, which are misread.
pub(crate) const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A number that is printed on one receipt and no other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReceiptNumber {
    till: String,
    generation: String,
    number: u32,
}

impl ReceiptNumber {
    /// The number of the `number`-th receipt of a till's generation, counted from 1.
    ///
    /// # Errors
    /// [`ReceiptNumberError`], when the till's code cannot be in a receipt number, or `number` is 0.
    pub fn new(till: &str, generation: GenerationId, number: u32) -> Result<Self, ReceiptNumberError> {
        Self::of_parts(till, generation_short(generation), number)
    }

    /// Reads `04-2K7-000001`; the generation also in small letters, and with the letters that Crockford reads as digits.
    ///
    /// # Errors
    /// [`ReceiptNumberError::Pattern`] and what [`Self::new`] refuses.
    pub fn parse(text: &str) -> Result<Self, ReceiptNumberError> {
        let mut parts = text.rsplitn(3, '-');
        let (Some(number), Some(generation), Some(till)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ReceiptNumberError::Pattern);
        };
        let padded = number.len() == 6 || (number.len() > 6 && !number.starts_with('0'));
        if !padded || !number.bytes().all(|byte| byte.is_ascii_digit()) || generation.chars().count() != 3 {
            return Err(ReceiptNumberError::Pattern);
        }
        let generation =
            generation.chars().map(crockford).collect::<Option<String>>().ok_or(ReceiptNumberError::Pattern)?;
        Self::of_parts(till, generation, number.parse().map_err(|_| ReceiptNumberError::Pattern)?)
    }

    /// The till's code, unique in the company: `04`, `GAL-1`.
    pub fn till(&self) -> &str {
        &self.till
    }

    /// Three digits of Crockford's base 32, see [`generation_short`].
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// The gapless number within the generation, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    fn of_parts(till: &str, generation: String, number: u32) -> Result<Self, ReceiptNumberError> {
        let ends = till.bytes().next().zip(till.bytes().next_back());
        let fine = (2..=16).contains(&till.len())
            && till.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && ends.is_some_and(|(first, last)| first != b'-' && last != b'-');
        if !fine {
            return Err(ReceiptNumberError::Till);
        }
        if number == 0 {
            return Err(ReceiptNumberError::Zero);
        }
        Ok(ReceiptNumber { till: till.to_owned(), generation, number })
    }
}

/// The short id of a generation: 15 bits folded from all of its UUID, as three digits of Crockford's base 32. It keeps
/// the series of one till apart; it is not unique in the company, the till's code before it makes it so.
pub fn generation_short(generation: GenerationId) -> String {
    let mut rest = generation.0.as_u128();
    let mut folded = 0;
    while rest != 0 {
        folded ^= rest & 0x7fff;
        rest >>= 15;
    }
    [10, 5, 0]
        .iter()
        .map(|shift| usize::try_from((folded >> shift) & 31).map_or('0', |digit| char::from(CROCKFORD[digit])))
        .collect()
}

fn crockford(letter: char) -> Option<char> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    CROCKFORD.iter().any(|digit| char::from(*digit) == letter).then_some(letter)
}

impl std::fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{:06}", self.till, self.generation, self.number)
    }
}

impl std::str::FromStr for ReceiptNumber {
    type Err = ReceiptNumberError;
    fn from_str(text: &str) -> Result<Self, ReceiptNumberError> {
        ReceiptNumber::parse(text)
    }
}

impl TryFrom<String> for ReceiptNumber {
    type Error = ReceiptNumberError;
    fn try_from(text: String) -> Result<Self, ReceiptNumberError> {
        ReceiptNumber::parse(&text)
    }
}

impl From<ReceiptNumber> for String {
    fn from(number: ReceiptNumber) -> String {
        number.to_string()
    }
}

/// Why a text or its parts are no receipt number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptNumberError {
    /// Not of the form.
    #[error("a receipt number looks like 04-2K7-000001")]
    Pattern,
    /// The till's code has other characters, or not 2 to 16.
    #[error("a till's code has 2 to 16 letters, digits and inner dashes")]
    Till,
    /// Counting begins at 1.
    #[error("a receipt is numbered from 1")]
    Zero,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn numbers_are_read_back_as_they_were_printed() {
        for text in ["04-2K7-000001", "GAL-1-ZZZ-000123", "0402-000-1234567", "w1-2K7-4294967295"] {
            let number = ReceiptNumber::parse(text).expect(text);
            assert_eq!(number.to_string(), text);
        }
        let small = ReceiptNumber::parse("04-2o7-000001").expect("Crockford reads o as 0");
        assert_eq!((small.till(), small.generation(), small.number()), ("04", "207", 1));
    }

    #[test]
    fn other_texts_are_no_receipt_numbers() {
        for text in [
            "",
            "04",
            "04-2K7",
            "04-2K7-00001",
            "04-2K7-0000001",
            "04-2K7-000000",
            "4-2K7-000001",
            "04-2U7-000001",
            "04-2K77-000001",
            "-04-2K7-000001",
            "04--2K7-000001",
            "04-2K7-00000a",
            "04-2K7-+00001",
            "04-2K7-4294967296",
            "04 2K7 000001",
            "0é-2K7-000001",
            "04-é7-000001",
            "4006381333931",
        ] {
            assert!(ReceiptNumber::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_generation_always_has_the_same_short_id() {
        let id = |bits| GenerationId(Uuid::from_u128(bits));
        assert_eq!(generation_short(id(0)), "000");
        assert_eq!(generation_short(id(0x7fff)), "ZZZ");
        assert_eq!(generation_short(id((2 << 10) | (19 << 5) | 7)), "2K7");
        assert_ne!(generation_short(id(1)), generation_short(id(1 << 127)));
        let first = ReceiptNumber::new("04", id((2 << 10) | (19 << 5) | 7), 1).expect("a number");
        assert_eq!(first.to_string(), "04-2K7-000001");
    }
}
