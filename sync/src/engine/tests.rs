//! The engine alone.

use selvedge_protocol::v1::{ApiError, REVISION};

use super::*;
use crate::plan::Stuck;
use crate::{SyncState, SyncStatus, Trouble};

fn engine() -> Engine {
    Engine::new(0, Settings::default(), 7, 0, false)
}

fn heard(life_ms: u64) -> TokenHeard {
    let clock = ClockReading { asked_ms: 1_000, central_ms: 6_020, answered_ms: 1_040 };
    TokenHeard { token: "t".to_owned(), life_ms, revoked: false, revision: 0, clock }
}

fn refused(status: u16, code: &str, retry_after_ms: Option<u64>) -> Failure {
    let error =
        ApiError { code: code.to_owned(), detail: String::new(), request_id: String::new(), now_ms: None, epoch: None };
    Failure::Call(CallError::Refused { status, error: Box::new(error), retry_after_ms })
}

fn away() -> Failure {
    Failure::Call(CallError::Away("nobody".to_owned()))
}

fn done(lane: Lane) -> Input {
    Input::Done { lane, result: Ok(Report { complete: lane == Lane::Down, ..Report::default() }) }
}

fn failed(lane: Lane, failure: Failure) -> Input {
    Input::Done { lane, result: Err(failure) }
}

fn lanes(outputs: &[Output]) -> Vec<&'static str> {
    let name = |output: &Output| match output {
        Output::AskToken { .. } => Some("token"),
        Output::Push { .. } => Some("up"),
        Output::Pull { .. } => Some("down"),
        Output::AskBalances { .. } => Some("balances"),
        // The tests of the stream, the report, the promises and what is lent look for them by themselves.
        Output::Listen { .. }
        | Output::AskPromises { .. }
        | Output::AskAllotments { .. }
        | Output::SayHow { .. }
        | Output::Tell(_) => None,
    };
    outputs.iter().filter_map(name).collect()
}

fn told(outputs: &[Output]) -> Option<&SyncStatus> {
    outputs.iter().find_map(|output| if let Output::Tell(status) = output { Some(status) } else { None })
}

/// With a token, and every lane done once.
fn online() -> Engine {
    let mut engine = engine();
    assert_eq!(lanes(&engine.step(0, Input::Tick)), ["token"]);
    assert_eq!(lanes(&engine.step(0, Input::Token(Ok(heard(900_000))))), ["up", "down", "balances"]);
    for lane in [Lane::Up, Lane::Down, Lane::Balances] {
        assert!(lanes(&engine.step(0, done(lane))).is_empty());
    }
    engine
}

#[test]
fn nothing_is_asked_without_a_token_and_everything_with_it() {
    let mut engine = online();
    assert_eq!(engine.wake_at_ms(), Some(2_000), "the feed's turn is next");
    let outputs = engine.step(2_000, Input::Tick);
    assert_eq!(lanes(&outputs), ["down", "balances"]);
}

#[test]
fn the_clock_is_read_at_the_middle_of_the_trip() {
    let mut engine = engine();
    engine.step(0, Input::Tick);
    let outputs = engine.step(0, Input::Token(Ok(heard(900_000))));
    assert_eq!(told(&outputs).and_then(|status| status.offset_ms), Some(5_000));
}

#[test]
fn a_lane_that_hangs_holds_no_other() {
    let mut engine = engine();
    engine.step(0, Input::Tick);
    engine.step(0, Input::Token(Ok(heard(900_000))));
    // Up never answers.
    for round in 1..50 {
        engine.step(round * 2_000 - 2_000, done(Lane::Down));
        engine.step(round * 2_000 - 2_000, done(Lane::Balances));
        assert_eq!(lanes(&engine.step(round * 2_000, Input::Tick)), ["down", "balances"], "round {round}");
    }
    // And it is not begun twice by a sale.
    assert!(lanes(&engine.step(99_000, Input::Poke { unsent: 1 })).is_empty());
    assert_eq!(lanes(&engine.step(99_001, done(Lane::Up))), ["up"], "the poke was not forgotten");
}

