//! Promises and allotments: what [`Desk`] decides, filled from the tables and written back within one transaction.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::v1::{AllotmentV1, FeedBody, PromiseV1};
use uuid::Uuid;

use super::feed::{self, Appender};
use super::{from_json, json, recovery, uuid};
use crate::store::promise::{Asks, Desk, Done, Said, Wanted, Work};
use crate::store::{
    Allotted, Changed, DEMAND_MS, LookUp, NewAllotment, Passed, PromisesAsked, PromisesFound, Reserved, Standing,
    StoreError, Told, channel_text,
};

/// Promises that one pass looks at.
const PASS: u32 = 500;

/// Does one thing.
pub(super) fn work(tx: &Transaction<'_>, work: &Work, now_ms: i64) -> Result<Done, StoreError> {
    let site_of = match work {
        Work::Allot(new) => site_of(tx, new)?.map(|site| (new.device, site)).into_iter().collect(),
        Work::Reserve(_) | Work::Change(..) => BTreeMap::new(),
    };
    let wanted = Wanted::of_work(std::slice::from_ref(work), &site_of);
    let mut desk = load(tx, wanted, now_ms)?;
    match work {
        Work::Reserve(new) => {
            let granted = match desk.reserve(new)? {
                Ok(granted) => granted,
                Err(refused) => return Ok(Done::Reserved(refused)),
            };
            save(tx, &desk)?;
            let told = Box::new(told(tx, new.id())?.ok_or(StoreError::Stopped)?);
            Ok(Done::Reserved(if granted { Reserved::Promised(told) } else { Reserved::Again(told) }))
        }
        Work::Change(id, change) => match desk.change(*id, *change) {
            None => Ok(Done::Changed(Changed::Unknown)),
            Some(Err(state)) => Ok(Done::Changed(Changed::NotNow(state))),
            Some(Ok(())) => {
                desk.record_all();
                settle(tx, &mut desk)?;
                save(tx, &desk)?;
                let told = told(tx, *id)?.ok_or(StoreError::Stopped)?;
                Ok(Done::Changed(Changed::Done(Box::new(told))))
            }
        },
        Work::Allot(new) => {
            let Some(site) = site_of.get(&new.device) else { return Ok(Done::Allotted(Allotted::Unknown)) };
            let done = desk.allot(new, *site, demand(tx, *site, new, now_ms)?)?;
            save(tx, &desk)?;
            let Allotted::Lent(mut lent) = done else { return Ok(Done::Allotted(done)) };
            let (kind, id) = (selvedge_protocol::v1::feed_kind::ALLOTMENT, new.id.to_string());
            lent.row = feed::latest(tx, kind, &id, lent.allotment.site)?.ok_or(StoreError::Stopped)?;
            Ok(Done::Allotted(Allotted::Lent(lent)))
        }
    }
}

/// Where a station stands that may be lent something.
fn site_of(tx: &Transaction<'_>, new: &NewAllotment) -> Result<Option<Uuid>, StoreError> {
    let device = super::device::by_id(tx, new.device)?;
    Ok(device.filter(|device| !device.revoked).map(|device| device.site))
}

/// What was sold of a product at a site lately, how many stations it has, and what the one that asks holds of it.
fn demand(tx: &Transaction<'_>, site: Uuid, new: &NewAllotment, now_ms: i64) -> Result<Asks, StoreError> {
    let product = new.product.into_bytes();
    let sold = tx
        .prepare_cached(
            "SELECT coalesce(sum(quantity), 0) FROM movement
             WHERE product = ?1 AND reason = 'sale' AND to_ms >= ?3
                 AND from_account IN (SELECT account FROM balance WHERE product = ?1 AND site = ?2)",
        )?
        .query_row((product, site.into_bytes(), now_ms - DEMAND_MS), |row| row.get(0))?;
    let stations = tx
        .prepare_cached("SELECT count(*) FROM device WHERE site = ?1 AND revoked_ms IS NULL")?
        .query_row([site.into_bytes()], |row| row.get(0))?;
    let held = tx
        .prepare_cached(
            "SELECT coalesce(sum(outstanding), 0) FROM allotment WHERE device = ?1 AND product = ?2 AND outstanding > 0",
        )?
        .query_row((new.device.into_bytes(), product), |row| row.get(0))?;
    Ok(Asks { sold, stations, held })
}

