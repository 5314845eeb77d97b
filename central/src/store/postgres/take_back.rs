//! Decisions come back: rows of lost lives, handed in by whoever kept them, become rows of the present one. Whoever hands
//! them in, however often and in whatever order: the last decision about a subject holds, by [`FeedRow::decided`].
//! Whoever takes back holds the feed's head.

use selvedge_protocol::journal::{Body, Hex32, movements};
use selvedge_protocol::v1::{
    BalanceV1, Decided, DeviceV1, FeedBody, FeedRow, OpeningV1, OriginV1, Place, ProductV1, SeenHeadV1, SiteV1, problem,
};
use uuid::Uuid;

use super::balance::Books;
use super::feed::{self, Appender, Saying};
use super::work::{Tx, execute, maybe, rows};
use super::{base, device, held, intake, json, product, promise, recovery, signed, transfer, unsigned};
use crate::store::{Generation, StoreError, TakenBack, give_way, movement_of_opening};

/// Takes rows back that central's own key signed.
pub(super) async fn take_back(tx: &Tx<'_>, rows: &[FeedRow], last: bool, now_ms: i64) -> Result<TakenBack, StoreError> {
    feed::lock(tx).await?;
    let mut done = TakenBack::default();
    for row in rows {
        let hash = row.hash().map_err(|error| StoreError::value("feed row", error))?;
        if is_here(tx, row.number, &hash).await? {
            continue;
        }
        recovery::see_life(tx, row.epoch, row.number, now_ms).await?;
        part(tx, row.epoch, row.number, &hash).await?;
        let before = Hex32::try_from(row.previous.clone()).map_err(|error| StoreError::value("feed row", error))?;
        part(tx, row.epoch, row.number.saturating_sub(1), &before).await?;
        let origin = OriginV1 { epoch: row.epoch, number: row.number, hash: hash.to_string() };
        let origin = row.origin.clone().unwrap_or(origin);
        let first = Hex32::try_from(origin.hash.clone()).map_err(|error| StoreError::value("feed row", error))?;
        // What was taken back in a life that was lost since may stand in our own history, or have come by itself.
        let known = row.origin.is_some() && is_here(tx, origin.number, &first).await?;
        keep(tx, &hash, row.epoch, row.number).await?;
        done.taken += 1;
        if !known {
            keep(tx, &first, origin.epoch, origin.number).await?;
            apply(tx, row, origin, now_ms, &mut done.remarks).await?;
        }
    }
    if last {
        // What was held because central did not know what it names may be applied now.
        intake::release_known(tx, now_ms).await?;
        if recovery::may_grant(tx).await? {
            recovery::list_lost(tx, now_ms).await?;
        }
    }
    Ok(done)
}

/// Whether a row is of our own history, or was handed in before.
async fn is_here(tx: &Tx<'_>, number: u64, hash: &Hex32) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM feed WHERE number = $1 AND hash = $2
               UNION ALL SELECT 1 FROM taken_back WHERE hash = $2 LIMIT 1";
    Ok(maybe(tx, sql, &[&signed(number), &hash.0.as_slice()]).await?.is_some())
}

async fn keep(tx: &Tx<'_>, hash: &Hex32, epoch: Uuid, number: u64) -> Result<(), StoreError> {
    let sql = "INSERT INTO taken_back (hash, epoch, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(tx, sql, &[&hash.0.as_slice(), &epoch, &signed(number)]).await?;
    Ok(())
}

/// A number that our own history has with another row: it parted from what stations have before that number.
async fn part(tx: &Tx<'_>, epoch: Uuid, number: u64, hash: &Hex32) -> Result<(), StoreError> {
    let sql = "UPDATE epoch SET parted = least(coalesce(parted, $2), $2)
               WHERE epoch = $1
                   AND EXISTS (SELECT 1 FROM feed WHERE feed.number = $2 AND feed.epoch = $1 AND hash <> $3)";
    execute(tx, sql, &[&epoch, &signed(number), &hash.0.as_slice()]).await?;
    Ok(())
}