#[test]
fn a_sale_is_sent_at_once_and_told_as_waiting() {
    let mut engine = online();
    let outputs = engine.step(100, Input::Poke { unsent: 1 });
    assert_eq!(lanes(&outputs), ["up"]);
    assert_eq!(told(&outputs).map(|status| status.unsent), Some(1));
    let report = Report { progress: true, unsent: Some(0), ..Report::default() };
    let outputs = engine.step(150, Input::Done { lane: Lane::Up, result: Ok(report) });
    assert_eq!(told(&outputs).map(|status| status.unsent), Some(0), "told when central has it");
}

#[test]
fn a_lost_packet_is_no_outage_but_two_are_and_one_answer_ends_it() {
    let mut engine = online();
    engine.step(2_000, Input::Tick);
    let outputs = engine.step(2_010, failed(Lane::Down, away()));
    assert_eq!(told(&outputs).map(|status| status.state), Some(SyncState::Online));
    engine.step(2_010, done(Lane::Balances));
    let at = engine.wake_at_ms().expect("a wait");
    assert!(at > 2_010, "not at once");
    assert_eq!(lanes(&engine.step(at, Input::Tick)), ["down"]);
    let outputs = engine.step(at, failed(Lane::Down, away()));
    let status = told(&outputs).expect("a change");
    assert_eq!(status.state, SyncState::Offline);
    assert!(status.last_error.as_deref().is_some_and(|why| why.contains("nobody")), "{status:?}");
    engine.step(at + 60_000, Input::Tick);
    let outputs = engine.step(at + 60_000, done(Lane::Down));
    let status = told(&outputs).expect("a change");
    assert_eq!((status.state, status.last_error.as_deref()), (SyncState::Online, None));
}

#[test]
fn the_first_failure_of_all_is_told_at_once() {
    let mut engine = engine();
    engine.step(0, Input::Tick);
    let outputs = engine.step(5, Input::Token(Err(away())));
    assert_eq!(told(&outputs).map(|status| status.state), Some(SyncState::Offline));
}

#[test]
fn one_lane_that_is_back_brings_the_others() {
    let mut engine = online();
    engine.step(2_000, Input::Tick);
    for _ in 0..8 {
        engine.step(2_000, failed(Lane::Down, away()));
        engine.down.give_back(2_000);
        engine.step(2_000, Input::Tick);
    }
    engine.step(2_000, failed(Lane::Balances, away()));
    assert_eq!(lanes(&engine.step(2_001, done(Lane::Down))), ["balances"], "it need not wait any more");
}

#[test]
fn a_retry_after_is_kept_though_sales_poke() {
    let mut engine = online();
    engine.step(100, Input::Poke { unsent: 1 });
    engine.step(100, failed(Lane::Up, refused(503, code::BUSY, Some(20_000))));
    for at in [200, 5_000, 20_000] {
        assert!(!lanes(&engine.step(at, Input::Poke { unsent: 2 })).contains(&"up"), "at {at}");
    }
    assert!(lanes(&engine.step(23_000, Input::Tick)).contains(&"up"));
}

#[test]
fn what_is_written_while_a_segment_is_on_its_way_is_not_told_as_sent() {
    let mut engine = online();
    let sent =
        |unsent| Input::Done { lane: Lane::Up, result: Ok(Report { unsent: Some(unsent), ..Report::default() }) };
    let outputs = engine.step(100, Input::Poke { unsent: 1 });
    assert_eq!((lanes(&outputs), told(&outputs).map(|status| status.unsent)), (vec!["up"], Some(1)));
    engine.step(101, Input::Poke { unsent: 2 });
    // Counted before the second sale was written.
    let outputs = engine.step(102, sent(0));
    assert_eq!(lanes(&outputs), ["up"], "the second one is sent");
    assert!(told(&outputs).is_none_or(|status| status.unsent == 2), "and waits until that is answered");
    let outputs = engine.step(103, sent(0));
    assert_eq!(told(&outputs).map(|status| status.unsent), Some(0));
}

#[test]
fn a_token_is_renewed_while_the_old_one_serves() {
    let mut engine = online();
    let outputs = engine.step(600_000, Input::Tick);
    assert_eq!(lanes(&outputs), ["token", "up", "down", "balances"], "after two thirds of its life");
    engine.step(600_000, Input::Token(Err(away())));
    engine.step(600_000, done(Lane::Down));
    assert!(lanes(&engine.step(602_000, Input::Tick)).contains(&"down"), "the old one is good still");
    engine.step(603_000, done(Lane::Down));
    engine.step(603_000, Input::Token(Err(away())));
    assert_eq!(lanes(&engine.step(900_000, Input::Tick)), ["token"], "and then not any more");
}

