//! Bases: what stretches of the journal did whose entries are not kept any more. Central signed each of them; with one
//! transaction it takes the place of its entries.

use rusqlite::OptionalExtension;
use selvedge_domain::ids::{DeviceId, GenerationId};
use selvedge_domain::stock::ledger::Movement;
use selvedge_domain::stock::sums::{Line, Sums};
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{
    self, Base, BaseStatement, Body, Entry, Hash, Hex64, ReadBase, STRETCH, add_up, digest_of, is_kept_whole,
};
use selvedge_protocol::v1::{DeviceHeadV1, MAX_SEGMENT_BYTES};
use serde::{Deserialize, Serialize};

use super::{blob, decision, generation, recovery, setting, shift, station, stock, uuid};
use crate::{StoreError, Tx};

/// The heads of our journals in the last checkpoint that came.
const CHECKPOINT: &str = "checkpoint-heads";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How long entries stay at least where nobody says anything else: a year and a month of backups.
pub const HORIZON_DAYS: u32 = 400;
const RULE: &str = "pruning-rule";
const ASKED: &str = "pruning-asked";

/// Entries of a base that stay whole, at most: they are handed in with it, in one segment.
const MOST_WHOLE: usize = 250;

/// Which entries may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Those that are older.
    pub days: u32,
    /// So many at once.
    pub stretch: u64,
}

impl Default for Rule {
    fn default() -> Self {
        Rule { days: HORIZON_DAYS, stretch: STRETCH }
    }
}

/// The rule of this station; what somebody asked for stands above it.
///
/// # Errors
/// [`StoreError`].
pub fn rule(tx: &Tx) -> Result<Rule, StoreError> {
    let rule: Rule = setting::get(tx, RULE)?.unwrap_or_default();
    Ok(Rule { days: asked(tx)?.unwrap_or(rule.days), ..rule })
}

/// Sets the rule of this station.
///
/// # Errors
/// [`StoreError`].
pub fn set_rule(tx: &Tx, rule: &Rule) -> Result<(), StoreError> {
    setting::set(tx, RULE, rule)
}

/// Of which age entries are to go now, in days, when somebody asked for that.
///
/// # Errors
/// [`StoreError`].
pub fn asked(tx: &Tx) -> Result<Option<u32>, StoreError> {
    setting::get(tx, ASKED)
}

/// Asks for it, until it was done.
///
/// # Errors
/// [`StoreError`].
pub fn ask(tx: &Tx, days: Option<u32>) -> Result<(), StoreError> {
    match days {
        Some(days) => setting::set(tx, ASKED, &days),
        None if asked(tx)?.is_some() => setting::clear(tx, ASKED),
        None => Ok(()),
    }
}

/// A base that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As central signed it.
    pub base: Base,
    /// Of which life of the journal.
    pub generation: GenerationId,
    /// The first entry that it stands for.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// Hash of the last one.
    pub hash: Hash,
}

/// Why the next stretch of a generation stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stays {
    /// There is no whole stretch with an entry behind it.
    #[error("there are too few entries")]
    Short,
    /// Some of it is younger than asked for.
    #[error("some of the next entries are not old enough")]
    Young,
    /// Central has not acknowledged it.
    #[error("central has not acknowledged the next entries")]
    Unsent,
    /// No checkpoint of central's has come that covers it.
    #[error("no checkpoint of central's covers the next entries: it makes one a day")]
    NoCheckpoint,
    /// Central holds an entry of it for a manager.
    #[error("central holds one of the next entries for a manager")]
    Held,
    /// The open shift began in it.
    #[error("the open shift began among the next entries: close the till first")]
    OpenShift,
    /// Another station wrote under this generation.
    #[error("another station wrote under this journal, which stays whole")]
    Parted,
    /// An entry of it is missing, cannot be read, or is of a kind that this version does not know.
    #[error("one of the next entries is missing, or this version does not understand it")]
    NotWhole,
    /// Too many of its entries stay whole: there is little to gain, and they could not be handed in with the base.
    #[error("too many of the next entries are promises and the like, which stay whole")]
    KeptWhole,
    /// The data file was damaged, and it is not known yet what is left.
    #[error("the data file was damaged, and central has not given back what it has")]
    Recovering,
}

/// A stretch that can become a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What it did.
    pub statement: BaseStatement,
    /// The text that central is asked to sign.
    pub text: String,
}

