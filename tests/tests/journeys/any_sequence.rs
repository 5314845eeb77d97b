//! Any sequence of actions, the refused ones and restarts among them, keeps cart, receipt, journal, movements, shift
//! totals and stock consistent. The model is the journal alone: see the audit.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use selvedge_app::AppError;
use selvedge_contract::Failure;
use selvedge_contract::view::{Screen, Selling, TrayKind, View};
use selvedge_domain::cart::{Discount, DiscountKind};
use selvedge_domain::ids::LineId;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};
use selvedge_ports::PrintQueue;
use selvedge_tests::Shop;
use selvedge_tests::audit::Books;
use selvedge_tests::company::{PIN, code, product, somebody};
use selvedge_tests::shop::shown;

#[derive(Clone, Debug)]
enum Action {
    Serve(Vec<u32>, TenderKind),
    PayOut,
    Scan(u32),
    ScanText(String),
    Add(u32),
    SetQuantity(usize, i64),
    SetPrice(usize, i64),
    SetAmount(usize, i64),
    DiscountLine(usize, Option<Given>),
    DiscountSale(Option<Given>),
    Remove(usize),
    PutBack(usize),
    Select(usize),
    Undo,
    Cancel,
    Park,
    Recall(usize),
    TakeBack(usize, usize, i64),
    Pay(TenderKind, Part),
    ReturnTender(usize),
    Complete,
    Next,
    Reprint,
    Open(i64),
    Close(i64),
    CashIn(i64),
    CashOut(i64),
    OpenDrawer,
    SignIn(u32, bool),
    SignOut,
    Print,
    PrintHalf,
    Answer(bool),
    Restart,
    Pass(u32),
}

#[derive(Clone, Copy, Debug)]
enum Given {
    Percent(i64, u32),
    Amount(i64),
}

#[derive(Clone, Copy, Debug)]
enum Part {
    All,
    Half,
    More(i64),
    Wrong,
}

fn given() -> impl Strategy<Value = Option<Given>> {
    prop_oneof![
        Just(None),
        (1..1_100_i64, 0..2_u32).prop_map(|(percent, scale)| Some(Given::Percent(percent, scale))),
        (-5..3_000_i64).prop_map(|minor| Some(Given::Amount(minor))),
    ]
}

fn discount(given: Option<Given>) -> Option<Discount> {
    let kind = match given? {
        Given::Percent(number, scale) => DiscountKind::Percent(rust_decimal::Decimal::new(number, scale)),
        Given::Amount(minor) => DiscountKind::Amount(Amount::from_minor(minor)),
    };
    Some(Discount { kind, reason: String::new() })
}

fn cart_actions() -> impl Strategy<Value = Action> {
    let at = || 0..4_usize;
    prop_oneof![
        8 => (1..=12_u32).prop_map(Action::Scan),
        1 => "[0-9A-Z]{0,14}".prop_map(Action::ScanText),
        1 => (1..=13_u32).prop_map(Action::Add),
        2 => (at(), -1..6_i64).prop_map(|(at, units)| Action::SetQuantity(at, units * 1_000)),
        1 => (at(), 1..4_000_i64).prop_map(|(at, thousandths)| Action::SetQuantity(at, thousandths)),
        1 => (at(), -1..9_999_i64).prop_map(|(at, minor)| Action::SetPrice(at, minor)),
        1 => (at(), -1..9_999_i64).prop_map(|(at, minor)| Action::SetAmount(at, minor)),
        2 => (at(), given()).prop_map(|(at, given)| Action::DiscountLine(at, given)),
        1 => given().prop_map(Action::DiscountSale),
        1 => at().prop_map(Action::Remove),
        1 => at().prop_map(Action::PutBack),
        1 => at().prop_map(Action::Select),
        1 => Just(Action::Undo),
        1 => Just(Action::Park),
        2 => at().prop_map(Action::Recall),
        4 => (0..6_usize, 0..3_usize, 1..3_i64).prop_map(|(sale, line, units)| Action::TakeBack(sale, line, units * 1_000)),
    ]
}

