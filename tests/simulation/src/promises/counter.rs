//! Tills set aside, collect and let go, by the app's own use cases.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use selvedge_app::{App, Wish};
use selvedge_contract::view::{PromiseShown, Screen, Standing};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::PromiseKind;
use selvedge_ports::{AskCentral, Available};

use super::{any_product, pieces};
use crate::actions::{make_ready, open_till, serve};
use crate::company::{SITES, site};
use crate::dice::Dice;
use crate::world::World;

/// A customer waits for central's word so long.
const PATIENCE_MS: u64 = 1_500;

/// Has sync ask. Nobody is kept waiting here: the world lets the time pass, and the person looks again.
#[derive(Default)]
pub struct Asks {
    promises: AtomicBool,
    lend: AtomicBool,
}

impl Asks {
    /// Whether somebody asked since the last time: for a promise, for something to be lent.
    pub fn take(&self) -> (bool, bool) {
        (self.promises.swap(false, Ordering::Relaxed), self.lend.swap(false, Ordering::Relaxed))
    }
}

impl AskCentral for Asks {
    fn available(&self, _: ProductId, _: Duration) -> Option<Available> {
        None
    }

    fn ask_what_waits(&self, _: Duration) {
        self.promises.store(true, Ordering::Relaxed);
    }

    fn lend(&self) {
        self.lend.store(true, Ordering::Relaxed);
    }
}

/// Somebody has goods set aside, here or at the other site, and waits for central's word, where the till cannot promise
/// by itself.
pub fn set_aside(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let here = world.tills[till].begun.site;
    let at = if dice.chance(65) { here } else { (here + 1) % SITES.len() };
    let (product, pieces) = (any_product(dice), pieces(dice));
    wish(world, till, dice, (at, selvedge_tests::company::product(product), pieces));
}

/// The same of a product, at a site; the promise.
pub fn wish(
    world: &mut World,
    till: usize,
    dice: &mut Dice,
    (at, product, pieces): (usize, ProductId, i64),
) -> Option<PromiseId> {
    make_ready(world, till)?;
    let wish = Wish {
        product,
        quantity: Quantity::units(pieces),
        site: SiteId(site(at)),
        kind: if dice.chance(60) { PromiseKind::Hold } else { PromiseKind::Order },
        days: u32::try_from(dice.below(4)).unwrap_or(0),
        customer: if dice.chance(50) { "Nora".to_owned() } else { String::new() },
    };
    let shown = match world.command(till, "set aside", |app| app.set_aside(&wish))? {
        Ok(shown) => shown,
        // A till that joined a central which had lost everything knows few products.
        Err(refused) => {
            assert_eq!(refused.code, Code::NoSuchProduct, "{refused}");
            return None;
        }
    };
    world.count("set aside");
    world.promised.known.insert(shown.promise.0);
    if shown.by_till {
        world.say(|| format!("till {till} promises {pieces} alone: {}", shown.promise));
        world.count("drawn");
        return Some(shown.promise);
    }
    world.pass(PATIENCE_MS);
    let look = |app: &App| app.see_promise(shown.promise).and_then(|_| app.promise(shown.promise));
    if let Some(Ok(shown)) = world.tills[till].is_on().then(|| world.command(till, "look", look)).flatten() {
        told(world, till, &shown);
    }
    Some(shown.promise)
}

/// Notes what was asked for at a till: its disk may be replaced.
pub fn note(world: &mut World, till: usize) {
    if world.tills[till].has_joined() {
        let requests = super::checks::requests(&world.tills[till]);
        world.promised.known.extend(requests.into_iter().map(|request| request.promise.0));
    }
}

fn told(world: &mut World, till: usize, shown: &PromiseShown) {
    world.say(|| format!("till {till} says {:?} of {}", shown.standing, shown.promise));
    match shown.standing {
        Standing::Reserved | Standing::Confirmed | Standing::Late => world.count("told set aside"),
        Standing::NeedsConfirmation => world.count("told needs confirmation"),
        Standing::SoldOut => world.count("told too few"),
        Standing::Broken
        | Standing::LettingGo
        | Standing::Refused
        | Standing::TooLate
        | Standing::Fulfilled
        | Standing::LetGo
        | Standing::Expired => {}
    }
}

/// One of what a till lists.
fn one_listed(
    world: &mut World,
    till: usize,
    dice: &mut Dice,
    is: impl Fn(&PromiseShown) -> bool,
) -> Option<PromiseShown> {
    make_ready(world, till)?;
    let listed = world.command(till, "list what is set aside", |app| app.promises())?;
    let listed: Vec<PromiseShown> = listed.ok()?.into_iter().filter(is).collect();
    dice.pick(&listed).cloned()
}

/// A customer comes for what is set aside; it is sold, naming the promise.
pub fn collect(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let ready = |shown: &PromiseShown| shown.here && shown.standing.is_promised();
    let Some(shown) = one_listed(world, till, dice, ready) else { return };
    let view = world.tills[till].app().view().expect("a view");
    if matches!(&view.screen, Screen::Selling(selling) if !selling.tenders.is_empty()) {
        return;
    }
    match world.command(till, "collect", |app| app.collect(shown.promise)) {
        Some(Ok(_)) => world.count("collected"),
        Some(Err(Failure { code: Code::AlreadyInSale, .. })) | None => return,
        Some(Err(refused)) => panic!("what is promised here can be collected: {refused}"),
    }
    serve(world, till, dice);
}

/// A customer does not want it any more.
pub fn let_go(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let Some(shown) = one_listed(world, till, dice, |shown| shown.standing.may_be_let_go()) else { return };
    world.promised.let_go.insert(shown.promise.0);
    if let Some(Ok(_)) = world.command(till, "let go", |app| app.let_go(shown.promise)) {
        world.count("let go");
    }
}
