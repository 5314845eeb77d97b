//! What comes down from central: rows of its feed and balances, written into the tables that they are about.

use std::collections::BTreeMap;

use selvedge_domain::barcode::Gtin;
use selvedge_domain::ids::{LocationId, PersonId, ProductId, SiteId};
use selvedge_domain::people::{Person, Role};
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::time::Day;
use selvedge_domain::{Amount, Currency, Quantity};
use selvedge_protocol::v1::{
    BalancePage, BalanceV1, Cursor, FeedBody, FeedRow, HeadV1, LocationV1, PersonV1, PriceV1, ProductV1, SiteV1,
    TaxRateRowV1,
};
use uuid::Uuid;

use super::catalogue::{self, NewProduct};
use super::config::{self, CompanyConfig, SiteConfig};
use super::{
    allotment, base, blob, decision, from_json, journal, json, person, place, promise, recovery, search, setting,
    stock, transfer, uuid,
};
use crate::{StoreError, Tx};

const CURSOR: &str = "feed-cursor";
const BALANCE_MARK: &str = "balance-mark";
/// Central began anew, and not all of it has come.
const OUTDATED: &str = "balances-outdated";
/// Central went on where we did not, and had not said what of our journal it has: it is asked for all of them again.
const UNSURE: &str = "balances-unsure";
/// In the place of a time.
const OUTDATED_MS: i64 = -1;

/// A row that could not be used; the others were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its number in the feed.
    pub number: u64,
    /// Its kind.
    pub kind: String,
    /// The field and what is wrong with it.
    pub what: String,
}

/// Up to where the feed was applied; none before the first page.
///
/// # Errors
/// [`StoreError`].
pub fn cursor(tx: &Tx) -> Result<Option<Cursor>, StoreError> {
    setting::get(tx, CURSOR)
}

/// Notes up to where the feed is applied; in the transaction that applies it.
///
/// # Errors
/// [`StoreError`].
pub fn set_cursor(tx: &Tx, cursor: &Cursor) -> Result<(), StoreError> {
    if self::cursor(tx)?.as_ref() != Some(cursor) {
        decision::pass(tx, cursor)?;
    }
    go_to(tx, cursor)
}

/// Goes to a point of the way that was noted before.
pub(super) fn go_to(tx: &Tx, cursor: &Cursor) -> Result<(), StoreError> {
    setting::set(tx, CURSOR, cursor)
}

/// Applies rows of a page and keeps them for central. Those that this version does not know wait for one that does;
/// those that are wrong are named.
///
/// # Errors
/// [`StoreError`], when the store itself fails: then nothing was applied.
pub fn apply(tx: &Tx, site: SiteId, epoch: Uuid, rows: &[FeedRow]) -> Result<Vec<Problem>, StoreError> {
    decision::keep(tx, rows)?;
    apply_rows(tx, site, epoch, rows)
}

pub(super) fn apply_rows(tx: &Tx, site: SiteId, epoch: Uuid, rows: &[FeedRow]) -> Result<Vec<Problem>, StoreError> {
    let mut problems = Vec::new();
    let mut due = Vec::new();
    for row in rows {
        let problem = |what: String| Problem { number: row.number, kind: row.kind.clone(), what };
        match row.read() {
            Ok(FeedBody::Unknown) => keep(tx, epoch, row)?,
            Ok(body) => match apply_one(tx, site, row.site.is_some(), &body, &mut due)? {
                Ok(()) => {}
                Err(what) => problems.push(problem(what)),
            },
            Err(error) => problems.push(problem(error.source.to_string())),
        }
    }
    search::index(tx, due)?;
    Ok(problems)
}

/// Applies one body; `own` when it concerns this site alone. The inner error names the field that is wrong.
///
/// # Errors
/// [`StoreError`].
pub fn apply_body(tx: &Tx, site: SiteId, own: bool, body: &FeedBody) -> Result<Result<(), String>, StoreError> {
    let mut due = Vec::new();
    let applied = apply_one(tx, site, own, body, &mut due)?;
    search::index(tx, due)?;
    Ok(applied)
}

