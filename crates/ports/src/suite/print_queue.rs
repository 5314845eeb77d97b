//! What every [`PrintQueue`] does.

use std::time::Duration;

use selvedge_domain::ids::JobId;
use selvedge_domain::receipt::{Align, Block, Document, Style};

use crate::event::PrinterState;
use crate::printing::{PrintEnd, PrintQueue, WaitReason};

/// A queue and what a test does to it from the other side.
pub trait QueueBench {
    /// The queue, as the printer's loop sees it.
    fn queue(&mut self) -> &mut dyn PrintQueue;
    /// Puts a document into it.
    fn add(&mut self, document: Document) -> JobId;
    /// Puts a pulse into it.
    fn add_pulse(&mut self) -> JobId;
    /// Lets time pass for its pulses.
    fn pass(&mut self, time: Duration);
    /// Closes it as a killed app would, and opens it again.
    fn reopen(&mut self);
}

/// Runs the suite; `bench` makes an empty queue whose pulses live for five seconds.
pub fn print_queue<B: QueueBench>(bench: impl Fn() -> B) {
    jobs_come_in_order_and_end_once(&mut bench());
    a_waiting_job_keeps_its_place(&mut bench());
    a_killed_job_is_uncertain(&mut bench());
    a_pulse_is_sent_at_most_once(&mut bench());
    a_pulse_dies(&mut bench());
}

fn jobs_come_in_order_and_end_once(bench: &mut impl QueueBench) {
    let first = bench.add(document("first"));
    let second = bench.add(document("second"));
    for (id, text, end) in [(first, "first", PrintEnd::Done), (second, "second", PrintEnd::Sent)] {
        let queue = bench.queue();
        let job = queue.next_waiting().expect("readable").expect("a job waits");
        assert_eq!((job.id, job.document), (id, document(text)), "the oldest first, unchanged");
        assert!(queue.mark_ended(id, end).is_err(), "a job that was not sent cannot end");
        queue.mark_sending(id).expect("it waits");
        assert!(queue.mark_sending(id).is_err(), "a job is sent once");
        queue.mark_ended(id, end).expect("it was being sent");
        assert!(queue.mark_sending(id).is_err(), "an ended job is not sent");
        assert!(queue.mark_ended(id, end).is_err(), "a job ends once");
    }
    assert!(bench.queue().next_waiting().expect("readable").is_none(), "nothing is left");
    bench.reopen();
    assert!(bench.queue().recover().expect("readable").is_empty(), "nothing was under way");
    assert!(bench.queue().next_waiting().expect("readable").is_none(), "what ended stays ended");
}

fn a_waiting_job_keeps_its_place(bench: &mut impl QueueBench) {
    let first = bench.add(document("first"));
    bench.add(document("second"));
    let reason = WaitReason::Printer(PrinterState::PaperOut);
    bench.queue().mark_waiting(first, &reason).expect("it waits");
    bench.reopen();
    let job = bench.queue().next_waiting().expect("readable").expect("a job waits");
    assert_eq!(job.id, first, "waiting for paper does not cost a place");
    bench.queue().mark_sending(first).expect("it waits");
    assert!(bench.queue().mark_waiting(first, &reason).is_err(), "what may be on paper never waits again");
}

fn a_killed_job_is_uncertain(bench: &mut impl QueueBench) {
    let killed = bench.add(document("killed"));
    let next = bench.add(document("next"));
    bench.queue().mark_sending(killed).expect("it waits");
    bench.reopen();
    assert_eq!(bench.queue().recover().expect("readable"), [killed], "sending is on disk before the first byte");
    let job = bench.queue().next_waiting().expect("readable").expect("a job waits");
    assert_eq!(job.id, next, "an uncertain job is not sent again by itself");
    assert!(bench.queue().mark_sending(killed).is_err(), "an uncertain job is not sent again");
    assert!(bench.queue().recover().expect("readable").is_empty(), "it is recovered once");
}

fn a_pulse_is_sent_at_most_once(bench: &mut impl QueueBench) {
    let pulse = bench.add_pulse();
    let next = bench.queue().next_pulse().expect("readable").expect("a pulse waits");
    assert_eq!(next.id, pulse, "it is the one");
    assert!((1..=5000).contains(&next.left_ms), "{} ms are left of five seconds", next.left_ms);
    bench.queue().mark_pulse_sent(pulse).expect("it lives");
    assert!(bench.queue().mark_pulse_sent(pulse).is_err(), "a pulse is sent once");
    bench.reopen();
    bench.queue().recover().expect("readable");
    assert!(bench.queue().next_pulse().expect("readable").is_none(), "a drawer does not open a second time");
}

fn a_pulse_dies(bench: &mut impl QueueBench) {
    let pulse = bench.add_pulse();
    bench.pass(Duration::from_millis(5001));
    assert!(bench.queue().next_pulse().expect("readable").is_none(), "a drawer does not open late");
    assert!(bench.queue().mark_pulse_sent(pulse).is_err(), "nor does it open by force");
    bench.queue().expire_pulses().expect("readable");
    assert!(bench.queue().next_pulse().expect("readable").is_none(), "dead is dead");
}

fn document(text: &str) -> Document {
    let block = Block::Text { text: text.to_owned(), align: Align::Start, style: Style::default() };
    Document { blocks: vec![block, Block::Qr { text: text.to_owned() }] }
}
