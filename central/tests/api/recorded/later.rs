//! What came after the first protocol, as a station of revision 2 says it: signed generations, its own entries back, bases,
//! decisions that come back, reports, promises and transfers.

use selvedge_domain::ids::{DeviceId, GenerationId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::demo::DemoCompany;
use selvedge_protocol::journal::{DeviceKey, Entry, add_up, statement_hash};
use selvedge_protocol::v1::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::erased::Json as _;
use super::{Exchange, NOW_MS, TestStation, is_answered_as_then, say};

const ANOTHER_GENERATION: Uuid = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a4);
const NOBODY: Uuid = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00ff);
const TRANSFER: Uuid = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00c1);

#[tokio::test(flavor = "multi_thread")]
async fn what_stations_of_revision_2_said_is_answered_for_ever() {
    is_answered_as_then("revision-2", 36, script).await;
}

fn script(mut station: TestStation, demo: &DemoCompany) -> Vec<Exchange> {
    let signed = TokenRequest::sign(&station.key(), station.device, station.generation, NOW_MS, Uuid::from_u128(11));
    let mut said = vec![say("a token", "/api/v1/token", false, signed.json())];
    said.extend(journal(&mut station, demo));
    said.extend(itself(&station));
    said.extend(promises(&station, demo));
    said.extend(transfers(&station, demo));
    said.push(say("health", "/health", false, Value::Null));
    said.push(say("readiness", "/ready", false, Value::Null));
    said
}

/// Entries up with what was seen, back again, and a base of them.
fn journal(station: &mut TestStation, demo: &DemoCompany) -> Vec<Exchange> {
    let entries: Vec<Entry> =
        (1..=4).map(|pieces| station.sells(&demo.products[0], pieces - 2 * (pieces / 4))).collect();
    let segment = |entries: &[Entry], seen: Option<SeenV1>| {
        JournalRequest { entries: entries.iter().map(EntryV1::from).collect(), seen, ..JournalRequest::default() }
            .json()
    };
    let (device, generation) = (station.device, station.generation);
    let statement = add_up(&entries[..2]).expect("added up").encode().expect("a text");
    let statement = statement_hash(&statement).to_string();
    let base = |first, last| BaseRequest { generation, first, last, statement: statement.clone() }.json();
    let next = DeviceKey::from_seed([9; 32]).public();
    let short = generation_short(GenerationId(ANOTHER_GENERATION));
    let announced = GenerationRequest::sign(&station.key(), device, generation, ANOTHER_GENERATION, short, next);
    let forged = GenerationRequest { signature: Some("00".repeat(64)), ..announced.clone() };
    let own = |after: u64| format!("/api/v1/journal?generation={generation}&after={after}&limit=2");
    let nothing = DecisionsRequest { rows: Vec::new(), more: false }.json();
    vec![
        say("a base of nothing that is there", "/api/v1/bases", true, base(1, 2)),
        say("a segment", "/api/v1/journal", true, segment(&entries, Some(SeenV1::default()))),
        say("nothing, with what was seen", "/api/v1/journal", true, segment(&[], Some(SeenV1::default()))),
        say("its own entries", &own(0), true, Value::Null),
        say("the rest of them", &own(2), true, Value::Null),
        say("a base", "/api/v1/bases", true, base(1, 2)),
        say("a base of something else", "/api/v1/bases", true, base(3, 4)),
        say("a base that begins in the middle", "/api/v1/bases", true, base(2, 3)),
        say("a generation that nobody signed", "/api/v1/generations", true, forged.json()),
        say("a signed generation", "/api/v1/generations", true, announced.json()),
        say("no decisions that came back", "/api/v1/decisions", true, nothing),
    ]
}

