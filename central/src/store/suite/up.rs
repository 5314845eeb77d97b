//! Stations and their journals.

use selvedge_protocol::journal::{Fact, Hex64};
use selvedge_protocol::v1::problem;
use uuid::Uuid;

use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::secret::code_hash;
use crate::store::{ExportKind, Generation, NewCode, StoreError};
use crate::surroundings::{Machine, Surroundings};

pub(super) async fn a_code_works_once(bench: &Bench) {
    let hash = code_hash("K7QM2D9F");
    let code = |till: &str| NewCode { hash, site: "galway".into(), till: till.into(), expires_ms: NOW_MS + 1000 };
    let unknown = bench.store.add_code(code("05")).await.expect_err("05 is Cork's");
    assert!(matches!(unknown, StoreError::UnknownTill { .. }), "{unknown:?}");
    bench.store.add_code(code("04")).await.expect("04 is Galway's");
    let station = TestStation::new(bench.demo.site("galway").expect("Galway").clone(), 1);
    let late = bench.store.enrol(station.asks(hash), NOW_MS + 1000).await.expect("a store");
    assert_eq!(late, None, "the code has expired");
    let wrong = bench.store.enrol(station.asks(code_hash("00000000")), NOW_MS).await.expect("a store");
    assert_eq!(wrong, None, "nobody made that code");
    let joined = bench.store.enrol(station.asks(hash), NOW_MS).await.expect("a store").expect("a good code");
    assert_eq!((joined.till.code.as_str(), joined.site.code.as_str()), ("04", "galway"));
    let again = bench.store.enrol(station.asks(hash), NOW_MS).await.expect("a store");
    assert_eq!(again.as_ref(), Some(&joined), "the same station hears the same answer when it was lost");
    let other = TestStation::new(bench.demo.site("galway").expect("Galway").clone(), 2);
    assert_eq!(bench.store.enrol(other.asks(hash), NOW_MS).await.expect("a store"), None, "a code works once");
    // Central forgot that the code was used, and heard of the station again from another one: it is who it was.
    let (second, third) = (code_hash("5EC0ND00"), code_hash("7H1RD000"));
    for hash in [second, third] {
        bench.store.add_code(NewCode { hash, ..code("04") }).await.expect("04 is Galway's");
    }
    let known = bench.store.enrol(station.asks(second), NOW_MS).await.expect("a store");
    assert_eq!(known.as_ref(), Some(&joined), "the same life is the same station");
    let mut false_one = other.asks(third);
    false_one.generation = station.generation;
    let taken = bench.store.enrol(false_one, NOW_MS).await.expect_err("the generation has another key");
    assert!(matches!(taken, StoreError::GenerationTaken(_)), "{taken:?}");
    let stolen = Generation { generation: station.generation, ..generation_of(&other, joined.device) };
    let taken = bench.store.add_generation(stolen, NOW_MS).await.expect_err("the generation has another key");
    assert!(matches!(taken, StoreError::GenerationTaken(_)), "{taken:?}");
}

fn generation_of(station: &TestStation, device: Uuid) -> Generation {
    Generation { generation: station.generation, device, short: "000".into(), public_key: station.key().public() }
}

pub(super) async fn an_entry_counts_once(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let entries = vec![station.opens_the_drawer(), station.sells(product, 3), station.sells(product, -1)];
    let taken = bench.store.take(station.device, entries.clone(), NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems.as_slice()), (3, [].as_slice()));
    let again = bench.store.take(station.device, entries, NOW_MS).await.expect("a store");
    assert_eq!((again.new, &again.heads), (0, &taken.heads), "uploading twice changes nothing");
    let [head] = taken.heads.as_slice() else { panic!("one generation, one head: {:?}", taken.heads) };
    let (sequence, hash) = station.head();
    assert_eq!((head.sequence, head.hash.clone(), head.forked), (sequence, hash.to_string(), false));
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 3000, "sold off the floor, once");
    assert_eq!(on_hand(&*bench.store, &station, product.id, 1).await, 1000, "taken back to the counter, once");
    let empty = bench.store.take(station.device, Vec::new(), NOW_MS).await.expect("a store");
    assert_eq!(empty.heads, taken.heads, "an empty segment asks for the heads");
}

