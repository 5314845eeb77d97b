//! Every struct of the API, as it was first written: it still decodes, and encodes to the same JSON. A file here is
//! never changed; a struct that gains a field gets a second file beside the first, and the first must still decode.

#![allow(missing_docs)]

use std::path::Path;

use selvedge_protocol::journal::{DeviceKey, Entry, EntryId, GENESIS};
use selvedge_protocol::v1::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | number)
}

fn golden<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1").join(format!("{name}.json"));
    let encoded = format!("{}\n", serde_json::to_string_pretty(value).expect("it encodes"));
    if std::env::var_os("GOLDEN_WRITE").is_some() && !path.exists() {
        std::fs::write(&path, &encoded).expect("the folder can be written");
    }
    let text = std::fs::read_to_string(&path).expect("the golden file is there");
    let decoded: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name} decodes for ever: {error}"));
    assert_eq!(&decoded, value, "{name} means what it meant");
    assert_eq!(encoded, text, "{name} is written as it was");
    let mut wider: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    wider["a_field_of_a_later_version"] = json!([1, 2, 3]);
    let read: T = serde_json::from_value(wider).expect("fields of a later version are passed over");
    assert_eq!(&read, value);
}

fn locations() -> Vec<LocationV1> {
    vec![
        LocationV1 { id: id(31), kind: "sales-floor".into(), name: "Sales floor".into() },
        LocationV1 { id: id(32), kind: "counter".into(), name: "Counter".into() },
    ]
}

#[test]
fn joining() {
    golden(
        "enrol-request",
        &EnrolRequest {
            code: "K7QM-2D9F".into(),
            public_key: DeviceKey::from_seed([7; 32]).public().to_string(),
            generation: id(2),
            short: "2K7".into(),
            app: "0.1.0".into(),
            revision: 0,
        },
    );
    golden(
        "enrol-answer",
        &EnrolAnswer {
            device: id(1),
            company: id(10),
            company_name: "Twisted Threads".into(),
            site: id(11),
            site_name: "Galway".into(),
            till: "04".into(),
            station_name: "Till 2".into(),
            locations: locations(),
            currency: "EUR".into(),
            price_mode: "inclusive".into(),
            time_zone: "Europe/Dublin".into(),
            central: id(20),
            central_key: DeviceKey::from_seed([9; 32]).public().to_string(),
            epoch: id(21),
            now_ms: 1_795_249_200_000,
        },
    );
    golden(
        "generation-request",
        &GenerationRequest {
            generation: id(3),
            short: "2K8".into(),
            public_key: DeviceKey::from_seed([8; 32]).public().to_string(),
            after: None,
            signature: None,
        },
    );
    let (old, new) = (DeviceKey::from_seed([7; 32]), DeviceKey::from_seed([8; 32]));
    let signed = GenerationRequest::sign(&old, id(1), id(2), id(3), "2K8".into(), new.public());
    golden("generation-request-signed", &signed);
    golden("generation-answer", &GenerationAnswer { generation: id(3) });
}

#[test]
fn tokens() {
    let key = DeviceKey::from_seed([7; 32]);
    let request = TokenRequest::sign(&key, id(1), id(2), 1_795_249_200_000, id(4));
    assert!(request.is_signed_by(&key.public()), "the signed message stays as it was");
    golden("token-request", &request);
    let answer = TokenAnswer {
        token: "opaque".into(),
        expires_ms: 1_795_250_100_000,
        now_ms: 1_795_249_200_000,
        epoch: id(21),
        revoked: false,
        revision: 0,
    };
    golden("token-answer", &answer);
    golden("token-answer-revision", &TokenAnswer { revision: 1, ..answer });
}

