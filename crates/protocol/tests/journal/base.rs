//! Bases: what a stretch of a journal did, in central's signature, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use selvedge_protocol::journal::*;

use crate::day;

fn central() -> DeviceKey {
    DeviceKey::from_seed([9; 32])
}

fn base() -> Base {
    let statement = add_up(&day::chain()).expect("a small day can be added up");
    Base::sign(&central(), statement.encode().expect("it is small"))
}

#[test]
fn the_base_of_a_small_day_is_made_the_same_way_for_ever() {
    let base = base();
    let written = format!("{}\n{}\n", base.text, base.signature);
    let text = crate::golden::golden("base-small-day", &written);
    assert_eq!(text, written, "station and central sign the same text, whichever of them is newer");
    let (text, signature) = text.trim_end().split_once('\n').expect("two lines");
    let kept = Base::try_from((text.to_owned(), signature.to_owned())).expect("hex");
    let read = kept.read(&central().public()).expect("it reads for ever");
    let entries = day::chain();
    assert_eq!((read.says.first, read.says.last), (1, 10));
    assert_eq!((read.says.previous, read.says.hash), (GENESIS, entries[9].hash));
    let bodies = entries.iter().map(|entry| Body::decode(&entry.body).expect("a body"));
    let mut rest = read.sums().clone();
    bodies.for_each(|body| movements(&body).expect("movements").iter().for_each(|movement| rest.take_off(movement)));
    assert!(rest.iter().count() > 0 && rest.iter().all(|(_, sum)| sum.quantity.is_zero()), "it is what they did");
}

/// Entries of which a product moves between several accounts, written by a clock that nobody can trust any more.
fn doubtful() -> Vec<Entry> {
    let clocks = [
        // Measured in this run of the machine, measured in the one before, and years before what is known.
        (1_795_251_600_000, Some(-250), None),
        (1_795_338_000_000, Some(-250), Some(1_795_320_000_000)),
        (946_684_800_000, Some(-250), Some(1_795_320_000_000)),
    ];
    let moving = day::facts().into_iter().chain(day::later_facts());
    let moving = moving.filter(|fact| fact.kind().0.starts_with("transfer-") || matches!(fact, Fact::Sale(_)));
    let bodies = (1..).zip(moving.zip(clocks.into_iter().cycle())).map(|(number, (fact, clock))| {
        let mut body = day::body(number, fact);
        (body.at.clock_ms, body.at.offset_ms, body.at.floor_ms) = clock;
        if let Fact::TransferReceived(came) = &mut body.fact {
            // A text without letters is no lot.
            came.lines[0].lot = Some(String::new());
        }
        body.encode().expect("it encodes")
    });
    day::seal(&day::key(), bodies)
}

#[test]
fn a_base_of_several_accounts_and_a_clock_nobody_can_trust_is_made_the_same_way_for_ever() {
    let statement = add_up(&doubtful()).expect("it can be added up");
    let base = Base::sign(&central(), statement.encode().expect("it is small"));
    let written = format!("{}\n{}\n", base.text, base.signature);
    let text = crate::golden::golden("base-doubtful-clock", &written);
    assert_eq!(text, written, "station and central sign the same text, whichever of them is newer");
    base.read(&central().public()).expect("it reads for ever");

    let one = day::id(41);
    let accounts: Vec<(&str, &str)> = statement.sums.iter().filter(|sum| sum.product == one).map(pair).collect();
    let words: Vec<(&str, &str)> = accounts.iter().map(|(from, to)| (word(from), word(to))).collect();
    let wanted = [("location", "transit"), ("location", "customer"), ("transit", "location"), ("transit", "shrinkage")];
    assert_eq!(words, wanted, "in the order of the kinds of accounts, not of their texts");
    assert!(statement.sums.iter().all(|sum| sum.lot.as_deref() != Some("")), "an empty lot is none");
    let span = |from: &str, to: &str| {
        let sum =
            statement.sums.iter().find(|sum| pair(sum) == (from, to) || (word(&sum.from), word(&sum.to)) == (from, to));
        sum.map(|sum| (sum.from_ms, sum.to_ms)).expect("a line")
    };
    let sure = 1_795_251_599_750;
    assert_eq!(span("location", "customer"), (sure, sure), "a moment");
    // Not before what was past, and 14 hours around; the clock itself may be right by now as well.
    let day = 14 * 3_600_000;
    assert_eq!(span("location", "transit"), (1_795_320_000_000, 1_795_338_000_000 + day));
    assert_eq!(span("transit", "location"), (1_795_320_000_000, i64::MAX), "the end is not known");
}

