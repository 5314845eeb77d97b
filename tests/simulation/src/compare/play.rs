//! Plays a week under a rule: shelves are as they are, whatever anybody believes, and everything is counted the same way.

use std::collections::BTreeMap;

use super::week::{Ask, SITES, WEEK, Week, What};

/// What a customer hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is promised, under this number, and that site has it ready.
    Promised(u64, usize),
    /// No.
    Refused,
    /// Nobody knows yet: nothing is promised.
    NeedsConfirmation,
}

/// How promises are made.
pub trait Rule {
    /// A minute begins: who was away comes back, figures are fetched. What waited and is answered now.
    fn minute(&mut self, week: &Week, minute: u32) -> Vec<(Ask, Answer)>;
    /// Whether the till sells what somebody has in the hand.
    fn sells(&self, week: &Week, minute: u32, till: usize, product: usize) -> bool;
    /// It was sold.
    fn sold(&mut self, week: &Week, minute: u32, till: usize, product: usize);
    /// Goods came, and are booked.
    fn delivered(&mut self, site: usize, product: usize, pieces: i64);
    /// Somebody at a till wants a piece set aside.
    fn asked(&mut self, week: &Week, minute: u32, ask: Ask) -> Answer;
    /// Somebody orders a piece in the web shop.
    fn ordered(&mut self, week: &Week, minute: u32, product: usize, picked_after: u32) -> Answer;
    /// A promised piece was fetched from the shelf.
    fn picked(&mut self, promise: u64, site: usize, product: usize);
    /// A promised piece was not on the shelf, and nothing else of it: the books are put right.
    fn missing(&mut self, promise: u64, site: usize, product: usize);
    /// Promises of which was said since the last time that they cannot be kept.
    fn broken(&mut self) -> Vec<u64> {
        Vec::new()
    }
    /// Pieces beyond stock of which a cause was recorded.
    fn recorded(&self) -> u64 {
        0
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Wishes and orders.
    pub asked: u64,
    /// Promised, at once or later.
    pub promised: u64,
    /// Promised when everything on the shelf was promised already.
    pub promised_twice: u64,
    /// Promised, and not there: somebody has to tell the customer.
    pub unkept: u64,
    /// Of these: told before anybody looked for it on the shelf.
    pub told_early: u64,
    /// Refused.
    pub refused: u64,
    /// Of these: it was there, and promised to nobody.
    pub refused_though_there: u64,
    /// Nobody knew at once.
    pub needs_confirmation: u64,
    /// Of these: promised later.
    pub confirmed: u64,
    /// Pieces that were in somebody's hand at a till.
    pub in_hand: u64,
    /// Of these: not sold.
    pub in_hand_refused: u64,
    /// Pieces beyond stock of which a cause was recorded.
    pub recorded: u64,
}

impl Tally {
    /// The sum of two.
    pub fn add(&mut self, other: &Tally) {
        self.asked += other.asked;
        self.promised += other.promised;
        self.promised_twice += other.promised_twice;
        self.unkept += other.unkept;
        self.told_early += other.told_early;
        self.refused += other.refused;
        self.refused_though_there += other.refused_though_there;
        self.needs_confirmation += other.needs_confirmation;
        self.confirmed += other.confirmed;
        self.in_hand += other.in_hand;
        self.in_hand_refused += other.in_hand_refused;
        self.recorded += other.recorded;
    }
}

/// A promise that waits on the shelf.
struct Waits {
    promise: u64,
    site: usize,
    product: usize,
}

struct Play<'a> {
    week: &'a Week,
    rule: &'a mut dyn Rule,
    shelves: Vec<Vec<i64>>,
    /// By minute and promise.
    picks: BTreeMap<(u32, u64), Waits>,
    tally: Tally,
}

