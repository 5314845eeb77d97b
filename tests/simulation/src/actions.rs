//! What can happen in a run. A new kind of entry, or a new misfortune, joins by a line in [`ACTIONS`] and its function.

use selvedge_app::App;
use selvedge_contract::view::{Screen, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{PersonId, ProductId};
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};
use selvedge_protocol::journal::{Fact, NewBody};
use selvedge_store::Phase;
use selvedge_store::table::{journal, station};
use selvedge_tests::company::{code, product};

use crate::central::{Central, copy_folder};
use crate::company::{MOST_PRODUCTS, PIN, PRODUCTS, SITES, TILLS, cashier, put};
use crate::damage;
use crate::dice::Dice;
use crate::network::Weather;
use crate::promises;
use crate::pruned;
use crate::transfers;
use crate::world::{Cut, Decision, World};
use uuid::Uuid;

/// Something that can happen.
pub struct Action {
    /// In the trace.
    pub name: &'static str,
    /// How often, beside the others.
    pub weight: u64,
    /// About promises: more often in some runs.
    pub promises: bool,
    /// Does it, or nothing where it is not possible now.
    pub act: fn(&mut World, &mut Dice),
}

const fn action(name: &'static str, weight: u64, act: fn(&mut World, &mut Dice)) -> Action {
    Action { name, weight, promises: false, act }
}

const fn promising(name: &'static str, weight: u64, act: fn(&mut World, &mut Dice)) -> Action {
    Action { name, weight, promises: true, act }
}

/// A kind of entry that no version knows so far.
pub const NEWER_KIND: &str = "gift-card-sold";
/// Clones in one run at most.
const MOST_CLONES: u64 = 2;

/// Everything that can happen.
pub const ACTIONS: &[Action] = &[
    action("sell", 32, sell),
    action("take back", 8, take_back),
    action("move cash", 3, move_cash),
    action("unknown code", 2, unknown_code),
    action("newer entry", 2, newer_entry),
    action("cancel", 2, cancel),
    action("park", 2, park),
    action("next shift", 2, next_shift),
    action("next person", 2, next_person),
    action("cut a line", 5, cut_line),
    action("storm", 5, storm),
    action("calm", 6, calm),
    action("cut all, mend one by one", 1, cut_all),
    action("power cut in a write", 6, power_cut),
    action("switch off", 3, switch_off),
    action("turn a clock", 3, turn_clock),
    action("image of a disk", 5, image),
    action("older disk", 5, older_disk),
    action("clone", 2, clone),
    action("join", 2, join),
    action("price", 5, price),
    action("import", 3, import),
    action("central's power", 4, central_power),
    action("central away", 2, central_away),
    action("revoke", 1, revoke),
    action("back up central", 6, back_up),
    action("central of yesterday", 5, central_of_yesterday),
    action("central lost", 2, central_lost),
    action("prune", 8, pruned::prune),
    action("a file is damaged", 3, damage::damage),
    action("ask for goods", 3, transfers::ask),
    action("send goods", 7, transfers::send),
    action("receive goods", 9, transfers::receive),
    action("write goods off", 4, transfers::write_off),
    promising("sell many", 5, sell_many),
    promising("buy in the web shop", 14, promises::buy),
    promising("buy all in the web shop", 7, promises::buy_all),
    promising("set aside", 12, promises::set_aside),
    promising("collect", 7, promises::collect),
    promising("let go", 3, promises::let_go),
    promising("lend", 10, promises::lend),
    promising("promise from what is lent", 12, promises::draw),
    promising("look after what is lent", 3, promises::give_back),
    promising("declare dead", 2, promises::declare_dead),
];

/// A till that is on and knows its people.
pub fn open_till(world: &World, dice: &mut Dice) -> Option<usize> {
    let open = |till: &&crate::till::Till| till.status().is_some_and(|status| status.initial_done);
    let open: Vec<usize> = world.tills.iter().filter(open).map(|till| till.begun.number).collect();
    dice.pick(&open).copied()
}

