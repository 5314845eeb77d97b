//! What central lent to this station, to promise from by itself: what was asked for, what central said of it last, and
//! what our own journal drew. Both are sets that are joined, so it does not matter which comes first.

use std::collections::BTreeMap;

use rusqlite::Row;
use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, BootId, GenerationId, ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::{Allotment, AllotmentState, Lease};
use selvedge_protocol::v1::AllotmentV1;

use super::{blob, from_json, journal, json, station, uuid};
use crate::{StoreError, Tx};

/// So many of the last entries are looked at for what was sold: more than a till writes in a week.
const MOST_LOOKED_AT: u64 = 20_000;

/// An allotment as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Identity.
    pub id: AllotmentId,
    /// Of what.
    pub product: ProductId,
    /// How long it may be drawn from, milliseconds from when it was asked for.
    pub ttl_ms: u64,
    /// Who asked, and when; none where it was asked for in a life of this station that is not known here.
    pub asked: Option<AskedHere>,
    /// What central said of it last, with what was drawn here; none before it said anything.
    pub lent: Option<Allotment>,
}

/// When it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedHere {
    /// The life of the journal that asked.
    pub generation: GenerationId,
    /// The run of the machine.
    pub boot: BootId,
    /// By its ticks.
    pub ticks_ms: u64,
}

impl Held {
    /// Its time; none where it is not known when it was asked for, or central has not lent it.
    pub fn lease(&self) -> Option<Lease> {
        let (asked, lent) = (self.asked?, self.lent.as_ref()?);
        Some(Lease {
            boot: asked.boot,
            asked_ticks_ms: asked.ticks_ms,
            ttl_ms: self.ttl_ms,
            granted_ms: lent.granted_ms,
        })
    }
}

/// Keeps that central is to be asked for an allotment of a product.
///
/// # Errors
/// [`StoreError`].
pub fn ask(tx: &Tx, id: AllotmentId, product: ProductId, (asked, ttl_ms): (AskedHere, u64)) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO allotment (id, product, state, generation, boot, asked_ticks_ms, ttl_ms)
         VALUES (?1, ?2, 'asking', ?3, ?4, ?5, ?6)",
    )?
    .execute((
        blob(id.0),
        blob(product.0),
        blob(asked.generation.0),
        blob(asked.boot.0),
        asked.ticks_ms,
        ttl_ms,
    ))?;
    Ok(())
}

/// Those that central is still to be asked for, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn asking(tx: &Tx, limit: u32) -> Result<Vec<Held>, StoreError> {
    select(tx, "state = 'asking' ORDER BY id LIMIT ?1", [limit])
}

/// Those that central lent and that the journal has not given back.
///
/// # Errors
/// [`StoreError`].
pub fn held(tx: &Tx) -> Result<Vec<Held>, StoreError> {
    select(tx, "state = 'held' ORDER BY product, id", [])
}

/// Those of one product.
///
/// # Errors
/// [`StoreError`].
pub fn held_of(tx: &Tx, product: ProductId) -> Result<Vec<Held>, StoreError> {
    select(tx, "state = 'held' AND product = ?1 ORDER BY id", [blob(product.0)])
}

/// Notes what central says of an allotment, in its answer or in a row of the feed. Nothing where it is another station's,
/// or is over and not known here.
///
/// # Errors
/// [`StoreError`]; also where nobody knows what it says.
pub fn hear(tx: &Tx, said: &AllotmentV1) -> Result<(), StoreError> {
    let mut read = said.read().map_err(|error| StoreError::value("allotment", error))?;
    if station::get(tx)?.is_none_or(|own| own.device != read.device) {
        return Ok(());
    }
    let before = select(tx, "id = ?1", [blob(said.id)])?.pop();
    if let Some(lent) = before.as_ref().and_then(|before| before.lent.as_ref()) {
        read.merge(lent);
    }
    // Nothing of it is lent any more, and nothing can be drawn.
    if read.state >= AllotmentState::Settled && central_knows_all(tx, &read, said)? {
        tx.prepare_cached("DELETE FROM allotment WHERE id = ?1")?.execute([blob(said.id)])?;
        tx.prepare_cached("DELETE FROM allotment_draw WHERE allotment = ?1")?.execute([blob(said.id)])?;
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO allotment (id, product, state, ttl_ms, body) VALUES (?1, ?2, 'held', ?3, ?4)
         ON CONFLICT DO UPDATE SET state = iif(state = 'asking', 'held', state), body = ?4",
    )?
    .execute((
        blob(said.id),
        blob(said.product),
        u64::try_from(said.ttl_ms).unwrap_or(0),
        json("allotment", &AllotmentV1::from(&read))?,
    ))?;
    Ok(())
}

/// Whether central has said of all that was drawn here.
fn central_knows_all(tx: &Tx, read: &Allotment, said: &AllotmentV1) -> Result<bool, StoreError> {
    let own = draws(tx, read.id)?;
    Ok(own.iter().all(|(promise, _)| said.draws.iter().any(|draw| draw.promise == promise.0)))
}

