//! Promises in the company: a web shop that reserves, confirms, releases and cancels; tills that set aside, here and
//! elsewhere, collect and let go; stock that is lent to tills, drawn from and given back; and a ledger that adds up by its
//! own arithmetic what is promised beyond stock, beside central, after every call.

mod checks;
mod counter;
mod ledger;
mod lent;
mod shop;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::dice::Dice;
use crate::world::World;

pub use checks::{check, compare};
pub use counter::{Asks, collect, let_go, note, set_aside};
pub use ledger::{Call, Ledger};
pub use lent::{declare_dead, draw, give_back, lend, tend};
pub use shop::{Shop, buy, buy_all, heal, late};

/// A product at a site.
pub type Key = (Uuid, Uuid);

/// Central looks at its promises so often, while somebody calls it.
const PASS_MS: u64 = 2_000;

/// What there is of promises beside central and the tills.
#[derive(Default)]
pub struct Promised {
    /// What central should have.
    pub ledger: Ledger,
    /// The web shop.
    pub shop: Shop,
    /// Identities of all that was ever asked for at tills, or promised by them.
    pub known: BTreeSet<Uuid>,
    /// Promises that somebody let go at a till.
    pub let_go: BTreeSet<Uuid>,
    /// What the ledger knew when central was backed up.
    backed_up: Option<Box<Ledger>>,
    passed_ms: u64,
}

impl Promised {
    /// Central is backed up.
    pub fn back_up(&mut self) {
        self.backed_up = Some(Box::new(self.ledger.clone()));
    }

    /// Central came back from its backup.
    pub fn of_yesterday(&mut self) {
        self.ledger = self.backed_up.take().map(|ledger| *ledger).unwrap_or_default();
    }

    /// Central began empty.
    pub fn lost(&mut self) {
        self.ledger = Ledger::default();
    }
}

/// What central does by itself before the next call; what was decided without a call is looked at too.
pub fn before_call(world: &mut World) {
    if !world.central.is_up() {
        return;
    }
    observe(world, Call::Other);
    if world.now.ms() >= world.promised.passed_ms + PASS_MS {
        pass(world);
    }
}

/// Central goes over its promises.
pub fn pass(world: &mut World) {
    world.promised.passed_ms = world.now.ms();
    let (now_ms, store) = (world.now.wall_ms(), world.central.store().clone());
    let passed = world.central.wait(store.pass_promises(now_ms));
    if passed.expired > 0 {
        world.say(|| format!("central: {} promises end by their time", passed.expired));
        world.count("expired");
    }
    observe(world, Call::Pass);
}

/// The ledger looks at what a call did.
///
/// # Panics
/// With the rule that is broken.
pub fn observe(world: &mut World, call: Call) {
    if !world.central.is_up() {
        return;
    }
    let mut ledger = std::mem::take(&mut world.promised.ledger);
    let looked = ledger.look(world, call);
    world.promised.ledger = ledger;
    match looked {
        Ok(news) => {
            if !news.broken.is_empty() {
                world.say(|| format!("central: promises break: {:?}", news.broken));
                *world.counts.entry("broken").or_default() += u64::try_from(news.broken.len()).unwrap_or(0);
            }
            for kind in news.causes {
                world.count(kind);
            }
        }
        Err(rule) => panic!("{rule}"),
    }
}

/// Pieces that somebody wants: often many, so that they are soon scarce.
fn pieces(dice: &mut Dice) -> i64 {
    i64::try_from(if dice.chance(35) { dice.between(1, 3) } else { dice.between(4, 18) }).unwrap_or(1)
}

/// A product that is there from the beginning; most want the first.
pub fn any_product(dice: &mut Dice) -> u32 {
    let most = if dice.chance(75) { 1 } else { u64::from(crate::company::PRODUCTS) };
    u32::try_from(dice.between(1, most)).unwrap_or(1)
}
