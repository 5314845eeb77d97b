//! Bases in the embedded store: what stretches of journals did, and what of that counts because it is not here by itself.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction};
use selvedge_domain::stock::ledger::Movement;
use selvedge_domain::stock::sums::{Line, Sums};
use selvedge_protocol::journal::{Body, Hash, ReadBase, Signature, digest_of, movements};
use uuid::Uuid;

use super::balance::Books;
use super::{hash, intake, recovery, setup, uuid};
use crate::store::base::{self, Around, BasePlace, Kept, base_finding};
use crate::store::{AuditPlace, AuditStep, Missing, MissingWhat, StoreError, Stretch, gaps};

/// A base that stands for an entry.
pub(super) struct Cover {
    pub(super) number: i64,
    pub(super) branch: u32,
}

/// The base that stands for this very entry; one that is applied before one that is held.
pub(super) fn of_entry(
    tx: &Transaction<'_>,
    generation: Uuid,
    sequence: u64,
    hash: &Hash,
) -> Result<Option<Cover>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT number, branch, first, digests FROM base WHERE generation = ?1 AND last >= ?2 AND first <= ?2
         ORDER BY held, number",
    )?;
    let mut rows = statement.query((generation.into_bytes(), sequence))?;
    while let Some(row) = rows.next()? {
        let digests: Vec<u8> = row.get(3)?;
        if digest_of(&digests, row.get(2)?, sequence).is_some_and(|digest| hash.0.starts_with(digest)) {
            return Ok(Some(Cover { number: row.get(0)?, branch: row.get(1)? }));
        }
    }
    Ok(None)
}

/// Whether a base stands for some entry with this number, on a branch or on any.
pub(super) fn has_number(
    tx: &Transaction<'_>,
    generation: Uuid,
    branch: Option<u32>,
    sequence: u64,
) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM base WHERE generation = ?1 AND last >= ?2 AND first <= ?2 AND branch = coalesce(?3, branch)",
        )?
        .exists((generation.into_bytes(), sequence, branch))?)
}

/// The end of the last base of each branch.
pub(super) fn ends(tx: &Transaction<'_>, generation: Uuid) -> Result<BTreeMap<u32, (u64, Hash)>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT branch, last, hash FROM base WHERE generation = ?1 ORDER BY branch, last")?;
    let mut rows = statement.query([generation.into_bytes()])?;
    let mut ends = BTreeMap::new();
    while let Some(row) = rows.next()? {
        ends.insert(row.get(0)?, (row.get(1)?, hash("base", &row.get::<_, Vec<u8>>(2)?)?));
    }
    Ok(ends)
}

/// What is here around a base. `parent`: the branch of the entry that it follows.
pub(super) fn around(tx: &Transaction<'_>, read: &ReadBase, parent: Option<u32>) -> Result<Around, StoreError> {
    let says = &read.says;
    let range = (says.generation.into_bytes(), says.first, says.last);
    let branch = |branch: u32| i32::try_from(branch).unwrap_or(i32::MAX);
    let mut around = Around { parent: parent.map(branch), ..Around::default() };
    let mut statement = tx.prepare_cached(
        "SELECT first, last, hash, held FROM base WHERE generation = ?1 AND last >= ?2 AND first <= ?3",
    )?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        around.bases.push((row.get(0)?, row.get(1)?, hash("base", &row.get::<_, Vec<u8>>(2)?)?, row.get(3)?));
    }
    let mut statement = tx.prepare_cached(
        "SELECT sequence, hash, branch FROM entry WHERE generation = ?1 AND sequence >= ?2 AND sequence <= ?3",
    )?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        around.entries.push((row.get(0)?, hash("entry", &row.get::<_, Vec<u8>>(1)?)?, row.get(2)?));
    }
    around.highest = next_branch(tx, says.generation)?.checked_sub(1).map(branch);
    Ok(around)
}

/// The number of a branch that begins now.
pub(super) fn next_branch(tx: &Transaction<'_>, generation: Uuid) -> Result<u32, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT 1 + max(coalesce((SELECT max(branch) FROM entry WHERE generation = ?1), -1),
                            coalesce((SELECT max(branch) FROM base WHERE generation = ?1), -1))",
        )?
        .query_row([generation.into_bytes()], |row| row.get(0))?)
}