#[test]
fn a_token_that_is_refused_is_replaced_once_and_then_waited_for() {
    let mut engine = online();
    engine.step(2_000, Input::Tick);
    assert_eq!(lanes(&engine.step(2_000, failed(Lane::Down, refused(401, code::TOKEN, None)))), ["token"]);
    assert_eq!(lanes(&engine.step(2_000, Input::Token(Ok(heard(900_000))))), ["down"]);
    let outputs = engine.step(2_000, failed(Lane::Down, refused(401, code::TOKEN, None)));
    assert_eq!(lanes(&outputs), ["token"]);
    engine.step(2_000, Input::Token(Ok(heard(900_000))));
    assert!(engine.wake_at_ms().is_some_and(|at| at > 2_000), "a fresh token that is refused is a failure");
}

#[test]
fn a_token_that_is_over_is_nonsense_and_no_loop() {
    let mut engine = engine();
    engine.step(0, Input::Tick);
    assert!(lanes(&engine.step(0, Input::Token(Ok(heard(0))))).is_empty());
    assert!(engine.wake_at_ms().is_some_and(|at| at > 0));
}

#[test]
fn a_segment_that_is_too_large_is_halved_down_to_one_entry() {
    let mut engine = online();
    let mut outputs = engine.step(10, Input::Poke { unsent: 500 });
    let mut sizes = Vec::new();
    while let Some(Output::Push { most_entries, .. }) = outputs.first().cloned() {
        sizes.push(most_entries);
        outputs = engine.step(10, failed(Lane::Up, refused(413, code::TOO_LARGE, None)));
    }
    assert_eq!(sizes, [500, 250, 125, 62, 31, 15, 7, 3, 1]);
    assert!(engine.wake_at_ms().is_some_and(|at| at > 10), "one entry that is too large is a failure");
}

#[test]
fn what_central_does_not_take_is_left_out_named_and_tried_again_later() {
    let mut engine = online();
    let generation = Uuid::from_u128(5);
    engine.step(10, Input::Poke { unsent: 1 });
    let stuck = Stuck { generation, why: "Journal 5 waits".to_owned() };
    let report = Report { stuck: vec![stuck], unsent: Some(1), ..Report::default() };
    let outputs = engine.step(10, Input::Done { lane: Lane::Up, result: Ok(report) });
    assert_eq!(
        told(&outputs).map(|status| status.problems.clone()),
        Some(vec![Trouble::new(Trouble::STUCK, "Journal 5 waits")])
    );
    let outputs = engine.step(20, Input::Poke { unsent: 2 });
    let Some(Output::Push { leave_out, .. }) = outputs.first() else { panic!("others go on") };
    assert_eq!(*leave_out, [generation], "it is not sent blindly");
    engine.step(20, done(Lane::Up));
    let outputs = engine.step(10 + 120_000, Input::Tick);
    let again = outputs.iter().find_map(|output| match output {
        Output::Push { leave_out, .. } => Some(leave_out.clone()),
        Output::AskToken { .. }
        | Output::Pull { .. }
        | Output::AskBalances { .. }
        | Output::AskPromises { .. }
        | Output::AskAllotments { .. }
        | Output::Listen { .. }
        | Output::SayHow { .. }
        | Output::Tell(_) => None,
    });
    assert_eq!(again, Some(Vec::new()), "and never left alone for good");
    let outputs = engine.step(10 + 120_000, done(Lane::Up));
    assert_eq!(told(&outputs).map(|status| status.problems.len()), Some(0), "what is solved is not shown");
}

#[test]
fn heads_that_contradict_each_other_end_in_a_wait() {
    let mut engine = online();
    let mut pushes = 0;
    let mut outputs = engine.step(10, Input::Poke { unsent: 1 });
    while lanes(&outputs).contains(&"up") {
        pushes += 1;
        let report = Report { more: true, progress: false, ..Report::default() };
        outputs = engine.step(10, Input::Done { lane: Lane::Up, result: Ok(report) });
    }
    assert_eq!(pushes, 3);
}

