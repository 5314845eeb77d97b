//! Goods between sites at one station: each scan proves a piece, a wrong one counts for nothing, and what came is there.

use selvedge_contract::Code;
use selvedge_contract::view::{Tone, TrayKind};
use selvedge_domain::Quantity;
use selvedge_domain::barcode::transfer_code;
use selvedge_domain::ids::{ProductId, SiteId, TransferId};
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::stock::tally::WrongPiece;
use selvedge_domain::stock::transfer::{TransferAsking, TransferState, TransferTask};
use selvedge_protocol::v1::{FeedBody, PlaceV1, TransferAskedV1, TransferFactLineV1, TransferFactV1, TransferV1};
use selvedge_store::StoreError;
use selvedge_store::table::{config, feed, stock};
use selvedge_tests::Shop;
use selvedge_tests::company::{ATLAS, FELT, MUG, SOCKS, TEE, product, sales_floor};
use uuid::Uuid;

const ELSEWHERE: SiteId = SiteId(Uuid::from_u128(0xe001));

fn id() -> TransferId {
    TransferId(Uuid::from_u128(0xe101))
}

fn pieces(count: i64) -> Quantity {
    Quantity::units(count)
}

fn own(shop: &Shop) -> SiteId {
    shop.app().store().read(config::site).unwrap().unwrap().id
}

fn lines(of: &[(u32, i64)]) -> Vec<TransferFactLineV1> {
    let line = |(number, pieces): &(u32, i64)| TransferFactLineV1 {
        product: product(*number).0,
        quantity_thousandths: pieces * 1_000,
    };
    of.iter().map(line).collect()
}

/// Central tells what goes from one site to another; asked for, and sent as far as `sent` says.
fn hear(shop: &Shop, (from, to): (SiteId, SiteId), asked: &[(u32, i64)], sent: &[(u32, i64)]) {
    let asked = TransferAskedV1 {
        at_ms: 1,
        from: from.0,
        to: to.0,
        device: None,
        person: None,
        note: "for Saturday".to_owned(),
        lines: lines(asked),
    };
    let fact = TransferFactV1 {
        fact: Uuid::from_u128(0xe200),
        step: "dispatched".to_owned(),
        at_ms: 2,
        from: Some(from.0),
        to: to.0,
        site: from.0,
        device: Uuid::from_u128(0xe300),
        person: None,
        complete: false,
        reason: String::new(),
        lines: lines(sent),
    };
    let facts = if sent.is_empty() { Vec::new() } else { vec![fact] };
    let (state, cancelled_ms) = (String::new(), None);
    let told = TransferV1 { id: id().0, from: Some(from.0), to: to.0, state, asked: Some(asked), cancelled_ms, facts };
    let body = FeedBody::Transfer(told);
    let site = own(shop);
    let write = |tx: &selvedge_store::Tx| feed::apply_body(tx, site, true, &body);
    shop.app().store().write::<_, StoreError>("test-feed", write).unwrap().unwrap();
}

/// Central tells what the other site is called.
fn hear_its_name(shop: &Shop) {
    let (code, name, kind) = ("athlone".to_owned(), "Athlone".to_owned(), "warehouse".to_owned());
    let body = FeedBody::Place(PlaceV1 { id: ELSEWHERE.0, code, name, kind });
    let site = own(shop);
    let write = |tx: &selvedge_store::Tx| feed::apply_body(tx, site, false, &body);
    shop.app().store().write::<_, StoreError>("test-feed", write).unwrap().unwrap();
}

fn on_hand(shop: &Shop, number: u32) -> i64 {
    let read = |tx: &selvedge_store::Tx| stock::on_hand(tx, product(number), Account::Location(sales_floor()));
    shop.app().store().read::<_, StoreError>(read).unwrap().thousandths()
}

