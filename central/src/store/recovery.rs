//! Coming back: what a store says of it. The rules stand here; each store follows them in its own SQL.
//!
//! A central that cannot confirm what a station has seen of it has lost something: it begins a new life of its feed (an
//! epoch), takes back what stations hold, and grants nothing that could be granted twice until all of them reported.

use selvedge_protocol::journal::PublicKey;
use selvedge_protocol::v1::{CheckpointV1, Cursor, FeedRow, NumbersV1, ProductV1, RowError, SeenHeadV1, verify_rows};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Why a life began that has nothing before it but central's key.
pub(super) const BEGAN_EMPTY: &str = "it was started with nothing but its key";

/// What a comparison of a station's memory with ours came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    /// The present life of the feed.
    pub epoch: Uuid,
    /// It began just now; why, for a person.
    pub opened: Option<String>,
}

/// What became of rows that a station handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Rows that were not here.
    pub taken: u64,
    /// What could not be settled by itself, for a person.
    pub remarks: Vec<String>,
}

/// How far a store is with coming back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The present life of the feed.
    pub epoch: Uuid,
    /// When it began, milliseconds since 1970.
    pub opened_ms: i64,
    /// Why, for a person.
    pub because: String,
    /// Since when nobody is waited for; none: it takes back.
    pub complete_ms: Option<i64>,
    /// All stations that are known.
    pub stations: Vec<Reporter>,
    /// Decisions that came back, in all lives.
    pub decisions_back: u64,
    /// Entries that came since this life began.
    pub entries_back: u64,
    /// What nobody has handed in so far; with nobody to wait for it is lost.
    pub missing: Vec<Missing>,
}

/// A station, and whether it handed in what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporter {
    /// Which.
    pub device: Uuid,
    /// Its till's code.
    pub till: String,
    /// How it stands.
    pub state: Reporting,
}

/// Whether a station handed in what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporting {
    /// Not yet.
    Awaited,
    /// All of it, then.
    Reported {
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// A manager said that it does not come back.
    Dead,
    /// It was revoked: nobody waits for it.
    Revoked,
}

/// What somebody once had, and nobody handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Of what.
    pub what: MissingWhat,
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
    /// Nobody is waited for who may have it.
    pub lost: bool,
}

/// Numbers of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingWhat {
    /// Rows of a life of the feed. Some may have been replaced by later ones since the last checkpoint.
    Decisions {
        /// Which life.
        epoch: Uuid,
    },
    /// Entries of a journal.
    Entries {
        /// Whose.
        device: Uuid,
        /// Which life of it.
        generation: Uuid,
    },
    /// Entries of a journal of which a base says how stock moved by them all, and that are not here by themselves.
    KnownInSum {
        /// Whose.
        device: Uuid,
        /// Which life of it.
        generation: Uuid,
    },
}

impl MissingWhat {
    /// As in the store and in exports.
    pub fn word(self) -> &'static str {
        match self {
            MissingWhat::Decisions { .. } => "decisions",
            MissingWhat::Entries { .. } => "entries",
            MissingWhat::KnownInSum { .. } => "known-in-sum",
        }
    }
}

/// What follows from what a station has seen of us. Looked for first without the right to write, since it is almost
/// always nothing.
#[derive(Default)]
pub(super) struct Finding {
    /// Why a new life must begin.
    pub(super) because: Option<String>,
    /// A life and a number of it that is not here.
    pub(super) life: Option<Cursor>,
    /// Entries that we acknowledged and do not have.
    pub(super) heads: Vec<SeenHeadV1>,
    /// The station handed in all it has.
    pub(super) reports: bool,
}

impl Finding {
    pub(super) fn is_nothing(&self) -> bool {
        self.because.is_none() && self.life.is_none() && self.heads.is_empty() && !self.reports
    }

    pub(super) fn row_missing(number: u64) -> String {
        format!("a station has row {number} of the feed, which is not here")
    }

    pub(super) fn entry_missing(of: Uuid, sequence: u64) -> String {
        format!("entry {sequence} of station {of} was acknowledged and is not here")
    }
}

/// Two products have the same numbers: one of them gives them up. What a manager reads of it.
pub(super) fn give_way(product: &mut ProductV1, to: &ProductV1) -> String {
    let before = product.sku.clone();
    product.gtins.retain(|gtin| !to.gtins.contains(gtin));
    if product.sku == to.sku {
        product.sku = format!("{before}~{}", &product.id.simple().to_string()[24..]);
        product.active = false;
    }
    format!("product {} ({before}) gave its numbers up to product {} ({})", product.id, to.id, to.sku)
}

/// The hash of balances in a checkpoint: a domain tag, then of each balance that is not zero, in the order of product and
/// account, the product, the account with its length, and the quantity, big endian.
pub(super) struct BalancesHash(Sha256);