async fn apply(
    tx: &Tx<'_>,
    row: &FeedRow,
    origin: OriginV1,
    now_ms: i64,
    remarks: &mut Vec<String>,
) -> Result<(), StoreError> {
    let decided = row.decided();
    let body = row.read().unwrap_or(FeedBody::Unknown);
    match &body {
        // Lives and what was said about them are not of this one: they only tell what is missing.
        FeedBody::Epoch(life) => {
            let sql = "UPDATE epoch SET first = coalesce(first, $2) WHERE epoch = $1";
            execute(tx, sql, &[&life.epoch, &signed(row.number)]).await?;
            if let Some(parent) = life.parent.as_ref().filter(|parent| parent.number > 0) {
                recovery::see_life(tx, parent.epoch, parent.number, now_ms).await?;
            }
            return Ok(());
        }
        FeedBody::Checkpoint(checkpoint) => return recovery::keep_checkpoint(tx, checkpoint).await,
        FeedBody::DeclaredDead(_) => return Ok(()),
        FeedBody::Device(came) => return merge_device(tx, came, decided, now_ms).await,
        FeedBody::Opening(came) => open_again(tx, came, decided).await?,
        FeedBody::Release(came) => {
            if !held::take_back(tx, came, now_ms).await? {
                return Ok(());
            }
        }
        FeedBody::Product(came) => {
            if is_older(tx, row, &body, decided).await? {
                return Ok(());
            }
            return product_back(tx, row, came, origin, remarks, now_ms).await;
        }
        // Views of one promise are merged: the further one holds, whichever came first.
        FeedBody::Promise(came) => {
            let stands = promise::take_back(tx, came, now_ms).await?.map(FeedBody::Promise);
            return say_view(tx, row, stands, origin, now_ms).await;
        }
        FeedBody::Allotment(came) => {
            let stands = promise::take_back_allotment(tx, came, now_ms).await?.map(FeedBody::Allotment);
            return say_view(tx, row, stands, origin, now_ms).await;
        }
        FeedBody::Transfer(came) => {
            let Some(stands) = transfer::take_back(tx, came).await? else { return Ok(()) };
            say_view(tx, row, Some(FeedBody::Transfer(stands.clone())), origin, now_ms).await?;
            return transfer::tell(tx, &stands, now_ms).await;
        }
        FeedBody::Company(_)
        | FeedBody::Site(_)
        | FeedBody::Till(_)
        | FeedBody::TaxRate(_)
        | FeedBody::Price(_)
        | FeedBody::Person(_)
        | FeedBody::Place(_) => {
            if is_older(tx, row, &body, decided).await? {
                return Ok(());
            }
            into_tables(tx, row.site, &body).await?;
        }
        // Of a later version: kept for it.
        FeedBody::Unknown => {}
    }
    say(tx, row, row.body.clone(), body.subject(), origin, now_ms).await
}

async fn say(
    tx: &Tx<'_>,
    row: &FeedRow,
    text: String,
    subject: Option<String>,
    origin: OriginV1,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut feed = Appender::new(tx, now_ms.max(row.at_ms)).await?;
    let origin = Some((row.at_ms, origin));
    feed.say(Saying { kind: row.kind.clone(), version: row.version, site: row.site, subject, text, origin }).await?;
    feed.finish().await
}

/// A view came back, and this is how it stands now, unless nothing changed: said as it came, or as a decision of now.
async fn say_view(
    tx: &Tx<'_>,
    row: &FeedRow,
    stands: Option<FeedBody>,
    origin: OriginV1,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(stands) = stands else { return Ok(()) };
    if row.read().is_ok_and(|came| came == stands) {
        return say(tx, row, row.body.clone(), stands.subject(), origin, now_ms).await;
    }
    let mut feed = Appender::new(tx, now_ms.max(row.at_ms)).await?;
    feed.append(row.site, &stands).await?;
    feed.finish().await
}

/// Whether a later decision about the same stands already.
async fn is_older(tx: &Tx<'_>, row: &FeedRow, body: &FeedBody, decided: Decided) -> Result<bool, StoreError> {
    let Some(subject) = body.subject() else { return Ok(false) };
    Ok(standing(tx, &row.kind, &subject, row.site).await?.is_some_and(|there| there >= decided))
}

/// When what stands about a subject was decided.
async fn standing(tx: &Tx<'_>, kind: &str, subject: &str, site: Option<Uuid>) -> Result<Option<Decided>, StoreError> {
    let sql = "SELECT at_ms, coalesce(origin_epoch, epoch), coalesce(origin_number, number) FROM feed
               WHERE kind = $1 AND subject = $2 AND NOT replaced
                   AND coalesce(site, '00000000-0000-0000-0000-000000000000') = $3";
    let found = maybe(tx, sql, &[&kind, &subject, &site.unwrap_or(Uuid::nil())]).await?;
    Ok(found.map(|row| Decided { at_ms: row.get(0), place: Place { epoch: row.get(1), number: unsigned(row.get(2)) } }))
}

