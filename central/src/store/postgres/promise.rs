//! Promises and allotments: what [`Desk`] decides, filled from the tables and written back within one transaction. Every
//! grant is a row of the feed, and rows are numbered under the feed's lock: what is decided is decided under that lock and
//! that of the balances, in this order, so that no two see the same piece.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_protocol::v1::{AllotmentV1, FeedBody, FeedRow, PromiseV1, feed_kind};
use tokio_postgres::Row;
use uuid::Uuid;

use super::feed::{self, Appender};
use super::work::{Tx, execute, maybe, rows};
use super::{device, from_json, json, recovery, text};
use crate::store::promise::{Asks, Desk, Done, Said, Wanted, Work};
use crate::store::{
    Allotted, Changed, DEMAND_MS, LookUp, NewAllotment, Passed, PromisesAsked, PromisesFound, Reserved, Standing,
    StoreError, Told, channel_text,
};

/// Promises that one pass looks at.
const PASS: i64 = 500;

/// What became of one of several things that share a transaction.
pub(super) type Became = Result<Done, StoreError>;

/// What is decided until the commit is decided by this transaction alone.
async fn lock(tx: &Tx<'_>) -> Result<(), StoreError> {
    feed::lock(tx).await?;
    maybe(tx, "SELECT 1 FROM head WHERE what = 'balance' FOR UPDATE", &[]).await?;
    Ok(())
}

/// Does several things in their order, in one transaction.
pub(super) async fn work(tx: &Tx<'_>, work: &[Work], now_ms: i64) -> Result<Vec<Became>, StoreError> {
    lock(tx).await?;
    let asks = |one: &Work| match one {
        Work::Allot(new) => Some(new.device),
        Work::Reserve(_) | Work::Change(..) => None,
    };
    let devices: Vec<Uuid> = work.iter().filter_map(asks).collect();
    let devices = if devices.is_empty() { Default::default() } else { device::by_ids(tx, &devices).await? };
    let site_of: BTreeMap<Uuid, Uuid> =
        devices.into_iter().filter(|(_, one)| !one.revoked).map(|(id, one)| (id, one.site)).collect();
    let mut desk = load(tx, Wanted::of_work(work, &site_of), now_ms).await?;
    let mut became = Vec::with_capacity(work.len());
    for one in work {
        became.push(do_one(tx, &mut desk, one, &site_of).await);
    }
    if work.iter().any(|one| matches!(one, Work::Change(..))) {
        desk.record_all();
        settle(tx, &mut desk).await?;
    }
    save(tx, &desk).await?;
    tell(tx, work, &mut became).await?;
    Ok(became)
}

/// What is promised is told with its row, once that is written: see [`tell`].
async fn do_one(tx: &Tx<'_>, desk: &mut Desk, work: &Work, site_of: &BTreeMap<Uuid, Uuid>) -> Became {
    let untold = |desk: &Desk, id: Uuid| desk.promise(id).map(|promise| Box::new(Told::before_its_row(promise)));
    match work {
        Work::Reserve(new) => Ok(Done::Reserved(match desk.reserve(new)? {
            Err(refused) => refused,
            Ok(true) => Reserved::Promised(untold(desk, new.id()).ok_or(StoreError::Stopped)?),
            Ok(false) => Reserved::Again(untold(desk, new.id()).ok_or(StoreError::Stopped)?),
        })),
        Work::Change(id, change) => Ok(Done::Changed(match desk.change(*id, *change) {
            None => Changed::Unknown,
            Some(Err(state)) => Changed::NotNow(state),
            Some(Ok(())) => Changed::Done(untold(desk, *id).ok_or(StoreError::Stopped)?),
        })),
        Work::Allot(new) => {
            let Some(site) = site_of.get(&new.device) else { return Ok(Done::Allotted(Allotted::Unknown)) };
            let demand = demand(tx, *site, new, desk.now_ms).await?;
            Ok(Done::Allotted(desk.allot(new, *site, demand)?))
        }
    }
}

