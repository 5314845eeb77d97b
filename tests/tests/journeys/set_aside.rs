//! Goods set aside for a customer: promised by central's word only, asked once more when there was none, and told to the
//! person who asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use selvedge_app::{PATIENCE, Wish};
use selvedge_contract::Code;
use selvedge_contract::view::{ConnectionState, FiguresAge, PromiseShown, PromptKind, Standing, TrayKind};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{PromiseId, SiteId};
use selvedge_domain::stock::promise::{CauseKind, PromiseKind};
use selvedge_ports::fake::FakeAsker;
use selvedge_ports::{Available, AvailableAt};
use selvedge_protocol::v1::{AvailabilityQuery, CauseV1, FeedBody, PromiseV1};
use selvedge_store::StoreError;
use selvedge_store::table::print_job::{self, State};
use selvedge_store::table::{feed, generation, promise, station};
use selvedge_sync::fake::FakeCentral;
use selvedge_sync::{CentralApi, Desk};
use selvedge_tests::Shop;
use selvedge_tests::company::{self, FELT, SOCKS, TEE, product};
use uuid::Uuid;

/// Another shop of the company, which only central knows.
const ELSEWHERE: SiteId = SiteId(Uuid::from_u128(0xe15e));

/// A till with a central that has five tees here and two elsewhere, and what a person waited for it.
pub(super) struct Counter {
    pub(super) shop: Shop,
    pub(super) central: Arc<FakeCentral>,
    pub(super) asker: Arc<FakeAsker>,
    pub(super) desk: Arc<Desk>,
    waited: Arc<Mutex<Duration>>,
}

impl Counter {
    pub(super) fn new() -> Self {
        let mut shop = Shop::new();
        shop.leaves_all();
        shop.open(0);
        let central = Arc::new(FakeCentral::new());
        central.set_stock(product(TEE).0, company::site().0, 5_000);
        central.set_stock(product(TEE).0, ELSEWHERE.0, 2_000);
        let (store, keys) = (Arc::clone(shop.app().store()), shop.app().keys().clone());
        let at = store.read(station::get).unwrap().unwrap();
        for one in store.read(generation::all).unwrap() {
            central.know(at.device.0, one.id.0, keys.of(&one.public_key).unwrap().public());
        }
        let desk = Arc::new(Desk {
            store,
            central: Arc::<FakeCentral>::clone(&central),
            keys,
            wall: Arc::new(|| selvedge_tests::outside::SATURDAY_NINE_MS),
            on_parted: Box::new(|_| Ok(())),
            itself: Default::default(),
            station: at,
            asked_of: Mutex::default(),
        });
        let waited: Arc<Mutex<Duration>> = Arc::default();
        let (passed, asking, looking) = (Arc::clone(&waited), Arc::clone(&desk), Arc::clone(&desk));
        let asker = FakeAsker::new(
            move |time| *passed.lock().unwrap() += time,
            move || assert!(ask(&asking) > 0, "something waits"),
            move |product| available(&looking, product.0),
        );
        let asker = Arc::new(asker);
        shop.app().set_asker(Some(Arc::<FakeAsker>::clone(&asker)));
        Counter { shop, central, asker, desk, waited }
    }

    pub(super) fn wish(&self) -> Wish {
        Wish {
            product: product(TEE),
            quantity: Quantity::units(2),
            site: company::site(),
            kind: PromiseKind::Hold,
            days: 3,
            customer: "  Nora, 086 555 0101 ".to_owned(),
        }
    }

    pub(super) fn set_aside(&self, wish: &Wish) -> PromiseShown {
        self.shop.app().set_aside(wish).unwrap()
    }

    pub(super) fn waited(&self) -> Duration {
        std::mem::take(&mut *self.waited.lock().unwrap())
    }

    fn told(&self) -> Vec<(PromiseId, Standing)> {
        let told = self.shop.view().trays.into_iter().filter_map(|tray| match tray.what {
            TrayKind::PromiseAnswered { promise, standing, .. } => Some((promise, standing)),
            _ => None,
        });
        told.collect()
    }

    pub(super) fn customer(&self, id: PromiseId) -> String {
        self.shop.app().store().read(|tx| promise::customer(tx, id)).unwrap()
    }
}

fn ask(desk: &Desk) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let step = async {
        let token = desk.ask_token(None).await?.token;
        desk.ask_promises(&token, None).await
    };
    runtime.block_on(step).unwrap()
}

