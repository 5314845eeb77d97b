//! Tells a scanner that types from a person who types. Pure: times are passed in, and what is to be done with the
//! fields of the page is told in a [`Verdict`].
//!
//! A scan is a burst of at least four keys with a median gap below 35 ms, ended by Enter, Tab or 100 ms of silence.
//! Keys go to the field at once, whoever types; when the burst turns out to be a scan the caller puts the fields back.
//! Where the keys went into a field, speed alone is no proof (a fast hand, a pasting tool): the text must look like a
//! code as well.
//!
//! A busy machine and a slow radio hold keys back, so a pause of up to 400 ms does not end a burst whose text is no whole
//! product number yet. What came before the pause may still be a person's: when only the part after it is a product
//! number, that part is the scan and hers stays where it is.

/// A burst has at least so many keys.
const LEAST_KEYS: usize = 4;
/// A scanner's median gap is below this.
const SCAN_GAP_MS: u64 = 35;
/// A gap as long as this ends a burst that is a whole product number.
pub const SILENCE_MS: u64 = 100;
/// A gap as long as this ends every burst.
const PAUSE_MS: u64 = 400;
/// A longer gap may be the one between a person's keys and a scan.
const JOIN_GAP_MS: u64 = 50;
/// Nothing shorter that went into a field is a code: UPC-E without its ends has six digits.
const LEAST_CODE: usize = 6;
/// A second suffix, such as the LF of CR LF, comes within this.
const SUFFIX_TAIL_MS: u64 = 50;

/// A key as the machine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character, also GS and other controls that scanners send.
    Character(char),
    /// Enter or Tab.
    Suffix,
    /// A function key or shortcut that a person may mean, and that some scanners send in the middle.
    Command,
    /// Editing keys, held keys, and whatever no scanner sends.
    Person,
    /// Shift and the like: part of the next key.
    Modifier,
}

/// What is to be done with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be the first of a scan: remember the field, then let it through.
    First,
    /// Let it through; it goes on with the burst.
    More,
    /// Let it through; it goes on with the burst after a pause: remember the field a second time.
    Resumed,
    /// Let it through; the burst could be a scan by now, so wait for the silence.
    Long,
    /// Not a scanner's: let it through, shortcuts included.
    Pass,
    /// A scanner's: nobody else may see it.
    Swallow,
    /// The suffix of a scan: nobody else may see it, the fields are put back.
    Scan(Scan),
}

/// What a scanner typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Without its suffix.
    pub text: String,
    /// It begins after the burst's last pause, and the keys before are a person's.
    pub after_pause: bool,
}

/// The state between two keys.
#[derive(Clone, Debug, Default)]
pub struct Wedge {
    text: Vec<char>,
    gaps_ms: Vec<u64>,
    /// Keys before the last pause.
    pause_at: usize,
    last_ms: Option<u64>,
    scan_ended_ms: Option<u64>,
    /// The last key of a scan that silence ended.
    silent_scan_ms: Option<u64>,
}

impl Wedge {
    /// A key went down at `at_ms`.
    ///
    /// `in_field` says that keys of this burst went into a field.
    pub fn key(&mut self, at_ms: u64, key: Key, in_field: bool) -> Verdict {
        let tail = self.scan_ended_ms.take().is_some_and(|ended| at_ms.saturating_sub(ended) <= SUFFIX_TAIL_MS);
        match key {
            Key::Modifier => {
                self.scan_ended_ms = if tail { Some(at_ms) } else { None };
                Verdict::Pass
            }
            Key::Character('\n' | '\r') if tail => Verdict::Swallow,
            Key::Character(character) => self.character(at_ms, character),
            Key::Suffix if tail => Verdict::Swallow,
            Key::Suffix => self.suffix(at_ms, in_field),
            Key::Command if self.in_burst(at_ms) => {
                self.last_ms = Some(at_ms);
                Verdict::Swallow
            }
            Key::Command | Key::Person => {
                self.forget();
                self.last_ms = None;
                self.silent_scan_ms = None;
                Verdict::Pass
            }
        }
    }