/// Puts the rows of the feed into the answers.
async fn tell(tx: &Tx<'_>, work: &[Work], became: &mut [Became]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = work
        .iter()
        .filter_map(|one| match one {
            Work::Reserve(new) => Some(new.id()),
            Work::Change(id, _) => Some(*id),
            Work::Allot(_) => None,
        })
        .collect();
    let lent = became.iter().filter_map(|one| match one {
        Ok(Done::Allotted(Allotted::Lent(lent))) => Some(lent.allotment.id.to_string()),
        Ok(Done::Allotted(_) | Done::Reserved(_) | Done::Changed(_)) | Err(_) => None,
    });
    let lent: Vec<String> = lent.collect();
    let rows: BTreeMap<String, FeedRow> = if lent.is_empty() {
        BTreeMap::new()
    } else {
        feed::latest(tx, feed_kind::ALLOTMENT, &lent).await?.into_iter().collect()
    };
    let mut all: BTreeMap<Uuid, Told> = told_all(tx, &ids).await?;
    for one in became {
        if let Ok(
            Done::Reserved(Reserved::Promised(told) | Reserved::Again(told)) | Done::Changed(Changed::Done(told)),
        ) = one
        {
            **told = all.get_mut(&told.promise.id).ok_or(StoreError::Stopped)?.clone();
        } else if let Ok(Done::Allotted(Allotted::Lent(lent))) = one {
            lent.row = rows.get(&lent.allotment.id.to_string()).ok_or(StoreError::Stopped)?.clone();
        }
    }
    Ok(())
}

/// What was sold of a product at a site lately, how many stations it has, and what the one that asks holds of it.
async fn demand(tx: &Tx<'_>, site: Uuid, new: &NewAllotment, now_ms: i64) -> Result<Asks, StoreError> {
    let product = new.product;
    let sql = "SELECT coalesce(sum(quantity), 0)::bigint FROM movement
               WHERE product = $1 AND reason = 'sale' AND to_ms >= $3
                   AND from_account IN (SELECT account FROM balance WHERE product = $1 AND site = $2)";
    let sold = maybe(tx, sql, &[&product, &site, &(now_ms - DEMAND_MS)]).await?.map_or(0, |row| row.get(0));
    let sql = "SELECT count(*) FROM device WHERE site = $1 AND revoked_ms IS NULL";
    let stations = maybe(tx, sql, &[&site]).await?.map_or(0, |row| row.get(0));
    let sql = "SELECT coalesce(sum(outstanding), 0)::bigint FROM allotment
               WHERE device = $1 AND product = $2 AND outstanding > 0";
    let held = maybe(tx, sql, &[&new.device, &product]).await?.map_or(0, |row| row.get(0));
    Ok(Asks { sold, stations, held })
}

/// Whether entries speak of promises, or move what is promised.
pub(super) async fn is_concerned(tx: &Tx<'_>, said: &[Said]) -> Result<bool, StoreError> {
    if said.iter().any(Said::names_promises) {
        return Ok(true);
    }
    let keys: BTreeSet<(Uuid, Uuid)> =
        said.iter().flat_map(|one| one.moved.iter().map(|(_, product, _)| (*product, one.site))).collect();
    if keys.is_empty() {
        return Ok(false);
    }
    let (products, sites): (Vec<Uuid>, Vec<Uuid>) = keys.into_iter().unzip();
    let sql = "SELECT 1 FROM unnest($1::uuid[], $2::uuid[]) AS key (product, site)
               JOIN cover ON cover.product = key.product AND cover.site = key.site
               WHERE cover.promised <> 0 OR cover.lent <> 0 OR cover.short <> 0 LIMIT 1";
    Ok(maybe(tx, sql, &[&products, &sites]).await?.is_some())
}

/// Hears what entries say, in the transaction that applies them. The feed's lock was taken before their balances changed.
pub(super) async fn hear(tx: &Tx<'_>, said: &[Said], now_ms: i64) -> Result<(), StoreError> {
    lock(tx).await?;
    let mut desk = load(tx, Wanted::of_said(said), now_ms).await?;
    desk.hear(said)?;
    settle(tx, &mut desk).await?;
    save(tx, &desk).await
}

