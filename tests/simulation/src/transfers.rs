//! Goods between sites: an operator asks for them, tills send, receive and write them off, on-line or not, by the message
//! or by the paper. What is in transit is added up here from what the journals say, and central and every till of both
//! sites must know it.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_central::store::{ExportKind, NewTransfer, TransferAsked, TransferCancelled};
use selvedge_contract::view::{TransferPage, TransferRow};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{ProductId, SiteId, TransferId};
use selvedge_domain::stock::transfer::Transfer;
use selvedge_protocol::journal::{Body, Fact, ReadBase, SaleV1, TransferLineV1};
use selvedge_protocol::v1::{TransferFactLineV1, TransferRequest, TransferV1};
use selvedge_store::StoreError;
use selvedge_store::table::transfer;
use selvedge_tests::company::{code, product};
use uuid::Uuid;

use crate::actions::{make_ready, open_till};
use crate::central::{Central, Kept};
use crate::company::{PRODUCTS, SITES, site};
use crate::dice::Dice;
use crate::pruned;
use crate::till::Till;
use crate::world::{Decision, World};

/// Pieces of a product that go at once, at most.
const MOST_PIECES: u64 = 3;
/// One piece.
const PIECE: i64 = 1_000;
/// In each entry about a transfer.
const KIND: &str = "\"transfer-";

/// An operator asks a site for goods, or does not want any more what was asked for.
pub fn ask(world: &mut World, dice: &mut Dice) {
    if !world.central.is_up() || !(0..SITES.len()).all(|at| world.central.knows_site(at)) {
        return;
    }
    let asked: Vec<Uuid> =
        of_central(&world.central).into_values().filter(|one| one.facts.is_empty()).map(|one| one.id).collect();
    let now_ms = world.now.wall_ms();
    let store = world.central.store().clone();
    let unwanted = dice.chance(50);
    if let Some(id) = dice.pick(&asked).filter(|_| unwanted) {
        if let TransferCancelled::Done(_) = world.central.wait(store.cancel_transfer(*id, now_ms)) {
            world.say(|| format!("central: nobody wants transfer {id} any more"));
            world.count("transfers cancelled");
            world.decisions.push(Decision::CancelTransfer(*id, now_ms));
        }
    } else {
        let from = dice.index(SITES.len()).unwrap_or(0);
        let lines = wares(dice).into_iter();
        let lines = lines.map(|(number, pieces)| line(product(number).0, pieces)).collect();
        let id = Uuid::from_u128(u128::from(dice.draw()) << 64 | u128::from(dice.draw()));
        let (from, to) = (site(from), site(1 - from));
        let request = TransferRequest { id, from, to, lines, person: None, note: "for the window".to_owned() };
        let new = NewTransfer { device: None, request };
        let became = world.central.wait(store.ask_transfer(new.clone(), now_ms));
        assert!(matches!(became, TransferAsked::Asked(_)), "a site can be asked for goods: {became:?}");
        world.say(|| format!("central: transfer {id} is asked for"));
        world.count("transfers asked for");
        world.decisions.push(Decision::AskTransfer(new, now_ms));
    }
    if world.restored {
        world.note_rows();
    }
}

fn line(product: Uuid, pieces: i64) -> TransferFactLineV1 {
    TransferFactLineV1 { product, quantity_thousandths: pieces * PIECE }
}

/// One or two products, and how many pieces of each.
fn wares(dice: &mut Dice) -> BTreeMap<u32, i64> {
    let mut pieces = || i64::try_from(dice.between(1, MOST_PIECES)).unwrap_or(1);
    let many = [pieces(), pieces()];
    let count = if dice.chance(50) { 1 } else { 2 };
    many.into_iter().take(count).map(|pieces| (number(dice), pieces)).collect()
}

fn number(dice: &mut Dice) -> u32 {
    u32::try_from(dice.between(1, u64::from(PRODUCTS))).unwrap_or(1)
}

