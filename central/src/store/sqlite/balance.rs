//! Movements and the balances that are their sum: changed by delta, in the same transaction, each movement once.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction};
use selvedge_domain::Quantity;
use selvedge_domain::stock::ledger::{Account, Movement, deltas};
use selvedge_domain::stock::sums::Line;
use selvedge_protocol::v1::{BalancePage, BalanceQuery, BalanceV1, MAX_PAGE_ROWS};
use uuid::Uuid;

use super::{base, intake, setup, uuid};
use crate::store::{StoreError, reason_word};

/// Posts movements within a transaction.
pub(super) struct Books<'a> {
    tx: &'a Transaction<'a>,
    changed: i64,
    sites: BTreeSet<Uuid>,
}

impl<'a> Books<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>) -> Result<Self, StoreError> {
        Ok(Books { tx, changed: last_change(tx)?, sites: BTreeSet::new() })
    }

    /// Sites whose balances changed.
    pub(super) fn into_sites(self) -> BTreeSet<Uuid> {
        self.sites
    }

    /// Posts a movement of an entry, for which this base may stand: then that counts as much less.
    pub(super) fn post_of(&mut self, entry: i64, base: Option<i64>, movement: &Movement) -> Result<(), StoreError> {
        if self.post(Some(entry), movement)? {
            self.make_room(base, movement, 1)?;
        }
        Ok(())
    }

    /// Posts a movement; one that was posted before is passed over.
    pub(super) fn post(&mut self, entry: Option<i64>, movement: &Movement) -> Result<bool, StoreError> {
        let posted = self
            .tx
            .prepare_cached(
                "INSERT INTO movement (id, entry, product, from_account, to_account, lot, quantity, from_ms, to_ms,
                                       reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
            )?
            .execute((
                movement.id.0.into_bytes(),
                entry,
                movement.product.0.into_bytes(),
                movement.from.key(),
                movement.to.key(),
                &movement.lot,
                movement.quantity.thousandths(),
                movement.interval.from_ms,
                movement.interval.to_ms,
                reason_word(movement.reason),
            ))?;
        if posted == 1 {
            for (account, delta) in deltas(movement) {
                self.add(movement.product.0, account, delta)?;
            }
        }
        Ok(posted == 1)
    }

    /// The same of an entry, for which this base may stand: then that counts as much more.
    pub(super) fn take_back_of(&mut self, base: Option<i64>, movement: &Movement) -> Result<(), StoreError> {
        if self.take_back(movement)? {
            self.make_room(base, movement, -1)?;
        }
        Ok(())
    }

    fn make_room(&mut self, base: Option<i64>, movement: &Movement, times: i64) -> Result<(), StoreError> {
        let Some(base) = base else { return Ok(()) };
        if let Some(line) = base::make_room(self.tx, base, movement, times)? {
            self.shift(&line, Quantity::from_thousandths(-movement.quantity.thousandths() * times))?;
        }
        Ok(())
    }

    /// Changes the balances of a line of a base.
    pub(super) fn shift(&mut self, line: &Line, quantity: Quantity) -> Result<(), StoreError> {
        for (account, delta) in line.deltas(quantity) {
            self.add(line.product.0, account, delta)?;
        }
        Ok(())
    }

    /// Takes a movement back that does not follow any more from what was decided; false when it is not there.
    pub(super) fn take_back(&mut self, movement: &Movement) -> Result<bool, StoreError> {
        let there =
            self.tx.prepare_cached("DELETE FROM movement WHERE id = ?1")?.execute([movement.id.0.into_bytes()])?;
        if there == 1 {
            for (account, delta) in deltas(movement) {
                self.add(movement.product.0, account, -delta)?;
            }
        }
        Ok(there == 1)
    }

    fn add(&mut self, product: Uuid, account: Account, delta: Quantity) -> Result<(), StoreError> {
        self.changed += 1;
        let location = match account {
            Account::Location(id) => Some(id.0.into_bytes()),
            Account::Tote(_)
            | Account::Transit(_)
            | Account::Supplier
            | Account::Customer
            | Account::Waste
            | Account::Shrinkage => None,
        };
        let site: Option<Vec<u8>> = self
            .tx
            .prepare_cached(
                "INSERT INTO balance (product, account, location, site, quantity, changed)
                 VALUES (?1, ?2, ?3, (SELECT site FROM location WHERE id = ?3), ?4, ?5)
                 ON CONFLICT DO UPDATE SET quantity = quantity + ?4, changed = ?5 RETURNING site",
            )?
            .query_row((product.into_bytes(), account.key(), location, delta.thousandths(), self.changed), |row| {
                row.get(0)
            })?;
        if let Some(site) = site {
            self.sites.insert(uuid("balance", &site)?);
        }
        Ok(())
    }
}

pub(super) fn page(
    tx: &Transaction<'_>,
    device: Uuid,
    site: Uuid,
    query: &BalanceQuery,
    now_ms: i64,
) -> Result<BalancePage, StoreError> {
    let central = setup::central(tx)?.ok_or(StoreError::NotSetUp)?;
    let last = last_change(tx)?;
    let asked = query.after.map(|after| i64::try_from(after).unwrap_or(i64::MAX));
    let known = asked.filter(|after| query.epoch == Some(central.epoch) && *after <= last);
    let limit = usize::try_from(query.limit.unwrap_or(MAX_PAGE_ROWS).clamp(1, MAX_PAGE_ROWS)).unwrap_or(1);
    let mut statement = tx.prepare_cached(
        "SELECT product, location, quantity, changed FROM balance WHERE site = ?1 AND changed > ?2 ORDER BY changed",
    )?;
    let mut found = statement.query((site.into_bytes(), known.unwrap_or(0)))?;
    let mut rows = Vec::new();
    let mut next = last;
    let mut more = false;
    let mut mark = last;
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            (more, next) = (true, mark);
            break;
        }
        mark = row.get(3)?;
        rows.push(BalanceV1 {
            product: uuid("balance", &row.get::<_, Vec<u8>>(0)?)?,
            location: uuid("balance", &row.get::<_, Vec<u8>>(1)?)?,
            quantity_thousandths: row.get(2)?,
        });
    }
    Ok(BalancePage {
        rows,
        next: u64::try_from(next).unwrap_or(0),
        more,
        restarted: known.is_none(),
        as_of_ms: now_ms,
        heads: intake::heads_of_device(tx, device)?,
        epoch: central.epoch,
    })
}

fn last_change(tx: &Transaction<'_>) -> Result<i64, StoreError> {
    let last: Option<i64> = tx
        .prepare_cached("SELECT changed FROM balance ORDER BY changed DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}
