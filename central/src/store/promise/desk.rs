//! What is needed to decide about some promises, in memory: filled by a store under its locks, worked on, and written
//! back. Nothing here touches a database.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, DeviceId, EntryUuid, ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::{
    Allotment, AllotmentState, Book, Cause, CauseKind, Demand, Figures, Key, Promise, PromiseState, Shortfall,
    allotment_size, is_scarce,
};
use selvedge_protocol::v1::{AllotmentV1, PromiseV1, RESERVED_FOR_S};
use uuid::Uuid;

use super::{Allotted, Asks, Change, DEMAND_MS, Lent, NewAllotment, NewPromise, Said, Waiting, Work};
use crate::store::StoreError;

/// A fact that central learns of so much later is a late one.
const LATE_MS: i64 = 10 * 60 * 1000;

/// What must be filled in.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Wanted {
    /// These, and how their products stand.
    pub promises: BTreeSet<Uuid>,
    /// These, and how their products stand.
    pub allotments: BTreeSet<Uuid>,
    /// How a product stands at a site.
    pub keys: BTreeSet<(Uuid, Uuid)>,
}

impl Wanted {
    /// For work; `site_of` says where a station stands.
    pub(in crate::store) fn of_work(work: &[Work], site_of: &BTreeMap<Uuid, Uuid>) -> Self {
        let mut wanted = Wanted::default();
        for one in work {
            match one {
                Work::Reserve(new) => {
                    wanted.promises.insert(new.id());
                    wanted.keys.extend(new.request.lines.iter().map(|line| (new.request.site, line.product)));
                }
                Work::Change(id, _) => {
                    wanted.promises.insert(*id);
                }
                Work::Allot(new) => {
                    wanted.allotments.insert(new.id);
                    wanted.keys.extend(site_of.get(&new.device).map(|site| (*site, new.product)));
                }
            }
        }
        wanted
    }

    /// For what entries say.
    pub(in crate::store) fn of_said(said: &[Said]) -> Self {
        let mut wanted = Wanted::default();
        for one in said {
            wanted.keys.extend(one.moved.iter().map(|(_, product, _)| (one.site, *product)));
            if let Some(made) = &one.made {
                wanted.promises.insert(made.id);
                wanted.keys.extend(made.lines.iter().map(|line| (made.site, line.product)));
            }
            for (about, what) in &one.about {
                match what {
                    Waiting::Delivered { .. } | Waiting::Cancelled => wanted.promises.insert(*about),
                    Waiting::Drawn { .. } | Waiting::Returned { .. } => wanted.allotments.insert(*about),
                };
            }
        }
        wanted
    }
}

/// See the module.
pub(in crate::store) struct Desk {
    pub(in crate::store) book: Book,
    /// Nothing that could be granted twice while false, and nothing is broken: the books are not complete.
    pub(in crate::store) may_grant: bool,
    /// Central lost something before.
    pub(in crate::store) restored: bool,
    pub(in crate::store) now_ms: i64,
    /// Known sites.
    pub(in crate::store) sites: BTreeSet<Uuid>,
    /// Known products that are sold.
    pub(in crate::store) products: BTreeSet<Uuid>,
    /// Locations that are sold from.
    pub(in crate::store) sellable: BTreeSet<Uuid>,
    /// Facts about what is not known here, to be kept: about what, the fact, what it says.
    pub(in crate::store) waits: Vec<(Uuid, Uuid, Waiting)>,
    /// Facts that were kept so, about what is wanted: filled in.
    pub(in crate::store) waiting: Vec<(Uuid, Uuid, Waiting)>,
    /// Those of them that wait no more.
    pub(in crate::store) arrived: Vec<(Uuid, Uuid)>,
    told: BTreeMap<Uuid, PromiseV1>,
    causes: BTreeMap<Key, Cause>,
}

impl Desk {
    pub(in crate::store) fn new(may_grant: bool, restored: bool, now_ms: i64) -> Self {
        Desk {
            book: Book::default(),
            may_grant,
            restored,
            now_ms,
            sites: BTreeSet::new(),
            products: BTreeSet::new(),
            sellable: BTreeSet::new(),
            waits: Vec::new(),
            waiting: Vec::new(),
            arrived: Vec::new(),
            told: BTreeMap::new(),
            causes: BTreeMap::new(),
        }
    }

    /// Fills in a promise that stands in the store.
    pub(in crate::store) fn fill_promise(&mut self, promise: PromiseV1) -> Result<(), StoreError> {
        self.book.fill_promise(promise.read().map_err(|error| StoreError::value("promise", error))?);
        self.told.entry(promise.id).or_insert(promise);
        Ok(())
    }

