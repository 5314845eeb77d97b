//! What the chain notices: any change, gap, swap or other hand, in any journal.

use proptest::prelude::*;
use selvedge_protocol::journal::*;

use crate::day;

fn verify(key: PublicKey, entries: &[Entry]) -> Result<(), ChainError> {
    let mut verifier = Verifier::new(key);
    entries.iter().try_for_each(|entry| verifier.take(entry))
}

#[test]
fn a_changed_byte_is_found() {
    let mut entries = day::chain();
    entries[4].body = entries[4].body.replace("\"change_minor\":680", "\"change_minor\":681");
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Hash { sequence: 5 }));
}

#[test]
fn a_change_that_was_hashed_again_is_not_signed() {
    let mut entries = day::chain();
    let changed = &mut entries[4];
    changed.body = changed.body.replace("680", "681");
    changed.hash = entry_hash(changed.format, &changed.id, &changed.previous, changed.body.as_bytes());
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Signature { sequence: 5 }));
}

#[test]
fn a_missing_entry_is_named() {
    let mut entries = day::chain();
    entries.remove(4);
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Gap { expected: 5, found: 6 }));
    entries[4].id.sequence = 5;
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Link { sequence: 5 }));
    entries[4].previous = entries[3].hash;
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Hash { sequence: 5 }));
}

#[test]
fn swapped_and_doubled_entries_are_found() {
    let mut entries = day::chain();
    entries.swap(4, 5);
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Gap { expected: 5, found: 6 }));
    let mut entries = day::chain();
    entries.insert(5, entries[4].clone());
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Gap { expected: 6, found: 5 }));
}

#[test]
fn another_key_and_another_device_are_found() {
    let other = DeviceKey::from_seed([8; 32]);
    assert_eq!(verify(other.public(), &day::chain()), Err(ChainError::Signature { sequence: 1 }));
    let mut entries = day::chain();
    entries[0].id.device = day::id(9);
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Hash { sequence: 1 }));
    let mut entries = day::chain();
    entries[0].format += 1;
    assert_eq!(verify(day::key().public(), &entries), Err(ChainError::Hash { sequence: 1 }));
    assert_eq!(verify(Hex32([0xff; 32]), &day::chain()), Err(ChainError::Signature { sequence: 1 }), "no key at all");
}

#[test]
fn a_verifier_goes_on_behind_a_known_entry_and_stays_where_it_was_refused() {
    let entries = day::chain();
    let mut verifier = Verifier::after(day::key().public(), 4, entries[3].hash);
    assert!(verifier.take(&entries[5]).is_err());
    assert_eq!(verifier.head(), (4, entries[3].hash), "a refused entry changes nothing");
    entries[4..].iter().for_each(|entry| verifier.take(entry).expect("the rest verifies"));
    assert_eq!(verifier.head(), (10, entries[9].hash));
}

/// What can be done to one entry, or to the order.
#[derive(Clone, Debug)]
enum Harm {
    Body(usize, u8),
    Hash(usize, u8),
    Previous(usize, u8),
    Signature(usize, u8),
    Sequence(u64),
    Generation(u8),
    Format(u32),
    Leave,
    Double,
    Swap,
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        (any::<usize>(), 1..=u8::MAX).prop_map(|(at, bits)| Harm::Body(at, bits)),
        (0..32_usize, 1..=u8::MAX).prop_map(|(at, bits)| Harm::Hash(at, bits)),
        (0..32_usize, 1..=u8::MAX).prop_map(|(at, bits)| Harm::Previous(at, bits)),
        (0..64_usize, 1..=u8::MAX).prop_map(|(at, bits)| Harm::Signature(at, bits)),
        (1..u64::MAX).prop_map(Harm::Sequence),
        (1..=u8::MAX).prop_map(Harm::Generation),
        (1..u32::MAX).prop_map(Harm::Format),
        Just(Harm::Leave),
        Just(Harm::Double),
        Just(Harm::Swap),
    ]
}

/// Does it. None where it would change nothing that has to be noticed: the last entry left out is a shorter journal.
fn done(mut entries: Vec<Entry>, at: usize, harm: &Harm) -> Option<Vec<Entry>> {
    let last = at + 1 == entries.len();
    let entry = &mut entries[at];
    match harm {
        Harm::Body(place, bits) => {
            let mut bytes = entry.body.clone().into_bytes();
            let place = place.checked_rem(bytes.len())?;
            bytes[place] ^= bits;
            entry.body = String::from_utf8(bytes).ok()?;
        }
        Harm::Hash(place, bits) => entry.hash.0[*place] ^= bits,
        Harm::Previous(place, bits) => entry.previous.0[*place] ^= bits,
        Harm::Signature(place, bits) => entry.signature.0[*place] ^= bits,
        Harm::Sequence(more) => entry.id.sequence = entry.id.sequence.wrapping_add(*more),
        Harm::Generation(bits) => {
            let mut bytes = *entry.id.generation.as_bytes();
            bytes[15] ^= bits;
            entry.id.generation = uuid::Uuid::from_bytes(bytes);
        }
        Harm::Format(more) => entry.format = entry.format.wrapping_add(*more),
        Harm::Leave if last => return None,
        Harm::Leave => {
            entries.remove(at);
        }
        Harm::Double => entries.insert(at, entries[at].clone()),
        Harm::Swap if last => return None,
        Harm::Swap => entries.swap(at, at + 1),
    }
    Some(entries)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_journal_verifies_and_any_harm_to_it_is_found(
        bodies in proptest::collection::vec(".{0,40}", 1..12),
        seed in any::<[u8; 32]>(),
        at in any::<prop::sample::Index>(),
        harm in harm(),
    ) {
        let key = DeviceKey::from_seed(seed);
        let entries = day::seal(&key, bodies);
        prop_assert_eq!(verify(key.public(), &entries), Ok(()), "what a till writes verifies");
        let text = serde_json::to_string(&entries).expect("entries encode");
        let read: Vec<Entry> = serde_json::from_str(&text).expect("entries decode");
        prop_assert_eq!(&read, &entries, "entries travel unchanged");
        let at = at.index(entries.len());
        if let Some(harmed) = done(entries.clone(), at, &harm) {
            prop_assert!(verify(key.public(), &harmed).is_err(), "{:?} at {} is found", harm, at);
        }
    }
}