fn available(desk: &Desk, product: Uuid) -> Option<Available> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let query = AvailabilityQuery { product: Some(product), ..AvailabilityQuery::default() };
    let answer = runtime.block_on(async {
        let token = desk.ask_token(None).await.unwrap().token;
        desk.central.availability(&token, &query).await.ok()
    })?;
    let quantity = Quantity::from_thousandths;
    let sites = answer.sites.into_iter().map(|at| AvailableAt {
        site: SiteId(at.site),
        name: if at.site == ELSEWHERE.0 { "Cork".to_owned() } else { at.name },
        available: quantity(at.available_thousandths),
        on_hand: quantity(at.on_hand_thousandths),
        promised: quantity(at.promised_thousandths),
    });
    Some(Available { sites: sites.collect(), age_ms: 400 })
}

#[test]
fn what_central_sets_aside_is_promised_has_a_slip_and_is_found_by_it() {
    let mut counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    assert_eq!((kept.standing, kept.here, kept.customer.as_str()), (Standing::Reserved, true, "Nora, 086 555 0101"));
    assert_eq!(kept.lines[0].quantity, Quantity::units(2));
    let until = kept.until.unwrap();
    assert_eq!((until.day.to_string().as_str(), until.hour), ("2026-11-24", 23), "to the end of the day that was said");
    assert_eq!(counter.told(), [], "who saw the answer at once is not told again");
    let at_central = &counter.central.promises()[0];
    assert_eq!((at_central.id, at_central.state.as_str()), (kept.promise.0, "reserved"));
    assert!(!format!("{at_central:?}").contains("Nora"), "what a customer says stays in this shop: {at_central:?}");

    counter.shop.app().print_slip(kept.promise).unwrap();
    counter.shop.print();
    let paper = counter.shop.papers.last().unwrap().clone();
    for words in ["Nora, 086 555 0101", "Harbour Tee", "24 Nov 2026", kept.slip.as_str()] {
        assert!(paper.contains(words), "the slip says {words}:\n{paper}");
    }
    assert_eq!(counter.shop.app().promises().unwrap(), [counter.shop.app().promise(kept.promise).unwrap()]);
    let strange = counter.shop.app().scan("SVP-000000000000", "wedge").unwrap();
    let not_here = |tray: &TrayKind| matches!(tray, TrayKind::ScanNotNow { why: Code::NoSuchPromise, .. });
    assert!(not_here(&strange.trays[0].what), "another shop's slip is said to be one: {:?}", strange.trays);
}

#[test]
fn a_scan_of_the_slip_puts_it_into_the_sale_and_the_sale_ends_the_promise() {
    let counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    counter.shop.scan(TEE);
    let view = counter.shop.app().scan(&kept.slip, "wedge").unwrap();
    assert_eq!(view.prompt, None, "nobody is asked anything");
    let lines = counter.shop.selling().lines;
    let shown: Vec<_> = lines.iter().map(|line| (line.quantity, line.set_aside)).collect();
    assert_eq!(shown, [(Quantity::ONE, false), (Quantity::units(2), true)], "a line of its own");
    counter.shop.scan(TEE);
    assert_eq!(counter.shop.selling().lines[0].quantity, Quantity::units(2), "which no scan joins");
    let view = counter.shop.app().scan(&kept.slip, "wedge").unwrap();
    let shows = Some(PromptKind::Promise { promise: kept.promise });
    assert_eq!(view.prompt.map(|prompt| prompt.what), shows, "once is enough");
    counter.shop.refuses(Code::AlreadyInSale, |app| app.collect(kept.promise));

    counter.shop.pay(selvedge_domain::tender::TenderKind::Cash);
    assert_eq!(
        counter.shop.app().promise(kept.promise).unwrap().standing,
        Standing::Fulfilled,
        "central is not needed"
    );
    assert_eq!(counter.customer(kept.promise), "");
    let sold: Vec<_> = counter.shop.audit().sales[0].lines.iter().map(|line| line.promise).collect();
    assert_eq!(sold, [None, Some(kept.promise.0)], "the journal says which line fulfils it");
    counter.shop.app().next_sale().unwrap();
    counter.shop.refuses(Code::NoSuchPromise, |app| app.collect(kept.promise));

    // What is elsewhere, or not promised, is shown and not sold.
    let there = counter
        .shop
        .app()
        .availability(product(TEE))
        .and_then(|_| counter.shop.app().set_aside(&Wish { site: ELSEWHERE, ..counter.wish() }));
    for slip in [kept.slip, there.unwrap().slip] {
        let view = counter.shop.app().scan(&slip, "wedge").unwrap();
        assert!(matches!(view.prompt.unwrap().what, PromptKind::Promise { .. }), "{slip} is shown");
    }
    assert!(counter.shop.selling().lines.is_empty());
}

