//! What every central must answer. The fake and the real server pass it; sync relies on nothing else.

use selvedge_domain::ids::{DeviceId, GenerationId, PromiseId, SiteId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{DeviceKey, Entry, EntryId, Fact, GENESIS, Hash, NewBody};
use selvedge_protocol::v1::{
    AllotmentAskedV1, AllotmentsRequest, AvailabilityQuery, BalanceQuery, ChannelV1, Cursor, DecisionsRequest,
    EnrolAnswer, EnrolRequest, EntryV1, FeedQuery, FeedRow, GenerationRequest, JournalAnswer, JournalRequest,
    MAX_PAGE_ROWS, PromiseChangeRequest, PromiseLineV1, PromiseRequest, REVISION, StationReportV1, TokenRequest, code,
    problem, promise_id, stream_event,
};
use uuid::Uuid;

use crate::{CallError, CentralApi};

const KEY: [u8; 32] = [0x5e; 32];
const GENERATION: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_5e5e);
const NEXT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_5e5f);

/// Runs it against a central that knows nobody yet and gave out one code.
///
/// # Panics
/// When an answer is not as it must be.
pub async fn central(central: &dyn CentralApi, invitation: &str) {
    let health = central.health().await.expect("it is there");
    assert_eq!((health.status.as_str(), health.revision), ("ok", REVISION));
    let joined = joining(central, invitation).await;
    let token = tokens(central, &joined).await;
    journals(central, &joined, &token).await;
    generations(central, &joined, &token).await;
    feeds(central, &token).await;
    balances(central, &token).await;
    promises(central, &joined, &token).await;
    reports(central, &token).await;
    streams(central, &token).await;
}

async fn joining(central: &dyn CentralApi, invitation: &str) -> EnrolAnswer {
    let request = |code: &str| EnrolRequest {
        code: code.to_owned(),
        public_key: DeviceKey::from_seed(KEY).public().to_string(),
        generation: GENERATION,
        short: generation_short(GenerationId(GENERATION)),
        app: "suite".to_owned(),
    };
    expect_code(central.enrol(&request("0000-0000")).await, code::ENROL_CODE);
    let joined = central.enrol(&request(invitation)).await.expect("a good code joins");
    for kind in ["sales-floor", "counter"] {
        assert_eq!(joined.locations.iter().filter(|one| one.kind == kind).count(), 1, "exactly one {kind}");
    }
    joined
}

/// Of a product that nobody has.
async fn promises(central: &dyn CentralApi, joined: &EnrolAnswer, token: &str) {
    let product = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_dead);
    let query = AvailabilityQuery { product: Some(product), ..AvailabilityQuery::default() };
    expect_code(central.availability(token, &query).await, code::NOT_FOUND);
    expect_code(central.availability("no token", &query).await, code::TOKEN);
    let asked = AllotmentAskedV1 { id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_a110), product, ttl_s: 60 };
    let asks = AllotmentsRequest { allotments: vec![asked.clone()] };
    let answer = central.allot(token, &asks).await.expect("it answers");
    let none: Vec<_> =
        answer.allotments.iter().map(|one| (one.id, one.allotment.is_none(), one.why.is_some())).collect();
    assert_eq!(none, [(asked.id, true, true)], "nothing is lent of it, and it is said why");
    expect_code(central.allot("no token", &asks).await, code::TOKEN);
    let line = PromiseLineV1 { product, quantity_thousandths: 1_000, allotment: None };
    let request = PromiseRequest {
        site: joined.site,
        kind: "hold".to_owned(),
        lines: vec![line],
        reference: String::new(),
        expires_in_s: Some(60),
        due_ms: None,
    };
    expect_code(central.reserve(token, "suite", &request).await, code::NOT_FOUND);
    expect_code(central.reserve("no token", "suite", &request).await, code::TOKEN);
    let unknown = PromiseId(promise_id(&ChannelV1::device(DeviceId(joined.device)), "suite"));
    expect_code(central.cancel(token, unknown, &PromiseChangeRequest::default()).await, code::NOT_FOUND);
}

