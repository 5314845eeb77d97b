//! A station that lost its data: it gets its entries back, and what follows a loss that it declared is taken.

use selvedge_protocol::journal::{Fact, JournalRecoveredV1};
use selvedge_protocol::v1::problem;

use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::store::{ExportKind, Generation};
use crate::surroundings::{Machine, Surroundings};

pub(super) async fn a_station_gets_its_own_entries_back(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let stranger = TestStation::joined(bench, "cork", "05").await;
    let entries: Vec<_> = (0..5).map(|_| station.opens_the_drawer()).collect();
    bench.store.take(station.device, entries.clone(), NOW_MS).await.expect("a store");
    let ask = async |device, generation, after, limit| {
        bench.store.entries(device, generation, after, limit).await.expect("a store")
    };
    assert_eq!(ask(station.device, station.generation, 0, 10).await, entries, "to the byte, in order");
    assert_eq!(ask(station.device, station.generation, 2, 2).await, entries[2..4], "after a number, so many");
    assert_eq!(ask(station.device, station.generation, u64::MAX, 2).await, [], "nothing behind the last");
    assert_eq!(ask(stranger.device, station.generation, 0, 10).await, [], "another's are not handed out");
    assert_eq!(ask(station.device, stranger.generation, 0, 10).await, []);
    let clone_of = entries[2].id;
    let mut clone = station.clone();
    clone.rewinds(clone_of.sequence, entries[2].hash);
    let other = clone.opens_the_drawer();
    bench.store.take(station.device, vec![other], NOW_MS).await.expect("a store");
    assert_eq!(ask(station.device, station.generation, 0, 10).await, entries, "of a fork the branch that came first");
}

pub(super) async fn what_follows_a_declared_loss_is_taken(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let first = station.sells(product, 1);
    let lost = [station.sells(product, 10), station.opens_the_drawer()];
    let behind = vec![station.sells(product, 2), station.sells(product, 3)];
    bench.store.take(station.device, vec![first], NOW_MS).await.expect("a store");
    let taken = bench.store.take(station.device, behind.clone(), NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems[0].code), (0, problem::GAP), "nobody said that they are lost");

    // The station goes on under a new generation and says what it lost.
    let mut next = station.clone();
    next.begins_again(Machine.new_id());
    let generation = Generation {
        generation: next.generation,
        device: next.device,
        short: "000".into(),
        public_key: next.key().public(),
    };
    bench.store.add_generation(generation, NOW_MS).await.expect("a store");
    let missing = vec![(lost[0].id.sequence, lost[1].id.sequence)];
    let said = JournalRecoveredV1 { generation: station.generation, found: 3, missing };
    let said = next.writes(Fact::JournalRecovered(said));
    let taken = bench.store.take(station.device, vec![said], NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems.len()), (1, 0));
    let listed = async || {
        let lines = bench.store.export(ExportKind::Lost, 0, 10).await.expect("an export").lines;
        let line = |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        let lines: Vec<serde_json::Value> = lines.iter().map(line).collect();
        lines.iter().map(|line| (line["first"].as_u64(), line["last"].as_u64())).collect::<Vec<_>>()
    };
    let (gone, also) = (lost[0].id.sequence, lost[1].id.sequence);
    assert_eq!(listed().await, [(Some(gone), Some(also))], "what nobody has is listed");
    let taken = bench.store.take(station.device, behind.clone(), NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems.as_slice()), (2, [].as_slice()), "what follows is taken now");
    let head = taken.heads.iter().find(|head| head.generation == station.generation).expect("a head");
    assert_eq!((head.sequence, head.forked), (station.head().0, false), "on the one branch");
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 6_000, "and applied, once");
    let taken = bench.store.take(station.device, behind, NOW_MS).await.expect("a store");
    assert_eq!(taken.new, 0, "twice is once");
    let taken = bench.store.take(station.device, vec![lost[0].clone()], NOW_MS).await.expect("a store");
    assert!(taken.new == 1 && taken.problems.iter().all(|one| one.kept), "what turns up after all is kept");
    assert_eq!(listed().await, [(Some(also), Some(also))], "and is not lost");
}