fn kind() -> impl Strategy<Value = TenderKind> {
    prop_oneof![Just(TenderKind::Cash), Just(TenderKind::Card), Just(TenderKind::Voucher)]
}

fn pay_actions() -> impl Strategy<Value = Action> {
    let part = prop_oneof![6 => Just(Part::All), 2 => Just(Part::Half), 1 => (1..5_000_i64).prop_map(Part::More), 1 => Just(Part::Wrong)];
    prop_oneof![
        6 => (kind(), part).prop_map(|(kind, part)| Action::Pay(kind, part)),
        1 => (0..2_usize).prop_map(Action::ReturnTender),
        6 => Just(Action::Complete),
        1 => Just(Action::Next),
        1 => Just(Action::Cancel),
    ]
}

fn till_actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        1 => Just(Action::Reprint),
        2 => (-1..20_000_i64).prop_map(Action::Open),
        1 => (-100..100_i64).prop_map(Action::Close),
        1 => (0..9_000_i64).prop_map(Action::CashIn),
        1 => (0..9_000_i64).prop_map(Action::CashOut),
        1 => Just(Action::OpenDrawer),
        3 => (1..=4_u32, proptest::bool::weighted(0.9)).prop_map(|(who, right)| Action::SignIn(who, right)),
        1 => Just(Action::SignOut),
        2 => Just(Action::Print),
        1 => Just(Action::PrintHalf),
        1 => any::<bool>().prop_map(Action::Answer),
        2 => Just(Action::Restart),
        1 => (0..90_000_000_u32).prop_map(Action::Pass),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let serve = (proptest::collection::vec(1..=12_u32, 0..4), kind());
    prop_oneof![
        6 => cart_actions(),
        4 => pay_actions(),
        2 => till_actions(),
        2 => serve.prop_map(|(numbers, kind)| Action::Serve(numbers, kind)),
        1 => Just(Action::PayOut),
    ]
}

/// What a run has to remember besides the shop.
#[derive(Default)]
struct Run {
    halved: Vec<String>,
}

impl Run {
    /// Does it; an error is a refusal.
    fn act(&mut self, shop: &mut Shop, action: &Action) -> Result<(), Failure> {
        let view = shop.view();
        let app = std::sync::Arc::clone(shop.app());
        let line = |at: usize| line_at(&view, at);
        let done: Result<View, AppError> = match action {
            Action::Scan(number) => app.scan(&code(*number), "wedge"),
            Action::ScanText(text) => app.scan(text, "serial"),
            Action::Add(number) => app.add_product(product(*number)),
            Action::SetQuantity(at, thousandths) => {
                app.set_quantity(line(*at), Quantity::from_thousandths(*thousandths))
            }
            Action::SetPrice(at, minor) => app.set_price(line(*at), Amount::from_minor(*minor)),
            Action::SetAmount(at, minor) => app.set_amount(line(*at), Amount::from_minor(*minor)),
            Action::DiscountLine(at, given) => app.discount_line(line(*at), discount(*given)),
            Action::DiscountSale(given) => app.discount_sale(discount(*given)),
            Action::Remove(at) => app.remove_line(line(*at)),
            Action::PutBack(at) => app.put_back(line(*at)),
            Action::Select(at) => app.select_line(line(*at)),
            Action::Undo => app.undo(),
            Action::Cancel => app.cancel_sale(),
            Action::Park => app.park(""),
            Action::Recall(at) => match selling(&view).and_then(|selling| selling.parked.get(*at)) {
                Some(parked) => app.recall(parked.id),
                None => return Ok(()),
            },
            Action::TakeBack(at, line, thousandths) => return take_back(shop, *at, *line, *thousandths),
            Action::Pay(kind, part) => app.take_tender(*kind, part.of(&view), "ref"),
            Action::ReturnTender(at) => match selling(&view).and_then(|selling| selling.tenders.get(*at)) {
                Some(tender) => app.return_tender(tender.id),
                None => return Ok(()),
            },
            Action::Complete => app.complete_sale(),
            Action::Next => app.next_sale(),
            Action::Reprint => app.reprint(),
            Action::Open(minor) => app.open_till(Amount::from_minor(*minor)),
            Action::Close(off) => {
                let expected = selling(&view).map_or(Amount::ZERO, |selling| selling.shift.expected_cash);
                app.close_till(expected + Amount::from_minor(*off))
            }
            Action::CashIn(minor) => app.cash_in(Amount::from_minor(*minor), "bank"),
            Action::CashOut(minor) => app.cash_out(Amount::from_minor(*minor), ""),
            Action::OpenDrawer => app.open_drawer(),
            // A wrong PIN is refused and counted.
            Action::SignIn(who, right) => app.sign_in(somebody(*who), if *right { PIN } else { "0000" }),
            Action::SignOut => app.sign_out(),
            Action::Serve(numbers, kind) => return serve(shop, numbers, *kind),
            Action::PayOut => return serve(shop, &[], TenderKind::Cash),
            Action::Print | Action::PrintHalf | Action::Answer(_) | Action::Restart | Action::Pass(_) => {
                drop(app);
                self.around(shop, action);
                return Ok(());
            }
        };
        done.map(|_| ()).map_err(Failure::from)
    }