/// Hears what entries say, in the transaction that applies them; whether it concerned any promise.
pub(super) fn hear(tx: &Transaction<'_>, said: &[Said], now_ms: i64) -> Result<bool, StoreError> {
    if !is_concerned(tx, said)? {
        return Ok(false);
    }
    let mut desk = load(tx, Wanted::of_said(said), now_ms)?;
    desk.hear(said)?;
    settle(tx, &mut desk)?;
    save(tx, &desk)?;
    Ok(true)
}

/// Whether entries speak of promises, or move what is promised.
fn is_concerned(tx: &Transaction<'_>, said: &[Said]) -> Result<bool, StoreError> {
    for one in said {
        if one.names_promises() {
            return Ok(true);
        }
        for (_, product, _) in &one.moved {
            let there = tx
                .prepare_cached(
                    "SELECT 1 FROM cover
                     WHERE product = ?1 AND site = ?2 AND (promised <> 0 OR lent <> 0 OR short <> 0)",
                )?
                .exists((product.into_bytes(), one.site.into_bytes()))?;
            if there {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The pass over all promises: reservations whose time is over end, allotments of the dead are given up, and what moved
/// without an entry is settled.
pub(super) fn pass(tx: &Transaction<'_>, now_ms: i64) -> Result<Passed, StoreError> {
    if !recovery::may_grant(tx)? {
        return Ok(Passed::default());
    }
    let ids = |sql: &str, now_ms: Option<i64>| -> Result<BTreeSet<Uuid>, StoreError> {
        let mut statement = tx.prepare_cached(sql)?;
        let limit = i64::from(PASS);
        let mut rows = match now_ms {
            Some(now_ms) => statement.query((limit, now_ms))?,
            None => statement.query([limit])?,
        };
        let mut found = BTreeSet::new();
        while let Some(row) = rows.next()? {
            found.insert(uuid("promise", &row.get::<_, Vec<u8>>(0)?)?);
        }
        Ok(found)
    };
    let due = "SELECT id FROM promise WHERE expires_ms <= ?2 ORDER BY expires_ms LIMIT ?1";
    let dead = "SELECT allotment.id FROM allotment JOIN reported ON reported.device = allotment.device
                    AND reported.epoch = (SELECT epoch FROM central) AND reported.dead = 1
                WHERE allotment.outstanding > 0 ORDER BY allotment.number LIMIT ?1";
    let (promises, allotments) = (ids(due, Some(now_ms))?, ids(dead, None)?);
    let keys = unsettled(tx)?;
    if promises.is_empty() && allotments.is_empty() && keys.is_empty() {
        return Ok(Passed::default());
    }
    let mut desk = load(tx, Wanted { promises, allotments, keys }, now_ms)?;
    let expired = desk.expire();
    desk.write_off();
    desk.record_all();
    let broken = settle(tx, &mut desk)?;
    save(tx, &desk)?;
    Ok(Passed { expired, broken })
}

/// Where more or less is beyond stock than was recorded.
fn unsettled(tx: &Transaction<'_>) -> Result<BTreeSet<(Uuid, Uuid)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT site, product FROM (
             SELECT cover.site, cover.product, cover.short, cover.promised + cover.lent - max(0, (
                 SELECT coalesce(sum(balance.quantity), 0) FROM balance JOIN location ON location.id = balance.location
                 WHERE balance.product = cover.product AND balance.site = cover.site AND location.kind <> 'counter'
             )) AS beyond
             FROM cover WHERE promised <> 0 OR lent <> 0 OR short <> 0
         ) WHERE max(0, beyond) <> short LIMIT ?1",
    )?;
    let mut rows = statement.query([PASS])?;
    let mut keys = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let id = |at: usize| -> Result<Uuid, StoreError> { uuid("cover", &row.get::<_, Vec<u8>>(at)?) };
        keys.insert((id(0)?, id(1)?));
    }
    Ok(keys)
}

/// Gives up what a dead holder has.
pub(super) fn write_off(tx: &Transaction<'_>, device: Uuid, now_ms: i64) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached("SELECT id FROM allotment WHERE device = ?1 AND outstanding > 0")?;
    let mut rows = statement.query([device.into_bytes()])?;
    let mut allotments = BTreeSet::new();
    while let Some(row) = rows.next()? {
        allotments.insert(uuid("allotment", &row.get::<_, Vec<u8>>(0)?)?);
    }
    if allotments.is_empty() {
        return Ok(());
    }
    let mut desk = load(tx, Wanted { allotments, ..Wanted::default() }, now_ms)?;
    desk.write_off();
    save(tx, &desk)
}

/// A view of a promise that comes back; says how it stands then, unless it stood so already.
pub(super) fn take_back(tx: &Transaction<'_>, came: &PromiseV1, now_ms: i64) -> Result<Option<PromiseV1>, StoreError> {
    let mut desk = load(tx, Wanted { promises: [came.id].into(), ..Wanted::default() }, now_ms)?;
    desk.come(came.clone())?;
    desk.catch_up();
    write(tx, &desk)?;
    Ok(desk.changed_promises().into_iter().next().map(|(told, _)| told))
}

/// The same for an allotment.
pub(super) fn take_back_allotment(
    tx: &Transaction<'_>,
    came: &AllotmentV1,
    now_ms: i64,
) -> Result<Option<AllotmentV1>, StoreError> {
    let mut desk = load(tx, Wanted { allotments: [came.id].into(), ..Wanted::default() }, now_ms)?;
    desk.come_allotment(came)?;
    desk.catch_up();
    write(tx, &desk)?;
    Ok(desk.book.changed_allotments().next().map(AllotmentV1::from))
}

fn load(tx: &Transaction<'_>, wanted: Wanted, now_ms: i64) -> Result<Desk, StoreError> {
    let restored = tx.prepare_cached("SELECT 1 FROM epoch WHERE own = 1 LIMIT 1 OFFSET 1")?.exists([])?;
    let mut desk = Desk::new(recovery::may_grant(tx)?, restored, now_ms);
    let mut keys = wanted.keys;
    for id in &wanted.promises {
        if let Some(promise) = by_id(tx, *id)? {
            keys.extend(promise.lines.iter().map(|line| (promise.site, line.product)));
            desk.fill_promise(promise)?;
        }
    }
    for id in &wanted.allotments {
        let body: Option<String> = tx
            .prepare_cached("SELECT body FROM allotment WHERE id = ?1")?
            .query_row([id.into_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(body) = body {
            let allotment: AllotmentV1 = from_json("allotment", &body)?;
            keys.insert((allotment.site, allotment.product));
            desk.fill_allotment(&allotment)?;
        }
    }
    for about in wanted.promises.iter().chain(&wanted.allotments) {
        let mut statement = tx.prepare_cached("SELECT fact, said FROM promise_fact WHERE about = ?1")?;
        let mut rows = statement.query([about.into_bytes()])?;
        while let Some(row) = rows.next()? {
            let fact = uuid("fact", &row.get::<_, Vec<u8>>(0)?)?;
            desk.waiting.push((*about, fact, from_json("fact", &row.get::<_, String>(1)?)?));
        }
    }
    for site in keys.iter().map(|(site, _)| *site).collect::<BTreeSet<_>>() {
        if tx.prepare_cached("SELECT 1 FROM site WHERE id = ?1")?.exists([site.into_bytes()])? {
            desk.sites.insert(site);
        }
        let mut statement = tx.prepare_cached("SELECT id FROM location WHERE site = ?1 AND kind <> 'counter'")?;
        let mut rows = statement.query([site.into_bytes()])?;
        while let Some(row) = rows.next()? {
            desk.sellable.insert(uuid("location", &row.get::<_, Vec<u8>>(0)?)?);
        }
    }
    for (site, product) in keys {
        fill(tx, &mut desk, site, product)?;
    }
    Ok(desk)
}

fn fill(tx: &Transaction<'_>, desk: &mut Desk, site: Uuid, product: Uuid) -> Result<(), StoreError> {
    let key = (product.into_bytes(), site.into_bytes());
    let sold: Option<bool> = tx
        .prepare_cached("SELECT json_extract(body, '$.active') FROM product WHERE id = ?1")?
        .query_row([key.0], |row| row.get(0))
        .optional()?;
    if sold == Some(true) {
        desk.products.insert(product);
    }
    let on_hand: i64 = tx
        .prepare_cached(
            "SELECT coalesce(sum(balance.quantity), 0) FROM balance JOIN location ON location.id = balance.location
             WHERE balance.product = ?1 AND balance.site = ?2 AND location.kind <> 'counter'",
        )?
        .query_row(key, |row| row.get(0))?;
    let cover: Option<(i64, i64, i64)> = tx
        .prepare_cached("SELECT promised, lent, short FROM cover WHERE product = ?1 AND site = ?2")?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (promised, lent, short) = cover.unwrap_or_default();
    desk.fill((site, product), [on_hand, promised, lent, short]);
    Ok(())
}

/// Fills in all promises of what there is too little of, and settles who gets it.
fn settle(tx: &Transaction<'_>, desk: &mut Desk) -> Result<u64, StoreError> {
    for (site, product) in desk.short_keys() {
        let key = (product.into_bytes(), site.into_bytes());
        let bodies = |sql: &str| -> Result<Vec<String>, StoreError> {
            Ok(tx.prepare_cached(sql)?.query_map(key, |row| row.get(0))?.collect::<Result<_, _>>()?)
        };
        let open = "SELECT promise.body FROM promise_line JOIN promise ON promise.id = promise_line.promise
                    WHERE promise_line.product = ?1 AND promise_line.site = ?2";
        for body in bodies(open)? {
            desk.fill_promise(from_json("promise", &body)?)?;
        }
        for body in bodies("SELECT body FROM allotment WHERE product = ?1 AND site = ?2 AND outstanding > 0")? {
            desk.fill_allotment(&from_json("allotment", &body)?)?;
        }
    }
    Ok(desk.settle())
}

/// Writes what changed, and says it in the feed.
fn save(tx: &Transaction<'_>, desk: &Desk) -> Result<(), StoreError> {
    write(tx, desk)?;
    let (promises, allotments) = (desk.changed_promises(), desk.book.changed_allotments());
    let mut feed = Appender::new(tx, desk.now_ms)?;
    for (told, _) in promises {
        feed.append(Some(told.site), &FeedBody::Promise(told))?;
    }
    for one in allotments {
        feed.append(Some(one.site.0), &FeedBody::Allotment(AllotmentV1::from(one)))?;
    }
    Ok(())
}

fn write(tx: &Transaction<'_>, desk: &Desk) -> Result<(), StoreError> {
    for (told, promise) in desk.changed_promises() {
        let reserved = promise.state == selvedge_domain::stock::promise::PromiseState::Reserved;
        let id = told.id.into_bytes();
        tx.prepare_cached(
            "INSERT INTO promise (id, site, channel, state, expires_ms, due_ms, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET state = ?4, expires_ms = ?5, due_ms = ?6, body = ?7",
        )?
        .execute((
            id,
            told.site.into_bytes(),
            channel_text(&told.channel),
            &told.state,
            told.expires_ms.filter(|_| reserved),
            told.due_ms.filter(|_| promise.is_open()),
            json("promise", &told)?,
        ))?;
        tx.prepare_cached("DELETE FROM promise_line WHERE promise = ?1")?.execute([id])?;
        for product in promise.products() {
            let open = promise.open_of(product).thousandths();
            if open > 0 {
                tx.prepare_cached("INSERT INTO promise_line (promise, site, product, open) VALUES (?1, ?2, ?3, ?4)")?
                    .execute((id, told.site.into_bytes(), product.0.into_bytes(), open))?;
            }
        }
    }
    for one in desk.book.changed_allotments() {
        tx.prepare_cached(
            "INSERT INTO allotment (id, device, site, product, outstanding, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET outstanding = ?5, body = ?6",
        )?
        .execute((
            one.id.0.into_bytes(),
            one.device.0.into_bytes(),
            one.site.0.into_bytes(),
            one.product.0.into_bytes(),
            one.outstanding().thousandths(),
            json("allotment", &AllotmentV1::from(one))?,
        ))?;
    }
    write_sums(tx, desk)
}

fn write_sums(tx: &Transaction<'_>, desk: &Desk) -> Result<(), StoreError> {
    for ((site, product), promised, lent) in desk.book.deltas() {
        tx.prepare_cached(
            "INSERT INTO cover (product, site, promised, lent, short) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT DO UPDATE SET promised = promised + ?3, lent = lent + ?4",
        )?
        .execute((product.0.into_bytes(), site.0.into_bytes(), promised.thousandths(), lent.thousandths()))?;
    }
    if desk.may_grant {
        for ((site, product), figures) in desk.book.keys() {
            tx.prepare_cached("UPDATE cover SET short = ?3 WHERE product = ?1 AND site = ?2 AND short <> ?3")?
                .execute((product.0.into_bytes(), site.0.into_bytes(), figures.short.thousandths()))?;
        }
    }
    for one in desk.shortfalls() {
        tx.prepare_cached(
            "INSERT INTO shortfall (site, product, quantity, cause, fact, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            one.key.0.0.into_bytes(),
            one.key.1.0.into_bytes(),
            one.quantity.thousandths(),
            one.cause.kind.word(),
            one.cause.fact.map(|fact| fact.0.into_bytes()),
            one.cause.at_ms,
        ))?;
    }
    for (about, fact, what) in &desk.waits {
        tx.prepare_cached("INSERT INTO promise_fact (about, fact, said) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute((about.into_bytes(), fact.into_bytes(), json("fact", what)?))?;
    }
    for (about, fact) in &desk.arrived {
        tx.prepare_cached("DELETE FROM promise_fact WHERE about = ?1 AND fact = ?2")?
            .execute((about.into_bytes(), fact.into_bytes()))?;
    }
    Ok(())
}

fn by_id(tx: &Transaction<'_>, id: Uuid) -> Result<Option<PromiseV1>, StoreError> {
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM promise WHERE id = ?1")?
        .query_row([id.into_bytes()], |row| row.get(0))
        .optional()?;
    body.map(|body| from_json("promise", &body)).transpose()
}

/// A promise, and the row that says it.
pub(super) fn told(tx: &Transaction<'_>, id: Uuid) -> Result<Option<Told>, StoreError> {
    let Some(promise) = by_id(tx, id)? else { return Ok(None) };
    Ok(feed::latest(tx, selvedge_protocol::v1::feed_kind::PROMISE, &id.to_string(), promise.site)?
        .map(|row| Told { promise, row }))
}

/// Promises, oldest first.
pub(super) fn list(tx: &Transaction<'_>, asked: &PromisesAsked) -> Result<PromisesFound, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT number, body FROM promise
         WHERE number > ?1 AND (?2 IS NULL OR site = ?2) AND (?3 IS NULL OR channel = ?3)
             AND (?4 IS NULL OR state = ?4) AND (?5 IS NULL OR due_ms < ?5)
         ORDER BY number LIMIT ?6",
    )?;
    let channel = asked.channel.as_ref().map(channel_text);
    let mut rows = statement.query((
        asked.after,
        asked.site.map(Uuid::into_bytes),
        channel,
        &asked.state,
        asked.due_before_ms,
        asked.limit,
    ))?;
    let (mut promises, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        last = Some(row.get(0)?);
        promises.push(from_json("promise", &row.get::<_, String>(1)?)?);
    }
    let full = u32::try_from(promises.len()).unwrap_or(u32::MAX) == asked.limit;
    Ok(PromisesFound { promises, next: last.filter(|_| full) })
}

/// What products are asked for, in the same order.
pub(super) fn look_up(tx: &Transaction<'_>, looks: &[LookUp]) -> Result<Vec<Option<(Uuid, String)>>, StoreError> {
    let one = |look: &LookUp| -> Result<Option<(Uuid, String)>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?));
        let found = match look {
            LookUp::Gtin(gtin) => tx
                .prepare_cached(
                    "SELECT product.id, product.sku FROM gtin JOIN product ON product.id = gtin.product WHERE gtin = ?1",
                )?
                .query_row([i64::try_from(*gtin).unwrap_or(-1)], read),
            LookUp::Sku(sku) => {
                tx.prepare_cached("SELECT id, sku FROM product WHERE sku = ?1")?.query_row([sku], read)
            }
            LookUp::Product(id) => {
                tx.prepare_cached("SELECT id, sku FROM product WHERE id = ?1")?.query_row([id.into_bytes()], read)
            }
        };
        found.optional()?.map(|(id, sku)| Ok((uuid("product", &id)?, sku))).transpose()
    };
    looks.iter().map(one).collect()
}

