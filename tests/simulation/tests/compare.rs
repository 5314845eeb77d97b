//! What must be true of the rules that are compared, whatever the figures are. The usual rules are counted, and nothing is
//! asked of them.

#![allow(missing_docs)]

use selvedge_simulation::compare::{Cached, OnlineOnly, Ours, Tally, Week, play};

const WEEKS: u64 = 3;

fn ours(week: &Week, lends: bool) -> Tally {
    play(week, &mut Ours::new(week, lends))
}

#[test]
fn whatever_we_promised_and_cannot_keep_has_a_recorded_cause() {
    let mut broken = 0;
    for seed in 1..=WEEKS {
        let week = Week::new(seed);
        let nothing_lent = ours(&week, false);
        assert_eq!(nothing_lent.unkept, nothing_lent.recorded, "to the piece, in week {seed}: {nothing_lent:?}");
        let lent = ours(&week, true);
        assert!(lent.unkept <= lent.recorded, "what is lent and comes back unused covers some: week {seed}, {lent:?}");
        broken += nothing_lent.unkept;
    }
    assert!(broken > 0, "in these weeks something cannot be kept");
}

#[test]
fn what_is_in_the_hand_is_sold_in_every_week() {
    for seed in 1..=WEEKS {
        let week = Week::new(seed);
        for lends in [false, true] {
            let tally = ours(&week, lends);
            assert!(tally.in_hand > 1_000, "people buy: {tally:?}");
            assert_eq!(tally.in_hand_refused, 0, "week {seed}");
        }
    }
}

#[test]
fn with_right_books_and_a_good_line_nothing_is_promised_that_is_gone() {
    let mut refused = 0;
    for seed in 1..=WEEKS {
        let week = Week::undisturbed(seed);
        let tally = ours(&week, false);
        assert_eq!(tally.promised_twice, 0, "week {seed}: {tally:?}");
        assert_eq!((tally.needs_confirmation, tally.confirmed), (0, 0), "nobody waits for a central that answers");
        // The books know what lies on the shelves, less what is promised: nothing is refused that is there.
        assert_eq!(tally.refused_though_there, 0, "week {seed}: {tally:?}");
        refused += tally.refused;
    }
    assert!(refused > 0, "in these weeks something is scarce");
}

#[test]
fn what_is_lent_is_there_for_a_till_that_is_away() {
    let (mut alone, mut lent) = (Tally::default(), Tally::default());
    for seed in 1..=WEEKS {
        let week = Week::new(seed);
        alone.add(&ours(&week, false));
        lent.add(&ours(&week, true));
    }
    assert!(lent.needs_confirmation < alone.needs_confirmation, "{lent:?}, {alone:?}");
    assert!(alone.confirmed <= alone.needs_confirmation && lent.confirmed <= lent.needs_confirmation);
}

#[test]
fn a_week_is_the_same_every_time_and_for_every_rule() {
    let (week, again) = (Week::new(7), Week::new(7));
    assert_eq!(week.events, again.events);
    assert_eq!(ours(&week, true), ours(&again, true));
    let asked = ours(&week, false).asked;
    assert_eq!(play(&week, &mut Cached::new(&week, true)).asked, asked);
    assert_eq!(play(&week, &mut OnlineOnly::new(&week, false)).asked, asked);
}
