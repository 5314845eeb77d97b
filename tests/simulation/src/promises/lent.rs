//! Central lends stock to tills, which promise from it alone, by the app's own use cases; and gives up what dead tills have.

use selvedge_domain::Quantity;
use selvedge_domain::ids::ProductId;
use selvedge_domain::stock::promise::AllotmentState;
use selvedge_store::StoreError;
use selvedge_store::table::allotment;

use super::counter::wish;
use super::{Call, observe};
use crate::actions::{self, open_till};
use crate::dice::Dice;
use crate::network::Weather;
use crate::world::World;

/// A till that sells asks for what it sells, and often promises from it soon.
pub fn lend(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    world.tills[till].weather = Weather::Calm;
    actions::sell_many_at(world, till, dice);
    // Central is to have heard of the sale: it lends by what is sold.
    world.pass(3_000);
    tend(world, till);
    world.pass(2_000);
    let lent = held(world, till);
    if !lent.is_empty() {
        world.count("lent");
    }
    match dice.below(10) {
        0..=4 => draw_at(world, till, dice),
        5..=7 => given_up(world, till, dice),
        8 => two_of_one(world, till, dice),
        _ => {}
    }
}

/// A till looks after what it was lent.
pub fn tend(world: &mut World, till: usize) {
    if world.tills[till].has_joined() {
        world.command(till, "look after what is lent", |app| app.tend_allotments());
    }
}

/// What a till may draw from, as it knows.
fn held(world: &World, till: usize) -> Vec<(ProductId, i64)> {
    if !world.tills[till].has_joined() {
        return Vec::new();
    }
    let held = world.tills[till].store().read::<_, StoreError>(allotment::held).expect("what is lent can be read");
    let lent = held.into_iter().filter_map(|one| one.lent);
    let open = lent.filter(|one| one.state == AllotmentState::Open && one.outstanding() >= Quantity::ONE);
    open.map(|one| (one.product, one.outstanding().thousandths() / 1_000)).collect()
}

/// A till promises from what it was lent, whether central can hear it or not.
pub fn draw(world: &mut World, dice: &mut Dice) {
    let lenders: Vec<usize> = (0..world.tills.len()).filter(|till| !held(world, *till).is_empty()).collect();
    if let Some(till) = dice.pick(&lenders).copied() {
        draw_at(world, till, dice);
    }
}

fn draw_at(world: &mut World, till: usize, dice: &mut Dice) {
    let knows = world.tills[till].status().is_some_and(|status| status.initial_done);
    let Some((product, most)) = dice.pick(&held(world, till)).copied().filter(|_| knows) else { return };
    let pieces = i64::try_from(dice.between(1, u64::try_from(most).unwrap_or(1))).unwrap_or(1);
    let here = world.tills[till].begun.site;
    wish(world, till, dice, (here, product, pieces));
}

/// It draws while it is away, nobody waits for it any more, and what it gave up goes to others.
fn given_up(world: &mut World, till: usize, dice: &mut Dice) {
    let Some((product, _)) = held(world, till).first().copied() else { return };
    let here = crate::company::site(world.tills[till].begun.site);
    world.tills[till].weather = Weather::Cut;
    draw_at(world, till, dice);
    give_up(world, till);
    super::shop::buy_all_of(world, here, product.0, dice);
    if dice.chance(60) {
        draw_at(world, till, dice);
    }
}

/// A clone of it draws too, before anybody can tell them apart.
fn two_of_one(world: &mut World, till: usize, dice: &mut Dice) {
    let Some((product, _)) = held(world, till).first().copied() else { return };
    let here = crate::company::site(world.tills[till].begun.site);
    let Some(clone) = actions::clone_of(world, till) else { return };
    for one in [till, clone] {
        world.tills[one].weather = Weather::Cut;
        for _ in 0..3 {
            draw_at(world, one, dice);
        }
    }
    super::shop::buy_all_of(world, here, product.0, dice);
    for one in [till, clone] {
        world.tills[one].weather = Weather::Calm;
    }
}

/// A till gives back what is over or closed, and asks anew.
pub fn give_back(world: &mut World, dice: &mut Dice) {
    if let Some(till) = open_till(world, dice) {
        tend(world, till);
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