    /// Fills in an allotment that stands in the store.
    pub(in crate::store) fn fill_allotment(&mut self, allotment: &AllotmentV1) -> Result<(), StoreError> {
        self.book.fill_allotment(allotment.read().map_err(|error| StoreError::value("allotment", error))?);
        Ok(())
    }

    /// Fills in how a product stands: thousandths on hand, promised, lent and short.
    pub(in crate::store) fn fill(&mut self, (site, product): (Uuid, Uuid), figures: [i64; 4]) {
        let [on_hand, promised, lent, short] = figures.map(Quantity::from_thousandths);
        let figures = Figures { on_hand, promised, lent, short, safety: Quantity::ZERO };
        self.book.fill((SiteId(site), ProductId(product)), figures);
    }

    /// A promise as it stands.
    pub(in crate::store) fn promise(&self, id: Uuid) -> Option<PromiseV1> {
        let there = self.book.promise(PromiseId(id))?;
        Some(self.told.get(&id)?.clone().with(there))
    }

    /// What is to be written.
    pub(in crate::store) fn changed_promises(&self) -> Vec<(PromiseV1, Promise)> {
        let told = |one: &Promise| Some((self.told.get(&one.id.0)?.clone().with(one), one.clone()));
        self.book.changed_promises().filter_map(told).collect()
    }

    /// Somebody asks for stock to be set aside. True when it was; see [`Desk::promise`].
    pub(in crate::store) fn reserve(&mut self, new: &NewPromise) -> Result<Result<bool, super::Reserved>, StoreError> {
        let asked = new.asked()?;
        if let Some(there) = self.told.get(&new.id()) {
            let same = there.asked.as_ref() == Some(&asked);
            return Ok(if same { Ok(false) } else { Err(super::Reserved::OtherRequest) });
        }
        if !self.may_grant {
            return Err(StoreError::Recovering);
        }
        let request = &new.request;
        if !self.sites.contains(&request.site) {
            return Ok(Err(super::Reserved::UnknownSite));
        }
        if let Some(line) = request.lines.iter().find(|line| !self.products.contains(&line.product)) {
            return Ok(Err(super::Reserved::UnknownProduct(line.product)));
        }
        let stands = request.kind == "order";
        let expires_in_ms = i64::from(request.expires_in_s.unwrap_or(RESERVED_FOR_S)) * 1000;
        let promise = PromiseV1 {
            id: new.id(),
            site: request.site,
            kind: request.kind.clone(),
            channel: new.channel.clone(),
            reference: request.reference.clone(),
            lines: request.lines.clone(),
            state: if stands { "confirmed" } else { "reserved" }.to_owned(),
            made_ms: self.now_ms,
            expires_ms: (!stands).then_some(self.now_ms + expires_in_ms),
            due_ms: request.due_ms,
            ended_ms: None,
            deliveries: Vec::new(),
            cause: None,
            asked: Some(asked),
        };
        let read = promise.read().map_err(|error| StoreError::value("promise", error))?;
        if let Err(lacks) = self.book.grant(read) {
            return Ok(Err(super::Reserved::SoldOut(lacks)));
        }
        self.told.insert(promise.id, promise);
        Ok(Ok(true))
    }

    /// Confirms, releases or cancels; none when there is no such promise.
    pub(in crate::store) fn change(
        &mut self,
        id: Uuid,
        what: Change,
    ) -> Option<Result<(), selvedge_domain::stock::promise::NotNow>> {
        let now_ms = self.now_ms;
        let mut done = Ok(());
        let there = self.book.change(PromiseId(id), |promise| {
            done = match what {
                Change::Confirm => promise.confirm(now_ms),
                Change::Release => promise.release(now_ms),
                Change::Cancel => promise.cancel(now_ms),
            };
        });
        there.then_some(done)
    }