#[test]
fn what_was_asked_for_is_sent_scan_by_scan() {
    let mut shop = Shop::new();
    shop.open(10_000);
    let site = own(&shop);
    let before = on_hand(&shop, TEE);
    hear(&shop, (site, ELSEWHERE), &[(TEE, 2), (SOCKS, 1)], &[]);
    let page = shop.app().transfers().unwrap();
    assert_eq!((page.transfers[0].state, page.transfers[0].outgoing), (TransferState::Requested, true));
    assert_eq!(page.transfers[0].note, "for Saturday");
    shop.refuses(Code::NoSuchTransfer, |app| app.begin_dispatch(Some(TransferId(Uuid::nil())), ELSEWHERE));
    shop.refuses(Code::NoSuchTransfer, |app| app.begin_receipt(id()));
    shop.refuses(Code::BadRequest, |app| app.begin_dispatch(None, site));
    let scan = shop.app().begin_dispatch(Some(id()), ELSEWHERE).unwrap().scanning.unwrap();
    let (next, missing) = scan.next.expect("one thing to do next");
    assert_eq!((next.product, next.name.as_str(), missing), (product(TEE), "Harbour Tee", pieces(2)));
    shop.refuses(Code::TransferOpen, |app| app.begin_dispatch(None, ELSEWHERE));
    shop.refuses(Code::NothingScanned, |app| app.finish_transfer(true, ""));
    shop.refuses(Code::NothingScanned, |app| app.set_counted(product(TEE), pieces(2)));

    shop.scan(TEE);
    assert_eq!(shop.view().signal.unwrap().tone, Tone::Done);
    assert!(shop.selling().lines.is_empty(), "what is sent is not sold");
    shop.scan(ATLAS);
    assert_eq!(shop.view().signal.unwrap().tone, Tone::Unknown, "a wrong piece cannot go unnoticed");
    let scan = shop.app().transfers().unwrap().scanning.unwrap();
    let (wrong, why) = scan.wrong.expect("told");
    assert_eq!((wrong.product, why), (product(ATLAS), WrongPiece::NotExpected));
    assert_eq!(scan.counted.len(), 1, "and counts for nothing");
    shop.scan(TEE);
    shop.scan(TEE);
    let scan = shop.app().transfers().unwrap().scanning.unwrap();
    assert_eq!(scan.wrong.map(|(_, why)| why), Some(WrongPiece::Enough));
    shop.app().undo_counted().unwrap();
    let scan = shop.app().set_counted(product(TEE), pieces(1)).unwrap().scanning.unwrap();
    assert_eq!(scan.counted[0].1, pieces(1), "a quantity by key");
    shop.refuses(Code::WrongQuantity, |app| app.set_counted(product(TEE), Quantity::from_thousandths(500)));
    let scan = shop.app().undo_counted().unwrap().scanning.unwrap();
    assert_eq!(scan.counted[0].1, pieces(2), "and back");
    assert_eq!(on_hand(&shop, TEE), before, "nothing moved so far");

    let page = shop.app().finish_transfer(true, "").unwrap();
    assert_eq!((page.scanning, page.transfers[0].state), (None, TransferState::OnTheWay));
    assert_eq!(on_hand(&shop, TEE), before - 2_000, "the goods left");
    shop.scan(SOCKS);
    assert_eq!(shop.selling().lines.len(), 1, "a scan sells again");
    shop.app().cancel_sale().unwrap();
    shop.leaves_all();
}

#[test]
fn what_came_is_there_and_a_difference_has_its_reason() {
    let mut shop = Shop::new();
    shop.open(10_000);
    let site = own(&shop);
    let (tees, books) = (on_hand(&shop, TEE), on_hand(&shop, ATLAS));
    hear(&shop, (ELSEWHERE, site), &[(TEE, 3)], &[(TEE, 3)]);
    shop.app().begin_receipt(id()).unwrap();
    shop.scan_all(&[TEE, TEE, ATLAS]);
    let scan = shop.app().count_wrong().unwrap().scanning.unwrap();
    assert_eq!(
        scan.difference.iter().map(|(of, by)| (of.product, *by)).collect::<Vec<_>>(),
        [(product(TEE), pieces(1)), (product(ATLAS), pieces(-1)),]
    );
    shop.refuses(Code::NothingScanned, |app| app.count_wrong());
    shop.refuses(Code::ReasonMissing, |app| app.finish_transfer(true, " "));
    let page = shop.app().finish_transfer(true, "the box was open").unwrap();
    assert_eq!(page.transfers[0].state, TransferState::Differing);
    assert_eq!((on_hand(&shop, TEE), on_hand(&shop, ATLAS)), (tees + 2_000, books + 1_000), "what came is there");
    shop.refuses(Code::NotAllowed, |app| app.close_transfer(id(), "lost"));

    shop.app().sign_out().unwrap();
    shop.sign_in(3);
    shop.refuses(Code::ReasonMissing, |app| app.close_transfer(id(), ""));
    shop.refuses(Code::NoSuchTransfer, |app| app.close_transfer(TransferId(Uuid::nil()), "lost"));
    let page = shop.app().close_transfer(id(), "packed by mistake").unwrap();
    assert_eq!(page.transfers[0].state, TransferState::Closed);
    shop.refuses(Code::NotNow, |app| app.close_transfer(id(), "again"));
    assert_eq!((on_hand(&shop, TEE), on_hand(&shop, ATLAS)), (tees + 2_000, books + 1_000));
    shop.leaves_all();
}

