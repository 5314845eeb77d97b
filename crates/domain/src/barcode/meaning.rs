//! From the scanner's text to what it means. Our own codes are looked for before anything else.

use super::aim::{Symbology, split};
use super::element::{Element, ElementString};
use super::gtin::{Gtin, GtinError};
use super::transfer::{self, TRANSFER_PREFIX};
use super::upce::{UpcE, UpcEError};
use crate::ids::{PersonId, PromiseId, TransferId};
use crate::receipt_number::{CROCKFORD, ReceiptNumber};
use serde::{Deserialize, Serialize};

/// A scan is not longer: more than any code that we print or a counter meets.
pub const MAX_CHARS: usize = 1000;
/// A staff badge carries this, and an opaque text behind it.
pub const BADGE_PREFIX: &str = "SVB-";
/// The slip of a promise carries this, and twelve digits behind it.
pub const SLIP_PREFIX: &str = "SVP-";

/// A scan and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// As it came, cut after [`MAX_CHARS`] characters.
    pub raw: String,
    /// What the AIM identifier says, where there was one.
    pub symbology: Option<Symbology>,
    /// Without AIM identifier, and without blanks and control characters at the ends.
    pub text: String,
    /// What it means.
    pub meaning: ScanMeaning,
    /// GS1 elements that were read, in order.
    pub elements: Vec<Element>,
    /// What is not certain about it.
    pub doubts: Vec<Doubt>,
}

/// What a scan means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanMeaning {
    /// A product's number: one, or what it can be, the likeliest first; never empty.
    Product(Vec<Gtin>),
    /// A receipt of ours.
    OwnReceipt(ReceiptNumber),
    /// A person's badge.
    Badge(Badge),
    /// The slip of a promise: what is set aside for a customer.
    Slip(Slip),
    /// The paper that goes with goods to another site.
    Transfer(TransferId),
    /// Something else, perhaps a number of the company's own.
    Text(String),
    /// Meant to be something, and wrong.
    Malformed(Vec<Fault>),
}

/// The opaque text of a staff badge, without its prefix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Badge(String);

impl Badge {
    /// The badge of a person: the last 40 bits of her id, which are random, as eight digits of Crockford's base 32. It
    /// says who wants to sign in and proves nothing, so it is no secret and needs no list: the PIN is still asked for.
    pub fn of(person: PersonId) -> Self {
        Badge(crockford(person.0.as_u128(), 8))
    }

    /// What stands behind the prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is printed and scanned.
    pub fn printed(&self) -> String {
        format!("{BADGE_PREFIX}{}", self.0)
    }
}

/// The number on the slip of a promise, without its prefix: it finds the promise and proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slip(String);

impl Slip {
    /// Of a promise: the last 60 bits of its id, which are as good as random, as twelve digits of Crockford's base 32.
    pub fn of(promise: PromiseId) -> Self {
        Slip(crockford(promise.0.as_u128(), SLIP_DIGITS))
    }

    /// What stands behind the prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is printed and scanned.
    pub fn printed(&self) -> String {
        format!("{SLIP_PREFIX}{}", self.0)
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase();
        let fine = text.len() == SLIP_DIGITS && text.bytes().all(|digit| CROCKFORD.contains(&digit));
        fine.then_some(Slip(text))
    }
}

const SLIP_DIGITS: usize = 12;

/// The last digits of a number in Crockford's base 32.
fn crockford(bits: u128, digits: usize) -> String {
    let digit = |at: usize| usize::try_from((bits >> (5 * at)) & 31).map_or('0', |digit| char::from(CROCKFORD[digit]));
    (0..digits).rev().map(digit).collect()
}

/// What is not certain about a scan that has a meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// A short number fits several products.
    #[error("the number can be read in more than one way")]
    SeveralReadings,
    /// No check digit stands behind it, so that a misread digit cannot be noticed.
    #[error("the number has no check digit")]
    NoCheckDigit,
    /// A number for restricted circulation: a region or company gives it its meaning.
    #[error("the number is for restricted circulation")]
    Restricted,
    /// The rest of an element string, or an add-on.
    #[error("not read: {0:?}")]
    Unread(String),
}