/// Whether the pass has anything to do.
pub(super) async fn is_due(tx: &Tx<'_>, now_ms: i64) -> Result<bool, StoreError> {
    if !recovery::may_grant(tx).await? {
        return Ok(false);
    }
    let wanted = due(tx, now_ms).await?;
    Ok(!(wanted.promises.is_empty() && wanted.allotments.is_empty() && wanted.keys.is_empty()))
}

async fn due(tx: &Tx<'_>, now_ms: i64) -> Result<Wanted, StoreError> {
    let sql = "SELECT id FROM promise WHERE expires_ms <= $2 ORDER BY expires_ms LIMIT $1";
    let promises = rows(tx, sql, &[&PASS, &now_ms]).await?.iter().map(|row| row.get(0)).collect();
    let sql = "SELECT allotment.id FROM allotment JOIN reported ON reported.device = allotment.device
                   AND reported.epoch = (SELECT epoch FROM central) AND reported.dead
               WHERE allotment.outstanding > 0 ORDER BY allotment.number LIMIT $1";
    let allotments = rows(tx, sql, &[&PASS]).await?.iter().map(|row| row.get(0)).collect();
    let sql = "SELECT site, product FROM (
                   SELECT cover.site, cover.product, cover.short, cover.promised + cover.lent - greatest(0, (
                       SELECT coalesce(sum(balance.quantity), 0) FROM balance
                       JOIN location ON location.id = balance.location
                       WHERE balance.product = cover.product AND balance.site = cover.site
                           AND location.kind <> 'counter'
                   )) AS beyond
                   FROM cover WHERE promised <> 0 OR lent <> 0 OR short <> 0
               ) AS stands WHERE greatest(0, beyond) <> short LIMIT $1";
    let keys = rows(tx, sql, &[&PASS]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(Wanted { promises, allotments, keys })
}

/// The pass over all promises: reservations whose time is over end, allotments of the dead are given up, and what moved
/// without an entry is settled.
pub(super) async fn pass(tx: &Tx<'_>, now_ms: i64) -> Result<Passed, StoreError> {
    lock(tx).await?;
    if !recovery::may_grant(tx).await? {
        return Ok(Passed::default());
    }
    let mut desk = load(tx, due(tx, now_ms).await?, now_ms).await?;
    let expired = desk.expire();
    desk.write_off();
    desk.record_all();
    let broken = settle(tx, &mut desk).await?;
    save(tx, &desk).await?;
    Ok(Passed { expired, broken })
}

/// Gives up what a dead holder has.
pub(super) async fn write_off(tx: &Tx<'_>, device: Uuid, now_ms: i64) -> Result<(), StoreError> {
    let sql = "SELECT id FROM allotment WHERE device = $1 AND outstanding > 0";
    let allotments: BTreeSet<Uuid> = rows(tx, sql, &[&device]).await?.iter().map(|row| row.get(0)).collect();
    if allotments.is_empty() {
        return Ok(());
    }
    let mut desk = load(tx, Wanted { allotments, ..Wanted::default() }, now_ms).await?;
    desk.write_off();
    save(tx, &desk).await
}

/// A view of a promise that comes back; says how it stands then, unless it stood so already.
pub(super) async fn take_back(tx: &Tx<'_>, came: &PromiseV1, now_ms: i64) -> Result<Option<PromiseV1>, StoreError> {
    lock(tx).await?;
    let mut desk = load(tx, Wanted { promises: [came.id].into(), ..Wanted::default() }, now_ms).await?;
    desk.come(came.clone())?;
    desk.catch_up();
    write(tx, &desk).await?;
    Ok(desk.changed_promises().into_iter().next().map(|(told, _)| told))
}

/// The same for an allotment.
pub(super) async fn take_back_allotment(
    tx: &Tx<'_>,
    came: &AllotmentV1,
    now_ms: i64,
) -> Result<Option<AllotmentV1>, StoreError> {
    lock(tx).await?;
    let mut desk = load(tx, Wanted { allotments: [came.id].into(), ..Wanted::default() }, now_ms).await?;
    desk.come_allotment(came)?;
    desk.catch_up();
    write(tx, &desk).await?;
    Ok(desk.book.changed_allotments().next().map(AllotmentV1::from))
}