async fn tokens(central: &dyn CentralApi, joined: &EnrolAnswer) -> String {
    let key = DeviceKey::from_seed(KEY);
    let sign = |key: &DeviceKey, at_ms: i64, nonce: u128| {
        TokenRequest::sign(key, joined.device, GENERATION, at_ms, Uuid::from_u128(nonce))
    };
    let stranger = DeviceKey::from_seed([1; 32]);
    expect_code(central.token(&sign(&stranger, joined.now_ms, 1)).await, code::SIGNATURE);
    let refused = central.token(&sign(&key, 0, 2)).await;
    let Err(CallError::Refused { error, .. }) = refused else { panic!("a signature of 1970 is refused") };
    assert_eq!(error.code, code::CLOCK);
    let now_ms = error.now_ms.expect("the clock's refusal says the time");
    let answer = central.token(&sign(&key, now_ms, 3)).await.expect("signed with central's time");
    assert!(answer.expires_ms > answer.now_ms && !answer.revoked);
    assert_eq!(answer.epoch, joined.epoch, "one epoch in all answers");
    answer.token
}

async fn journals(central: &dyn CentralApi, joined: &EnrolAnswer, token: &str) {
    expect_code(send(central, "no token", &[]).await, code::TOKEN);
    let entries = chain(joined, 5);
    let answer = send(central, token, &[]).await.expect("the heads");
    assert_eq!(head(&answer), (0, GENESIS.to_string()), "an unknown journal begins at nothing");
    for round in ["new", "again"] {
        let answer = send(central, token, &entries[..3]).await.expect("a segment");
        assert_eq!(head(&answer), (3, entries[2].hash.to_string()), "{round}");
        assert!(answer.problems.is_empty(), "{round}: {:?}", answer.problems);
    }
    let answer = send(central, token, &entries[4..]).await.expect("facts are never refused");
    let gap = answer.problems.first().expect("a gap is told");
    assert_eq!((gap.code.as_str(), gap.kept, gap.sequence), (problem::GAP, false, 5));
    assert_eq!(head(&answer), (3, entries[2].hash.to_string()), "the head says from where");
    let mut forged = entries[3].clone();
    forged.signature = entries[2].signature;
    let answer = send(central, token, &[forged]).await.expect("a forged entry does not stop the queue");
    assert_eq!(answer.problems.first().map(|one| (one.code.as_str(), one.kept)), Some((problem::SIGNATURE, false)));
    let answer = send(central, token, &entries[3..]).await.expect("the rest");
    assert_eq!(head(&answer), (5, entries[4].hash.to_string()));
}

