//! What people here want set aside: central is asked when somebody asks, and again until it answers. Nothing else waits
//! for it, and that it fails is no outage.

use super::lane::Pace;
use super::{Engine, Failure, Output};
use crate::CallError;

/// A look into the store for what waits, when nobody said so: it costs no call where there is nothing.
const LOOK_EVERY_MS: u64 = 60_000;
/// A central of before there were promises may know them after an upgrade.
const NO_PROMISES_MS: u64 = 10 * 60_000;

/// When central is asked next.
pub(super) struct Asking(pub(super) Pace);

impl Engine {
    /// The token to ask under, for what is asked once and is not repeated.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().filter(|_| !self.revoked).map(|token| token.text.as_str())
    }

    pub(super) fn promises_due(&self) -> Option<u64> {
        (!self.revoked).then(|| self.promises.0.due_ms()).flatten()
    }

    /// A person waits: that is no reason to wait for the end of a pause.
    pub(super) fn asked(&mut self, now_ms: u64) {
        let pace = &mut self.promises.0;
        pace.poke(now_ms);
        if !pace.busy {
            pace.give_back(now_ms);
        }
    }

    pub(super) fn ask_when_due(&mut self, now_ms: u64, token: &str) -> Option<Output> {
        self.promises_due().filter(|due_ms| *due_ms <= now_ms)?;
        self.promises.0.begin();
        Some(Output::AskPromises { token: token.to_owned(), offset_ms: self.told.status.offset_ms })
    }

    pub(super) fn answered(&mut self, now_ms: u64, answered: Result<u64, Failure>) {
        let chance = self.draw();
        match answered {
            Ok(count) => {
                if count > 0 {
                    // Central is there: the others need not wait for the end of their time.
                    self.wake_all(now_ms);
                }
                self.told.status.answers = self.told.status.answers.wrapping_add(count);
                self.promises.0.succeed(now_ms, LOOK_EVERY_MS);
            }
            Err(Failure::Call(CallError::Refused { status: 404 | 405, .. })) => {
                self.promises.0.succeed(now_ms, NO_PROMISES_MS);
            }
            Err(failure) => {
                if let Failure::Call(error) = &failure
                    && error.wants_token()
                    && self.token.take().is_some_and(|token| token.proved)
                {
                    return self.promises.0.give_back(now_ms);
                }
                self.promises.0.fail(now_ms, failure.retry_after_ms(), chance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClockReading, Input, Lane, Report, Settings, TokenHeard};
    use super::*;

    fn joined() -> Engine {
        let mut engine = Engine::new(0, Settings::default(), 7, 0, true);
        engine.step(0, Input::Tick);
        let clock = ClockReading { asked_ms: 0, central_ms: 0, answered_ms: 0 };
        let heard = TokenHeard { token: "t".to_owned(), life_ms: 90_000_000, revoked: false, revision: 1, clock };
        assert!(asks(&engine.step(0, Input::Token(Ok(heard)))), "what was left from before is asked at the start");
        engine.step(1, Input::Answered(Ok(0)));
        engine
    }

    fn asks(outputs: &[Output]) -> bool {
        outputs.iter().any(|output| matches!(output, Output::AskPromises { .. }))
    }

    fn away() -> Failure {
        Failure::Call(CallError::Away("nobody".to_owned()))
    }

    #[test]
    fn a_person_is_not_kept_waiting_by_a_pause_and_nobody_asks_without_a_token() {
        let mut engine = joined();
        assert!(asks(&engine.step(10, Input::Asked)));
        for turn in 0..20 {
            engine.step(20 + turn, Input::Answered(Err(away())));
            assert!(!asks(&engine.step(20 + turn, Input::Tick)), "what waits is asked again later");
            assert!(asks(&engine.step(20 + turn, Input::Asked)), "a person is not");
        }
        assert_eq!(engine.told.status.last_error, None, "it is no outage");
        let mut engine = Engine::new(0, Settings::default(), 7, 0, true);
        assert!(!asks(&engine.step(0, Input::Asked)) && engine.token().is_none());
    }

    #[test]
    fn what_was_asked_while_it_asks_is_asked_next() {
        let mut engine = joined();
        assert!(asks(&engine.step(10, Input::Asked)));
        assert!(!asks(&engine.step(11, Input::Asked)), "one at a time");
        assert!(asks(&engine.step(12, Input::Answered(Ok(1)))), "the second came after the store was read");
        assert!(!asks(&engine.step(13, Input::Answered(Ok(1)))));
        assert_eq!(engine.told.status.answers, 2);
    }

    #[test]
    fn it_is_asked_again_as_soon_as_central_is_back() {
        let mut engine = joined();
        engine.step(10, Input::Asked);
        for lane in [Lane::Up, Lane::Down, Lane::Balances] {
            engine.step(11, Input::Done { lane, result: Err(away()) });
        }
        let mut now_ms = 11;
        for _ in 0..12 {
            engine.step(now_ms, Input::Answered(Err(away())));
            now_ms = engine.promises_due().expect("it tries on");
            assert!(asks(&engine.step(now_ms, Input::Tick)));
        }
        engine.step(now_ms, Input::Answered(Err(away())));
        let back = Input::Done { lane: Lane::Down, result: Ok(Report::default()) };
        assert!(asks(&engine.step(now_ms + 1, back)), "the others found central again");
    }

    #[test]
    fn who_hears_central_first_wakes_the_others() {
        let mut engine = joined();
        engine.step(10, Input::Asked);
        for lane in [Lane::Up, Lane::Down, Lane::Balances] {
            engine.step(11, Input::Done { lane, result: Err(away()) });
        }
        let pulls = |outputs: &[Output]| outputs.iter().any(|output| matches!(output, Output::Pull { .. }));
        assert!(!pulls(&engine.step(12, Input::Answered(Ok(0)))), "nothing was asked, so nothing was heard");
        engine.step(13, Input::Asked);
        assert!(pulls(&engine.step(14, Input::Answered(Ok(1)))));
    }

    #[test]
    fn a_token_that_ended_is_renewed_and_an_older_central_is_not_asked_again_and_again() {
        let mut engine = joined();
        engine.step(2, Input::Done { lane: Lane::Up, result: Ok(Report::default()) });
        engine.step(10, Input::Asked);
        let error = selvedge_protocol::v1::ApiError {
            code: selvedge_protocol::v1::code::TOKEN.to_owned(),
            detail: String::new(),
            request_id: String::new(),
            now_ms: None,
            epoch: None,
        };
        let ended = CallError::Refused { status: 401, error: Box::new(error), retry_after_ms: None };
        let outputs = engine.step(11, Input::Answered(Err(Failure::Call(ended))));
        assert!(outputs.iter().any(|output| matches!(output, Output::AskToken { .. })), "{outputs:?}");

        let mut engine = joined();
        engine.step(10, Input::Asked);
        engine.step(11, Input::Answered(Err(Failure::Call(CallError::no_such_path()))));
        assert_eq!(engine.promises_due(), Some(11 + NO_PROMISES_MS));
    }
}
