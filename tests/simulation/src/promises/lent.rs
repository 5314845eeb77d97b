//! Central lends stock to tills, which promise from it alone, with no word of central; and gives up what dead tills have.
//! What a till may draw stands on its own disk: what the feed told it, and what its journal says that it drew.

use std::collections::BTreeMap;

use selvedge_app::App;
use selvedge_central::store::{Allotted, NewAllotment};
use selvedge_protocol::journal::{AllotmentReturnedV1, Body, Fact, MadeLineV1, NewBody, PromiseMadeV1};
use selvedge_protocol::v1::{AllotmentV1, FeedBody};
use selvedge_store::table::{journal, station};
use uuid::Uuid;

use super::{Call, any_id, observe};
use crate::actions::{self, make_ready, open_till};
use crate::company::PRODUCTS;
use crate::dice::Dice;
use crate::loss;
use crate::network::Weather;
use crate::till::Till;
use crate::world::World;

const DAY_MS: i64 = 24 * 3_600_000;

/// A till is lent some of a product, if there is plenty of one; often it promises from it soon.
pub fn lend(world: &mut World, dice: &mut Dice) {
    let till = dice.index(world.tills.len()).unwrap_or(0);
    if lend_to(world, till, dice).is_none() || dice.chance(15) {
        return;
    }
    // The feed brings it, unless the line is cut.
    world.pass(65_000);
    match dice.below(10) {
        0..=4 => draw_at(world, till, dice),
        5..=7 => given_up(world, till, dice),
        _ => two_of_one(world, till, dice),
    }
}

/// It draws while it is away, nobody waits for it any more, and what it gave up goes to others.
fn given_up(world: &mut World, till: usize, dice: &mut Dice) {
    world.tills[till].weather = Weather::Cut;
    draw_at(world, till, dice);
    let Some(lent) =
        world.tills[till].has_joined().then(|| held(&world.tills[till])).and_then(|all| all.first().cloned())
    else {
        return;
    };
    give_up(world, till);
    super::shop::buy_all_of(world, lent.site, lent.product, dice);
    if dice.chance(60) {
        draw_at(world, till, dice);
    }
}

/// A clone of it draws too.
fn two_of_one(world: &mut World, till: usize, dice: &mut Dice) {
    if !world.tills[till].has_joined() {
        return;
    }
    let Some(clone) = actions::clone_of(world, till) else { return };
    for one in [till, clone] {
        for _ in 0..3 {
            draw_at(world, one, dice);
        }
    }
    if let Some(lent) =
        world.tills[till].has_joined().then(|| held(&world.tills[till])).and_then(|all| all.first().cloned())
    {
        super::shop::buy_all_of(world, lent.site, lent.product, dice);
    }
}

fn lend_to(world: &mut World, till: usize, dice: &mut Dice) -> Option<()> {
    let (device, _) = world.tills[till].identity.filter(|_| world.central.is_up())?;
    super::before_call(world);
    let (now_ms, store) = (world.now.wall_ms(), world.central.store().clone());
    if !world.central.wait(store.may_grant()) {
        return None;
    }
    let ttl_ms = if dice.chance(75) { 30 * DAY_MS } else { 60_000 };
    let mut numbers: Vec<u32> = (1..=PRODUCTS).collect();
    dice.shuffle(&mut numbers);
    for number in numbers {
        let product = selvedge_tests::company::product(number).0;
        let new = NewAllotment { id: any_id(dice), device, product, ttl_ms };
        if let Allotted::Lent(lent) = world.central.wait(store.allot(new, now_ms)) {
            world.say(|| format!("central lends till {till} {} of {product} ({})", lent.quantity_thousandths, lent.id));
            world.count("lent");
            observe(world, Call::Grant);
            return Some(());
        }
    }
    None
}

/// What a till knows of what is lent to it, as the feed said it last.
fn held(till: &Till) -> Vec<AllotmentV1> {
    let Some(device) = till.device() else { return Vec::new() };
    let mut last: BTreeMap<Uuid, AllotmentV1> = BTreeMap::new();
    for row in loss::kept(till.store()) {
        if let Ok(FeedBody::Allotment(lent)) = row.read()
            && lent.device == device
        {
            last.insert(lent.id, lent);
        }
    }
    last.into_values().collect()
}

/// What a till's own journal says: drawn from an allotment, and given back.
fn own_words(till: &Till, allotment: Uuid) -> (i64, i64) {
    let (mut drawn, mut returned) = (0, 0);
    for shown in till.begun.shown.iter().filter(|shown| !shown.torn) {
        match Body::decode(&shown.entry.body).ok().and_then(|body| body.fact().ok()) {
            Some(Fact::PromiseMade(made)) => {
                let of = made.lines.iter().filter(|line| line.allotment == allotment);
                drawn += of.map(|line| line.quantity_thousandths).sum::<i64>();
            }
            Some(Fact::AllotmentReturned(back)) if back.allotment == allotment => {
                returned = returned.max(back.returned_thousandths);
            }
            _ => {}
        }
    }
    (drawn, returned)
}