#[test]
fn goods_of_which_nobody_spoke_are_received_and_the_rest_is_heard_later() {
    let mut shop = Shop::new();
    shop.open(10_000);
    let site = own(&shop);
    shop.app().begin_receipt(id()).unwrap();
    shop.scan(SOCKS);
    let scan = shop.app().set_counted(product(SOCKS), pieces(12)).unwrap().scanning.unwrap();
    assert_eq!((scan.is_expected, scan.next), (false, None), "nobody knows what is to come");
    // The app ends in the middle and starts again: what was scanned is there.
    shop.restart();
    assert_eq!(shop.app().transfers().unwrap().scanning.unwrap().counted[0].1, pieces(12));
    shop.scan(FELT);
    shop.app().undo_counted().unwrap();
    let page = shop.app().finish_transfer(true, "").unwrap();
    assert_eq!((page.transfers[0].state, page.transfers[0].from), (TransferState::Unannounced, None));
    hear(&shop, (ELSEWHERE, site), &[(SOCKS, 12)], &[(SOCKS, 12)]);
    let page = shop.app().transfers().unwrap();
    assert_eq!((page.transfers[0].state, page.transfers[0].from), (TransferState::Received, Some(ELSEWHERE)));
    shop.leaves_all();
}

#[test]
fn a_code_that_fits_several_products_or_none_counts_for_nothing() {
    let mut shop = Shop::new();
    shop.open(10_000);
    shop.app().begin_dispatch(None, ELSEWHERE).unwrap();
    let view = shop.scan(MUG);
    let tray =
        view.trays.iter().any(|tray| matches!(tray.what, TrayKind::ScanNotNow { why: Code::SeveralProducts, .. }));
    assert!(tray, "a person is told: {:?}", view.trays);
    let view = shop.app().scan("4006381333931", "wedge").unwrap();
    assert!(view.trays.iter().any(|tray| matches!(tray.what, TrayKind::UnknownCode { .. })), "{:?}", view.trays);
    assert!(shop.app().transfers().unwrap().scanning.unwrap().counted.is_empty());
    shop.app().sign_out().unwrap();
    let view = shop.scan(TEE);
    assert!(view.trays.iter().any(|tray| matches!(tray.what, TrayKind::ScanNotNow { why: Code::SignedOut, .. })));
    shop.sign_in(4);
    shop.refuses(Code::NotAllowed, |app| app.transfers());
    shop.leaves_all();
}

#[test]
fn the_paper_goes_with_the_goods_and_says_which_they_are() {
    let mut shop = Shop::new();
    shop.open(10_000);
    hear_its_name(&shop);
    let page = shop.app().begin_dispatch(None, ELSEWHERE).unwrap();
    assert_eq!(page.places, [(ELSEWHERE, "Athlone".to_owned())]);
    shop.scan_all(&[TEE, TEE, SOCKS]);
    let page = shop.app().finish_transfer(true, "by the van").unwrap();
    assert_eq!(page.transfers[0].other, "Athlone");
    let code = transfer_code(page.transfers[0].id);
    shop.print();
    let paper = shop.papers.last().expect("a paper is out");
    for told in ["Goods for", "Athlone", "Harbour Tee", "Navy · L", "Quay Socks", "by the van", &code] {
        assert!(paper.contains(told), "{told:?} stands on it:\n{paper}");
    }
    let view = shop.app().scan(&code, "wedge").unwrap();
    let own = view.trays.iter().any(|tray| matches!(tray.what, TrayKind::ScanNotNow { why: Code::NoSuchTransfer, .. }));
    assert!(own, "what was sent from here is not received here: {:?}", view.trays);

    // At the other site's door the paper alone says what comes.
    let mut there = Shop::new();
    there.open(10_000);
    there.app().scan(&code, "wedge").unwrap();
    let scan = there.app().transfers().unwrap().scanning.expect("the scan opened it");
    assert_eq!((scan.transfer, scan.task), (page.transfers[0].id, TransferTask::Received));
    there.scan(TEE);
    there.app().scan(&code, "wedge").unwrap();
    let other = transfer_code(id());
    let view = there.app().scan(&other, "wedge").unwrap();
    let open = view.trays.iter().any(|tray| matches!(tray.what, TrayKind::ScanNotNow { why: Code::TransferOpen, .. }));
    assert!(open, "one at a time: {:?}", view.trays);
    let scan = there.app().transfers().unwrap().scanning.expect("it is still open");
    assert_eq!((scan.transfer, scan.counted.len()), (page.transfers[0].id, 1));
    shop.leaves_all();
    there.leaves_all();
}