#[test]
fn a_revoked_station_hands_in_its_journal_and_asks_nothing_else() {
    let mut engine = online();
    engine.step(2_000, Input::Tick);
    let outputs = engine.step(2_000, failed(Lane::Down, refused(403, code::DEVICE_REVOKED, None)));
    assert!(told(&outputs).is_some_and(|status| status.problems.iter().any(|one| one.code == Trouble::REVOKED)));
    engine.step(2_000, done(Lane::Balances));
    assert!(lanes(&engine.step(50_000, Input::Tick)).is_empty());
    assert_eq!(lanes(&engine.step(50_001, Input::Poke { unsent: 1 })), ["up"]);
}

#[test]
fn a_status_is_told_when_it_changed_only() {
    let mut engine = online();
    engine.step(2_000, Input::Tick);
    assert!(told(&engine.step(2_000, done(Lane::Down))).is_none());
    engine.step(4_000, Input::Tick);
    let report = Report { changed: true, ..Report::default() };
    let outputs = engine.step(4_000, Input::Done { lane: Lane::Down, result: Ok(report.clone()) });
    assert!(told(&outputs).is_some_and(|status| status.changed_catalogue));
    engine.step(6_000, Input::Tick);
    let outputs = engine.step(6_000, Input::Done { lane: Lane::Down, result: Ok(report) });
    assert!(told(&outputs).is_some_and(|status| status.changed_catalogue), "each change is told");
}

fn listens(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Listen { .. }))
}

/// Online, with a stream that lives.
fn streaming() -> Engine {
    let mut engine = engine();
    engine.step(0, Input::Tick);
    assert!(listens(&engine.step(0, Input::Token(Ok(heard(900_000))))), "with the first token");
    engine.step(0, Input::Stream(StreamSays::Lives));
    for lane in [Lane::Up, Lane::Down, Lane::Balances] {
        engine.step(0, done(lane));
    }
    engine
}

#[test]
fn while_the_stream_lives_the_lanes_wait_for_it_and_a_poke_is_at_once() {
    let mut engine = streaming();
    assert_eq!(engine.wake_at_ms(), Some(30_000), "the fallback is slow");
    assert_eq!(lanes(&engine.step(700, Input::Stream(StreamSays::Balances))), ["balances"]);
    assert!(lanes(&engine.step(710, Input::Stream(StreamSays::Balances))).is_empty(), "not twice beside each other");
    assert_eq!(lanes(&engine.step(720, done(Lane::Balances))), ["balances"], "but once more after it");
    engine.step(730, done(Lane::Balances));
    assert_eq!(lanes(&engine.step(800, Input::Stream(StreamSays::Feed))), ["down"]);
    engine.step(810, done(Lane::Down));
    assert_eq!(lanes(&engine.step(30_730, Input::Tick)), ["balances"], "the fallback is there");
}

#[test]
fn a_stream_that_is_over_is_opened_again_and_the_lanes_ask_often_meanwhile() {
    let mut engine = streaming();
    // It lived well and ended with its token: soon again.
    let outputs = engine.step(600_000, Input::Tick);
    assert_eq!(lanes(&outputs), ["token", "up", "down", "balances"]);
    for lane in [Lane::Up, Lane::Down, Lane::Balances] {
        engine.step(600_000, done(lane));
    }
    engine.step(600_000, Input::Token(Ok(heard(900_000))));
    engine.step(600_100, Input::Stream(StreamSays::Over(None)));
    let again = engine.wake_at_ms().expect("a wait");
    assert!((600_100..=601_100).contains(&again), "not all stations in the same moment: {again}");
    assert!(listens(&engine.step(601_100, Input::Tick)));
    assert_eq!(lanes(&engine.step(602_100, Input::Tick)), ["down", "balances"], "every two seconds until it is back");
}

