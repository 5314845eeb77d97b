//! A week of a small company, from a seed: what customers do, what is delivered, and who is offline when. It does not know
//! by which rule anything is promised.

use crate::dice::Dice;

/// Shops.
pub const SITES: usize = 4;
/// Tills of each.
pub const TILLS_EACH: usize = 3;
/// Tills in all; till `n` stands at site `n / TILLS_EACH`.
pub const TILLS: usize = SITES * TILLS_EACH;
/// Products.
pub const PRODUCTS: usize = 30;
/// Minutes of a day.
pub const DAY: u32 = 24 * 60;
/// Minutes of the week.
pub const WEEK: u32 = 7 * DAY;

/// Shops are open from nine to eight.
const OPENS: u32 = 9 * 60;
const OPEN_FOR: u32 = 11 * 60;
/// What a day sells beside an ordinary one, tenths; the fifth is payday.
const DAYS: [u64; 7] = [8, 8, 9, 10, 30, 16, 9];
/// What each hour from nine on sells, beside the others.
const HOURS: [u64; 11] = [3, 5, 7, 10, 9, 6, 6, 9, 12, 8, 4];
/// Pieces that customers of a site want to carry home in the week.
const HAND_SALES: u64 = 900;
/// Orders of the web shop in the week.
const WEB_ORDERS: u64 = 900;
/// Wishes to have something set aside, at each site in the week.
const WISHES: u64 = 90;
/// On payday at noon there is an offer of some products: so many pieces come to each site,
const OFFER_PIECES: i64 = 12;
/// and within the hour so many orders, wishes at each site, and customers at each site.
const OFFER: (u64, u64, u64) = (60, 8, 10);
/// Products of the offer: the last ones, which are asked for least.
const OFFERED: usize = 3;
/// Books that are wrong at the beginning, of a hundred.
const WRONG_BOOKS: u64 = 30;

/// Something that happens, whatever the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Goods come, and are booked.
    Delivered {
        /// Where.
        site: usize,
        /// What.
        product: usize,
        /// How many.
        pieces: i64,
    },
    /// Somebody stands at a till with a piece in the hand.
    InHand {
        /// At which till.
        till: usize,
        /// What.
        product: usize,
    },
    /// Somebody at a till wants a piece set aside.
    Wish(Ask),
    /// A customer of the web shop orders a piece, from whichever site has it.
    Order {
        /// What.
        product: usize,
        /// It is fetched from the shelf so many minutes later.
        picked_after: u32,
    },
}

/// A wish at a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// At which till.
    pub till: usize,
    /// The site that is to have it ready.
    pub site: usize,
    /// What.
    pub product: usize,
    /// It is fetched from the shelf so many minutes later.
    pub picked_after: u32,
}

/// From one minute to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: u32,
    /// The first one after it.
    pub to: u32,
}

impl Window {
    fn has(self, minute: u32) -> bool {
        (self.from..self.to).contains(&minute)
    }
}

/// A week.
pub struct Week {
    /// What lies on the shelves at first, by site and product.
    pub shelves: Vec<Vec<i64>>,
    /// What the books say at first.
    pub books: Vec<Vec<i64>>,
    /// What is usually sold in a week, by site and product.
    pub usual: Vec<Vec<i64>>,
    /// What happens, in its order.
    pub events: Vec<(u32, What)>,
    offline: Vec<Vec<Window>>,
    central_down: Vec<Window>,
}

