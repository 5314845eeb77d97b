//! Selvedge's rules, by the domain's own code: central's book of promises, allotments and how large they are. What is made
//! up is the wire: what a till that is online does central knows at once.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, DeviceId, EntryUuid, ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::{
    Allotment, AllotmentState, Book, Cause, CauseKind, Demand, Figures, Key, Promise, PromiseKind, PromiseLine,
    PromiseState, allotment_size,
};
use uuid::Uuid;

use super::play::{Answer, Rule};
use super::week::{Ask, PRODUCTS, SITES, TILLS, TILLS_EACH, WEEK, Week, is_open};

const MINUTE_MS: i64 = 60_000;
/// Tills ask for allotments so often, and give back what they had.
const ALLOT_EVERY: u32 = 60;
/// So long a till may draw from one.
const ALLOT_FOR: u32 = 8 * 60;
/// So long before that end it asks for another.
const RENEW_BEFORE: u32 = 2 * 60;
/// So long a customer waits for a confirmation.
const PATIENT_FOR: u32 = 3 * 60;
/// A fact that central hears so much later is a late one.
const LATE: u32 = 10;

/// An entry of a till that is away.
enum Entry {
    Sold { minute: u32, product: usize },
    Made { minute: u32, promise: u64, product: usize, allotment: u64 },
}

/// What a till holds.
#[derive(Clone, Copy)]
struct Held {
    allotment: u64,
    left: i64,
    used: i64,
    until: u32,
}

/// See the module.
pub struct Ours {
    book: Book,
    lends: bool,
    /// What each till wrote while it was away.
    unsent: Vec<Vec<Entry>>,
    /// What waits at each till for central's word, and since when.
    waiting: Vec<Vec<(u32, Ask)>>,
    /// By till and product.
    held: BTreeMap<(usize, usize), Held>,
    broken: Vec<u64>,
    told: BTreeSet<PromiseId>,
    recorded: i64,
    seen: usize,
    number: u64,
}

fn site_id(site: usize) -> SiteId {
    SiteId(Uuid::from_u128(0x100 + low(site)))
}

fn product_id(product: usize) -> ProductId {
    ProductId(Uuid::from_u128(0x1_000 + low(product)))
}

fn promise_id(number: u64) -> PromiseId {
    PromiseId(Uuid::from_u128(1 << 64 | u128::from(number)))
}

fn allotment_id(number: u64) -> AllotmentId {
    AllotmentId(Uuid::from_u128(2 << 64 | u128::from(number)))
}

fn low(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(0)
}

fn key(site: usize, product: usize) -> Key {
    (site_id(site), product_id(product))
}

fn ms(minute: u32) -> i64 {
    i64::from(minute) * MINUTE_MS
}