/// The next stretch of a generation, when nothing needs its entries any more; or why not. `now_ms` is in milliseconds since
/// 1970, as central sees them.
///
/// # Errors
/// [`StoreError`].
pub fn due(
    tx: &Tx,
    device: DeviceId,
    of: GenerationId,
    Rule { days, stretch }: Rule,
    now_ms: i64,
) -> Result<Result<Due, Stays>, StoreError> {
    let (first, previous) = end(tx, of)?.map_or((1, journal::GENESIS), |(last, hash)| (last + 1, hash));
    let last = first + stretch.clamp(1, STRETCH) - 1;
    if super::journal::head(tx, of)?.0 <= last {
        return Ok(Err(Stays::Short));
    }
    if recovery::get(tx)?.is_some() {
        return Ok(Err(Stays::Recovering));
    }
    if generation::parting(tx, of)?.is_some() {
        return Ok(Err(Stays::Parted));
    }
    if super::journal::acknowledged(tx, of)?.0 < last {
        return Ok(Err(Stays::Unsent));
    }
    if !is_covered(tx, of, last)? {
        return Ok(Err(Stays::NoCheckpoint));
    }
    let held = tx
        .prepare_cached("SELECT 1 FROM held WHERE generation = ?1 AND sequence >= ?2 AND sequence <= ?3")?
        .exists((blob(of.0), first, last))?;
    if held {
        return Ok(Err(Stays::Held));
    }
    let count = u32::try_from(last - first + 1).unwrap_or(u32::MAX);
    let entries = super::journal::after(tx, device, of, first - 1, count)?;
    let whole = entries.first().is_some_and(|entry| entry.previous == previous)
        && entries.last().is_some_and(|entry| entry.id.sequence == last);
    let Some(newest_ms) = newest_ms(&entries).filter(|_| whole) else { return Ok(Err(Stays::NotWhole)) };
    if newest_ms > now_ms.saturating_sub(i64::from(days) * DAY_MS) {
        return Ok(Err(Stays::Young));
    }
    if let Some(open) = shift::open(tx)?
        && entries.iter().any(|entry| entry.body.contains(&open.id.to_string()))
    {
        return Ok(Err(Stays::OpenShift));
    }
    let due = add_up(&entries).and_then(|statement| statement.encode().map(|text| Due { statement, text }));
    let Ok(due) = due else { return Ok(Err(Stays::NotWhole)) };
    let whole = entries.iter().filter(|entry| is_whole(&entry.body));
    let bytes = due.text.len() + whole.clone().map(|entry| entry.body.len()).sum::<usize>();
    let too_much = whole.count() > MOST_WHOLE || bytes > MAX_SEGMENT_BYTES / 2;
    Ok(if too_much { Err(Stays::KeptWhole) } else { Ok(due) })
}

/// The latest moment at which one of them happened; none where one cannot be read.
fn newest_ms(entries: &[Entry]) -> Option<i64> {
    let mut newest = i64::MIN;
    for entry in entries {
        newest = newest.max(Stamp::from(Body::decode(&entry.body).ok()?.at).corrected_ms());
    }
    Some(newest)
}

/// Puts a base in the place of its entries: these go, but for those that say more than what they did to stock, and with
/// them their movements and the sales that nobody can return any more. The balances stay. A second time changes nothing.
///
/// # Errors
/// [`StoreError`]; among them that the base is not of what is here.
pub fn put_in_place(tx: &Tx, read: &ReadBase) -> Result<(), StoreError> {
    let says = &read.says;
    let of = GenerationId(says.generation);
    if !insert(tx, read, false)? {
        return Ok(());
    }
    let count = u32::try_from(says.last - says.first + 1).unwrap_or(u32::MAX);
    let entries = super::journal::after(tx, DeviceId(says.device), of, says.first - 1, count)?;
    let own = |entry: &&Entry| entry.id.sequence <= says.last;
    let all = entries.iter().filter(own).map(|entry| read.stands_for(of.0, entry.id.sequence, &entry.hash));
    if all.clone().count() != usize::try_from(count).unwrap_or(usize::MAX) || !all.clone().all(|own| own) {
        return Err(StoreError::value("base", "it does not stand for what is here"));
    }
    for entry in entries.iter().filter(own).filter(|entry| !is_whole(&entry.body)) {
        let at = (blob(of.0), entry.id.sequence);
        tx.prepare_cached("DELETE FROM movement WHERE generation = ?1 AND sequence = ?2")?.execute(at)?;
        tx.prepare_cached(
            "DELETE FROM print_job WHERE state NOT IN ('waiting', 'sending', 'uncertain')
                 AND sale = (SELECT id FROM sale WHERE generation = ?1 AND sequence = ?2)",
        )?
        .execute(at)?;
        tx.prepare_cached(
            "DELETE FROM refund WHERE sale = (SELECT id FROM sale WHERE generation = ?1 AND sequence = ?2)",
        )?
        .execute(at)?;
        tx.prepare_cached(
            "DELETE FROM sale WHERE generation = ?1 AND sequence = ?2
                 AND NOT EXISTS (SELECT 1 FROM refund WHERE by_sale = sale.id)",
        )?
        .execute(at)?;
        tx.prepare_cached("DELETE FROM entry WHERE generation = ?1 AND sequence = ?2")?.execute(at)?;
    }
    Ok(())
}