impl Week {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 0x3e3);
        let weights: Vec<u64> = (0..PRODUCTS).map(|product| 10_000 / (number(product) + 3)).collect();
        let all: u64 = weights.iter().sum();
        let usual = |product: usize| i64::try_from(HAND_SALES * weights[product] / all).unwrap_or(0).max(1);
        let usual: Vec<Vec<i64>> = (0..SITES).map(|_| (0..PRODUCTS).map(usual).collect()).collect();
        let mut week = Week {
            shelves: Vec::new(),
            books: Vec::new(),
            usual,
            events: Vec::new(),
            offline: Vec::new(),
            central_down: Vec::new(),
        };
        week.stock(&mut dice);
        week.customers(&mut dice, &weights);
        week.offer(&mut dice);
        week.outages(&mut dice);
        week.events.sort_by_key(|(minute, _)| *minute);
        week
    }

    /// The same week with right books, where everybody is always online.
    pub fn undisturbed(seed: u64) -> Self {
        let week = Week::new(seed);
        let offline = vec![Vec::new(); TILLS];
        Week { books: week.shelves.clone(), offline, central_down: Vec::new(), ..week }
    }

    /// What lies there, what the books say of it, and what comes.
    fn stock(&mut self, dice: &mut Dice) {
        for site in 0..SITES {
            let (mut shelf, mut books) = (Vec::new(), Vec::new());
            for product in 0..PRODUCTS {
                let usual = u64::try_from(self.usual[site][product]).unwrap_or(1);
                let there = i64::try_from(usual * dice.between(30, 80) / 100).unwrap_or(0);
                let wrong = if dice.chance(WRONG_BOOKS) { i64::try_from(dice.below(7)).unwrap_or(0) - 3 } else { 0 };
                shelf.push(there);
                books.push((there + wrong).max(0));
                for day in [1, 3, 5] {
                    let pieces = i64::try_from(usual * dice.between(15, 50) / 100).unwrap_or(0);
                    if dice.chance(80) && pieces > 0 {
                        let minute = day * DAY + 7 * 60 + low(dice.below(60));
                        self.events.push((minute, What::Delivered { site, product, pieces }));
                    }
                }
            }
            self.shelves.push(shelf);
            self.books.push(books);
        }
    }

    fn customers(&mut self, dice: &mut Dice, weights: &[u64]) {
        for site in 0..SITES {
            for _ in 0..HAND_SALES {
                let till = site * TILLS_EACH + dice.index(TILLS_EACH).unwrap_or(0);
                let product = weighted(dice, weights);
                self.events.push((open_minute(dice), What::InHand { till, product }));
            }
            for _ in 0..WISHES {
                let till = site * TILLS_EACH + dice.index(TILLS_EACH).unwrap_or(0);
                let at = if dice.chance(70) { site } else { dice.index(SITES).unwrap_or(0) };
                let product = weighted(dice, weights);
                let picked_after = low(dice.between(10, 90));
                let ask = Ask { till, site: at, product, picked_after };
                self.events.push((open_minute(dice), What::Wish(ask)));
            }
        }
        for _ in 0..WEB_ORDERS {
            let day = low(number(weighted(dice, &DAYS)));
            // Orders come by day and night, and are picked within hours.
            let minute = day * DAY + low(dice.below(u64::from(DAY)));
            let order = What::Order { product: weighted(dice, weights), picked_after: low(dice.between(30, 12 * 60)) };
            self.events.push((minute, order));
        }
    }

    /// Many want the same few pieces at once.
    fn offer(&mut self, dice: &mut Dice) {
        let noon = 4 * DAY + 12 * 60;
        let (orders, wishes, customers) = OFFER;
        for product in PRODUCTS - OFFERED..PRODUCTS {
            let soon = |dice: &mut Dice| noon + low(dice.below(60));
            for _ in 0..orders {
                let picked_after = low(dice.between(30, 6 * 60));
                self.events.push((soon(dice), What::Order { product, picked_after }));
            }
            for site in 0..SITES {
                self.events.push((noon - 30, What::Delivered { site, product, pieces: OFFER_PIECES }));
                for _ in 0..wishes {
                    let till = site * TILLS_EACH + dice.index(TILLS_EACH).unwrap_or(0);
                    let ask = Ask { till, site, product, picked_after: low(dice.between(10, 60)) };
                    self.events.push((soon(dice), What::Wish(ask)));
                }
                for _ in 0..customers {
                    let till = site * TILLS_EACH + dice.index(TILLS_EACH).unwrap_or(0);
                    self.events.push((soon(dice), What::InHand { till, product }));
                }
            }
        }
    }

    /// Each till is away now and then, a site's line on some days, and central itself perhaps, on payday.
    fn outages(&mut self, dice: &mut Dice) {
        let mut of_site: Vec<Vec<Window>> = vec![Vec::new(); SITES];
        for windows in &mut of_site {
            for day in 0..7 {
                if dice.chance(20) {
                    windows.push(window(dice, day, 45, 300));
                }
            }
        }
        for till in 0..TILLS {
            let mut windows = of_site[till / TILLS_EACH].clone();
            for day in 0..7 {
                if dice.chance(25) {
                    windows.push(window(dice, day, 10, 90));
                }
            }
            self.offline.push(windows);
        }
        if dice.chance(40) {
            self.central_down.push(window(dice, 4, 60, 240));
        }
    }

    /// Whether central answers.
    pub fn is_central_up(&self, minute: u32) -> bool {
        !self.central_down.iter().any(|window| window.has(minute))
    }

    /// Whether a till reaches central.
    pub fn is_online(&self, till: usize, minute: u32) -> bool {
        self.is_central_up(minute) && !self.offline[till].iter().any(|window| window.has(minute))
    }
}

/// Whether shops are open.
pub fn is_open(minute: u32) -> bool {
    (OPENS..OPENS + OPEN_FOR).contains(&(minute % DAY))
}

fn window(dice: &mut Dice, day: u32, least: u64, most: u64) -> Window {
    let from = day * DAY + OPENS + low(dice.below(u64::from(OPEN_FOR)));
    Window { from, to: from + low(dice.between(least, most)) }
}

/// A minute at which shops are open; payday has most of them.
fn open_minute(dice: &mut Dice) -> u32 {
    let day = weighted(dice, &DAYS);
    let hour = weighted(dice, &HOURS);
    low(number(day)) * DAY + OPENS + low(number(hour)) * 60 + low(dice.below(60))
}

fn weighted(dice: &mut Dice, weights: &[u64]) -> usize {
    let mut roll = dice.below(weights.iter().sum());
    let at = weights.iter().position(|weight| {
        let here = roll < *weight;
        roll = roll.saturating_sub(*weight);
        here
    });
    at.unwrap_or(0)
}

fn low(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn number(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
