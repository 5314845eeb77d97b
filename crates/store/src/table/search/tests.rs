//! Search: what is found, in which order, and that nothing a person types is an error.

use proptest::prelude::*;
use rust_decimal::Decimal;
use selvedge_domain::barcode::Gtin;
use selvedge_domain::ids::ProductId;
use selvedge_domain::quantity::Unit;

use super::*;
use crate::Store;
use crate::table::catalogue::{self, NewProduct};

const DAY: Day = Day { year: 2026, month: 11, day: 21 };

fn product(number: u8, name: &str, variant: &str, popularity: u32) -> NewProduct {
    NewProduct {
        id: ProductId(uuid::Uuid::from_u128(u128::from(number))),
        sku: format!("TT-{number:04}"),
        name: name.to_owned(),
        variant: variant.to_owned(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: Unit::Piece,
        tax: "standard".to_owned(),
        brand: String::new(),
        gtins: vec![Gtin::with_check_digit(&format!("9521234500{number:02}")).expect("twelve digits")],
        popularity,
        active: true,
    }
}

fn shop(products: &[NewProduct]) -> Store {
    let store = Store::in_memory().expect("a store");
    store
        .write::<_, StoreError>("test", |tx| {
            let open = (Day { year: 2000, ..DAY }, Day { year: 9999, ..DAY });
            catalogue::set_tax_rate(tx, "standard", open, Decimal::from(23))?;
            let due = products.iter().map(|product| catalogue::write(tx, product)).collect::<Result<Vec<_>, _>>()?;
            index(tx, due)
        })
        .expect("a catalogue");
    store
}

fn tees() -> Store {
    shop(&[
        product(1, "Harbour Tee", "Navy · L", 10),
        product(2, "Harbour Tee", "Navy · M", 900),
        product(3, "Crème Shirt", "Écru · S", 50),
        product(4, "Футболка Ёлка", "Зелёная", 70),
        product(5, "Harvest Apron", "Olive", 5),
        product(6, "Shrimp Cap", "Coral", 999),
    ])
}

fn found(store: &Store, text: &str) -> Vec<Found> {
    store.read::<_, StoreError>(|tx| find(tx, text, 10, DAY)).expect("an answer to any text")
}

fn names(store: &Store, text: &str) -> Vec<String> {
    let found = found(store, text);
    assert!(found.iter().all(|found| !found.corrected), "{text:?} is found as it is");
    found.into_iter().map(|found| format!("{} {}", found.listed.product.name, found.listed.product.variant)).collect()
}

fn corrected(store: &Store, text: &str) -> Vec<String> {
    let found = found(store, text);
    assert!(found.iter().all(|found| found.corrected), "{text:?} is found by forgiving only, and says so");
    found.into_iter().map(|found| found.listed.product.name).collect()
}

#[test]
fn the_popular_come_first_in_the_index() {
    let mut last = i64::MAX;
    for popularity in [0, 1, 2, 7, 8, 9, 40, 1_000, 70_000, u32::MAX] {
        let row = row_of(1_234_567, popularity);
        assert!(row < last && row > 0, "{popularity} stands before what is sold less");
        last = row;
    }
    for popularity in 0..100_000 {
        assert!(row_of(1, popularity) >= row_of(1, popularity + 1), "{popularity} is no better than the next");
    }
}

#[test]
fn words_are_beginnings_in_any_order_and_the_popular_come_first() {
    let store = tees();
    assert_eq!(names(&store, "harb"), ["Harbour Tee Navy · M", "Harbour Tee Navy · L"]);
    assert_eq!(names(&store, "nav tee l"), ["Harbour Tee Navy · L"]);
    assert_eq!(names(&store, "h").len(), 3);
    assert_eq!(names(&store, "h")[0], "Harbour Tee Navy · M");
    assert!(names(&store, "tee apron").is_empty(), "every word has to be found");
}

#[test]
fn accents_and_case_make_no_difference() {
    let store = tees();
    assert_eq!(names(&store, "CREME ecru"), ["Crème Shirt Écru · S"]);
    assert_eq!(names(&store, "crème"), names(&store, "creme"));
    assert_eq!(names(&store, "ФУТБ елка"), ["Футболка Ёлка Зелёная"]);
}

#[test]
fn one_typing_error_a_word_is_forgiven_where_nothing_matches() {
    let store = tees();
    for typed in ["harbor", "harbbour", "hatbour", "hrabour", "barbour", "harrbou", "navvy harbuor"] {
        assert_eq!(corrected(&store, typed), ["Harbour Tee", "Harbour Tee"], "{typed}");
    }
    assert_eq!(corrected(&store, "футбилка"), ["Футболка Ёлка"]);
    assert_eq!(corrected(&store, "shrit"), ["Crème Shirt"], "a whole word stands before a beginning");
    assert!(found(&store, "hxrbxur").is_empty(), "two errors in a word are not forgiven");
    assert!(found(&store, "zq").is_empty(), "short words would become anything");
}

#[test]
fn words_that_are_known_but_never_together_are_corrected_one_at_a_time() {
    let store = shop(&[product(1, "Harbour Tee", "", 1), product(2, "Tea Towel", "", 1)]);
    assert_eq!(corrected(&store, "harbour tea"), ["Harbour Tee"]);
}

#[test]
fn numbers_are_found_by_their_first_digits() {
    let store = tees();
    let gtin = found(&store, "harvest")[0].listed.gtin.clone();
    assert_eq!(names(&store, &gtin), ["Harvest Apron Olive"]);
    assert_eq!(names(&store, &gtin[..12]), ["Harvest Apron Olive"]);
    assert_eq!(names(&store, &gtin[9..]), ["Harvest Apron Olive"]);
    assert_eq!(names(&store, "9521").len(), 6);
    assert_eq!(names(&store, "tt-0005"), ["Harvest Apron Olive"]);
    assert_eq!(names(&store, "0005"), ["Harvest Apron Olive"]);
}

#[test]
fn what_changes_is_found_by_its_new_words_only() {
    let store = tees();
    let write = |product: &NewProduct| {
        store.write::<_, StoreError>("test", |tx| catalogue::upsert(tx, product)).expect("a product");
    };
    write(&product(1, "Beacon Tee", "Navy · L", 2_000));
    assert_eq!(names(&store, "harbour"), ["Harbour Tee Navy · M"]);
    assert_eq!(names(&store, "tee")[0], "Beacon Tee Navy · L");
    write(&NewProduct { active: false, ..product(2, "Harbour Tee", "Navy · M", 900) });
    assert!(found(&store, "harbour").is_empty(), "what is not sold is not found");
    write(&product(2, "Harbour Tee", "Navy · M", 900));
    assert_eq!(names(&store, "harbour"), ["Harbour Tee Navy · M"]);
}

#[test]
fn a_product_that_comes_twice_in_a_page_is_what_it_was_last() {
    let store = shop(&[product(1, "Harbour Tee", "", 1), product(1, "Beacon Tee", "", 400)]);
    assert!(found(&store, "harbour").is_empty());
    assert_eq!(names(&store, "tee").len(), 1);
}

fn edit() -> impl Strategy<Value = (usize, usize, char)> {
    (0_usize..4, 0_usize..20, prop::char::ranges(vec!['a'..='z', 'а'..='я'].into()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_has_an_answer_that_has_its_words(text in ".{0,24}|[a-zéñ0-9*\"'():^+ -]{0,12}|[harbouteny ]{1,9}") {
        for found in found(&tees(), &text) {
            let Listed { product, gtin } = &found.listed;
            let have = words::index_words([&*product.name, &product.variant, &product.sku]);
            let typed = words::words(&text);
            let all = typed.iter().take(MOST_WORDS).all(|word| have.iter().any(|known| known.starts_with(word)));
            let number = typed.len() == 1 && (gtin.starts_with(&typed[0]) || gtin.ends_with(&typed[0]));
            prop_assert!(all || number || found.corrected, "{text:?} found {have:?}");
        }
    }

    #[test]
    fn any_one_error_in_a_longer_word_still_finds_it((kind, at, letter) in edit(), word in 0_usize..4) {
        let (word, name) = [
            ("harbour", "Harbour Tee"), ("harvest", "Harvest Apron"), ("shrimp", "Shrimp Cap"), ("футболка", "Футболка Ёлка"),
        ][word];
        let mut letters: Vec<char> = word.chars().collect();
        let at = at % letters.len();
        match kind {
            0 => letters.insert(at, letter),
            1 => drop(letters.remove(at)),
            2 => letters[at] = letter,
            _ => letters.swap(at, (at + 1) % word.chars().count()),
        }
        prop_assume!(kind != 3 || at + 1 < letters.len());
        let typed: String = letters.into_iter().collect();
        let found = found(&tees(), &typed);
        prop_assert!(found.iter().any(|found| found.listed.product.name == name), "{typed} is nearly {word}");
    }
}
