//! What was sold last at a till: a short list, the last first.

use selvedge_domain::ids::ProductId;
use selvedge_domain::quantity::Unit;
use selvedge_domain::time::Day;
use selvedge_store::table::catalogue::{self, NewProduct};
use selvedge_store::{Store, StoreError};
use uuid::Uuid;

const TODAY: Day = Day { year: 2026, month: 11, day: 21 };

fn product(number: u128) -> ProductId {
    ProductId(Uuid::from_u128(number))
}

fn new(number: u128, active: bool) -> NewProduct {
    NewProduct {
        id: product(number),
        sku: number.to_string(),
        name: "Tee".to_owned(),
        variant: String::new(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: Unit::Piece,
        tax: "standard".to_owned(),
        brand: String::new(),
        gtins: Vec::new(),
        popularity: 0,
        active,
    }
}

fn recent(store: &Store, limit: u32) -> Vec<u128> {
    let found = store.read(|tx| catalogue::recent(tx, TODAY, limit)).expect("a list");
    found.into_iter().map(|listed| listed.product.id.0.as_u128()).collect()
}

fn sell(store: &Store, numbers: &[u128]) {
    let products: Vec<ProductId> = numbers.iter().map(|number| product(*number)).collect();
    store.write::<_, StoreError>("test-sold", |tx| catalogue::note_sold(tx, &products)).expect("noted");
}

#[test]
fn what_was_sold_last_comes_first_and_once() {
    let store = Store::in_memory().expect("a store");
    store
        .write::<_, StoreError>("test-products", |tx| {
            let always = (Day { year: 2000, month: 1, day: 1 }, Day { year: 9999, month: 12, day: 31 });
            catalogue::set_tax_rate(tx, "standard", always, "23".parse().expect("a percentage"))?;
            (1..=40).try_for_each(|number| catalogue::upsert(tx, &new(number, number != 7)))
        })
        .expect("products");
    assert!(recent(&store, 12).is_empty(), "nothing was sold");
    sell(&store, &[1, 2, 2, 3]);
    sell(&store, &[2, 7]);
    assert_eq!(recent(&store, 12), [2, 3, 1], "7 is not sold any more");
    assert_eq!(recent(&store, 2), [2, 3]);
    for number in 8..=40 {
        sell(&store, &[number]);
    }
    let last: Vec<u128> = (29..=40).rev().collect();
    assert_eq!(recent(&store, 12), last);
}
