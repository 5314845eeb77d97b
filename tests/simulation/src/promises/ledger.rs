//! What is promised and lent beyond stock, by this test's own arithmetic, beside central: after every call the ledger
//! reads what came in (entries, by their own words) and what central says now, and holds the one against the other.
//!
//! - Only what has cover is granted.
//! - What entries take beyond stock is recorded to the piece, with the entry and the kind of cause.
//! - Nothing else is recorded, except what moved without an entry, and that to the piece.
//! - What breaks is the youngest, whole, and no more than is needed; nothing that is needed stays unbroken.
//! - Lent stock is closed newest first, and stays lent until it is used, given back or given up.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_central::store::ExportKind;
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{Body, Fact, PromiseMadeV1, SaleV1, TransferLineV1};
use selvedge_protocol::v1::{AllotmentV1, FeedBody, PromiseV1};
use serde_json::Value;
use uuid::Uuid;

use super::Key;
use crate::company::{SITES, floor, site};
use crate::world::World;

/// A fact that central hears so much later is a late one.
const LATE_MS: i64 = 600_000;

/// What central was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// To promise or to lend: needs cover.
    Grant,
    /// To go over its promises.
    Pass,
    /// Something else.
    Other,
}

/// What a call brought, for the trace.
#[derive(Default)]
pub struct News {
    /// What broke.
    pub broken: Vec<Uuid>,
    /// Causes that were recorded.
    pub causes: Vec<&'static str>,
}

/// A promise, as far as stock is concerned.
#[derive(Clone, Debug, Default)]
struct Open {
    site: Uuid,
    made_ms: i64,
    state: String,
    /// Of each product: promised.
    promised: BTreeMap<Uuid, i64>,
    /// By fact and product: handed over.
    handed: BTreeMap<(Uuid, Uuid), i64>,
}

/// An allotment, as far as stock is concerned.
#[derive(Clone, Debug)]
struct Lent {
    key: Key,
    granted_ms: i64,
    state: String,
    quantity: i64,
    draws: BTreeMap<Uuid, i64>,
    returned: i64,
    given_up: i64,
}

/// A recorded cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Recorded {
    key: Key,
    thousandths: i64,
    kind: String,
    fact: Option<Uuid>,
}

/// See the module.
#[derive(Clone, Default)]
pub struct Ledger {
    promises: BTreeMap<Uuid, Open>,
    lent: BTreeMap<Uuid, Lent>,
    on_hand: BTreeMap<Key, i64>,
    short: BTreeMap<Key, i64>,
    entries: i64,
    shortfalls: i64,
    may_grant: bool,
    lends: bool,
}

/// What central says now.
struct Seen {
    promises: BTreeMap<Uuid, Open>,
    causes: BTreeMap<Uuid, Option<Uuid>>,
    lent: BTreeMap<Uuid, Lent>,
    on_hand: BTreeMap<Key, i64>,
    entries: Vec<Body>,
    recorded: Vec<Recorded>,
    may_grant: bool,
}

impl Open {
    fn of(promise: &PromiseV1) -> Self {
        let mut open =
            Open { site: promise.site, made_ms: promise.made_ms, state: promise.state.clone(), ..Open::default() };
        for line in &promise.lines {
            *open.promised.entry(line.product).or_default() += line.quantity_thousandths;
        }
        for one in &promise.deliveries {
            open.handed.insert((one.fact, one.product), one.quantity_thousandths);
        }
        open
    }

    fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "reserved" | "confirmed")
    }

    fn open_of(&self, product: Uuid) -> i64 {
        if !self.is_open() {
            return 0;
        }
        let handed: i64 = self.handed.iter().filter(|((_, of), _)| *of == product).map(|(_, many)| many).sum();
        (self.promised.get(&product).copied().unwrap_or(0) - handed).max(0)
    }

    fn hand(&mut self, fact: Uuid, product: Uuid, thousandths: i64) {
        self.handed.insert((fact, product), thousandths);
        let all: Vec<Uuid> = self.promised.keys().copied().collect();
        if self.is_open() && all.into_iter().all(|product| self.open_of(product) == 0) {
            "fulfilled".clone_into(&mut self.state);
        }
    }
}

