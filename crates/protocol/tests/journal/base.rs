//! Bases: what a stretch of a journal did, in central's signature, and nothing else.

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