async fn generations(central: &dyn CentralApi, joined: &EnrolAnswer, token: &str) {
    let (old, new) = (DeviceKey::from_seed(KEY), DeviceKey::from_seed([0x5f; 32]));
    let short = generation_short(GenerationId(NEXT));
    let signed = |by: &DeviceKey, after: Uuid| {
        GenerationRequest::sign(by, joined.device, after, NEXT, short.clone(), new.public())
    };
    let next = |sequence, previous| {
        let id = EntryId { device: joined.device, generation: NEXT, sequence };
        Entry::seal(&new, id, previous, scan(SiteId(joined.site), 100 + sequence).encode().expect("a body"))
    };
    let first = next(1, GENESIS);
    let answer = send(central, token, std::slice::from_ref(&first)).await.expect("facts are never refused");
    let unknown = answer.problems.first().expect("an unknown generation is told");
    assert_eq!((unknown.code.as_str(), unknown.kept), (problem::UNKNOWN_GENERATION, false));
    assert!(answer.heads.iter().all(|head| head.generation != NEXT), "and has no head");
    expect_code(central.generation(token, &signed(&new, GENERATION)).await, code::SIGNATURE);
    expect_code(central.generation(token, &signed(&old, NEXT)).await, code::SIGNATURE);
    expect_code(central.generation("no token", &signed(&old, GENERATION)).await, code::TOKEN);
    for round in ["new", "again"] {
        let answer = central.generation(token, &signed(&old, GENERATION)).await;
        assert_eq!(answer.expect("signed by the key before it").generation, NEXT, "{round}");
    }
    let other = DeviceKey::from_seed([0x60; 32]).public();
    let taken = GenerationRequest::sign(&old, joined.device, GENERATION, NEXT, short.clone(), other);
    expect_code(central.generation(token, &taken).await, code::GENERATION);
    let answer = send(central, token, std::slice::from_ref(&first)).await.expect("its first entry");
    assert!(answer.problems.is_empty(), "{:?}", answer.problems);
    // Two disks with one identity went on from the first entry.
    let mut other = next(2, first.hash);
    let ours = next(2, first.hash);
    assert_eq!(ours, other);
    other = Entry::seal(&new, other.id, first.hash, scan(SiteId(joined.site), 999).encode().expect("a body"));
    send(central, token, std::slice::from_ref(&other)).await.expect("a branch");
    let answer = send(central, token, std::slice::from_ref(&ours)).await.expect("the other");
    assert_eq!(answer.problems.first().map(|one| (one.code.as_str(), one.kept)), Some((problem::FORK, true)));
    let heads: Vec<_> = answer.heads.iter().filter(|head| head.generation == NEXT).collect();
    assert!(heads.len() == 2 && heads.iter().all(|head| head.forked && head.sequence == 2), "{heads:?}");
    let again = send(central, token, &[]).await.expect("the heads");
    assert_eq!(again.heads.iter().filter(|head| head.forked).count(), 2, "both for ever");
}

async fn feeds(central: &dyn CentralApi, token: &str) {
    expect_code(central.feed("no token", &FeedQuery::default()).await, code::TOKEN);
    let mut query = FeedQuery { limit: Some(2), ..FeedQuery::default() };
    let mut last = 0;
    // Small pages first; a station that asks too often is sent away.
    let mut limits = std::iter::repeat_n(2, 20).chain(std::iter::repeat(MAX_PAGE_ROWS));
    let end = loop {
        let page = central.feed(token, &query).await.expect("a page");
        let limit = query.limit.expect("it has one");
        assert!(page.rows.len() <= limit as usize, "a limit is kept");
        for row in &page.rows {
            assert!(row.number > last, "numbers rise");
            last = row.number;
        }
        query = FeedQuery::after(&page.next, limits.next().unwrap_or(MAX_PAGE_ROWS));
        if !page.more {
            break page.next;
        }
    };
    let page = central.feed(token, &FeedQuery::after(&end, 2)).await.expect("nothing new");
    assert!(page.rows.is_empty() && !page.more);
    assert_eq!(page.next, end, "the end stays where it is");
    let rows = central.feed(token, &FeedQuery::default()).await.expect("a page").rows;
    if let Some(own) = rows.first() {
        let forged = FeedRow { at_ms: own.at_ms + 1, ..own.clone() };
        let request = DecisionsRequest { rows: vec![own.clone(), forged], more: false };
        expect_code(central.decisions("no token", &request).await, code::TOKEN);
        let answer = central.decisions(token, &request).await.expect("an answer");
        assert_eq!((answer.taken, answer.problems.len()), (0, 1), "its own it has, and a forged one it names");
    }
    let strange = Cursor { number: end.number + 1_000, row_hash: "ab".repeat(32), ..end };
    let refused = central.feed(token, &FeedQuery::after(&strange, 2)).await;
    let Err(CallError::Refused { error, .. }) = refused else { panic!("an unknown cursor is refused") };
    assert_eq!((error.code.as_str(), error.epoch), (code::UNKNOWN_CURSOR, Some(strange.epoch)));
}