#[test]
fn the_window_shows_what_is_scanned_on_every_screen_and_after_a_restart() {
    let mut shop = Shop::new();
    assert_eq!(shop.view().transfers, None, "nobody is signed in");
    shop.open(10_000);
    hear_its_name(&shop);
    let site = own(&shop);
    hear(&shop, (ELSEWHERE, site), &[(TEE, 2), (SOCKS, 1)], &[(TEE, 2), (SOCKS, 1)]);
    let row = shop.app().transfers().unwrap().transfers.remove(0);
    assert_eq!((row.may_send, row.may_receive, row.may_close, row.pieces), (false, true, false, 3));
    assert!(row.at.is_some(), "since when");
    let duty = |shop: &Shop| shop.view().transfers.expect("she may");
    assert_eq!(duty(&shop).scanning, None);

    let view = shop.app().scan(&transfer_code(id()), "wedge").unwrap();
    let scan = view.transfers.and_then(|duty| duty.scanning).expect("the paper opened it");
    assert_eq!(
        (scan.task, scan.other.as_str(), scan.can_undo, scan.last),
        (TransferTask::Received, "Athlone", false, None)
    );
    shop.scan_all(&[TEE, ATLAS]);
    let scan = duty(&shop).scanning.expect("still");
    let line = |number: u32| scan.lines.iter().find(|line| line.goods.product == product(number));
    let of = |number: u32| line(number).map(|line| (line.expected, line.counted));
    assert_eq!(of(TEE), Some((Some(pieces(2)), pieces(1))));
    assert_eq!(of(SOCKS), Some((Some(pieces(1)), Quantity::ZERO)), "what is missing stands there too");
    assert_eq!(of(ATLAS), None, "what does not count does not");
    assert_eq!((scan.wrong.map(|(of, _)| of.product), scan.can_undo), (Some(product(ATLAS)), true));
    assert_eq!(scan.last, Some(product(TEE)));
    shop.app().count_wrong().unwrap();
    shop.restart();
    let scan = duty(&shop).scanning.expect("after a restart");
    let line = scan.lines.iter().find(|line| line.goods.product == product(ATLAS)).expect("it was meant");
    assert_eq!((line.expected, line.counted), (Some(Quantity::ZERO), pieces(1)));

    shop.app().sign_out().unwrap();
    assert_eq!(shop.view().transfers, None);
    shop.sign_in(4);
    assert_eq!(shop.view().transfers, None, "who may not is not shown it");
    shop.app().sign_out().unwrap();
    shop.sign_in(3);
    assert!(duty(&shop).scanning.is_some(), "somebody else goes on");
    assert!(shop.app().transfers().unwrap().transfers[0].may_close, "a manager may write it off");
    shop.app().drop_transfer().unwrap();
    assert_eq!(duty(&shop).scanning, None);
    shop.leaves_all();
}

#[test]
fn what_was_asked_for_says_that_it_can_be_sent() {
    let mut shop = Shop::new();
    shop.open(10_000);
    let site = own(&shop);
    hear(&shop, (site, ELSEWHERE), &[(TEE, 2)], &[]);
    let row = shop.app().transfers().unwrap().transfers.remove(0);
    assert_eq!((row.may_send, row.may_receive, row.may_close, row.pieces), (true, false, false, 2));
    shop.app().begin_dispatch(Some(id()), ELSEWHERE).unwrap();
    shop.scan_all(&[TEE, TEE]);
    let row = shop.app().finish_transfer(true, "").unwrap().transfers.remove(0);
    assert_eq!((row.may_send, row.may_receive, row.may_close, row.pieces), (false, false, false, 2));
    shop.leaves_all();
}