#[test]
fn what_is_collected_and_not_taken_stays_set_aside() {
    let counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    counter.shop.app().collect(kept.promise).unwrap();
    counter.shop.app().undo().unwrap();
    assert!(counter.shop.selling().lines.is_empty());
    counter.shop.app().collect(kept.promise).unwrap();
    counter.shop.app().cancel_sale().unwrap();
    assert_eq!(counter.shop.app().promise(kept.promise).unwrap().standing, Standing::Reserved);
    // Only a part of it: the rest stays.
    counter.shop.app().collect(kept.promise).unwrap();
    counter.shop.set_quantity(TEE, 1_000);
    counter.shop.pay(selvedge_domain::tender::TenderKind::Cash);
    counter.shop.app().next_sale().unwrap();
    assert_eq!(counter.shop.app().promise(kept.promise).unwrap().standing, Standing::Reserved);
    counter.shop.app().collect(kept.promise).unwrap();
    assert_eq!(counter.shop.selling().lines[0].quantity, Quantity::ONE, "what is left of it");
    counter.shop.app().cancel_sale().unwrap();
}

#[test]
fn who_asked_is_told_that_there_is_not_enough_after_all() {
    let counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    let broken = PromiseV1 {
        state: "broken".to_owned(),
        cause: Some(CauseV1 { kind: "hand-sale".to_owned(), fact: None, at_ms: 1 }),
        ..counter.central.promises()[0].clone()
    };
    let store = counter.shop.app().store();
    let body = FeedBody::Promise(broken);
    let applied = store.write::<_, StoreError>("test-feed", |tx| feed::apply_body(tx, company::site(), true, &body));
    assert_eq!(applied.unwrap(), Ok(()));
    assert_eq!(counter.told(), [(kept.promise, Standing::Broken)]);
    let shown = counter.shop.app().promise(kept.promise).unwrap();
    assert_eq!((shown.cause, shown.customer.as_str()), (Some(CauseKind::HandSale), "Nora, 086 555 0101"));
    assert_eq!(counter.shop.app().promises().unwrap()[0], shown, "it is at the top of the list");
    counter.shop.refuses(Code::NoSuchPromise, |app| app.collect(kept.promise));
    counter.shop.app().see_promise(kept.promise).unwrap();
    assert_eq!(counter.told(), []);
}

#[test]
fn the_waiting_has_an_end_and_what_needs_confirmation_is_asked_once_more_under_the_same_key() {
    let counter = Counter::new();
    for takes in [None, Some(PATIENCE * 2)] {
        counter.asker.takes(takes);
        let asked = counter.set_aside(&counter.wish());
        assert_eq!((asked.standing, counter.waited()), (Standing::NeedsConfirmation, PATIENCE), "no longer than that");
        counter.shop.refuses(Code::NoSuchPromise, |app| app.print_slip(asked.promise));
        assert_eq!(counter.told(), []);
    }
    assert_eq!(counter.central.promises(), [], "nothing is promised before central says so");

    assert_eq!(ask(&counter.desk), 2, "central is back: both are asked");
    let promised: Vec<PromiseId> = counter.told().into_iter().map(|(promise, _)| promise).collect();
    assert_eq!(promised.len(), 2, "who asked is told: {:?}", counter.told());
    assert!(counter.told().iter().all(|(_, standing)| *standing == Standing::Reserved));
    assert_eq!(ask(&counter.desk), 0, "what was answered is not asked again");
    counter.shop.app().see_promise(promised[0]).unwrap();
    assert_eq!(counter.told(), [(promised[1], Standing::Reserved)], "what was seen is told no more");
}

#[test]
fn an_answer_that_was_lost_is_the_same_promise() {
    let counter = Counter::new();
    counter.asker.takes(None);
    let asked = counter.set_aside(&counter.wish());
    // Central hears the request, and its answer never comes.
    let request = counter.shop.app().store().read(|tx| promise::request(tx, asked.promise)).unwrap().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let token = counter.desk.ask_token(None).await.unwrap().token;
        counter.central.reserve(&token, &request.asked.key, &request.asked.request).await.unwrap();
    });
    assert_eq!(ask(&counter.desk), 1);
    let promises = counter.central.promises();
    assert_eq!(promises.len(), 1, "the same key is the same promise: {promises:?}");
    assert_eq!(promises[0].id, asked.promise.0, "whose identity the till knew before");
    assert_eq!(counter.shop.app().promise(asked.promise).unwrap().standing, Standing::Reserved);
}