async fn load(tx: &Tx<'_>, wanted: Wanted, now_ms: i64) -> Result<Desk, StoreError> {
    let restored = maybe(tx, "SELECT 1 FROM epoch WHERE own LIMIT 1 OFFSET 1", &[]).await?.is_some();
    let mut desk = Desk::new(recovery::may_grant(tx).await?, restored, now_ms);
    let mut keys = wanted.keys;
    let promises: Vec<Uuid> = wanted.promises.into_iter().collect();
    let allotments: Vec<Uuid> = wanted.allotments.into_iter().collect();
    if !promises.is_empty() {
        for row in rows(tx, "SELECT body FROM promise WHERE id = ANY($1)", &[&promises]).await? {
            let promise: PromiseV1 = from_json("promise", row.get(0))?;
            keys.extend(promise.lines.iter().map(|line| (promise.site, line.product)));
            desk.fill_promise(promise)?;
        }
    }
    if !allotments.is_empty() {
        for row in rows(tx, "SELECT body FROM allotment WHERE id = ANY($1)", &[&allotments]).await? {
            let allotment: AllotmentV1 = from_json("allotment", row.get(0))?;
            keys.insert((allotment.site, allotment.product));
            desk.fill_allotment(&allotment)?;
        }
    }
    let about: Vec<Uuid> = promises.into_iter().chain(allotments).collect();
    if !about.is_empty() {
        for row in rows(tx, "SELECT about, fact, said FROM promise_fact WHERE about = ANY($1)", &[&about]).await? {
            desk.waiting.push((row.get(0), row.get(1), from_json("fact", row.get(2))?));
        }
    }
    fill(tx, &mut desk, keys).await?;
    Ok(desk)
}

async fn fill(tx: &Tx<'_>, desk: &mut Desk, keys: BTreeSet<(Uuid, Uuid)>) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let (sites, products): (Vec<Uuid>, Vec<Uuid>) = keys.into_iter().unzip();
    for row in rows(tx, "SELECT id FROM site WHERE id = ANY($1)", &[&sites]).await? {
        desk.sites.insert(row.get(0));
    }
    let sql = "SELECT id FROM location WHERE site = ANY($1) AND kind <> 'counter'";
    for row in rows(tx, sql, &[&sites]).await? {
        desk.sellable.insert(row.get(0));
    }
    let sql = "SELECT id FROM product WHERE id = ANY($1) AND (body::json ->> 'active')::boolean";
    for row in rows(tx, sql, &[&products]).await? {
        desk.products.insert(row.get(0));
    }
    let sql = "SELECT key.site, key.product, (
                   SELECT coalesce(sum(balance.quantity), 0)::bigint FROM balance
                   JOIN location ON location.id = balance.location
                   WHERE balance.product = key.product AND balance.site = key.site AND location.kind <> 'counter'
               ), coalesce(cover.promised, 0), coalesce(cover.lent, 0), coalesce(cover.short, 0)
               FROM unnest($1::uuid[], $2::uuid[]) AS key (site, product)
               LEFT JOIN cover ON cover.product = key.product AND cover.site = key.site";
    for row in rows(tx, sql, &[&sites, &products]).await? {
        desk.fill((row.get(0), row.get(1)), [row.get(2), row.get(3), row.get(4), row.get(5)]);
    }
    Ok(())
}

/// Fills in all promises of what there is too little of, and settles who gets it.
async fn settle(tx: &Tx<'_>, desk: &mut Desk) -> Result<u64, StoreError> {
    for (site, product) in desk.short_keys() {
        let sql = "SELECT promise.body FROM promise_line JOIN promise ON promise.id = promise_line.promise
                   WHERE promise_line.product = $1 AND promise_line.site = $2";
        for row in rows(tx, sql, &[&product, &site]).await? {
            desk.fill_promise(from_json("promise", row.get(0))?)?;
        }
        let sql = "SELECT body FROM allotment WHERE product = $1 AND site = $2 AND outstanding > 0";
        for row in rows(tx, sql, &[&product, &site]).await? {
            desk.fill_allotment(&from_json("allotment", row.get(0))?)?;
        }
    }
    Ok(desk.settle())
}