impl Default for BalancesHash {
    fn default() -> Self {
        BalancesHash(Sha256::new_with_prefix(b"selvedge.balances\0"))
    }
}

impl BalancesHash {
    pub(super) fn add(&mut self, product: Uuid, account: &str, thousandths: i64) {
        self.0.update(product.as_bytes());
        self.0.update(u64::try_from(account.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(account.as_bytes());
        self.0.update(thousandths.to_be_bytes());
    }

    pub(super) fn hex(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// Ranges that touch or overlap as one; they come in their order.
pub(super) fn join_ranges(ranges: impl IntoIterator<Item = (Uuid, u64, u64)>) -> Vec<NumbersV1> {
    let mut joined: Vec<NumbersV1> = Vec::new();
    for (epoch, first, last) in ranges {
        match joined.last_mut() {
            Some(range) if range.epoch == epoch && first <= range.last + 1 => range.last = range.last.max(last),
            Some(_) | None => joined.push(NumbersV1 { epoch, first, last }),
        }
    }
    joined
}

/// Stretches of entries in the order of their journals, those that overlap or touch as one: what is lost by one account is
/// lost.
pub(super) fn join_missing(mut missing: Vec<Missing>) -> Vec<Missing> {
    missing.sort_by_key(|one| (one.what, one.first));
    let mut joined: Vec<Missing> = Vec::new();
    for one in missing {
        match joined.last_mut() {
            Some(before) if before.what == one.what && one.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(one.last);
                before.lost |= one.lost;
            }
            Some(_) | None => joined.push(one),
        }
    }
    joined
}

/// Whether a checkpoint says more than the last one, which is the feed's last row when nothing was decided since.
pub(super) fn says_more(last: Option<&CheckpointV1>, is_head: bool, now: &CheckpointV1) -> bool {
    !is_head || last.is_none_or(|last| (&last.heads, &last.balances) != (&now.heads, &now.balances))
}

/// Keeps the rows that central signed; says what is wrong with the others.
pub fn own_rows(rows: Vec<FeedRow>, key: &PublicKey) -> (Vec<FeedRow>, Vec<RowError>) {
    if verify_rows(&rows, key).is_ok() {
        return (rows, Vec::new());
    }
    let mut wrong = Vec::new();
    let own = rows.into_iter().filter(|row| row.verify(key).map_err(|error| wrong.push(error)).is_ok()).collect();
    (own, wrong)
}

/// The largest number that a store can hold: a station may declare any.
pub(super) const MOST_NUMBER: u64 = i64::MAX as u64;

/// The numbers from `first` to `last` that are not among `known`, which rise, and not within `passed`, as ranges.
pub fn gaps(first: u64, last: u64, known: impl IntoIterator<Item = u64>, passed: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut open = Vec::new();
    let mut next = first;
    for number in known {
        if number > next {
            open.push((next, number - 1));
        }
        next = next.max(number.saturating_add(1));
    }
    if next <= last {
        open.push((next, last));
    }
    let mut passed = passed.to_vec();
    passed.sort_unstable();
    let mut left = Vec::new();
    for (first, last) in open.into_iter().map(|(first, end)| (first, end.min(last))) {
        let mut next = first;
        for (from, to) in passed.iter().copied().filter(|(from, to)| *to >= first && *from <= last) {
            if from > next {
                left.push((next, from - 1));
            }
            next = next.max(to.saturating_add(1));
        }
        if next <= last {
            left.push((next, last));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_accounts_say_of_one_journal_is_said_once() {
        let (device, generation) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |generation, first, last, lost| Missing {
            what: MissingWhat::Entries { device, generation },
            first,
            last,
            lost,
        };
        let other = Uuid::from_u128(3);
        let said = vec![
            of(generation, 7, 9, false),
            of(other, 8, 8, true),
            of(generation, 2, 3, true),
            of(generation, 9, 12, true),
            of(generation, 4, 4, true),
        ];
        let joined = [of(generation, 2, 4, true), of(generation, 7, 12, true), of(other, 8, 8, true)];
        assert_eq!(join_missing(said), joined);
    }

    #[test]
    fn gaps_are_what_nobody_knows_and_nobody_may_pass_over() {
        assert_eq!(gaps(1, 5, [1, 2, 3, 4, 5], &[]), []);
        assert_eq!(gaps(1, 9, [2, 3, 7], &[]), [(1, 1), (4, 6), (8, 9)]);
        assert_eq!(gaps(1, 9, [2, 3, 7], &[(4, 5), (9, 20)]), [(1, 1), (6, 6), (8, 8)]);
        assert_eq!(
            gaps(4, 9, [1, 2, 5], &[(6, 7)]),
            [(4, 4), (8, 9)],
            "what stands before the first is not looked for"
        );
        assert_eq!(gaps(1, 3, [], &[(2, 2)]), [(1, 1), (3, 3)]);
        assert_eq!(gaps(5, 4, [], &[]), []);
    }
}
