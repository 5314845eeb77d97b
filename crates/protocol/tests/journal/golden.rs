//! The golden files.

use std::fs;
use std::path::{Path, PathBuf};

use selvedge_protocol::journal::*;
use serde_json::{Value, json};

use crate::day;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/journal")
}

/// The file; with `GOLDEN_WRITE` it is made where there is none yet, and never changed.
pub fn golden(name: &str, text: &str) -> String {
    let path = folder().join(format!("{name}.json"));
    if std::env::var_os("GOLDEN_WRITE").is_some() && !path.exists() {
        fs::write(&path, text).expect("the folder can be written");
    }
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("every kind and version has its file {name}: {error}"))
}

#[test]
fn every_body_is_written_as_it_was() {
    for (number, fact) in (1..).zip(day::facts()).chain((100..).zip(day::later_facts())) {
        let name = day::name(&fact);
        let (kind, version) = fact.kind();
        assert_eq!(name, format!("{kind}-{version}"), "a file is called by kind and version");
        let encoded = day::body(number, fact.clone()).encode().expect("it encodes");
        let text = golden(name, &format!("{encoded}\n"));
        assert_eq!(text.trim_end(), encoded, "{name} is written as it was");
        let body = Body::decode(&text).expect("a body decodes for ever");
        assert_eq!(body.fact().expect("a fact decodes for ever"), fact, "{name} means what it meant");
    }
}

#[test]
fn every_file_decodes_for_ever() {
    let mut seen = 0;
    for file in fs::read_dir(folder()).expect("the folder") {
        let path = file.expect("a file").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if name.starts_with("chain-") || name.starts_with("base-") {
            continue;
        }
        let body = Body::decode(&fs::read_to_string(&path).expect("the file")).expect("a body decodes for ever");
        assert_eq!(name.split('.').next(), Some(format!("{}-{}", body.kind, body.version).as_str()));
        let fact = body.fact().expect("a fact decodes for ever");
        assert!(!matches!(fact, Fact::Unknown { .. }), "{name} is known for ever");
        movements(&body).expect("its stock can be derived for ever");
        seen += 1;
    }
    assert!(seen >= day::facts().len(), "no file was taken away");
}

#[test]
fn fields_of_a_later_version_are_passed_over() {
    for (number, fact) in (1..).zip(day::facts()) {
        let text = day::body(number, fact.clone()).encode().expect("it encodes");
        let mut wider: Value = serde_json::from_str(&text).expect("JSON");
        wider["a_field_of_a_later_version"] = json!({"x": [1]});
        wider["payload"]["another"] = json!(7);
        let body = Body::decode(&wider.to_string()).expect("it decodes");
        assert_eq!(body.fact().expect("it decodes"), fact);
    }
}

#[test]
fn what_a_later_version_wrote_is_kept_as_it_came() {
    for (kind, version) in [("sale", 2), ("area-counted", 1)] {
        let payload = json!({"anything": [1, {"deep": true}]});
        let fact = Fact::Unknown { kind: kind.into(), version, payload: payload.clone() };
        let text = day::body(7, fact.clone()).encode().expect("it encodes");
        let body = Body::decode(&text).expect("it decodes");
        assert_eq!(body.fact().expect("unknown is not wrong"), fact);
        assert_eq!(body.payload, payload);
        assert!(movements(&body).expect("unknown is not wrong").is_empty(), "applied after an upgrade, not before");
    }
}

#[test]
fn a_known_kind_without_what_it_must_have_is_refused() {
    let text = day::body(2, day::facts().remove(4)).encode().expect("it encodes");
    for field in ["receipt", "lines", "total_minor", "returns_location"] {
        let mut lacking: Value = serde_json::from_str(&text).expect("JSON");
        lacking["payload"].as_object_mut().expect("an object").remove(field);
        let body = Body::decode(&lacking.to_string()).expect("still a body");
        assert!(body.fact().is_err(), "a sale without {field} is no sale");
    }
    for wrong in ["", "{}", "null", "[]", "{\"kind\":\"sale\"}", "\u{feff}{}"] {
        assert!(Body::decode(wrong).is_err(), "{wrong:?} is no body");
    }
}

#[test]
fn the_chain_of_a_small_day_verifies_for_ever() {
    let entries = day::chain();
    let written = format!("{}\n", serde_json::to_string_pretty(&entries).expect("it encodes"));
    let text = golden("chain-small-day", &written);
    assert_eq!(text, written, "hashes and signatures are made as they were");
    let read: Vec<Entry> = serde_json::from_str(&text).expect("entries decode for ever");
    let key = PublicKey::try_from("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c".to_owned())
        .expect("a key");
    let mut verifier = Verifier::new(key);
    for entry in &read {
        verifier.take(entry).expect("the chain verifies for ever");
    }
    let (number, hash) = verifier.head();
    assert_eq!((number, hash), (10, entries[9].hash));
}

#[test]
fn stock_follows_from_a_sale_the_same_way_for_ever() {
    let sale = Body::decode(&day::chain()[4].body).expect("the sale");
    let moved = movements(&sale).expect("movements");
    let again = movements(&sale).expect("movements");
    assert_eq!(moved, again, "posting twice is posting once");
    let text =
        golden("chain-small-day-movements", &format!("{}\n", serde_json::to_string_pretty(&moved).expect("JSON")));
    let read: Vec<selvedge_domain::stock::ledger::Movement> = serde_json::from_str(&text).expect("movements");
    assert_eq!(read, moved, "the same entry moves the same stock under the same ids for ever");
}

#[test]
fn stock_follows_from_a_transfer_the_same_way_for_ever() {
    let transfers = (100..).zip(day::later_facts()).filter(|(_, fact)| fact.kind().0.starts_with("transfer-"));
    let bodies = transfers.map(|(number, fact)| day::body(number, fact).encode().expect("it encodes"));
    let moved: Vec<selvedge_domain::stock::ledger::Movement> = bodies
        .flat_map(|text| movements(&Body::decode(&text).expect("a body")).expect("its stock can be derived"))
        .collect();
    assert_eq!(moved.len(), 4, "a line moves once");
    let text =
        golden("chain-transfer-movements", &format!("{}\n", serde_json::to_string_pretty(&moved).expect("JSON")));
    let read: Vec<selvedge_domain::stock::ledger::Movement> = serde_json::from_str(&text).expect("movements");
    assert_eq!(read, moved, "the same entry moves the same stock under the same ids for ever");
}
