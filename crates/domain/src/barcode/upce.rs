//! UPC-E, the short form of some GTIN-12 (GS1 General Specifications, section 5.2, the EAN/UPC symbology). Scanners
//! send it with or without its number system and its check digit, so seven digits can mean two things.

use super::gtin::{Gtin, GtinError, check_digit};

/// What a text of six, seven or eight digits is as UPC-E.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpcE {
    /// What it can mean, the likeliest first; never empty.
    pub candidates: Vec<Gtin>,
    /// Its own check digit was there and right for the first of them.
    pub verified: bool,
}

impl UpcE {
    /// Reads six digits (number system 0, no check digit), seven (one of both) or eight (both).
    ///
    /// # Errors
    /// [`UpcEError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, UpcEError> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UpcEError::NotDigits);
        }
        match text.len() {
            6 => Ok(UpcE { candidates: vec![expand('0', text, None)?], verified: false }),
            7 => Self::of_seven(text),
            8 => {
                let system = text.chars().next().unwrap_or('0');
                let gtin = expand(system, &text[1..7], text.chars().next_back())?;
                Ok(UpcE { candidates: vec![gtin], verified: true })
            }
            other => Err(UpcEError::Length(other)),
        }
    }

    fn of_seven(text: &str) -> Result<Self, UpcEError> {
        let with_check = expand('0', &text[..6], text.chars().next_back());
        let with_system = expand(text.chars().next().unwrap_or('0'), &text[1..], None);
        match (with_check, with_system) {
            (Ok(first), Ok(second)) if first == second => Ok(UpcE { candidates: vec![first], verified: true }),
            (Ok(first), Ok(second)) => Ok(UpcE { candidates: vec![first, second], verified: true }),
            (Ok(only), Err(_)) => Ok(UpcE { candidates: vec![only], verified: true }),
            (Err(_), Ok(only)) => Ok(UpcE { candidates: vec![only], verified: false }),
            (Err(error), Err(_)) => Err(error),
        }
    }
}

/// The GTIN-12 of a number system and six digits; `check` is compared when it was scanned.
fn expand(system: char, six: &str, check: Option<char>) -> Result<Gtin, UpcEError> {
    if system != '0' && system != '1' {
        return Err(UpcEError::NumberSystem(system));
    }
    let (d, last) = six.split_at(5);
    let body = match last {
        "0" | "1" | "2" => format!("{system}{}{last}0000{}", &d[..2], &d[2..]),
        "3" => format!("{system}{}00000{}", &d[..3], &d[3..]),
        "4" => format!("{system}{}00000{}", &d[..4], &d[4..]),
        _ => format!("{system}{d}0000{last}"),
    };
    let expected = check_digit(&body).ok_or(UpcEError::NotDigits)?;
    match check {
        Some(found) if found.to_digit(10) != Some(u32::from(expected)) => {
            Err(UpcEError::Gtin(GtinError::CheckDigit { found, expected }))
        }
        _ => Ok(Gtin::with_check_digit(&body)?),
    }
}

/// Why a text is no UPC-E.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpcEError {
    /// Something else than the digits 0 to 9.
    #[error("a UPC-E has digits only")]
    NotDigits,
    /// So many digits.
    #[error("a UPC-E has 6, 7 or 8 digits, not {0}")]
    Length(usize),
    /// Only 0 and 1 have a short form.
    #[error("the number system of a UPC-E is 0 or 1, not {0}")]
    NumberSystem(char),
    /// Its long form is no GTIN.
    #[error(transparent)]
    Gtin(#[from] GtinError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: [(&str, &str); 7] = [
        ("01234505", "012000003455"),
        ("01234514", "012100003454"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234558", "012345000058"),
        ("01234565", "012345000065"),
        ("04252614", "042100005264"),
    ];

    #[test]
    fn short_forms_expand_with_and_without_system_and_check_digit() {
        for (short, long) in VECTORS {
            let gtin = Gtin::parse(long).expect(long);
            assert_eq!(UpcE::parse(short), Ok(UpcE { candidates: vec![gtin], verified: true }), "{short}");
            assert_eq!(UpcE::parse(short).expect(short).candidates[0].to_string(), long);
            assert_eq!(UpcE::parse(&short[1..7]), Ok(UpcE { candidates: vec![gtin], verified: false }), "{short}");
            for seven in [&short[..7], &short[1..]] {
                let candidates = UpcE::parse(seven).expect(seven).candidates;
                assert!(candidates.contains(&gtin), "{seven} can be {long}: {candidates:?}");
            }
        }
    }

    #[test]
    fn wrong_short_forms_say_why() {
        assert_eq!(UpcE::parse("01234506"), Err(UpcEError::Gtin(GtinError::CheckDigit { found: '6', expected: 5 })),);
        assert_eq!(UpcE::parse("21234505"), Err(UpcEError::NumberSystem('2')));
        assert_eq!(UpcE::parse("12345"), Err(UpcEError::Length(5)));
        assert_eq!(UpcE::parse("12345a"), Err(UpcEError::NotDigits));
        assert_eq!(UpcE::parse("000000"), Err(UpcEError::Gtin(GtinError::AllZeros)));
    }
}
