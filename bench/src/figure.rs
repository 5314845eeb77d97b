//! Measuring by turns, and what is made of it: medians of rounds with their spread, in whole numbers.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::Plan;

/// What a row of the table says.
pub struct Figure {
    pub name: &'static str,
    pub unit: Unit,
    pub ours: Spread,
    pub floor: Spread,
    pub floor_name: &'static str,
    pub goal: Goal,
    /// Said under the table.
    pub notes: Vec<String>,
}

/// What is wanted.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At most so many tenths of the floor's p50.
    Tenths(u64),
    /// p50 so quick that the rate is at least so many tenths of the floor's.
    Rate(u64),
    /// At most so many tenths, and p99 at most so long.
    TenthsAndP99(u64, Duration),
    /// p99 at most so much above the floor's.
    P99Above(u64),
    /// p50 at most so much above the floor's.
    Above(u64),
    /// p99 at most so long, whatever the floor is.
    P99(Duration),
    /// Shown, and nothing wanted.
    None,
}

/// What the values of a figure count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Time,
    /// Bytes.
    Memory,
}

/// A measured thing: median of the rounds, and the least and largest round.
#[derive(Clone, Copy, Default)]
pub struct Spread {
    pub p50: u64,
    pub p50_least: u64,
    pub p50_most: u64,
    pub p99: u64,
    pub p99_least: u64,
    pub p99_most: u64,
}

impl Spread {
    /// Of rounds of samples.
    pub fn of(rounds: &mut [Vec<u64>]) -> Self {
        let mut p50 = Vec::new();
        let mut p99 = Vec::new();
        for samples in rounds {
            samples.sort_unstable();
            p50.push(quantile(samples, 50));
            p99.push(quantile(samples, 99));
        }
        p50.sort_unstable();
        p99.sort_unstable();
        Spread {
            p50: quantile(&p50, 50),
            p50_least: quantile(&p50, 0),
            p50_most: quantile(&p50, 100),
            p99: quantile(&p99, 50),
            p99_least: quantile(&p99, 0),
            p99_most: quantile(&p99, 100),
        }
    }
}

/// Of sorted values.
fn quantile(sorted: &[u64], percent: usize) -> u64 {
    let at = (sorted.len().saturating_sub(1) * percent).div_ceil(100);
    sorted.get(at).copied().unwrap_or(0)
}

/// Takes rounds of both by turns: first the one, then the other, and the other way round in the next round. What
/// disturbs the machine disturbs both. Each is told the number of the sample and times what it wants to be timed.
pub fn by_turns(
    plan: &Plan,
    mut floor: impl FnMut(usize) -> Result<Duration>,
    mut ours: impl FnMut(usize) -> Result<Duration>,
) -> Result<(Spread, Spread)> {
    let mut rounds: [Vec<Vec<u64>>; 2] = [Vec::new(), Vec::new()];
    // The first round warms caches and is not kept.
    for round in 0..=plan.rounds {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let mut samples = Vec::with_capacity(plan.samples);
            for sample in 0..plan.samples {
                let number = round * plan.samples + sample;
                samples.push(nanoseconds(if which == 0 { floor(number)? } else { ours(number)? }));
            }
            if round > 0 {
                rounds[which].push(samples);
            }
        }
    }
    let [mut floor, mut ours] = rounds;
    Ok((Spread::of(&mut floor), Spread::of(&mut ours)))
}

/// How long something takes.
pub fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<Duration> {
    let start = Instant::now();
    let done = work()?;
    let took = start.elapsed();
    std::hint::black_box(done);
    Ok(took)
}

fn nanoseconds(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}
