//! Words that are one typing error away from what was typed: a letter too much, too few, another one, or two swapped.
//!
//! The sorted list of words is walked like a tree: up to the place of the error the letters are right, so only what
//! really follows there is tried, and every try is one look into the list.

use rusqlite::{CachedStatement, OptionalExtension};

use crate::{StoreError, Tx};

/// Shorter words are near everything.
const SHORTEST_CHARS: usize = 3;
/// More candidates of one sort are not looked at.
const MOST: usize = 24;
/// So many letters can follow a beginning before the rest is not looked at: more than any alphabet has.
const MOST_FOLLOWERS: usize = 120;

/// The sorted list of words.
pub(super) struct List<'a> {
    from: CachedStatement<'a>,
    between: CachedStatement<'a>,
}

impl<'a> List<'a> {
    pub(super) fn new(tx: &'a Tx<'_>) -> Result<Self, StoreError> {
        Ok(List {
            from: tx.prepare_cached("SELECT word FROM word WHERE word >= ?1 ORDER BY word LIMIT 1")?,
            between: tx
                .prepare_cached("SELECT word FROM word WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT ?3")?,
        })
    }

    /// Whether a word begins like this.
    pub(super) fn has(&mut self, beginning: &str) -> Result<bool, StoreError> {
        Ok(self.first(beginning)?.is_some_and(|word| word.starts_with(beginning)))
    }

    /// Words that begin like this, at most `limit`.
    pub(super) fn going_on(&mut self, beginning: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let end = format!("{beginning}{}", char::MAX);
        let words = self.between.query_map((beginning, end, limit), |row| row.get(0))?;
        Ok(words.collect::<Result<_, _>>()?)
    }

    fn first(&mut self, from: &str) -> Result<Option<String>, StoreError> {
        Ok(self.from.query_row([from], |row| row.get(0)).optional()?)
    }

    /// The letters that follow a beginning.
    fn followers(&mut self, beginning: &str) -> Result<Vec<char>, StoreError> {
        let mut letters = Vec::new();
        let mut from = beginning.to_owned();
        while letters.len() < MOST_FOLLOWERS {
            let Some(word) = self.first(&from)? else { break };
            let Some(rest) = word.strip_prefix(beginning) else { break };
            match rest.chars().next() {
                Some(letter) => {
                    letters.push(letter);
                    let Some(next) = after(letter) else { break };
                    from = format!("{beginning}{next}");
                }
                // The beginning is a word itself: what follows is longer.
                None => from = format!("{beginning}\0"),
            }
        }
        Ok(letters)
    }
}

/// Beginnings of words, one typing error away.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Near {
    /// Words as they stand.
    pub whole: Vec<String>,
    /// With the error before the last letter.
    pub inside: Vec<String>,
    /// With the error in the last letter; less likely, since much begins alike.
    pub at_the_end: Vec<String>,
}

/// Finds them.
pub(super) fn near(list: &mut List<'_>, typed: &str) -> Result<Near, StoreError> {
    let letters: Vec<char> = typed.chars().collect();
    let mut near = Near::default();
    if letters.len() < SHORTEST_CHARS {
        return Ok(near);
    }
    for at in 0..letters.len() {
        let (before, rest) = letters.split_at(at);
        let before: String = before.iter().collect();
        if !list.has(&before)? {
            break;
        }
        for candidate in around(list, &before, rest)? {
            if candidate == typed || candidate.chars().count() < SHORTEST_CHARS {
                continue;
            }
            let Some(first) = list.first(&candidate)?.filter(|word| word.starts_with(&candidate)) else { continue };
            if first == candidate && near.whole.len() < MOST && !near.whole.contains(&candidate) {
                near.whole.push(first);
            }
            let kept = if at + 1 == letters.len() && candidate.chars().count() <= letters.len() {
                &mut near.at_the_end
            } else {
                &mut near.inside
            };
            if kept.len() < MOST && !kept.contains(&candidate) {
                kept.push(candidate);
            }
        }
    }
    Ok(near)
}

/// What could have been meant when the error is right behind `before`; `rest` has a letter at least.
fn around(list: &mut List<'_>, before: &str, rest: &[char]) -> Result<Vec<String>, StoreError> {
    let tail = |from: usize| rest[from..].iter().collect::<String>();
    let mut candidates = Vec::new();
    if let [first, second, ..] = rest {
        candidates.push(format!("{before}{second}{first}{}", tail(2)));
    }
    candidates.push(format!("{before}{}", tail(1)));
    for letter in list.followers(before)? {
        if letter != rest[0] {
            candidates.push(format!("{before}{letter}{}", tail(1)));
        }
        candidates.push(format!("{before}{letter}{}", tail(0)));
    }
    Ok(candidates)
}

/// The next character; between them lie the halves of others, which are none.
fn after(letter: char) -> Option<char> {
    match letter {
        '\u{d7ff}' => Some('\u{e000}'),
        letter => char::from_u32(u32::from(letter) + 1),
    }
}
