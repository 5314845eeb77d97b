//! Decisions come back: rows of lost lives, handed in by whoever kept them, become rows of the present one. Whoever hands
//! them in, however often and in whatever order: the last decision about a subject holds, by [`FeedRow::decided`].

use rusqlite::{OptionalExtension, Transaction};
use selvedge_protocol::journal::{Body, Hex32, movements};
use selvedge_protocol::v1::{
    Decided, DeviceV1, FeedBody, FeedRow, OriginV1, Place, ProductV1, SeenHeadV1, SiteV1, problem,
};
use uuid::Uuid;

use super::balance::Books;
use super::feed::{Appender, Saying};
use super::{base, device, hash, held, intake, json, opening, product, promise, recovery, transfer, uuid};
use crate::store::{Generation, StoreError, TakenBack, give_way};

/// Takes rows back that central's own key signed.
pub(super) fn take_back(
    tx: &Transaction<'_>,
    rows: &[FeedRow],
    last: bool,
    now_ms: i64,
) -> Result<TakenBack, StoreError> {
    let mut done = TakenBack::default();
    for row in rows {
        let hash = row.hash().map_err(|error| StoreError::value("feed row", error))?;
        if is_here(tx, row, &hash)? {
            continue;
        }
        recovery::see_life(tx, row.epoch, row.number, now_ms)?;
        part(tx, row.epoch, row.number, &hash)?;
        let before = Hex32::try_from(row.previous.clone()).map_err(|error| StoreError::value("feed row", error))?;
        part(tx, row.epoch, row.number.saturating_sub(1), &before)?;
        let known = row.origin.as_ref().map(|origin| is_origin_here(tx, origin)).transpose()?.unwrap_or(false);
        keep(tx, &hash, row.epoch, row.number)?;
        done.taken += 1;
        if !known {
            let origin = OriginV1 { epoch: row.epoch, number: row.number, hash: hash.to_string() };
            let origin = row.origin.clone().unwrap_or(origin);
            let first = Hex32::try_from(origin.hash.clone()).map_err(|error| StoreError::value("feed row", error))?;
            keep(tx, &first, origin.epoch, origin.number)?;
            apply(tx, row, origin, now_ms, &mut done.remarks)?;
        }
    }
    if last {
        // What was held because central did not know what it names may be applied now.
        intake::release_known(tx, now_ms)?;
        if recovery::may_grant(tx)? {
            recovery::list_lost(tx, now_ms)?;
        }
    }
    Ok(done)
}

/// Whether a row is of our own history, or was handed in before.
fn is_here(tx: &Transaction<'_>, row: &FeedRow, hash: &Hex32) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM feed WHERE number = ?1 AND hash = ?2
             UNION ALL SELECT 1 FROM taken_back WHERE hash = ?2 LIMIT 1",
        )?
        .exists((row.number, hash.0))?)
}

/// Whether what was taken back in a life that was lost since was decided in our own history, or taken back by us too.
fn is_origin_here(tx: &Transaction<'_>, origin: &OriginV1) -> Result<bool, StoreError> {
    let hash = hex::decode(&origin.hash).map_err(|error| StoreError::value("feed row", error))?;
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM feed WHERE number = ?1 AND hash = ?2
             UNION ALL SELECT 1 FROM taken_back WHERE hash = ?2 LIMIT 1",
        )?
        .exists((origin.number, hash))?)
}

fn keep(tx: &Transaction<'_>, hash: &Hex32, epoch: Uuid, number: u64) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO taken_back (hash, epoch, number) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((hash.0, epoch.into_bytes(), number))?;
    Ok(())
}