impl Ours {
    /// At the beginning.
    pub fn new(week: &Week, lends: bool) -> Self {
        let mut book = Book::default();
        for site in 0..SITES {
            for product in 0..PRODUCTS {
                let on_hand = Quantity::units(week.books[site][product]);
                book.fill(key(site, product), Figures { on_hand, ..Figures::default() });
            }
        }
        Ours {
            book,
            lends,
            unsent: (0..TILLS).map(|_| Vec::new()).collect(),
            waiting: vec![Vec::new(); TILLS],
            held: BTreeMap::new(),
            broken: Vec::new(),
            told: BTreeSet::new(),
            recorded: 0,
            seen: 0,
            number: 0,
        }
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn promise(&mut self, minute: u32, site: usize, product: usize, allotment: Option<u64>) -> (u64, Promise) {
        let number = self.next();
        let lines = vec![PromiseLine {
            product: product_id(product),
            quantity: Quantity::ONE,
            allotment: allotment.map(allotment_id),
        }];
        let promise = Promise {
            id: promise_id(number),
            site: site_id(site),
            kind: PromiseKind::Order,
            state: PromiseState::Confirmed,
            made_ms: ms(minute),
            expires_ms: None,
            ended_ms: None,
            lines,
            deliveries: BTreeMap::new(),
            cause: None,
        };
        (number, promise)
    }

    /// Central decides.
    fn grant(&mut self, minute: u32, site: usize, product: usize) -> Answer {
        let (number, promise) = self.promise(minute, site, product, None);
        if self.book.grant(promise).is_ok() { Answer::Promised(number, site) } else { Answer::Refused }
    }

    /// Records what is beyond stock, and settles it.
    fn settle(&mut self, at: Key, cause: Cause) {
        self.book.record(&[at].into(), cause);
        self.book.settle(|_| cause);
        if self.book.shortfalls().len() == self.seen {
            // Nothing went further beyond stock, so nothing broke.
            return;
        }
        let recorded = self.book.shortfalls().get(self.seen..).unwrap_or_default();
        self.recorded += recorded.iter().map(|one| one.quantity.thousandths() / 1_000).sum::<i64>();
        self.seen = self.book.shortfalls().len();
        let broken: Vec<PromiseId> = self
            .book
            .changed_promises()
            .filter(|one| one.state == PromiseState::Broken && !self.told.contains(&one.id))
            .map(|one| one.id)
            .collect();
        for id in broken {
            self.told.insert(id);
            self.broken.push(u64::try_from(id.0.as_u128() & u128::from(u64::MAX)).unwrap_or(0));
        }
    }

    fn fact(&mut self) -> EntryUuid {
        let number = self.next();
        EntryUuid(Uuid::from_u128(3 << 64 | u128::from(number)))
    }

    /// Central hears of a piece that was sold.
    fn hear_sold(&mut self, minute: u32, sold: u32, site: usize, product: usize) {
        let kind = if minute - sold > LATE { CauseKind::LateFact } else { CauseKind::HandSale };
        let cause = Cause { at_ms: ms(minute), kind, fact: Some(self.fact()) };
        self.book.moved(key(site, product), Quantity::units(-1));
        self.settle(key(site, product), cause);
    }

    /// A till is online: what it wrote goes out, what waits is asked.
    fn back(&mut self, minute: u32, till: usize) -> Vec<(Ask, Answer)> {
        let site = till / TILLS_EACH;
        for entry in std::mem::take(&mut self.unsent[till]) {
            match entry {
                Entry::Sold { minute: sold, product } => self.hear_sold(minute, sold, site, product),
                Entry::Made { minute: made, promise: number, product, allotment } => {
                    let (_, promise) = self.promise(made, site, product, Some(allotment));
                    let cause = Cause { at_ms: ms(minute), kind: CauseKind::Overdrawn, fact: Some(self.fact()) };
                    self.book.made(Promise { id: promise_id(number), ..promise });
                    self.settle(key(site, product), cause);
                }
            }
        }
        let mut answered = Vec::new();
        for (since, ask) in std::mem::take(&mut self.waiting[till]) {
            if minute - since <= PATIENT_FOR {
                answered.push((ask, self.grant(minute, ask.site, ask.product)));
            }
        }
        answered
    }

    /// A till that holds little of a product, or not for long, gives it back and asks for some anew.
    fn lend(&mut self, week: &Week, minute: u32, till: usize, product: usize) {
        let site = till / TILLS_EACH;
        let enough = |held: &Held| held.until > minute + RENEW_BEFORE && held.used <= held.left;
        if self.held.get(&(till, product)).is_some_and(enough) {
            return;
        }
        if let Some(held) = self.held.remove(&(till, product)) {
            let (used, left) = (Quantity::units(held.used), Quantity::units(held.left));
            self.book.change_allotment(allotment_id(held.allotment), |one| one.report(used, left));
        }
        let demand = Demand {
            sold: Quantity::units(week.usual[site][product]),
            over_ms: ms(WEEK),
            stations: i64::try_from(TILLS_EACH).unwrap_or(1),
            lasts_ms: ms(ALLOT_FOR),
        };
        let quantity = allotment_size(self.book.figures(key(site, product)).available(), demand);
        if quantity <= Quantity::ZERO {
            return;
        }
        let allotment = self.next();
        self.book.lend(Allotment {
            id: allotment_id(allotment),
            device: DeviceId(Uuid::from_u128(low(till))),
            site: site_id(site),
            product: product_id(product),
            quantity,
            granted_ms: ms(minute),
            ttl_ms: ms(ALLOT_FOR),
            state: AllotmentState::Open,
            draws: BTreeMap::new(),
            reported_used: Quantity::ZERO,
            returned: Quantity::ZERO,
            written_off: Quantity::ZERO,
            cause: None,
        });
        let held = Held { allotment, left: quantity.thousandths() / 1_000, used: 0, until: minute + ALLOT_FOR };
        self.held.insert((till, product), held);
    }

    /// What central closed is given back.
    fn return_closed(&mut self, till: usize) {
        let mine: Vec<(usize, Held)> =
            self.held.iter().filter(|((of, _), _)| *of == till).map(|((_, product), held)| (*product, *held)).collect();
        for (product, held) in mine {
            let id = allotment_id(held.allotment);
            if self.book.allotment(id).is_some_and(|one| one.state == AllotmentState::Closed) {
                self.held.remove(&(till, product));
                let (used, left) = (Quantity::units(held.used), Quantity::units(held.left));
                self.book.change_allotment(id, |one| one.report(used, left));
            }
        }
    }

    /// A till promises from what it holds.
    fn draw(&mut self, minute: u32, ask: Ask, online: bool) -> Option<Answer> {
        let own = ask.site == ask.till / TILLS_EACH;
        let held = self.held.get_mut(&(ask.till, ask.product));
        let held = held.filter(|held| own && held.left > 0 && minute < held.until)?;
        held.left -= 1;
        held.used += 1;
        let allotment = held.allotment;
        let (number, promise) = self.promise(minute, ask.site, ask.product, Some(allotment));
        if online {
            self.book.made(promise);
        } else {
            let made = Entry::Made { minute, promise: number, product: ask.product, allotment };
            self.unsent[ask.till].push(made);
        }
        Some(Answer::Promised(number, ask.site))
    }
}

impl Rule for Ours {
    fn minute(&mut self, week: &Week, minute: u32) -> Vec<(Ask, Answer)> {
        let mut answered = Vec::new();
        for till in (0..TILLS).filter(|till| week.is_online(*till, minute)) {
            answered.extend(self.back(minute, till));
            if self.lends {
                self.return_closed(till);
                // Not all in the same minute.
                let turn = u32::try_from(till).unwrap_or(0) * 5 % ALLOT_EVERY;
                if minute % ALLOT_EVERY == turn && is_open(minute) {
                    (0..PRODUCTS).for_each(|product| self.lend(week, minute, till, product));
                }
            }
        }
        answered
    }

