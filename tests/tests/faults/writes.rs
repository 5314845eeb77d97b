//! The day killed at every phase of every write, and finished from there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use selvedge_store::{NoWitness, Phase, Witness};
use selvedge_tests::Shop;
use selvedge_tests::shop::quick_folder;

use crate::child::{Point, day, killed_day};
use crate::names::WRITES;
use crate::state::State;

/// Of these every time that they happen is tried; of the others the first and the last.
const EVERY_TIME: &[&str] = &["scan", "complete-sale", "take-tender", "print-sending", "print-ended", "drawer-sent"];
/// A start that no other has the number of.
const AFTER: u16 = 100;

/// Counts the writes.
#[derive(Default)]
struct Counter(Mutex<BTreeMap<&'static str, usize>>);

impl Witness for Counter {
    fn at(&self, write: &'static str, phase: Phase) {
        if phase == Phase::Committed {
            *self.0.lock().unwrap().entry(write).or_default() += 1;
        }
    }
}

/// The day as it should be.
struct Reference {
    /// Before the first step, and after each.
    states: Vec<State>,
    counts: BTreeMap<&'static str, usize>,
}

fn reference() -> Reference {
    let folder = quick_folder();
    let counter = Arc::new(Counter::default());
    let mut shop = Shop::in_folder(folder.path(), 1, Arc::<Counter>::clone(&counter));
    shop.leaves_all();
    let mut states = vec![State::of(&shop)];
    for (name, work) in day() {
        let before: usize = counter.0.lock().unwrap().values().sum();
        shop = work(shop);
        let after: usize = counter.0.lock().unwrap().values().sum();
        assert!(after - before <= 1, "the step {name:?} writes once, so that it happened or did not");
        states.push(State::of(&shop));
    }
    let counts = counter.0.lock().unwrap().clone();
    Reference { states, counts }
}

/// Every point of the day.
fn points(reference: &Reference) -> Vec<Point> {
    let mut points = Vec::new();
    for &write in WRITES {
        let times = reference.counts.get(write).copied().unwrap_or(0);
        assert!(times > 0, "the write {write} does not happen in the day: it was never killed");
        let every = EVERY_TIME.contains(&write);
        for nth in (1..=times).filter(|nth| every || *nth == 1 || *nth == times) {
            points.extend(Phase::ALL.into_iter().map(|phase| Point { write: write.to_owned(), phase, nth }));
        }
    }
    points
}

#[test]
fn a_kill_at_any_write_loses_nothing_and_doubles_nothing() {
    let reference = reference();
    for write in reference.counts.keys().filter(|write| !write.starts_with("test-")) {
        assert!(WRITES.contains(write), "the write {write} is not listed");
    }
    let points = points(&reference);
    println!("{} points of {} writes", points.len(), WRITES.len());
    let next = Mutex::new(points.iter());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..std::thread::available_parallelism().map_or(2, usize::from))
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let Some(point) = next.lock().unwrap().next() else { return };
                        try_point(&reference, point);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

fn try_point(reference: &Reference, point: &Point) {
    let folder = quick_folder();
    let answered = killed_day(folder.path(), point);
    let happened = check_recovered(reference, folder.path(), answered, point);
    finish_day(reference, folder.path(), happened, point);
}

/// After the kill the till is as after the last answered step, or as after the next; how many steps happened.
fn check_recovered(reference: &Reference, folder: &Path, answered: usize, point: &Point) -> usize {
    let mut shop = Shop::in_folder(folder, AFTER, Arc::new(NoWitness));
    shop.leaves_all();
    let state = State::of(&shop);
    let before = reference.states[answered].after_a_start();
    let after = reference.states.get(answered + 1).map_or_else(|| before.clone(), State::after_a_start);
    if point.phase == Phase::Committed {
        assert_eq!(state, after, "{point:?}: what was committed happened");
        return answered + 1;
    }
    assert_eq!(state, before, "{point:?}: what was answered stays, and nothing of what was not committed");
    answered
}

/// The rest of the day comes to the same end.
fn finish_day(reference: &Reference, folder: &Path, happened: usize, point: &Point) {
    let mut shop = Shop::in_folder(folder, AFTER + 1, Arc::new(NoWitness));
    shop.leaves_all();
    for (_, work) in day().skip(happened) {
        shop = work(shop);
    }
    let end = State::of(&shop);
    let expected = reference.states.last().unwrap();
    assert_eq!(end.books, expected.books, "{point:?}: the day ends as it would have");
    let named =
        |state: &State| -> Vec<_> { state.papers.iter().map(|(title, copy, _)| (title.clone(), *copy)).collect() };
    assert_eq!(named(&end), named(expected), "{point:?}: every paper is there once");
    assert_eq!(end.pulses.len(), expected.pulses.len(), "{point:?}: every pulse is there once");
    assert!(!end.pulses.iter().any(|state| state == "waiting"), "{point:?}: no pulse waits for ever");
    shop.print();
    let left: Vec<_> =
        State::of(&shop).papers.into_iter().filter(|(_, _, state)| state == "waiting" || state == "sending").collect();
    assert!(left.is_empty(), "{point:?}: every paper comes to an end: {left:?}");
}
