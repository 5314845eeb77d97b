//! A whole demo day through the station's own commands, without a window: what a stranger does in the first minutes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use selvedge_contract::Command;
use selvedge_contract::view::{ConnectionState, DrawerState, PrintState, Screen, View};
use selvedge_contract::{Code, Failure, commands::*};
use selvedge_domain::Amount;
use selvedge_domain::tender::TenderKind;
use selvedge_station::{Options, Station};

struct Window(Station);

impl Window {
    fn open(folder: &std::path::Path) -> Self {
        let station = Station::start(Options::at(folder.to_owned()), Arc::new(|_| {})).expect("a station");
        Window(station)
    }

    fn call<C: Command>(&self, command: C) -> Result<C::Reply, Failure> {
        let payload = serde_json::to_value(command).expect("a payload");
        let reply = self.0.dispatch(C::NAME, payload)?;
        Ok(serde_json::from_value(reply).expect("a reply"))
    }

    fn view(&self) -> View {
        self.call(GetView {}).expect("a view")
    }

    /// Looks until `seen`, for at most ten seconds: devices have threads of their own.
    fn wait<T>(&self, what: &str, seen: impl Fn(&View) -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(found) = seen(&self.view()) {
                return found;
            }
            assert!(Instant::now() < end, "never seen: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_stranger_sells_a_shirt_in_the_demo_and_closes_the_till() {
    let folder = tempfile::tempdir().expect("a folder");
    let window = Window::open(folder.path());
    assert!(matches!(window.view().screen, Screen::FirstStart(_)));

    let Screen::SignIn(sign_in) = window.call(StartDemo {}).expect("the demo").screen else { panic!("sign-in is due") };
    assert_eq!(sign_in.company, "Twisted Threads");
    let mira = sign_in.people.iter().find(|person| person.name == "Mira Byrne").expect("Mira").id;
    let wrong = window.call(SignIn { person: mira, pin: "9999".into() }).expect_err("a wrong PIN");
    assert_eq!((wrong.code, wrong.detail.as_str()), (Code::WrongPin, "4"));
    let pin = sign_in.demo_pins.expect("the demo says its PINs").others;
    let view = window.call(SignIn { person: mira, pin }).expect("signed in");
    assert!(matches!(view.screen, Screen::OpenTill(_)));
    window.call(OpenTill { float: Amount::from_minor(10_000) }).expect("open");

    for _ in 0..3 {
        window.call(DemoScan {}).expect("a scan");
    }
    window.call(Scan { text: "4006381333931".into() }).expect("an unknown code is no error");
    let Screen::Selling(selling) = window.view().screen else { panic!("selling") };
    assert_eq!(selling.pieces, 3);
    assert_eq!(window.view().trays.len(), 1, "the unknown code waits in the tray");
    let first = selling.lines[0].product;
    assert!(!window.call(SizeGridOf { product: first }).expect("a grid").rows.is_empty());
    assert!(!window.call(Search { text: "harb nav".into(), limit: 10 }).expect("hits").is_empty());

    window
        .call(TakeTender { kind: TenderKind::Cash, amount: Amount::from_minor(50_000), reference: String::new() })
        .expect("cash");
    let view = window.call(CompleteSale {}).expect("done");
    let Screen::SaleDone(done) = view.screen else { panic!("the sale is done") };
    assert_eq!(done.change, Amount::from_minor(50_000) - done.total);
    let receipt = done.receipt.clone();
    window.wait("a printed receipt and an open drawer", |view| match &view.screen {
        Screen::SaleDone(done) => {
            (matches!(done.print, PrintState::Printed(_)) && done.drawer == DrawerState::Opened).then_some(())
        }
        Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_) | Screen::Selling(_) => None,
    });

    drop(window);
    let window = Window::open(folder.path());
    let Screen::SaleDone(done) = window.view().screen else { panic!("the same machine run goes on where it was") };
    assert_eq!(done.receipt, receipt);
    let sale = window.call(FindSale { receipt }).expect("found by its receipt");
    let line = &sale.lines[0];
    window.call(ReturnLines { sale: sale.sale, lines: vec![(line.line, line.sold)] }).expect("taken back");
    let Screen::Selling(selling) = window.view().screen else { panic!("selling") };
    assert_eq!(selling.total, -line.refund);
    window
        .call(TakeTender { kind: TenderKind::Cash, amount: selling.due, reference: String::new() })
        .expect("paid out");
    window.call(CompleteSale {}).expect("done");
    let Screen::SaleDone(done) = window.view().screen else { panic!("done") };
    let expected = done.shift.expected_cash;
    let view = window.call(CloseTill { counted: expected }).expect("closed");
    let Screen::OpenTill(closed) = view.screen else { panic!("closed") };
    assert_eq!(closed.closed.expect("a Z report").counted, expected);
    assert_eq!(view.status.connection.state, ConnectionState::NotJoined);

    let view = window.call(LeaveDemo {}).expect("left");
    assert!(matches!(view.screen, Screen::FirstStart(_)), "one can change one's mind");
}
