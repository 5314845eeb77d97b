//! What central lent a till: promised by the till itself without asking anybody, for as long as it was lent, and given back
//! by its journal.

use selvedge_app::{ALLOTMENT_TTL_MS, SyncHeard, SyncProblem, Wish, recover};
use selvedge_contract::view::{ConnectionState, FactValue, PromiseShown, Standing, StatusPart};
use selvedge_domain::Quantity;
use selvedge_domain::stock::promise::PromiseKind;
use selvedge_protocol::journal::AllotmentReturnedV1;
use selvedge_protocol::v1::{AllotmentV1, DrawV1, FeedBody};
use selvedge_store::StoreError;
use selvedge_store::table::{allotment, feed, promise};
use selvedge_tests::company::{self, TEE, product};
use selvedge_tests::outside::{SATURDAY_NINE_MS, second_key};
use uuid::Uuid;

use super::set_aside::Counter;

const HALF_MS: u32 = 43_200_000;

/// Central answers; with `problems` it says something of this station.
fn online(counter: &Counter, problems: &[&str]) {
    let problem = |code: &&str| SyncProblem { code: (*code).to_owned(), ..SyncProblem::default() };
    let problems = problems.iter().map(problem).collect();
    counter.shop.app().set_connection(ConnectionState::Online);
    counter.shop.app().hear_sync(SyncHeard { problems, forked: false, complete: true });
    counter.shop.app().tend_allotments().unwrap();
}

fn offline(counter: &Counter) {
    counter.asker.takes(None);
    counter.shop.app().set_connection(ConnectionState::Offline);
    counter.waited();
}

/// Asks central for what waits; how many were answered.
fn ask(counter: &Counter) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let step = async {
        let token = counter.desk.ask_token(None).await?.token;
        counter.desk.ask_allotments(&token).await
    };
    runtime.block_on(step).unwrap()
}

/// A till that sold a tee, was lent three, and is cut off.
fn lent_three() -> Counter {
    let counter = Counter::new();
    counter.shop.sell(&[TEE]);
    counter.central.set_lendable(product(TEE).0, company::site().0, 3_000);
    online(&counter, &[]);
    assert_eq!(ask(&counter), 1, "what was sold is asked for");
    offline(&counter);
    counter
}

fn wish(counter: &Counter, pieces: i64) -> Wish {
    Wish { quantity: Quantity::units(pieces), ..counter.wish() }
}

/// What the till holds: its state, used and outstanding.
fn held(counter: &Counter) -> Vec<(Quantity, Quantity)> {
    let held = counter.shop.app().store().read::<_, StoreError>(allotment::held).unwrap();
    held.into_iter().filter_map(|held| held.lent).map(|lent| (lent.used(), lent.outstanding())).collect()
}

fn returned(counter: &Counter) -> Vec<AllotmentReturnedV1> {
    counter.shop.audit().returned
}

/// A row of the feed comes down.
fn hear(counter: &Counter, said: AllotmentV1) {
    let (store, body) = (counter.shop.app().store(), FeedBody::Allotment(said));
    let apply = |tx: &selvedge_store::Tx| feed::apply_body(tx, company::site(), true, &body);
    store.write::<_, StoreError>("test-feed", apply).unwrap().unwrap();
}

fn stands(shown: &PromiseShown) -> (Standing, bool) {
    (shown.standing, shown.by_till)
}