impl Lent {
    fn of(lent: &AllotmentV1) -> Self {
        Lent {
            key: (lent.site, lent.product),
            granted_ms: lent.granted_ms,
            state: lent.state.clone(),
            quantity: lent.quantity_thousandths,
            draws: lent.draws.iter().map(|draw| (draw.promise, draw.quantity_thousandths)).collect(),
            returned: lent.returned_thousandths,
            given_up: lent.written_off_thousandths,
        }
    }

    fn outstanding(&self) -> i64 {
        (self.quantity - self.draws.values().sum::<i64>() - self.returned - self.given_up).max(0)
    }
}

impl Ledger {
    /// Looks at what a call did.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn look(&mut self, world: &World, call: Call) -> Result<News, String> {
        // The feed is read for what is lent only once somebody may have asked for it.
        self.lends |= call == Call::Grant || world.restored;
        let seen = self.read(world);
        let mut news = News { causes: seen.recorded.iter().map(|one| counted(&one.kind)).collect(), ..News::default() };
        self.entries += i64::try_from(seen.entries.len()).unwrap_or(0);
        let recorded = i64::try_from(seen.recorded.len()).unwrap_or(0);
        self.shortfalls += recorded;
        if !(self.may_grant && seen.may_grant) {
            self.come_back(&seen)?;
            return Ok(news);
        }
        let heard = self.hear(&seen, world.now.wall_ms());
        let mut left = heard.check(&seen.recorded)?;
        let broke = self.adopt(&seen, call, world.restored)?;
        // What no entry says is recorded to the piece too.
        left.sort_by_key(|one| one.key);
        let mut touched = heard.touched;
        for one in left {
            let more = self.beyond(one.key) - self.short_of(one.key);
            if one.thousandths != more {
                return Err(format!("what is recorded is what is beyond stock: {one:?}, and {more} are"));
            }
            self.short.insert(one.key, self.beyond(one.key));
            touched.insert(one.key);
        }
        self.breaks(&broke, &seen)?;
        self.closes(&seen)?;
        news.broken = broke.into_iter().collect();
        self.take(seen);
        self.settled(&touched, call)?;
        Ok(news)
    }

    fn read(&self, world: &World) -> Seen {
        let central = &world.central;
        let promises = super::checks::at_central(central);
        let mut lent = BTreeMap::new();
        // Of each allotment the last row stands.
        if self.lends {
            for row in central.rows().into_values() {
                if let Ok(FeedBody::Allotment(one)) = row.read() {
                    lent.insert(one.id, Lent::of(&one));
                }
            }
        }
        let mut on_hand: BTreeMap<Key, i64> = BTreeMap::new();
        for (product, location, thousandths) in central.stock() {
            if let Some(at) = (0..SITES.len()).find(|at| floor(*at) == location) {
                *on_hand.entry((site(at.to_owned()), product)).or_default() += thousandths;
            }
        }
        let entries = central.export_after(ExportKind::Entries, self.entries);
        let entries = entries.iter().map(|line| body(line).unwrap_or_else(|| unapplied(line))).collect();
        let recorded = central.export_after(ExportKind::Shortfalls, self.shortfalls);
        Seen {
            causes: promises.values().map(|one| (one.id, one.cause.as_ref().and_then(|cause| cause.fact))).collect(),
            promises: promises.into_iter().map(|(id, one)| (id, Open::of(&one))).collect(),
            lent,
            on_hand,
            entries,
            recorded: recorded.iter().map(recorded_of).collect(),
            may_grant: central.wait(central.store().may_grant()),
        }
    }

    fn promised(&self, key: Key) -> i64 {
        self.promises.values().filter(|one| one.site == key.0).map(|one| one.open_of(key.1)).sum()
    }

    fn lent_of(&self, key: Key) -> i64 {
        self.lent.values().filter(|one| one.key == key).map(Lent::outstanding).sum()
    }

    fn there(&self, key: Key) -> i64 {
        self.on_hand.get(&key).copied().unwrap_or(0)
    }

    fn short_of(&self, key: Key) -> i64 {
        self.short.get(&key).copied().unwrap_or(0)
    }

    fn beyond(&self, key: Key) -> i64 {
        (self.promised(key) + self.lent_of(key) - self.there(key).max(0)).max(0)
    }

    fn keys(&self) -> BTreeSet<Key> {
        let promised = self.promises.values().flat_map(|one| one.promised.keys().map(|product| (one.site, *product)));
        let lent = self.lent.values().map(|one| one.key);
        promised.chain(lent).chain(self.short.keys().copied()).collect()
    }

    /// What is covered again is no longer short.
    fn lower(&mut self) {
        for key in self.short.keys().copied().collect::<Vec<_>>() {
            let less = self.short_of(key).min(self.beyond(key));
            self.short.insert(key, less);
        }
    }

    /// While central takes back what it lost it records nothing; what it then finds, the pass after it records.
    fn come_back(&mut self, seen: &Seen) -> Result<(), String> {
        if !seen.may_grant && !seen.recorded.is_empty() {
            return Err(format!("nothing is recorded while the books are not complete: {:?}", seen.recorded));
        }
        for one in &seen.recorded {
            *self.short.entry(one.key).or_default() += one.thousandths;
        }
        self.promises.clone_from(&seen.promises);
        self.lent.clone_from(&seen.lent);
        self.on_hand.clone_from(&seen.on_hand);
        self.may_grant = seen.may_grant;
        Ok(())
    }

    /// What the new entries say, one after the other.
    fn hear(&mut self, seen: &Seen, now_ms: i64) -> Heard {
        let mut heard = Heard::default();
        for entry in &seen.entries {
            let mut touched = BTreeSet::new();
            let late = now_ms - Stamp::from(entry.at).interval().to_ms > LATE_MS;
            let mut kind = if late { "late-fact" } else { "hand-sale" };
            match entry.fact() {
                Ok(Fact::Sale(sale)) => self.sold(entry.id, &sale, &mut touched),
                Ok(Fact::TransferDispatched(sent)) => self.moved(&sent.lines, -1, &mut touched),
                Ok(Fact::TransferReceived(came)) => self.moved(&came.lines, 1, &mut touched),
                Ok(Fact::PromiseMade(made)) => {
                    kind = self.why_beyond(&made);
                    self.made(entry, &made, &mut touched);
                }
                Ok(Fact::AllotmentReturned(back)) => {
                    if let Some(lent) = self.lent.get_mut(&back.allotment) {
                        lent.returned = lent.returned.max(back.returned_thousandths.min(lent.quantity));
                    }
                }
                Ok(Fact::PromiseEnded(ended)) => {
                    if let Some(open) = self.promises.get_mut(&ended.promise)
                        && open.is_open()
                        && ended.how == "cancelled"
                    {
                        "cancelled".clone_into(&mut open.state);
                    }
                }
                Ok(_) | Err(_) => {}
            }
            for key in &touched {
                let beyond = self.beyond(*key);
                let more = beyond - self.short_of(*key);
                if more > 0 {
                    let of = Recorded { key: *key, thousandths: more, kind: kind.to_owned(), fact: Some(entry.id) };
                    heard.expected.push(of);
                    self.short.insert(*key, beyond);
                }
            }
            self.lower();
            heard.touched.extend(touched);
        }
        heard
    }

    fn sold(&mut self, fact: Uuid, sale: &SaleV1, touched: &mut BTreeSet<Key>) {
        let Some(at) = (0..SITES.len()).find(|at| floor(*at) == sale.location).map(site) else { return };
        let mut handed: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
        for line in sale.lines.iter().filter(|line| line.quantity_thousandths > 0) {
            *self.on_hand.entry((at, line.product)).or_default() -= line.quantity_thousandths;
            touched.insert((at, line.product));
            if let Some(promise) = line.promise {
                *handed.entry((promise, line.product)).or_default() += line.quantity_thousandths;
            }
        }
        for ((promise, product), thousandths) in handed {
            if let Some(open) = self.promises.get_mut(&promise) {
                open.hand(fact, product, thousandths);
            }
        }
    }

    /// Goods left for another site, or came from one.
    fn moved(&mut self, lines: &[TransferLineV1], sign: i64, touched: &mut BTreeSet<Key>) {
        for line in lines {
            let Some(at) = (0..SITES.len()).find(|at| floor(*at) == line.location).map(site) else { continue };
            *self.on_hand.entry((at, line.product)).or_default() += sign * line.quantity_thousandths;
            touched.insert((at, line.product));
        }
    }

    fn made(&mut self, entry: &Body, made: &PromiseMadeV1, touched: &mut BTreeSet<Key>) {
        let hold = made.promise_kind == "hold" && made.until_ms.is_some();
        let mut open = Open {
            site: entry.site,
            made_ms: Stamp::from(entry.at).interval().from_ms,
            state: if hold { "reserved" } else { "confirmed" }.to_owned(),
            ..Open::default()
        };
        for line in &made.lines {
            *open.promised.entry(line.product).or_default() += line.quantity_thousandths;
            touched.insert((entry.site, line.product));
        }
        self.promises.entry(made.promise).or_insert(open);
        let mut drawn: BTreeMap<Uuid, i64> = BTreeMap::new();
        for line in &made.lines {
            *drawn.entry(line.allotment).or_default() += line.quantity_thousandths;
        }
        for (allotment, thousandths) in drawn {
            if let Some(lent) = self.lent.get_mut(&allotment) {
                lent.draws.insert(made.promise, thousandths);
            }
        }
    }

    fn why_beyond(&self, made: &PromiseMadeV1) -> &'static str {
        let lent: Vec<Option<&Lent>> = made.lines.iter().map(|line| self.lent.get(&line.allotment)).collect();
        if lent.iter().any(Option::is_none) {
            "restore"
        } else if lent.iter().flatten().any(|one| one.state == "written-off") {
            "dead-holder"
        } else {
            "overdrawn"
        }
    }

    /// What was decided, and no entry says; gives back what broke, which is still as it was.
    fn adopt(&mut self, seen: &Seen, call: Call, restored: bool) -> Result<BTreeSet<Uuid>, String> {
        let mut broke = BTreeSet::new();
        for (id, now) in &seen.promises {
            match self.promises.get(id) {
                Some(before) if now.state == "broken" && before.is_open() => {
                    broke.insert(*id);
                }
                Some(_) => {
                    self.promises.insert(*id, now.clone());
                }
                None => {
                    if call == Call::Grant {
                        for (product, thousandths) in &now.promised {
                            self.covers((now.site, *product), *thousandths)?;
                        }
                    } else if !restored {
                        return Err(format!("nothing is promised that nobody asked for: {id}"));
                    }
                    let mut came = now.clone();
                    let short = |one: &Recorded| one.key.0 == now.site && now.promised.contains_key(&one.key.1);
                    if now.state == "broken" && seen.recorded.iter().any(short) {
                        // It came back and broke in one call.
                        "confirmed".clone_into(&mut came.state);
                        broke.insert(*id);
                    }
                    self.promises.insert(*id, came);
                }
            }
        }
        if let Some(gone) = self.promises.keys().find(|id| !seen.promises.contains_key(id)) {
            return Err(format!("a promise does not vanish: {gone}"));
        }
        for (id, now) in &seen.lent {
            match self.lent.get(id) {
                Some(before) => {
                    if now.outstanding() < before.outstanding() && now.given_up == before.given_up && !restored {
                        return Err(format!("what is lent stays lent until the holder speaks: {id}"));
                    }
                }
                None if call == Call::Grant => self.covers(now.key, now.quantity)?,
                None if restored => {}
                None => return Err(format!("nothing is lent that nobody asked for: {id}")),
            }
            self.lent.insert(*id, now.clone());
        }
        self.on_hand.clone_from(&seen.on_hand);
        self.lower();
        Ok(broke)
    }

    fn covers(&self, key: Key, thousandths: i64) -> Result<(), String> {
        let (there, promised, lent) = (self.there(key), self.promised(key), self.lent_of(key));
        if thousandths > there - promised - lent {
            return Err(format!(
                "only what has cover is granted: {thousandths} of product {} at site {}, of {there}, {promised} \
                 promised and {lent} lent",
                key.1, key.0
            ));
        }
        Ok(())
    }

    /// What broke had to, and was the youngest.
    fn breaks(&self, broke: &BTreeSet<Uuid>, seen: &Seen) -> Result<(), String> {
        for id in broke {
            let one = &self.promises[id];
            let place = (one.made_ms, *id);
            let had_to = one.promised.keys().map(|product| (one.site, *product)).any(|key| {
                let others =
                    || self.promises.iter().filter(|(_, other)| other.site == key.0 && other.open_of(key.1) > 0);
                let older: i64 = others()
                    .filter(|(id, other)| (other.made_ms, **id) <= place)
                    .map(|(_, other)| other.open_of(key.1))
                    .sum();
                let all_younger =
                    others().filter(|(id, other)| (other.made_ms, **id) > place).all(|(id, _)| broke.contains(id));
                one.open_of(key.1) > 0 && older > self.there(key).max(0) && all_younger
            });
            if !had_to {
                return Err(format!("what breaks is the youngest, and no more than must: {id} {one:?}"));
            }
            let causes = |key: Key| seen.recorded.iter().any(|of| of.key == key && of.fact == seen.causes[id]);
            if seen.causes[id].is_some() && !one.promised.keys().any(|product| causes((one.site, *product))) {
                return Err(format!("what breaks has the cause that is recorded: {id}, {:?}", seen.causes[id]));
            }
        }
        Ok(())
    }

    /// What was closed for drawing is the newest of what is lent, where there is too little.
    fn closes(&self, seen: &Seen) -> Result<(), String> {
        // `adopt` took the states of now; what was open before stands in none of the rows.
        for (id, one) in seen.lent.iter().filter(|(_, one)| one.state == "closed" && one.outstanding() > 0) {
            let newer = seen.lent.iter().find(|(other, two)| {
                two.key == one.key
                    && two.state == "open"
                    && two.outstanding() > 0
                    && (two.granted_ms, **other) > (one.granted_ms, *id)
                    && self.beyond(one.key) > 0
            });
            if let Some((newer, _)) = newer {
                return Err(format!("what is lent is closed newest first: {id} before {newer}"));
            }
        }
        Ok(())
    }

    fn take(&mut self, seen: Seen) {
        (self.promises, self.lent, self.on_hand) = (seen.promises, seen.lent, seen.on_hand);
        self.may_grant = seen.may_grant;
        self.lower();
    }

    /// Where something happened, nothing is left to be done.
    fn settled(&self, touched: &BTreeSet<Key>, call: Call) -> Result<(), String> {
        let keys = if call == Call::Pass { self.keys() } else { touched.clone() };
        for key in keys {
            if self.beyond(key) != self.short_of(key) {
                return Err(format!(
                    "what is promised and lent beyond stock is what was recorded: {} beyond, {} recorded, of product {}",
                    self.beyond(key),
                    self.short_of(key),
                    key.1
                ));
            }
            if self.promised(key) > self.there(key).max(0) {
                return Err(format!("what cannot be kept breaks: product {} at site {}", key.1, key.0));
            }
            let closed = self.lent.values().filter(|one| one.key == key && one.state != "open");
            if self.beyond(key) > closed.map(Lent::outstanding).sum() {
                return Err(format!("what is lent beyond stock is closed: product {} at site {}", key.1, key.0));
            }
        }
        Ok(())
    }
}