/// Plays a week.
pub fn play(week: &Week, rule: &mut dyn Rule) -> Tally {
    let shelves = week.shelves.clone();
    let mut play = Play { week, rule, shelves, picks: BTreeMap::new(), tally: Tally::default() };
    let mut events = week.events.iter().peekable();
    // Picks of the last day come after the week.
    for minute in 0..WEEK + super::week::DAY {
        for (ask, answer) in play.rule.minute(week, minute) {
            play.tally.confirmed += u64::from(matches!(answer, Answer::Promised(..)));
            play.answered(minute, answer, ask.product, Some(ask.site), ask.picked_after);
        }
        play.breaks();
        while let Some((_, what)) = events.next_if(|(at, _)| *at <= minute) {
            play.happens(minute, *what);
            play.breaks();
        }
        play.picks_due(minute);
        play.breaks();
    }
    play.tally.recorded = play.rule.recorded();
    play.tally
}

impl Play<'_> {
    fn happens(&mut self, minute: u32, what: What) {
        match what {
            What::Delivered { site, product, pieces } => {
                self.shelves[site][product] += pieces;
                self.rule.delivered(site, product, pieces);
            }
            What::InHand { till, product } => self.in_hand(minute, till, product),
            What::Wish(ask) => {
                self.tally.asked += 1;
                let answer = self.rule.asked(self.week, minute, ask);
                self.answered(minute, answer, ask.product, Some(ask.site), ask.picked_after);
            }
            What::Order { product, picked_after } => {
                self.tally.asked += 1;
                let answer = self.rule.ordered(self.week, minute, product, picked_after);
                self.answered(minute, answer, product, None, picked_after);
            }
        }
    }

    fn in_hand(&mut self, minute: u32, till: usize, product: usize) {
        let site = till / super::week::TILLS_EACH;
        // Who finds nothing on the shelf has nothing in the hand.
        if self.shelves[site][product] <= 0 {
            return;
        }
        self.tally.in_hand += 1;
        if self.rule.sells(self.week, minute, till, product) {
            self.shelves[site][product] -= 1;
            self.rule.sold(self.week, minute, till, product);
        } else {
            self.tally.in_hand_refused += 1;
        }
    }

    fn answered(&mut self, minute: u32, answer: Answer, product: usize, site: Option<usize>, picked_after: u32) {
        match answer {
            Answer::Promised(promise, site) => {
                self.tally.promised += 1;
                self.tally.promised_twice += u64::from(self.free(site, product) <= 0);
                self.picks.insert((minute + picked_after, promise), Waits { promise, site, product });
            }
            Answer::Refused => {
                self.tally.refused += 1;
                let free = match site {
                    Some(site) => self.free(site, product) > 0,
                    None => (0..SITES).any(|site| self.free(site, product) > 0),
                };
                self.tally.refused_though_there += u64::from(free);
            }
            Answer::NeedsConfirmation => self.tally.needs_confirmation += 1,
        }
    }

    /// On the shelf, and promised to nobody.
    fn free(&self, site: usize, product: usize) -> i64 {
        let promised = self.picks.values().filter(|one| (one.site, one.product) == (site, product)).count();
        self.shelves[site][product] - i64::try_from(promised).unwrap_or(i64::MAX)
    }

    fn picks_due(&mut self, minute: u32) {
        while let Some(due) = self.picks.first_entry().filter(|due| due.key().0 <= minute) {
            let Waits { promise, site, product } = due.remove();
            if self.shelves[site][product] > 0 {
                self.shelves[site][product] -= 1;
                self.rule.picked(promise, site, product);
            } else {
                self.tally.unkept += 1;
                self.rule.missing(promise, site, product);
            }
            self.breaks();
        }
    }

    /// Who was told is not waited for.
    fn breaks(&mut self) {
        for broken in self.rule.broken() {
            let at = self.picks.iter().find(|(_, one)| one.promise == broken).map(|(key, _)| *key);
            if let Some(at) = at {
                self.picks.remove(&at);
                self.tally.unkept += 1;
                self.tally.told_early += 1;
            }
        }
    }
}
