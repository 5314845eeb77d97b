//! The machine against answers by hand.

use super::*;

const JOB: JobId = JobId(uuid_of(7));

const fn uuid_of(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

struct Bench {
    machine: Machine,
    now: u64,
    sent: Vec<u8>,
}

impl Bench {
    fn new(profile: &str) -> Self {
        let profile = Profile::built_in(profile).expect("built in");
        Bench { machine: Machine::new(profile, Timing::default()), now: 0, sent: Vec::new() }
    }

    fn step(&mut self, input: Input) -> Vec<Output> {
        let mut outputs = self.machine.step(self.now, input);
        let pending = self.machine.pending().to_vec();
        if !pending.is_empty() {
            self.sent.extend(&pending);
            outputs.extend(self.machine.step(self.now, Input::Accepted(pending.len())));
        }
        outputs
    }

    fn after(&mut self, ms: u64) -> Vec<Output> {
        self.now += ms;
        self.step(Input::Tick)
    }

    fn work(&mut self, job: bool, pulse: bool) -> Vec<Output> {
        let pulse = pulse.then_some(DrawerPulse { id: JobId(uuid_of(8)), left_ms: 5000 });
        self.step(Input::Work { pulse, job: job.then_some(JOB) })
    }

    /// Connected, with a job, and the three answers given.
    fn answered(&mut self, answers: [u8; 3]) -> Vec<Output> {
        let mut outputs = self.work(true, false);
        outputs.extend(self.step(Input::Connected));
        for answer in answers {
            outputs.extend(self.step(Input::Received(vec![answer])));
        }
        outputs
    }
}

#[test]
fn each_question_waits_for_the_answer_before_it() {
    let mut bench = Bench::new("generic-80");
    assert_eq!(bench.work(true, false), [Output::Connect]);
    bench.step(Input::Connected);
    assert_eq!(bench.sent, [0x10, 4, 1]);
    bench.step(Input::Received(vec![0x12]));
    assert_eq!(bench.sent, [0x10, 4, 1, 0x10, 4, 2]);
    bench.step(Input::Received(vec![0x12]));
    let outputs = bench.step(Input::Received(vec![0x12]));
    assert_eq!(outputs, [Output::Tell(PrinterState::Ready), Output::ClaimJob(JOB)]);
    assert_eq!(bench.sent.len(), 9, "not a byte of the job before it is recorded");
}

#[test]
fn done_by_the_printed_proof_only_of_this_job() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x12; 3]);
    assert_eq!(bench.step(Input::JobClaimed(b"paper".to_vec())), []);
    assert!(bench.sent.ends_with(bytes::PAPER_STATUS), "the proof is asked for after the document");
    assert_eq!(bench.step(Input::Received(b"\x37\x22xxxx\0".to_vec())), [], "another job's proof proves nothing");
    assert_eq!(bench.step(Input::Received(vec![0])), [], "processed is not printed");
    let proof = [&b"\x37\x22"[..], &fence_id(JOB), &[0]].concat();
    assert_eq!(bench.step(Input::Received(proof)), [Output::End(JOB, PrintEnd::Done)]);
}

#[test]
fn the_weaker_proof_counts_when_the_stronger_one_never_comes() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x12; 3]);
    bench.step(Input::JobClaimed(b"paper".to_vec()));
    bench.step(Input::Received(vec![0]));
    assert_eq!(bench.after(2_000), []);
    assert_eq!(bench.after(1_000), [Output::End(JOB, PrintEnd::Done)]);
}

#[test]
fn no_proof_from_a_ready_printer_is_sent() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x12; 3]);
    bench.step(Input::JobClaimed(b"paper".to_vec()));
    assert_eq!(bench.after(9_999), []);
    assert_eq!(bench.after(1), [Output::End(JOB, PrintEnd::Sent)]);
}

#[test]
fn a_silent_printer_prints_one_way() {
    let mut bench = Bench::new("generic-80");
    bench.work(true, false);
    bench.step(Input::Connected);
    assert_eq!(bench.after(499), [], "silence is not known yet");
    assert_eq!(bench.after(1), [Output::Tell(PrinterState::Unknown), Output::ClaimJob(JOB)]);
    let outputs = bench.step(Input::JobClaimed(b"paper".to_vec()));
    assert_eq!(outputs, [Output::End(JOB, PrintEnd::Sent), Output::Close], "all taken, nothing proved");
    assert!(bench.sent.ends_with(b"paper"), "a proof that nobody gives is not asked for");
}

#[test]
fn a_printer_in_trouble_keeps_the_job_waiting_and_gets_it_when_ready() {
    for (answers, state) in [
        ([0x1a, 0x16, 0x12], PrinterState::CoverOpen),
        ([0x1a, 0x32, 0x7e], PrinterState::PaperOut),
        ([0x1a, 0x12, 0x12], PrinterState::Offline),
    ] {
        let mut bench = Bench::new("generic-80");
        let outputs = bench.answered(answers);
        assert_eq!(outputs[1..], [Output::Tell(state.clone()), Output::Wait(JOB, state)]);
        bench.after(1_000);
        for _ in 0..2 {
            assert_eq!(bench.step(Input::Received(vec![0x12])), []);
        }
        let outputs = bench.step(Input::Received(vec![0x12]));
        assert_eq!(outputs, [Output::Tell(PrinterState::Ready), Output::ClaimJob(JOB)]);
    }
}