/// Central lends nothing of it: it need not be asked again under this identity. One that was lent after all stays.
///
/// # Errors
/// [`StoreError`].
pub fn not_lent(tx: &Tx, id: AllotmentId) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM allotment WHERE id = ?1 AND state = 'asking'")?.execute([blob(id.0)])?;
    Ok(())
}

/// So much of it was promised, in the transaction that writes the entry which says so. A second time changes nothing.
///
/// # Errors
/// [`StoreError`].
pub fn draw(tx: &Tx, id: AllotmentId, promise: PromiseId, quantity: Quantity) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO allotment_draw (allotment, promise, quantity) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute((blob(id.0), blob(promise.0), quantity.thousandths()))?;
    Ok(())
}

/// The journal gives back what is left of it: it is never drawn from again.
///
/// # Errors
/// [`StoreError`].
pub fn set_returned(tx: &Tx, id: AllotmentId) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE allotment SET state = 'returned' WHERE id = ?1")?.execute([blob(id.0)])?;
    Ok(())
}

/// What this till sold and what was set aside at its site since a moment, most first, at most so many products.
///
/// # Errors
/// [`StoreError`].
pub fn wanted(tx: &Tx, site: SiteId, since_ms: i64, limit: usize) -> Result<Vec<ProductId>, StoreError> {
    let mut asked: BTreeMap<ProductId, i64> = BTreeMap::new();
    for generation in journal::generations(tx)? {
        let (last, _) = journal::head(tx, generation)?;
        let sold = "SELECT product, quantity FROM movement
                    WHERE generation = ?1 AND sequence > ?2 AND reason = 'sale' AND to_ms >= ?3";
        add(tx, &mut asked, sold, (blob(generation.0), last.saturating_sub(MOST_LOOKED_AT), since_ms))?;
    }
    let promised = "SELECT unhex(replace(line.value ->> 'product', '-', '')), line.value ->> 'quantity_thousandths'
                    FROM promise JOIN json_each(promise.body, '$.lines') AS line
                    WHERE promise.site = ?1 AND promise.made_ms >= ?2";
    add(tx, &mut asked, promised, (blob(site.0), since_ms))?;
    // What was not promised was wanted, too.
    let wished = "SELECT unhex(replace(line.value ->> 'product', '-', '')), line.value ->> 'quantity_thousandths'
                  FROM promise_request JOIN json_each(promise_request.body, '$.request.lines') AS line
                  WHERE promise_request.body ->> '$.request.site' = ?1 AND promise_request.body ->> '$.at_ms' >= ?2
                      AND NOT EXISTS (SELECT 1 FROM promise WHERE id = promise_request.promise)";
    add(tx, &mut asked, wished, (site.0.to_string(), since_ms))?;
    let mut asked: Vec<(ProductId, i64)> = asked.into_iter().collect();
    asked.sort_by_key(|(product, quantity)| (std::cmp::Reverse(*quantity), *product));
    Ok(asked.into_iter().take(limit).map(|(product, _)| product).collect())
}

fn add(
    tx: &Tx,
    asked: &mut BTreeMap<ProductId, i64>,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        if let Some(product) = row.get::<_, Option<Vec<u8>>>(0)? {
            *asked.entry(ProductId(uuid("allotment", &product)?)).or_default() += row.get::<_, i64>(1)?;
        }
    }
    Ok(())
}

fn select(tx: &Tx, some: &str, values: impl rusqlite::Params) -> Result<Vec<Held>, StoreError> {
    let sql = format!("SELECT id, product, ttl_ms, generation, boot, asked_ticks_ms, body FROM allotment WHERE {some}");
    let mut found = Vec::new();
    {
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
    }
    for held in &mut found {
        if let Some(lent) = &mut held.lent {
            for (promise, quantity) in draws(tx, held.id)? {
                lent.draw(promise, quantity);
            }
        }
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Held, StoreError> {
    let id = |at: usize| -> Result<_, StoreError> { uuid("allotment", &row.get::<_, Vec<u8>>(at)?) };
    let maybe = |at: usize| -> Result<_, StoreError> {
        row.get::<_, Option<Vec<u8>>>(at)?.map(|bytes| uuid("allotment", &bytes)).transpose()
    };
    let asked = match (maybe(3)?, maybe(4)?, row.get(5)?) {
        (Some(generation), Some(boot), Some(ticks_ms)) => {
            Some(AskedHere { generation: GenerationId(generation), boot: BootId(boot), ticks_ms })
        }
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    let body: Option<String> = row.get(6)?;
    let said: Option<AllotmentV1> = body.map(|body| from_json("allotment", &body)).transpose()?;
    let lent = said.map(|said| said.read()).transpose().map_err(|error| StoreError::value("allotment", error))?;
    Ok(Held { id: AllotmentId(id(0)?), product: ProductId(id(1)?), ttl_ms: row.get(2)?, asked, lent })
}

fn draws(tx: &Tx, id: AllotmentId) -> Result<Vec<(PromiseId, Quantity)>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT promise, quantity FROM allotment_draw WHERE allotment = ?1")?;
    let mut rows = statement.query([blob(id.0)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let promise = PromiseId(uuid("allotment_draw", &row.get::<_, Vec<u8>>(0)?)?);
        found.push((promise, Quantity::from_thousandths(row.get(1)?)));
    }
    Ok(found)
}