#[test]
fn the_way_up() {
    let key = DeviceKey::from_seed([7; 32]);
    let place = EntryId { device: id(1), generation: id(2), sequence: 1 };
    let entry = Entry::seal(&key, place, GENESIS, r#"{"kind":"sale"}"#.to_owned());
    let sent = EntryV1::from(&entry);
    assert_eq!(Entry::try_from(sent.clone()), Ok(entry), "an entry arrives as it was sealed");
    golden("journal-request", &JournalRequest { entries: vec![sent.clone()], ..JournalRequest::default() });
    let base = BaseV1 { statement: r#"{"version":1}"#.into(), signature: "ab".repeat(64) };
    golden("journal-request-with-bases", &JournalRequest { bases: vec![base], ..JournalRequest::default() });
    golden("base-request", &BaseRequest { generation: id(2), first: 1, last: 1_000, statement: "cd".repeat(32) });
    golden("base-answer", &BaseAnswer { signature: "ab".repeat(64), now_ms: 1_795_249_200_000 });
    golden(
        "journal-answer",
        &JournalAnswer {
            heads: vec![HeadV1 { device: id(1), generation: id(2), sequence: 1, hash: sent.hash, forked: false }],
            problems: vec![ProblemV1 {
                device: id(1),
                generation: id(2),
                sequence: 1,
                kept: true,
                code: problem::UNKNOWN_PRODUCT.into(),
                detail: "product 0193 is not known".into(),
            }],
            now_ms: 1_795_249_200_000,
            epoch: id(21),
        },
    );
}

#[test]
fn the_way_back() {
    golden("entries-query", &EntriesQuery { generation: id(2), after: 7, limit: Some(500) });
    let key = DeviceKey::from_seed([7; 32]);
    let place = EntryId { device: id(1), generation: id(2), sequence: 1 };
    let entry = EntryV1::from(&Entry::seal(&key, place, GENESIS, r#"{"kind":"sale"}"#.to_owned()));
    golden("entries-page", &EntriesPage { entries: vec![entry], more: false, now_ms: 1_795_249_200_000 });
}

#[test]
fn the_way_down() {
    let start = Cursor::start(id(21));
    golden("cursor", &start);
    golden("feed-query", &FeedQuery::after(&start, 500));
    let key = DeviceKey::from_seed([9; 32]);
    let mut row = FeedRow {
        epoch: id(21),
        number: 1,
        previous: GENESIS_CURSOR_HASH.to_string(),
        kind: feed_kind::TILL.into(),
        version: 1,
        site: Some(id(11)),
        at_ms: 1_795_249_100_000,
        origin: Some(OriginV1 { epoch: id(20), number: 7, hash: "ab".repeat(32) }),
        body: r#"{"code":"04"}"#.into(),
        signature: String::new(),
    };
    row.seal(&key).expect("a row");
    let next = row.cursor().expect("a cursor");
    assert!(row.verify(&key.public()).is_ok() && next.is_signed_by(&key.public()), "what is signed stays as it was");
    golden("feed-row", &row);
    golden("cursor-signed", &next);
    golden("feed-page", &FeedPage { rows: vec![row.clone()], next, more: false, now_ms: 1_795_249_200_000 });
    golden("decisions-request", &DecisionsRequest { rows: vec![row.clone()], more: true });
    golden(
        "decisions-answer",
        &DecisionsAnswer { epoch: id(22), taken: 1, problems: vec!["row 1".into()], now_ms: 1_795_249_200_000 },
    );
    let request = TokenRequest::sign(&key, id(1), id(2), 1_795_249_200_000, id(4));
    golden("token-request-with-row", &TokenRequest { device_row: Some(row), ..request });
    golden("balance-query", &BalanceQuery { epoch: Some(id(21)), after: Some(7), limit: Some(500) });
    golden(
        "balance-page",
        &BalancePage {
            rows: vec![BalanceV1 { product: id(41), location: id(31), quantity_thousandths: -1000 }],
            next: 9,
            more: false,
            restarted: false,
            as_of_ms: 1_795_249_200_000,
            heads: vec![HeadV1 { device: id(1), generation: id(2), sequence: 0, hash: "0".repeat(64), forked: false }],
            epoch: id(21),
        },
    );
}

#[test]
fn how_stations_are() {
    let report = StationReportV1 {
        app: "0.1.0".into(),
        generation: id(2),
        unsent: 3,
        oldest_unsent_ms: Some(1_795_249_100_000),
        offset_ms: Some(-120),
        errors: vec!["printer-away".into()],
    };
    golden("station-report", &report);
    golden("report-answer", &ReportAnswer { now_ms: 1_795_249_200_000 });
    let state = DeviceStateV1 {
        device: id(1),
        site: id(11),
        site_code: "galway".into(),
        till: "04".into(),
        app: "0.1.0".into(),
        enrolled_ms: 1_795_249_000_000,
        revoked_ms: None,
        seen_ms: Some(1_795_249_200_000),
        heads: Vec::new(),
        held: 0,
        doubts: 0,
        reported_ms: Some(1_795_249_200_000),
        report: Some(report),
    };
    golden("device-list", &DeviceListV1 { devices: vec![state], now_ms: 1_795_249_200_000 });
}

#[test]
fn what_the_stream_says() {
    golden("stream-event", &StreamEventV1 { what: stream_event::FEED.into(), epoch: id(21) });
}

#[test]
fn what_feed_rows_say() {
    golden("row-company", &CompanyV1 { id: id(10), name: "Twisted Threads".into() });
    golden(
        "row-site",
        &SiteV1 {
            id: id(11),
            code: "galway".into(),
            name: "Galway".into(),
            kind: "shop".into(),
            time_zone: "Europe/Dublin".into(),
            currency: "EUR".into(),
            price_mode: "inclusive".into(),
            address: vec!["12 Quay Street".into(), "Galway".into()],
            vat_id: "IE9999999X".into(),
            footer: vec!["Thank you".into()],
            locations: locations(),
        },
    );
    golden("row-till", &TillV1 { code: "04".into(), site: id(11), name: "Till 2".into() });
    golden(
        "row-tax-rate",
        &TaxRateRowV1 {
            code: "standard".into(),
            percent: "23".into(),
            valid_from: "2000-01-01".into(),
            valid_to: "9999-12-31".into(),
        },
    );
    golden(
        "row-product",
        &ProductV1 {
            id: id(41),
            sku: "TT-HAR-NAV-L".into(),
            name: "Harbour Tee".into(),
            variant: "Navy · L".into(),
            style: "Harbour Tee".into(),
            colour: "Navy".into(),
            colour_code: "#1F2A44".into(),
            size: "L".into(),
            unit: "piece".into(),
            tax: "standard".into(),
            gtins: vec!["9521234543213".into()],
            popularity: 7,
            active: true,
            brand: String::new(),
            category: String::new(),
        },
    );
    golden(
        "row-price",
        &PriceV1 {
            product: id(41),
            amount_minor: Some(2450),
            valid_from: "2026-01-01".into(),
            valid_to: "9999-12-31".into(),
        },
    );
    golden(
        "row-person",
        &PersonV1 {
            id: id(51),
            name: "Mira Byrne".into(),
            role: "cashier".into(),
            verifier: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA".into(),
            active: true,
        },
    );
}

#[test]
fn what_central_needs_to_come_back() {
    let head = SeenHeadV1 { generation: id(2), sequence: 7, hash: "ab".repeat(32) };
    golden(
        "row-device",
        &DeviceV1 {
            id: id(1),
            site: id(11),
            till: "04".into(),
            app: "0.1.0".into(),
            enrolled_ms: 1_795_249_200_000,
            generations: vec![GenerationV1 {
                generation: id(2),
                short: "2K7".into(),
                public_key: DeviceKey::from_seed([7; 32]).public().to_string(),
                known_ms: 1_795_249_200_000,
            }],
            revision: 0,
            revoked: Some(RevokedV1 { at_ms: 1_795_249_300_000, heads: vec![head.clone()] }),
        },
    );
    let opened = BalanceV1 { product: id(41), location: id(31), quantity_thousandths: 10_000 };
    golden("row-opening", &OpeningV1 { at_ms: 1_795_249_200_000, lines: vec![opened] });
    golden(
        "row-release",
        &ReleaseV1 { device: id(1), generation: id(2), sequence: 7, hash: "ab".repeat(32), dismissed: false },
    );
    golden(
        "row-epoch",
        &EpochV1 {
            epoch: id(22),
            parent: Some(Cursor { number: 9, ..Cursor::start(id(21)) }),
            opened_ms: 1_795_249_200_000,
            because: "a station has seen row 12, which is not here".into(),
        },
    );
    golden(
        "row-checkpoint",
        &CheckpointV1 {
            heads: vec![DeviceHeadV1 { device: id(1), generation: id(2), sequence: 7, hash: "ab".repeat(32) }],
            balances: "cd".repeat(32),
            replaced: vec![NumbersV1 { epoch: id(21), first: 3, last: 5 }],
        },
    );
    golden("row-declared-dead", &DeclaredDeadV1 { device: id(1), epoch: id(22) });
    let seen =
        SeenV1 { cursor: Some(Cursor::start(id(21))), epoch: Some(id(21)), heads: vec![head], gave_back: Some(id(21)) };
    golden("journal-request-with-seen", &JournalRequest { seen: Some(seen), ..JournalRequest::default() });
}

fn promise() -> PromiseV1 {
    PromiseV1 {
        id: id(91),
        site: id(11),
        kind: "reservation".into(),
        channel: ChannelV1 { kind: "shop".into(), who: "twistedthreads.example".into() },
        reference: "basket 7788".into(),
        lines: vec![PromiseLineV1 { product: id(41), quantity_thousandths: 2_000, allotment: None }],
        state: "reserved".into(),
        made_ms: 1_795_249_200_000,
        expires_ms: Some(1_795_250_100_000),
        due_ms: None,
        ended_ms: None,
        deliveries: Vec::new(),
        cause: None,
        asked: Some("ef".repeat(32)),
    }
}

/// The row by which central promised it.
fn promised_row() -> FeedRow {
    let mut row = FeedRow {
        epoch: id(21),
        number: 8,
        previous: "ab".repeat(32),
        kind: feed_kind::PROMISE.into(),
        version: 1,
        site: Some(id(11)),
        at_ms: 1_795_249_200_000,
        origin: None,
        body: serde_json::to_string(&promise()).expect("JSON"),
        signature: String::new(),
    };
    row.seal(&DeviceKey::from_seed([9; 32])).expect("a row");
    row
}

#[test]
fn promises() {
    golden("row-promise", &promise());
    let cause = CauseV1 { kind: "hand-sale".into(), fact: Some(id(81)), at_ms: 1_795_249_300_000 };
    golden(
        "row-promise-broken",
        &PromiseV1 {
            kind: "order".into(),
            lines: vec![PromiseLineV1 { product: id(41), quantity_thousandths: 2_000, allotment: Some(id(94)) }],
            state: "broken".into(),
            due_ms: Some(1_795_300_000_000),
            ended_ms: Some(1_795_249_300_000),
            deliveries: vec![DeliveryV1 { fact: id(82), product: id(41), quantity_thousandths: 1_000 }],
            cause: Some(cause.clone()),
            ..promise()
        },
    );
    golden(
        "row-allotment",
        &AllotmentV1 {
            id: id(94),
            device: id(1),
            site: id(11),
            product: id(41),
            quantity_thousandths: 5_000,
            granted_ms: 1_795_249_200_000,
            ttl_ms: 14_400_000,
            state: "closed".into(),
            draws: vec![DrawV1 { promise: id(91), quantity_thousandths: 2_000 }],
            used_thousandths: 2_000,
            returned_thousandths: 1_000,
            written_off_thousandths: 0,
            cause: Some(cause),
        },
    );
    let asked = PromiseRequest {
        site: id(11),
        kind: "reservation".into(),
        lines: promise().lines,
        reference: "basket 7788".into(),
        expires_in_s: Some(900),
        due_ms: None,
    };
    golden("promise-request", &asked);
    golden("promise-change-request", &PromiseChangeRequest::default());
    let (site, state) = (Some(id(11)), Some("confirmed".into()));
    golden("promise-query", &PromiseQuery { site, state, late: true, after: 7, limit: Some(50) });
    golden("promise-page", &PromisePage { promises: vec![promise()], next: Some(7), now_ms: 1_795_249_200_000 });
    let row = promised_row();
    let told: FeedBody = row.read().expect("a body");
    assert_eq!(told, FeedBody::Promise(promise()), "the row is central's word for what the answer says");
    golden("promise-answer", &PromiseAnswer { promise: promise(), row, now_ms: 1_795_249_200_000 });
    let shop = ChannelV1 { kind: "shop".into(), who: "web".into() };
    let key = promise_id(&shop, "basket 7788");
    assert_eq!(key.to_string(), "7067893b-7091-83d6-9bb8-ca2a56c69411", "an identity is for ever");
    let read = promise().read().expect("its words are known");
    assert_eq!(promise().with(&read), promise(), "what the rules read is written as it was");
    assert!(PromiseV1 { state: "lost".into(), ..promise() }.read().is_err(), "no state is guessed");
}

#[test]
fn availability() {
    let there = AvailableV1 {
        site: id(11),
        name: String::new(),
        available_thousandths: 3_000,
        on_hand_thousandths: 9_000,
        promised_thousandths: 4_000,
        lent_thousandths: 2_000,
    };
    let available = |one: &AvailableV1| AvailabilityAnswer {
        product: id(41),
        sku: "TT-NAVY-L".into(),
        sites: vec![one.clone()],
        as_of_ms: 1_795_249_199_900,
        now_ms: 1_795_249_200_000,
    };
    golden("availability-answer", &available(&there));
    golden("availability-answer-name", &available(&AvailableV1 { name: "Galway".into(), ..there }));
}

#[test]
fn allotments() {
    let asked = |number| AllotmentAskedV1 { id: id(number), product: id(41), ttl_s: 86_400 };
    golden("allotments-request", &AllotmentsRequest { allotments: vec![asked(94), asked(95)] });
    let lent = AllotmentV1 {
        id: id(94),
        device: id(1),
        site: id(11),
        product: id(41),
        quantity_thousandths: 5_000,
        granted_ms: 1_795_249_200_000,
        ttl_ms: 86_400_000,
        state: "open".into(),
        draws: Vec::new(),
        used_thousandths: 0,
        returned_thousandths: 0,
        written_off_thousandths: 0,
        cause: None,
    };
    let body = FeedBody::Allotment(lent.clone());
    let mut row = FeedRow {
        epoch: id(21),
        number: 7,
        previous: GENESIS_CURSOR_HASH.to_string(),
        kind: feed_kind::ALLOTMENT.into(),
        version: 1,
        site: Some(id(11)),
        at_ms: 1_795_249_200_000,
        origin: None,
        body: body.encode().expect("it encodes"),
        signature: String::new(),
    };
    row.seal(&DeviceKey::from_seed([9; 32])).expect("it is signed");
    let granted = AllotmentAnswer { id: id(94), allotment: Some(lent), row: Some(row), why: None };
    let none = AllotmentAnswer { id: id(95), allotment: None, row: None, why: Some(no_allotment::SCARCE.into()) };
    golden("allotments-answer", &AllotmentsAnswer { allotments: vec![granted, none], now_ms: 1_795_249_200_000 });
}

fn transfer() -> TransferV1 {
    let lines = |pieces: i64| vec![TransferFactLineV1 { product: id(41), quantity_thousandths: pieces * 1_000 }];
    let fact = |number: u128, step: &str, pieces: i64| TransferFactV1 {
        fact: id(number),
        step: step.into(),
        at_ms: 1_795_249_200_000,
        from: Some(id(11)),
        to: id(12),
        site: id(11),
        device: id(1),
        person: Some(id(51)),
        complete: false,
        reason: String::new(),
        lines: lines(pieces),
    };
    let received = TransferFactV1 { complete: true, reason: "one was wet".into(), ..fact(112, "received", 3) };
    TransferV1 {
        id: id(101),
        from: Some(id(11)),
        to: id(12),
        state: "differing".into(),
        asked: Some(TransferAskedV1 {
            at_ms: 1_795_249_100_000,
            from: id(11),
            to: id(12),
            device: Some(id(1)),
            person: Some(id(51)),
            note: "for Saturday".into(),
            lines: lines(5),
        }),
        cancelled_ms: None,
        facts: vec![fact(111, "dispatched", 4), received],
    }
}

#[test]
fn transfers() {
    golden("row-transfer", &transfer());
    let (code, name, kind) = ("athlone".into(), "Athlone".into(), "warehouse".into());
    golden("row-place", &PlaceV1 { id: id(11), code, name, kind });
    let unasked = TransferV1 { asked: None, facts: vec![transfer().facts.remove(0)], ..transfer() };
    golden("row-transfer-unasked", &TransferV1 { state: "on-the-way".into(), ..unasked });
    let asked = transfer().asked.expect("it was asked for");
    let (lines, person, note) = (asked.lines, asked.person, asked.note);
    golden("transfer-request", &TransferRequest { id: id(101), from: id(11), to: id(12), lines, person, note });
    golden("transfer-answer", &TransferAnswer { transfer: transfer(), now_ms: 1_795_249_200_000 });
    let (site, state) = (Some(id(11)), Some("on-the-way".into()));
    golden("transfer-query", &TransferQuery { site, state, after: 7, limit: Some(50) });
    golden("transfer-page", &TransferPage { transfers: vec![transfer()], next: Some(7), now_ms: 1_795_249_200_000 });
    let read = selvedge_domain::stock::transfer::Transfer::try_from(&transfer()).expect("its words are known");
    assert_eq!(TransferV1::of(&read), Some(transfer()), "what the rules read is written as it was");
    let mut odd = transfer();
    odd.facts[0].step = "lost".into();
    let read = selvedge_domain::stock::transfer::Transfer::try_from(&odd);
    assert!(read.is_err(), "no step is guessed");
}

/// Every code of the API is in the page's table, so that whoever writes another client knows what to do with it.
#[test]
fn every_code_is_in_the_table_of_the_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).expect("a file of ours");
    let (source, page) = (read("src/v1/error.rs"), read("../../docs/protocol.md"));
    let (_, table) = page.split_once("## How central says no").expect("the page has the section");
    let (table, _) = table.split_once("\n## ").expect("and goes on");
    let (_, codes) = source.split_once("pub mod code").expect("the codes");
    let codes: Vec<&str> = codes.split(": &str = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(codes.len() > 20 && codes.contains(&code::BUSY), "{codes:?}");
    for code in codes {
        assert!(table.contains(&format!("`{code}`")), "{code} is not in the table");
    }
}

#[test]
fn how_central_says_no() {
    golden(
        "error",
        &ApiError {
            code: code::UNKNOWN_CURSOR.into(),
            detail: "row 9 of the feed is not ours".into(),
            request_id: "0193".into(),
            now_ms: None,
            epoch: Some(id(21)),
        },
    );
    let health = Health { status: "ok".into(), version: "0.1.0".into(), now_ms: 1_795_249_200_000, revision: 0 };
    golden("health", &health);
    golden("health-revision", &Health { revision: 1, ..health });
}

#[test]
fn a_row_is_read_by_its_kind_and_an_unknown_one_passed_over() {
    let till = TillV1 { code: "04".into(), site: id(11), name: "Till 2".into() };
    let body = FeedBody::Till(till.clone());
    let text = body.encode().expect("it encodes");
    assert_eq!(FeedBody::read("till", 1, &text).expect("known"), body);
    assert_eq!(FeedBody::read("till", 2, &text).expect("of a later version"), FeedBody::Unknown);
    assert_eq!(FeedBody::read("weather", 1, &text).expect("of a later kind"), FeedBody::Unknown);
    let error = FeedBody::read("till", 1, r#"{"code": 4}"#).expect_err("a till's code is a text");
    assert_eq!(error.to_string(), "a feed row of kind till cannot be read");
}