/// Keeps a new base; where it is applied, the balances get what of it is not here by itself.
pub(super) fn keep(
    tx: &Transaction<'_>,
    books: &mut Books<'_>,
    read: &ReadBase,
    (branch, held): (i32, bool),
    (sender, now_ms): (Uuid, i64),
) -> Result<(), StoreError> {
    let says = &read.says;
    tx.prepare_cached(
        "INSERT INTO base (device, generation, first, last, branch, previous, hash, digests, held, body, signature,
                           sender, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute((
        says.device.into_bytes(),
        says.generation.into_bytes(),
        says.first,
        says.last,
        branch,
        says.previous.0,
        says.hash.0,
        read.digests(),
        held,
        &read.base.text,
        read.base.signature.0,
        sender.into_bytes(),
        now_ms,
    ))?;
    if held {
        return Ok(());
    }
    let number = tx.last_insert_rowid();
    let rest = rest(tx, read)?;
    for ((line, sum), (_, left)) in read.sums().iter().zip(rest.iter()) {
        tx.prepare_cached(
            "INSERT INTO base_line (base, product, from_account, to_account, lot, quantity, posted, from_ms, to_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            number,
            line.product.0.into_bytes(),
            line.from.key(),
            line.to.key(),
            line.lot.as_deref().unwrap_or_default(),
            sum.quantity.thousandths(),
            left.quantity.thousandths(),
            sum.span.from_ms,
            sum.span.to_ms,
        ))?;
        if !left.quantity.is_zero() {
            books.shift(line, left.quantity)?;
        }
    }
    Ok(())
}

/// The sums of a base without the movements of its entries that are here.
fn rest(tx: &Transaction<'_>, read: &ReadBase) -> Result<Sums, StoreError> {
    let says = &read.says;
    let mut rest = read.sums().clone();
    let mut statement = tx.prepare_cached(
        "SELECT sequence, hash, body FROM entry WHERE generation = ?1 AND sequence >= ?2 AND sequence <= ?3",
    )?;
    let mut rows = statement.query((says.generation.into_bytes(), says.first, says.last))?;
    while let Some(row) = rows.next()? {
        if !read.stands_for(says.generation, row.get(0)?, &hash("entry", &row.get::<_, Vec<u8>>(1)?)?) {
            continue;
        }
        let body = Body::decode(&row.get::<_, String>(2)?).ok();
        for movement in body.and_then(|body| movements(&body).ok()).unwrap_or_default() {
            // One of an entry that is held was not posted.
            let posted =
                tx.prepare_cached("SELECT 1 FROM movement WHERE id = ?1")?.exists([movement.id.0.into_bytes()])?;
            if posted {
                rest.take_off(&movement);
            }
        }
    }
    Ok(rest)
}

/// A movement of an entry came (`1`) or went (`-1`): its base counts as much less or more.
pub(super) fn make_room(
    tx: &Transaction<'_>,
    base: i64,
    movement: &Movement,
    times: i64,
) -> Result<Option<Line>, StoreError> {
    let line = Line::of(movement);
    let there = tx
        .prepare_cached(
            "UPDATE base_line SET posted = posted - ?6
             WHERE base = ?1 AND product = ?2 AND from_account = ?3 AND to_account = ?4 AND lot = ?5",
        )?
        .execute((
            base,
            line.product.0.into_bytes(),
            line.from.key(),
            line.to.key(),
            line.lot.as_deref().unwrap_or_default(),
            movement.quantity.thousandths() * times,
        ))?;
    Ok((there == 1).then_some(line))
}

