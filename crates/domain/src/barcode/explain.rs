//! What a scan means, for people and programs outside: what `selvedgectl barcode` prints.

use serde::Serialize;

use super::aim::Symbology;
use super::element::Element;
use super::meaning::{Doubt, ScanMeaning, read};

/// What a text means. Its JSON is stable: fields are only added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What the AIM identifier says; none without one.
    pub symbology: Option<Symbology>,
    /// What it is.
    pub kind: Kind,
    /// The product's number in 14 digits; none when there is none, or more than one.
    pub gtin14: Option<String>,
    /// What it can be, in 14 digits, where that is more than one product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// GS1 elements, in order.
    pub elements: Vec<Element>,
    /// The GS1 Digital Link of the same content; not made yet, always none.
    pub digital_link: Option<String>,
    /// What is wrong, not read or not certain.
    pub errors: Vec<String>,
    /// What is good to know and not wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What kind of thing a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A product.
    Product,
    /// A receipt of ours.
    Receipt,
    /// A staff badge.
    Badge,
    /// The slip of a promise.
    Slip,
    /// The paper of goods that go to another site.
    Transfer,
    /// Something else.
    Text,
    /// Nothing that could be understood.
    Malformed,
}

/// Explains a text as a scanner sends it, or as a person writes it.
pub fn explain(text: &str) -> Explanation {
    let scan = read(text);
    let numbers: Vec<String> = scan.gtins().iter().map(|gtin| gtin.digits14()).collect();
    let (gtin14, candidates) = match numbers.as_slice() {
        [only] => (Some(only.clone()), Vec::new()),
        _ => (None, numbers),
    };
    let mut errors = Vec::new();
    let mut notes = Vec::new();
    let kind = match &scan.meaning {
        ScanMeaning::Product(_) => Kind::Product,
        ScanMeaning::OwnReceipt(_) => Kind::Receipt,
        ScanMeaning::Badge(_) => Kind::Badge,
        ScanMeaning::Slip(_) => Kind::Slip,
        ScanMeaning::Transfer(_) => Kind::Transfer,
        ScanMeaning::Text(_) => Kind::Text,
        ScanMeaning::Malformed(faults) => {
            errors.extend(faults.iter().map(ToString::to_string));
            Kind::Malformed
        }
    };
    for doubt in &scan.doubts {
        match doubt {
            Doubt::SeveralReadings | Doubt::NoCheckDigit | Doubt::Unread(_) => errors.push(doubt.to_string()),
            Doubt::Restricted => notes.push(doubt.to_string()),
        }
    }
    let symbology = scan.symbology;
    Explanation { symbology, kind, gtin14, candidates, elements: scan.elements, digital_link: None, errors, notes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_promised_form() {
        let json = |text| serde_json::to_string(&explain(text)).expect("plain data");
        assert_eq!(
            json("]C1010952123454321310ABC"),
            r#"{"symbology":"gs1-128","kind":"product","gtin14":"09521234543213","elements":[{"ai":"01","value":"09521234543213"}],"digital_link":null,"errors":["not read: \"10ABC\""]}"#,
        );
        assert_eq!(
            json("04-2K7-000001"),
            r#"{"symbology":null,"kind":"receipt","gtin14":null,"elements":[],"digital_link":null,"errors":[]}"#,
        );
        assert_eq!(
            json("]E04006381333930"),
            r#"{"symbology":"ean-upc","kind":"malformed","gtin14":null,"elements":[],"digital_link":null,"errors":["the check digit is 0 and should be 1"]}"#,
        );
    }

    #[test]
    fn an_ambiguous_number_has_candidates_and_no_gtin() {
        let seven = explain("0123450");
        assert_eq!(seven.gtin14.is_none(), seven.candidates.len() > 1, "{seven:?}");
        assert!(!seven.errors.is_empty());
    }
}