    /// A station asks for stock to promise from. It is lent some while it holds no more than it would be lent without that:
    /// what comes in the place of another one is lent before that is given back.
    pub(in crate::store) fn allot(
        &mut self,
        new: &NewAllotment,
        site: Uuid,
        asks: Asks,
    ) -> Result<Allotted, StoreError> {
        if let Some(there) = self.book.allotment(AllotmentId(new.id)) {
            if there.device.0 != new.device {
                return Ok(Allotted::Taken);
            }
            return Ok(Allotted::Lent(Box::new(Lent::before_its_row(AllotmentV1::from(there)))));
        }
        if !self.may_grant {
            return Err(StoreError::Recovering);
        }
        if !self.products.contains(&new.product) {
            return Ok(Allotted::Unknown);
        }
        let available = self.book.figures((SiteId(site), ProductId(new.product))).available();
        let (sold, stations) = (Quantity::from_thousandths(asks.sold), asks.stations);
        let demand = Demand { sold, over_ms: DEMAND_MS, stations, lasts_ms: new.ttl_ms };
        let held = Quantity::from_thousandths(asks.held) + self.lent_now(new);
        if held > allotment_size(available + held, demand) {
            return Ok(Allotted::Held);
        }
        let size = allotment_size(available, demand);
        if size <= Quantity::ZERO {
            return Ok(if is_scarce(available, stations) { Allotted::Scarce } else { Allotted::Unasked });
        }
        let lent = Allotment {
            id: AllotmentId(new.id),
            device: DeviceId(new.device),
            site: SiteId(site),
            product: ProductId(new.product),
            quantity: size,
            granted_ms: self.now_ms,
            ttl_ms: new.ttl_ms,
            state: AllotmentState::Open,
            draws: BTreeMap::new(),
            reported_used: Quantity::ZERO,
            returned: Quantity::ZERO,
            written_off: Quantity::ZERO,
            cause: None,
        };
        let answer = Box::new(Lent::before_its_row(AllotmentV1::from(&lent)));
        self.book.lend(lent);
        Ok(Allotted::Lent(answer))
    }

    /// What this station was lent of the product in this very transaction.
    fn lent_now(&self, new: &NewAllotment) -> Quantity {
        let same = |one: &&Allotment| (one.device.0, one.product.0) == (new.device, new.product);
        self.book.changed_allotments().filter(same).map(Allotment::outstanding).sum()
    }

    /// Hears what entries say, in their order. The figures are filled in as they are after all of them.
    pub(in crate::store) fn hear(&mut self, said: &[Said]) -> Result<(), StoreError> {
        let of_site = |one: &Said, product: Uuid| (SiteId(one.site), ProductId(product));
        let moved: Vec<(usize, Key, Quantity)> = said
            .iter()
            .enumerate()
            .flat_map(|(at, one)| {
                let counts = one.moved.iter().filter(|(location, _, _)| self.sellable.contains(location));
                counts.map(move |(_, product, delta)| (at, of_site(one, *product), Quantity::from_thousandths(*delta)))
            })
            .collect();
        for (_, key, delta) in &moved {
            self.book.moved(*key, -*delta);
        }
        for (at, one) in said.iter().enumerate() {
            let mut touched: BTreeSet<Key> = BTreeSet::new();
            for (_, key, delta) in moved.iter().filter(|(of, _, _)| *of == at) {
                self.book.moved(*key, *delta);
                touched.insert(*key);
            }
            let mut kind =
                if self.now_ms - one.happened_ms > LATE_MS { CauseKind::LateFact } else { CauseKind::HandSale };
            if let Some(made) = &one.made {
                kind = self.kind_of_draw(one);
                touched.extend(made.lines.iter().map(|line| (SiteId(made.site), ProductId(line.product))));
                self.come(made.clone())?;
                self.catch_up();
            }
            for (about, what) in &one.about {
                self.told_of(*about, one.fact, what.clone());
            }
            self.record(&touched, Cause { at_ms: self.now_ms, kind, fact: Some(EntryUuid(one.fact)) });
        }
        Ok(())
    }

    /// A view of a promise comes: made by a station, or taken back.
    pub(in crate::store) fn come(&mut self, promise: PromiseV1) -> Result<(), StoreError> {
        self.book.put(promise.read().map_err(|error| StoreError::value("promise", error))?);
        match self.told.get_mut(&promise.id) {
            // Which request it answers is known to the row that central decided, not to the station.
            Some(there) if there.asked.is_none() && promise.asked.is_some() => *there = promise,
            Some(_) => {}
            None => {
                self.told.insert(promise.id, promise);
            }
        }
        Ok(())
    }

    /// A view of an allotment comes.
    pub(in crate::store) fn come_allotment(&mut self, allotment: &AllotmentV1) -> Result<(), StoreError> {
        self.book.lend(allotment.read().map_err(|error| StoreError::value("allotment", error))?);
        Ok(())
    }

    /// Why a promise that a station made could go beyond stock.
    fn kind_of_draw(&self, said: &Said) -> CauseKind {
        let ids = said.about.iter().map(|(about, _)| self.book.allotment(AllotmentId(*about)));
        let states: Vec<Option<AllotmentState>> = ids.map(|found| found.map(|one| one.state)).collect();
        if states.iter().any(Option::is_none) {
            CauseKind::Restore
        } else if states.contains(&Some(AllotmentState::WrittenOff)) {
            CauseKind::DeadHolder
        } else {
            CauseKind::Overdrawn
        }
    }