/// The same for many bodies up to the first that is wrong, which is much quicker: the search is written once for all.
///
/// # Errors
/// [`StoreError`].
pub fn apply_bodies(
    tx: &Tx,
    site: SiteId,
    own: bool,
    bodies: impl IntoIterator<Item = FeedBody>,
) -> Result<Result<(), String>, StoreError> {
    let mut due = Vec::new();
    let mut applied = Ok(());
    for body in bodies {
        applied = apply_one(tx, site, own, &body, &mut due)?;
        if applied.is_err() {
            break;
        }
    }
    search::index(tx, due)?;
    Ok(applied)
}

fn apply_one(
    tx: &Tx,
    site: SiteId,
    own: bool,
    body: &FeedBody,
    due: &mut Vec<search::Due>,
) -> Result<Result<(), String>, StoreError> {
    match body {
        FeedBody::Company(company) => {
            config::set_company(tx, &CompanyConfig { name: company.name.clone() })?;
        }
        FeedBody::Site(about) if about.id == site.0 => match site_config(about) {
            Ok(config) => config::set_site(tx, &config)?,
            Err(what) => return Ok(Err(what)),
        },
        FeedBody::TaxRate(rate) => return tax_rate(tx, rate),
        FeedBody::Product(product) => match new_product(product) {
            Ok(new) => due.push(catalogue::write(tx, &new)?),
            Err(what) => return Ok(Err(what)),
        },
        FeedBody::Price(price) => return set_price(tx, own, price),
        FeedBody::Person(about) => match new_person(about) {
            Ok(new) => person::upsert(tx, &new, &about.verifier, about.active)?,
            Err(what) => return Ok(Err(what)),
        },
        FeedBody::Place(about) => place::set(tx, about)?,
        FeedBody::Transfer(about) => return transfer::take(tx, about),
        FeedBody::Promise(said) => {
            if let Err(error) = said.read() {
                return Ok(Err(error.to_string()));
            }
            promise::hear_of(tx, said)?;
        }
        FeedBody::Allotment(said) => {
            if let Err(error) = said.read() {
                return Ok(Err(error.to_string()));
            }
            allotment::hear(tx, said)?;
        }
        // Other sites, the names of other tills and what central needs to come back: not needed here.
        FeedBody::Site(_)
        | FeedBody::Till(_)
        | FeedBody::Device(_)
        | FeedBody::Opening(_)
        | FeedBody::Release(_)
        | FeedBody::Epoch(_)
        | FeedBody::DeclaredDead(_)
        | FeedBody::Unknown => {}
        FeedBody::Checkpoint(said) => base::keep_checkpoint(tx, &said.heads)?,
    }
    Ok(Ok(()))
}

/// Where to go on asking for balances: epoch and mark.
///
/// # Errors
/// [`StoreError`].
pub fn balance_mark(tx: &Tx) -> Result<Option<(Uuid, u64)>, StoreError> {
    setting::get(tx, BALANCE_MARK)
}

/// Whether balances that came are to be asked for again once central has said what it has of our journal.
///
/// # Errors
/// [`StoreError`].
pub fn is_unsure(tx: &Tx) -> Result<bool, StoreError> {
    Ok(setting::get(tx, UNSURE)?.unwrap_or(false))
}

/// Takes a page of balances. What of our own journal central had not counted yet is added by us: see `heard`.
///
/// When central begins anew, the balances of before stand until the last page has come: a figure that is a little old is
/// better than none.
///
/// # Errors
/// [`StoreError`].
pub fn hear(tx: &Tx, page: &BalancePage) -> Result<(), StoreError> {
    if page.restarted {
        tx.execute("UPDATE heard SET as_of_ms = ?1", [OUTDATED_MS])?;
    }
    let (uncounted, sure) = uncounted(tx, &page.heads)?;
    for row in &page.rows {
        let key = (ProductId(row.product), Account::Location(LocationId(row.location)).key());
        hear_one(tx, row, page.as_of_ms, uncounted.get(&key).copied().unwrap_or(Quantity::ZERO))?;
    }
    if !page.more {
        if setting::get::<bool>(tx, OUTDATED)?.unwrap_or(false) || page.restarted {
            tx.execute("DELETE FROM heard WHERE as_of_ms = ?1", [OUTDATED_MS])?;
            setting::clear(tx, OUTDATED)?;
        }
        stock::set_heard_ms(tx, page.as_of_ms)?;
    } else if page.restarted {
        setting::set(tx, OUTDATED, &true)?;
    }
    if !sure {
        setting::set(tx, UNSURE, &true)?;
    } else if !page.more && is_unsure(tx)? {
        setting::clear(tx, UNSURE)?;
        return setting::clear(tx, BALANCE_MARK);
    }
    setting::set(tx, BALANCE_MARK, &(page.epoch, page.next))
}

