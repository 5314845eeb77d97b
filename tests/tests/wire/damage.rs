//! A station whose data file is damaged, with a real central: it says so, keeps the file, gets its journal back from the
//! file and from central, and goes on in a new series. Only what neither had is missing, and named.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use selvedge_central::store::ExportKind;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_contract::view::{Screen, TrayKind, View};
use selvedge_contract::{Command, commands::*};
use selvedge_domain::Amount;
use selvedge_domain::tender::TenderKind;
use selvedge_station::{Options, Station};

use super::{Central, LONG};

const DB: &str = "selvedge.db";
const PAGE: usize = 4096;

struct Window(Station);

impl Window {
    fn open(folder: &Path, central: &Central, code: &str) -> Self {
        let options = Options { central: central.url(), enrol: code.to_owned(), ..Options::at(folder.to_owned()) };
        Window(Station::start(options, Arc::new(|_| {})).expect("the station starts"))
    }

    fn call<C: Command>(&self, command: C) -> C::Reply {
        let reply = self.0.dispatch(C::NAME, serde_json::to_value(command).expect("a payload")).expect("an answer");
        serde_json::from_value(reply).expect("a reply")
    }

    fn until<T>(&self, what: &str, seen: impl Fn(&View) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let view = self.call(GetView {});
            if let Some(found) = seen(&view) {
                return found;
            }
            assert!(began.elapsed() < LONG * 3, "never seen: {what}: {:?} {:?}", view.status, view.trays);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn signs_in(&self) {
        let mira = self.until("Mira", |view| match &view.screen {
            Screen::SignIn(sign_in) => sign_in.people.iter().find(|one| one.name == "Mira Byrne").map(|one| one.id),
            Screen::FirstStart(_) | Screen::OpenTill(_) | Screen::Selling(_) | Screen::SaleDone(_) => None,
        });
        self.call(SignIn { person: mira, pin: selvedge_protocol::demo::CASHIER_PIN.to_owned() });
    }

    /// The catalogue comes down again, prices after products.
    fn waits_for_price(&self, code: &str) {
        self.until("a price", |_| {
            let hits = self.call(Search { text: code.to_owned(), limit: 5 });
            hits.iter().any(|hit| hit.gtin == code && hit.price.is_some()).then_some(())
        });
    }

    fn sells(&self, code: &str) -> String {
        self.call(Scan { text: code.to_owned() });
        let Screen::Selling(selling) = self.call(GetView {}).screen else { panic!("it sells") };
        self.call(TakeTender { kind: TenderKind::Cash, amount: selling.due, reference: String::new() });
        let Screen::SaleDone(done) = self.call(CompleteSale {}).screen else { panic!("a sale is done") };
        self.call(NextSale {});
        done.receipt
    }

    fn waits_until_sent(&self) {
        self.until("all is sent", |view| (view.status.connection.unsent == 0).then_some(()));
    }

    fn recovered(&self) -> (u64, Vec<(u64, u64)>) {
        self.until("the recovery", |view| {
            view.trays.iter().find_map(|tray| {
                let TrayKind::DataRecovered { found, missing, .. } = &tray.what else { return None };
                Some((*found, missing.clone()))
            })
        })
    }
}

impl Central {
    fn receipts(&self) -> Vec<String> {
        let receipt = |line: &String| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            line["receipt"].as_str().expect("a receipt").to_owned()
        };
        self.export(ExportKind::Sales).iter().map(receipt).collect()
    }
}

/// A station that sold three times with central and twice without; the damage happens to its closed file.
fn damaged(harm: impl Fn(&mut Vec<u8>, &[String])) -> (Central, tempfile::TempDir, Vec<String>, String) {
    let mut central = Central::start();
    let folder = tempfile::tempdir().expect("a folder");
    let code = central.code(&central.tills()[0]);
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product");
    let gtin = product.gtins[0].clone();
    let window = Window::open(folder.path(), &central, &code);
    window.signs_in();
    window.call(OpenTill { float: Amount::from_minor(10_000) });
    let mut receipts: Vec<String> = (0..3).map(|_| window.sells(&gtin)).collect();
    window.waits_until_sent();
    central.cut();
    receipts.extend((0..3).map(|_| window.sells(&gtin)));
    drop(window);
    let file = folder.path().join(DB);
    let mut bytes = std::fs::read(&file).expect("the file");
    harm(&mut bytes, &receipts);
    std::fs::write(&file, bytes).expect("written");
    (central, folder, receipts, gtin)
}

