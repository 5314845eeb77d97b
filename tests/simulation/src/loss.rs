//! What central lost when it was set back or began empty: what is a loss that must be listed, and what must come back.
//! Looked at from outside: rows of the feed that were there once, and rows that the tills keep.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_central::store::MissingWhat;
use selvedge_protocol::v1::{Decided, DeviceV1, FeedBody, FeedRow};
use selvedge_store::{Store, StoreError, Tx};
use uuid::Uuid;

use crate::till::Till;
use crate::world::World;

/// Rows of the feed by their hash.
pub type Rows = BTreeMap<String, FeedRow>;

/// Rows as they are known by their hash.
pub fn by_hash(rows: impl IntoIterator<Item = FeedRow>) -> Rows {
    rows.into_iter().map(|row| (row.hash().expect("central's rows have a hash").to_string(), row)).collect()
}

/// Central has every decision that a till still holds, lists what was decided and nobody holds, and waits for nobody.
///
/// # Panics
/// With the rule that is broken.
pub fn check(world: &World) {
    if !world.restored {
        return;
    }
    let recovery = world.central.recovery();
    assert!(recovery.complete_ms.is_some(), "when everybody has reported, nobody is waited for: {recovery:?}");
    let now = world.central.rows();
    let held = by_hash(world.tills.iter().filter(|till| hands_in(world, till)).flat_map(|till| kept(till.store())));
    let kept = world.kept_rows().chain(held.clone()).collect();
    every_decision_is_back(&now, &kept);
    let listed = |row: &FeedRow| {
        recovery.missing.iter().any(|one| {
            matches!(one.what, MissingWhat::Decisions { epoch } if epoch == row.epoch)
                && (one.first..=one.last).contains(&row.number)
        })
    };
    // A number may stand for two rows, where central decided something else before anybody noticed the loss.
    let is_the_only = |hash: &String, row: &FeedRow| {
        let other = |(other, (_, one)): (&String, &(usize, FeedRow))| {
            other != hash && (one.epoch, one.number) == (row.epoch, row.number)
        };
        !world.made.iter().any(other)
    };
    for row in held.iter().filter(|(hash, row)| is_the_only(hash, row)).map(|(_, row)| row) {
        assert!(!listed(row), "what a station holds is not listed as lost: row {} of life {}", row.number, row.epoch);
    }
    // What nobody saw of the end of a life nobody can miss.
    let mut seen: BTreeMap<(usize, Uuid), u64> = BTreeMap::new();
    for (_, (set_backs, row)) in world.made.iter().filter(|(hash, _)| held.contains_key(*hash)) {
        let last = seen.entry((*set_backs, row.epoch)).or_default();
        *last = row.number.max(*last);
    }
    for (hash, (set_backs, row)) in &world.made {
        let gone = !held.contains_key(hash) && !is_there(&now, hash, row) && !is_replaced(&held, row);
        // Where nobody holds the row after it either, and central decided something else under its number since, only
        // central itself could know that there was another.
        let is_told = || held.values().any(|next| next.previous == *hash);
        let is_beyond = || now.values().all(|one| one.epoch != row.epoch || one.number < row.number);
        let gone = gone && (is_told() || is_beyond());
        if gone && seen.get(&(*set_backs, row.epoch)).is_some_and(|last| row.number <= *last) {
            assert!(listed(row), "what nobody holds is listed: {} {} of life {}", row.kind, row.number, row.epoch);
        }
    }
    for one in &recovery.missing {
        let MissingWhat::Entries { generation, .. } = one.what else { continue };
        for shown in world.tills.iter().flat_map(|till| &till.begun.shown).filter(|shown| !shown.torn && !shown.away) {
            let listed = shown.id.generation == generation && (one.first..=one.last).contains(&shown.id.sequence);
            assert!(!listed, "what is on a till's disk is not listed as lost: {:?}", shown.id);
        }
    }
}

/// A revoked station may only send its journal.
fn hands_in(world: &World, till: &Till) -> bool {
    till.has_joined() && !world.is_revoked(till) && !world.is_stranger(till)
}

fn is_there(now: &Rows, hash: &str, row: &FeedRow) -> bool {
    let origin = row.origin.as_ref().map(|origin| origin.hash.as_str());
    now.iter().any(|(there, one)| {
        let first = one.origin.as_ref().map(|origin| origin.hash.as_str());
        there == hash || first == Some(hash) || (origin.is_some() && (first == origin || origin == Some(there)))
    }) || is_replaced(now, row)
}

/// A later decision about the same stands, or the row is of a kind that is not said again.
fn is_replaced(rows: &Rows, row: &FeedRow) -> bool {
    let body = row.read().expect("a row of this version");
    match body {
        FeedBody::Epoch(_) | FeedBody::Checkpoint(_) | FeedBody::DeclaredDead(_) => true,
        // Views of one promise or transfer are merged: the further one stands, whenever it was decided.
        FeedBody::Promise(_) | FeedBody::Allotment(_) | FeedBody::Transfer(_) => {
            body.subject().is_some_and(|subject| standing(rows.values()).contains_key(&key(row, subject)))
        }
        FeedBody::Company(_)
        | FeedBody::Site(_)
        | FeedBody::Till(_)
        | FeedBody::TaxRate(_)
        | FeedBody::Product(_)
        | FeedBody::Price(_)
        | FeedBody::Person(_)
        | FeedBody::Place(_)
        | FeedBody::Device(_)
        | FeedBody::Opening(_)
        | FeedBody::Release(_)
        | FeedBody::Unknown => match body.subject() {
            Some(subject) => standing(rows.values()).get(&key(row, subject)).is_some_and(|at| *at >= row.decided()),
            None => false,
        },
    }
}