/// Takes back a base that a damaged file still had, before the entries: see [`super::journal::restore`].
///
/// # Errors
/// [`StoreError`].
pub fn restore(tx: &Tx, read: &ReadBase) -> Result<(), StoreError> {
    insert(tx, read, true).map(drop)
}

/// Notes a base: whether it was not there. Its lines are what it says without the movements of entries that are kept
/// whole, and that are here; the balances change by them where they did not before.
fn insert(tx: &Tx, read: &ReadBase, changes_balances: bool) -> Result<bool, StoreError> {
    let says = &read.says;
    let new = tx
        .prepare_cached(
            "INSERT INTO base (generation, first, last, hash, digests, statement, signature)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute((
            blob(says.generation),
            says.first,
            says.last,
            says.hash.0,
            read.digests(),
            &read.base.text,
            read.base.signature.0,
        ))?;
    if new == 0 {
        return Ok(false);
    }
    let number = tx.last_insert_rowid();
    let mut rest: Sums = read.sums().clone();
    let of = GenerationId(says.generation);
    let count = u32::try_from(says.last - says.first + 1).unwrap_or(u32::MAX);
    for entry in super::journal::after(tx, DeviceId(says.device), of, says.first - 1, count)? {
        if entry.id.sequence <= says.last && (changes_balances || is_whole(&entry.body)) {
            movements(&entry.body).iter().for_each(|movement| rest.take_off(movement));
        }
    }
    for (line, sum) in rest.iter() {
        tx.prepare_cached(
            "INSERT INTO base_line (base, product, from_account, to_account, lot, quantity)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            number,
            blob(line.product.0),
            line.from.key(),
            line.to.key(),
            line.lot.as_deref().unwrap_or_default(),
            sum.quantity.thousandths(),
        ))?;
        if changes_balances {
            stock::shift(tx, line, sum.quantity)?;
        }
    }
    Ok(true)
}

/// A movement of an entry for which a base stands is here by itself now: the base counts as much less.
pub(super) fn make_room(tx: &Tx, of: GenerationId, sequence: u64, movement: &Movement) -> Result<(), StoreError> {
    let line = Line::of(movement);
    let there = tx
        .prepare_cached(
            "UPDATE base_line SET quantity = quantity - ?6
             WHERE base = (SELECT number FROM base WHERE generation = ?1 AND first <= ?2 AND last >= ?2)
                 AND product = ?3 AND from_account = ?4 AND to_account = ?5 AND lot = ?7",
        )?
        .execute((
            blob(of.0),
            sequence,
            blob(line.product.0),
            line.from.key(),
            line.to.key(),
            movement.quantity.thousandths(),
            line.lot.as_deref().unwrap_or_default(),
        ))?;
    if there == 1 { stock::shift(tx, &line, -movement.quantity) } else { Ok(()) }
}

/// Whether an entry stays whole although a base stands for it; what cannot be read does.
pub(super) fn is_whole(body: &str) -> bool {
    Body::decode(body).and_then(|body| body.fact()).map_or(true, |fact| is_kept_whole(&fact))
}

fn movements(body: &str) -> Vec<Movement> {
    Body::decode(body).ok().and_then(|body| journal::movements(&body).ok()).unwrap_or_default()
}

/// Whether a base stands for the entry with this number and hash; none where no base stands for that number.
///
/// # Errors
/// [`StoreError`].
pub fn stands_for(tx: &Tx, of: GenerationId, sequence: u64, hash: &Hash) -> Result<Option<bool>, StoreError> {
    let found: Option<(u64, Vec<u8>)> = tx
        .prepare_cached("SELECT first, digests FROM base WHERE generation = ?1 AND first <= ?2 AND last >= ?2")?
        .query_row((blob(of.0), sequence), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found
        .map(|(first, digests)| digest_of(&digests, first, sequence).is_some_and(|digest| hash.0.starts_with(digest))))
}