/// Its head is gone, which costs nothing.
#[test]
fn database_file_damaged() {
    let (mut central, folder, mut receipts, gtin) = damaged(|bytes, _| bytes[..PAGE].fill(0));
    let window = Window::open(folder.path(), &central, "");
    assert!(matches!(window.call(GetView {}).screen, Screen::SignIn(_)), "it knows who it is, without central");
    assert!(folder.path().join("damaged-1").join(DB).exists(), "the damaged file is kept");
    // What it had kept for central gives it its people and its catalogue back: it sells while central is away.
    window.signs_in();
    window.waits_for_price(&gtin);
    let next = window.sells(&gtin);
    assert_ne!(next[..6], receipts[0][..6], "receipts go on in a new series");
    receipts.push(next);
    central.go();
    let (found, missing) = window.recovered();
    assert!(found > 8 && missing.is_empty(), "{found} found, {missing:?} missing");
    window.waits_until_sent();
    assert_eq!(sorted(central.receipts()), sorted(receipts.clone()), "what was not sent before is sent now, once");
    window.waits_for_price(&gtin);
    let found = window.call(FindSale { receipt: receipts[4].clone() });
    let line = &found.lines[0];
    window.call(ReturnLines { sale: found.sale, lines: vec![(line.line, line.sold)] });
    let Screen::Selling(selling) = window.call(GetView {}).screen else { panic!("it sells") };
    window.call(TakeTender { kind: TenderKind::Cash, amount: selling.due, reference: String::new() });
    let Screen::SaleDone(done) = window.call(CompleteSale {}).screen else { panic!("a return is done") };
    receipts.push(done.receipt);
    let counted = done.shift.expected_cash;
    assert!(matches!(window.call(CloseTill { counted }).screen, Screen::OpenTill(_)), "the shift goes on to its Z");
    window.waits_until_sent();
    assert_eq!(sorted(central.receipts()), sorted(receipts), "everything once");
    central.audit();
}

#[test]
fn an_entry_that_nobody_has_is_named_and_what_follows_it_arrives() {
    let (mut central, folder, receipts, _) = damaged(|bytes, receipts| {
        bytes[..100].fill(0);
        // The first sale that was not sent: wherever its number stands, in its entry above all.
        let lost = receipts[3].as_bytes();
        let mut at = 0;
        while let Some(found) = bytes[at..].windows(lost.len()).position(|text| text == lost) {
            bytes[at + found..at + found + lost.len()].fill(b'#');
            at += found;
        }
    });
    central.go();
    let window = Window::open(folder.path(), &central, "");
    let (_, missing) = window.recovered();
    let [(from, to)] = missing.as_slice() else { panic!("one entry is lost: {missing:?}") };
    assert_eq!(from, to, "one entry, named by its number");
    window.waits_until_sent();
    let kept: Vec<String> = receipts.iter().filter(|receipt| **receipt != receipts[3]).cloned().collect();
    assert_eq!(sorted(central.receipts()), sorted(kept), "all the others are at central, those behind it too");
    central.audit();
}

#[test]
fn a_damaged_till_gives_everything_back_to_a_central_that_was_lost() {
    let (mut central, folder, receipts, gtin) = damaged(|bytes, _| bytes[..PAGE].fill(0));
    let before = sorted(central.export(ExportKind::Products));
    let known = central.runtime.block_on(central.store.central()).expect("a store").expect("a company");
    central.store = Arc::new(SqliteStore::memory().expect("an empty store"));
    let key_alone = selvedge_central::store::Central { epoch: uuid::Uuid::from_u128(0xe2), ..known };
    central.runtime.block_on(central.store.begin_empty(key_alone, Machine.now_ms())).expect("it takes its key");
    central.go();
    let window = Window::open(folder.path(), &central, "");
    let (_, missing) = window.recovered();
    assert_eq!(missing, [], "all of the journal was in the file");
    window.waits_until_sent();
    window.waits_for_price(&gtin);
    let began = Instant::now();
    while !central.runtime.block_on(central.store.may_grant()).expect("an answer") {
        assert!(began.elapsed() < LONG * 3, "it never says that it handed in all it has");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(sorted(central.receipts()), sorted(receipts), "every sale, once");
    let after = sorted(central.export(ExportKind::Products));
    assert_eq!(after.len(), before.len(), "and all products");
    assert!(after == before, "as they were, with their prices");
    central.audit();
}

fn sorted(mut receipts: Vec<String>) -> Vec<String> {
    receipts.sort();
    receipts
}
