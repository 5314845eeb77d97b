//! The scripted day: every write of the till and of its sync happens in it, one a step. A step looks at the till for what
//! it needs, so that the day goes on from wherever it was killed.

use std::sync::{Arc, Mutex};

use selvedge_app::{StoreQueue, SyncHeard, SyncProblem, Wish};
use selvedge_contract::view::{ConnectionState, Screen, Standing, TrayKind};
use selvedge_domain::cart::{Discount, DiscountKind};
use selvedge_domain::ids::{JobId, PromiseId, SiteId, TransferId};
use selvedge_domain::stock::promise::PromiseKind;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};
use selvedge_ports::{PrintEnd, PrintQueue};
use selvedge_protocol::v1::{
    BalanceV1, FeedBody, MAX_SEGMENT_ENTRIES, PlaceV1, ProductV1, TransferFactLineV1, TransferFactV1, TransferV1,
};
use selvedge_store::StoreError;
use selvedge_store::table::print_job::{self, State as JobState};
use selvedge_store::table::{config, decision, feed, generation, station};
use selvedge_sync::fake::FakeCentral;
use selvedge_sync::{Desk, Lane};
use selvedge_tests::Shop;
use selvedge_tests::company::{self, ATLAS, FELT, KIDS_TEE, MADE_TO_ORDER, SOCKS, TEE, WHITE_TEE, product, somebody};
use selvedge_tests::outside::second_key;

