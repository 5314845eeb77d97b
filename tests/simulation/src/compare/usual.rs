//! Two usual rules: promising from figures that were fetched some minutes ago, and promising by central's word only.

use super::play::{Answer, Rule};
use super::week::{Ask, PRODUCTS, SITES, TILLS, TILLS_EACH, Week};

/// A till tells what it sold and fetches figures so often.
const TILL_SYNC: u32 = 5;
/// The web shop fetches figures so often.
const WEB_SYNC: u32 = 15;

type Figures = Vec<Vec<i64>>;

fn none() -> Figures {
    vec![vec![0; PRODUCTS]; SITES]
}

fn minus(one: &Figures, other: &Figures) -> Figures {
    one.iter().zip(other).map(|(one, other)| one.iter().zip(other).map(|(a, b)| a - b).collect()).collect()
}

/// The site that has most of a product; none where no site has any.
fn best(figures: &Figures, product: usize) -> Option<usize> {
    (0..SITES).filter(|site| figures[*site][product] > 0).max_by_key(|site| figures[*site][product])
}

/// Each till and the web shop promise while the figure that they fetched last, less what they gave away since, is above
/// zero. What they promised central hears with the next fetch.
pub struct Cached {
    /// On hand, less promises that central heard of.
    central: Figures,
    /// By till; the last is the web shop.
    fetched: Vec<Figures>,
    /// What was sold and promised since, and central does not know.
    since: Vec<Figures>,
    /// Tills sell nothing of which their figure says that there is none.
    blocks: bool,
    number: u64,
}

const WEB: usize = TILLS;

impl Cached {
    /// At the beginning everybody has the books' figures.
    pub fn new(week: &Week, blocks: bool) -> Self {
        let fetched = vec![week.books.clone(); TILLS + 1];
        Cached { central: week.books.clone(), fetched, since: vec![none(); TILLS + 1], blocks, number: 0 }
    }

    fn fetch(&mut self, who: usize) {
        self.central = minus(&self.central, &self.since[who]);
        self.since[who] = none();
        self.fetched[who] = self.central.clone();
    }

    fn believes(&self, who: usize, site: usize, product: usize) -> i64 {
        self.fetched[who][site][product] - self.since[who][site][product]
    }

    fn promise(&mut self, who: usize, site: usize, product: usize) -> Answer {
        if self.believes(who, site, product) <= 0 {
            return Answer::Refused;
        }
        self.since[who][site][product] += 1;
        self.number += 1;
        Answer::Promised(self.number, site)
    }
}

impl Rule for Cached {
    fn minute(&mut self, week: &Week, minute: u32) -> Vec<(Ask, Answer)> {
        for till in 0..TILLS {
            // Not all in the same minute.
            let turn = u32::try_from(till).unwrap_or(0) % TILL_SYNC;
            if minute % TILL_SYNC == turn && week.is_online(till, minute) {
                self.fetch(till);
            }
        }
        if minute.is_multiple_of(WEB_SYNC) && week.is_central_up(minute) {
            self.fetch(WEB);
        }
        Vec::new()
    }

    fn sells(&self, _: &Week, _: u32, till: usize, product: usize) -> bool {
        !self.blocks || self.believes(till, till / TILLS_EACH, product) > 0
    }

    fn sold(&mut self, _: &Week, _: u32, till: usize, product: usize) {
        self.since[till][till / TILLS_EACH][product] += 1;
    }

    fn delivered(&mut self, site: usize, product: usize, pieces: i64) {
        self.central[site][product] += pieces;
    }

    fn asked(&mut self, _: &Week, _: u32, ask: Ask) -> Answer {
        self.promise(ask.till, ask.site, ask.product)
    }

    fn ordered(&mut self, _: &Week, _: u32, product: usize, _: u32) -> Answer {
        let believed = minus(&self.fetched[WEB], &self.since[WEB]);
        match best(&believed, product) {
            Some(site) => self.promise(WEB, site, product),
            None => Answer::Refused,
        }
    }