#[test]
fn a_stream_that_fails_is_tried_more_and_more_seldom_and_is_no_outage() {
    let mut engine = streaming();
    let mut now_ms = 1_000;
    let mut waits = Vec::new();
    for round in 0..8 {
        // Away, silent, or ended at once because a namesake opened one: all the same.
        let over = if round % 2 == 0 { Some(away()) } else { None };
        let outputs = engine.step(now_ms, Input::Stream(StreamSays::Over(over)));
        assert!(!told(&outputs).is_some_and(|status| status.state == SyncState::Offline), "the lanes go on");
        let began_ms = now_ms;
        while !listens(&engine.step(now_ms, Input::Tick)) {
            for lane in [Lane::Down, Lane::Balances] {
                engine.step(now_ms, done(lane));
            }
            now_ms += 250;
            assert!(now_ms < began_ms + 60_000, "never left alone");
        }
        waits.push(now_ms - began_ms);
        engine.step(now_ms, Input::Stream(StreamSays::Lives));
    }
    assert!(waits[0] <= 1_000 && waits[7] >= 7_000, "{waits:?}");
}

#[test]
fn a_central_without_a_stream_is_asked_again_much_later() {
    let mut engine = streaming();
    let none = refused(404, code::NOT_FOUND, None);
    engine.step(1_000, Input::Stream(StreamSays::Over(Some(none))));
    for second in 1..599 {
        for lane in [Lane::Down, Lane::Balances, Lane::Up] {
            engine.pace(lane).give_back(1_000 + second * 1_000);
        }
        let outputs = engine.step(1_000 + second * 1_000, Input::Tick);
        assert!(!listens(&outputs), "second {second}");
        for lane in [Lane::Down, Lane::Balances, Lane::Up] {
            engine.step(1_000 + second * 1_000, done(lane));
        }
    }
    assert!(listens(&engine.step(601_000, Input::Tick)), "it may have been upgraded");
}

#[test]
fn one_that_is_too_old_for_the_other_is_said_by_name() {
    let mut engine = engine();
    engine.step(0, Input::Tick);
    let outputs = engine.step(5, Input::Token(Err(refused(426, code::OUTDATED, None))));
    let status = told(&outputs).expect("a change");
    assert_eq!((status.state, status.update), (SyncState::Offline, Some(Update::Station)));
    engine.step(60_000, Input::Tick);
    let outputs = engine.step(60_000, Input::Token(Ok(heard(900_000))));
    assert_eq!(told(&outputs).map(|status| status.update), Some(None), "after the update");
    let not_there = || CallError::no_such_path();
    for (revision, side) in
        [(REVISION + 1, Some(Update::Station)), (REVISION, None), (REVISION - 1, Some(Update::Central))]
    {
        let mut engine = self::engine();
        engine.step(0, Input::Tick);
        let failure = Failure::OtherTime { revision, source: not_there() };
        let outputs = engine.step(5, Input::Token(Err(failure)));
        assert_eq!(told(&outputs).map(|status| status.update), Some(side), "a central of revision {revision}");
    }
    let mut engine = self::engine();
    engine.step(0, Input::Tick);
    let outputs = engine.step(5, Input::Token(Err(Failure::Call(not_there()))));
    assert_eq!(told(&outputs).map(|status| status.update), Some(None), "somebody else answers there");
    let settings = Settings { oldest_central: 3, ..Settings::default() };
    let mut engine = Engine::new(0, settings, 7, 0, false);
    engine.step(0, Input::Tick);
    let old = TokenHeard { revision: 2, ..heard(900_000) };
    let outputs = engine.step(5, Input::Token(Ok(old)));
    assert_eq!(told(&outputs).map(|status| status.update), Some(Some(Update::Central)));
    assert!(lanes(&outputs).contains(&"up"), "what can be handed in is handed in");
}

#[test]
fn the_last_contact_is_told_but_not_with_every_answer() {
    let mut engine = online();
    let mut times = 0;
    for round in 1..=30_i64 {
        let now_ms = round.unsigned_abs() * 2_000;
        engine.step(now_ms, Input::Tick);
        let at_ms = 1_000 + round * 2_000;
        let clock = ClockReading { asked_ms: at_ms, central_ms: at_ms + 5_000, answered_ms: at_ms };
        let report = Report { clock: Some(clock), ..Report::default() };
        engine.step(now_ms, done(Lane::Up));
        let outputs = engine.step(now_ms, Input::Done { lane: Lane::Down, result: Ok(report) });
        engine.step(now_ms, done(Lane::Balances));
        if let Some(status) = told(&outputs) {
            times += 1;
            assert_eq!(status.heard_ms, Some(at_ms));
        }
    }
    assert!((3..=7).contains(&times), "in a minute: {times}");
}