pub(super) async fn what_does_not_verify_is_not_kept(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let good = station.opens_the_drawer();
    let mut forged = good.clone();
    forged.signature = Hex64([1; 64]);
    let mut changed = good.clone();
    changed.body = changed.body.replace("drawer-pulsed", "drawer-pulseD");
    let mut stranger = good.clone();
    stranger.id.generation = Machine.new_id();
    let mut other = good.clone();
    other.id.device = Machine.new_id();
    let sent = vec![forged, changed, stranger, other];
    let taken = bench.store.take(station.device, sent, NOW_MS).await.expect("a store");
    let codes: Vec<(&str, bool)> = taken.problems.iter().map(|one| (one.code, one.kept)).collect();
    let unknown = (problem::UNKNOWN_GENERATION, false);
    assert_eq!(codes, [(problem::SIGNATURE, false), (problem::HASH, false), unknown, unknown]);
    assert_eq!((taken.new, taken.heads[0].sequence), (0, 0), "nothing of it is kept");
    let taken = bench.store.take(station.device, vec![good], NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems.len()), (1, 0), "and nothing of it is in the way");
}

pub(super) async fn a_gap_is_told_by_the_head(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let entries: Vec<_> = (0..4).map(|_| station.opens_the_drawer()).collect();
    let sent = vec![entries[0].clone(), entries[2].clone(), entries[3].clone()];
    let taken = bench.store.take(station.device, sent, NOW_MS).await.expect("a store");
    assert_eq!(taken.heads[0].sequence, 1, "acknowledged is what is unbroken");
    let gaps: Vec<(u64, &str)> = taken.problems.iter().map(|one| (one.id.sequence, one.code)).collect();
    assert_eq!(gaps, [(3, problem::GAP), (4, problem::GAP)]);
    let taken = bench.store.take(station.device, entries[1..].to_vec(), NOW_MS).await.expect("a store");
    assert_eq!((taken.heads[0].sequence, taken.problems.len()), (4, 0), "from the head on all is well");
}

pub(super) async fn a_fork_is_kept_on_both_branches(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let first = station.opens_the_drawer();
    let mut clone = station.clone();
    let here = vec![first.clone(), station.sells(product, 1), station.sells(product, 1)];
    let there = vec![first, clone.sells(product, 2), clone.opens_the_drawer(), clone.sells(product, 2)];
    bench.store.take(station.device, here.clone(), NOW_MS).await.expect("a store");
    let taken = bench.store.take(station.device, there.clone(), NOW_MS).await.expect("a store");
    assert_eq!(taken.new, 3, "the clone's own entries are kept");
    let codes: Vec<(u64, &str, bool)> =
        taken.problems.iter().map(|one| (one.id.sequence, one.code, one.kept)).collect();
    assert_eq!(codes, [(2, problem::FORK, true), (3, problem::FORK, true)], "and it is told");
    let heads: Vec<(u64, String, bool)> =
        taken.heads.iter().map(|head| (head.sequence, head.hash.clone(), head.forked)).collect();
    let [(_, main), (_, branch)] = [station.head(), clone.head()];
    assert_eq!(heads, [(3, main.to_string(), true), (4, branch.to_string(), true)], "each finds its own head");
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 6000, "both branches count");
    for again in [here, there] {
        let taken = bench.store.take(station.device, again, NOW_MS).await.expect("a store");
        assert_eq!(taken.new, 0, "a fork is recorded once");
    }
}

pub(super) async fn what_cannot_be_applied_is_held(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let mut unknown = product.clone();
    unknown.id = Machine.new_id();
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let stranger = station.sells(&unknown, 1);
    let huge = station.sells(product, 1_000_000_000);
    let unread = station.seals("not a body".to_owned());
    let fine = station.sells(product, 1);
    let sent = vec![stranger, huge, unread, fine];
    let taken = bench.store.take(station.device, sent.clone(), NOW_MS).await.expect("a store");
    let codes: Vec<(&str, bool)> = taken.problems.iter().map(|one| (one.code, one.kept)).collect();
    let expected = [problem::UNKNOWN_PRODUCT, problem::IMPOSSIBLE_NUMBER, problem::UNREADABLE].map(|code| (code, true));
    assert_eq!(codes, expected, "all are kept and held");
    assert_eq!((taken.new, taken.heads[0].sequence), (4, 4), "the queue goes on");
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before - 1000, "what is fine is applied");
    let again = bench.store.take(station.device, sent, NOW_MS).await.expect("a store");
    assert_eq!(again.problems, taken.problems, "asked again, central says the same");

    let put = crate::store::ProductPut {
        product: selvedge_protocol::v1::ProductV1 { sku: "LATE".into(), gtins: Vec::new(), ..unknown.clone() },
        price: None,
        stock: None,
    };
    bench.store.put_products(vec![put], false, NOW_MS).await.expect("a store");
    assert_eq!(on_hand(&*bench.store, &station, unknown.id, 0).await, -1000, "it is known now, whichever came first");
    assert_eq!(bench.store.release(NOW_MS).await.expect("a store"), 0, "the others wait for a manager");

    let mut elsewhere = TestStation::joined(bench, "cork", "05").await;
    elsewhere.site.locations = station.site.locations.clone();
    let sale = elsewhere.sells(product, 1);
    let taken = bench.store.take(elsewhere.device, vec![sale], NOW_MS).await.expect("a store");
    assert_eq!(taken.problems[0].code, problem::OTHER_SITE, "another shop's floor");
}