fn any_till(world: &World, dice: &mut Dice) -> usize {
    dice.index(world.tills.len()).unwrap_or(0)
}

/// Must be possible, whatever happened: what is in the customer's hand may always be sold.
fn must(done: Option<Result<View, Failure>>, what: &str) -> Option<View> {
    match done? {
        Ok(view) => Some(view),
        Err(refused) => panic!("a hand sale is possible in every state: {what} is refused: {refused}"),
    }
}

/// Signs the cashier in and opens the till, where that is due.
pub fn make_ready(world: &mut World, till: usize) -> Option<View> {
    let site = world.tills[till].begun.site;
    let mut view = world.tills[till].app().view().expect("a view");
    if let Screen::SignIn(screen) = &view.screen {
        // It joined a central that had lost everything, and nobody has told that one of people yet.
        if screen.people.is_empty() {
            return None;
        }
        let who = PersonId(cashier(site));
        view = must(world.command(till, "sign in", |app| app.sign_in(who, PIN)), "signing in")?;
    }
    if matches!(view.screen, Screen::OpenTill(_)) {
        let float = Amount::from_minor(5_000);
        view = must(world.command(till, "open the till", |app| app.open_till(float)), "opening the till")?;
    }
    Some(view)
}

/// Pays what is due and finishes the sale.
fn finish(world: &mut World, till: usize, view: View) -> Option<()> {
    let Screen::Selling(selling) = &view.screen else { return None };
    let due = selling.due;
    if !due.is_zero() {
        must(world.command(till, "pay", |app| app.take_tender(TenderKind::Cash, due, "")), "paying")?;
    }
    let view = must(world.command(till, "complete", |app| app.complete_sale()), "finishing")?;
    if let Screen::SaleDone(done) = &view.screen {
        world.tills[till].receipts.push(done.receipt.clone());
    }
    world.count("sales");
    Some(())
}

/// Sells one or two products, and finishes what a power cut left in the cart.
pub fn serve(world: &mut World, till: usize, dice: &mut Dice) -> Option<()> {
    let view = make_ready(world, till)?;
    transfers::put_aside(world, till)?;
    let paying = matches!(&view.screen, Screen::Selling(selling) if !selling.tenders.is_empty());
    let mut last = view;
    if !paying {
        for _ in 0..dice.between(1, 2) {
            let known = u32::try_from(dice.between(1, u64::from(PRODUCTS))).unwrap_or(1);
            let text = code(known);
            last = must(world.command(till, "scan", |app| app.scan(&text, "wedge")), "scanning")?;
        }
    }
    finish(world, till, last)
}

fn sell(world: &mut World, dice: &mut Dice) {
    if let Some(till) = open_till(world, dice) {
        serve(world, till, dice);
    }
}

/// Somebody has many of something in the hand, whatever the books say.
fn sell_many(world: &mut World, dice: &mut Dice) {
    if let Some(till) = open_till(world, dice) {
        sell_many_at(world, till, dice);
    }
}

/// The same at one till.
pub fn sell_many_at(world: &mut World, till: usize, dice: &mut Dice) {
    let Some(view) = make_ready(world, till) else { return };
    if matches!(&view.screen, Screen::Selling(selling) if !selling.tenders.is_empty()) {
        return;
    }
    let text = code(promises::any_product(dice));
    let Some(view) = must(world.command(till, "scan", |app| app.scan(&text, "wedge")), "scanning") else { return };
    let Screen::Selling(selling) = &view.screen else { return };
    let Some(line) = selling.lines.iter().find(|line| line.selected).map(|line| line.id) else { return };
    let quantity = Quantity::units(i64::try_from(dice.between(3, 12)).unwrap_or(3));
    let many = world.command(till, "so many", |app| app.set_quantity(line, quantity));
    if let Some(view) = must(many, "a quantity") {
        finish(world, till, view);
    }
}