/// A number that our own history has with another row: it parted from what stations have before that number. Of a row
/// that nobody hands in, the one after it knows the hash.
fn part(tx: &Transaction<'_>, epoch: Uuid, number: u64, hash: &Hex32) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE epoch SET parted = min(coalesce(parted, ?2), ?2)
         WHERE epoch = ?1 AND EXISTS (SELECT 1 FROM feed WHERE feed.number = ?2 AND feed.epoch = ?1 AND hash <> ?3)",
    )?
    .execute((epoch.into_bytes(), number, hash.0))?;
    Ok(())
}

fn apply(
    tx: &Transaction<'_>,
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
            tx.prepare_cached("UPDATE epoch SET first = coalesce(first, ?2) WHERE epoch = ?1")?
                .execute((life.epoch.into_bytes(), row.number))?;
            if let Some(parent) = &life.parent
                && parent.number > 0
            {
                recovery::see_life(tx, parent.epoch, parent.number, now_ms)?;
            }
            return Ok(());
        }
        FeedBody::Checkpoint(checkpoint) => return recovery::keep_checkpoint(tx, checkpoint),
        FeedBody::DeclaredDead(_) => return Ok(()),
        FeedBody::Device(came) => return merge_device(tx, came, decided, now_ms),
        FeedBody::Opening(came) => {
            let mut books = Books::new(tx)?;
            for line in &came.lines {
                opening::post(tx, &mut books, line, came.at_ms, decided)?;
            }
        }
        FeedBody::Release(came) => {
            if !held::take_back(tx, came, now_ms)? {
                return Ok(());
            }
        }
        FeedBody::Product(came) => {
            if is_older(tx, row, &body, decided)? {
                return Ok(());
            }
            return product_back(tx, row, came, origin, remarks, now_ms);
        }
        // Views of one promise are merged: the further one holds, whichever came first.
        FeedBody::Promise(came) => {
            let stands = promise::take_back(tx, came, now_ms)?.map(FeedBody::Promise);
            return say_view(tx, row, stands, origin, now_ms);
        }
        FeedBody::Allotment(came) => {
            let stands = promise::take_back_allotment(tx, came, now_ms)?.map(FeedBody::Allotment);
            return say_view(tx, row, stands, origin, now_ms);
        }
        FeedBody::Transfer(came) => {
            let Some(stands) = transfer::take_back(tx, came)? else { return Ok(()) };
            say_view(tx, row, Some(FeedBody::Transfer(stands.clone())), origin, now_ms)?;
            return transfer::tell(tx, &stands, now_ms);
        }
        FeedBody::Company(_)
        | FeedBody::Site(_)
        | FeedBody::Till(_)
        | FeedBody::TaxRate(_)
        | FeedBody::Price(_)
        | FeedBody::Person(_)
        | FeedBody::Place(_) => {
            if is_older(tx, row, &body, decided)? {
                return Ok(());
            }
            into_tables(tx, row.site, &body)?;
        }
        // Of a later version: kept for it.
        FeedBody::Unknown => {}
    }
    say(tx, row, row.body.clone(), body.subject(), origin, now_ms)
}

fn say(
    tx: &Transaction<'_>,
    row: &FeedRow,
    text: String,
    subject: Option<String>,
    origin: OriginV1,
    now_ms: i64,
) -> Result<(), StoreError> {
    let saying = Saying {
        kind: &row.kind,
        version: row.version,
        site: row.site,
        subject,
        text,
        origin: Some((row.at_ms, origin)),
    };
    Appender::new(tx, now_ms.max(row.at_ms))?.say(saying)?;
    Ok(())
}

/// A view came back, and this is how it stands now, unless nothing changed: said as it came, or as a decision of now.
fn say_view(
    tx: &Transaction<'_>,
    row: &FeedRow,
    stands: Option<FeedBody>,
    origin: OriginV1,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(stands) = stands else { return Ok(()) };
    if row.read().is_ok_and(|came| came == stands) {
        return say(tx, row, row.body.clone(), stands.subject(), origin, now_ms);
    }
    Appender::new(tx, now_ms.max(row.at_ms))?.append(row.site, &stands)?;
    Ok(())
}

