//! The first element of a GS1 element string (GS1 General Specifications, section 3): AI (01), the GTIN. Whatever
//! follows it is kept and reported as unread.

use serde::{Deserialize, Serialize};

use super::gtin::{Gtin, GtinError};

/// The separator of elements, which stands for FNC1.
const GROUP_SEPARATOR: char = '\u{1d}';

/// One element: an application identifier and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// The application identifier: `01`.
    pub ai: String,
    /// Its value: for 01 the 14 digits.
    pub value: String,
}

/// What is read of an element string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementString {
    /// The trade item, where the string begins with one.
    pub gtin: Option<Result<Gtin, GtinError>>,
    /// What was read, in order.
    pub elements: Vec<Element>,
    /// What was not read; empty where all was.
    pub unread: String,
}

impl ElementString {
    /// Reads `0109521234543213…` as a symbol has it; a leading FNC1 is passed over.
    pub fn of_symbol(data: &str) -> Self {
        let data = data.trim_start_matches(GROUP_SEPARATOR);
        Self::after(data.strip_prefix("01"), data)
    }

    /// Reads `(01)09521234543213…` as people write it; none when the text does not begin like that.
    pub fn of_brackets(text: &str) -> Option<Self> {
        text.strip_prefix("(01)").map(|rest| Self::after(Some(rest), text))
    }

    fn after(rest: Option<&str>, whole: &str) -> Self {
        let digits = rest.and_then(|rest| rest.get(..14)).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        match (rest, digits) {
            (Some(rest), Some(digits)) => ElementString {
                gtin: Some(Gtin::parse(digits)),
                elements: vec![Element { ai: "01".to_owned(), value: digits.to_owned() }],
                unread: rest[14..].trim_start_matches(GROUP_SEPARATOR).to_owned(),
            },
            (Some(rest), None) => ElementString {
                gtin: Some(Err(GtinError::Length(rest.bytes().take_while(u8::is_ascii_digit).count()))),
                elements: Vec::new(),
                unread: whole.to_owned(),
            },
            (None, _) => ElementString { gtin: None, elements: Vec::new(), unread: whole.to_owned() },
        }
    }
}
