//! Code 128: which symbols a text becomes, and their bars. Runs of digits go into set C, everything else into set B.

/// An encoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code128 {
    runs: Vec<Run>,
}

/// Characters of one code set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// Set B: printable ASCII.
    B(String),
    /// Set C: pairs of digits, each 0 to 99.
    C(Vec<u8>),
}

const CODE_C: u8 = 99;
const CODE_B: u8 = 100;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: usize = 106;

impl Code128 {
    /// Encodes printable ASCII; nothing else, and nothing empty, is encoded.
    pub fn encode(text: &str) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return None;
        }
        let bytes = text.as_bytes();
        let mut runs = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while at < bytes.len() {
            let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            // A switch costs a symbol each way, so a run in the middle pays from six digits on.
            let worth = if at == 0 || at + digits == bytes.len() { 4 } else { 6 };
            if digits >= worth {
                // The odd digit goes in front, into the set B that is there already.
                if digits % 2 == 1 {
                    plain.push(char::from(bytes[at]));
                    at += 1;
                }
                if !plain.is_empty() {
                    runs.push(Run::B(std::mem::take(&mut plain)));
                }
                let end = at + digits / 2 * 2;
                runs.push(Run::C(
                    bytes[at..end].chunks(2).map(|pair| (pair[0] - b'0') * 10 + pair[1] - b'0').collect(),
                ));
                at = end;
            } else {
                // Too few digits to switch for: all of them at once, else their tail would look like a new run.
                let take = digits.max(1);
                plain.extend(bytes[at..at + take].iter().map(|byte| char::from(*byte)));
                at += take;
            }
        }
        if !plain.is_empty() {
            runs.push(Run::B(plain));
        }
        Some(Code128 { runs })
    }

    /// By code set, in order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Modules from the first bar to the last, `1` is black; without quiet zone.
    pub fn bars(&self) -> String {
        let mut bars = String::new();
        for value in self.values() {
            push_pattern(&mut bars, PATTERNS[usize::from(value)]);
        }
        push_pattern(&mut bars, PATTERNS[STOP]);
        bars
    }

    /// Start, data and check symbol.
    fn values(&self) -> Vec<u8> {
        let mut values = Vec::new();
        for (number, run) in self.runs.iter().enumerate() {
            match run {
                Run::B(text) => {
                    values.push(if number == 0 { START_B } else { CODE_B });
                    values.extend(text.bytes().map(|byte| byte - b' '));
                }
                Run::C(pairs) => {
                    values.push(if number == 0 { START_C } else { CODE_C });
                    values.extend(pairs);
                }
            }
        }
        let weighed: usize = values.iter().enumerate().map(|(at, value)| at.max(1) * usize::from(*value)).sum();
        values.push(u8::try_from(weighed % 103).unwrap_or(0));
        values
    }
}

fn push_pattern(bars: &mut String, widths: &str) {
    for (at, width) in widths.bytes().enumerate() {
        let module = if at % 2 == 0 { '1' } else { '0' };
        bars.extend(std::iter::repeat_n(module, usize::from(width - b'0')));
    }
}

/// Widths of bars and spaces by symbol value (ISO/IEC 15417), the stop symbol last.
#[rustfmt::skip]
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
    "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
    "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
    "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
    "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
    "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
    "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_eleven_modules_and_no_two_are_alike() {
        let mut seen = std::collections::BTreeSet::new();
        for pattern in &PATTERNS[..STOP] {
            let modules: u32 = pattern.bytes().map(|width| u32::from(width - b'0')).sum();
            let bars: u32 = pattern.bytes().step_by(2).map(|width| u32::from(width - b'0')).sum();
            assert_eq!((modules, bars % 2), (11, 0), "{pattern}: eleven modules, an even number of them black");
            assert!(seen.insert(*pattern), "{pattern} stands twice");
        }
    }

    #[test]
    fn a_receipt_number_takes_set_c_for_its_digits() {
        let code = Code128::encode("04-2K7-000317").expect("ASCII");
        assert_eq!(code.runs(), [Run::B("04-2K7-".into()), Run::C(vec![0, 3, 17])]);
        // 13 symbols of 11 modules and the stop's 13.
        assert_eq!(code.bars().len(), 13 * 11 + 13);
    }

    #[test]
    fn an_odd_digit_goes_into_set_b() {
        let code = Code128::encode("A1234567").expect("ASCII");
        assert_eq!(code.runs(), [Run::B("A1".into()), Run::C(vec![23, 45, 67])]);
        assert_eq!(Code128::encode("12345").expect("ASCII").runs(), [Run::B("1".into()), Run::C(vec![23, 45])]);
    }

    #[test]
    fn other_characters_are_not_encoded() {
        assert_eq!(Code128::encode("é"), None);
        assert_eq!(Code128::encode(""), None);
    }
}