/// How it is, and what is said of it.
fn itself(station: &TestStation) -> Vec<Exchange> {
    let report = StationReportV1 {
        app: "0.2.0".into(),
        generation: station.generation,
        unsent: 2,
        oldest_unsent_ms: Some(NOW_MS - 60_000),
        offset_ms: Some(-250),
        errors: vec!["printer".into()],
    };
    let own = format!("/api/v1/devices/{}", station.device);
    vec![
        say("how it is", "/api/v1/report", true, report.json()),
        say("what central knows of it", &own, true, Value::Null),
        say("of nobody", &format!("/api/v1/devices/{NOBODY}"), true, Value::Null),
        say("who it may see", "/api/v1/devices", true, Value::Null),
    ]
}

fn promises(station: &TestStation, demo: &DemoCompany) -> Vec<Exchange> {
    let floor = station.site.locations[0].id;
    let there = demo
        .stock_of(station.site.id)
        .into_iter()
        .find(|row| row.location == floor && row.quantity_thousandths >= 9_000);
    let product = there.expect("enough of something").product;
    let line = |pieces: i64| PromiseLineV1 { product, quantity_thousandths: pieces * 1_000, allotment: None };
    let asks = |kind: &str, pieces: i64| PromiseRequest {
        site: station.site.id,
        kind: kind.into(),
        lines: vec![line(pieces)],
        reference: "basket 7788".into(),
        expires_in_s: (kind == "reservation").then_some(900),
        due_ms: None,
    };
    let reserve = |name: &str, key: &str, asked: PromiseRequest| Exchange {
        key: Some(key.to_owned()),
        ..say(name, "/api/v1/promises", true, asked.json())
    };
    let id = |key: &str| promise_id(&ChannelV1::device(DeviceId(station.device)), key);
    let change =
        |name: &str, key: &str, verb: &str| say(name, &format!("/api/v1/promises/{}/{verb}", id(key)), true, json!({}));
    let site = station.site.id;
    vec![
        say("what may be promised", &format!("/api/v1/availability?product={product}&site={site}"), true, Value::Null),
        say("of a product that is none", &format!("/api/v1/availability?product={NOBODY}"), true, Value::Null),
        reserve("a reservation", "key-1", asks("reservation", 2)),
        reserve("the same again", "key-1", asks("reservation", 2)),
        reserve("another under its key", "key-1", asks("reservation", 3)),
        reserve("more than there is", "key-2", asks("reservation", 900_000)),
        say("without a key", "/api/v1/promises", true, asks("order", 1).json()),
        reserve("an order", "key-3", asks("order", 1)),
        reserve("a hold", "key-4", asks("hold", 1)),
        change("confirmed", "key-1", "confirm"),
        change("released too late", "key-1", "release"),
        change("released", "key-4", "release"),
        change("cancelled", "key-3", "cancel"),
        change("cancelled twice", "key-3", "cancel"),
        say("as it stands", &format!("/api/v1/promises/{}", id("key-1")), true, Value::Null),
        say("one that is none", &format!("/api/v1/promises/{NOBODY}"), true, Value::Null),
        say("all that are confirmed", "/api/v1/promises?state=confirmed&limit=5", true, Value::Null),
    ]
}

fn transfers(station: &TestStation, demo: &DemoCompany) -> Vec<Exchange> {
    let from = demo.sites.iter().find(|site| site.id != station.site.id).expect("another site").id;
    let asks = |pieces: i64| {
        TransferRequest {
            id: TRANSFER,
            from,
            to: station.site.id,
            lines: vec![TransferFactLineV1 { product: demo.products[0].id, quantity_thousandths: pieces * 1_000 }],
            person: None,
            note: "for Saturday".into(),
        }
        .json()
    };
    let one = format!("/api/v1/transfers/{TRANSFER}");
    let cancel = format!("{one}/cancel");
    vec![
        say("goods of another site", "/api/v1/transfers", true, asks(4)),
        say("the same goods again", "/api/v1/transfers", true, asks(4)),
        say("other goods under that id", "/api/v1/transfers", true, asks(5)),
        say("the transfer", &one, true, Value::Null),
        say("those that were requested", "/api/v1/transfers?state=requested", true, Value::Null),
        say("not wanted any more", &cancel, true, json!({})),
        say("still not wanted", &cancel, true, json!({})),
    ]
}