fn pair(sum: &BaseSumV1) -> (&str, &str) {
    (&sum.from, &sum.to)
}

fn word(account: &str) -> &str {
    account.split(':').next().unwrap_or(account)
}

/// The kinds that the page names as those that stay whole.
fn kinds_of_the_page() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
    let page = std::fs::read_to_string(page).expect("the page of the protocol");
    let (_, list) = page.split_once("stay whole:").expect("the page says which kinds stay whole");
    let (list, _) = list.split_once('.').expect("a sentence");
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_kinds_that_stay_whole_are_those_that_the_page_names() {
    let all = day::facts().into_iter().chain(day::later_facts());
    let whole = all.filter(is_kept_whole).map(|fact| fact.kind().0.to_owned());
    assert_eq!(kinds_of_the_page(), whole.collect());
    let unknown = Fact::Unknown { kind: "area-counted".into(), version: 1, payload: serde_json::json!({}) };
    assert!(is_kept_whole(&unknown), "nobody knows what it says");
}

#[test]
fn it_stands_for_its_entries_and_no_others() {
    let read = base().read(&central().public()).expect("signed");
    let entries = day::chain();
    for entry in &entries {
        assert!(read.stands_for(entry.id.generation, entry.id.sequence, &entry.hash));
        assert!(!read.stands_for(entry.id.device, entry.id.sequence, &entry.hash), "of another generation");
        assert!(!read.stands_for(entry.id.generation, entry.id.sequence + 1, &entry.hash));
    }
    let of = entries[0].id.generation;
    assert!(!read.stands_for(of, 0, &GENESIS) && !read.stands_for(of, 11, &entries[9].hash));
    assert!(!read.stands_for(of, u64::MAX, &entries[9].hash));
}

#[test]
fn what_central_did_not_sign_is_nothing() {
    let good = base();
    let other = DeviceKey::from_seed([8; 32]).public();
    assert_eq!(good.clone().read(&other).map(|_| ()), Err(BaseError::Signature));
    let changed = Base { text: good.text.replacen("1000", "2000", 1), ..good.clone() };
    assert_ne!(changed, good);
    assert_eq!(changed.read(&central().public()).map(|_| ()), Err(BaseError::Signature));
    let signed = |text: String| Base::sign(&central(), text).read(&central().public()).map(|_| ());
    assert_eq!(signed(good.text.replacen("\"version\":1", "\"version\":2", 1)), Err(BaseError::Version { version: 2 }));
    for (of, by) in [("\"first\":1", "\"first\":2"), ("\"last\":10", "\"last\":11"), ("customer", "nobody")] {
        assert_eq!(signed(good.text.replacen(of, by, 1)), Err(BaseError::Malformed), "{by}");
    }
    assert_eq!(signed("[]".to_owned()), Err(BaseError::Malformed));
}

#[test]
fn what_cannot_be_added_up_is_not() {
    let entries = day::chain();
    assert_eq!(add_up(&[]), Err(BaseError::Empty));
    let mut gap = entries.clone();
    gap.remove(4);
    assert_eq!(add_up(&gap), Err(BaseError::Broken { sequence: 5 }));
    let mut swapped = entries.clone();
    swapped[4].previous = entries[2].hash;
    assert_eq!(add_up(&swapped), Err(BaseError::Broken { sequence: 5 }));
    let mut odd = entries.clone();
    odd[4].body = "no JSON".to_owned();
    assert_eq!(add_up(&odd), Err(BaseError::Unreadable { sequence: 5 }));
    odd[4].body = entries[4].body.replace("\"kind\":\"sale\"", "\"kind\":\"later\"");
    assert_eq!(add_up(&odd), Err(BaseError::UnknownKind { sequence: 5 }));
    let later = add_up(&entries[3..7]).expect("a stretch in the middle");
    assert_eq!((later.first, later.previous, later.last, later.hash), (4, entries[2].hash, 7, entries[6].hash));
}