#[test]
fn what_was_lent_is_promised_by_the_till_itself_and_its_journal_says_so() {
    let mut counter = lent_three();
    let there = counter.shop.app().availability(product(TEE)).unwrap();
    assert_eq!(there.places[0].lent, Quantity::units(3), "it says how many it may promise");
    counter.waited();
    let kept = counter.set_aside(&wish(&counter, 2));
    assert_eq!(stands(&kept), (Standing::Reserved, true));
    assert_eq!((kept.customer.as_str(), kept.until.unwrap().hour), ("Nora, 086 555 0101", 23));
    assert!(!kept.person.is_empty() && counter.waited().is_zero(), "nobody is asked, so nobody waits");
    let books = counter.shop.audit();
    assert_eq!((books.made.len(), books.made[0].promise), (1, kept.promise.0));
    assert_eq!(books.drawn_from(counter.central.lent()[0].id), 2_000);
    assert!(!books.bodies.iter().any(|body| format!("{body:?}").contains("Nora")), "the journal names no customer");
    counter.shop.app().print_slip(kept.promise).unwrap();
    counter.shop.print();
    assert!(counter.shop.papers.last().unwrap().contains(&kept.slip), "it has its slip at once");

    // What was lent is not enough for more: then central is needed, as ever.
    let more = counter.set_aside(&wish(&counter, 2));
    assert_eq!(stands(&more), (Standing::NeedsConfirmation, false));
    let elsewhere = Wish { site: selvedge_domain::ids::SiteId(Uuid::from_u128(0xe15e)), ..wish(&counter, 1) };
    assert_eq!(stands(&counter.set_aside(&elsewhere)), (Standing::NeedsConfirmation, false), "of this site only");
    let last = counter.set_aside(&Wish { kind: PromiseKind::Order, ..wish(&counter, 1) });
    assert_eq!(stands(&last), (Standing::Confirmed, true));
    assert_eq!(held(&counter), [(Quantity::units(3), Quantity::ZERO)]);
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));

    // It is collected like every other one.
    counter.shop.app().scan(&kept.slip, "wedge").unwrap();
    counter.shop.pay(selvedge_domain::tender::TenderKind::Cash);
    counter.shop.app().next_sale().unwrap();
    assert_eq!(counter.shop.app().promise(kept.promise).unwrap().standing, Standing::Fulfilled);
    assert_eq!(counter.customer(kept.promise), "");
    assert_eq!(counter.central.promises(), [], "central was never asked for what was lent");
}

#[test]
fn central_is_not_asked_for_what_is_lent_even_while_it_answers() {
    let counter = lent_three();
    online(&counter, &[]);
    counter.asker.takes(Some(std::time::Duration::ZERO));
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 3))), (Standing::Reserved, true));
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::Reserved, false), "then it is asked");
    assert_eq!(counter.central.promises().len(), 1);
}

#[test]
fn what_nobody_wants_ends_by_the_journal_and_is_drawn_all_the_same() {
    let counter = lent_three();
    let kept = counter.set_aside(&wish(&counter, 2));
    assert_eq!(counter.shop.app().let_go(kept.promise).unwrap().standing, Standing::LetGo);
    assert_eq!(counter.customer(kept.promise), "");
    let ended: Vec<_> = counter.shop.audit().ended.into_iter().map(|ended| (ended.promise, ended.how)).collect();
    assert_eq!(ended, [(kept.promise.0, "cancelled".to_owned())]);
    let waits = counter.shop.app().store().read::<_, StoreError>(|tx| promise::waiting(tx, 10)).unwrap();
    assert_eq!(waits, [], "central is asked nothing");
    counter.shop.refuses(selvedge_contract::Code::NoSuchPromise, |app| app.let_go(kept.promise));
    assert_eq!(held(&counter), [(Quantity::units(2), Quantity::ONE)], "central has them back; this till does not");
}

#[test]
fn its_time_is_counted_in_ticks_and_what_is_left_is_given_back() {
    let counter = lent_three();
    counter.set_aside(&wish(&counter, 1));
    for turn in [-30, 60, -30] {
        counter.shop.clock().turn_ms(turn * 86_400_000);
        assert_eq!(stands(&counter.set_aside(&wish(&counter, 3))).1, false, "only two are left");
        counter.shop.app().tend_allotments().unwrap();
        assert_eq!(returned(&counter), [], "a clock that is turned ends nothing");
    }
    counter.shop.clock().pass_ms(u32::try_from(ALLOTMENT_TTL_MS).unwrap() - 1);
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::Reserved, true), "to the last moment");
    counter.shop.clock().pass_ms(1);
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    for _ in 0..2 {
        counter.shop.app().tend_allotments().unwrap();
    }
    let back: Vec<_> =
        returned(&counter).iter().map(|back| (back.used_thousandths, back.returned_thousandths)).collect();
    assert_eq!(back, [(2_000, 1_000)], "once, and central need not be there");
    assert_eq!(held(&counter), []);
}