/// Writes what changed, and says it in the feed.
async fn save(tx: &Tx<'_>, desk: &Desk) -> Result<(), StoreError> {
    write(tx, desk).await?;
    let promises = desk.changed_promises();
    let allotments: Vec<AllotmentV1> = desk.book.changed_allotments().map(AllotmentV1::from).collect();
    if promises.is_empty() && allotments.is_empty() {
        return Ok(());
    }
    let mut feed = Appender::new(tx, desk.now_ms).await?;
    for (told, _) in promises {
        feed.append(Some(told.site), &FeedBody::Promise(told)).await?;
    }
    for one in allotments {
        feed.append(Some(one.site), &FeedBody::Allotment(one)).await?;
    }
    feed.finish().await
}

async fn write(tx: &Tx<'_>, desk: &Desk) -> Result<(), StoreError> {
    let changed = desk.changed_promises();
    if !changed.is_empty() {
        write_promises(tx, &changed).await?;
    }
    for one in desk.book.changed_allotments() {
        let sql = "INSERT INTO allotment (id, device, site, product, outstanding, body) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (id) DO UPDATE SET outstanding = excluded.outstanding, body = excluded.body";
        let body = json("allotment", &AllotmentV1::from(one))?;
        let outstanding = one.outstanding().thousandths();
        execute(tx, sql, &[&one.id.0, &one.device.0, &one.site.0, &one.product.0, &outstanding, &body]).await?;
    }
    write_sums(tx, desk).await
}

type Change = (PromiseV1, selvedge_domain::stock::promise::Promise);

async fn write_promises(tx: &Tx<'_>, changed: &[Change]) -> Result<(), StoreError> {
    use selvedge_domain::stock::promise::PromiseState;
    let column = |of: fn(&Change) -> Uuid| changed.iter().map(of).collect::<Vec<_>>();
    let (ids, sites) = (column(|(told, _)| told.id), column(|(told, _)| told.site));
    let channels: Vec<String> = changed.iter().map(|(told, _)| text(&channel_text(&told.channel))).collect();
    let states: Vec<&str> = changed.iter().map(|(told, _)| told.state.as_str()).collect();
    let reserved = |promise: &selvedge_domain::stock::promise::Promise| promise.state == PromiseState::Reserved;
    let expires: Vec<Option<i64>> =
        changed.iter().map(|(told, promise)| told.expires_ms.filter(|_| reserved(promise))).collect();
    let due: Vec<Option<i64>> =
        changed.iter().map(|(told, promise)| told.due_ms.filter(|_| promise.is_open())).collect();
    let bodies: Vec<String> = changed.iter().map(|(told, _)| json("promise", told)).collect::<Result<_, _>>()?;
    let sql = "INSERT INTO promise (id, site, channel, state, expires_ms, due_ms, body)
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
                                    $7::text[])
               ON CONFLICT (id) DO UPDATE SET state = excluded.state, expires_ms = excluded.expires_ms,
                   due_ms = excluded.due_ms, body = excluded.body";
    execute(tx, sql, &[&ids, &sites, &channels, &states, &expires, &due, &bodies]).await?;
    execute(tx, "DELETE FROM promise_line WHERE promise = ANY($1)", &[&ids]).await?;
    let mut lines: (Vec<Uuid>, Vec<Uuid>, Vec<Uuid>, Vec<i64>) = Default::default();
    for (told, promise) in changed {
        for product in promise.products() {
            let open = promise.open_of(product).thousandths();
            if open > 0 {
                lines.0.push(told.id);
                lines.1.push(told.site);
                lines.2.push(product.0);
                lines.3.push(open);
            }
        }
    }
    let sql = "INSERT INTO promise_line (promise, site, product, open)
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])";
    execute(tx, sql, &[&lines.0, &lines.1, &lines.2, &lines.3]).await?;
    Ok(())
}

