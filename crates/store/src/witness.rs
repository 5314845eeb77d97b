//! Whoever watches the durable writes: nobody in a shop, the fault tests in theirs. A witness may end the process, so
//! that every instant around a write can be tried.

/// Where a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Nothing is written yet.
    Begun,
    /// All is written, nothing is committed.
    Written,
    /// It is on the disk, nobody was told.
    Committed,
}

impl Phase {
    /// In order.
    pub const ALL: [Phase; 3] = [Phase::Begun, Phase::Written, Phase::Committed];

    /// `begun`, `written`, `committed`.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Begun => "begun",
            Phase::Written => "written",
            Phase::Committed => "committed",
        }
    }
}

/// Told of every phase of every write.
pub trait Witness: Send + Sync {
    /// The write named `write` is at `phase`.
    fn at(&self, write: &'static str, phase: Phase);
}

/// Watches nothing.
pub struct NoWitness;

impl Witness for NoWitness {
    fn at(&self, _write: &'static str, _phase: Phase) {}
}