#[test]
fn after_the_machine_was_off_nothing_is_drawn_until_central_was_heard() {
    let mut counter = lent_three();
    counter.shop.clock().reboot();
    counter.shop.restart();
    counter.shop.sign_in(1);
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    counter.shop.app().tend_allotments().unwrap();
    assert_eq!(returned(&counter), [], "nobody knows whether its time is over");
    counter.shop.clock().compare(SATURDAY_NINE_MS);
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::Reserved, true));
    counter.shop.clock().compare(SATURDAY_NINE_MS + i64::try_from(ALLOTMENT_TTL_MS).unwrap());
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    counter.shop.app().tend_allotments().unwrap();
    assert_eq!(returned(&counter)[0].returned_thousandths, 2_000);
}

#[test]
fn what_central_closes_or_another_life_asked_for_is_given_back_and_a_strangers_is_not_heard() {
    let counter = lent_three();
    counter.set_aside(&wish(&counter, 1));
    let lent = counter.central.lent()[0].clone();
    hear(&counter, AllotmentV1 { id: Uuid::from_u128(7), device: Uuid::from_u128(8), ..lent.clone() });
    assert_eq!(held(&counter).len(), 1, "another station's");
    hear(&counter, AllotmentV1 { state: "closed".to_owned(), ..lent.clone() });
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    // One that this file never asked for: of a copy of the disk, or of before a damage. Somebody drew from it.
    let draws = vec![DrawV1 { promise: Uuid::from_u128(9), quantity_thousandths: 1_000 }];
    hear(&counter, AllotmentV1 { id: Uuid::from_u128(10), draws, ..lent.clone() });
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    counter.shop.app().tend_allotments().unwrap();
    let mut back = returned(&counter);
    back.sort_by_key(|back| back.allotment != lent.id);
    let back: Vec<_> = back.iter().map(|back| (back.used_thousandths, back.returned_thousandths)).collect();
    assert_eq!(back, [(1_000, 2_000), (1_000, 2_000)]);
    // Central says that all of it is back: nothing of it is kept, and an older row does not bring it to life.
    let draw = DrawV1 { promise: counter.shop.audit().made[0].promise, quantity_thousandths: 1_000 };
    let settled = AllotmentV1 {
        state: "settled".to_owned(),
        draws: vec![draw],
        used_thousandths: 1_000,
        returned_thousandths: 2_000,
        ..lent.clone()
    };
    hear(&counter, settled);
    hear(&counter, lent);
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
}

#[test]
fn a_station_that_was_declared_dead_and_comes_back_learns_that_nothing_is_lent_to_it() {
    let counter = lent_three();
    counter.set_aside(&wish(&counter, 1));
    let lent = counter.central.lent()[0].clone();
    hear(&counter, AllotmentV1 { state: "written-off".to_owned(), written_off_thousandths: 3_000, ..lent });
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    online(&counter, &[]);
    assert_eq!((returned(&counter), held(&counter)), (Vec::new(), Vec::new()), "nothing is left to give back");
}

#[test]
fn a_new_life_of_the_journal_and_a_revoked_station_draw_nothing_and_give_it_back() {
    for revoked in [false, true] {
        let counter = lent_three();
        counter.set_aside(&wish(&counter, 1));
        if revoked {
            online(&counter, &["revoked"]);
        } else {
            let from = counter.shop.generation();
            counter.shop.app().begin_generation(from, second_key(), "test").unwrap();
        }
        offline(&counter);
        assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
        counter.shop.app().tend_allotments().unwrap();
        let back: Vec<_> = returned(&counter).iter().map(|back| back.returned_thousandths).collect();
        assert_eq!(back, [2_000]);
        assert_eq!(ask(&counter), 0, "and nothing more is asked for");
    }
}

#[test]
fn an_answer_that_was_lost_is_the_same_allotment_by_the_feed() {
    let counter = Counter::new();
    counter.shop.sell(&[TEE]);
    counter.central.set_lendable(product(TEE).0, company::site().0, 3_000);
    online(&counter, &[]);
    // Central hears the call, and its answer never comes; the row of the feed does.
    let copy = counter.shop.app().store().read::<_, StoreError>(|tx| allotment::asking(tx, 9)).unwrap();
    assert_eq!(ask(&counter), 1);
    let lent = counter.central.lent()[0].clone();
    assert_eq!(copy[0].id.0, lent.id, "the till chose its identity");
    hear(&counter, lent);
    assert_eq!(held(&counter), [(Quantity::ZERO, Quantity::units(3))]);
    assert_eq!((ask(&counter), counter.central.lent().len()), (0, 1), "it is not asked twice");
}

