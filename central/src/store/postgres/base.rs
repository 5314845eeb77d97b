//! Bases on PostgreSQL: what stretches of journals did, and what of that counts because it is not here by itself.

use std::collections::BTreeSet;

use selvedge_domain::stock::sums::Sums;
use selvedge_protocol::journal::{Body, Hash, ReadBase, Signature, digest_of, movements};
use selvedge_protocol::v1::problem;
use uuid::Uuid;

use super::balance::Books;
use super::work::{Tx, execute, maybe, rows};
use super::{export, hash, recovery, setup, signed, text, unsigned};
use crate::store::base::{self, Around, BasePlace, Kept, OVERLAPS, base_finding};
use crate::store::{AuditPlace, AuditStep, Missing, MissingWhat, StoreError, Stretch, gaps};

/// A base, as far as entries need it.
pub(super) struct Known {
    pub(super) number: i64,
    pub(super) generation: Uuid,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) branch: i32,
    digests: Vec<u8>,
}

impl Known {
    /// Whether it stands for this very entry.
    pub(super) fn stands_for(&self, generation: Uuid, sequence: u64, hash: &Hash) -> bool {
        self.has_number(generation, sequence)
            && digest_of(&self.digests, self.first, sequence).is_some_and(|digest| hash.0.starts_with(digest))
    }

    /// Whether it stands for some entry with this number.
    pub(super) fn has_number(&self, generation: Uuid, sequence: u64) -> bool {
        self.generation == generation && (self.first..=self.last).contains(&sequence)
    }
}

/// Those that stand for some of these numbers; those that are applied before those that are held.
pub(super) async fn around(tx: &Tx<'_>, of: &[Uuid], at: &[i64]) -> Result<Vec<Known>, StoreError> {
    let found = rows(
        tx,
        "SELECT number, generation, first, last, branch, digests FROM base WHERE number IN (
             SELECT base.number FROM unnest($1::uuid[], $2::bigint[]) AS place (generation, sequence)
             JOIN base ON base.generation = place.generation AND base.last >= place.sequence
                 AND base.first <= place.sequence)
         ORDER BY held, number",
        &[&of, &at],
    )
    .await?;
    let known = |row: &tokio_postgres::Row| Known {
        number: row.get(0),
        generation: row.get(1),
        first: unsigned(row.get(2)),
        last: unsigned(row.get(3)),
        branch: row.get(4),
        digests: row.get(5),
    };
    Ok(found.iter().map(known).collect())
}

/// The number of the base that stands for this very entry.
pub(super) async fn of_entry(
    tx: &Tx<'_>,
    generation: Uuid,
    sequence: u64,
    hash: &[u8],
) -> Result<Option<i64>, StoreError> {
    let found = maybe(
        tx,
        "SELECT number FROM base WHERE generation = $1 AND last >= $2 AND first <= $2
             AND substring(digests FROM (($2 - first) * 8 + 1)::integer FOR 8) = substring($3::bytea FROM 1 FOR 8)
         ORDER BY held, number LIMIT 1",
        &[&generation, &signed(sequence), &hash],
    )
    .await?;
    Ok(found.map(|row| row.get(0)))
}