async fn write_sums(tx: &Tx<'_>, desk: &Desk) -> Result<(), StoreError> {
    for ((site, product), promised, lent) in desk.book.deltas() {
        let sql = "INSERT INTO cover (product, site, promised, lent, short) VALUES ($1, $2, $3, $4, 0)
                   ON CONFLICT (product, site) DO UPDATE SET promised = cover.promised + excluded.promised,
                       lent = cover.lent + excluded.lent";
        execute(tx, sql, &[&product.0, &site.0, &promised.thousandths(), &lent.thousandths()]).await?;
    }
    if desk.may_grant {
        let stands: Vec<_> = desk.book.keys().collect();
        let sites: Vec<Uuid> = stands.iter().map(|((site, _), _)| site.0).collect();
        let products: Vec<Uuid> = stands.iter().map(|((_, product), _)| product.0).collect();
        let short: Vec<i64> = stands.iter().map(|(_, figures)| figures.short.thousandths()).collect();
        let sql = "UPDATE cover SET short = now.short
                   FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS now (product, site, short)
                   WHERE cover.product = now.product AND cover.site = now.site AND cover.short <> now.short";
        execute(tx, sql, &[&products, &sites, &short]).await?;
    }
    for one in desk.shortfalls() {
        let sql = "INSERT INTO shortfall (site, product, quantity, cause, fact, at_ms) VALUES ($1, $2, $3, $4, $5, $6)";
        let (site, product) = one.key;
        let fact = one.cause.fact.map(|fact| fact.0);
        let quantity = one.quantity.thousandths();
        execute(tx, sql, &[&site.0, &product.0, &quantity, &one.cause.kind.word(), &fact, &one.cause.at_ms]).await?;
    }
    for (about, fact, what) in &desk.waits {
        let sql = "INSERT INTO promise_fact (about, fact, said) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        execute(tx, sql, &[about, fact, &json("fact", what)?]).await?;
    }
    for (about, fact) in &desk.arrived {
        execute(tx, "DELETE FROM promise_fact WHERE about = $1 AND fact = $2", &[about, fact]).await?;
    }
    Ok(())
}

/// A promise, and the row that says it.
pub(super) async fn told(tx: &Tx<'_>, id: Uuid) -> Result<Option<Told>, StoreError> {
    Ok(told_all(tx, &[id]).await?.remove(&id))
}