/// What is wrong with a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing but blanks.
    #[error("the scan is empty")]
    Empty,
    /// Longer than [`MAX_CHARS`].
    #[error("the scan is longer than {MAX_CHARS} characters")]
    TooLong,
    /// A control character within the text, by its number.
    #[error("the scan has the control character {0}")]
    Control(u32),
    /// A product's number that is none.
    #[error(transparent)]
    Gtin(#[from] GtinError),
    /// A short product's number that is none.
    #[error(transparent)]
    UpcE(#[from] UpcEError),
    /// Two or five digits that stand beside a product's number, read without it.
    #[error("only the add-on was read, not the number beside it")]
    AddOnAlone,
    /// Begins like a badge, and goes on like none.
    #[error("the badge is damaged")]
    Badge,
    /// Begins like the slip of a promise, and goes on like none.
    #[error("the slip is damaged")]
    Slip,
    /// Begins like the paper that goes with goods to another site, and goes on like none.
    #[error("the code of a transfer is damaged")]
    Transfer,
}

/// One thing to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// By product number.
    Gtin(Gtin),
    /// By the company's own number.
    Sku(&'a str),
}

impl Scan {
    /// What to look up as a product, in order. A number without check digit comes after the company's own number. For
    /// a receipt of ours this is what it may be when no such receipt is known. When [`Doubt::SeveralReadings`] and
    /// more than one of the numbers is known, a person has to say which.
    pub fn lookups(&self) -> Vec<Lookup<'_>> {
        let own = || self.may_be_sku().then_some(Lookup::Sku(self.text.as_str()));
        match &self.meaning {
            ScanMeaning::Product(gtins) => {
                let gtins = gtins.iter().copied().map(Lookup::Gtin);
                if self.doubts.contains(&Doubt::NoCheckDigit) {
                    own().into_iter().chain(gtins).collect()
                } else {
                    gtins.chain(own()).collect()
                }
            }
            ScanMeaning::Badge(_) | ScanMeaning::Slip(_) | ScanMeaning::Transfer(_) => Vec::new(),
            ScanMeaning::OwnReceipt(_) | ScanMeaning::Text(_) | ScanMeaning::Malformed(_) => {
                own().into_iter().collect()
            }
        }
    }

    /// The numbers that it can be.
    pub fn gtins(&self) -> &[Gtin] {
        match &self.meaning {
            ScanMeaning::Product(gtins) => gtins,
            ScanMeaning::OwnReceipt(_)
            | ScanMeaning::Badge(_)
            | ScanMeaning::Slip(_)
            | ScanMeaning::Transfer(_)
            | ScanMeaning::Text(_)
            | ScanMeaning::Malformed(_) => &[],
        }
    }

    fn may_be_sku(&self) -> bool {
        let ean = matches!(
            self.symbology,
            Some(Symbology::EanUpc | Symbology::Ean8 | Symbology::EanUpcAddOn | Symbology::AddOn)
        );
        !ean && self.elements.is_empty() && !self.text.is_empty() && !self.text.contains(char::is_control)
    }
}

/// What reading found, before it becomes a [`Scan`].
struct Reading {
    meaning: ScanMeaning,
    elements: Vec<Element>,
    doubts: Vec<Doubt>,
}

impl Reading {
    fn of(meaning: ScanMeaning) -> Self {
        Reading { meaning, elements: Vec::new(), doubts: Vec::new() }
    }

    fn fault(fault: impl Into<Fault>) -> Self {
        Reading::of(ScanMeaning::Malformed(vec![fault.into()]))
    }

    fn product(read: Result<Gtin, GtinError>) -> Self {
        match read {
            Ok(gtin) => Reading::of(ScanMeaning::Product(vec![gtin])),
            Err(error) => Reading::fault(error),
        }
    }

    fn short(short: UpcE) -> Self {
        let mut doubts = Vec::new();
        if short.candidates.len() > 1 {
            doubts.push(Doubt::SeveralReadings);
        }
        if !short.verified {
            doubts.push(Doubt::NoCheckDigit);
        }
        Reading { meaning: ScanMeaning::Product(short.candidates), elements: Vec::new(), doubts }
    }

