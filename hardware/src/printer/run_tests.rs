//! The loop with a queue in memory and the virtual printer, in memory and over TCP.

use std::time::{Duration, Instant};

use selvedge_domain::ids::JobId;
use selvedge_domain::receipt::{Align, Block, Document, Style};
use selvedge_ports::fake::{EventList, JobState, MemoryQueue, PulseState};
use selvedge_ports::{Connector, DeviceEvent, PrintEnd, PrinterState, WaitReason};

use super::*;
use crate::transport::TcpConnector;
use crate::virtual_printer::VirtualPrinter;

struct Counter {
    printer: VirtualPrinter,
    queue: MemoryQueue,
    events: EventList,
    handle: PrinterHandle,
}

const QUICK: Timing = Timing {
    reply_ms: 200,
    retry_ms: 20,
    retry_most_ms: 50,
    probe_ms: 100,
    idle_ms: 30_000,
    fence_ms: 10_000,
    stronger_ms: 200,
    gone_ms: 60_000,
};

fn job(number: u128) -> JobId {
    JobId(uuid::Uuid::from_u128(number))
}

fn document(text: &str) -> Document {
    let line = |text: String| Block::Text { text, align: Align::Start, style: Style::default() };
    let mut blocks: Vec<Block> = (0..30).map(|number| line(format!("{text} line {number}"))).collect();
    blocks.push(Block::Qr { text: text.to_owned() });
    Document { blocks }
}

impl Counter {
    fn new(over_tcp: bool, setup: impl FnOnce(&VirtualPrinter)) -> Self {
        let profile = Profile::built_in("generic-80").expect("built in");
        let printer = VirtualPrinter::new(&profile);
        setup(&printer);
        let connector: Box<dyn Connector> = if over_tcp {
            Box::new(TcpConnector::new(printer.listen().expect("a free port").to_string()))
        } else {
            printer.connector()
        };
        let (queue, events) = (MemoryQueue::default(), EventList::default());
        let handle = start(PrinterDevice {
            name: "counter".into(),
            profile,
            connector,
            queue: Box::new(queue.clone()),
            events: Box::new(events.clone()),
            timing: QUICK,
        })
        .expect("a thread");
        Counter { printer, queue, events, handle }
    }

    fn print(&self, number: u128, text: &str) {
        self.queue.add(job(number), document(text));
        self.handle.wake();
    }

    fn ends(&self, number: u128, end: PrintEnd) {
        eventually(&format!("job {number} ends as {end:?}"), || {
            let state = self.queue.job(job(number));
            assert!(!matches!(state, Some(JobState::Ended(other)) if other != end), "{state:?}, not {end:?}");
            state == Some(JobState::Ended(end))
        });
    }

    fn is(&self, state: &PrinterState) {
        eventually(&format!("the printer is told to be {state:?}"), || {
            let all = self.events.all();
            let told = all.iter().rev().find(|event| matches!(event, DeviceEvent::Printer { .. }));
            told == Some(&DeviceEvent::Printer { device: "counter".into(), state: state.clone() })
        });
    }

    fn papers(&self, text: &str) -> usize {
        self.printer.receipts().iter().filter(|receipt| receipt.qr_codes() == [text]).count()
    }
}

fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn jobs_are_printed_once_and_proved() {
    for over_tcp in [false, true] {
        let counter = Counter::new(over_tcp, |_| ());
        counter.is(&PrinterState::Ready);
        for number in 1..=5 {
            counter.print(number, &format!("sale {number}"));
        }
        for number in 1..=5 {
            counter.ends(number, PrintEnd::Done);
            assert_eq!(counter.papers(&format!("sale {number}")), 1, "one paper a sale");
        }
    }
}

#[test]
fn the_proof_is_awaited() {
    let counter = Counter::new(true, |printer| {
        printer.set_process_id(true);
        printer.set_delay(Duration::from_millis(100));
    });
    counter.print(1, "slow");
    eventually("the paper is out", || counter.papers("slow") == 1);
    counter.ends(1, PrintEnd::Done);
}

#[test]
fn a_printer_that_is_stopped_finishes_the_paper_it_began_and_begins_no_other() {
    let counter = Counter::new(true, |printer| {
        printer.set_process_id(true);
        printer.set_delay(Duration::from_millis(400));
    });
    counter.print(1, "begun");
    eventually("the job is sending", || counter.queue.job(job(1)) == Some(JobState::Sending));
    counter.print(2, "not begun");
    let Counter { queue, printer, handle, .. } = counter;
    drop(handle);
    assert_eq!(queue.job(job(1)), Some(JobState::Ended(PrintEnd::Done)), "the proof of a begun paper is awaited");
    assert!(matches!(queue.job(job(2)), Some(JobState::Waiting(_))), "the next waits for the next start");
    assert_eq!(printer.receipts().len(), 1, "one paper");
}