/// Has the tables say what a decision about the company says.
pub(super) async fn into_tables(tx: &Tx<'_>, site: Option<Uuid>, body: &FeedBody) -> Result<(), StoreError> {
    match body {
        FeedBody::Company(came) => {
            execute(tx, "UPDATE central SET company = $1, company_name = $2", &[&came.id, &came.name]).await?;
        }
        FeedBody::Site(came) => site_back(tx, came).await?,
        FeedBody::Till(came) => {
            let sql = "INSERT INTO till (code, site, name) VALUES ($1, $2, $3)
                       ON CONFLICT (code) DO UPDATE SET site = excluded.site, name = excluded.name";
            execute(tx, sql, &[&came.code, &came.site, &came.name]).await?;
        }
        FeedBody::TaxRate(came) => {
            let sql = "INSERT INTO tax_rate (code, valid_from, valid_to, percent) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (code, valid_from) DO UPDATE
                           SET valid_to = excluded.valid_to, percent = excluded.percent";
            execute(tx, sql, &[&came.code, &came.valid_from, &came.valid_to, &came.percent]).await?;
        }
        FeedBody::Price(came) => product::upsert_prices(tx, &[(site.unwrap_or(Uuid::nil()), came)]).await?,
        FeedBody::Person(_)
        | FeedBody::Product(_)
        | FeedBody::Device(_)
        | FeedBody::Opening(_)
        | FeedBody::Release(_)
        | FeedBody::Epoch(_)
        | FeedBody::Checkpoint(_)
        | FeedBody::DeclaredDead(_)
        | FeedBody::Promise(_)
        | FeedBody::Allotment(_)
        | FeedBody::Transfer(_)
        | FeedBody::Place(_)
        | FeedBody::Unknown => {}
    }
    Ok(())
}

async fn site_back(tx: &Tx<'_>, site: &SiteV1) -> Result<(), StoreError> {
    let sql = "INSERT INTO site (id, code, body) VALUES ($1, $2, $3)
               ON CONFLICT (id) DO UPDATE SET code = excluded.code, body = excluded.body";
    execute(tx, sql, &[&site.id, &site.code, &json("site", site)?]).await?;
    for location in &site.locations {
        let sql = "INSERT INTO location (id, site, kind) VALUES ($1, $2, $3)
                   ON CONFLICT (id) DO UPDATE SET site = excluded.site, kind = excluded.kind";
        execute(tx, sql, &[&location.id, &site.id, &location.kind]).await?;
        // Books that were opened before anybody said whose location it is; each is a change of its own.
        let sql = "WITH late AS (
                       SELECT product, account, row_number() OVER (ORDER BY product, account) AS place FROM balance
                       WHERE location = $1 AND site IS NULL
                   ), mark AS (
                       UPDATE head SET number = number + (SELECT count(*) FROM late) WHERE what = 'balance'
                       RETURNING number - (SELECT count(*) FROM late) AS before
                   )
                   UPDATE balance SET site = $2, changed = mark.before + late.place FROM late, mark
                   WHERE balance.product = late.product AND balance.account = late.account";
        execute(tx, sql, &[&location.id, &site.id]).await?;
    }
    Ok(())
}

/// Opens the books with what comes back; an opening that was decided later gives way.
async fn open_again(tx: &Tx<'_>, came: &OpeningV1, decided: Decided) -> Result<(), StoreError> {
    let mut books = Books::new(tx);
    for line in &came.lines {
        let sql = "SELECT quantity, at_ms, decided_ms, epoch, number FROM opening WHERE product = $1 AND location = $2";
        if let Some(row) = maybe(tx, sql, &[&line.product, &line.location]).await? {
            let place = Place { epoch: row.get(3), number: unsigned(row.get(4)) };
            if (Decided { at_ms: row.get(2), place }) <= decided {
                continue;
            }
            let later = BalanceV1 { quantity_thousandths: row.get(0), ..line.clone() };
            books.take_back(&movement_of_opening(&later, row.get(1))).await?;
        }
        books.post(None, movement_of_opening(line, came.at_ms)).await?;
        let sql = "INSERT INTO opening (product, location, quantity, at_ms, decided_ms, epoch, number)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   ON CONFLICT (product, location) DO UPDATE SET quantity = excluded.quantity, at_ms = excluded.at_ms,
                       decided_ms = excluded.decided_ms, epoch = excluded.epoch, number = excluded.number";
        let number = signed(decided.place.number);
        execute(
            tx,
            sql,
            &[
                &line.product,
                &line.location,
                &line.quantity_thousandths,
                &came.at_ms,
                &decided.at_ms,
                &decided.place.epoch,
                &number,
            ],
        )
        .await?;
    }
    books.finish().await?;
    Ok(())
}

