//! Papers: printed once, uncertain when cut off, and a second one says COPY.

use selvedge_app::StoreQueue;
use selvedge_contract::Code;
use selvedge_contract::view::{DrawerState, PrintState, PrinterState, TrayKind};
use selvedge_domain::ids::JobId;
use selvedge_domain::tender::TenderKind;
use selvedge_ports::PrintQueue;
use selvedge_tests::Shop;
use selvedge_tests::company::{SOCKS, TEE};
use std::sync::Arc;

fn uncertain(shop: &Shop) -> Vec<JobId> {
    let trays = shop.view().trays;
    let jobs = trays.into_iter().filter_map(|tray| match tray.what {
        TrayKind::UncertainPrint { job, .. } => Some(job),
        _ => None,
    });
    jobs.collect()
}

#[test]
fn a_reprint_says_copy_and_is_recorded() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.refuses(Code::NoSuchSale, |app| app.reprint());
    let receipt = shop.sell(&[SOCKS]);
    shop.app().reprint().unwrap();
    shop.app().reprint().unwrap();
    shop.settle();
    let copies: Vec<bool> = shop.papers.iter().map(|paper| paper.contains("COPY")).collect();
    assert_eq!(copies, [false, true, true], "the first paper is no copy, the others are");
    assert!(shop.papers.iter().all(|paper| paper.contains(&receipt)));
    assert_eq!(shop.audit().copies, [receipt.clone(), receipt], "every copy is in the journal");
    assert_eq!(shop.pulses, 1, "a copy does not open the drawer");
}

#[test]
fn a_paper_that_was_cut_off_asks_and_its_second_says_copy() {
    let mut shop = Shop::on_disk(selvedge_domain::tax::PriceMode::Inclusive);
    shop.open(0);
    let receipt = shop.sell(&[SOCKS]);
    let job = shop.print_half();
    shop.restart();
    assert_eq!(uncertain(&shop), [job], "a person is asked");
    assert!(StoreQueue::new(Arc::clone(shop.app())).next_waiting().unwrap().is_none(), "nothing is sent by itself");
    shop.app().answer_uncertain(job, false).unwrap();
    shop.refuses(Code::NoSuchJob, |app| app.answer_uncertain(job, true));
    let copy = shop.print_half();
    shop.restart();
    shop.app().answer_uncertain(copy, false).unwrap();
    shop.print();
    assert_eq!(shop.papers.len(), 1);
    assert_eq!(shop.papers[0].matches("COPY").count(), 1, "a copy of a copy says COPY once");
    assert!(shop.papers[0].contains(&receipt));
    assert!(uncertain(&shop).is_empty());
    shop.upload();
}

#[test]
fn a_paper_in_the_hand_ends_the_question() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.sell(&[TEE]);
    let job = shop.print_half();
    shop.restart();
    shop.app().answer_uncertain(job, true).unwrap();
    assert!(uncertain(&shop).is_empty());
    shop.settle();
    assert!(shop.papers.is_empty() && shop.audit().copies.is_empty(), "no second paper is made");
}

#[test]
fn a_paper_nobody_wants_is_dropped_while_it_waits() {
    let shop = Shop::new();
    shop.open(0);
    shop.scan(TEE);
    shop.pay(TenderKind::Card);
    shop.app().change_devices(|devices| devices.printer = PrinterState::PaperOut);
    let trays = shop.view().trays;
    assert!(matches!(trays[0].what, TrayKind::PrinterStopped { waiting: 1, .. }), "the till says why: {trays:?}");
    assert_eq!(shop.done().print, PrintState::Waiting);
    let mut queue = StoreQueue::new(Arc::clone(shop.app()));
    let job = queue.next_waiting().unwrap().unwrap().id;
    shop.app().drop_print(job).unwrap();
    shop.refuses(Code::NoSuchJob, |app| app.drop_print(job));
    assert_eq!(shop.done().print, PrintState::Dropped);
    shop.upload();
}

#[test]
fn the_drawer_opens_once_or_never() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.app().change_devices(|devices| devices.printer = PrinterState::Ready);
    shop.scan(TEE);
    shop.pay(TenderKind::Cash);
    assert_eq!(shop.done().drawer, DrawerState::Waiting);
    let mut queue = StoreQueue::new(Arc::clone(shop.app()));
    let pulse = queue.next_pulse().unwrap().unwrap();
    queue.mark_pulse_sent(pulse.id).unwrap();
    assert!(queue.mark_pulse_sent(pulse.id).is_err(), "a pulse is sent once");
    shop.restart();
    shop.app().change_devices(|devices| devices.printer = PrinterState::Ready);
    assert_eq!(shop.done().drawer, DrawerState::Opened);
    shop.print();
    assert_eq!(shop.pulses, 0, "a pulse that was recorded as sent is not sent again");

    shop.app().next_sale().unwrap();
    shop.scan(TEE);
    shop.pay(TenderKind::Cash);
    shop.clock().pass_ms(5_001);
    shop.print();
    assert_eq!(shop.pulses, 0, "a drawer that opens late frightens somebody");
    shop.app().change_devices(|devices| devices.printer = PrinterState::Ready);
    assert_eq!(shop.done().drawer, DrawerState::Expired);
    shop.upload();
}

#[test]
fn a_pulse_of_before_the_restart_stays_dead_when_the_clock_is_set_back() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.sell(&[TEE]);
    shop.clock().pass_ms(60_000);
    shop.restart();
    shop.clock().turn_ms(-3_600_000);
    shop.print();
    assert_eq!(shop.pulses, 0, "the drawer is dead after a few seconds, whatever the clock says later");
    shop.upload();
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_a_pulse_alive() {
    for (turned_ms, passed_ms, opens) in [(-3_600_000, 5_000, 0), (-3_600_000, 4_999, 1), (3_600_000, 4_999, 1)] {
        let mut shop = Shop::new();
        shop.open(0);
        shop.sell(&[TEE]);
        shop.clock().turn_ms(turned_ms);
        shop.clock().pass_ms(passed_ms);
        shop.print();
        assert_eq!(shop.pulses, opens, "turned by {turned_ms} ms, {passed_ms} ms passed: ticks decide, not the clock");
        shop.upload();
    }
    let mut shop = Shop::new();
    shop.open(0);
    shop.sell(&[TEE]);
    shop.clock().reboot();
    shop.print();
    assert_eq!(shop.pulses, 0, "ticks of another run of the machine say nothing");
    shop.upload();
}