/// Whoever serves a customer puts the goods aside that are being counted.
pub fn put_aside(world: &mut World, till: usize) -> Option<()> {
    if page(world, till)?.scanning.is_some() {
        world.command(till, "put the goods aside", |app| app.drop_transfer())?.ok()?;
    }
    Some(())
}

fn page(world: &World, till: usize) -> Option<TransferPage> {
    let running = world.tills.get(till).filter(|till| till.is_on())?;
    Some(running.app().transfers().expect("whoever is signed in may see what is on the way"))
}

/// A till of which somebody may count goods, and what it shows; what a power cut left there is put aside, or not.
fn at_a_till(world: &mut World, dice: &mut Dice) -> Option<(usize, TransferPage)> {
    at_a_till_of(world, dice, |_| true)
}

fn at_a_till_of(world: &mut World, dice: &mut Dice, place: impl Fn(usize) -> bool) -> Option<(usize, TransferPage)> {
    let there = |till: &usize| place(world.tills[*till].begun.site);
    let till = (0..4).filter_map(|_| open_till(world, dice)).find(there)?;
    make_ready(world, till)?;
    let shown = page(world, till)?;
    if shown.scanning.is_none() {
        return Some((till, shown));
    }
    if dice.chance(50) {
        finish(world, till, true);
    } else {
        put_aside(world, till)?;
    }
    None
}

/// A till sends goods to the other site: what was asked for, or without being asked.
pub fn send(world: &mut World, dice: &mut Dice) {
    let Some((till, shown)) = at_a_till(world, dice) else { return };
    let asked: Vec<&TransferRow> = shown.transfers.iter().filter(|row| row.may_send).collect();
    let unasked = dice.chance(30);
    let asked = dice.pick(&asked).copied().filter(|_| !unasked);
    let to = SiteId(site(1 - world.tills[till].begun.site));
    let id = asked.map(|row| row.id);
    if begun(world.command(till, "begin to send", |app| app.begin_dispatch(id, to))).is_none() {
        return;
    }
    let wares: Vec<(ProductId, i64)> = match asked {
        Some(row) => row.lines.iter().map(|line| (line.goods.product, line.requested.thousandths() / PIECE)).collect(),
        None => wares(dice).into_iter().map(|(number, pieces)| (ProductId(product(number).0), pieces)).collect(),
    };
    let wares = differently(wares, dice);
    if count(world, till, &wares, dice).is_some() && finish(world, till, true).is_some() {
        world.count("goods sent");
    }
}

/// A till receives goods: what it knows to be on the way, or what came with a paper of which it has heard nothing.
pub fn receive(world: &mut World, dice: &mut Dice) {
    let waits: Vec<usize> = (0..SITES.len()).filter(|at| !papers(world, site(*at)).is_empty()).collect();
    let Some(place) = dice.pick(&waits).copied() else { return };
    let Some((till, shown)) = at_a_till_of(world, dice, |at| at == place) else { return };
    let sent = papers(world, site(place));
    let known: Vec<Uuid> = shown.transfers.iter().filter(|row| row.may_receive).map(|row| row.id.0).collect();
    let papers: Vec<Uuid> = sent.keys().copied().collect();
    let by_paper = known.is_empty() || dice.chance(40);
    let Some(id) = dice.pick(if by_paper { &papers } else { &known }).copied() else { return };
    if begun(world.command(till, "begin to receive", |app| app.begin_receipt(TransferId(id)))).is_none() {
        return;
    }
    if !known.contains(&id) {
        world.count("goods by their paper");
    }
    let wares = sent.get(&id).cloned().unwrap_or_default();
    let complete = dice.chance(60);
    let wares = if complete && dice.chance(20) { Vec::new() } else { differently(wares, dice) };
    if count(world, till, &wares, dice).is_some() && finish(world, till, complete).is_some() {
        world.count("goods received");
    }
}