async fn balances(central: &dyn CentralApi, token: &str) {
    let page = central.balances(token, &BalanceQuery::default()).await.expect("balances");
    assert!(page.restarted, "without a mark it begins at the start");
    let counted = page.heads.iter().find(|head| head.generation == GENERATION).map(|head| head.sequence);
    assert_eq!(counted, Some(5), "counted with all of our entries");
    let mut query = BalanceQuery { epoch: Some(page.epoch), after: Some(page.next), limit: None };
    let mut more = page.more;
    while more {
        let page = central.balances(token, &query).await.expect("balances");
        (query.after, more) = (Some(page.next), page.more);
    }
    let page = central.balances(token, &query).await.expect("balances");
    assert!(page.rows.is_empty() && !page.restarted && !page.more, "nothing changed since");
}

async fn streams(central: &dyn CentralApi, token: &str) {
    let Err(refused) = central.listen("no token").await else { panic!("a token is needed") };
    assert!(refused.is(code::TOKEN), "{refused}");
    let mut first = central.listen(token).await.expect("a stream");
    for what in [stream_event::FEED, stream_event::BALANCES] {
        let said = first.next().await.expect("a live line").expect("not the end");
        assert_eq!(said.what, what, "something may have changed before anybody listened");
    }
    let mut second = central.listen(token).await.expect("another stream of the same station");
    assert_eq!(first.next().await, Ok(None), "ends the one before it");
    assert!(second.next().await.expect("a live line").is_some());
}

async fn reports(central: &dyn CentralApi, token: &str) {
    let mut report = StationReportV1 {
        app: "suite".to_owned(),
        generation: GENERATION,
        unsent: 3,
        oldest_unsent_ms: Some(1_795_250_000_000),
        offset_ms: None,
        errors: vec!["printer".to_owned()],
    };
    expect_code(central.report("no token", &report).await, code::TOKEN);
    for unsent in [3, 0] {
        report.unsent = unsent;
        let answer = central.report(token, &report).await.expect("it is kept");
        assert!(answer.now_ms > 0, "central says its time");
    }
}

async fn send(central: &dyn CentralApi, token: &str, entries: &[Entry]) -> Result<JournalAnswer, CallError> {
    let request = JournalRequest { entries: entries.iter().map(EntryV1::from).collect(), ..JournalRequest::default() };
    central.journal(token, &request).await
}

fn head(answer: &JournalAnswer) -> (u64, String) {
    let mut heads = answer.heads.iter().filter(|head| head.generation == GENERATION);
    let head = heads.next().expect("a head of every generation");
    assert!(heads.next().is_none() && !head.forked, "one branch");
    (head.sequence, head.hash.clone())
}

fn expect_code<T>(answer: Result<T, CallError>, code: &str) {
    match answer {
        Err(error) => assert!(error.is(code), "{code} is due, not: {error}"),
        Ok(_) => panic!("{code} is due"),
    }
}

fn chain(joined: &EnrolAnswer, count: u64) -> Vec<Entry> {
    let key = DeviceKey::from_seed(KEY);
    let mut previous = GENESIS;
    (1..=count)
        .map(|sequence| {
            let entry = entry(&key, DeviceId(joined.device), SiteId(joined.site), sequence, previous);
            previous = entry.hash;
            entry
        })
        .collect()
}

fn entry(key: &DeviceKey, device: DeviceId, site: SiteId, sequence: u64, previous: Hash) -> Entry {
    let id = EntryId { device: device.0, generation: GENERATION, sequence };
    Entry::seal(key, id, previous, scan(site, sequence).encode().expect("a body"))
}

/// A fact without movements.
fn scan(site: SiteId, number: u64) -> NewBody {
    let boot = selvedge_domain::ids::BootId(Uuid::from_u128(7));
    NewBody {
        id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0001_0000 + u128::from(number)),
        at: Stamp { clock_ms: 1_795_250_000_000, boot, ticks_ms: number, offset_ms: None, floor_ms: None },
        person: None,
        site: site.0,
        fact: Fact::CodeUnknown(selvedge_protocol::journal::CodeUnknownV1 {
            text: format!("code {number}"),
            device: "suite".to_owned(),
        }),
    }
}