pub(super) async fn odd_bytes_are_kept_as_they_came(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let odd = ["zero \0 byte", "", "\u{fffd}\u{10ffff}", "{\"kind\":\"\\u0000\"}"];
    let mut sent: Vec<_> = odd.iter().map(|body| station.seals((*body).to_owned())).collect();
    let payload = serde_json::json!({"zero": "\0"});
    sent.push(station.writes(Fact::Unknown { kind: "zero\0kind".into(), version: 1, payload }));
    let taken = bench.store.take(station.device, sent.clone(), NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.heads[0].sequence), (5, 5), "{:?}", taken.problems);
    let page = bench.store.export(ExportKind::Entries, 0, 10).await.expect("a store");
    let bodies: Vec<String> = page.lines.iter().map(|line| body_of(line)).collect();
    assert_eq!(bodies, sent.iter().map(|entry| entry.body.clone()).collect::<Vec<_>>(), "kept to the byte");
}

fn body_of(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    line["body"].as_str().expect("a text").to_owned()
}

pub(super) async fn an_unknown_kind_waits(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let payload = serde_json::json!({"lamps": 3});
    let entry = station.writes(Fact::Unknown { kind: "lamp-lit".into(), version: 4, payload });
    let taken = bench.store.take(station.device, vec![entry.clone()], NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems[0].code, taken.problems[0].kept), (1, problem::UNKNOWN_KIND, true));
    let page = bench.store.export(ExportKind::Entries, 0, 10).await.expect("a store");
    let line: serde_json::Value = serde_json::from_str(&page.lines[0]).expect("JSON");
    assert_eq!((&line["state"], &line["body"]), (&"unknown-kind".into(), &entry.body.into()), "kept to the byte");
}

pub(super) async fn a_revoked_stations_facts_are_kept(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    assert!(!bench.store.revoke(Machine.new_id(), NOW_MS).await.expect("a store"), "nobody has that id");
    assert!(bench.store.revoke(station.device, NOW_MS).await.expect("a store"));
    assert!(bench.store.device(station.device).await.expect("a store").expect("known").revoked);
    let sale = station.sells(product, 1);
    let taken = bench.store.take(station.device, vec![sale], NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems[0].code), (1, problem::DEVICE_REVOKED), "kept, and held");
    assert_eq!(on_hand(&*bench.store, &station, product.id, 0).await, before, "until a manager says so");
}

pub(super) async fn a_nonce_works_once(bench: &Bench) {
    let (device, nonce) = (Machine.new_id(), Machine.new_id());
    let uses = async |at_ms, forget_ms| bench.store.use_nonce(device, nonce, at_ms, forget_ms).await.expect("a store");
    assert!(uses(NOW_MS, 0).await);
    assert!(!uses(NOW_MS + 1, 0).await, "used before");
    assert!(uses(NOW_MS + 2, NOW_MS + 1).await, "forgotten when its time is over");
}

pub(super) async fn exports_have_every_line(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let entries: Vec<_> = (0..5).map(|at| station.sells(&bench.demo.products[at], 1)).collect();
    let bodies: Vec<String> = entries.iter().map(|entry| entry.body.clone()).collect();
    bench.store.take(station.device, entries, NOW_MS).await.expect("a store");
    let mut lines: Vec<serde_json::Value> = Vec::new();
    let mut after = Some(0);
    while let Some(from) = after {
        let page = bench.store.export(ExportKind::Sales, from, 2).await.expect("a store");
        lines.extend(page.lines.iter().map(|line| serde_json::from_str(line).expect("JSON")));
        after = page.next;
    }
    assert_eq!(lines.len(), 5);
    for (line, body) in lines.iter().zip(bodies) {
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        for field in ["receipt", "lines", "tenders", "total_minor", "currency"] {
            assert_eq!(line[field], body["payload"][field], "{field} exactly as in the journal");
        }
        assert_eq!(line["device"], station.device.to_string());
    }
    let page = bench.store.export(ExportKind::Products, 0, 10).await.expect("a store");
    assert_eq!(page.lines.len(), 10);
    assert!(page.lines[0].contains("\"amount_minor\":2400"), "{}", page.lines[0]);
}
