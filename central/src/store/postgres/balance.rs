//! Movements and the balances that are their sum: each movement once, the deltas of a whole transaction together, in
//! sorted key order, so that two who change the same balances wait for each other and never in a circle.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_domain::Quantity;
use selvedge_domain::stock::ledger::{Account, Movement, deltas};
use selvedge_domain::stock::sums::Line;
use selvedge_protocol::v1::{BalancePage, BalanceQuery, BalanceV1, MAX_PAGE_ROWS};
use uuid::Uuid;

use super::work::{Param, Tx, execute, maybe, rows};
use super::{device, listen, setup, text};
use crate::store::{StoreError, reason_word};

/// Movements that are written together.
const CHUNK: usize = 4_000;

/// Posts movements within a transaction.
pub(super) struct Books<'a> {
    tx: &'a Tx<'a>,
    pending: Vec<Pending>,
    deltas: BTreeMap<(Uuid, String), Delta>,
}

/// A movement to be posted.
struct Pending {
    /// The entry from which it follows.
    entry: Option<i64>,
    /// The base that stands for that entry.
    base: Option<i64>,
    movement: Movement,
}

/// How a balance changes.
struct Delta {
    location: Option<Uuid>,
    thousandths: i64,
}

impl<'a> Books<'a> {
    pub(super) fn new(tx: &'a Tx<'a>) -> Self {
        Books { tx, pending: Vec::new(), deltas: BTreeMap::new() }
    }

    /// Posts a movement; one that was posted before is passed over.
    pub(super) async fn post(&mut self, entry: Option<i64>, movement: Movement) -> Result<(), StoreError> {
        self.push(Pending { entry, base: None, movement }).await
    }

    /// Posts a movement of an entry, for which this base may stand: then that counts as much less.
    pub(super) async fn post_of(
        &mut self,
        entry: i64,
        base: Option<i64>,
        movement: Movement,
    ) -> Result<(), StoreError> {
        self.push(Pending { entry: Some(entry), base, movement }).await
    }

    async fn push(&mut self, pending: Pending) -> Result<(), StoreError> {
        self.pending.push(pending);
        if self.pending.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Takes a movement back that does not follow any more from what was decided; one that is not there is passed over.
    pub(super) async fn take_back(&mut self, movement: &Movement) -> Result<(), StoreError> {
        self.take_back_of(None, movement).await
    }

    /// The same of an entry, for which this base may stand: then that counts as much more.
    pub(super) async fn take_back_of(&mut self, base: Option<i64>, movement: &Movement) -> Result<(), StoreError> {
        self.flush().await?;
        if execute(self.tx, "DELETE FROM movement WHERE id = $1", &[&movement.id.0]).await? == 1 {
            self.add(movement, -1);
            if let Some(base) = base {
                self.make_room(BTreeMap::from([((base, Line::of(movement)), -movement.quantity.thousandths())]))
                    .await?;
            }
        }
        Ok(())
    }

    /// Movements came of entries for which bases stand: these count as much less.
    async fn make_room(&mut self, room: BTreeMap<(i64, Line), i64>) -> Result<(), StoreError> {
        for ((base, line), thousandths) in room {
            let lot = line.lot.as_deref().map(text).unwrap_or_default();
            let sql = "UPDATE base_line SET posted = posted - $6
                       WHERE base = $1 AND product = $2 AND from_account = $3 AND to_account = $4 AND lot = $5";
            let params: [Param<'_>; 6] = [&base, &line.product.0, &line.from.key(), &line.to.key(), &lot, &thousandths];
            if execute(self.tx, sql, &params).await? == 1 {
                self.shift(&line, -thousandths);
            }
        }
        Ok(())
    }

    /// Changes the balances of a line of a base.
    pub(super) fn shift(&mut self, line: &Line, thousandths: i64) {
        for (account, delta) in line.deltas(Quantity::from_thousandths(thousandths)) {
            self.change_by(line.product.0, account, delta.thousandths());
        }
    }

    /// Writes the rest and changes the balances; says at which sites.
    pub(super) async fn finish(mut self) -> Result<BTreeSet<Uuid>, StoreError> {
        self.flush().await?;
        if self.deltas.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut sites = BTreeSet::new();
        let deltas = std::mem::take(&mut self.deltas).into_iter().collect::<Vec<_>>();
        for chunk in deltas.chunks(CHUNK) {
            sites.extend(self.change(chunk).await?);
        }
        let told: Vec<String> = sites.iter().map(|site| listen::balances(*site)).collect();
        listen::tell(self.tx, &told).await?;
        Ok(sites)
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let mut pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(());
        }
        pending.sort_by_key(|one| one.movement.id.0);
        let column = |of: fn(&Movement) -> i64| pending.iter().map(|one| of(&one.movement)).collect::<Vec<_>>();
        let ids: Vec<Uuid> = pending.iter().map(|one| one.movement.id.0).collect();
        let entries: Vec<Option<i64>> = pending.iter().map(|one| one.entry).collect();
        let products: Vec<Uuid> = pending.iter().map(|one| one.movement.product.0).collect();
        let from: Vec<String> = pending.iter().map(|one| one.movement.from.key()).collect();
        let to: Vec<String> = pending.iter().map(|one| one.movement.to.key()).collect();
        let lots: Vec<Option<String>> = pending.iter().map(|one| one.movement.lot.as_deref().map(text)).collect();
        let reasons: Vec<&str> = pending.iter().map(|one| reason_word(one.movement.reason)).collect();
        let posted = rows(
            self.tx,
            "INSERT INTO movement (id, entry, product, from_account, to_account, lot, quantity, from_ms, to_ms, reason)
             SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                                  $7::bigint[], $8::bigint[], $9::bigint[], $10::text[])
             ON CONFLICT (id) DO NOTHING RETURNING id",
            &[
                &ids,
                &entries,
                &products,
                &from,
                &to,
                &lots,
                &column(|one| one.quantity.thousandths()),
                &column(|one| one.interval.from_ms),
                &column(|one| one.interval.to_ms),
                &reasons,
            ],
        )
        .await?;
        let mut posted: BTreeSet<Uuid> = posted.iter().map(|row| row.get(0)).collect();
        let mut room: BTreeMap<(i64, Line), i64> = BTreeMap::new();
        for Pending { base, movement, .. } in &pending {
            // The same one twice in a row of movements was posted once.
            if posted.remove(&movement.id.0) {
                self.add(movement, 1);
                if let Some(base) = base {
                    *room.entry((*base, Line::of(movement))).or_default() += movement.quantity.thousandths();
                }
            }
        }
        self.make_room(room).await
    }