/// What is on the way by the books is not: a manager writes it off.
pub fn write_off(world: &mut World, dice: &mut Dice) {
    let Some((till, shown)) = at_a_till(world, dice) else { return };
    let open: Vec<TransferId> = shown.transfers.iter().filter(|row| row.may_close).map(|row| row.id).collect();
    let Some(id) = dice.pick(&open).copied() else { return };
    if let Some(closed) = world.command(till, "write off", |app| app.close_transfer(id, "fell off the van")) {
        assert_eq!(closed.err(), None, "what is in transit can be written off");
        world.count("goods written off");
    }
}

/// As it was meant, or less, or more.
fn differently(mut wares: Vec<(ProductId, i64)>, dice: &mut Dice) -> Vec<(ProductId, i64)> {
    match dice.below(10) {
        0 | 1 => wares.iter_mut().for_each(|(_, pieces)| *pieces = (*pieces - 1).max(1)),
        2 => drop(wares.pop()),
        3 => wares.iter_mut().for_each(|(_, pieces)| *pieces += 1),
        4 => wares.push((ProductId(product(number(dice)).0), 1)),
        _ => {}
    }
    wares
}

fn begun(done: Option<Result<TransferPage, Failure>>) -> Option<TransferPage> {
    match done? {
        Ok(page) => Some(page),
        // The other till of the site said meanwhile that it is sent from here.
        Err(refused) => {
            assert!(matches!(refused.code, Code::NoSuchTransfer), "goods can be counted: {refused}");
            None
        }
    }
}

/// Scans the pieces; what is not expected is meant, or not.
fn count(world: &mut World, till: usize, wares: &[(ProductId, i64)], dice: &mut Dice) -> Option<()> {
    for (of, pieces) in wares {
        let number = (1..=crate::company::MOST_PRODUCTS).find(|number| product(*number).0 == of.0)?;
        for _ in 0..*pieces {
            let text = code(number);
            world.command(till, "count", |app| app.scan(&text, "wedge"))?.ok()?;
            let wrong = page(world, till)?.scanning.is_some_and(|scan| scan.wrong.is_some());
            if wrong && dice.chance(70) {
                world.command(till, "it is meant", |app| app.count_wrong())?.ok()?;
            }
        }
    }
    Some(())
}

/// Ends it; what cannot be ended, since nothing was counted, is dropped.
fn finish(world: &mut World, till: usize, complete: bool) -> Option<()> {
    match world.command(till, "goods are counted", |app| app.finish_transfer(complete, "counted twice"))? {
        Ok(_) => Some(()),
        Err(refused) => {
            assert_eq!(refused.code, Code::NothingScanned, "what was counted can be said: {refused}");
            put_aside(world, till);
            None
        }
    }
}

/// The papers of what was sent to a site, with what lies in the boxes.
fn papers(world: &World, to: Uuid) -> BTreeMap<Uuid, Vec<(ProductId, i64)>> {
    let mut papers: BTreeMap<Uuid, Vec<(ProductId, i64)>> = BTreeMap::new();
    for body in world.tills.iter().flat_map(|till| &till.begun.shown).map(|shown| &shown.entry.body) {
        if let Some(Said::Sent { transfer, to: site, lines }) = Said::of(body)
            && site == to
        {
            let box_of = lines.iter().map(|line| (ProductId(line.product), line.quantity_thousandths / PIECE));
            papers.entry(transfer).or_default().extend(box_of);
        }
    }
    papers
}