/// A product, and its numbers: where another one has them too, they stay with the one that was decided first.
async fn product_back(
    tx: &Tx<'_>,
    row: &FeedRow,
    came: &ProductV1,
    origin: OriginV1,
    remarks: &mut Vec<String>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut came = came.clone();
    for mut rival in product::rivals(tx, &came).await? {
        let theirs = standing(tx, "product", &rival.id.to_string(), None).await?;
        if theirs.is_some_and(|theirs| theirs < row.decided()) {
            remarks.push(give_way(&mut came, &rival));
        } else {
            remarks.push(give_way(&mut rival, &came));
            product::keep(tx, &rival).await?;
            let mut feed = Appender::new(tx, now_ms.max(row.at_ms)).await?;
            feed.append(None, &FeedBody::Product(rival)).await?;
            feed.finish().await?;
        }
    }
    product::keep(tx, &came).await?;
    let same = row.read().is_ok_and(|said| said == FeedBody::Product(came.clone()));
    let text = if same { row.body.clone() } else { json("product", &came)? };
    say(tx, row, text, Some(came.id.to_string()), origin, now_ms).await
}

/// A station is what all rows about it say together: a key ever enrolled is never forgotten, nor a revocation.
async fn merge_device(tx: &Tx<'_>, came: &DeviceV1, decided: Decided, now_ms: i64) -> Result<(), StoreError> {
    let known = device::by_id(tx, came.id).await?;
    let later = standing(tx, "device", &came.id.to_string(), None).await?.is_none_or(|there| there < decided);
    if known.is_none() || later {
        let sql = "INSERT INTO device (id, site, till, app, enrolled_ms, revision) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (id) DO UPDATE SET site = excluded.site, till = excluded.till, app = excluded.app,
                       enrolled_ms = excluded.enrolled_ms, revision = excluded.revision";
        let revision = i32::try_from(came.revision).unwrap_or(i32::MAX);
        execute(tx, sql, &[&came.id, &came.site, &came.till, &came.app, &came.enrolled_ms, &revision]).await?;
    }
    for one in &came.generations {
        let public_key = Hex32::try_from(one.public_key.clone());
        let public_key = public_key.map_err(|error| StoreError::value("generation", error))?;
        let short = one.short.clone();
        let new = Generation { generation: one.generation, device: came.id, short, public_key };
        device::keep_generation(tx, &new, one.known_ms).await?;
    }
    if let Some(revoked) = &came.revoked {
        for head in &revoked.heads {
            let hash = hex::decode(&head.hash).map_err(|error| StoreError::value("entry", error))?;
            let sql =
                "INSERT INTO revoked_head (generation, sequence, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            execute(tx, sql, &[&head.generation, &signed(head.sequence), &hash]).await?;
        }
        let sql = "UPDATE device SET revoked_ms = least(coalesce(revoked_ms, $2), $2) WHERE id = $1";
        execute(tx, sql, &[&came.id, &revoked.at_ms]).await?;
        hold_back(tx, came.id, &revoked.heads).await?;
    }
    device::tell(tx, came.id, now_ms.max(decided.at_ms)).await
}

/// Entries of a revoked station that were applied before anybody said again that it was revoked.
async fn hold_back(tx: &Tx<'_>, of: Uuid, heads: &[SeenHeadV1]) -> Result<(), StoreError> {
    let sql = "SELECT number, generation, sequence, body, hash FROM entry
               WHERE device = $1 AND state = 'applied'
                   AND NOT EXISTS (SELECT 1 FROM released WHERE released.generation = entry.generation
                       AND released.hash = entry.hash) FOR UPDATE";
    let mut books = Books::new(tx);
    let mut held = Vec::new();
    for row in rows(tx, sql, &[&of]).await? {
        let (generation, sequence): (Uuid, u64) = (row.get(1), unsigned(row.get(2)));
        if heads.iter().any(|head| head.generation == generation && sequence <= head.sequence) {
            continue;
        }
        let body = std::str::from_utf8(row.get(3)).ok().and_then(|text| Body::decode(text).ok());
        let base = base::of_entry(tx, generation, sequence, row.get(4)).await?;
        for movement in body.and_then(|body| movements(&body).ok()).unwrap_or_default() {
            books.take_back_of(base, &movement).await?;
        }
        held.push((row.get(0), problem::DEVICE_REVOKED, "the station was revoked before this arrived"));
    }
    intake::hold(tx, &held).await?;
    let numbers: Vec<i64> = held.iter().map(|(number, _, _)| *number).collect();
    execute(tx, "UPDATE entry SET state = 'held' WHERE number = ANY($1)", &[&numbers]).await?;
    books.finish().await?;
    Ok(())
}