    fn add(&mut self, movement: &Movement, times: i64) {
        for (account, quantity) in deltas(movement) {
            self.change_by(movement.product.0, account, quantity.thousandths() * times);
        }
    }

    fn change_by(&mut self, product: Uuid, account: Account, thousandths: i64) {
        let location = match account {
            Account::Location(id) => Some(id.0),
            Account::Tote(_)
            | Account::Transit(_)
            | Account::Supplier
            | Account::Customer
            | Account::Waste
            | Account::Shrinkage => None,
        };
        let delta = self.deltas.entry((product, account.key())).or_insert(Delta { location, thousandths: 0 });
        delta.thousandths += thousandths;
    }

    /// Takes the numbers of the changes and keeps others from taking any until the commit.
    async fn change(&self, chunk: &[((Uuid, String), Delta)]) -> Result<Vec<Uuid>, StoreError> {
        let products: Vec<Uuid> = chunk.iter().map(|((product, _), _)| *product).collect();
        let accounts: Vec<&str> = chunk.iter().map(|((_, account), _)| account.as_str()).collect();
        let locations: Vec<Option<Uuid>> = chunk.iter().map(|(_, delta)| delta.location).collect();
        let thousandths: Vec<i64> = chunk.iter().map(|(_, delta)| delta.thousandths).collect();
        let count = i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        let changed = rows(
            self.tx,
            "WITH mark AS (
                 UPDATE head SET number = number + $1 WHERE what = 'balance' RETURNING number - $1 AS before
             ), done AS (
                 INSERT INTO balance (product, account, location, site, quantity, changed)
                 SELECT delta.product, delta.account, delta.location, location.site, delta.thousandths,
                        (SELECT before FROM mark) + delta.place
                 FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[]) WITH ORDINALITY
                      AS delta (product, account, location, thousandths, place)
                 LEFT JOIN location ON location.id = delta.location
                 ORDER BY delta.place
                 ON CONFLICT (product, account) DO UPDATE
                     SET quantity = balance.quantity + excluded.quantity, changed = excluded.changed
                 RETURNING site
             )
             SELECT DISTINCT site FROM done WHERE site IS NOT NULL",
            &[&count, &products, &accounts, &locations, &thousandths],
        )
        .await?;
        Ok(changed.iter().map(|row| row.get(0)).collect())
    }
}

pub(super) async fn page(
    tx: &Tx<'_>,
    of: Uuid,
    site: Uuid,
    query: &BalanceQuery,
    now_ms: i64,
) -> Result<BalancePage, StoreError> {
    let central = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?;
    let last = maybe(tx, "SELECT number FROM head WHERE what = 'balance'", &[]).await?;
    let last: i64 = last.ok_or(StoreError::NotSetUp)?.get(0);
    let asked = query.after.map(|after| i64::try_from(after).unwrap_or(i64::MAX));
    let known = asked.filter(|after| query.epoch == Some(central.epoch) && *after <= last);
    let limit = query.limit.unwrap_or(MAX_PAGE_ROWS).clamp(1, MAX_PAGE_ROWS);
    let mut found = rows(
        tx,
        "SELECT product, location, quantity, changed FROM balance WHERE site = $1 AND changed > $2
         ORDER BY changed LIMIT $3",
        &[&site, &known.unwrap_or(0), &(i64::from(limit) + 1)],
    )
    .await?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let next: i64 = found.last().filter(|_| more).map_or(last, |row| row.get(3));
    let row = |row: &tokio_postgres::Row| BalanceV1 {
        product: row.get(0),
        location: row.get(1),
        quantity_thousandths: row.get(2),
    };
    Ok(BalancePage {
        rows: found.iter().map(row).collect(),
        next: u64::try_from(next).unwrap_or(0),
        more,
        restarted: known.is_none(),
        as_of_ms: now_ms,
        heads: device::heads(tx, &[of], &[]).await?.remove(&of).unwrap_or_default(),
        epoch: central.epoch,
    })
}
