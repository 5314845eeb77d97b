//! After the misfortunes: everything works again, and all that was written must come to where it belongs.

use selvedge_contract::view::{Screen, View};
use selvedge_store::StoreError;
use selvedge_store::table::journal;
use selvedge_sync::{SyncState, Trouble};

use crate::actions::serve;
use crate::dice::Dice;
use crate::network::Weather;
use crate::promises;
use crate::till::Till;
use crate::world::World;

/// Looks of ten seconds until everything must have settled: the longest wait of a lane and of a call, several times, and
/// the life of a token, with the next of which a station hears that central forgot its revocation.
const LOOKS: usize = 120;
const LOOK_MS: u64 = 10_000;
/// The feed and the balances are asked for once more, and a late duplicate arrives.
const LAST_MS: u64 = 65_000;
/// The same, twice more: what one till hands in at its next look others hear at theirs.
const LAST_AFTER_LOSS_MS: u64 = 190_000;

/// Mends everything, sells once at every till, and waits until all is settled.
pub fn heal(world: &mut World, dice: &mut Dice) {
    world.say(|| "everything is mended".to_owned());
    world.central_fuse = None;
    if !world.central.is_up() {
        world.start_central();
    }
    for till in 0..world.tills.len() {
        world.tills[till].weather = Weather::Good;
        world.tills[till].fuse.disarm();
        if !world.tills[till].is_on() {
            world.start(till);
        }
    }
    world.hang_up();
    let works = |world: &World, till: &Till| world.is_revoked(till) || knows_all(till) || world.is_stranger(till);
    run_until(world, |world, till| till.has_joined() && works(world, till));
    for till in 0..world.tills.len() {
        let served = knows_all(&world.tills[till]).then(|| serve(world, till, dice));
        assert!(served != Some(None), "a hand sale is possible in every state: till {till} cannot sell");
    }
    run_until_settled(world);
    (0..world.tills.len()).for_each(|till| promises::tend(world, till));
    promises::heal(world, dice);
    run_until_settled(world);
    let now_ms = world.now.wall_ms();
    let store = world.central.store().clone();
    world.central.wait(store.release(now_ms));
    promises::before_call(world);
    promises::pass(world);
    world.pass(if world.restored { LAST_AFTER_LOSS_MS } else { LAST_MS });
}

/// Waits until every till has joined, has sent everything and has heard everything.
///
/// # Panics
/// When that does not come.
pub fn run_until_settled(world: &mut World) {
    run_until(world, is_settled);
}

fn run_until(world: &mut World, is: impl Fn(&World, &Till) -> bool) {
    for _ in 0..LOOKS {
        world.pass(LOOK_MS);
        world.manage();
        for till in 0..world.tills.len() {
            world.ask_to_join(till);
        }
        let back = !world.restored || world.central.recovery().complete_ms.is_some();
        if back && world.tills.iter().all(|till| is(world, till)) {
            return;
        }
    }
    panic!("what was mended works again: {:#?}", world.states());
}

/// The whole feed was there once, and somebody in it: who joins a central that has just lost everything waits until the
/// others have handed people back.
fn knows_all(till: &Till) -> bool {
    let knows_nobody = |view: View| matches!(view.screen, Screen::SignIn(screen) if screen.people.is_empty());
    till.status().is_some_and(|status| status.initial_done) && !till.app().view().is_ok_and(knows_nobody)
}

fn is_settled(world: &World, till: &Till) -> bool {
    if world.is_stranger(till) {
        return true;
    }
    let Some(status) = till.status() else { return false };
    let unsent = till.store().read::<_, StoreError>(journal::unsent).expect("the journal can be read");
    let thinks_revoked = status.problems.iter().any(|problem| problem.code == Trouble::REVOKED);
    let hears = status.initial_done && status.state == SyncState::Online && !thinks_revoked;
    let knows = world.is_revoked(till) || hears;
    unsent == 0 && status.unsent == 0 && knows
}