    fn sells(&self, _: &Week, _: u32, _: usize, _: usize) -> bool {
        true
    }

    fn sold(&mut self, week: &Week, minute: u32, till: usize, product: usize) {
        if week.is_online(till, minute) {
            self.hear_sold(minute, minute, till / TILLS_EACH, product);
        } else {
            self.unsent[till].push(Entry::Sold { minute, product });
        }
    }

    fn delivered(&mut self, site: usize, product: usize, pieces: i64) {
        self.book.moved(key(site, product), Quantity::units(pieces));
        // What is covered again is not short any more.
        self.book.settle(|_| Cause { at_ms: 0, kind: CauseKind::Correction, fact: None });
    }

    fn asked(&mut self, week: &Week, minute: u32, ask: Ask) -> Answer {
        let online = week.is_online(ask.till, minute);
        if let Some(answer) = self.draw(minute, ask, online) {
            return answer;
        }
        if online {
            return self.grant(minute, ask.site, ask.product);
        }
        self.waiting[ask.till].push((minute, ask));
        Answer::NeedsConfirmation
    }

    fn ordered(&mut self, week: &Week, minute: u32, product: usize, _: u32) -> Answer {
        if !week.is_central_up(minute) {
            return Answer::Refused;
        }
        let free = |site: &usize| self.book.figures(key(*site, product)).available();
        match (0..SITES).filter(|site| free(site) >= Quantity::ONE).max_by_key(free) {
            Some(site) => self.grant(minute, site, product),
            None => Answer::Refused,
        }
    }

    fn picked(&mut self, promise: u64, site: usize, product: usize) {
        let fact = self.fact();
        self.book.moved(key(site, product), Quantity::units(-1));
        self.book.change(promise_id(promise), |one| one.deliver(fact, product_id(product), Quantity::ONE, 0));
        let cause = Cause { at_ms: 0, kind: CauseKind::HandSale, fact: Some(fact) };
        self.settle(key(site, product), cause);
    }

    fn missing(&mut self, promise: u64, site: usize, product: usize) {
        // Nothing is there: a count says so, and what cannot be kept breaks; whom the shelf failed was told already.
        self.told.insert(promise_id(promise));
        let at = key(site, product);
        let on_hand = self.book.figures(at).on_hand;
        self.book.moved(at, Quantity::ZERO - on_hand);
        let cause = Cause { at_ms: 0, kind: CauseKind::Correction, fact: Some(self.fact()) };
        self.settle(at, cause);
    }

    fn broken(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.broken)
    }

    fn recorded(&self) -> u64 {
        u64::try_from(self.recorded).unwrap_or(0)
    }
}