#[test]
fn a_refusal_says_so_and_where_there_is_more() {
    let counter = Counter::new();
    let wish = Wish { quantity: Quantity::units(6), ..counter.wish() };
    let refused = counter.set_aside(&wish);
    assert_eq!(refused.standing, Standing::SoldOut);
    assert_eq!(counter.customer(refused.promise), "", "where nothing is set aside nobody needs a customer's words");
    let places = counter.shop.app().availability(product(TEE)).unwrap();
    let shown: Vec<_> = places.places.iter().map(|at| (at.name.as_str(), at.here, at.available)).collect();
    let expected = [("Galway", true, Quantity::units(5)), ("Cork", false, Quantity::units(2))];
    assert_eq!((shown.as_slice(), places.age), (&expected[..], FiguresAge::Central(1)));

    let there = Wish { site: ELSEWHERE, kind: PromiseKind::Order, ..counter.wish() };
    let ordered = counter.set_aside(&there);
    assert_eq!((ordered.standing, ordered.here, ordered.site.as_str()), (Standing::Confirmed, false, "Cork"));
    let unknown = Wish { product: product(SOCKS), ..counter.wish() };
    assert_eq!(counter.set_aside(&unknown).standing, Standing::Refused, "central does not know socks");
}

#[test]
fn without_central_the_till_says_what_it_knows_itself_and_does_not_wait_for_who_is_away() {
    let counter = Counter::new();
    counter.set_aside(&counter.wish());
    counter.asker.takes(None);
    counter.waited();
    counter.shop.app().set_connection(ConnectionState::Offline);
    let known = counter.shop.app().availability(product(TEE)).unwrap();
    assert_eq!((known.places.len(), known.age), (1, FiguresAge::Till(None)));
    assert_eq!(known.places[0].promised, Quantity::units(2), "what is set aside here is known");
    assert_eq!(counter.set_aside(&counter.wish()).standing, Standing::NeedsConfirmation);
    assert_eq!(counter.waited(), Duration::ZERO, "nobody waits for a central that is known to be away");
    counter.shop.app().set_asker(None);
    assert_eq!(counter.set_aside(&counter.wish()).standing, Standing::NeedsConfirmation, "nor before it was found");
}

#[test]
fn what_nobody_wants_is_let_go_and_the_words_of_the_customer_are_erased() {
    let mut counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    counter.shop.app().print_slip(kept.promise).unwrap();
    counter.shop.print();
    counter.shop.app().print_slip(kept.promise).unwrap();
    assert_eq!(counter.shop.app().let_go(kept.promise).unwrap().standing, Standing::LetGo);
    assert_eq!(counter.central.promises()[0].state, "cancelled");
    assert_eq!(counter.customer(kept.promise), "");
    let papers = counter.shop.app().store().read(|tx| print_job::in_state(tx, State::Printed)).unwrap();
    assert!(!format!("{papers:?}").contains("Nora"), "on the paper too: {papers:?}");
    let waits = counter.shop.app().store().read(print_job::waiting).unwrap();
    assert_eq!(waits, 0, "a slip that nobody needs is not printed");
    counter.shop.refuses(Code::NoSuchPromise, |app| app.let_go(kept.promise));

    // Before central ever heard of it, and while it is away.
    counter.asker.takes(None);
    let asked = counter.set_aside(&counter.wish());
    assert_eq!(counter.shop.app().let_go(asked.promise).unwrap().standing, Standing::LettingGo);
    counter.asker.takes(Some(Duration::ZERO));
    assert_eq!(ask(&counter.desk), 1);
    assert_eq!(counter.shop.app().promise(asked.promise).unwrap().standing, Standing::LetGo);
    assert_eq!(counter.central.promises().len(), 1, "it was not set aside to be let go");
}