fn take_back(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let Some(receipt) = dice.pick(&world.tills[till].receipts).cloned() else { return };
    let Some(view) = make_ready(world, till) else { return };
    if matches!(&view.screen, Screen::Selling(selling) if !selling.lines.is_empty()) {
        return;
    }
    // A sale of before the disk was replaced is not known here any more.
    let Some(Ok(found)) = world.command(till, "find", |app| app.find_sale(&receipt)) else { return };
    let Some(line) = dice.pick(&found.lines) else { return };
    let lines = [(line.line, Quantity::ONE)];
    let Some(returned) = world.command(till, "take back", |app| app.return_lines(found.sale, &lines)) else { return };
    match returned {
        Ok(view) => {
            world.count("returns");
            finish(world, till, view);
        }
        Err(refused) => assert_eq!(refused.code, Code::MoreThanBought, "{refused}"),
    }
}

fn move_cash(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    if make_ready(world, till).is_none() {
        return;
    }
    let amount = Amount::from_minor(i64::try_from(dice.between(1, 3_000)).unwrap_or(1));
    if dice.chance(50) {
        world.command(till, "cash in", |app| app.cash_in(amount, "bank"));
    } else {
        world.command(till, "cash out", |app| app.cash_out(amount, "flowers"));
    }
}

fn unknown_code(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    if make_ready(world, till).is_some() {
        world.command(till, "scan what nobody knows", |app| app.scan("5901234123457", "wedge"));
    }
}

/// A till was given a newer app for a day: it wrote a kind that nobody knows yet.
fn newer_entry(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let id = Uuid::from_u128(u128::from(dice.draw()) << 64 | u128::from(dice.draw()));
    let write = |app: &App| {
        let at = app.clock().now();
        app.store().write("newer-entry", |tx| {
            let own = station::get(tx)?.expect("it joined");
            let key = app.keys().of(&own.public_key).expect("its key");
            let payload = serde_json::json!({ "amount_minor": 2_500 });
            let fact = Fact::Unknown { kind: NEWER_KIND.to_owned(), version: 1, payload };
            let body = NewBody { id, at, person: None, site: own.site.0, fact };
            journal::append(tx, own.device, own.generation, &key, &body).map(drop)
        })?;
        Ok(())
    };
    if world.command(till, "write a newer kind", write).is_some() {
        world.count("newer entries");
    }
}

fn cancel(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    if make_ready(world, till).is_some() {
        let number = u32::try_from(dice.between(1, u64::from(PRODUCTS))).unwrap_or(1);
        world.command(till, "add", |app| app.add_product(ProductId(product(number).0)));
        if world.tills[till].is_on() {
            world.command(till, "cancel", |app| app.cancel_sale());
        }
    }
}

fn park(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    let Some(view) = make_ready(world, till) else { return };
    let Screen::Selling(selling) = &view.screen else { return };
    if let Some(parked) = selling.parked.first().map(|parked| parked.id) {
        world.command(till, "recall", |app| app.recall(parked));
    } else {
        world.command(till, "park", |app| app.park(""));
    }
}

fn next_shift(world: &mut World, dice: &mut Dice) {
    if let Some(till) = open_till(world, dice) {
        close(world, till);
    }
}

/// Ends the shift of a till.
pub fn close(world: &mut World, till: usize) {
    let Some(view) = make_ready(world, till) else { return };
    let counted = match &view.screen {
        Screen::Selling(selling) => selling.shift.expected_cash,
        Screen::SaleDone(done) => done.shift.expected_cash,
        Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_) => return,
    };
    world.command(till, "close the till", |app| app.close_till(counted));
}

fn next_person(world: &mut World, dice: &mut Dice) {
    let Some(till) = open_till(world, dice) else { return };
    world.command(till, "sign out", |app| app.sign_out());
}

fn set_weather(world: &mut World, till: usize, weather: Weather) {
    world.tills[till].weather = weather;
    world.say(|| format!("till {till}'s line: {weather:?}"));
}