    /// What happens around the till.
    fn around(&mut self, shop: &mut Shop, action: &Action) {
        match action {
            Action::Print => shop.print(),
            Action::PrintHalf => {
                let mut queue = selvedge_app::StoreQueue::new(std::sync::Arc::clone(shop.app()));
                if let Some(job) = queue.next_waiting().expect("the queue works") {
                    queue.mark_sending(job.id).expect("it waits");
                    self.halved.push(selvedge_tests::paper::text(&job.document));
                    drop(queue);
                    shop.restart();
                }
            }
            Action::Answer(in_hand) => {
                if let Some(job) = uncertain(&shop.view()) {
                    shop.app().answer_uncertain(job, *in_hand).expect("it is uncertain");
                }
            }
            Action::Restart => {
                let before = shown(&shop.view());
                shop.restart();
                assert_eq!(shown(&shop.view()).screen, before.screen, "a restart changes nothing that is shown");
            }
            Action::Pass(ms) => shop.clock().pass_ms(*ms),
            other => panic!("{other:?} is done at the till"),
        }
    }
}

impl Part {
    fn of(self, view: &View) -> Amount {
        let due = selling(view).map_or(0, |selling| selling.due.minor());
        Amount::from_minor(match self {
            Part::All => due,
            Part::Half => due / 2,
            Part::More(more) => due + more,
            Part::Wrong => -due,
        })
    }
}

fn selling(view: &View) -> Option<&Selling> {
    match &view.screen {
        Screen::Selling(selling) => Some(selling),
        _ => None,
    }
}

fn line_at(view: &View, at: usize) -> LineId {
    let nothing = LineId(uuid::Uuid::nil());
    selling(view).and_then(|selling| selling.lines.get(at)).map_or(nothing, |line| line.id)
}

fn uncertain(view: &View) -> Option<selvedge_domain::ids::JobId> {
    view.trays.iter().find_map(|tray| match &tray.what {
        TrayKind::UncertainPrint { job, .. } => Some(*job),
        _ => None,
    })
}

/// The usual way from whatever is on screen to a finished sale; what is refused on the way is passed over.
fn serve(shop: &Shop, numbers: &[u32], kind: TenderKind) -> Result<(), Failure> {
    let app = shop.app();
    if matches!(shop.view().screen, Screen::SignIn(_)) {
        app.sign_in(somebody(1), PIN).map_err(Failure::from)?;
    }
    if matches!(shop.view().screen, Screen::OpenTill(_)) {
        app.open_till(Amount::from_minor(5_000)).map_err(Failure::from)?;
    }
    for number in numbers {
        app.scan(&code(*number), "wedge").map_err(Failure::from)?;
    }
    let view = shop.view();
    let Some(sale) = selling(&view) else { return Ok(()) };
    if let Some(line) = sale.price_missing {
        // Passed over: refused for who may not sell.
        let _ = app.set_price(line, Amount::from_minor(1_234));
    }
    let view = shop.view();
    let due = selling(&view).map_or(Amount::ZERO, |sale| sale.due);
    let kind = if due.is_negative() { TenderKind::Cash } else { kind };
    let _ = app.take_tender(kind, due, "");
    let _ = app.complete_sale();
    Ok(())
}

