//! What a person sees of what was done: the list of sales, parked sales by name, what waits in the tray, this device.

use selvedge_app::{SyncHeard, SyncProblem};
use selvedge_contract::view::{
    ConnectionState, FactValue, Grade, Landed, PrintState, PrinterState, StatusPart, TrayKind,
};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{ParkedId, SaleId};
use selvedge_domain::tender::TenderKind;
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, SOCKS, TEE};

#[test]
fn every_sale_says_where_it_has_landed() {
    let mut shop = Shop::new();
    shop.refuses(Code::SignedOut, |app| app.sales(None, 10));
    shop.open(0);
    let first = shop.sell(&[SOCKS, TEE]);
    assert_eq!(shop.app().sales(None, 10).unwrap()[0].landed, Landed::Disk, "nobody has said that central has it");
    shop.upload();
    let second = shop.sell(&[ATLAS]);
    let sales = shop.app().sales(None, 10).unwrap();
    let listed: Vec<_> = sales.iter().map(|sold| (sold.receipt.as_str(), sold.landed, sold.pieces)).collect();
    assert_eq!(listed, [(second.as_str(), Landed::Disk, 1), (first.as_str(), Landed::Central, 2)], "newest first");
    assert_eq!(sales[0].tenders, [TenderKind::Cash]);
    let older = shop.app().sales(Some(sales[0].number), 10).unwrap();
    assert_eq!(older, sales[1..], "the list goes on where it ended");

    // Central was restored from yesterday: what it says now counts.
    shop.forget_acknowledged();
    assert_eq!(shop.app().sales(None, 10).unwrap()[1].landed, Landed::Disk, "it is not at central any more");
    shop.settle();
    assert!(shop.app().sales(None, 10).unwrap().iter().all(|sold| sold.landed == Landed::Central));
    assert!(matches!(shop.app().sales(None, 10).unwrap()[0].print, PrintState::Printed(_) | PrintState::NoPrinter));
}

#[test]
fn any_receipt_of_this_till_is_shown_and_printed_again() {
    let mut shop = Shop::new();
    shop.open(0);
    let first = shop.sell(&[SOCKS]);
    shop.sell(&[TEE]);
    let sale = shop.app().sales(None, 10).unwrap()[1].sale;
    let shown = shop.app().sold(sale).unwrap();
    assert_eq!(shown.sold.receipt, first);
    assert!(selvedge_tests::paper::text(&shown.paper.document).contains(&first));
    shop.app().reprint_sale(sale).unwrap();
    shop.refuses(Code::NoSuchSale, |app| app.reprint_sale(SaleId(uuid::Uuid::nil())));
    shop.refuses(Code::NoSuchSale, |app| app.sold(SaleId(uuid::Uuid::nil())));
    shop.settle();
    assert!(shop.papers[2].contains("COPY") && shop.papers[2].contains(&first), "a COPY of the one that was chosen");
    assert_eq!(shop.audit().copies, [first]);
}

#[test]
fn a_parked_sale_gets_its_name_afterwards() {
    let shop = Shop::new();
    shop.open(0);
    shop.scan(SOCKS);
    shop.app().park("").unwrap();
    let by_time = shop.selling().parked[0].clone();
    assert_eq!(by_time.name, "09:00", "without a name it is called by its time");
    shop.app().name_parked(by_time.id, "  Blue coat ").unwrap();
    assert_eq!(shop.selling().parked[0].name, "Blue coat");
    shop.clock().pass_ms(3_600_000);
    shop.app().name_parked(by_time.id, "").unwrap();
    assert_eq!(shop.selling().parked[0].name, "09:00", "no name is the time at which it was parked");
    shop.refuses(Code::NoSuchParked, |app| app.name_parked(ParkedId(uuid::Uuid::nil()), "x"));
    shop.app().recall(by_time.id).unwrap();
    assert_eq!(shop.selling().line_count, 1);
    shop.app().cancel_sale().unwrap();
    shop.upload();
}

#[test]
fn what_is_closed_in_the_tray_stays_away_until_it_says_something_else() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.sell(&[SOCKS]);
    shop.app().change_devices(|devices| devices.printer = PrinterState::PaperOut);
    let stopped = |shop: &Shop| {
        let trays = shop.view().trays;
        trays.into_iter().find(|tray| matches!(tray.what, TrayKind::PrinterStopped { .. }))
    };
    let told = stopped(&shop).expect("a stopped printer with a paper that waits is told");
    assert_eq!(stopped(&shop), Some(told.clone()), "the same has the same number");
    shop.app().dismiss_tray(told.id).unwrap();
    assert_eq!(stopped(&shop), None, "somebody has seen it");
    shop.sell(&[SOCKS]);
    assert!(stopped(&shop).is_some(), "one more paper waits");
    shop.app().note_trouble("devices.toml, line 3: no such kind");
    let trouble = shop.view().trays.into_iter().find(|tray| matches!(tray.what, TrayKind::Trouble { .. })).unwrap();
    shop.app().dismiss_tray(trouble.id).unwrap();
    assert!(!shop.view().trays.iter().any(|tray| matches!(tray.what, TrayKind::Trouble { .. })));
    shop.app().change_devices(|devices| devices.printer = PrinterState::Ready);
    shop.settle();
}

#[test]
fn the_page_of_this_device_says_what_needs_a_look() {
    let shop = Shop::new();
    shop.open(0);
    shop.upload();
    let page = |part| shop.app().status_page(part).unwrap();
    let ids = |part| page(part).findings.into_iter().map(|finding| finding.id).collect::<Vec<_>>();
    shop.app().hear_sync(SyncHeard { complete: true, ..SyncHeard::default() });
    shop.app().set_connection(ConnectionState::Online);
    assert_eq!(ids(StatusPart::Station), Vec::<String>::new(), "nothing needs a look in a shop that is well");
    let fact = |id: &str| page(StatusPart::Station).facts.into_iter().find(|fact| fact.id == id).unwrap().value;
    assert_eq!(fact("fact-unsent"), FactValue::Count(0));
    assert_eq!(fact("fact-heard"), FactValue::Word("fact-just-now".to_owned()));

    let problem = SyncProblem { code: "of-later".into(), count: 0, detail: "Entry 7: unknown product".into() };
    shop.app().hear_sync(SyncHeard { complete: true, forked: true, problems: vec![problem] });
    shop.app().set_connection(ConnectionState::Offline);
    shop.app().change_devices(|devices| devices.printer = PrinterState::CoverOpen);
    shop.app().note_error(StatusPart::Connection, "refused");
    let found = page(StatusPart::Station);
    let first = found.findings.first().expect("much needs a look");
    assert_eq!((first.id.as_str(), first.grade), ("finding-printer", Grade::Stopped), "the worst comes first");
    for id in ["finding-offline", "finding-forked", "finding-central"] {
        assert!(found.findings.iter().any(|finding| finding.id == id), "{id} is told: {:?}", found.findings);
    }
    assert!(found.errors.iter().any(|(_, text)| text == "refused"), "errors of every part stand on this page");
    let refused = shop.app().sales(None, 0).map(|sales| sales.len()).map_err(Failure::from);
    assert_eq!(refused, Ok(0), "an empty list is a list");
    shop.app().change_devices(|devices| devices.printer = PrinterState::Ready);
}
