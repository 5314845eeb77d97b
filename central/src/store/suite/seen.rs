//! Central seen from outside: its stations, the auditor, and who had it do what.

use selvedge_protocol::v1::{ProductV1, StationReportV1};

use super::{Bench, NOW_MS, TestStation};
use crate::auditor;
use crate::store::{Command, ExportKind};
use crate::surroundings::{Machine, Surroundings};

pub(super) async fn stations_are_as_they_last_said(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let other = TestStation::joined(bench, "cork", "05").await;
    let state = bench.store.state().await.expect("a store");
    let places: Vec<(&str, &str)> =
        state.devices.iter().map(|one| (one.site_code.as_str(), one.till.as_str())).collect();
    assert_eq!(places, [("cork", "05"), ("galway", "04")], "by site and till");
    assert_eq!((state.devices[1].seen_ms, &state.devices[1].report), (None, &None), "nothing was heard yet");

    let nonce = Machine.new_id();
    assert!(bench.store.use_nonce(station.device, nonce, NOW_MS + 5, 0).await.expect("a store"));
    let mut report = StationReportV1 {
        app: "0.1.1".into(),
        generation: station.generation,
        unsent: 7,
        oldest_unsent_ms: Some(NOW_MS - 60_000),
        offset_ms: None,
        errors: vec!["printer-away".into()],
    };
    bench.store.report(station.device, report.clone(), NOW_MS + 3).await.expect("a store");
    report.unsent = 0;
    bench.store.report(station.device, report.clone(), NOW_MS + 4).await.expect("a store");
    let stranger = ProductV1 { id: Machine.new_id(), ..bench.demo.products[0].clone() };
    let held = station.sells(&stranger, 1);
    bench.store.take(station.device, vec![held], NOW_MS).await.expect("a store");
    assert!(bench.store.revoke(other.device, NOW_MS + 9).await.expect("a store"));

    let state = bench.store.state().await.expect("a store");
    let [cork, galway] = state.devices.as_slice() else { panic!("two stations: {state:?}") };
    assert_eq!((cork.revoked_ms, cork.held), (Some(NOW_MS + 9), 0));
    assert_eq!((galway.seen_ms, galway.reported_ms), (Some(NOW_MS + 5), Some(NOW_MS + 4)));
    assert_eq!((galway.report.as_ref(), galway.held, galway.heads[0].sequence), (Some(&report), 1, 1));
    assert_eq!((state.held, state.unknown_kinds), (1, 0));
}

pub(super) async fn the_auditor_sees_everything_and_finds_nothing(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let mut clone = station.clone();
    let entries = vec![station.opens_the_drawer(), station.sells(&bench.demo.products[0], 2)];
    bench.store.take(station.device, entries, NOW_MS).await.expect("a store");
    bench.store.take(station.device, vec![clone.opens_the_drawer()], NOW_MS).await.expect("a store");
    let mut wrong = Vec::new();
    let checked = auditor::once(&*bench.store, &mut |finding| wrong.push(finding)).await.expect("a store");
    assert_eq!(wrong, Vec::<String>::new(), "a fork is in order");
    let products = u64::try_from(bench.demo.products.len()).expect("a number");
    assert!(checked > products, "{checked} looked at");
}

pub(super) async fn who_had_what_done_is_written_down(bench: &Bench) {
    let note = |what, about: &str| Command { at_ms: NOW_MS, who: "mira".into(), what, about: about.into() };
    bench.store.note(note("enrol", "till 04 at galway")).await.expect("a store");
    bench.store.note(note("revoke", "zero \0 byte")).await.expect("a store");
    let page = bench.store.export(ExportKind::Commands, 0, 10).await.expect("a store");
    let first: serde_json::Value = serde_json::from_str(&page.lines[0]).expect("JSON");
    let expected = serde_json::json!({"at_ms": NOW_MS, "who": "mira", "what": "enrol", "about": "till 04 at galway"});
    assert_eq!((page.lines.len(), first), (2, expected));
}