fn left(till: &Till, lent: &AllotmentV1) -> i64 {
    let (drawn, returned) = own_words(till, lent.id);
    lent.quantity_thousandths - drawn - returned
}

fn write(world: &mut World, till: usize, what: &'static str, id: Uuid, fact: Fact) -> bool {
    let write = |app: &App| {
        let at = app.clock().now();
        app.store().write("promise-alone", |tx| {
            let own = station::get(tx)?.expect("it joined");
            let key = app.keys().of(&own.public_key).expect("its key");
            let body = NewBody { id, at, person: None, site: own.site.0, fact };
            journal::append(tx, own.device, own.generation, &key, &body).map(drop)
        })?;
        Ok(())
    };
    world.command(till, what, write).is_some()
}

/// A till promises from what it was lent, whether central can hear it or not.
pub fn draw(world: &mut World, dice: &mut Dice) {
    let lenders: Vec<usize> = (0..world.tills.len())
        .filter(|till| world.tills[*till].has_joined() && !held(&world.tills[*till]).is_empty())
        .collect();
    if let Some(till) = dice.pick(&lenders).copied() {
        draw_at(world, till, dice);
    }
}

fn draw_at(world: &mut World, till: usize, dice: &mut Dice) {
    let knows = world.tills[till].status().is_some_and(|status| status.initial_done);
    if !knows || make_ready(world, till).is_none() || !world.tills[till].is_on() {
        return;
    }
    let now_ms = world.now.wall_ms();
    let open = |lent: &AllotmentV1| lent.state == "open" && lent.granted_ms + lent.ttl_ms > now_ms;
    let open: Vec<AllotmentV1> = held(&world.tills[till]).into_iter().filter(open).collect();
    let Some(lent) = dice.pick(&open).cloned() else { return };
    let most = u64::try_from(left(&world.tills[till], &lent) / 1_000).unwrap_or(0);
    if most == 0 {
        return;
    }
    let pieces = i64::try_from(dice.between(1, most)).unwrap_or(1);
    let (promise, line, id) = (any_id(dice), any_id(dice), any_id(dice));
    let hold = dice.chance(40);
    let life_ms = i64::try_from(dice.between(1_000, 1_000_000)).unwrap_or(1_000);
    let made = PromiseMadeV1 {
        promise,
        promise_kind: if hold { "hold" } else { "order" }.to_owned(),
        reference: String::new(),
        customer: None,
        lines: vec![MadeLineV1 {
            line,
            product: lent.product,
            quantity_thousandths: pieces * 1_000,
            allotment: lent.id,
        }],
        until_ms: hold.then_some(now_ms + life_ms),
    };
    world.promised.known.insert(promise);
    if write(world, till, "promise from what is lent", id, Fact::PromiseMade(made)) {
        world.say(|| format!("till {till} promises {pieces} of {} alone: {promise}", lent.product));
        world.count("drawn");
    }
}

/// A till gives back what it did not use.
pub fn give_back(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let Some(lent) = dice.pick(&held(&world.tills[till])).cloned() else { return };
    let (used, before) = own_words(&world.tills[till], lent.id);
    let returned = (lent.quantity_thousandths - used).max(0);
    if before == returned {
        return;
    }
    let back = AllotmentReturnedV1 { allotment: lent.id, used_thousandths: used, returned_thousandths: returned };
    let id = any_id(dice);
    if write(world, till, "give back what is lent", id, Fact::AllotmentReturned(back)) {
        world.count("given back");
    }
}

/// A manager gives a till up that comes back after all.
pub fn declare_dead(world: &mut World, dice: &mut Dice) {
    let till = dice.index(world.tills.len()).unwrap_or(0);
    give_up(world, till);
}

fn give_up(world: &mut World, till: usize) {
    let Some((device, _)) = world.tills[till].identity.filter(|_| world.central.is_up()) else { return };
    super::before_call(world);
    let (now_ms, store) = (world.now.wall_ms(), world.central.store().clone());
    // While central takes back what it lost, whom to wait for is another question, see `World::manage`.
    if !world.central.wait(store.may_grant()) {
        return;
    }
    let known = world.central.wait(store.declare_dead(device, now_ms));
    assert!(known || world.restored, "central knows its stations");
    world.say(|| format!("till {till} is declared dead"));
    world.count("dead holders");
    observe(world, Call::Other);
}
