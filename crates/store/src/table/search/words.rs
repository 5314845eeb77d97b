//! How text becomes words: small letters without accents, the same for what is stored and what is typed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Longer words are cut: nobody types more to find something.
const LONGEST_CHARS: usize = 32;

/// The words of a text, folded. Whatever is neither letter nor digit stands between words.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.nfkd().filter(|character| canonical_combining_class(*character) == 0) {
        if character.is_alphanumeric() {
            fold(character, &mut word);
        } else if !is_inside_a_word(character) && !word.is_empty() {
            words.push(cut(std::mem::take(&mut word)));
        }
    }
    if !word.is_empty() {
        words.push(cut(word));
    }
    words
}

/// The words by which a product is found: those of its texts, and of mixed ones like `TSHIRT42` also their runs of
/// letters, so that a word of letters never needs to be looked for inside another sort of word.
pub(super) fn index_words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in texts.into_iter().flat_map(words) {
        if !is_letters(&word) && !is_digits(&word) {
            all.extend(runs(&word).filter(|run| run.chars().count() > 1).map(str::to_owned));
        }
        all.push(word);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Nothing but letters.
pub(super) fn is_letters(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

/// Nothing but the digits 0 to 9.
pub(super) fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn runs(word: &str) -> impl Iterator<Item = &str> {
    word.split(|character: char| !character.is_alphabetic())
        .chain(word.split(char::is_alphabetic))
        .filter(|run| !run.is_empty())
}

/// `Quay's` is one word.
fn is_inside_a_word(character: char) -> bool {
    matches!(character, '\'' | '’' | '\u{ad}' | '\u{200b}'..='\u{200d}')
}

fn fold(character: char, word: &mut String) {
    for small in character.to_lowercase().filter(|small| canonical_combining_class(*small) == 0) {
        match small {
            // Letters of their own, which people without such a key type like this.
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            'ø' => word.push('o'),
            'đ' | 'ð' => word.push('d'),
            'ł' => word.push('l'),
            'ı' => word.push('i'),
            'þ' => word.push_str("th"),
            'ς' => word.push('σ'),
            other => word.push(other),
        }
    }
}

fn cut(mut word: String) -> String {
    if let Some((at, _)) = word.char_indices().nth(LONGEST_CHARS) {
        word.truncate(at);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_marks_are_passed_over() {
        assert_eq!(words("Crème BRÛLÉE, Größe XL/2"), ["creme", "brulee", "grosse", "xl", "2"]);
        assert_eq!(words("Ёлка Йогурт"), ["елка", "иогурт"]);
        assert_eq!(words("Łódź SMØRREBRØD İstanbul"), ["lodz", "smorrebrod", "istanbul"]);
        assert_eq!(words("Quay’s O'Neill"), ["quays", "oneill"]);
        assert_eq!(words("１２３ ﬁne"), ["123", "fine"]);
        assert_eq!(words("  \"*( -:^ NEAR\0\u{7}"), ["near"]);
        assert_eq!(words(&"ä".repeat(100)), ["a".repeat(LONGEST_CHARS)]);
        assert!(words("").is_empty());
    }

    #[test]
    fn a_mixed_word_is_found_by_its_letters_too() {
        assert_eq!(index_words(["TSHIRT42", "2XL", "KS-001"]), ["001", "2xl", "42", "ks", "tshirt", "tshirt42", "xl"]);
    }
}
