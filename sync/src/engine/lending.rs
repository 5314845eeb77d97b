//! What the station wants to be lent: central is asked now and then, in one call. Nothing else waits for it, and that it
//! fails is no outage.

use super::lane::Pace;
use super::{Engine, Failure, Output};
use crate::CallError;

/// A look into the store for what waits, when nobody said so: it costs no call where there is nothing.
const LOOK_EVERY_MS: u64 = 60_000;
/// A central of before it lent anything over the wire may do so after an upgrade.
const NOTHING_LENT_MS: u64 = 10 * 60_000;

/// When central is asked next.
pub(super) struct Lending(pub(super) Pace);

impl Engine {
    pub(super) fn lending_due(&self) -> Option<u64> {
        (!self.revoked).then(|| self.lending.0.due_ms()).flatten()
    }

    /// There is something to ask for. A pause that central asked for is kept: nobody waits for it.
    pub(super) fn lend(&mut self, now_ms: u64) {
        self.lending.0.poke(now_ms);
    }

    pub(super) fn lend_when_due(&mut self, now_ms: u64, token: &str) -> Option<Output> {
        self.lending_due().filter(|due_ms| *due_ms <= now_ms)?;
        self.lending.0.begin();
        Some(Output::AskAllotments { token: token.to_owned() })
    }

    pub(super) fn lent(&mut self, now_ms: u64, lent: Result<u64, Failure>) {
        let chance = self.draw();
        match lent {
            Ok(_) => self.lending.0.succeed(now_ms, LOOK_EVERY_MS),
            Err(Failure::Call(CallError::Refused { status: 404 | 405, .. })) => {
                self.lending.0.succeed(now_ms, NOTHING_LENT_MS);
            }
            Err(failure) => {
                if let Failure::Call(error) = &failure
                    && error.wants_token()
                    && self.token.take().is_some_and(|token| token.proved)
                {
                    return self.lending.0.give_back(now_ms);
                }
                self.lending.0.fail(now_ms, failure.retry_after_ms(), chance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClockReading, Input, Lane, Report, Settings, TokenHeard};
    use super::*;

    fn joined(revoked: bool) -> (Engine, Vec<Output>) {
        let mut engine = Engine::new(0, Settings::default(), 7, 0, true);
        engine.step(0, Input::Tick);
        let clock = ClockReading { asked_ms: 0, central_ms: 0, answered_ms: 0 };
        let heard = TokenHeard { token: "t".to_owned(), life_ms: 90_000_000, revoked, revision: 1, clock };
        let outputs = engine.step(0, Input::Token(Ok(heard)));
        (engine, outputs)
    }

    fn asks(outputs: &[Output]) -> bool {
        outputs.iter().any(|output| matches!(output, Output::AskAllotments { .. }))
    }

    fn busy(retry_after_ms: u64) -> Failure {
        let error = selvedge_protocol::v1::ApiError {
            code: selvedge_protocol::v1::code::BUSY.to_owned(),
            detail: String::new(),
            request_id: String::new(),
            now_ms: None,
            epoch: None,
        };
        let error = CallError::Refused { status: 503, error: Box::new(error), retry_after_ms: Some(retry_after_ms) };
        Failure::Call(error)
    }

    #[test]
    fn what_waits_is_asked_at_once_and_one_call_at_a_time() {
        let (mut engine, outputs) = joined(false);
        assert!(asks(&outputs), "what was left from before is asked at the start");
        assert!(!asks(&engine.step(1, Input::Lend)), "one at a time");
        assert!(asks(&engine.step(2, Input::Lent(Ok(3)))), "what came meanwhile is asked next");
        assert!(!asks(&engine.step(3, Input::Lent(Ok(0)))));
        assert!(asks(&engine.step(10, Input::Lend)));
    }

    #[test]
    fn a_pause_that_central_asks_for_is_kept_whatever_waits_and_stops_nothing_else() {
        let (mut engine, _) = joined(false);
        for lane in [Lane::Down, Lane::Balances] {
            engine.step(1, Input::Done { lane, result: Ok(Report::default()) });
        }
        assert!(!asks(&engine.step(2, Input::Lent(Err(busy(30_000))))));
        for (at_ms, others) in [(3, false), (10_000, true), (29_000, false)] {
            let outputs = engine.step(at_ms, Input::Lend);
            assert!(!asks(&outputs), "at {at_ms}");
            let pulls = outputs.iter().any(|output| matches!(output, Output::Pull { .. }));
            assert_eq!(pulls, others, "at {at_ms} the others go on in their rhythm");
        }
        let pushed = engine.step(29_500, Input::Done { lane: Lane::Up, result: Ok(Report::default()) });
        assert!(!asks(&pushed) && engine.told.status.last_error.is_none(), "it is no outage");
        let due_ms = engine.lending_due().expect("it is asked again");
        assert!((30_002..=33_002).contains(&due_ms), "{due_ms}");
        assert!(asks(&engine.step(due_ms, Input::Tick)));
    }

    #[test]
    fn a_revoked_station_and_an_older_central_are_left_alone() {
        let (engine, outputs) = joined(true);
        assert!(!asks(&outputs) && engine.lending_due().is_none());
        let (mut engine, _) = joined(false);
        engine.step(5, Input::Lent(Err(Failure::Call(CallError::no_such_path()))));
        assert_eq!(engine.lending_due(), Some(5 + NOTHING_LENT_MS));
    }
}