type Key = (String, Option<Uuid>, String);

fn key(row: &FeedRow, subject: String) -> Key {
    (row.kind.clone(), row.site, subject)
}

/// When what stands about each subject was decided.
fn standing<'a>(rows: impl IntoIterator<Item = &'a FeedRow>) -> BTreeMap<Key, Decided> {
    let mut standing = BTreeMap::new();
    for row in rows {
        let Some(subject) = row.read().ok().and_then(|body| body.subject()) else { continue };
        let at = standing.entry(key(row, subject)).or_insert(row.decided());
        *at = row.decided().max(*at);
    }
    standing
}

/// The effect of every row that a till holds is at central.
fn every_decision_is_back(now: &Rows, held: &Rows) {
    let stands = standing(now.values());
    let devices: BTreeMap<Uuid, DeviceV1> = now.values().filter_map(device).map(|one| (one.id, one)).collect();
    // Of any station: one that joined, never heard so, and joined again at a central that was set back has another id.
    let keys: BTreeSet<Uuid> = devices.values().flat_map(|one| &one.generations).map(|one| one.generation).collect();
    let opened: BTreeSet<(Uuid, Uuid)> = openings(now).into_keys().collect();
    for row in held.values() {
        let number = row.number;
        match row.read().expect("a row of this version") {
            FeedBody::Device(said) => {
                let there = devices.get(&said.id).expect("a station that is known stays known");
                let all = said.generations.iter().all(|one| keys.contains(&one.generation));
                assert!(all, "no key is forgotten: row {number}");
                assert!(said.revoked.is_none() || there.revoked.is_some(), "no revocation is forgotten: row {number}");
            }
            FeedBody::Opening(said) => {
                let all = said.lines.iter().all(|line| opened.contains(&(line.product, line.location)));
                assert!(all, "what the books opened with comes back: row {number}");
            }
            FeedBody::Epoch(_) | FeedBody::Checkpoint(_) | FeedBody::DeclaredDead(_) | FeedBody::Unknown => {}
            body @ (FeedBody::Promise(_) | FeedBody::Allotment(_) | FeedBody::Transfer(_)) => {
                let stands = body.subject().is_some_and(|subject| stands.contains_key(&key(row, subject)));
                assert!(stands, "no promise and no transfer is forgotten: row {number}");
            }
            body @ (FeedBody::Company(_)
            | FeedBody::Site(_)
            | FeedBody::Till(_)
            | FeedBody::TaxRate(_)
            | FeedBody::Product(_)
            | FeedBody::Price(_)
            | FeedBody::Person(_)
            | FeedBody::Place(_)
            | FeedBody::Release(_)) => {
                let stands = body.subject().and_then(|subject| stands.get(&key(row, subject)).copied());
                assert!(
                    stands.is_some_and(|stands| stands >= row.decided()),
                    "what a till holds is back at central: {} {number} of life {}, there stands {stands:?}",
                    row.kind,
                    row.epoch
                );
            }
        }
    }
}

fn device(row: &FeedRow) -> Option<DeviceV1> {
    match row.read() {
        Ok(FeedBody::Device(device)) => Some(device),
        Ok(_) | Err(_) => None,
    }
}

/// What the books opened with: of each product and place the first decision.
pub fn openings(rows: &Rows) -> BTreeMap<(Uuid, Uuid), i64> {
    let mut first: BTreeMap<(Uuid, Uuid), (Decided, i64)> = BTreeMap::new();
    for row in rows.values() {
        let Ok(FeedBody::Opening(opening)) = row.read() else { continue };
        for line in opening.lines {
            let this = (row.decided(), line.quantity_thousandths);
            let at = first.entry((line.product, line.location)).or_insert(this);
            *at = this.min(*at);
        }
    }
    first.into_iter().map(|(key, (_, thousandths))| (key, thousandths)).collect()
}

/// The rows that a till keeps for central.
pub fn kept(store: &Store) -> Vec<FeedRow> {
    let read = |tx: &Tx| {
        let mut statement = tx.prepare(
            "SELECT CASE WHEN person IS NULL THEN rows END, CASE WHEN person IS NOT NULL THEN unseal(rows) END
             FROM decision",
        )?;
        let mut found = statement.query([])?;
        let mut kept: Vec<FeedRow> = Vec::new();
        while let Some(row) = found.next()? {
            let text = match (row.get::<_, Option<Vec<u8>>>(0)?, row.get::<_, Option<String>>(1)?) {
                (_, Some(text)) => text.into_bytes(),
                (packed, None) => zstd::decode_all(packed.unwrap_or_default().as_slice()).expect("a packed page"),
            };
            kept.extend(serde_json::from_slice::<Vec<FeedRow>>(&text).expect("rows as they came"));
        }
        Ok::<_, StoreError>(kept)
    };
    store.read(read).expect("the rows can be read")
}