/// What an entry says of stock, in this test's own words.
pub enum Said {
    /// Goods were sold or taken back.
    Sold(Box<SaleV1>),
    /// Goods left a location for a site.
    Sent {
        /// Which transfer.
        transfer: Uuid,
        /// Who is to have them.
        to: Uuid,
        /// What.
        lines: Vec<TransferLineV1>,
    },
    /// Goods that were on the way to a site are at a location.
    Came {
        /// Which transfer.
        transfer: Uuid,
        /// Who was to have them.
        to: Uuid,
        /// What.
        lines: Vec<TransferLineV1>,
    },
    /// Goods are not on the way to a site any more.
    Gone {
        /// Which transfer.
        transfer: Uuid,
        /// Who was to have them.
        to: Uuid,
        /// Product and thousandths.
        lines: Vec<(Uuid, i64)>,
    },
}

impl Said {
    /// Reads an entry; none where it says nothing of stock.
    pub fn of(body: &str) -> Option<Said> {
        // Reading each as all that it may be takes most of a check's time.
        if !body.contains("\"sale\"") && !body.contains(KIND) {
            return None;
        }
        let fact = Body::decode(body).ok()?.fact().ok()?;
        if let Fact::Sale(sold) = fact {
            return Some(Said::Sold(Box::new(sold)));
        }
        if let Fact::TransferDispatched(sent) = fact {
            return Some(Said::Sent { transfer: sent.transfer, to: sent.to_site, lines: sent.lines });
        }
        if let Fact::TransferReceived(came) = fact {
            return Some(Said::Came { transfer: came.transfer, to: came.to_site, lines: came.lines });
        }
        let Fact::TransferClosed(gone) = fact else { return None };
        let lines = gone.lines.iter().map(|line| (line.product, line.quantity_thousandths)).collect();
        Some(Said::Gone { transfer: gone.transfer, to: gone.to_site, lines })
    }

    /// What it does to the stock of locations: product, location, thousandths.
    pub fn moves(&self) -> Vec<(Uuid, Uuid, i64)> {
        match self {
            Said::Sold(sold) => {
                let at = |back: bool| if back { sold.returns_location } else { sold.location };
                let lines = sold.lines.iter();
                lines
                    .map(|line| (line.product, at(line.quantity_thousandths < 0), -line.quantity_thousandths))
                    .collect()
            }
            Said::Sent { lines, .. } => {
                lines.iter().map(|line| (line.product, line.location, -line.quantity_thousandths)).collect()
            }
            Said::Came { lines, .. } => {
                lines.iter().map(|line| (line.product, line.location, line.quantity_thousandths)).collect()
            }
            Said::Gone { .. } => Vec::new(),
        }
    }

    /// What it does to what is on the way: transfer, who is to have it, product, thousandths.
    fn on_the_way(&self) -> Vec<(Uuid, Uuid, Uuid, i64)> {
        match self {
            Said::Sold(_) => Vec::new(),
            Said::Sent { transfer, to, lines } => {
                lines.iter().map(|line| (*transfer, *to, line.product, line.quantity_thousandths)).collect()
            }
            Said::Came { transfer, to, lines } => {
                lines.iter().map(|line| (*transfer, *to, line.product, -line.quantity_thousandths)).collect()
            }
            Said::Gone { transfer, to, lines } => {
                lines.iter().map(|(product, thousandths)| (*transfer, *to, *product, -thousandths)).collect()
            }
        }
    }
}

/// How every transfer stands at central, in an order of its own.
pub fn of_central(central: &Central) -> BTreeMap<Uuid, TransferV1> {
    let all = central.export(ExportKind::Transfers).into_iter();
    let all = all.map(|line| serde_json::from_value::<TransferV1>(line).expect("a transfer"));
    all.map(|one| (one.id, one)).collect()
}

/// What is on the way of each product of each transfer, as central and tills have it: sent, neither received nor written
/// off.
fn left(of: &TransferV1) -> BTreeMap<Uuid, i64> {
    let mut left: BTreeMap<Uuid, i64> = BTreeMap::new();
    for fact in &of.facts {
        let sign = if fact.step == "dispatched" { 1 } else { -1 };
        for line in &fact.lines {
            *left.entry(line.product).or_default() += sign * line.quantity_thousandths;
        }
    }
    left.retain(|_, thousandths| *thousandths != 0);
    left
}

