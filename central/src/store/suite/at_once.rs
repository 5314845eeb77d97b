//! Many at the same time.

use std::collections::BTreeSet;
use std::sync::Arc;

use selvedge_protocol::v1::{FeedBody, ProductV1, feed_kind};
use tokio::task::JoinSet;

use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::store::ProductPut;
use crate::surroundings::{Machine, Surroundings};

const WRITERS: usize = 4;
const EACH: usize = 30;

pub(super) async fn the_same_segment_from_many_sides_counts_once(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let entries: Vec<_> = (0..10).map(|_| station.sells(product, 1)).collect();
    let mut sides = JoinSet::new();
    for _ in 0..8 {
        let (store, entries, device) = (Arc::clone(&bench.store), entries.clone(), station.device);
        sides.spawn(async move { store.take(device, entries, NOW_MS).await.expect("a store") });
    }
    let taken = sides.join_all().await;
    assert_eq!(taken.iter().map(|one| one.new).sum::<usize>(), 10, "each entry is new once");
    assert!(taken.iter().all(|one| one.heads[0].sequence == 10), "and everybody hears the same head");
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 10_000);
}

pub(super) async fn a_reader_passes_over_nothing_while_others_write(bench: &Bench) {
    let galway = bench.demo.site("galway").expect("Galway").id;
    let mut writers = JoinSet::new();
    let mut expected = BTreeSet::new();
    for writer in 0..WRITERS {
        let skus: Vec<String> = (0..EACH).map(|at| format!("NEW-{writer}-{at}")).collect();
        expected.extend(skus.clone());
        let (store, like) = (Arc::clone(&bench.store), bench.demo.products[0].clone());
        writers.spawn(async move {
            for sku in skus {
                let product = ProductV1 { id: Machine.new_id(), sku, gtins: Vec::new(), ..like.clone() };
                let put = ProductPut { product, price: None, stock: None };
                store.put_products(vec![put], false, NOW_MS).await.expect("a store");
            }
        });
    }
    let mut seen = BTreeSet::new();
    let mut cursor = None;
    let mut done = false;
    loop {
        let page = bench.store.feed(galway, cursor, 40, NOW_MS).await.expect("its own cursor always holds");
        for row in page.rows.iter().filter(|row| row.kind == feed_kind::PRODUCT) {
            let Ok(FeedBody::Product(ProductV1 { sku, .. })) = row.read() else { panic!("a product: {row:?}") };
            assert!(seen.insert(sku.clone()), "{sku} came twice");
        }
        let end = !page.more;
        cursor = Some(page.next);
        if end && done {
            break;
        }
        // One more walk to the end after the last writer has ended.
        done = end && writers.is_empty();
        while writers.try_join_next().is_some() {}
    }
    assert!(expected.is_subset(&seen), "{} rows were passed over", expected.difference(&seen).count());
}