fn take_back(shop: &Shop, at: usize, line: usize, thousandths: i64) -> Result<(), Failure> {
    let books = shop.audit();
    let Some(sold) = at.checked_rem(books.sales.len()).map(|at| &books.sales[at]) else { return Ok(()) };
    let found = shop.app().find_sale(&sold.receipt).map_err(Failure::from)?;
    let Some(line) = found.lines.get(line) else { return Ok(()) };
    let lines = [(line.line, Quantity::from_thousandths(thousandths))];
    shop.app().return_lines(found.sale, &lines).map(|_| ()).map_err(Failure::from)
}

/// What is shown adds up too.
fn check_shown(view: &View) {
    let Some(sale) = selling(view) else { return };
    let live = || sale.lines.iter().filter(|line| !line.removed);
    assert_eq!(live().map(|line| line.amount).sum::<Amount>(), sale.subtotal, "the lines on screen add up");
    let gross: Amount = sale.rates.iter().map(|sum| sum.gross).sum();
    assert_eq!(gross, sale.total, "the rates on screen add up");
    let handed: Amount = sale.tenders.iter().map(|tender| tender.amount).sum();
    assert_eq!(handed + sale.due - sale.change, sale.total, "the payments on screen add up");
    assert_eq!(live().filter(|line| line.selected).count(), usize::from(live().count() > 0), "one line is chosen");
}

/// Every receipt was printed once, or a person was asked for it; every further one says COPY.
fn check_papers(shop: &Shop, run: &Run) {
    let is_of = |paper: &&String, receipt: &str| paper.lines().any(|line| line == receipt);
    for sold in &shop.audit().sales {
        let first = |paper: &&String| is_of(paper, &sold.receipt) && !paper.contains("COPY");
        let whole = shop.papers.iter().filter(first).count();
        let cut_off = run.halved.iter().filter(first).count();
        assert_eq!(whole + cut_off, 1, "the receipt {} is printed once", sold.receipt);
    }
}

fn run(mode: PriceMode, actions: &[Action]) -> Books {
    let mut shop = Shop::in_memory(mode);
    let mut run = Run::default();
    shop.open(10_000);
    for action in actions {
        let before = shown(&shop.view());
        match run.act(&mut shop, action) {
            Ok(()) => {}
            // A wrong PIN changes when the next one is taken, and serving is many actions.
            Err(_) if matches!(action, Action::SignIn(..) | Action::Serve(..) | Action::PayOut) => {}
            Err(refused) => {
                assert_eq!(shown(&shop.view()), before, "{action:?} was refused ({refused}) and changes nothing");
            }
        }
        check_shown(&shop.view());
        shop.audit();
    }
    while let Some(job) = uncertain(&shop.view()) {
        let signed_out = shop.app().answer_uncertain(job, false).is_err();
        assert!(!signed_out, "a person can always say that a paper is not there");
    }
    shop.settle();
    check_papers(&shop, &run);
    shop.audit()
}

#[test]
fn keeps_the_books() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96);
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 512, ..Default::default() };
    let sequences = (any::<bool>(), proptest::collection::vec(any_action(), 1..60));
    let seen = Cell::new((0, 0));
    let tried = TestRunner::new(config).run(&sequences, |(exclusive, actions)| {
        let books = run(if exclusive { PriceMode::Exclusive } else { PriceMode::Inclusive }, &actions);
        let returned = books.sales.iter().flat_map(|sold| &sold.lines).filter(|line| line.refund.is_some()).count();
        seen.set((seen.get().0 + books.sales.len(), seen.get().1 + returned));
        Ok(())
    });
    if let Err(failed) = tried {
        panic!("{failed}");
    }
    let (sales, returned) = seen.get();
    println!("{sales} sales, {returned} lines taken back");
    assert!(sales >= 96 && returned >= 5, "the sequences sell and take back: {sales} sales, {returned} returned lines");
}
