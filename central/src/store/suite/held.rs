//! What is held, and what a manager decides about it: for every reason that there is.

use selvedge_protocol::journal::{CashMovedV1, Entry, Fact};
use selvedge_protocol::v1::problem;
use serde_json::Value;
use uuid::Uuid;

use super::promises::rows_of;
use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::store::{ExportKind, HeldDecision, HeldNamed, HeldSettled};
use crate::surroundings::{Machine, Surroundings};

impl Bench {
    async fn held(&self) -> Vec<Value> {
        let page = self.store.export(ExportKind::Held, 0, 100).await.expect("an export");
        page.lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    async fn decides(&self, entry: &Entry, decision: HeldDecision) -> Vec<HeldSettled> {
        let named = HeldNamed::Entry { generation: entry.id.generation, sequence: entry.id.sequence };
        self.store.decide_held(named, decision, NOW_MS).await.expect("a store")
    }

    async fn problems(&self, station: &TestStation, entries: &[Entry]) -> Vec<&'static str> {
        let taken = self.store.take(station.device, entries.to_vec(), NOW_MS).await.expect("a store");
        taken.problems.iter().map(|one| one.code).collect()
    }
}

/// Each code, shown with its reason, released where something can follow from it, and dismissed where not.
pub(super) async fn whatever_is_held_has_a_way_out(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let mut elsewhere = TestStation::joined(bench, "cork", "05").await;
    let product = bench.demo.products[0].clone();
    let stranger = selvedge_protocol::v1::ProductV1 { id: Machine.new_id(), ..product.clone() };
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let unknown = station.sells(&stranger, 2);
    let huge = station.sells(&product, 1_000_000);
    let unread = station.seals("not a body".to_owned());
    elsewhere.site.locations = station.site.locations.clone();
    let other_site = elsewhere.sells(&product, 3);
    let entries = [unknown.clone(), huge.clone(), unread.clone()];
    let codes = [problem::UNKNOWN_PRODUCT, problem::IMPOSSIBLE_NUMBER, problem::UNREADABLE];
    assert_eq!(bench.problems(&station, &entries).await, codes);
    assert_eq!(bench.problems(&elsewhere, std::slice::from_ref(&other_site)).await, [problem::OTHER_SITE]);

    let held = bench.held().await;
    let shown: Vec<&str> = held.iter().map(|line| line["code"].as_str().expect("a code")).collect();
    assert_eq!(shown, [&codes[..], &[problem::OTHER_SITE]].concat(), "in the order in which they came");
    let first = &held[0];
    assert_eq!(
        (first["generation"].as_str(), first["sequence"].as_u64()),
        (Some(&*station.generation.to_string()), Some(1))
    );
    assert_eq!(
        (first["device"].as_str(), first["since_ms"].as_i64()),
        (Some(&*station.device.to_string()), Some(NOW_MS))
    );
    assert_eq!((first["kind"].as_str(), first["site"].as_str()), (Some("sale"), Some(&*station.site.id.to_string())));
    assert!(held.iter().all(|line| line["detail"].as_str().is_some_and(|detail| !detail.is_empty())));
    assert_eq!((&held[2]["entry"], &held[2]["site"]), (&Value::Null, &Value::Null), "nobody can read it");

    for entry in [&unknown, &huge, &other_site] {
        let settled = bench.decides(entry, HeldDecision::Release).await;
        assert_eq!(settled.iter().map(|one| (one.id, one.done.clone())).collect::<Vec<_>>(), [(entry.id, Ok(()))]);
    }
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 1_000_003_000, "a manager knows better");
    assert_eq!(on_hand(&*bench.store, &station, stranger.id, 0).await, -2_000);
    let settled = bench.decides(&unread, HeldDecision::Release).await;
    assert!(matches!(&settled[..], [one] if one.done.as_ref().is_err_and(|why| why.contains("body"))), "{settled:?}");
    assert_eq!(bench.problems(&station, &entries).await, [problem::UNREADABLE], "only that one is held still");
    let settled = bench.decides(&unread, HeldDecision::Dismiss).await;
    assert!(settled.iter().all(|one| one.done.is_ok() && one.code == problem::UNREADABLE), "{settled:?}");
    assert_eq!(bench.problems(&station, &entries).await, [""; 0], "a till that asks hears that nothing is held");
    assert!(bench.held().await.is_empty());
    assert!(bench.decides(&huge, HeldDecision::Release).await.is_empty(), "what is applied is not held");
    assert_eq!(bench.store.release(NOW_MS).await.expect("a store"), 0, "what was dismissed is not judged again");
    let page = bench.store.export(ExportKind::Entries, 0, 10).await.expect("an export");
    let states = page.lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["state"].clone());
    assert_eq!(states.collect::<Vec<_>>(), ["applied", "applied", "dismissed", "applied"]);
}