#[test]
fn goods_are_asked_for_by_scan_and_by_name_and_wait_for_central() {
    let mut shop = Shop::new();
    shop.open(10_000);
    let (site, before) = (own(&shop), on_hand(&shop, TEE));
    shop.refuses(Code::BadRequest, |app| app.begin_asking(ELSEWHERE));
    hear_its_name(&shop);
    shop.refuses(Code::BadRequest, |app| app.begin_asking(site));
    shop.refuses(Code::NotNow, |app| app.ask_for(product(TEE)));
    let scan = shop.app().begin_asking(ELSEWHERE).unwrap().scanning.unwrap();
    assert_eq!((scan.task, scan.other.as_str(), scan.is_expected), (TransferTask::Asked, "Athlone", false));
    shop.refuses(Code::NothingScanned, |app| app.finish_transfer(true, ""));
    shop.scan(SOCKS);
    shop.app().ask_for(product(TEE)).unwrap();
    let scan = shop.app().set_counted(product(TEE), pieces(12)).unwrap().scanning.unwrap();
    assert_eq!(scan.counted.iter().map(|(_, quantity)| *quantity).collect::<Vec<_>>(), [pieces(1), pieces(12)]);
    shop.refuses(Code::NoSuchProduct, |app| app.ask_for(ProductId(Uuid::nil())));
    shop.restart();
    let [row] = shop.app().finish_transfer(true, "for Saturday").unwrap().transfers.try_into().unwrap();
    assert_eq!((row.asking, row.state, row.pieces), (Some(TransferAsking::Asking), TransferState::Requested, 13));
    assert_eq!((row.outgoing, row.other.as_str(), row.note.as_str()), (false, "Athlone", "for Saturday"));
    assert!(!row.may_send && !row.may_receive && row.may_cancel);
    assert_eq!(on_hand(&shop, TEE), before, "nothing moved");

    // Nobody knows whether central heard it: it is asked to cancel, and until then it stands so.
    let [row] = shop.app().cancel_transfer(row.id).unwrap().transfers.try_into().unwrap();
    assert_eq!((row.asking, row.may_cancel), (Some(TransferAsking::Cancelling), false));
    shop.refuses(Code::NoSuchTransfer, |app| app.cancel_transfer(TransferId(Uuid::nil())));
    shop.leaves_all();
}

#[test]
fn what_another_site_asked_for_can_be_declined_until_it_is_sent() {
    let mut shop = Shop::new();
    shop.open(10_000);
    let site = own(&shop);
    hear(&shop, (site, ELSEWHERE), &[(TEE, 2)], &[]);
    shop.app().begin_dispatch(Some(id()), ELSEWHERE).unwrap();
    shop.refuses(Code::TransferOpen, |app| app.cancel_transfer(id()));
    shop.app().drop_transfer().unwrap();
    let [row] = shop.app().cancel_transfer(id()).unwrap().transfers.try_into().unwrap();
    assert_eq!((row.asking, row.may_send, row.may_cancel), (Some(TransferAsking::Cancelling), false, false));
    shop.refuses(Code::NoSuchTransfer, |app| app.reprint_transfer(id()));
    shop.leaves_all();
}

#[test]
fn the_paper_of_what_was_sent_is_printed_again_as_a_copy() {
    let mut shop = Shop::new();
    shop.open(10_000);
    shop.app().begin_dispatch(None, ELSEWHERE).unwrap();
    shop.scan_all(&[TEE, TEE, SOCKS]);
    let sent = shop.app().finish_transfer(true, "by the van").unwrap().transfers[0].id;
    shop.app().reprint_transfer(sent).unwrap();
    shop.print();
    let [.., first, again] = shop.papers.as_slice() else { panic!("two papers: {:?}", shop.papers) };
    for told in ["by the van", "Harbour Tee", transfer_code(sent).as_str()] {
        assert!(first.contains(told) && again.contains(told), "{told:?} stands on both:\n{again}");
    }
    assert!(again.contains("COPY") && !first.contains("COPY"));
    shop.leaves_all();
}