#[test]
fn a_connection_lost_while_sending_is_uncertain_and_not_tried_again() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x12; 3]);
    bench.step(Input::JobClaimed(b"paper".to_vec()));
    let outputs = bench.step(Input::Lost);
    assert_eq!(outputs, [Output::End(JOB, PrintEnd::Uncertain), Output::Tell(PrinterState::Offline)]);
    bench.step(Input::Work { pulse: None, job: None });
    let outputs = bench.after(250);
    assert!(!outputs.contains(&Output::ClaimJob(JOB)), "{outputs:?}");
}

#[test]
fn paper_out_in_the_middle_waits_for_paper() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x12; 3]);
    bench.step(Input::JobClaimed(b"paper".to_vec()));
    bench.after(1_000);
    assert_eq!(bench.step(Input::Received(vec![0x32])), [Output::Tell(PrinterState::PaperOut)]);
    for _ in 0..40 {
        assert_eq!(bench.after(1_000), []);
        bench.step(Input::Received(vec![0x32]));
    }
    assert_eq!(bench.step(Input::Received(vec![0x12])), [Output::Tell(PrinterState::Ready)]);
    let proof = [&b"\x37\x22"[..], &fence_id(JOB), &[0]].concat();
    assert_eq!(bench.step(Input::Received(proof)), [Output::End(JOB, PrintEnd::Done)]);
}

#[test]
fn a_printer_that_vanishes_in_the_middle_is_given_up() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x1a, 0x12, 0x12]);
    let mut bench = Bench::new("generic-80");
    bench.answered([0x12; 3]);
    bench.machine.step(bench.now, Input::JobClaimed(vec![0; 9000]));
    bench.machine.step(bench.now, Input::Accepted(100));
    assert_eq!(bench.machine.pending().len(), 9000 + 11 + 3 - 100, "the rest goes on at the accepted offset");
    bench.now += 60_000;
    let outputs = bench.machine.step(bench.now, Input::Tick);
    assert_eq!(outputs[..2], [Output::Close, Output::End(JOB, PrintEnd::Uncertain)]);
    assert!(bench.machine.pending().is_empty(), "the rest of a lost document is never sent");
}

#[test]
fn a_pulse_is_recorded_first_and_needs_no_paper() {
    let mut bench = Bench::new("generic-80");
    bench.answered([0x1a, 0x32, 0x7e]);
    let before = bench.sent.len();
    assert_eq!(bench.work(true, true), [Output::ClaimPulse(JobId(uuid_of(8)))]);
    assert_eq!(bench.sent.len(), before, "not a byte before it is recorded");
    bench.step(Input::PulseClaimed);
    assert_eq!(bench.sent[before..before + 5], [0x10, 0x14, 1, 0, 1]);
}

#[test]
fn a_refused_pulse_is_not_sent() {
    let mut bench = Bench::new("generic-80");
    bench.work(false, true);
    assert_eq!(bench.step(Input::Connected), [Output::ClaimPulse(JobId(uuid_of(8)))]);
    bench.step(Input::Refused);
    assert!(!bench.sent.windows(2).any(|pair| pair == [0x10, 0x14]), "{:?}", bench.sent);
}

#[test]
fn a_pulse_in_stream_order_is_not_left_in_a_printer_that_holds() {
    let mut bench = Bench::new("generic-58");
    bench.work(false, true);
    bench.step(Input::Connected);
    for answer in [0x1a, 0x32, 0x7e] {
        let outputs = bench.step(Input::Received(vec![answer]));
        assert!(!outputs.iter().any(|output| matches!(output, Output::ClaimPulse(_))), "{outputs:?}");
    }
}

#[test]
fn failed_connections_are_tried_less_and_less_often_until_somebody_wakes_it() {
    let mut bench = Bench::new("generic-80");
    let mut tries = Vec::new();
    bench.work(true, false);
    let first = bench.step(Input::NotConnected);
    assert_eq!(first, [Output::Tell(PrinterState::Offline), Output::Wait(JOB, PrinterState::Offline)]);
    for _ in 0..1_000 {
        if bench.after(10) == [Output::Connect] {
            tries.push(bench.now);
            assert_eq!(bench.step(Input::NotConnected), [], "the same is not told twice");
        }
    }
    assert_eq!(tries, [250, 750, 1_750, 3_750, 7_750]);
    assert_eq!(bench.step(Input::Wake), [Output::Connect], "a person who says try is heard at once");
}

#[test]
fn a_resting_connection_is_closed_for_others() {
    let mut bench = Bench::new("generic-80");
    bench.work(false, false);
    bench.step(Input::Connected);
    let mut closed = None;
    for _ in 0..70_000 / 100 {
        let mut outputs = bench.after(100);
        for _ in 0..3 {
            outputs.extend(bench.step(Input::Received(vec![0x12])));
        }
        if outputs == [Output::Close] {
            closed = Some(bench.now);
            break;
        }
    }
    assert!(closed.is_some_and(|at| (30_000..=40_000).contains(&at)), "closed at {closed:?}");
}