/// All that a station wrote after it was revoked.
pub(super) async fn what_a_revoked_station_did_is_released_with_it(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = bench.demo.products[0].clone();
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    assert!(bench.store.revoke(station.device, NOW_MS).await.expect("a store"));
    let entries = [station.sells(&product, 1), station.sells(&product, 2), station.seals("{}".to_owned())];
    let held = [problem::DEVICE_REVOKED, problem::DEVICE_REVOKED, problem::UNREADABLE];
    assert_eq!(bench.problems(&station, &entries).await, held);
    let stranger = bench.store.decide_held(HeldNamed::Device(Machine.new_id()), HeldDecision::Release, NOW_MS).await;
    assert!(stranger.expect("a store").is_empty(), "nothing is held of nobody");
    let named = HeldNamed::Device(station.device);
    let settled = bench.store.decide_held(named, HeldDecision::Release, NOW_MS).await.expect("a store");
    assert_eq!(settled.iter().map(|one| one.done.is_ok()).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 3_000);
    assert_eq!(bench.problems(&station, &entries).await, [problem::UNREADABLE], "the one that nobody can read waits");
    let next = station.sells(&product, 1);
    assert_eq!(bench.problems(&station, &[next]).await, [problem::DEVICE_REVOKED], "it is revoked all the same");
}

/// What was dismissed can be released after all, and cannot be dismissed after that.
pub(super) async fn a_release_stands_above_a_dismissal(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = bench.demo.products[0].clone();
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let (currency, reason) = ("EUR".to_owned(), String::new());
    let fact = Fact::CashMoved(CashMovedV1 { shift: Uuid::nil(), currency, amount_minor: 1, reason });
    let (huge, fine) = (station.sells(&product, 1_000_000), station.writes(fact));
    assert_eq!(bench.problems(&station, &[huge.clone(), fine.clone()]).await, [problem::IMPOSSIBLE_NUMBER]);
    assert!(bench.decides(&fine, HeldDecision::Dismiss).await.is_empty(), "what is applied stays applied");
    assert!(bench.decides(&huge, HeldDecision::Dismiss).await[0].done.is_ok());
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before);
    assert!(bench.decides(&huge, HeldDecision::Release).await[0].done.is_ok());
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 1_000_000_000);
    assert!(bench.decides(&huge, HeldDecision::Dismiss).await.is_empty());
}

/// A central that lost all of it hears the decisions before the entries, or the entries first: it ends where it was.
pub(super) async fn what_a_manager_decided_comes_back(whole: &Bench, rebuilt: [&Bench; 2]) {
    let mut station = TestStation::joined(whole, "galway", "04").await;
    let product = whole.demo.products[0].clone();
    let before = on_hand(&*whole.store, &station, product.id, 0).await;
    let entries =
        [station.sells(&product, 1_000_000), station.sells(&product, 2_000_000), station.seals(String::new())];
    assert_eq!(whole.problems(&station, &entries).await.len(), 3);
    whole.decides(&entries[1], HeldDecision::Dismiss).await;
    whole.decides(&entries[0], HeldDecision::Dismiss).await;
    whole.decides(&entries[0], HeldDecision::Release).await;
    whole.decides(&entries[2], HeldDecision::Dismiss).await;
    assert!(whole.held().await.is_empty());
    let rows = rows_of(&*whole.store, station.site.id).await;
    let told = rows.into_iter().filter(|row| ["release", "device"].contains(&row.kind.as_str()));
    let mut told: Vec<_> = told.collect();
    for (bench, decisions_first) in rebuilt.into_iter().zip([true, false]) {
        if !decisions_first {
            told.reverse();
            let device = told.iter().filter(|row| row.kind == "device").cloned().collect();
            bench.store.take_back(device, false, NOW_MS).await.expect("the station is known");
            assert_eq!(bench.problems(&station, &entries).await.len(), 3, "nobody decided yet");
        }
        bench.store.take_back(told.clone(), true, NOW_MS).await.expect("decisions");
        assert_eq!(bench.problems(&station, &entries).await, [""; 0], "decided before it came: {decisions_first}");
        assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 1_000_000_000);
        assert!(bench.held().await.is_empty());
        bench.balanced().await;
    }
}
