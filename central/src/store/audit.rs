//! The auditor's steps: where one begins, what it found, and what must hold of the rows of the feed and of entries,
//! whichever store they lie in.

use selvedge_protocol::journal::{Entry, GENESIS, Hash, PublicKey};
use selvedge_protocol::v1::{FeedRow, GENESIS_CURSOR_HASH, RowError};
use uuid::Uuid;

/// Where a step begins: first all products, then the feed, then the journals and their bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditPlace {
    /// Balances and the movements that they are the sum of, of products after this one.
    Products {
        /// None is before the first.
        after: Option<Uuid>,
    },
    /// Rows of the feed after this number.
    Feed {
        /// 0 is before the first.
        after: i64,
    },
    /// Entries after this number.
    Entries {
        /// 0 is before the first.
        after: i64,
    },
    /// Bases after this number.
    Bases {
        /// 0 is before the first.
        after: i64,
    },
}

impl AuditPlace {
    /// Where a round begins.
    pub fn start() -> Self {
        AuditPlace::Products { after: None }
    }
}

/// What a step found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditStep {
    /// What is wrong, a sentence each.
    pub wrong: Vec<String>,
    /// Products, rows, entries or bases that it looked at.
    pub checked: u64,
    /// Where the next step begins; none at the end of a round.
    pub next: Option<AuditPlace>,
}

/// A row of the feed as a store has it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) row: FeedRow,
    /// Its hash.
    pub(super) hash: Hash,
    /// Digest of its body, where that was erased.
    pub(super) erased: Option<[u8; 32]>,
}

impl Stored {
    fn verify(&self, key: &PublicKey) -> Result<Hash, RowError> {
        match &self.erased {
            Some(body) => self.row.verify_over(body, key),
            None => self.row.verify(key),
        }
    }
}

/// Rows in order, each with its stored hash. The first only says what stands before the second, unless it is row 1.
pub(super) fn feed_findings(rows: &[Stored], key: &PublicKey) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, stored) in rows.iter().enumerate() {
        let row = &stored.row;
        let before = match at.checked_sub(1).and_then(|at| rows.get(at)) {
            Some(before) if before.row.number + 1 == row.number => &before.hash,
            Some(before) => {
                wrong.push(format!("row {} of the feed: row {} stands before it", row.number, before.row.number));
                continue;
            }
            None if row.number == 1 => &GENESIS_CURSOR_HASH,
            None => continue,
        };
        if row.previous != before.to_string() {
            wrong.push(format!("row {} of the feed does not follow the row before it", row.number));
        }
        match stored.verify(key) {
            Ok(hash) if hash == stored.hash => {}
            Ok(_) => wrong.push(format!("row {} of the feed has another hash", row.number)),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    wrong
}

/// An entry, the key of its generation, and whether the entry that it follows is there.
pub(super) fn entry_findings(entry: &Entry, key: Option<&PublicKey>, follows: bool) -> Option<String> {
    let which = || format!("entry {} of generation {}", entry.id.sequence, entry.id.generation);
    let Some(key) = key else { return Some(format!("{}: its generation is not known", which())) };
    if let Err(error) = entry.check(key) {
        return Some(format!("{}: {error}", which()));
    }
    let begins = entry.id.sequence == 1 && entry.previous == GENESIS;
    (!begins && !follows).then(|| format!("{}: the entry before it is missing", which()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_protocol::journal::{DeviceKey, EntryId};

    #[test]
    fn a_changed_row_of_the_feed_is_found() {
        let key = DeviceKey::from_seed([3; 32]);
        let mut previous = GENESIS_CURSOR_HASH;
        let mut rows = Vec::new();
        for number in 1..=4 {
            let mut row = FeedRow {
                epoch: Uuid::from_u128(1),
                number,
                previous: previous.to_string(),
                kind: "till".into(),
                version: 1,
                site: None,
                at_ms: 1,
                origin: None,
                body: format!("{number}"),
                signature: String::new(),
            };
            previous = row.seal(&key).expect("a row");
            rows.push(Stored { row, hash: previous, erased: None });
        }
        assert_eq!(feed_findings(&rows, &key.public()), Vec::<String>::new());
        let mut changed = rows.clone();
        changed[2].row.body = "9".into();
        assert_eq!(feed_findings(&changed, &key.public()), ["row 3 is not signed by central"]);
        let mut erased = rows.clone();
        erased[2].erased = Some(erased[2].row.body_digest());
        erased[2].row.body = String::new();
        assert_eq!(feed_findings(&erased, &key.public()), Vec::<String>::new(), "the chain holds without the body");
        erased[2].erased = Some([9; 32]);
        assert_eq!(feed_findings(&erased, &key.public()), ["row 3 is not signed by central"]);
        let mut missing = rows.clone();
        missing.remove(1);
        assert_eq!(feed_findings(&missing, &key.public()), ["row 3 of the feed: row 1 stands before it"]);
    }

    #[test]
    fn a_changed_entry_and_one_without_its_parent_are_found() {
        let key = DeviceKey::from_seed([3; 32]);
        let id = EntryId { device: Uuid::from_u128(1), generation: Uuid::from_u128(2), sequence: 1 };
        let entry = Entry::seal(&key, id, GENESIS, "{}".into());
        assert_eq!(entry_findings(&entry, Some(&key.public()), false), None, "the first follows nobody");
        let second = Entry::seal(&key, EntryId { sequence: 2, ..id }, entry.hash, "{}".into());
        assert_eq!(entry_findings(&second, Some(&key.public()), true), None);
        let said = |wrong: Option<String>| wrong.unwrap_or_default();
        assert!(said(entry_findings(&second, Some(&key.public()), false)).contains("is missing"));
        assert!(said(entry_findings(&second, None, true)).contains("is not known"));
        let changed = Entry { body: "[]".into(), ..second };
        assert!(said(entry_findings(&changed, Some(&key.public()), true)).contains("was changed"));
    }
}