/// How products stand wherever they are or were.
pub(super) fn standings(tx: &Transaction<'_>, products: &[Uuid]) -> Result<Vec<Standing>, StoreError> {
    let mut found = Vec::new();
    for product in products {
        let mut statement = tx.prepare_cached(
            "SELECT at.site,
                    (SELECT coalesce(sum(balance.quantity), 0) FROM balance
                     JOIN location ON location.id = balance.location
                     WHERE balance.product = ?1 AND balance.site = at.site AND location.kind <> 'counter'),
                    coalesce(cover.promised, 0), coalesce(cover.lent, 0),
                    coalesce((SELECT body ->> 'name' FROM site WHERE id = at.site), '')
             FROM (SELECT DISTINCT site FROM balance WHERE product = ?1 AND site IS NOT NULL
                   UNION SELECT site FROM cover WHERE product = ?1) AS at
             LEFT JOIN cover ON cover.product = ?1 AND cover.site = at.site ORDER BY at.site",
        )?;
        let mut rows = statement.query([product.into_bytes()])?;
        while let Some(row) = rows.next()? {
            let site = uuid("balance", &row.get::<_, Vec<u8>>(0)?)?;
            let (on_hand, promised, lent, name) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            found.push(Standing { product: *product, site, name, on_hand, promised, lent });
        }
    }
    Ok(found)
}

/// What is wrong with the sums of what is promised and lent.
pub(super) fn audit(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT site, product FROM cover
         WHERE promised <> (SELECT coalesce(sum(open), 0) FROM promise_line
                            WHERE promise_line.product = cover.product AND promise_line.site = cover.site)
             OR lent <> (SELECT coalesce(sum(outstanding), 0) FROM allotment
                         WHERE allotment.product = cover.product AND allotment.site = cover.site
                             AND outstanding > 0)",
    )?;
    let mut rows = statement.query([])?;
    let mut wrong = Vec::new();
    while let Some(row) = rows.next()? {
        let id = |at: usize| -> Result<Uuid, StoreError> { uuid("cover", &row.get::<_, Vec<u8>>(at)?) };
        wrong.push(format!("what is promised of product {} at site {} is not the sum", id(1)?, id(0)?));
    }
    Ok(wrong)
}