/// Takes a base that central signed; its generation is locked, and so is the feed: nothing that is held is let go of
/// meanwhile. Says whether it is new, and what is the matter with it.
pub(super) async fn take(
    tx: &Tx<'_>,
    books: &mut Books<'_>,
    read: &ReadBase,
    (sender, now_ms): (Uuid, i64),
) -> Result<(bool, Option<(bool, &'static str, String)>), StoreError> {
    let overlaps = || (true, problem::BASES_OVERLAP, OVERLAPS.to_owned());
    let gap = || (false, problem::GAP, "the entry before it is missing here, or is another one".to_owned());
    Ok(match base::place(read, &beside(tx, read).await?) {
        BasePlace::There { held } => (false, held.then(overlaps)),
        BasePlace::Gap => (false, Some(gap())),
        BasePlace::Next { branch, held } => {
            keep(tx, books, read, (branch, held), (sender, now_ms)).await?;
            (true, held.then(overlaps))
        }
    })
}

/// What is here around a base.
async fn beside(tx: &Tx<'_>, read: &ReadBase) -> Result<Around, StoreError> {
    let says = &read.says;
    let (first, last) = (signed(says.first), signed(says.last));
    let mut around = Around { parent: parent(tx, read).await?, ..Around::default() };
    let sql = "SELECT first, last, hash, held FROM base WHERE generation = $1 AND last >= $2 AND first <= $3";
    for row in rows(tx, sql, &[&says.generation, &first, &last]).await? {
        let end = (unsigned(row.get(0)), unsigned(row.get(1)));
        around.bases.push((end.0, end.1, hash("base", row.get(2))?, row.get(3)));
    }
    let sql = "SELECT sequence, hash, branch FROM entry WHERE generation = $1 AND sequence BETWEEN $2 AND $3";
    for row in rows(tx, sql, &[&says.generation, &first, &last]).await? {
        around.entries.push((unsigned(row.get(0)), hash("entry", row.get(1))?, row.get(2)));
    }
    let highest = maybe(tx, "SELECT max(branch) FROM branch WHERE generation = $1", &[&says.generation]).await?;
    around.highest = highest.and_then(|row| row.get(0));
    Ok(around)
}

/// The branch of the entry that a base follows, by itself or in a base before.
async fn parent(tx: &Tx<'_>, read: &ReadBase) -> Result<Option<i32>, StoreError> {
    let says = &read.says;
    let before = signed(says.first) - 1;
    if before == 0 {
        return Ok(Some(0));
    }
    let found = maybe(
        tx,
        "SELECT branch FROM entry WHERE generation = $1 AND sequence = $2 AND hash = $3
         UNION ALL SELECT branch FROM base WHERE generation = $1 AND last = $2 AND hash = $3 LIMIT 1",
        &[&says.generation, &before, &says.previous.0.as_slice()],
    )
    .await?;
    Ok(found.map(|row| row.get(0)))
}

async fn keep(
    tx: &Tx<'_>,
    books: &mut Books<'_>,
    read: &ReadBase,
    (branch, held): (i32, bool),
    (sender, now_ms): (Uuid, i64),
) -> Result<(), StoreError> {
    let says = &read.says;
    let (first, last) = (signed(says.first), signed(says.last));
    let row = maybe(
        tx,
        "INSERT INTO base (device, generation, first, last, branch, previous, hash, digests, held, body, signature,
                           sender, received_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING number",
        &[
            &says.device,
            &says.generation,
            &first,
            &last,
            &branch,
            &says.previous.0.as_slice(),
            &says.hash.0.as_slice(),
            &read.digests(),
            &held,
            &read.base.text,
            &read.base.signature.0.as_slice(),
            &sender,
            &now_ms,
        ],
    )
    .await?;
    let number: i64 = row.ok_or(StoreError::Stopped)?.get(0);
    execute(
        tx,
        "INSERT INTO branch (generation, branch, sequence, hash) VALUES ($1, $2, $3, $4)
         ON CONFLICT (generation, branch) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
             WHERE excluded.sequence > branch.sequence",
        &[&says.generation, &branch, &last, &says.hash.0.as_slice()],
    )
    .await?;
    if held {
        return Ok(());
    }
    let rest = rest(tx, read).await?;
    let (mut products, mut from, mut to, mut lots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut stated, mut posted, mut from_ms, mut to_ms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((line, sum), (_, left)) in read.sums().iter().zip(rest.iter()) {
        products.push(line.product.0);
        from.push(line.from.key());
        to.push(line.to.key());
        lots.push(line.lot.as_deref().map(text).unwrap_or_default());
        stated.push(sum.quantity.thousandths());
        posted.push(left.quantity.thousandths());
        from_ms.push(sum.span.from_ms);
        to_ms.push(sum.span.to_ms);
        books.shift(line, left.quantity.thousandths());
    }
    execute(
        tx,
        "INSERT INTO base_line (base, product, from_account, to_account, lot, quantity, posted, from_ms, to_ms)
         SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                                  $8::bigint[], $9::bigint[])",
        &[&number, &products, &from, &to, &lots, &stated, &posted, &from_ms, &to_ms],
    )
    .await?;
    Ok(())
}

/// The sums of a base without the movements of its entries that are here.
async fn rest(tx: &Tx<'_>, read: &ReadBase) -> Result<Sums, StoreError> {
    let says = &read.says;
    let mut found = Vec::new();
    let sql = "SELECT sequence, hash, body FROM entry WHERE generation = $1 AND sequence BETWEEN $2 AND $3";
    for row in rows(tx, sql, &[&says.generation, &signed(says.first), &signed(says.last)]).await? {
        if read.stands_for(says.generation, unsigned(row.get(0)), &hash("entry", row.get(1))?) {
            let body = std::str::from_utf8(row.get(2)).ok().and_then(|text| Body::decode(text).ok());
            found.extend(body.and_then(|body| movements(&body).ok()).unwrap_or_default());
        }
    }
    // One of an entry that is held was not posted.
    let ids: Vec<Uuid> = found.iter().map(|movement| movement.id.0).collect();
    let posted = rows(tx, "SELECT id FROM movement WHERE id = ANY($1)", &[&ids]).await?;
    let posted: BTreeSet<Uuid> = posted.iter().map(|row| row.get(0)).collect();
    let mut rest = read.sums().clone();
    found.iter().filter(|movement| posted.contains(&movement.id.0)).for_each(|movement| rest.take_off(movement));
    Ok(rest)
}

/// Signs what a stretch of a station's journal did.
pub(super) async fn sign(
    tx: &Tx<'_>,
    device: Uuid,
    stretch: &Stretch,
) -> Result<Result<Signature, String>, StoreError> {
    let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
    if let Some(why) = stretch.makes_no_sense() {
        return Ok(Err(why));
    }
    if !recovery::may_grant(tx).await? {
        return Ok(Err("central is taking back what it lost".to_owned()));
    }
    let (first, last) = (signed(stretch.first), signed(stretch.last));
    let sql = "SELECT * FROM entry WHERE generation = $1 AND branch = 0 AND sequence BETWEEN $2 AND $3
               ORDER BY sequence";
    let mut here = Vec::new();
    for row in rows(tx, sql, &[&stretch.generation, &first, &last]).await? {
        here.push(Kept::new(export::entry_of(&row)?, row.get("state")));
    }
    let sql = "SELECT 1 FROM entry WHERE generation = $1 AND branch > 0 AND sequence <= $2 LIMIT 1";
    let parted = maybe(tx, sql, &[&stretch.generation, &last]).await?.is_some();
    Ok(stretch.sign(device, here, parted, &central.key()))
}

/// Entries of which only the sums of bases are known.
pub(super) async fn known_in_sum(tx: &Tx<'_>) -> Result<Vec<Missing>, StoreError> {
    let mut missing = Vec::new();
    let sql = "SELECT device, generation, first, last, digests FROM base WHERE NOT held ORDER BY number";
    for base in rows(tx, sql, &[]).await? {
        let what = MissingWhat::KnownInSum { device: base.get(0), generation: base.get(1) };
        let (generation, first): (Uuid, u64) = (base.get(1), unsigned(base.get(2)));
        let digests: &[u8] = base.get(4);
        let sql = "SELECT sequence, hash FROM entry WHERE generation = $1 AND sequence BETWEEN $2 AND $3 ORDER BY 1";
        let here = rows(tx, sql, &[&generation, &base.get::<_, i64>(2), &base.get::<_, i64>(3)]).await?;
        let own = here.iter().map(|row| (unsigned(row.get(0)), row.get::<_, &[u8]>(1))).filter(|(sequence, hash)| {
            digest_of(digests, first, *sequence).is_some_and(|digest| hash.starts_with(digest))
        });
        let open = gaps(first, unsigned(base.get(3)), own.map(|(sequence, _)| sequence), &[]);
        missing.extend(open.into_iter().map(|(first, last)| Missing { what, first, last, lost: true }));
    }
    Ok(missing)
}

/// Whether a base counts what it says, without the movements of its entries that are here.
pub(super) async fn audit(tx: &Tx<'_>, after: i64, limit: u32) -> Result<AuditStep, StoreError> {
    let key = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?.key().public();
    let mut step = AuditStep { wrong: Vec::new(), checked: 0, next: None };
    let sql = "SELECT number, body, signature FROM base WHERE number > $1 AND NOT held ORDER BY number LIMIT $2";
    for row in rows(tx, sql, &[&after, &i64::from(limit.div_ceil(100))]).await? {
        let number: i64 = row.get(0);
        step.checked += 1;
        step.next = Some(AuditPlace::Bases { after: number });
        let read = match base::read(row.get(1), row.get(2), &key) {
            Ok(read) => read,
            Err(error) => {
                step.wrong.push(format!("base {number}: {error}"));
                continue;
            }
        };
        let sql = "SELECT product, from_account, to_account, lot, posted FROM base_line WHERE base = $1";
        let posted: BTreeSet<(Uuid, String, String, String, i64)> = rows(tx, sql, &[&number])
            .await?
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
            .collect();
        let rest = rest(tx, &read).await?;
        let wrong = rest.iter().filter(|(line, left)| {
            let lot = line.lot.as_deref().map(text).unwrap_or_default();
            let counts = (line.product.0, line.from.key(), line.to.key(), lot, left.quantity.thousandths());
            !posted.contains(&counts)
        });
        step.wrong.extend(base_finding(read.says.generation, read.says.first, read.says.last, wrong.count()));
    }
    Ok(step)
}