#[test]
fn what_is_wanted_is_asked_for_anew_before_it_ends_and_what_is_not_is_given_back() {
    let counter = lent_three();
    online(&counter, &[]);
    assert_eq!(ask(&counter), 0, "it lasts");
    counter.shop.clock().pass_ms(HALF_MS);
    online(&counter, &[]);
    assert_eq!(ask(&counter), 1, "half of its time is over");
    assert_eq!(held(&counter).len(), 2);
    online(&counter, &[]);
    assert_eq!((held(&counter).len(), returned(&counter).len()), (1, 1), "the new one takes over");
    counter.set_aside(&wish(&counter, 2));
    counter.shop.clock().pass_ms(600_000);
    online(&counter, &[]);
    assert_eq!(ask(&counter), 1, "more than half was promised");
    // Scarce now: what is held stays until its time is over, and central is not asked again and again.
    let counter = lent_three();
    counter.shop.clock().pass_ms(HALF_MS);
    counter.central.set_lendable(product(TEE).0, company::site().0, 0);
    online(&counter, &[]);
    assert_eq!(ask(&counter), 1);
    online(&counter, &[]);
    assert_eq!((ask(&counter), held(&counter).len()), (0, 1));
    // Nobody bought or wanted one for a week.
    for _ in 0..16 {
        counter.shop.clock().pass_ms(HALF_MS);
    }
    counter.central.set_lendable(product(TEE).0, company::site().0, 3_000);
    online(&counter, &[]);
    assert_eq!((held(&counter).len(), ask(&counter)), (0, 0));
}

#[test]
fn a_recovered_file_knows_what_it_promised_and_draws_no_more_of_what_it_held() {
    let counter = lent_three();
    let kept = counter.set_aside(&wish(&counter, 1));
    let gone = counter.set_aside(&wish(&counter, 1));
    counter.shop.app().let_go(gone.promise).unwrap();
    let store = counter.shop.app().store();
    store
        .write::<_, selvedge_app::AppError>("test-loss", |tx| {
            for table in ["promise", "promise_request", "promise_customer", "allotment", "allotment_draw"] {
                tx.execute(&format!("DELETE FROM {table}"), []).map_err(StoreError::from)?;
            }
            recover::rebuild(tx)
        })
        .unwrap();
    assert_eq!(stands(&counter.shop.app().promise(kept.promise).unwrap()), (Standing::Reserved, true));
    assert_eq!(counter.shop.app().promise(gone.promise).unwrap().standing, Standing::LetGo);
    hear(&counter, counter.central.lent()[0].clone());
    assert_eq!(stands(&counter.set_aside(&wish(&counter, 1))), (Standing::NeedsConfirmation, false));
    counter.shop.app().tend_allotments().unwrap();
    let back: Vec<_> =
        returned(&counter).iter().map(|back| (back.used_thousandths, back.returned_thousandths)).collect();
    assert_eq!(back, [(2_000, 1_000)], "its journal is the truth");
}

#[test]
fn the_stations_page_says_what_is_lent() {
    let counter = lent_three();
    counter.set_aside(&wish(&counter, 1));
    let lent = |counter: &Counter| -> Vec<FactValue> {
        let facts = counter.shop.app().status_page(StatusPart::Station).unwrap().facts;
        facts.into_iter().filter(|fact| fact.id == "fact-lent").map(|fact| fact.value).collect()
    };
    let [FactValue::Lent(shown)] = &lent(&counter)[..] else { panic!("one line: {:?}", lent(&counter)) };
    assert_eq!((shown.quantity, shown.drawn), (Quantity::units(3), Quantity::ONE));
    assert_eq!((shown.until.day.to_string().as_str(), shown.until.hour), ("2026-11-22", 9));
    counter.shop.clock().pass_ms(u32::try_from(ALLOTMENT_TTL_MS).unwrap());
    assert_eq!(lent(&counter), [FactValue::Word("fact-lent-nothing".to_owned())]);
}