    /// Nothing was typed for a while; the scan, if it was one without a suffix.
    pub fn silence(&mut self, at_ms: u64, in_field: bool) -> Option<Scan> {
        let quiet_ms = at_ms.saturating_sub(self.last_ms?);
        if self.text.is_empty() || quiet_ms < SILENCE_MS {
            return None;
        }
        let scan = self.scan();
        let over = quiet_ms >= PAUSE_MS;
        let scan = scan.filter(|scan| is_product_number(&scan.text) || (over && !in_field));
        if scan.is_some() {
            // Its suffix may be on the way all the same.
            self.silent_scan_ms = self.last_ms;
        }
        if over || scan.is_some() {
            self.forget();
        }
        scan
    }

    /// Whether a burst is kept that silence has not ended yet.
    pub fn waits(&self) -> bool {
        self.text.len() >= LEAST_KEYS
    }

    /// Whether a key at `at_ms` would go on with what looks like a scan.
    pub fn in_burst(&self, at_ms: u64) -> bool {
        self.last_ms.is_some_and(|last| at_ms.saturating_sub(last) < SCAN_GAP_MS)
            && median(&self.gaps_ms[self.pause_at..]) < SCAN_GAP_MS
    }

    fn character(&mut self, at_ms: u64, character: char) -> Verdict {
        let gap = self.last_ms.map(|last| at_ms.saturating_sub(last));
        self.last_ms = Some(at_ms);
        self.silent_scan_ms = None;
        match gap {
            Some(gap) if !self.text.is_empty() && self.goes_on(gap) => {
                let paused = gap >= JOIN_GAP_MS;
                if paused {
                    self.pause_at = self.text.len();
                }
                self.gaps_ms.push(gap);
                self.text.push(character);
                match (paused, self.waits()) {
                    (true, _) => Verdict::Resumed,
                    (false, true) => Verdict::Long,
                    (false, false) => Verdict::More,
                }
            }
            Some(_) | None => {
                self.forget();
                self.text.push(character);
                Verdict::First
            }
        }
    }

    fn goes_on(&self, gap_ms: u64) -> bool {
        gap_ms < SILENCE_MS || (gap_ms < PAUSE_MS && !is_product_number(&self.whole()))
    }

    fn suffix(&mut self, at_ms: u64, in_field: bool) -> Verdict {
        let late = self.silent_scan_ms.take().is_some_and(|last| at_ms.saturating_sub(last) < PAUSE_MS);
        let in_time = self.last_ms.is_some_and(|last| at_ms.saturating_sub(last) < PAUSE_MS);
        self.last_ms = None;
        let scan = in_time.then(|| self.scan()).flatten();
        self.forget();
        match scan.filter(|scan| !in_field || is_code(&scan.text)) {
            Some(scan) => {
                self.scan_ended_ms = Some(at_ms);
                Verdict::Scan(scan)
            }
            None if late => {
                self.scan_ended_ms = Some(at_ms);
                Verdict::Swallow
            }
            None => Verdict::Pass,
        }
    }

    /// The burst as a scan, if it is one: all of it, or what came after its pause.
    fn scan(&self) -> Option<Scan> {
        let part = |from: usize| {
            let text = &self.text[from..];
            let scan = text.len() >= LEAST_KEYS && median(&self.gaps_ms[from..]) < SCAN_GAP_MS;
            scan.then(|| Scan { text: text.iter().collect(), after_pause: from > 0 })
        };
        let whole = part(0);
        if self.pause_at == 0 || whole.as_ref().is_some_and(|whole| is_product_number(&whole.text)) {
            return whole;
        }
        let rest = part(self.pause_at);
        // A scanner's piece before the pause belongs to what follows, unless that is a product number by itself.
        let by_itself = rest.as_ref().is_some_and(|rest| is_product_number(&rest.text));
        let scanners_piece = self.pause_at >= LEAST_KEYS && median(&self.gaps_ms[..self.pause_at - 1]) < SCAN_GAP_MS;
        if by_itself || !scanners_piece { rest } else { whole.or(rest) }
    }