/// Signs what a stretch of a station's journal did.
pub(super) fn sign(
    tx: &Transaction<'_>,
    device: Uuid,
    stretch: &Stretch,
) -> Result<Result<Signature, String>, StoreError> {
    let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
    if let Some(why) = stretch.makes_no_sense() {
        return Ok(Err(why));
    }
    if !recovery::may_grant(tx)? {
        return Ok(Err("central is taking back what it lost".to_owned()));
    }
    let generation = stretch.generation.into_bytes();
    let mut statement = tx.prepare_cached(
        "SELECT * FROM entry WHERE generation = ?1 AND branch = 0 AND sequence >= ?2 AND sequence <= ?3
         ORDER BY sequence",
    )?;
    let mut rows = statement.query((generation, stretch.first, stretch.last))?;
    let mut here = Vec::new();
    while let Some(row) = rows.next()? {
        here.push(Kept::new(intake::entry_of(row)?, &row.get::<_, String>("state")?));
    }
    let parted = tx
        .prepare_cached("SELECT 1 FROM entry WHERE generation = ?1 AND branch > 0 AND sequence <= ?2")?
        .exists((generation, stretch.last))?;
    Ok(stretch.sign(device, here, parted, &central.key()))
}

/// Entries of which only the sums of bases are known.
pub(super) fn known_in_sum(tx: &Transaction<'_>) -> Result<Vec<Missing>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT device, generation, first, last, digests FROM base WHERE held = 0 ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut missing = Vec::new();
    while let Some(row) = rows.next()? {
        let device = uuid("base", &row.get::<_, Vec<u8>>(0)?)?;
        let generation = uuid("base", &row.get::<_, Vec<u8>>(1)?)?;
        let (first, last): (u64, u64) = (row.get(2)?, row.get(3)?);
        let digests: Vec<u8> = row.get(4)?;
        let here: Vec<(u64, Vec<u8>)> = tx
            .prepare_cached(
                "SELECT sequence, hash FROM entry WHERE generation = ?1 AND sequence >= ?2 AND sequence <= ?3
                 ORDER BY sequence",
            )?
            .query_map((generation.into_bytes(), first, last), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let own = here
            .into_iter()
            .filter(|(sequence, hash)| digest_of(&digests, first, *sequence).is_some_and(|own| hash.starts_with(own)));
        let what = MissingWhat::KnownInSum { device, generation };
        let open = gaps(first, last, own.map(|(sequence, _)| sequence), &[]);
        missing.extend(open.into_iter().map(|(first, last)| Missing { what, first, last, lost: true }));
    }
    Ok(missing)
}

/// Whether a base counts what it says, without the movements of its entries that are here.
pub(super) fn audit(tx: &Transaction<'_>, after: i64, limit: u32) -> Result<AuditStep, StoreError> {
    let key = setup::central(tx)?.ok_or(StoreError::NotSetUp)?.key().public();
    let mut statement = tx.prepare_cached(
        "SELECT number, body, signature FROM base WHERE number > ?1 AND held = 0 ORDER BY number LIMIT ?2",
    )?;
    let mut rows = statement.query((after, limit.div_ceil(100)))?;
    let mut step = AuditStep { wrong: Vec::new(), checked: 0, next: None };
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        step.checked += 1;
        step.next = Some(AuditPlace::Bases { after: number });
        let read = match base::read(row.get(1)?, &row.get::<_, Vec<u8>>(2)?, &key) {
            Ok(read) => read,
            Err(error) => {
                step.wrong.push(format!("base {number}: {error}"));
                continue;
            }
        };
        let mut wrong = 0;
        for (line, left) in rest(tx, &read)?.iter() {
            let posted: Option<i64> = tx
                .prepare_cached(
                    "SELECT posted FROM base_line
                     WHERE base = ?1 AND product = ?2 AND from_account = ?3 AND to_account = ?4 AND lot = ?5",
                )?
                .query_row(
                    (
                        number,
                        line.product.0.into_bytes(),
                        line.from.key(),
                        line.to.key(),
                        line.lot.as_deref().unwrap_or_default(),
                    ),
                    |row| row.get(0),
                )
                .optional()?;
            wrong += usize::from(posted != Some(left.quantity.thousandths()));
        }
        step.wrong.extend(base_finding(read.says.generation, read.says.first, read.says.last, wrong));
    }
    Ok(step)
}

/// Where a base stands that comes, and whether it is new.
pub(super) fn place(tx: &Transaction<'_>, read: &ReadBase, parent: Option<u32>) -> Result<BasePlace, StoreError> {
    Ok(base::place(read, &around(tx, read, parent)?))
}
