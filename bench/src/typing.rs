//! Search as people type: the first one to twelve letters of a product's name and variant, and the same with an error.

use std::time::Duration;

use anyhow::{Result, ensure};
use selvedge_store::table::search;
use selvedge_store::{Store, StoreError};
use selvedge_tests::Shop;

use crate::Plan;
use crate::figure::{Figure, Goal, Spread, Unit, by_turns, timed};
use crate::floor::Floor;
use crate::lookup::DAY;
use crate::products::{Dice, Products};

/// As many as the window asks for.
const LIMIT: u32 = 12;
const MOST_LETTERS: usize = 12;
const GOAL: Goal = Goal::TenthsAndP99(30, Duration::from_millis(10));

/// One to twelve letters.
pub fn as_you_type(plan: &Plan, products: &Products, shop: &Shop, floor: &Floor) -> Result<Figure> {
    let texts: Vec<String> = (0..total(plan)).map(|sample| text(products, sample)).collect();
    let mut by_length = vec![Vec::new(); MOST_LETTERS];
    let (floor, ours) = by_turns(
        plan,
        |sample| timed(|| floor.beginning(&texts[sample], LIMIT)),
        |sample| {
            let took = timed(|| {
                let found = find(shop.app().store(), &texts[sample])?;
                ensure!(!found.is_empty(), "{:?} is the beginning of a name", texts[sample]);
                Ok(found)
            })?;
            by_length[sample % MOST_LETTERS].push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
            Ok(took)
        },
    )?;
    let lengths: Vec<String> = by_length
        .into_iter()
        .map(|samples| Spread::of(&mut [samples]))
        .zip(1..)
        .map(|(spread, letters)| format!("{letters}: {}/{}", spread.p50 / 1000, spread.p99 / 1000))
        .collect();
    Ok(Figure {
        name: "search as you type, 1 to 12 letters, ranked",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: "bare FTS5 prefix query, unranked",
        goal: GOAL,
        notes: vec![format!("Search by letters typed, p50/p99 in µs: {}.", lengths.join(", "))],
    })
}

/// A word of five letters or more with one error, so that nothing matches.
pub fn with_an_error(plan: &Plan, products: &Products, shop: &Shop, floor: &Floor) -> Result<Figure> {
    let mut texts = Vec::new();
    let mut sample = 0;
    while texts.len() < total(plan) {
        sample += 1;
        let Some((right, wrong)) = misspelt(products, sample) else { continue };
        let found = find(shop.app().store(), &wrong)?;
        if found.first().is_some_and(|found| found.corrected) {
            texts.push((right, wrong));
        }
        ensure!(sample < 200 * total(plan), "errors of typing are forgiven");
    }
    let (floor, ours) = by_turns(
        plan,
        |sample| timed(|| floor.beginning(&texts[sample].0, LIMIT)),
        |sample| timed(|| find(shop.app().store(), &texts[sample].1)),
    )?;
    Ok(Figure {
        name: "search with one typing error where nothing matches",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: "bare FTS5 prefix query of the right word, unranked",
        goal: GOAL,
        notes: Vec::new(),
    })
}

fn total(plan: &Plan) -> usize {
    (plan.rounds + 1) * plan.samples
}

fn find(store: &Store, text: &str) -> Result<Vec<search::Found>> {
    Ok(store.read::<_, StoreError>(|tx| search::find(tx, text, LIMIT, DAY))?)
}

/// The first letters of what is on a label; with the samples the number of letters goes round.
fn text(products: &Products, sample: usize) -> String {
    let product = products.sold(sample).product;
    let name = format!("{} {}", product.name, product.variant);
    let cut: String = name.chars().take(sample % MOST_LETTERS + 1).collect();
    cut.trim().to_owned()
}

/// One of the words of a name, right and with one error.
fn misspelt(products: &Products, sample: usize) -> Option<(String, String)> {
    let product = products.sold(sample).product;
    let words: Vec<&str> = product.name.split(' ').filter(|word| word.chars().count() >= 5).collect();
    let mut dice = Dice::new(u64::try_from(sample).ok()? | 1 << 55);
    let mut throw = |most: usize| usize::try_from(dice.below(u64::try_from(most).ok()?)).ok();
    let right = *words.get(throw(words.len())?)?;
    let mut letters: Vec<char> = right.chars().collect();
    let at = throw(letters.len() - 1)?;
    let letter = char::from(b'a' + u8::try_from(throw(26)?).ok()?);
    match throw(4)? {
        0 => letters.insert(at, letter),
        1 => drop(letters.remove(at)),
        2 => *letters.get_mut(at)? = letter,
        _ => letters.swap(at, at + 1),
    }
    Some((right.to_owned(), letters.into_iter().collect()))
}