#[test]
fn a_job_waits_for_paper_and_prints_once() {
    let counter = Counter::new(false, |printer| printer.set_paper_out(true));
    counter.print(1, "patient");
    counter.is(&PrinterState::PaperOut);
    let waits = JobState::Waiting(Some(WaitReason::Printer(PrinterState::PaperOut)));
    eventually("the job says why it waits", || counter.queue.job(job(1)) == Some(waits.clone()));
    assert_eq!(counter.printer.unfinished(), Default::default(), "nothing of it was sent");
    counter.printer.set_paper_out(false);
    counter.ends(1, PrintEnd::Done);
    counter.is(&PrinterState::Ready);
    assert_eq!(counter.papers("patient"), 1);
}

#[test]
fn a_job_waits_for_a_printer_that_is_off() {
    let counter = Counter::new(true, |printer| printer.set_reachable(false));
    counter.print(1, "later");
    counter.is(&PrinterState::Offline);
    counter.printer.set_reachable(true);
    counter.ends(1, PrintEnd::Done);
    assert_eq!(counter.papers("later"), 1);
}

#[test]
fn paper_that_ends_in_the_middle_is_told_and_the_rest_prints_after_reloading() {
    let counter = Counter::new(false, |printer| printer.paper_ends_after(7));
    counter.print(1, "long");
    counter.is(&PrinterState::PaperOut);
    assert_eq!(counter.queue.job(job(1)), Some(JobState::Sending));
    counter.printer.set_paper_out(false);
    counter.ends(1, PrintEnd::Done);
    assert_eq!(counter.papers("long"), 1);
}

#[test]
fn a_printer_that_dies_in_the_middle_leaves_an_uncertain_job_and_prints_the_next() {
    for over_tcp in [false, true] {
        let counter = Counter::new(over_tcp, |_| ());
        counter.is(&PrinterState::Ready);
        counter.printer.dies_after(200);
        counter.print(1, "half");
        counter.print(2, "whole");
        counter.ends(1, PrintEnd::Uncertain);
        counter.ends(2, PrintEnd::Done);
        assert_eq!((counter.papers("half"), counter.papers("whole")), (0, 1), "half is not tried again by itself");
    }
}

#[test]
fn a_one_way_printer_gets_all_of_it_and_proves_nothing() {
    for over_tcp in [false, true] {
        let counter = Counter::new(over_tcp, |printer| printer.set_one_way(true));
        counter.print(1, "one way");
        counter.ends(1, PrintEnd::Sent);
        counter.is(&PrinterState::Unknown);
        eventually("closing delivers the tail", || counter.papers("one way") == 1);
    }
}

#[test]
fn a_full_buffer_slows_down_and_loses_nothing() {
    let counter = Counter::new(true, |_| ());
    counter.is(&PrinterState::Ready);
    counter.printer.set_delay(Duration::from_millis(5));
    counter.print(1, "first");
    counter.printer.set_stuck(true);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!matches!(counter.queue.job(job(1)), Some(JobState::Ended(PrintEnd::Uncertain))));
    counter.printer.set_stuck(false);
    counter.ends(1, PrintEnd::Done);
    assert_eq!(counter.papers("first"), 1);
}

#[test]
fn the_drawer_opens_once_even_without_paper() {
    let counter = Counter::new(false, |printer| printer.set_paper_out(true));
    counter.queue.add_pulse(job(9));
    counter.handle.wake();
    eventually("the pulse arrives", || counter.printer.pulses() == 1);
    assert_eq!(counter.queue.pulse(job(9)), Some(PulseState::Sent));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(counter.printer.pulses(), 1, "and only once");
}

#[test]
fn a_pulse_that_comes_too_late_never_opens_the_drawer() {
    let counter = Counter::new(false, |printer| printer.set_reachable(false));
    counter.is(&PrinterState::Offline);
    counter.queue.add_pulse(job(9));
    counter.queue.pass(Duration::from_secs(6));
    counter.printer.set_reachable(true);
    counter.is(&PrinterState::Ready);
    counter.handle.wake();
    eventually("it is dead", || counter.queue.pulse(job(9)) == Some(PulseState::Dead));
    assert_eq!(counter.printer.pulses(), 0);
}

#[test]
fn nothing_is_sent_that_the_queue_did_not_record() {
    let counter = Counter::new(false, |_| ());
    counter.is(&PrinterState::Ready);
    counter.queue.set_broken(true);
    counter.print(1, "unrecorded");
    counter.queue.add_pulse(job(9));
    counter.handle.wake();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!((counter.printer.pulses(), counter.printer.receipts().len()), (0, 0));
    counter.queue.set_broken(false);
    counter.handle.wake();
    counter.ends(1, PrintEnd::Done);
}

#[test]
fn a_lost_character_is_told() {
    let counter = Counter::new(false, |_| ());
    counter.print(1, "漢");
    counter.ends(1, PrintEnd::Done);
    let told = counter.events.all().iter().any(
        |event| matches!(event, DeviceEvent::PrintLoss { job: lost, characters } if *lost == job(1) && characters.contains('漢')),
    );
    assert!(told, "a character that is not on the paper is told");
}