/// A step: its name, and what is done.
pub type Step = (&'static str, fn(Shop) -> Shop);

macro_rules! steps {
    ($($name:literal: |$shop:ident| $work:expr;)*) => {
        &[$(($name, |#[allow(unused_mut)] mut $shop| { $work; $shop })),*]
    };
}

/// The whole day.
pub const DAY: &[Step] = &[("join", |shop| shop.joined(PriceMode::Inclusive))];

/// What follows after the till has joined.
pub const STEPS: &[Step] = steps! {
    "a wrong PIN": |shop| shop.app().sign_in(somebody(1), "0000").unwrap_err();
    "sign in": |shop| shop.sign_in(1);
    "open the till": |shop| shop.app().open_till(minor(10_000)).unwrap();
    "scan a tee": |shop| shop.scan(TEE);
    "scan socks": |shop| shop.scan(SOCKS);
    "scan another tee": |shop| shop.scan(TEE);
    "choose a white one": |shop| shop.app().add_product(product(WHITE_TEE)).unwrap();
    "scan an atlas": |shop| shop.scan(ATLAS);
    "three socks": |shop| shop.set_quantity(SOCKS, 3_000);
    "socks with a worn hem": |shop| {
        let line = shop.line_of(SOCKS);
        shop.app().discount_line(line, percent(20)).unwrap()
    };
    "choose the tees": |shop| {
        let line = shop.line_of(TEE);
        shop.app().select_line(line).unwrap()
    };
    "take the white one out": |shop| {
        let line = shop.line_of(WHITE_TEE);
        shop.app().remove_line(line).unwrap()
    };
    "put it back": |shop| {
        let line = shop.selling().lines.iter().find(|line| line.removed).unwrap().id;
        shop.app().put_back(line).unwrap()
    };
    "five percent off all": |shop| shop.app().discount_sale(percent(5)).unwrap();
    "scan by mistake": |shop| shop.scan(KIDS_TEE);
    "undo": |shop| shop.app().undo().unwrap();
    "park": |shop| shop.app().park("").unwrap();
    "give it a name": |shop| {
        let parked = shop.selling().parked[0].id;
        shop.app().name_parked(parked, "first").unwrap()
    };
    "made to order": |shop| shop.scan(MADE_TO_ORDER);
    "its price": |shop| {
        let line = shop.line_of(MADE_TO_ORDER);
        shop.app().set_price(line, minor(1_234)).unwrap()
    };
    "felt": |shop| shop.scan(FELT);
    "what the felt costs": |shop| {
        let line = shop.line_of(FELT);
        shop.app().set_amount(line, minor(500)).unwrap()
    };
    "card": |shop| shop.take(TenderKind::Card, 1_000);
    "not by card": |shop| {
        let tender = shop.selling().tenders[0].id;
        shop.app().return_tender(tender).unwrap()
    };
    "cash": |shop| shop.take(TenderKind::Cash, 2_000);
    "the first sale is done": |shop| shop.app().complete_sale().unwrap();
    "its drawer": |shop| pulse(&shop);
    "its paper begins": |shop| begin_paper(&shop);
    "its paper ends": |shop| end_paper(&shop);
    "next": |shop| shop.app().next_sale().unwrap();
    "recall": |shop| {
        let parked = shop.selling().parked[0].id;
        shop.app().recall(parked).unwrap()
    };
    "all by card": |shop| {
        let due = shop.selling().due.minor();
        shop.take(TenderKind::Card, due)
    };
    "the second sale is done": |shop| shop.app().complete_sale().unwrap();
    "its paper is cut off": |shop| begin_paper(&shop);
    "the app starts again": |shop| shop.restart();
    "it is not in the hand": |shop| shop.app().answer_uncertain(uncertain(&shop).unwrap(), false).unwrap();
    "the copy begins": |shop| begin_paper(&shop);
    "the copy ends": |shop| end_paper(&shop);
    "reprint": |shop| shop.app().reprint().unwrap();
    "nobody wants it": |shop| {
        let job = queue(&shop).next_waiting().unwrap().unwrap().id;
        shop.app().drop_print(job).unwrap()
    };
    "an atlas comes back": |shop| take_back(&shop);
    "its money": |shop| {
        let due = shop.selling().due.minor();
        shop.take(TenderKind::Cash, due)
    };
    "the return is done": |shop| shop.app().complete_sale().unwrap();
    "its drawer too": |shop| pulse(&shop);
    "its paper begins too": |shop| begin_paper(&shop);
    "its paper ends too": |shop| end_paper(&shop);
    "an unknown code": |shop| shop.app().scan("4006381333931", "serial").unwrap();
    "seen": |shop| {
        let tray = shop.view().trays.into_iter().find(|tray| matches!(tray.what, TrayKind::UnknownCode { .. }));
        shop.app().dismiss_tray(tray.unwrap().id).unwrap()
    };
    "socks for nobody": |shop| shop.scan(SOCKS);
    "cancel": |shop| shop.app().cancel_sale().unwrap();
    "central has another journal of this identity": |shop| {
        let from = shop.generation();
        shop.app().begin_generation(from, second_key(), "test").unwrap()
    };
    "cash in": |shop| shop.app().cash_in(minor(5_000), "bank").unwrap();
    "cash out": |shop| shop.app().cash_out(minor(700), "milk").unwrap();
    "look into the drawer": |shop| shop.app().open_drawer().unwrap();
    "too late for it": |shop| {
        shop.clock().pass_ms(6_000);
        queue(&shop).expire_pulses().unwrap()
    };
    "German": |shop| shop.app().set_language("de").unwrap();
    "try the printer": |shop| shop.app().print_test().unwrap();
    "a badge": |shop| shop.app().print_badge().unwrap();
    "goods for another site": |shop| shop.app().begin_dispatch(None, ELSEWHERE).unwrap();
    "a tee for it": |shop| shop.scan(TEE);
    "four of them": |shop| shop.app().set_counted(product(TEE), Quantity::units(4)).unwrap();
    "not four": |shop| shop.app().undo_counted().unwrap();
    "it is not for today": |shop| shop.app().drop_transfer().unwrap();
    "goods for it after all": |shop| shop.app().begin_dispatch(None, ELSEWHERE).unwrap();
    "socks for it": |shop| shop.scan(SOCKS);
    "they go": |shop| shop.app().finish_transfer(true, "by the van").unwrap();
    "their paper again": |shop| {
        let sent = shop.app().transfers().unwrap().transfers.into_iter().find(|row| row.outgoing).unwrap().id;
        shop.app().reprint_transfer(sent).unwrap()
    };
    "the other site's name": |shop| hear_a_name(&shop);
    "goods are asked for": |shop| shop.app().begin_asking(ELSEWHERE).unwrap();
    "a tee, by its name": |shop| shop.app().ask_for(product(TEE)).unwrap();
    "no more than that": |shop| shop.app().finish_transfer(true, "for Saturday").unwrap();
    "central hears of it": |shop| ask_transfers(&shop);
    "nobody needs it": |shop| shop.app().cancel_transfer(asked_for(&shop)).unwrap();
    "central hears that too": |shop| ask_transfers(&shop);
    "goods from another site": |shop| shop.app().begin_receipt(transfer(1)).unwrap();
    "socks came": |shop| shop.scan(SOCKS);
    "they are there": |shop| shop.app().finish_transfer(false, "").unwrap();
    "central's word of a box": |shop| hear_of_a_box(&shop);
    "the box": |shop| shop.app().begin_receipt(transfer(2)).unwrap();
    "its tee": |shop| shop.scan(TEE);
    "an atlas that nobody sent": |shop| shop.scan(ATLAS);
    "it is there all the same": |shop| shop.app().count_wrong().unwrap();
    "the box is empty": |shop| shop.app().finish_transfer(true, "an atlas more").unwrap();
    "two tees for somebody": |shop| shop.app().set_aside(&wish()).unwrap();
    "central sets them aside": |shop| ask_promises(&shop);
    "she sees that": |shop| shop.app().see_promise(set_aside(&shop)).unwrap();
    "their slip": |shop| shop.app().print_slip(set_aside(&shop)).unwrap();
    "they are collected": |shop| shop.app().collect(set_aside(&shop)).unwrap();
    "and not taken": |shop| shop.app().cancel_sale().unwrap();
    "nobody wants them": |shop| shop.app().let_go(set_aside(&shop)).unwrap();
    "central lets them go": |shop| ask_promises(&shop);
    "what central may lend": |shop| tend(&shop, false);
    "it lends tees": |shop| ask_allotments(&shop);
    "a tee by the till itself": |shop| promise_by_itself(&shop);
    "its slip": |shop| shop.app().print_slip(set_aside(&shop)).unwrap();
    "it is collected": |shop| shop.app().collect(set_aside(&shop)).unwrap();
    "and not taken either": |shop| shop.app().cancel_sale().unwrap();
    "nobody wants it": |shop| {
        let gone = shop.app().let_go(set_aside(&shop)).unwrap();
        assert_eq!(gone.standing, Standing::LetGo, "central need not be asked")
    };
    "one more by itself": |shop| promise_by_itself(&shop);
    "nothing more is lent to it": |shop| tend(&shop, true);
    "close": |shop| {
        let Screen::Selling(sale) = shop.view().screen else { panic!("the till is open: {:?}", shop.view().screen) };
        shop.app().close_till(sale.shift.expected_cash).unwrap()
    };
    "central's products come down": |shop| sync(&shop, Lane::Down);
    "central lost what it said": |shop| pull_from_restored(&shop);
    "both know where they were": |shop| pull_from_restored(&shop);
    "it is shown what it had promised": |shop| pull_from_restored(&shop);
    "central gets it back": |shop| {
        pull_from_restored(&shop);
        assert!(!shop.app().store().read(decision::owes).unwrap(), "what central lost was handed in")
    };
    "central says what there is": |shop| sync(&shop, Lane::Balances);
    "sign out": |shop| shop.app().sign_out().unwrap();
    "a manager": |shop| shop.sign_in(3);
    "the atlas is put right": |shop| shop.app().close_transfer(transfer(2), "packed by mistake").unwrap();
    "she leaves": |shop| shop.app().sign_out().unwrap();
    "the journal goes up": |shop| sync(&shop, Lane::Up);
};

/// Another site of the company.
const ELSEWHERE: SiteId = SiteId(uuid::Uuid::from_u128(0xe001));

fn transfer(number: u128) -> TransferId {
    TransferId(uuid::Uuid::from_u128(0xe100 + number))
}

/// Central tells what the other site is called.
fn hear_a_name(shop: &Shop) {
    let store = shop.app().store();
    let here = store.read(config::site).unwrap().unwrap().id;
    let (code, name, kind) = ("athlone".to_owned(), "Athlone".to_owned(), "warehouse".to_owned());
    let body = FeedBody::Place(PlaceV1 { id: ELSEWHERE.0, code, name, kind });
    let heard = |tx: &selvedge_store::Tx| feed::apply_body(tx, here, false, &body);
    store.write::<_, StoreError>("test-feed", heard).unwrap().unwrap();
}

fn asked_for(shop: &Shop) -> TransferId {
    let rows = shop.app().transfers().unwrap().transfers;
    rows.into_iter().find(|row| row.from == Some(ELSEWHERE) && row.may_cancel).unwrap().id
}

/// What is asked of other sites is asked of a central that knows them.
fn ask_transfers(shop: &Shop) {
    let (desk, runtime) = desk(shop, FakeCentral::new());
    let step = async {
        let token = desk.ask_token(None).await?.token;
        desk.ask_transfers(&token).await
    };
    assert_eq!(runtime.block_on(step).unwrap(), 1, "one waits");
}

/// Central tells of a tee that was sent here.
fn hear_of_a_box(shop: &Shop) {
    let store = shop.app().store();
    let to = store.read(config::site).unwrap().unwrap().id;
    let line = |of, thousandths| TransferFactLineV1 { product: product(of).0, quantity_thousandths: thousandths };
    let sent = TransferFactV1 {
        fact: uuid::Uuid::from_u128(0xe200),
        step: "dispatched".to_owned(),
        at_ms: 0,
        from: Some(ELSEWHERE.0),
        to: to.0,
        site: ELSEWHERE.0,
        device: uuid::Uuid::from_u128(0xe300),
        person: None,
        complete: false,
        reason: String::new(),
        lines: vec![line(TEE, 1_000)],
    };
    let told = TransferV1 {
        id: transfer(2).0,
        from: Some(ELSEWHERE.0),
        to: to.0,
        state: "on-the-way".to_owned(),
        asked: None,
        cancelled_ms: None,
        facts: vec![sent],
    };
    let body = FeedBody::Transfer(told);
    let heard = |tx: &selvedge_store::Tx| feed::apply_body(tx, to, true, &body);
    store.write::<_, StoreError>("test-feed", heard).unwrap().unwrap();
}

/// One step of the feed with a central that was set back to before it said anything.
fn pull_from_restored(shop: &Shop) {
    let central = FakeCentral::new();
    central.restore(0, 0);
    let (desk, runtime) = desk(shop, central);
    let step = async {
        let token = desk.ask_token(None).await?.token;
        desk.pull(&token).await
    };
    runtime.block_on(step).unwrap();
}

fn desk(shop: &Shop, central: FakeCentral) -> (Desk, tokio::runtime::Runtime) {
    let store = shop.app().store();
    let keys = shop.app().keys().clone();
    let at = store.read(station::get).unwrap().unwrap();
    for one in store.read(generation::all).unwrap() {
        central.know(at.device.0, one.id.0, keys.of(&one.public_key).unwrap().public());
    }
    let desk = Desk {
        store: Arc::clone(store),
        central: Arc::new(central),
        keys,
        wall: Arc::new(|| 0),
        on_parted: Box::new(|_| Ok(())),
        itself: Default::default(),
        station: at,
        asked_of: Mutex::default(),
    };
    (desk, tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap())
}

/// One step of sync with a central that knows this till, two products more than it, and nothing else yet.
fn sync(shop: &Shop, lane: Lane) {
    let store = shop.app().store();
    let central = FakeCentral::new();
    for number in [1, 2] {
        central.publish(&FeedBody::Product(coming(number)));
    }
    let floor = store.read(config::site).unwrap().unwrap().sales_floor.0;
    let product = product(SOCKS).0;
    central.set_balance(BalanceV1 { product, location: floor, quantity_thousandths: 12_000 });
    let (desk, runtime) = desk(shop, central);
    let step = async {
        let token = desk.ask_token(None).await?.token;
        match lane {
            Lane::Up => desk.push(&token, MAX_SEGMENT_ENTRIES, &[], &[]).await,
            Lane::Down => desk.pull(&token).await,
            Lane::Balances => desk.ask_balances(&token).await,
        }
    };
    let report = runtime.block_on(step).unwrap();
    assert!(!report.more && report.problems.is_empty(), "one step is all: {report:?}");
}

fn wish() -> Wish {
    Wish {
        product: product(TEE),
        quantity: Quantity::units(2),
        site: company::site(),
        kind: PromiseKind::Hold,
        days: 3,
        customer: "Nora".to_owned(),
    }
}

fn set_aside(shop: &Shop) -> PromiseId {
    shop.app().promises().unwrap()[0].promise
}

/// What waits is asked of a central that has tees.
fn ask_promises(shop: &Shop) {
    let central = FakeCentral::new();
    central.set_stock(product(TEE).0, company::site().0, 5_000);
    let (desk, runtime) = desk(shop, central);
    let step = async {
        let token = desk.ask_token(None).await?.token;
        desk.ask_promises(&token, None).await
    };
    assert_eq!(runtime.block_on(step).unwrap(), 1, "one waits");
}

/// Central answers, and says whether it revoked this station; what follows for what it lends.
fn tend(shop: &Shop, revoked: bool) {
    let problem = SyncProblem { code: "revoked".to_owned(), ..SyncProblem::default() };
    let problems = if revoked { vec![problem] } else { Vec::new() };
    shop.app().set_connection(ConnectionState::Online);
    shop.app().hear_sync(SyncHeard { problems, forked: false, complete: true });
    shop.app().tend_allotments().unwrap();
    shop.app().hear_sync(SyncHeard { complete: true, ..SyncHeard::default() });
    shop.app().set_connection(ConnectionState::NotJoined);
}

/// What waits to be lent is asked of a central that lends tees.
fn ask_allotments(shop: &Shop) {
    let central = FakeCentral::new();
    central.set_lendable(product(TEE).0, company::site().0, 3_000);
    let (desk, runtime) = desk(shop, central);
    let step = async {
        let token = desk.ask_token(None).await?.token;
        desk.ask_allotments(&token).await
    };
    assert!(runtime.block_on(step).unwrap() > 0, "what was sold is asked for");
}

fn promise_by_itself(shop: &Shop) {
    let shown = shop.app().set_aside(&Wish { quantity: Quantity::ONE, ..wish() }).unwrap();
    assert_eq!((shown.standing, shown.by_till), (Standing::Reserved, true), "it was lent three");
}

/// A product that the till learns of at the end of the day.
fn coming(number: u128) -> ProductV1 {
    ProductV1 {
        id: uuid::Uuid::from_u128(0xc0 + number),
        sku: format!("LATE-{number}"),
        name: format!("Late Tee {number}"),
        variant: String::new(),
        style: String::new(),
        colour: String::new(),
        colour_code: String::new(),
        size: String::new(),
        unit: "piece".to_owned(),
        tax: "standard".to_owned(),
        gtins: Vec::new(),
        popularity: 1,
        active: true,
        brand: String::new(),
        category: String::new(),
    }
}

fn minor(minor: i64) -> Amount {
    Amount::from_minor(minor)
}

fn percent(percent: i64) -> Option<Discount> {
    Some(Discount { kind: DiscountKind::Percent(percent.into()), reason: String::new() })
}

fn queue(shop: &Shop) -> StoreQueue {
    StoreQueue::new(Arc::clone(shop.app()))
}

/// The drawer opens if it may: after a kill it may not.
fn pulse(shop: &Shop) {
    let mut queue = queue(shop);
    if let Some(pulse) = queue.next_pulse().unwrap() {
        queue.mark_pulse_sent(pulse.id).unwrap();
    }
}

fn begin_paper(shop: &Shop) {
    let mut queue = queue(shop);
    let job = queue.next_waiting().unwrap().expect("a paper waits");
    queue.mark_sending(job.id).unwrap();
}

/// The paper that is being sent is out. After a kill a person says that it is.
fn end_paper(shop: &Shop) {
    let sending = shop.app().store().read(|tx| print_job::in_state(tx, JobState::Sending)).unwrap();
    match sending.first() {
        Some(job) => queue(shop).mark_ended(job.id, PrintEnd::Done).unwrap(),
        None => {
            let job = uncertain(shop).expect("what was being sent is uncertain now");
            shop.app().answer_uncertain(job, true).unwrap();
        }
    }
}

fn uncertain(shop: &Shop) -> Option<JobId> {
    shop.view().trays.into_iter().find_map(|tray| match tray.what {
        TrayKind::UncertainPrint { job, .. } => Some(job),
        _ => None,
    })
}

/// The atlas of the second sale.
fn take_back(shop: &Shop) {
    let books = shop.audit();
    let sold = &books.sales[1];
    let at = sold.lines.iter().position(|line| line.name.starts_with("Atlas")).unwrap();
    shop.take_back(&sold.receipt, &[(at, 1_000)]).unwrap();
}