    fn picked(&mut self, _: u64, _: usize, _: usize) {}

    fn missing(&mut self, _: u64, site: usize, product: usize) {
        self.central[site][product] = self.central[site][product].min(0);
    }
}

/// Central alone promises; who cannot reach it is refused. Nobody promises from anything else.
pub struct OnlineOnly {
    on_hand: Figures,
    reserved: Figures,
    /// What tills that are away have sold.
    unsent: Vec<Vec<i64>>,
    /// Tills that have sold something so.
    owes: Vec<bool>,
    /// What each till knew of its site when it was online last.
    fetched: Vec<Vec<i64>>,
    blocks: bool,
    number: u64,
}

impl OnlineOnly {
    /// At the beginning.
    pub fn new(week: &Week, blocks: bool) -> Self {
        OnlineOnly {
            on_hand: week.books.clone(),
            reserved: none(),
            unsent: vec![vec![0; PRODUCTS]; TILLS],
            owes: vec![false; TILLS],
            fetched: (0..TILLS).map(|till| week.books[till / TILLS_EACH].clone()).collect(),
            blocks,
            number: 0,
        }
    }

    fn free(&self, site: usize, product: usize) -> i64 {
        self.on_hand[site][product] - self.reserved[site][product]
    }

    fn reserve(&mut self, site: usize, product: usize) -> Answer {
        if self.free(site, product) <= 0 {
            return Answer::Refused;
        }
        self.reserved[site][product] += 1;
        self.number += 1;
        Answer::Promised(self.number, site)
    }
}

impl Rule for OnlineOnly {
    fn minute(&mut self, week: &Week, minute: u32) -> Vec<(Ask, Answer)> {
        for till in (0..TILLS).filter(|till| week.is_online(*till, minute)) {
            let site = till / TILLS_EACH;
            if std::mem::take(&mut self.owes[till]) {
                for product in 0..PRODUCTS {
                    self.on_hand[site][product] -= std::mem::take(&mut self.unsent[till][product]);
                }
            }
            if minute.is_multiple_of(TILL_SYNC) {
                self.fetched[till] = (0..PRODUCTS).map(|product| self.free(site, product)).collect();
            }
        }
        Vec::new()
    }

    fn sells(&self, week: &Week, minute: u32, till: usize, product: usize) -> bool {
        if !self.blocks {
            return true;
        }
        if week.is_online(till, minute) {
            return self.free(till / TILLS_EACH, product) > 0;
        }
        self.fetched[till][product] - self.unsent[till][product] > 0
    }

    fn sold(&mut self, week: &Week, minute: u32, till: usize, product: usize) {
        if week.is_online(till, minute) {
            self.on_hand[till / TILLS_EACH][product] -= 1;
        } else {
            self.unsent[till][product] += 1;
            self.owes[till] = true;
        }
    }

    fn delivered(&mut self, site: usize, product: usize, pieces: i64) {
        self.on_hand[site][product] += pieces;
    }

    fn asked(&mut self, week: &Week, minute: u32, ask: Ask) -> Answer {
        if week.is_online(ask.till, minute) { self.reserve(ask.site, ask.product) } else { Answer::Refused }
    }

    fn ordered(&mut self, week: &Week, minute: u32, product: usize, _: u32) -> Answer {
        let free = minus(&self.on_hand, &self.reserved);
        match best(&free, product).filter(|_| week.is_central_up(minute)) {
            Some(site) => self.reserve(site, product),
            None => Answer::Refused,
        }
    }

    fn picked(&mut self, _: u64, site: usize, product: usize) {
        self.on_hand[site][product] -= 1;
        self.reserved[site][product] -= 1;
    }

    fn missing(&mut self, _: u64, site: usize, product: usize) {
        self.on_hand[site][product] = 0;
        self.reserved[site][product] -= 1;
    }
}
