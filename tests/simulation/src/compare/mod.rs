//! The same week under several rules of promising: what was promised and could not be kept, what was refused although it
//! was there, and who was left waiting. `docs/promises.md` has the table; `compare-promises` makes it.

mod ours;
mod picture;
mod play;
mod usual;
mod week;

pub use ours::Ours;
pub use picture::{picture, table};
pub use play::{Answer, Rule, Tally, play};
pub use usual::{Cached, OnlineOnly};
pub use week::{Ask, Week};

/// Makes a rule for a week.
type Make = fn(&Week) -> Box<dyn Rule>;

/// The rules that are compared, by their names.
pub const RULES: [(&str, Make); 6] = [
    ("cached stock", |week| Box::new(Cached::new(week, true))),
    ("cached stock, tills sell below zero", |week| Box::new(Cached::new(week, false))),
    ("reservations online only", |week| Box::new(OnlineOnly::new(week, true))),
    ("reservations online only, tills sell below zero", |week| Box::new(OnlineOnly::new(week, false))),
    ("Selvedge, nothing lent", |week| Box::new(Ours::new(week, false))),
    ("Selvedge, with allotments", |week| Box::new(Ours::new(week, true))),
];

/// Plays weeks from seed 1 on under each rule; the sums, in the order of [`RULES`].
pub fn compare(weeks: u64) -> Vec<Tally> {
    let mut sums = vec![Tally::default(); RULES.len()];
    for seed in 1..=weeks {
        let week = Week::new(seed);
        for ((_, make), sum) in RULES.iter().zip(&mut sums) {
            sum.add(&play(&week, &mut *make(&week)));
        }
    }
    sums
}