/// Quantities by product and account.
type Changes = BTreeMap<(ProductId, String), Quantity>;

/// What our movements after central's heads changed; and whether that is sure.
fn uncounted(tx: &Tx, heads: &[HeadV1]) -> Result<(Changes, bool), StoreError> {
    // Of a journal that comes back after a damage nobody knows here what central has counted.
    let comes_back = recovery::get(tx)?.is_some_and(|recovery| !recovery.fetched);
    let (mut uncounted, mut sure) = (BTreeMap::new(), !comes_back);
    for generation in journal::generations(tx)? {
        let mut of_it = false;
        let mut ours = None;
        for head in heads.iter().filter(|head| head.generation == generation.0) {
            of_it = true;
            // Of a fork's branches ours is the one whose entry we hold.
            if head.sequence == 0 || journal::has(tx, generation, head.sequence, &head.hash)? {
                ours = ours.max(Some(head.sequence));
            }
        }
        // Where central goes on with another branch, or with our own future, no head is ours: what it acknowledged it
        // has, and what a namesake sent of ours it has too, which it says when we send it.
        let counted = match ours {
            Some(ours) => ours,
            None if of_it => {
                let acknowledged = journal::acknowledged(tx, generation)?.0;
                sure &= acknowledged == journal::head(tx, generation)?.0;
                acknowledged
            }
            None => 0,
        };
        sure &= stock::add_after(tx, generation, counted, &mut uncounted)?;
    }
    Ok((uncounted, sure))
}

fn hear_one(tx: &Tx, row: &BalanceV1, as_of_ms: i64, uncounted: Quantity) -> Result<(), StoreError> {
    let product = ProductId(row.product);
    let account = Account::Location(LocationId(row.location));
    let own = stock::own(tx, product, account)? - uncounted;
    tx.prepare_cached(
        "INSERT INTO heard (product, account, quantity, own, as_of_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET quantity = ?3, own = ?4, as_of_ms = ?5",
    )?
    .execute((blob(product.0), account.key(), row.quantity_thousandths, own.thousandths(), as_of_ms))?;
    Ok(())
}

/// Whether rows wait for a version that knows them.
///
/// # Errors
/// [`StoreError`].
pub fn has_kept(tx: &Tx) -> Result<bool, StoreError> {
    Ok(tx.prepare_cached("SELECT 1 FROM feed_later LIMIT 1")?.exists([])?)
}

/// Applies rows that an older version kept because it did not know them, in their order; says what is wrong with some.
/// Once after a start is enough.
///
/// # Errors
/// [`StoreError`].
pub fn apply_kept(tx: &Tx, site: SiteId) -> Result<Vec<Problem>, StoreError> {
    let mut known: BTreeMap<Uuid, Vec<FeedRow>> = BTreeMap::new();
    {
        let mut statement = tx.prepare("SELECT epoch, body FROM feed_later ORDER BY number")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let kept: FeedRow = from_json("feed_later", &row.get::<_, String>(1)?)?;
            if !matches!(kept.read(), Ok(FeedBody::Unknown)) {
                known.entry(uuid("feed_later", &row.get::<_, Vec<u8>>(0)?)?).or_default().push(kept);
            }
        }
    }
    let mut problems = Vec::new();
    for (epoch, rows) in known {
        problems.extend(apply_rows(tx, site, epoch, &rows)?);
        for row in &rows {
            tx.prepare_cached("DELETE FROM feed_later WHERE number = ?1")?.execute([row.number])?;
        }
    }
    Ok(problems)
}

fn keep(tx: &Tx, epoch: Uuid, row: &FeedRow) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO feed_later (number, epoch, body) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET epoch = ?2, body = ?3",
    )?
    .execute((row.number, blob(epoch), json("feed_later", row)?))?;
    Ok(())
}