    fn elements(string: ElementString) -> Self {
        let mut reading = match string.gtin {
            Some(read) => Reading::product(read),
            None => Reading::of(ScanMeaning::Text(string.unread.clone())),
        };
        reading.elements = string.elements;
        if !string.unread.is_empty() {
            reading.doubts.push(Doubt::Unread(string.unread));
        }
        reading
    }
}

/// Reads what a scanner sent. Never fails: what cannot be understood is a [`ScanMeaning`] too.
pub fn read(raw: &str) -> Scan {
    let kept: String = raw.chars().take(MAX_CHARS).collect();
    let trimmed = trim(raw);
    let (symbology, data) = split(trimmed);
    let text = trim(data);
    // A leading separator is FNC1 in first position: it would be trimmed away, and says "element string".
    let separated = data.contains(GS) || raw.trim_start_matches(|c: char| c != GS && is_edge(c)).starts_with(GS);
    let mut reading = if raw.chars().nth(MAX_CHARS).is_some() {
        Reading::fault(Fault::TooLong)
    } else if text.is_empty() {
        Reading::fault(Fault::Empty)
    } else if let Some(control) = text.chars().find(|c| c.is_control() && *c != GS) {
        Reading::fault(Fault::Control(u32::from(control)))
    } else {
        own(text).unwrap_or_else(|| foreign(symbology, text, separated))
    };
    if let ScanMeaning::Product(gtins) = &reading.meaning
        && gtins.iter().any(Gtin::is_restricted)
    {
        reading.doubts.push(Doubt::Restricted);
    }
    let text = if reading.meaning == ScanMeaning::Malformed(vec![Fault::TooLong]) { "" } else { text };
    Scan {
        raw: kept,
        symbology,
        text: text.to_owned(),
        meaning: reading.meaning,
        elements: reading.elements,
        doubts: reading.doubts,
    }
}

const GS: char = '\u{1d}';

fn is_edge(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_edge)
}

fn own(text: &str) -> Option<Reading> {
    if let Some(rest) = text.strip_prefix(BADGE_PREFIX) {
        let fine = (6..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        return Some(if fine {
            Reading::of(ScanMeaning::Badge(Badge(rest.to_owned())))
        } else {
            Reading::fault(Fault::Badge)
        });
    }
    if let Some(rest) = text.strip_prefix(SLIP_PREFIX) {
        return Some(
            Slip::read(rest).map_or_else(|| Reading::fault(Fault::Slip), |slip| Reading::of(ScanMeaning::Slip(slip))),
        );
    }
    if let Some(rest) = text.strip_prefix(TRANSFER_PREFIX) {
        return Some(match transfer::read(rest) {
            Some(id) => Reading::of(ScanMeaning::Transfer(id)),
            None => Reading::fault(Fault::Transfer),
        });
    }
    ReceiptNumber::parse(text).ok().map(|number| Reading::of(ScanMeaning::OwnReceipt(number)))
}

fn foreign(symbology: Option<Symbology>, text: &str, separated: bool) -> Reading {
    if let Some(string) = ElementString::of_brackets(text) {
        return Reading::elements(string);
    }
    match symbology {
        None if separated => Reading::elements(ElementString::of_symbol(text)),
        None => bare(text),
        Some(kind) if kind.has_elements() => Reading::elements(ElementString::of_symbol(text)),
        Some(Symbology::EanUpc) if (6..=8).contains(&text.len()) => match UpcE::parse(text) {
            Ok(short) => Reading::short(short),
            Err(error) => Reading::fault(error),
        },
        Some(Symbology::EanUpc | Symbology::Ean8) => Reading::product(Gtin::parse(text)),
        Some(Symbology::AddOn) => Reading::fault(Fault::AddOnAlone),
        Some(Symbology::EanUpcAddOn) => with_add_on(text),
        Some(_) => match Gtin::parse(text) {
            Ok(gtin) => Reading::product(Ok(gtin)),
            Err(_) => Reading::of(ScanMeaning::Text(text.to_owned())),
        },
    }
}

/// Without an identifier only the digits speak: 8 of them can be a GTIN-8 or a UPC-E, 6 or 7 a UPC-E.
fn bare(text: &str) -> Reading {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        6 | 7 if digits => match UpcE::parse(text) {
            Ok(short) => Reading::short(short),
            Err(_) => Reading::of(ScanMeaning::Text(text.to_owned())),
        },
        8 if digits => match (Gtin::parse(text), UpcE::parse(text)) {
            (Ok(eight), Ok(short)) => {
                let mut both = Reading::short(short);
                both.doubts.push(Doubt::SeveralReadings);
                if let ScanMeaning::Product(gtins) = &mut both.meaning {
                    gtins.insert(0, eight);
                }
                both
            }
            (Err(_), Ok(short)) => Reading::short(short),
            (read, Err(_)) => Reading::product(read),
        },
        12..=14 if digits => Reading::product(Gtin::parse(text)),
        _ => Reading::of(ScanMeaning::Text(text.to_owned())),
    }
}