    /// What a fact says of a promise or an allotment; kept where that is not known.
    pub(in crate::store) fn told_of(&mut self, about: Uuid, fact: Uuid, what: Waiting) {
        let now_ms = self.now_ms;
        let known = match &what {
            Waiting::Delivered { product, thousandths } => self.book.change(PromiseId(about), |promise| {
                let quantity = Quantity::from_thousandths(*thousandths);
                promise.deliver(EntryUuid(fact), ProductId(*product), quantity, now_ms);
            }),
            Waiting::Cancelled => {
                self.book.change(PromiseId(about), |promise| promise.end(PromiseState::Cancelled, now_ms))
            }
            Waiting::Drawn { promise, thousandths } => self.book.change_allotment(AllotmentId(about), |allotment| {
                allotment.draw(PromiseId(*promise), Quantity::from_thousandths(*thousandths));
            }),
            Waiting::Returned { used, returned } => self.book.change_allotment(AllotmentId(about), |allotment| {
                allotment.report(Quantity::from_thousandths(*used), Quantity::from_thousandths(*returned));
            }),
        };
        if !known {
            self.waits.push((about, fact, what));
        }
    }

    /// What waited for what is known by now waits no more.
    pub(in crate::store) fn catch_up(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for (about, fact, what) in waiting {
            if self.book.promise(PromiseId(about)).is_some() || self.book.allotment(AllotmentId(about)).is_some() {
                self.told_of(about, fact, what);
                self.arrived.push((about, fact));
            } else {
                self.waiting.push((about, fact, what));
            }
        }
    }

    fn record(&mut self, keys: &BTreeSet<Key>, cause: Cause) {
        if !self.may_grant {
            return;
        }
        let before = self.book.shortfalls().len();
        self.book.record(keys, cause);
        for shortfall in self.book.shortfalls().get(before..).unwrap_or_default() {
            self.causes.insert(shortfall.key, shortfall.cause);
        }
    }

    /// Records what nobody recorded: books that were put right, a central that came back with less.
    pub(in crate::store) fn record_all(&mut self) {
        let kind = if self.restored { CauseKind::Restore } else { CauseKind::Correction };
        let keys = self.book.keys().map(|(key, _)| key).collect();
        self.record(&keys, Cause { at_ms: self.now_ms, kind, fact: None });
    }

    /// Reservations whose time is over end; says how many.
    pub(in crate::store) fn expire(&mut self) -> u64 {
        let now_ms = self.now_ms;
        let due: Vec<PromiseId> = self.told.keys().map(|id| PromiseId(*id)).collect();
        let due = due.into_iter().filter(|id| self.book.promise(*id).is_some_and(|one| one.is_due(now_ms)));
        let due: Vec<PromiseId> = due.collect();
        for id in &due {
            self.book.change(*id, |promise| promise.end(PromiseState::Expired, now_ms));
        }
        u64::try_from(due.len()).unwrap_or(u64::MAX)
    }

    /// A holder was declared dead: what it has of the allotments that are filled in is given up.
    pub(in crate::store) fn write_off(&mut self) {
        let all: Vec<AllotmentId> = self.book.allotments().map(|one| one.id).collect();
        for id in all {
            self.book.change_allotment(id, Allotment::write_off);
        }
    }

    /// Products of which there is too little: their promises and allotments must all be filled in before
    /// [`Desk::settle`].
    pub(in crate::store) fn short_keys(&self) -> Vec<(Uuid, Uuid)> {
        if !self.may_grant {
            return Vec::new();
        }
        self.book.short_keys().into_iter().map(|(site, product)| (site.0, product.0)).collect()
    }

    /// Closes allotments and breaks promises where there is too little; says how many broke.
    pub(in crate::store) fn settle(&mut self) -> u64 {
        if !self.may_grant {
            return 0;
        }
        let open = |desk: &Desk| desk.book.changed_promises().filter(|one| one.state == PromiseState::Broken).count();
        let before = open(self);
        let unknown = Cause { at_ms: self.now_ms, kind: CauseKind::Correction, fact: None };
        let causes = self.causes.clone();
        self.book.settle(|key| causes.get(&key).copied().unwrap_or(unknown));
        u64::try_from(open(self) - before).unwrap_or(u64::MAX)
    }

    /// What was recorded.
    pub(in crate::store) fn shortfalls(&self) -> &[Shortfall] {
        self.book.shortfalls()
    }
}