#[test]
fn the_core_asks_for_rights_and_for_what_is_possible() {
    let counter = Counter::new();
    let wish = counter.wish();
    let refuses = |code: Code, wish: Wish| counter.shop.refuses(code, |app| app.set_aside(&wish));
    refuses(Code::WrongQuantity, Wish { quantity: Quantity::ZERO, ..wish.clone() });
    refuses(Code::WrongQuantity, Wish { quantity: Quantity::from_thousandths(1_500), ..wish.clone() });
    refuses(Code::WrongDay, Wish { days: 30, ..wish.clone() });
    refuses(Code::NoSuchProduct, Wish { product: product(99), ..wish.clone() });
    counter.central.set_stock(product(FELT).0, company::site().0, 5_000);
    let felt = Wish { product: product(FELT), quantity: Quantity::from_thousandths(1_500), ..wish.clone() };
    assert_eq!(counter.set_aside(&felt).standing, Standing::Reserved, "felt is cut");
    counter.shop.app().sign_out().unwrap();
    refuses(Code::SignedOut, wish.clone());
    counter.shop.refuses(Code::SignedOut, |app| app.promises());
    counter.shop.sign_in(4);
    refuses(Code::NotAllowed, wish);
    counter.shop.refuses(Code::NotAllowed, |app| app.availability(product(TEE)));
}

#[test]
fn a_request_is_not_lost_with_the_app_and_one_whose_time_is_over_is_not_made() {
    let mut counter = Counter::new();
    counter.asker.takes(None);
    let asked = counter.set_aside(&counter.wish());
    counter.shop.restart();
    assert_eq!(counter.shop.app().promise(asked.promise).unwrap().standing, Standing::NeedsConfirmation);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let four_days_ms = 4 * 24 * 60 * 60 * 1_000;
    runtime.block_on(async {
        let token = counter.desk.ask_token(None).await.unwrap().token;
        counter.desk.ask_promises(&token, Some(four_days_ms)).await.unwrap();
    });
    assert_eq!(counter.told(), [(asked.promise, Standing::TooLate)]);
    assert_eq!(counter.central.promises(), [], "nobody waits for it any more");
}

#[test]
fn who_asked_for_it_elsewhere_is_told_too_that_there_is_not_enough_after_all() {
    let counter = Counter::new();
    let there = Wish { site: ELSEWHERE, kind: PromiseKind::Order, ..counter.wish() };
    let ordered = counter.set_aside(&there);
    assert_eq!((ordered.standing, counter.told()), (Standing::Confirmed, vec![]));
    assert_eq!(ask(&counter.desk), 0, "nothing waits, and it stands");
    assert_eq!(counter.told(), []);
    let cause = CauseV1 { kind: "hand-sale".to_owned(), fact: None, at_ms: 1 };
    counter.central.break_promise(ordered.promise.0, cause);
    assert_eq!(ask(&counter.desk), 0);
    assert_eq!(counter.told(), [(ordered.promise, Standing::Broken)], "the feed of another site does not come here");
}

#[test]
fn what_central_promised_and_forgot_before_the_feed_said_it_is_shown_to_it() {
    let counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    let promised = counter.central.promises()[0].clone();
    counter.central.forget_promise(kept.promise.0);
    assert_eq!(ask(&counter.desk), 0);
    assert_eq!(counter.central.promises_handed_in(), std::slice::from_ref(&promised), "with the row that it signed");

    // What the feed said is kept with its rows, and comes back with them.
    let store = counter.shop.app().store();
    let body = FeedBody::Promise(promised);
    store
        .write::<_, StoreError>("test-feed", |tx| feed::apply_body(tx, company::site(), true, &body))
        .unwrap()
        .unwrap();
    assert!(store.read(promise::answered_only).unwrap().is_empty());
    assert_eq!(counter.shop.app().promise(kept.promise).unwrap().standing, Standing::Reserved);
}

#[test]
fn what_was_let_go_and_came_back_with_an_older_central_is_let_go_there_too() {
    let counter = Counter::new();
    let kept = counter.set_aside(&counter.wish());
    let reserved = counter.central.promises()[0].clone();
    assert_eq!(counter.shop.app().let_go(kept.promise).unwrap().standing, Standing::LetGo);
    // A row of before: the feed says less than the answer did.
    let store = counter.shop.app().store();
    let body = FeedBody::Promise(reserved);
    store
        .write::<_, StoreError>("test-feed", |tx| feed::apply_body(tx, company::site(), true, &body))
        .unwrap()
        .unwrap();
    assert_eq!(counter.shop.app().promise(kept.promise).unwrap().standing, Standing::LetGo);
    counter.central.forget_promise(kept.promise.0);
    ask(&counter.desk);
    let back = counter.central.promises_handed_in();
    assert_eq!(back.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(), ["cancelled"]);
}
