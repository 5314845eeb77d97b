//! Central's answers, read.

use std::cell::Cell;

use selvedge_protocol::v1::ProblemV1;

use super::*;
use crate::CallError;

const GENERATION: Uuid = Uuid::from_u128(9);

fn hash(number: u64) -> Hash {
    let mut bytes = [1; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Hex32(bytes)
}

/// Ten entries here, of which the first four are in a base.
struct Ten;

impl Own for Ten {
    fn is_ours(&self, _: Uuid, sequence: u64, of: &Hash) -> Result<bool, Failure> {
        Ok((1..=10).contains(&sequence) && hash(sequence) == *of)
    }

    fn hash_of(&self, _: Uuid, sequence: u64) -> Result<Option<Hash>, Failure> {
        Ok((4..=10).contains(&sequence).then(|| hash(sequence)))
    }
}

/// The same ten, of which the first look fails: the disk is busy, or away for a moment.
struct FailsOnce(Cell<bool>);

impl FailsOnce {
    fn look(&self) -> Result<Ten, Failure> {
        if self.0.replace(true) { Ok(Ten) } else { Err(Failure::Store("disk I/O error".to_owned())) }
    }
}

impl Own for FailsOnce {
    fn is_ours(&self, generation: Uuid, sequence: u64, of: &Hash) -> Result<bool, Failure> {
        self.look()?.is_ours(generation, sequence, of)
    }

    fn hash_of(&self, generation: Uuid, sequence: u64) -> Result<Option<Hash>, Failure> {
        self.look()?.hash_of(generation, sequence)
    }
}

fn head(sequence: u64, hash: Hash, forked: bool) -> HeadV1 {
    HeadV1 { device: Uuid::nil(), generation: GENERATION, sequence, hash: hash.to_string(), forked }
}

fn answer(heads: Vec<HeadV1>) -> JournalAnswer {
    JournalAnswer { heads, problems: Vec::new(), now_ms: 0, epoch: Uuid::nil() }
}

fn not_kept(sequence: u64, code: &str) -> ProblemV1 {
    ProblemV1 {
        device: Uuid::nil(),
        generation: GENERATION,
        sequence,
        kept: false,
        code: code.to_owned(),
        detail: "not signed by that key".to_owned(),
    }
}

/// Ten entries here, of which `acknowledged` are known to be there; `first` to `last` was sent.
fn settled(acknowledged: u64, sent: Option<(u64, u64)>, answer: &JournalAnswer) -> Settled {
    settled_after(None, acknowledged, sent, answer)
}

fn settled_after(
    parted: Option<Parting>,
    acknowledged: u64,
    sent: Option<(u64, u64)>,
    answer: &JournalAnswer,
) -> Settled {
    let mine = [Mine { generation: GENERATION, last: 10, acknowledged, parted }];
    let sent: Vec<Sent> = sent.map(|(first, last)| Sent { generation: GENERATION, first, last }).into_iter().collect();
    settle(&mine, &sent, answer, &Ten).expect("it makes sense")
}

#[test]
fn acknowledged_is_what_central_says_now() {
    let higher = settled(3, Some((4, 8)), &answer(vec![head(8, hash(8), false)]));
    assert_eq!(higher.acknowledged, [(GENERATION, 8, hash(8))]);
    assert!(higher.progress && higher.stuck.is_empty());
    let lower = settled(8, None, &answer(vec![head(2, hash(2), false)]));
    assert_eq!(lower.acknowledged, [(GENERATION, 2, hash(2))], "a restored central lost some");
    assert!(!lower.progress && lower.stuck.is_empty() && lower.parted.is_empty());
    let lower = settled(8, Some((9, 10)), &answer(vec![head(0, GENESIS, false)]));
    assert_eq!(lower.acknowledged, [(GENERATION, 0, GENESIS)]);
    assert!(lower.stuck.is_empty(), "it is sent again from there, not stuck");
}

#[test]
fn the_same_number_with_another_hash_is_a_fork_and_ours_is_the_one_we_hold() {
    let both = settled(5, Some((6, 10)), &answer(vec![head(12, hash(99), true), head(10, hash(10), true)]));
    assert_eq!(both.acknowledged, [(GENERATION, 10, hash(10))]);
    assert_eq!(both.parted, [(GENERATION, Parting { cause: Cause::Fork, sequence: 12 })]);
    assert!(both.stuck.is_empty(), "both branches are kept");
    let known = Some(Parting { cause: Cause::Fork, sequence: 12 });
    let again = answer(vec![head(12, hash(99), true), head(10, hash(10), true)]);
    assert_eq!(settled_after(known, 10, None, &again), Settled::default(), "known, and nothing new");
}

#[test]
fn a_head_that_is_not_ours_is_asked_about_before_it_means_anything() {
    let strange = answer(vec![head(12, hash(99), false)]);
    let heard = settled(10, None, &strange);
    assert_eq!((heard.probe.as_slice(), heard.parted.len(), heard.acknowledged.len()), (&[GENERATION][..], 0, 0));
    // Central has our last entry, and goes on after it: our own future.
    let restored = settled(10, Some((10, 10)), &strange);
    assert_eq!(restored.parted, [(GENERATION, Parting { cause: Cause::Restored, sequence: 12 })]);
    assert!(restored.probe.is_empty() && restored.acknowledged.is_empty() && restored.stuck.is_empty());
    // It does not even have what comes before it: the branches part earlier.
    let mut gap = strange.clone();
    gap.problems.push(not_kept(10, problem::GAP));
    let fork = settled(10, Some((10, 10)), &gap);
    assert_eq!(fork.acknowledged, [(GENERATION, 0, GENESIS)], "where is not known: all of it again");
    assert!(fork.parted.is_empty() && fork.stuck.is_empty());
    // On the way there, what was not refused is there.
    let half = settled(0, Some((1, 6)), &strange);
    assert_eq!((half.acknowledged.as_slice(), half.progress), (&[(GENERATION, 6, hash(6))][..], true));
    assert!(half.parted.is_empty() && half.probe.is_empty(), "not asked about before all of it was sent");
}

#[test]
fn a_journal_that_cannot_be_read_now_is_no_fork() {
    let mine = [Mine { generation: GENERATION, last: 10, acknowledged: 3, parted: None }];
    let answers = [
        // Central's head is an entry of ours, if we only could look.
        (answer(vec![head(10, hash(10), true)]), None),
        // A head that is not ours, and how far ours was taken is to be looked up.
        (answer(vec![head(12, hash(99), true)]), Some(Sent { generation: GENERATION, first: 4, last: 10 })),
    ];
    for (heard, sent) in answers {
        let sent: Vec<Sent> = sent.into_iter().collect();
        let store = FailsOnce(Cell::new(false));
        let failed = settle(&mine, &sent, &heard, &store);
        assert!(matches!(failed, Err(Failure::Store(_))), "nothing follows from it: {failed:?}");
        let again = settle(&mine, &sent, &heard, &store).expect("the next look works");
        assert_eq!(again, settle(&mine, &sent, &heard, &Ten).expect("it makes sense"));
        assert_eq!(again.acknowledged, [(GENERATION, 10, hash(10))]);
    }
}

#[test]
fn an_entry_that_is_not_taken_is_stuck_with_its_reason() {
    let mut says_why = answer(vec![head(5, hash(5), false)]);
    says_why.problems.push(not_kept(6, problem::SIGNATURE));
    let stuck = settled(5, Some((6, 10)), &says_why);
    assert!(stuck.stuck[0].why.contains("entry 6") && stuck.stuck[0].why.contains("not signed"), "{stuck:?}");
    assert!(!stuck.progress);
    let unknown = settled(0, Some((1, 10)), &answer(Vec::new()));
    assert_eq!(unknown.unknown, [GENERATION], "central knows no such generation: it is announced");
    let forgotten = settled(10, None, &answer(Vec::new()));
    assert_eq!(forgotten.acknowledged, [(GENERATION, 0, GENESIS)], "and what it had is sent again");
}

#[test]
fn a_hash_that_is_none_is_nonsense() {
    let mut bad = answer(vec![head(5, hash(5), false)]);
    bad.heads[0].hash = "5".to_owned();
    let mine = [Mine { generation: GENERATION, last: 10, acknowledged: 0, parted: None }];
    let says_hash = |error| matches!(error, Failure::Call(CallError::Nonsense(what)) if what.contains("hash"));
    assert!(settle(&mine, &[], &bad, &Ten).is_err_and(says_hash));
}

#[test]
fn a_segment_is_bounded_and_never_empty_for_a_large_entry() {
    let entry = |bytes: usize| Entry {
        id: selvedge_protocol::journal::EntryId { device: Uuid::nil(), generation: GENERATION, sequence: 1 },
        format: 0,
        previous: GENESIS,
        body: "x".repeat(bytes),
        hash: GENESIS,
        signature: selvedge_protocol::journal::Hex64([0; 64]),
    };
    let third = SEGMENT_BODY_BYTES / 3;
    let entries = [entry(third), entry(third), entry(third), entry(third)];
    assert_eq!(fitting(&entries, 500, 0), 3);
    assert_eq!(fitting(&entries, 2, 0), 2);
    assert_eq!(fitting(&entries, 500, SEGMENT_BODY_BYTES), 0, "a full segment takes no more");
    assert_eq!(fitting(&[entry(SEGMENT_BODY_BYTES + 1)], 500, 0), 1, "alone, a large one goes");
    assert_eq!(fitting(&[entry(SEGMENT_BODY_BYTES + 1)], 500, 1), 0);
}

#[test]
fn a_head_in_the_middle_of_a_base_is_ours_and_one_that_is_not_known_is_none() {
    let lower = settled(8, None, &answer(vec![head(2, hash(2), false)]));
    assert_eq!(lower.acknowledged, [(GENERATION, 2, hash(2))], "it is known by its digest");
    let mut strange = answer(vec![head(9, hash(99), false)]);
    strange.problems.push(not_kept(3, problem::SIGNATURE));
    let unsure = settled(1, Some((2, 10)), &strange);
    assert_eq!(unsure.acknowledged, [(GENERATION, 0, GENESIS)], "no hash is made up: all of it is sent again");
}