fn site_config(site: &SiteV1) -> Result<SiteConfig, String> {
    site_settings(&SiteWords {
        id: site.id,
        name: &site.name,
        currency: &site.currency,
        price_mode: &site.price_mode,
        time_zone: &site.time_zone,
        locations: &site.locations,
    })
    .map(|config| SiteConfig {
        address: site.address.clone(),
        vat_id: site.vat_id.clone(),
        receipt_footer: site.footer.join("\n"),
        ..config
    })
}

/// What enrolment and the feed both say of a site.
pub struct SiteWords<'a> {
    /// Identity.
    pub id: Uuid,
    /// `Galway`.
    pub name: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// `inclusive` or `exclusive`.
    pub price_mode: &'a str,
    /// IANA name.
    pub time_zone: &'a str,
    /// With a sales floor and a counter.
    pub locations: &'a [LocationV1],
}

/// A site's settings from central's words.
///
/// # Errors
/// The field that is wrong.
pub fn site_settings(words: &SiteWords) -> Result<SiteConfig, String> {
    let location = |kind: &str| {
        let found = words.locations.iter().find(|location| location.kind == kind);
        found.map(|location| LocationId(location.id)).ok_or_else(|| format!("locations: no {kind}"))
    };
    Ok(SiteConfig {
        id: SiteId(words.id),
        name: words.name.to_owned(),
        address: Vec::new(),
        vat_id: String::new(),
        time_zone: words.time_zone.to_owned(),
        currency: Currency::parse(words.currency).map_err(|error| format!("currency: {error}"))?,
        price_mode: match words.price_mode {
            "inclusive" => PriceMode::Inclusive,
            "exclusive" => PriceMode::Exclusive,
            other => return Err(format!("price_mode: {other:?}")),
        },
        sales_floor: location("sales-floor")?,
        returns: location("counter")?,
        receipt_footer: String::new(),
    })
}

fn new_product(product: &ProductV1) -> Result<NewProduct, String> {
    let gtins = product.gtins.iter().map(|text| Gtin::parse(text).map_err(|error| format!("gtins: {text}: {error}")));
    Ok(NewProduct {
        id: ProductId(product.id),
        sku: product.sku.clone(),
        name: product.name.clone(),
        variant: product.variant.clone(),
        style: product.style.clone(),
        colour: product.colour.clone(),
        colour_code: product.colour_code.clone(),
        size: product.size.clone(),
        unit: catalogue::unit(&product.unit).map_err(|_| format!("unit: {:?}", product.unit))?,
        tax: product.tax.clone(),
        brand: product.brand.clone(),
        gtins: gtins.collect::<Result<_, _>>()?,
        popularity: product.popularity,
        active: product.active,
    })
}

fn new_person(person: &PersonV1) -> Result<Person, String> {
    let role = match person.role.as_str() {
        "cashier" => Role::Cashier,
        "counter" => Role::Counter,
        "picker" => Role::Picker,
        "manager" => Role::Manager,
        other => return Err(format!("role: {other:?}")),
    };
    Ok(Person { id: PersonId(person.id), name: person.name.clone(), role })
}

fn days(from: &str, to: &str) -> Result<(Day, Day), String> {
    let from = Day::parse(from).map_err(|error| format!("valid_from: {error}"))?;
    let to = Day::parse(to).map_err(|error| format!("valid_to: {error}"))?;
    Ok((from, to))
}

fn tax_rate(tx: &Tx, rate: &TaxRateRowV1) -> Result<Result<(), String>, StoreError> {
    let days = match days(&rate.valid_from, &rate.valid_to) {
        Ok(days) => days,
        Err(what) => return Ok(Err(what)),
    };
    match rate.percent.parse() {
        Ok(percent) => Ok(Ok(catalogue::set_tax_rate(tx, &rate.code, days, percent)?)),
        Err(error) => Ok(Err(format!("percent: {error}"))),
    }
}

fn set_price(tx: &Tx, own: bool, price: &PriceV1) -> Result<Result<(), String>, StoreError> {
    let days = match days(&price.valid_from, &price.valid_to) {
        Ok(days) => days,
        Err(what) => return Ok(Err(what)),
    };
    let amount = price.amount_minor.map(Amount::from_minor);
    if catalogue::set_price(tx, ProductId(price.product), own, days, amount)? {
        Ok(Ok(()))
    } else {
        Ok(Err(format!("product: {} is not known", price.product)))
    }
}