/// What entries said.
#[derive(Default)]
struct Heard {
    expected: Vec<Recorded>,
    touched: BTreeSet<Key>,
}

impl Heard {
    /// What was recorded beside it.
    fn check(&self, recorded: &[Recorded]) -> Result<Vec<Recorded>, String> {
        let mut left = recorded.to_vec();
        for one in &self.expected {
            let Some(at) = left.iter().position(|other| other == one) else {
                return Err(format!(
                    "what goes beyond stock is recorded, to the piece: {one:?}, there is {recorded:?}"
                ));
            };
            left.remove(at);
        }
        Ok(left)
    }
}

fn body(line: &Value) -> Option<Body> {
    (line["state"] == "applied").then(|| Body::decode(line["body"].as_str()?).ok()).flatten()
}

/// What is not applied says nothing.
fn unapplied(line: &Value) -> Body {
    let mut body = Body::decode(line["body"].as_str().unwrap_or_default()).expect("an entry that a till wrote");
    "not-applied".clone_into(&mut body.kind);
    body
}

fn recorded_of(line: &Value) -> Recorded {
    let id = |name: &str| line[name].as_str().and_then(|text| Uuid::parse_str(text).ok());
    Recorded {
        key: (id("site").expect("a site"), id("product").expect("a product")),
        thousandths: line["quantity_thousandths"].as_i64().expect("a quantity"),
        kind: line["cause"].as_str().expect("a word").to_owned(),
        fact: id("fact"),
    }
}

fn counted(kind: &str) -> &'static str {
    match kind {
        "hand-sale" => "cause: hand sale",
        "late-fact" => "cause: late fact",
        "overdrawn" => "cause: overdrawn",
        "dead-holder" => "cause: dead holder",
        "restore" => "cause: restore",
        _ => "cause: correction",
    }
}