/// 13 digits (12 from some scanners) and an add-on of two or five.
fn with_add_on(text: &str) -> Reading {
    let main = match text.len() {
        14 | 17 => 12,
        15 | 18 => 13,
        other => return Reading::fault(GtinError::Length(other)),
    };
    let Some((main, add_on)) = text.split_at_checked(main) else { return Reading::fault(GtinError::NotDigits) };
    let mut reading = Reading::product(Gtin::parse(main));
    reading.doubts.push(Doubt::Unread(add_on.to_owned()));
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gtin(text: &str) -> Gtin {
        Gtin::parse(text).expect(text)
    }

    #[test]
    fn one_product_however_the_scanner_sends_it() {
        for raw in [
            "4006381333931",
            "4006381333931\r\n",
            "\u{2}4006381333931\t",
            "]E04006381333931",
            "]C04006381333931",
            "04006381333931",
            "]C10104006381333931",
            "]e00104006381333931",
            "]d20104006381333931",
            "]d2\u{1d}0104006381333931",
            "\u{1d}0104006381333931",
            "(01)04006381333931",
        ] {
            let scan = read(raw);
            assert_eq!(scan.meaning, ScanMeaning::Product(vec![gtin("4006381333931")]), "{raw:?}");
            assert_eq!((scan.raw.as_str(), scan.doubts), (raw, vec![]), "{raw:?}");
        }
    }

    #[test]
    fn the_rest_of_an_element_string_is_reported() {
        for (raw, rest) in [
            ("]C1010952123454321310ABC\u{1d}17271231", "10ABC\u{1d}17271231"),
            ("0109521234543213\u{1d}10ABC", "10ABC"),
            ("(01)09521234543213(10)ABC", "(10)ABC"),
        ] {
            let scan = read(raw);
            assert_eq!(scan.gtins(), [gtin("09521234543213")], "{raw:?}");
            assert_eq!(scan.elements, [Element { ai: "01".into(), value: "09521234543213".into() }]);
            assert_eq!(scan.doubts, [Doubt::Unread(rest.into())]);
        }
        let pallet = read("]C100395212345432100019");
        assert!(matches!(pallet.meaning, ScanMeaning::Text(_)) && pallet.elements.is_empty());
        let short = read("]C1010952");
        assert_eq!(short.meaning, ScanMeaning::Malformed(vec![GtinError::Length(4).into()]));
    }

    #[test]
    fn eight_digits_are_never_guessed() {
        assert_eq!(read("01234505").gtins(), [gtin("012000003455")], "the check digit fits UPC-E only");
        assert_eq!(read("96385074").gtins(), [gtin("96385074")], "9 is no number system");
        let both = (1..10_000_000)
            .step_by(1117)
            .map(|body| Gtin::with_check_digit(&format!("{body:07}")).expect("a GTIN-8").to_string())
            .find(|text| UpcE::parse(text).is_ok())
            .expect("some number is both");
        let scan = read(&both);
        assert_eq!(scan.gtins(), [gtin(&both), UpcE::parse(&both).expect("also short").candidates[0]]);
        assert!(scan.doubts.contains(&Doubt::SeveralReadings));
        assert_eq!(read(&format!("]E4{both}")).gtins(), [gtin(&both)]);
        assert_eq!(read(&format!("]E0{both}")).gtins(), &scan.gtins()[1..]);
    }

    #[test]
    fn numbers_without_check_digit_come_after_our_own() {
        let scan = read("425261");
        assert_eq!(scan.doubts, [Doubt::NoCheckDigit]);
        assert_eq!(scan.lookups(), [Lookup::Sku("425261"), Lookup::Gtin(gtin("042100005264"))]);
        let verified = read("4006381333931");
        assert_eq!(verified.lookups(), [Lookup::Gtin(gtin("4006381333931")), Lookup::Sku("4006381333931")]);
        assert_eq!(read("]E04006381333931").lookups(), [Lookup::Gtin(gtin("4006381333931"))]);
    }

    #[test]
    fn our_own_codes_come_first() {
        let receipt = read("]Q104-2K7-000001\r");
        assert_eq!(receipt.meaning, ScanMeaning::OwnReceipt(ReceiptNumber::parse("04-2K7-000001").expect("ours")));
        let badge = read("SVB-7F3Q9K2M");
        assert!(matches!(&badge.meaning, ScanMeaning::Badge(badge) if badge.as_str() == "7F3Q9K2M"));
        assert_eq!(badge.lookups(), []);
        assert_eq!(read("SVB-é").meaning, ScanMeaning::Malformed(vec![Fault::Badge]));
        let person: PersonId = "01936f7e-0000-7000-8000-00123456789a".parse().expect("an id");
        let own = Badge::of(person);
        assert_eq!(own.as_str(), "28T5CY4T", "the last forty bits, five a digit");
        assert_eq!(read(&own.printed()).meaning, ScanMeaning::Badge(own), "what is printed is read back");
    }

    #[test]
    fn the_slip_of_a_promise_is_found_by_what_is_printed_on_it() {
        let promise: PromiseId = "01936f7e-0000-8000-8000-00123456789a".parse().expect("an id");
        let slip = Slip::of(promise);
        assert_eq!(slip.as_str(), "000028T5CY4T", "sixty bits, five a digit");
        let scan = read(&format!("]C0{}", slip.printed()));
        assert_eq!((scan.meaning.clone(), scan.lookups()), (ScanMeaning::Slip(slip.clone()), vec![]));
        assert_eq!(read("SVP-000028t5cy4t").meaning, ScanMeaning::Slip(slip), "typed in small letters");
        for odd in ["SVP-", "SVP-000028T5CY4", "SVP-000028T5CY4TT", "SVP-00002ét5CY4T"] {
            assert_eq!(read(odd).meaning, ScanMeaning::Malformed(vec![Fault::Slip]), "{odd}");
        }
    }

    #[test]
    fn what_is_malformed_says_why() {
        let wrong = Fault::Gtin(GtinError::CheckDigit { found: '0', expected: 1 });
        for (raw, fault) in [
            ("", Fault::Empty),
            (" \r\n", Fault::Empty),
            ("]E0", Fault::Empty),
            ("4006381333930", wrong),
            ("]E04006381333930", wrong),
            ("]E0400638133", Fault::Gtin(GtinError::Length(9))),
            ("]E012", Fault::Gtin(GtinError::Length(2))),
            ("]E112", Fault::AddOnAlone),
            ("TT\u{0}12", Fault::Control(0)),
        ] {
            assert_eq!(read(raw).meaning, ScanMeaning::Malformed(vec![fault]), "{raw:?}");
        }
        let long = read(&"x".repeat(MAX_CHARS + 1));
        assert_eq!((long.meaning, long.raw.len()), (ScanMeaning::Malformed(vec![Fault::TooLong]), MAX_CHARS));
        assert!(matches!(read(&"x".repeat(MAX_CHARS)).meaning, ScanMeaning::Text(_)));
        let bare = read("400638133393");
        assert!(matches!(bare.meaning, ScanMeaning::Malformed(_)), "an EAN-13 without check digit is not guessed");
        assert_eq!(bare.lookups(), [Lookup::Sku("400638133393")]);
    }

    #[test]
    fn add_ons_and_restricted_numbers_are_said() {
        let book = read("]E3978014300723451999");
        assert!(matches!(book.meaning, ScanMeaning::Product(_)));
        assert_eq!(book.doubts, [Doubt::Unread("51999".into())]);
        let weighed = Gtin::with_check_digit("221234500123").expect("a number").to_string();
        assert_eq!(read(&weighed).doubts, [Doubt::Restricted]);
        assert_eq!(read("TT-HAR-NVY-L").meaning, ScanMeaning::Text("TT-HAR-NVY-L".into()));
    }
}