fn cut_line(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    set_weather(world, till, Weather::Cut);
    world.count("lines cut");
    if dice.chance(15) {
        // Away for longer than a token lives.
        world.pass(dice.between(900_000, 1_500_000));
        world.count("long absences");
    }
}

fn storm(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    set_weather(world, till, Weather::Storm);
}

fn calm(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    set_weather(world, till, Weather::Calm);
}

fn cut_all(world: &mut World, dice: &mut Dice) {
    let mut order: Vec<usize> = (0..world.tills.len()).collect();
    dice.shuffle(&mut order);
    for till in &order {
        set_weather(world, *till, Weather::Cut);
        world.pass(dice.below(3_000));
    }
    dice.shuffle(&mut order);
    for till in order {
        set_weather(world, till, Weather::Calm);
        world.pass(dice.below(3_000));
    }
}

fn power_cut(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    let phase = *dice.pick(&Phase::ALL).unwrap_or(&Phase::Committed);
    let (of, most) = *dice.pick(&[("", 6), ("sync-", 3), ("sync-feed", 2), ("prune-journal", 1)]).unwrap_or(&("", 6));
    world.tills[till].fuse.arm(of, dice.below(most), phase);
    if of == "sync-feed" {
        price(world, dice);
    }
}

fn switch_off(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    if world.tills[till].is_on() {
        world.switch_off(till);
    }
}

fn turn_clock(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    let day_ms = 86_400_000;
    let by_ms = i64::try_from(dice.below(2 * day_ms)).unwrap_or(0) - i64::try_from(day_ms).unwrap_or(0);
    world.say(|| format!("till {till}'s clock is turned by {by_ms} ms"));
    world.tills[till].clock.turn_ms(by_ms);
    world.count("clocks turned");
}

fn image(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    if !world.tills[till].has_joined() || world.tills[till].image.is_some() {
        return;
    }
    let folder = world.folder.path().join(format!("image-{till}"));
    copy_folder(world.tills[till].folder(), &folder);
    let shown = world.tills[till].begun.shown.len();
    world.say(|| format!("till {till}'s disk is copied"));
    world.tills[till].image = Some((folder, shown));
}

fn older_disk(world: &mut World, dice: &mut Dice) {
    let with_image = world.tills.iter().filter(|till| till.image.is_some()).map(|till| till.begun.number);
    let Some(till) = dice.pick(&with_image.collect::<Vec<_>>()).copied() else { return };
    let Some((folder, shown)) = world.tills[till].image.take() else { return };
    world.tills[till].cut_power();
    world.tills[till].replace_disk(&folder, shown);
    world.say(|| format!("till {till}'s disk is replaced by the older one"));
    world.count("older disks");
    world.lost_power(till);
}

fn clone(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    clone_of(world, till);
}

/// Another machine is started from a till's disk.
pub fn clone_of(world: &mut World, till: usize) -> Option<usize> {
    let joined = world.tills[till].has_joined();
    if joined && world.counts.get("clones").is_none_or(|clones| *clones < MOST_CLONES) {
        let clone = world.clone_till(till);
        world.say(|| format!("till {clone} is a clone of till {till}"));
        world.count("clones");
        return Some(clone);
    }
    None
}

fn join(world: &mut World, dice: &mut Dice) {
    let waiting = world.tills.iter().find(|till| till.enrol_code.is_some()).map(|till| till.begun.number);
    if let Some(till) = waiting {
        return world.ask_to_join(till);
    }
    let site = dice.index(TILLS.len()).unwrap_or(0);
    let weather = if dice.chance(60) { Weather::Storm } else { Weather::Calm };
    let Some(till) = world.grants(site).then(|| world.add_till(site, weather)).flatten() else { return };
    world.count("late joins");
    if dice.chance(40) {
        // In the middle of the snapshot, where there is one.
        let phase = *dice.pick(&Phase::ALL).unwrap_or(&Phase::Committed);
        world.tills[till].fuse.arm("sync-feed", dice.below(4), phase);
    }
}

