//! Times, and what they come to.

use std::time::Duration;

/// Times of one kind.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// One more.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Moves all of them over.
    pub fn drain_into(&mut self, all: &mut Times) {
        all.0.append(&mut self.0);
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that so many of a hundred do not exceed.
    pub fn percentile(&mut self, percent: usize) -> Duration {
        self.0.sort_unstable();
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }

    /// `p50 3.1 ms, p99 40 ms`.
    pub fn said(&mut self) -> String {
        format!("p50 {}, p99 {}", ms(self.percentile(50)), ms(self.percentile(99)))
    }
}

/// In milliseconds, with a tenth where that says something.
pub fn ms(time: Duration) -> String {
    let tenths = time.as_micros() / 100;
    if tenths < 100 { format!("{}.{} ms", tenths / 10, tenths % 10) } else { format!("{} ms", tenths / 10) }
}

/// A row of the table.
pub fn row(what: &str, figure: &str) {
    println!("| {what} | {figure} |");
}