/// The number and hash of the last entry for which a base of a generation stands.
///
/// # Errors
/// [`StoreError`].
pub fn end(tx: &Tx, of: GenerationId) -> Result<Option<(u64, Hash)>, StoreError> {
    Ok(of_generation(tx, of)?.pop().map(|kept| (kept.last, kept.hash)))
}

/// The base that stands for the entry with this number.
///
/// # Errors
/// [`StoreError`].
pub fn of_number(tx: &Tx, of: GenerationId, sequence: u64) -> Result<Option<Kept>, StoreError> {
    let all = of_generation(tx, of)?;
    Ok(all.into_iter().find(|kept| (kept.first..=kept.last).contains(&sequence)))
}

/// All of a generation, in order.
///
/// # Errors
/// [`StoreError`].
pub fn of_generation(tx: &Tx, of: GenerationId) -> Result<Vec<Kept>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT first, last, hash, statement, signature FROM base WHERE generation = ?1 ORDER BY first",
    )?;
    let mut rows = statement.query([blob(of.0)])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let wrong = |error| StoreError::value("base", error);
        all.push(Kept {
            generation: of,
            first: row.get(0)?,
            last: row.get(1)?,
            hash: Hash::from_slice(&row.get::<_, Vec<u8>>(2)?).map_err(wrong)?,
            base: Base { text: row.get(3)?, signature: Hex64::from_slice(&row.get::<_, Vec<u8>>(4)?).map_err(wrong)? },
        });
    }
    Ok(all)
}

/// Product, the account that gave, the one that received, and how much in thousandths.
type Moved = (uuid::Uuid, String, String, i64);

/// Sums of bases of a generation that begin behind an entry; and whether that is all: a base in which the entry stands
/// counts as a whole.
pub(super) fn lines_after(tx: &Tx, of: GenerationId, sequence: u64) -> Result<(Vec<Moved>, bool), StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT product, from_account, to_account, quantity, first > ?2 FROM base JOIN base_line ON base = number
         WHERE generation = ?1 AND last > ?2",
    )?;
    let mut rows = statement.query((blob(of.0), sequence))?;
    let (mut lines, mut sure) = (Vec::new(), true);
    while let Some(row) = rows.next()? {
        lines.push((uuid("base", &row.get::<_, Vec<u8>>(0)?)?, row.get(1)?, row.get(2)?, row.get(3)?));
        sure &= row.get::<_, bool>(4)?;
    }
    Ok((lines, sure))
}

/// Whether a receipt is older than those that are kept of its generation, of which `short` stands on it: its entry is in a
/// base.
///
/// # Errors
/// [`StoreError`].
pub fn had_receipt(tx: &Tx, short: &str, receipt: &str) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM generation WHERE short = ?1 AND EXISTS (SELECT 1 FROM base WHERE base.generation = generation.id)
                 AND ?2 < coalesce((SELECT min(receipt) FROM sale WHERE sale.generation = generation.id), ?2 || '~')",
        )?
        .exists((short, receipt))?)
}

/// Reads what central signed; its key is the one that this station trusts.
///
/// # Errors
/// [`StoreError`]: no key is known, or central did not sign it.
pub fn read(tx: &Tx, base: Base) -> Result<ReadBase, StoreError> {
    let key = decision::key(tx)?.ok_or_else(|| StoreError::value("base", "central's key is not known"))?;
    base.read(&key).map_err(|error| StoreError::value("base", error))
}

/// Notes up to where central had our journals when it made a checkpoint.
///
/// # Errors
/// [`StoreError`].
pub fn keep_checkpoint(tx: &Tx, heads: &[DeviceHeadV1]) -> Result<(), StoreError> {
    let Some(station) = station::get(tx)? else { return Ok(()) };
    let heads: Vec<DeviceHeadV1> = heads.iter().filter(|head| head.device == station.device.0).cloned().collect();
    setting::set(tx, CHECKPOINT, &heads)
}

/// Whether the last checkpoint covers this entry: it has a head of the generation that is ours, and not before it.
fn is_covered(tx: &Tx, of: GenerationId, sequence: u64) -> Result<bool, StoreError> {
    let heads: Vec<DeviceHeadV1> = setting::get(tx, CHECKPOINT)?.unwrap_or_default();
    for head in heads.iter().filter(|head| head.generation == of.0 && head.sequence >= sequence) {
        if super::journal::has(tx, of, head.sequence, &head.hash)? {
            return Ok(true);
        }
    }
    Ok(false)
}