fn decide(world: &mut World, puts: Vec<selvedge_central::store::ProductPut>) {
    let now_ms = world.now.wall_ms();
    let store = world.central.store().clone();
    // A manager who sees an empty company decides nothing.
    if !(0..SITES.len()).all(|site| world.central.knows_site(site)) {
        return;
    }
    world.central.wait(store.put_products(puts.clone(), false, now_ms));
    world.decisions.push(Decision::Put(puts));
    world.awaits_pokes();
    if world.restored {
        world.note_rows();
    }
}

fn price(world: &mut World, dice: &mut Dice) {
    if !world.central.is_up() {
        return;
    }
    // Often the same one: what is decided about it before and after a loss must not be mixed up.
    let last = if dice.chance(50) { 1 } else { u64::from(world.products) };
    let number = u32::try_from(dice.between(1, last)).unwrap_or(1);
    let minor = i64::try_from(dice.between(1, 5_000)).unwrap_or(1);
    let site = if dice.chance(30) { dice.index(SITES.len()) } else { None };
    world.say(|| format!("central: product {number} costs {minor} at {site:?}"));
    world.count("prices");
    decide(world, vec![put(number, minor, site, None)]);
}

fn import(world: &mut World, dice: &mut Dice) {
    if !world.central.is_up() || world.products == MOST_PRODUCTS {
        return;
    }
    world.products += 1;
    let number = world.products;
    let site = dice.index(SITES.len()).unwrap_or(0);
    world.say(|| format!("central: product {number} is new, site {site} holds some"));
    world.count("imports");
    decide(world, vec![put(number, i64::from(number) * 100, None, Some((site, 7_000)))]);
}

fn central_power(world: &mut World, dice: &mut Dice) {
    world.central_fuse = Some(if dice.chance(50) { Cut::Before } else { Cut::After });
}

fn central_away(world: &mut World, _: &mut Dice) {
    if world.central.is_up() {
        world.say(|| "central is stopped".to_owned());
        world.stop_central();
        world.count("central away");
    }
}

/// A revoked till goes on selling and sending; central keeps what it writes and holds it.
fn revoke(world: &mut World, dice: &mut Dice) {
    let till = any_till(world, dice);
    let Some((device, _)) = world.tills[till].identity.filter(|_| world.central.is_up()) else { return };
    if world.revoked.is_some() || (world.restored && !world.is_remembered_without(Some(till))) {
        return;
    }
    let (now_ms, store) = (world.now.wall_ms(), world.central.store().clone());
    if !world.central.wait(store.revoke(device, now_ms)) {
        assert!(world.restored, "central knows its stations");
        return;
    }
    world.say(|| format!("till {till} is revoked"));
    world.revoked = Some(device);
    world.count("revoked");
}

fn back_up(world: &mut World, _: &mut Dice) {
    if world.backup.is_none() && world.central.is_up() {
        let folder = world.folder.path().join("backup");
        promises::before_call(world);
        world.central.copy_to(&folder);
        world.promised.back_up();
        world.say(|| "central is backed up".to_owned());
        world.backup = Some(folder);
    }
}

/// Journals and decisions come back from the stations.
fn central_of_yesterday(world: &mut World, _: &mut Dice) {
    let Some(folder) = world.backup.take() else { return };
    world.say(|| "central is restored from its backup".to_owned());
    world.set_back(|central| central.replace_by(&folder));
    world.promised.of_yesterday();
    std::fs::remove_dir_all(folder).expect("the backup goes");
    world.count("central restored");
}

/// Central is lost altogether, and begins with its key. A site of which no station is left would be lost with it.
fn central_lost(world: &mut World, _: &mut Dice) {
    let revoked = world.tills.iter().position(|till| world.revoked.is_some() && till.device() == world.revoked);
    if !world.is_remembered_without(revoked) {
        return;
    }
    world.say(|| "central is lost, and begins with nothing but its key".to_owned());
    world.set_back(Central::begin_empty);
    world.promised.lost();
    world.count("central lost");
}