async fn told_all(tx: &Tx<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Told>, StoreError> {
    let found = rows(tx, "SELECT id, body FROM promise WHERE id = ANY($1)", &[&ids]).await?;
    let mut promises: BTreeMap<Uuid, PromiseV1> = BTreeMap::new();
    for row in &found {
        promises.insert(row.get(0), from_json("promise", row.get(1))?);
    }
    let subjects: Vec<String> = promises.keys().map(Uuid::to_string).collect();
    let mut told = BTreeMap::new();
    for (subject, row) in feed::latest(tx, feed_kind::PROMISE, &subjects).await? {
        let id = Uuid::parse_str(&subject).unwrap_or_default();
        if let Some(promise) = promises.get(&id).filter(|promise| row.site == Some(promise.site)) {
            told.insert(id, Told { promise: promise.clone(), row });
        }
    }
    Ok(told)
}

/// Promises, oldest first.
pub(super) async fn list(tx: &Tx<'_>, asked: &PromisesAsked) -> Result<PromisesFound, StoreError> {
    let sql = "SELECT number, body FROM promise
               WHERE number > $1 AND ($2::uuid IS NULL OR site = $2) AND ($3::text IS NULL OR channel = $3)
                   AND ($4::text IS NULL OR state = $4) AND ($5::bigint IS NULL OR due_ms < $5)
               ORDER BY number LIMIT $6";
    let channel = asked.channel.as_ref().map(|channel| text(&channel_text(channel)));
    let state = asked.state.as_deref().map(text);
    let limit = i64::from(asked.limit);
    let found = rows(tx, sql, &[&asked.after, &asked.site, &channel, &state, &asked.due_before_ms, &limit]).await?;
    let promise = |row: &Row| from_json("promise", row.get(1));
    let promises: Vec<PromiseV1> = found.iter().map(promise).collect::<Result<_, _>>()?;
    let full = u32::try_from(promises.len()).unwrap_or(u32::MAX) == asked.limit;
    Ok(PromisesFound { promises, next: found.last().map(|row| row.get(0)).filter(|_| full) })
}

/// What products are asked for, in the same order.
pub(super) async fn look_up(tx: &Tx<'_>, looks: &[LookUp]) -> Result<Vec<Option<(Uuid, String)>>, StoreError> {
    let gtin = |look: &LookUp| match look {
        LookUp::Gtin(gtin) => Some(i64::try_from(*gtin).unwrap_or(-1)),
        LookUp::Sku(_) | LookUp::Product(_) => None,
    };
    let sku = |look: &LookUp| match look {
        LookUp::Sku(sku) => Some(text(sku)),
        LookUp::Gtin(_) | LookUp::Product(_) => None,
    };
    let id = |look: &LookUp| match look {
        LookUp::Product(id) => Some(*id),
        LookUp::Gtin(_) | LookUp::Sku(_) => None,
    };
    let gtins: Vec<Option<i64>> = looks.iter().map(gtin).collect();
    let skus: Vec<Option<String>> = looks.iter().map(sku).collect();
    let ids: Vec<Option<Uuid>> = looks.iter().map(id).collect();
    let sql = "SELECT product.id, product.sku
               FROM unnest($1::bigint[], $2::text[], $3::uuid[]) WITH ORDINALITY AS look (gtin, sku, id, place)
               LEFT JOIN gtin ON gtin.gtin = look.gtin
               LEFT JOIN product ON product.id = coalesce(look.id, gtin.product) OR product.sku = look.sku
               ORDER BY look.place";
    let found = rows(tx, sql, &[&gtins, &skus, &ids]).await?;
    Ok(found.iter().map(|row| row.get::<_, Option<Uuid>>(0).zip(row.get(1))).collect())
}

/// How products stand wherever they are or were.
pub(super) async fn standings(tx: &Tx<'_>, products: &[Uuid]) -> Result<Vec<Standing>, StoreError> {
    let sql = "SELECT at.product, at.site, (
                   SELECT coalesce(sum(balance.quantity), 0)::bigint FROM balance
                   JOIN location ON location.id = balance.location
                   WHERE balance.product = at.product AND balance.site = at.site AND location.kind <> 'counter'
               ), coalesce(cover.promised, 0), coalesce(cover.lent, 0),
                   coalesce((SELECT body::jsonb ->> 'name' FROM site WHERE id = at.site), '')
               FROM (SELECT product, site FROM balance WHERE product = ANY($1) AND site IS NOT NULL
                     UNION SELECT product, site FROM cover WHERE product = ANY($1)) AS at
               LEFT JOIN cover ON cover.product = at.product AND cover.site = at.site ORDER BY at.product, at.site";
    let standing = |row: &Row| Standing {
        product: row.get(0),
        site: row.get(1),
        on_hand: row.get(2),
        promised: row.get(3),
        lent: row.get(4),
        name: row.get(5),
    };
    Ok(rows(tx, sql, &[&products]).await?.iter().map(standing).collect())
}

/// What is wrong with the sums of what is promised and lent.
pub(super) async fn audit(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT site, product FROM cover
               WHERE promised <> (SELECT coalesce(sum(open), 0) FROM promise_line
                                  WHERE promise_line.product = cover.product AND promise_line.site = cover.site)
                   OR lent <> (SELECT coalesce(sum(outstanding), 0) FROM allotment
                               WHERE allotment.product = cover.product AND allotment.site = cover.site
                                   AND outstanding > 0)";
    let wrong = |row: &Row| {
        let (site, product): (Uuid, Uuid) = (row.get(0), row.get(1));
        format!("what is promised of product {product} at site {site} is not the sum")
    };
    Ok(rows(tx, sql, &[]).await?.iter().map(wrong).collect())
}