    fn whole(&self) -> String {
        self.text.iter().collect()
    }

    fn forget(&mut self) {
        self.text.clear();
        self.gaps_ms.clear();
        self.pause_at = 0;
    }
}

/// Whether a text that came fast and with a suffix is a code: long enough, with a digit, and no amount of money.
fn is_code(text: &str) -> bool {
    let amount = text.split_once(['.', ',']).is_some_and(|(major, minor)| all_digits(major) && all_digits(minor));
    text.chars().count() >= LEAST_CODE && text.chars().any(|character| character.is_ascii_digit()) && !amount
}

/// Whether a text that came fast, without a suffix, is a product number: its length and its check digit are right.
fn is_product_number(text: &str) -> bool {
    let digits = text.strip_prefix(']').map_or(text, |rest| rest.get(2..).unwrap_or_default());
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let weight = if at % 2 == 1 { 3 } else { 1 };
            u32::from(digit.wrapping_sub(b'0')) * weight
        })
        .sum();
    matches!(digits.len(), 8 | 12 | 13 | 14) && all_digits(digits) && sum.is_multiple_of(10)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn median(gaps_ms: &[u64]) -> u64 {
    let mut sorted = gaps_ms.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types `text` with `gap_ms` between keys, from `from_ms` on; the time after it and all verdicts.
    fn types(wedge: &mut Wedge, from_ms: u64, gap_ms: u64, text: &str) -> (u64, Vec<Verdict>) {
        let mut at = from_ms;
        let verdicts = text
            .chars()
            .map(|character| {
                let verdict = wedge.key(at, Key::Character(character), false);
                at += gap_ms;
                verdict
            })
            .collect();
        (at, verdicts)
    }

    /// All of a burst.
    fn scan(text: &str) -> Verdict {
        Verdict::Scan(Scan { text: text.into(), after_pause: false })
    }

    #[test]
    fn a_fast_burst_with_a_suffix_is_a_scan() {
        for gap_ms in [0, 1, 5, 20, 34] {
            let mut wedge = Wedge::default();
            let (at, verdicts) = types(&mut wedge, 1000, gap_ms, "9521874003313");
            assert_eq!(verdicts[0], Verdict::First, "the first key remembers the field");
            assert!(!verdicts.contains(&Verdict::Swallow), "keys go to the field at once");
            assert_eq!(wedge.key(at, Key::Suffix, false), scan("9521874003313"), "{gap_ms} ms a key");
        }
    }

    #[test]
    fn a_burst_without_a_suffix_ends_by_silence() {
        let mut wedge = Wedge::default();
        let (at, verdicts) = types(&mut wedge, 1000, 5, "96385074");
        assert_eq!(verdicts[3..], vec![Verdict::Long; 5], "the caller waits for the silence from the fourth key on");
        assert_eq!(wedge.silence(at + 40, false), None, "not yet silent");
        assert_eq!(wedge.silence(at + 100, false).map(|scan| scan.text).as_deref(), Some("96385074"));
        assert_eq!(wedge.silence(at + 300, false), None, "a scan is told once");
    }

    #[test]
    fn a_person_is_never_taken_for_a_scanner() {
        for gap_ms in [36, 60, 99, 150, 400] {
            let mut wedge = Wedge::default();
            let (at, verdicts) = types(&mut wedge, 1000, gap_ms, "harbour tee");
            assert!(!verdicts.iter().any(|verdict| matches!(verdict, Verdict::Swallow | Verdict::Scan(_))));
            assert_eq!(wedge.key(at, Key::Suffix, false), Verdict::Pass, "her Enter works, {gap_ms} ms a key");
            assert_eq!(wedge.silence(at + 500, false), None);
        }
    }

    #[test]
    fn three_quick_keys_are_no_scan() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 2, "300");
        assert_eq!(wedge.key(at, Key::Suffix, false), Verdict::Pass);
    }

    #[test]
    fn a_hiccup_within_a_scan_does_not_cut_it() {
        for hiccup_ms in [80, 150, 390] {
            for cut in 1..13 {
                let mut wedge = Wedge::default();
                let (at, _) = types(&mut wedge, 5000, 5, &"9521874003313"[..cut]);
                let began = wedge.silence(at - 5 + hiccup_ms, false);
                assert_eq!(began, None, "the silence after {cut} digits is not the end");
                let (at, verdicts) = types(&mut wedge, at - 5 + hiccup_ms, 5, &"9521874003313"[cut..]);
                assert!(!verdicts.contains(&Verdict::First), "one burst, hiccup after {cut}");
                assert_eq!(verdicts[0], Verdict::Resumed, "the field is remembered again, hiccup after {cut}");
                assert_eq!(wedge.key(at, Key::Suffix, false), scan("9521874003313"), "hiccup after {cut}");
            }
        }
    }

    #[test]
    fn a_key_of_a_person_before_a_scan_stays_hers() {
        for pause_ms in [60, 120, 390] {
            let mut wedge = Wedge::default();
            wedge.key(1000, Key::Character('3'), true);
            let (at, _) = types(&mut wedge, 1000 + pause_ms, 5, "9521874003313");
            let only_the_rest = Verdict::Scan(Scan { text: "9521874003313".into(), after_pause: true });
            assert_eq!(wedge.key(at, Key::Suffix, true), only_the_rest, "{pause_ms} ms before the scan");
        }
    }

    #[test]
    fn a_pause_in_a_code_without_check_digit_does_not_cut_it() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "04-2K7-");
        assert_eq!(wedge.silence(at + 200, false), None, "it may go on");
        let (at, _) = types(&mut wedge, at + 250, 5, "000317");
        assert_eq!(wedge.silence(at + 500, false).map(|scan| scan.text).as_deref(), Some("04-2K7-000317"));
    }

    #[test]
    fn two_scans_without_a_suffix_stay_two() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "96385074");
        let (_, verdicts) = types(&mut wedge, at + 200, 5, "96385074");
        assert_eq!(verdicts[0], Verdict::First, "a whole number and a pause: another one begins");
    }

    #[test]
    fn a_suffix_that_comes_after_the_silence_presses_nothing() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "96385074");
        assert!(wedge.silence(at + 120, false).is_some());
        assert_eq!(wedge.key(at + 180, Key::Suffix, false), Verdict::Swallow);
        assert_eq!(wedge.key(at + 900, Key::Suffix, false), Verdict::Pass, "a person's Enter works");
    }

    #[test]
    fn a_scan_right_behind_typing_leaves_the_typed_keys_alone() {
        for (typed, code) in [("har", "9521874003313"), ("harbour", "9521874003313"), ("harbour", "04-2K7-000317")] {
            for pause_ms in [70, 140, 390] {
                let mut wedge = Wedge::default();
                let (at, _) = types(&mut wedge, 1000, 140, typed);
                let (at, verdicts) = types(&mut wedge, at - 140 + pause_ms, 5, code);
                assert_eq!(verdicts[0], Verdict::Resumed, "the field is remembered with what she typed");
                let only_the_rest = Verdict::Scan(Scan { text: code.into(), after_pause: true });
                assert_eq!(wedge.key(at, Key::Suffix, true), only_the_rest, "{code} {pause_ms} ms behind {typed}");
            }
        }
    }

    #[test]
    fn a_scan_that_begins_slowly_is_whole() {
        let mut wedge = Wedge::default();
        let mut at = 1000;
        for (character, gap_ms) in "9521874003313".chars().zip([29, 76, 123, 30, 36, 35, 15, 9, 5, 5, 5, 5, 5]) {
            wedge.key(at, Key::Character(character), true);
            at += gap_ms;
        }
        assert_eq!(wedge.key(at, Key::Suffix, true), scan("9521874003313"));
    }

    #[test]
    fn a_product_number_that_a_person_types_is_no_scan() {
        for gap_ms in [60, 140, 390] {
            let mut wedge = Wedge::default();
            let (at, _) = types(&mut wedge, 1000, gap_ms, "9521874003313");
            assert_eq!(wedge.key(at, Key::Suffix, true), Verdict::Pass, "her Enter works, {gap_ms} ms a key");
        }
    }

    #[test]
    fn two_scans_in_a_row_are_two() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "96385074");
        assert_eq!(wedge.key(at, Key::Suffix, false), scan("96385074"));
        let (at, verdicts) = types(&mut wedge, at + 3, 5, "96385074");
        assert_eq!(verdicts[0], Verdict::First, "the field is remembered anew");
        assert_eq!(wedge.key(at, Key::Suffix, false), scan("96385074"));
    }

    #[test]
    fn the_second_half_of_a_suffix_presses_nothing() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "96385074");
        wedge.key(at, Key::Suffix, false);
        assert_eq!(wedge.key(at + 5, Key::Suffix, false), Verdict::Swallow);
        assert_eq!(wedge.key(at + 400, Key::Suffix, false), Verdict::Pass, "a person's Enter later works");
    }

    #[test]
    fn keys_of_a_scan_trigger_no_command() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "0109521874");
        assert_eq!(wedge.key(at, Key::Command, false), Verdict::Swallow);
        let (at, _) = types(&mut wedge, at + 5, 5, "10AB");
        assert_eq!(wedge.key(at, Key::Suffix, false), scan("010952187410AB"));
        assert_eq!(wedge.key(at + 700, Key::Command, false), Verdict::Pass, "a person's F8 works");
    }

    #[test]
    fn shift_between_keys_is_part_of_the_scan() {
        let mut wedge = Wedge::default();
        let mut at = 1000;
        for character in "AB-12".chars() {
            assert_eq!(wedge.key(at, Key::Modifier, false), Verdict::Pass);
            wedge.key(at + 2, Key::Character(character), false);
            at += 8;
        }
        assert_eq!(wedge.key(at, Key::Suffix, false), scan("AB-12"));
    }

    #[test]
    fn a_held_key_and_an_edit_end_the_burst() {
        let mut wedge = Wedge::default();
        let (at, _) = types(&mut wedge, 1000, 5, "00000");
        assert_eq!(wedge.key(at, Key::Person, false), Verdict::Pass);
        assert_eq!(wedge.key(at + 5, Key::Suffix, false), Verdict::Pass, "what was edited is a person's");
    }

    #[test]
    fn what_went_into_a_field_must_look_like_a_code() {
        for (text, scan) in [
            ("9521874003313", true),
            ("04-2K7-000317", true),
            ("012345", true),
            ("1234", false),
            ("300.00", false),
            ("1234,50", false),
            ("harbour", false),
        ] {
            let mut wedge = Wedge::default();
            let (at, _) = types(&mut wedge, 1000, 3, text);
            let told = matches!(wedge.key(at, Key::Suffix, true), Verdict::Scan(_));
            assert_eq!(told, scan, "{text} with a suffix, in a field");
        }
        for (text, scan) in [("9521874003310", false), ("9521874003313", true), ("96385074", true), ("7QF4M2AB", false)]
        {
            let mut wedge = Wedge::default();
            let (at, _) = types(&mut wedge, 1000, 3, text);
            assert_eq!(wedge.silence(at + 200, true).is_some(), scan, "{text} without a suffix, in a field");
        }
    }
}