/// Whether a later decision about the same stands already.
fn is_older(tx: &Transaction<'_>, row: &FeedRow, body: &FeedBody, decided: Decided) -> Result<bool, StoreError> {
    let Some(subject) = body.subject() else { return Ok(false) };
    Ok(standing(tx, &row.kind, &subject, row.site)?.is_some_and(|there| there >= decided))
}

/// When what stands about a subject was decided.
fn standing(
    tx: &Transaction<'_>,
    kind: &str,
    subject: &str,
    site: Option<Uuid>,
) -> Result<Option<Decided>, StoreError> {
    type Found = (i64, Vec<u8>, u64);
    let found: Option<Found> = tx
        .prepare_cached(
            "SELECT at_ms, coalesce(origin_epoch, epoch), coalesce(origin_number, number) FROM feed
             WHERE kind = ?1 AND subject = ?2 AND coalesce(site, x'') = coalesce(?3, x'') AND replaced = 0",
        )?
        .query_row((kind, subject, site.map(Uuid::into_bytes)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found
        .map(|(at_ms, epoch, number)| Ok(Decided { at_ms, place: Place { epoch: uuid("feed row", &epoch)?, number } }))
        .transpose()
}

/// Has the tables say what a decision about the company says.
pub(super) fn into_tables(tx: &Transaction<'_>, site: Option<Uuid>, body: &FeedBody) -> Result<(), StoreError> {
    match body {
        FeedBody::Company(came) => {
            tx.prepare_cached("UPDATE central SET company = ?1, company_name = ?2")?
                .execute((came.id.into_bytes(), &came.name))?;
        }
        FeedBody::Site(came) => site_back(tx, came)?,
        FeedBody::Till(came) => {
            tx.prepare_cached(
                "INSERT INTO till (code, site, name) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET site = ?2, name = ?3",
            )?
            .execute((&came.code, came.site.into_bytes(), &came.name))?;
        }
        FeedBody::TaxRate(came) => {
            tx.prepare_cached(
                "INSERT INTO tax_rate (code, valid_from, valid_to, percent) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET valid_to = ?3, percent = ?4",
            )?
            .execute((&came.code, &came.valid_from, &came.valid_to, &came.percent))?;
        }
        FeedBody::Price(came) => product::keep_price(tx, site, came)?,
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

fn site_back(tx: &Transaction<'_>, site: &SiteV1) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO site (id, code, body) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET code = ?2, body = ?3",
    )?
    .execute((site.id.into_bytes(), &site.code, json("site", site)?))?;
    for location in &site.locations {
        tx.prepare_cached(
            "INSERT INTO location (id, site, kind) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET site = ?2, kind = ?3",
        )?
        .execute((location.id.into_bytes(), site.id.into_bytes(), &location.kind))?;
        // Books that were opened before anybody said whose location it is.
        tx.prepare_cached(
            "UPDATE balance SET site = ?2, changed = changed + (SELECT max(changed) FROM balance)
             WHERE location = ?1 AND site IS NULL",
        )?
        .execute((location.id.into_bytes(), site.id.into_bytes()))?;
    }
    Ok(())
}

/// A product, and its numbers: where another one has them too, they stay with the one that was decided first.
fn product_back(
    tx: &Transaction<'_>,
    row: &FeedRow,
    came: &ProductV1,
    origin: OriginV1,
    remarks: &mut Vec<String>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut came = came.clone();
    for rival in product::rivals(tx, &came)? {
        let theirs = standing(tx, "product", &rival.id.to_string(), None)?;
        if theirs.is_some_and(|theirs| theirs < row.decided()) {
            remarks.push(give_way(&mut came, &rival));
        } else {
            let mut rival = rival;
            remarks.push(give_way(&mut rival, &came));
            product::keep(tx, &rival)?;
            Appender::new(tx, now_ms.max(row.at_ms))?.append(None, &FeedBody::Product(rival))?;
        }
    }
    product::keep(tx, &came)?;
    let text = if row.read().is_ok_and(|said| said == FeedBody::Product(came.clone())) {
        row.body.clone()
    } else {
        json("product", &came)?
    };
    say(tx, row, text, Some(came.id.to_string()), origin, now_ms)
}

/// A station is what all rows about it say together: a key ever enrolled is never forgotten, nor a revocation.
fn merge_device(tx: &Transaction<'_>, came: &DeviceV1, decided: Decided, now_ms: i64) -> Result<(), StoreError> {
    let known = device::by_id(tx, came.id)?;
    let later = standing(tx, "device", &came.id.to_string(), None)?.is_none_or(|there| there < decided);
    if known.is_none() || later {
        tx.prepare_cached(
            "INSERT INTO device (id, site, till, app, enrolled_ms, revoked_ms, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6)
             ON CONFLICT DO UPDATE SET site = ?2, till = ?3, app = ?4, enrolled_ms = ?5, revision = ?6",
        )?
        .execute((
            came.id.into_bytes(),
            came.site.into_bytes(),
            &came.till,
            &came.app,
            came.enrolled_ms,
            came.revision,
        ))?;
    }
    for generation in &came.generations {
        let public_key = Hex32::try_from(generation.public_key.clone());
        let public_key = public_key.map_err(|error| StoreError::value("generation", error))?;
        if device::generation(tx, generation.generation)?.is_none() {
            let new = Generation {
                generation: generation.generation,
                device: came.id,
                short: generation.short.clone(),
                public_key,
            };
            device::keep_generation(tx, &new, generation.known_ms)?;
        }
    }
    if let Some(revoked) = &came.revoked {
        for head in &revoked.heads {
            let hash = hex::decode(&head.hash).map_err(|error| StoreError::value("entry", error))?;
            device::keep_revoked_head(tx, head.generation, head.sequence, &hash)?;
        }
        tx.prepare_cached("UPDATE device SET revoked_ms = min(coalesce(revoked_ms, ?2), ?2) WHERE id = ?1")?
            .execute((came.id.into_bytes(), revoked.at_ms))?;
        hold_back(tx, came.id, &revoked.heads)?;
    }
    device::tell(tx, came.id, now_ms.max(decided.at_ms))
}

/// Entries of a revoked station that were applied before anybody said again that it was revoked.
fn hold_back(tx: &Transaction<'_>, of: Uuid, heads: &[SeenHeadV1]) -> Result<(), StoreError> {
    type Applied = (i64, Vec<u8>, u64, String, Vec<u8>);
    let applied: Vec<Applied> = tx
        .prepare_cached(
            "SELECT number, generation, sequence, body, hash FROM entry
             WHERE device = ?1 AND state = 'applied'
                 AND NOT EXISTS (SELECT 1 FROM released WHERE released.generation = entry.generation
                     AND released.hash = entry.hash)",
        )?
        .query_map([of.into_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
        .collect::<Result<_, _>>()?;
    let mut books = Books::new(tx)?;
    for (number, generation, sequence, body, bytes) in applied {
        let counted =
            heads.iter().any(|head| head.generation.as_bytes() == generation.as_slice() && sequence <= head.sequence);
        if counted {
            continue;
        }
        let base = base::of_entry(tx, uuid("entry", &generation)?, sequence, &hash("entry", &bytes)?)?;
        for movement in Body::decode(&body).ok().and_then(|body| movements(&body).ok()).unwrap_or_default() {
            books.take_back_of(base.as_ref().map(|base| base.number), &movement)?;
        }
        intake::hold(tx, number, problem::DEVICE_REVOKED, "the station was revoked before this arrived")?;
        tx.prepare_cached("UPDATE entry SET state = 'held' WHERE number = ?1")?.execute([number])?;
    }
    Ok(())
}