/// Central and the tills of both sites know what is on the way, and it is what the journals say.
///
/// # Panics
/// With the rule that is broken.
pub fn check(world: &World, entries: &[Kept], bases: &[ReadBase]) {
    let there = of_central(&world.central);
    journals_agree(world, entries, bases, &there);
    for till in &world.tills {
        if !world.is_revoked(till) && !world.is_stranger(till) {
            till_knows(till, &there);
        }
    }
}

/// A transfer is the set of what the journals say of it.
fn journals_agree(world: &World, entries: &[Kept], bases: &[ReadBase], there: &BTreeMap<Uuid, TransferV1>) {
    let applied = entries.iter().filter(|kept| kept.state == "applied").map(|kept| &kept.entry.body);
    let in_bases = pruned::in_bases(world, entries, bases).into_iter().map(|shown| &shown.entry.body);
    let mut way: BTreeMap<Uuid, BTreeMap<Uuid, i64>> = BTreeMap::new();
    let mut facts: BTreeSet<Uuid> = BTreeSet::new();
    for body in applied.chain(in_bases).filter(|body| body.contains(KIND)) {
        let Some(said) = Said::of(body) else { continue };
        let fact = Body::decode(body).expect("a body can be read").id;
        assert!(facts.insert(fact), "a fact is written once");
        for (transfer, to, product, thousandths) in said.on_the_way() {
            let known = there.get(&transfer);
            let says = known.is_some_and(|known| known.facts.iter().any(|one| one.fact == fact && one.to == to));
            assert!(says, "central knows of transfer {transfer} what entry {fact} says");
            *way.entry(transfer).or_default().entry(product).or_default() += thousandths;
        }
    }
    // An entry that nobody holds any more, or that a revoked station wrote, may have been told before.
    let written: BTreeSet<Uuid> = shown_facts(world);
    let mut all_there = true;
    for fact in there.values().flat_map(|one| &one.facts) {
        assert!(written.contains(&fact.fact), "what central knows of a transfer somebody wrote: {fact:?}");
        all_there &= facts.contains(&fact.fact);
    }
    assert!(all_there || world.restored || world.revoked.is_some(), "central knows only what it has");
    if all_there {
        for (id, known) in there {
            let mut journals = way.remove(id).unwrap_or_default();
            journals.retain(|_, thousandths| *thousandths != 0);
            assert_eq!(left(known), journals, "of transfer {id} is on the way what was sent and did not come");
        }
    }
}

fn shown_facts(world: &World) -> BTreeSet<Uuid> {
    let bodies = world.tills.iter().flat_map(|till| &till.begun.shown).map(|shown| &shown.entry.body);
    let facts = bodies.filter(|body| body.contains(KIND)).filter_map(|body| Body::decode(body).ok());
    facts.map(|body| body.id).collect()
}

/// A till knows every transfer of its site as central does, and no other.
fn till_knows(till: &Till, there: &BTreeMap<Uuid, TransferV1>) {
    let (here, number) = (site(till.begun.site), till.begun.number);
    let listed = till.store().read::<_, StoreError>(|tx| transfer::list(tx, u32::MAX)).expect("transfers can be read");
    let known: BTreeMap<Uuid, TransferV1> = listed.iter().filter_map(TransferV1::of).map(|one| (one.id, one)).collect();
    for (id, one) in there {
        let of_site = Transfer::try_from(one).expect("a transfer").sites().contains(&SiteId(here));
        let own = known.get(id);
        if of_site {
            assert_eq!(own, Some(one), "till {number} knows transfer {id} as central does");
        } else {
            assert!(own.is_none(), "till {number} has nothing to do with transfer {id}");
        }
    }
    let strange = known.keys().find(|id| !there.contains_key(id));
    assert_eq!(strange, None, "a transfer that till {number} knows central knows");
}
