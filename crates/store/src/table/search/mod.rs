//! Search as you type: several words in any order, each as a beginning, accents passed over, the most popular first; one
//! typing error is forgiven where nothing matches; digits are also looked for in barcodes.

mod behind;
mod digits;
mod due;
mod typing;
mod words;

use selvedge_domain::time::Day;

pub use self::behind::{catch_up, fall_behind, is_behind};
pub(super) use self::due::{Due, Entry, index};
use self::typing::{List, Near};
use super::catalogue::{self, Listed};
use crate::{StoreError, Tx};

/// More words make no difference.
const MOST_WORDS: usize = 6;
/// The FTS index has lists of its own for beginnings up to this length; longer ones are put together from their words.
const INDEXED_BEGINNING_CHARS: usize = 6;
/// A beginning that more words have is left to the index.
const MOST_CONTINUATIONS: usize = 16;
/// Alternatives in one query, at most.
const MOST_ALTERNATIVES: usize = 64;
/// Bits of a row's number that are the product's.
const NUMBER_BITS: u32 = 40;

/// A product found by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The product.
    pub listed: Listed,
    /// Found only by forgiving a typing error.
    pub corrected: bool,
}

/// Finds products, the most popular first: those sold about as often (within a sixteenth) in the order in which they
/// became known.
///
/// # Errors
/// [`StoreError`].
pub fn find(tx: &Tx, text: &str, limit: u32, day: Day) -> Result<Vec<Found>, StoreError> {
    let mut typed = words::words(text);
    typed.truncate(MOST_WORDS);
    if typed.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let mut numbers = match typed.as_slice() {
        [one] if words::is_digits(one) => digits::numbers(tx, one, limit)?,
        _ => Vec::new(),
    };
    let mut list = List::new(tx)?;
    if let Some(query) = query(&mut list, &typed)? {
        for number in rows(tx, &query, limit)? {
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
    }
    let corrected = numbers.is_empty();
    if corrected {
        numbers = forgiven(tx, &mut list, &typed, limit)?;
    }
    numbers.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let found = catalogue::by_numbers(tx, &numbers, day)?;
    Ok(found.into_iter().map(|listed| Found { listed, corrected }).collect())
}

/// Where a product stands in the index, how seldom it is sold in front: sixteen steps between a number and its double.
pub(super) fn row_of(number: i64, popularity: u32) -> i64 {
    let steps = match popularity.checked_ilog2() {
        None => 0,
        Some(octave) => {
            let below = i64::from(popularity) - (1_i64 << octave);
            16 * (i64::from(octave) + 1) + ((below << 4) >> octave)
        }
    };
    let most = 16 * 33;
    ((most - steps) << NUMBER_BITS) | number
}

/// The query for words as they were typed; none when one of them is in no product at all.
fn query(list: &mut List<'_>, typed: &[String]) -> Result<Option<String>, StoreError> {
    let mut parts = Vec::with_capacity(typed.len());
    for word in typed {
        match alternatives(list, std::slice::from_ref(word))? {
            Some(part) => parts.push(part),
            None => return Ok(None),
        }
    }
    Ok(Some(parts.join(" AND ")))
}

/// Any of some beginnings. A list of whole words is read as far as it is needed, where a beginning that is longer than
/// the index knows would be gathered completely first.
fn alternatives(list: &mut List<'_>, beginnings: &[String]) -> Result<Option<String>, StoreError> {
    let mut parts: Vec<String> = Vec::new();
    for beginning in beginnings {
        if !words::is_letters(beginning) {
            parts.push(format!("\"{beginning}\"*"));
            continue;
        }
        if beginning.chars().count() <= INDEXED_BEGINNING_CHARS {
            if list.has(beginning)? {
                parts.push(format!("\"{beginning}\"*"));
            }
            continue;
        }
        let whole = list.going_on(beginning, MOST_CONTINUATIONS + 1)?;
        if whole.len() > MOST_CONTINUATIONS {
            parts.push(format!("\"{beginning}\"*"));
        } else {
            parts.extend(whole.iter().map(|word| format!("\"{word}\"")));
        }
    }
    parts.truncate(MOST_ALTERNATIVES);
    Ok(any_of(parts))
}

fn any_of(parts: Vec<String>) -> Option<String> {
    match parts.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(format!("({})", many.join(" OR "))),
    }
}

/// Products for words with a typing error: in each word that nobody knows; where all are known, in one of them, the last
/// first: it is the one being typed.
fn forgiven(tx: &Tx, list: &mut List<'_>, typed: &[String], limit: u32) -> Result<Vec<i64>, StoreError> {
    let letters: Vec<usize> = (0..typed.len()).rev().filter(|at| words::is_letters(&typed[*at])).collect();
    let mut missing = Vec::new();
    for at in &letters {
        if !list.has(&typed[*at])? {
            missing.push(*at);
        }
    }
    let attempts = if missing.is_empty() { letters.into_iter().map(|at| vec![at]).collect() } else { vec![missing] };
    for wrong in attempts {
        let found = corrected(tx, list, typed, &wrong, limit)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Products for words of which those at `wrong` have a typing error. Corrections that are whole words come first, then
/// those with the error inside what was typed, then all.
fn corrected(
    tx: &Tx,
    list: &mut List<'_>,
    typed: &[String],
    wrong: &[usize],
    limit: u32,
) -> Result<Vec<i64>, StoreError> {
    let others: Vec<String> =
        typed.iter().enumerate().filter(|(at, _)| !wrong.contains(at)).map(|(_, word)| word.clone()).collect();
    let Some(others) = query(list, &others)? else { return Ok(Vec::new()) };
    let near = wrong.iter().map(|at| typing::near(list, &typed[*at])).collect::<Result<Vec<_>, _>>()?;
    for tier in [Near::whole, Near::inside, Near::all] {
        let mut parts: Vec<String> = (!others.is_empty()).then(|| others.clone()).into_iter().collect();
        for near in &near {
            parts.extend(tier(near, list)?);
        }
        if parts.len() == near.len() + usize::from(!others.is_empty()) {
            let found = rows(tx, &parts.join(" AND "), limit)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    Ok(Vec::new())
}

impl Near {
    /// Words as they stand.
    fn whole(&self, _: &mut List<'_>) -> Result<Option<String>, StoreError> {
        Ok(any_of(self.whole.iter().map(|word| format!("\"{word}\"")).collect()))
    }

    /// Beginnings with the error before their last letter.
    fn inside(&self, list: &mut List<'_>) -> Result<Option<String>, StoreError> {
        alternatives(list, &self.inside)
    }

    fn all(&self, list: &mut List<'_>) -> Result<Option<String>, StoreError> {
        let all: Vec<String> = self.inside.iter().chain(&self.at_the_end).cloned().collect();
        alternatives(list, &all)
    }
}

fn rows(tx: &Tx, query: &str, limit: u32) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT rowid FROM product_text WHERE product_text MATCH ?1 ORDER BY rowid LIMIT ?2")?;
    let rows = statement.query_map((query, limit), |row| row.get::<_, i64>(0))?;
    rows.map(|row| Ok(row? & ((1 << NUMBER_BITS) - 1))).collect()
}

#[cfg(test)]
mod tests;
