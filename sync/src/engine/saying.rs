//! How the station is, told to central: after signing on, soon after it changed, and now and then. Nothing waits for it,
//! and that it fails is no outage.

use super::lane::Pace;
use super::{Engine, Failure, Output};
use crate::{CallError, Parted, SyncStatus, Trouble, Update};

/// A central that does not ask how its stations are may after an upgrade.
const NOBODY_ASKS_MS: u64 = 10 * 60_000;

/// What was said, as far as the engine knows.
pub(super) struct Saying {
    pace: Pace,
    /// When it is said again though nothing changed.
    regular_ms: u64,
    /// Central has heard of the journal: before that there is little to say.
    pub(super) signed_on: bool,
    /// The station says that something needs a look, or no longer does.
    pub(super) changed: bool,
    /// What was said last, and what is being said.
    said: Option<Known>,
    saying: Option<Known>,
    /// Entries waited when it was said last.
    waited: bool,
}

/// What a report is worth sending for.
#[derive(Clone, PartialEq)]
struct Known {
    offset_ms: Option<i64>,
    problems: Vec<Trouble>,
    held: Vec<(String, u64)>,
    update: Option<Update>,
    parted: Vec<Parted>,
}

impl Known {
    fn of(status: &SyncStatus) -> Self {
        Known {
            offset_ms: status.offset_ms,
            problems: status.problems.clone(),
            held: status.held.clone(),
            update: status.update,
            parted: status.parted.clone(),
        }
    }
}

impl Saying {
    pub(super) fn new() -> Self {
        Saying {
            pace: Pace::due_at(0),
            regular_ms: 0,
            signed_on: false,
            changed: false,
            said: None,
            saying: None,
            waited: false,
        }
    }

    fn due_ms(&self, status: &SyncStatus) -> Option<u64> {
        let soonest_ms = self.pace.due_ms().filter(|_| self.signed_on)?;
        // That entries wait is said in its turn: nearly always they are gone in the same second. That they do not wait
        // any more takes an alarm away.
        let sent = self.waited && status.unsent == 0;
        let news = self.changed || sent || self.said.as_ref() != Some(&Known::of(status));
        Some(if news { soonest_ms } else { soonest_ms.max(self.regular_ms) })
    }
}

impl Engine {
    pub(super) fn saying_due(&self) -> Option<u64> {
        self.saying.due_ms(&self.told.status)
    }

    pub(super) fn say_when_due(&mut self, now_ms: u64, token: &str) -> Option<Output> {
        self.saying_due().filter(|due_ms| *due_ms <= now_ms)?;
        self.saying.pace.begin();
        self.saying.changed = false;
        self.saying.saying = Some(Known::of(&self.told.status));
        Some(Output::SayHow { token: token.to_owned(), offset_ms: self.told.status.offset_ms })
    }

    /// Entries that waited when it was said, or why it was not.
    pub(super) fn said_how(&mut self, now_ms: u64, said: Result<u64, Failure>) {
        let chance = self.draw();
        let saying = &mut self.saying;
        match said {
            Ok(unsent) => {
                saying.waited = unsent > 0;
                saying.said = saying.saying.take();
                saying.regular_ms = now_ms.saturating_add(self.settings.report_every_ms);
                saying.pace.succeed(now_ms, self.settings.report_gap_ms);
            }
            Err(Failure::Call(CallError::Refused { status: 404 | 405, .. })) => {
                saying.pace.succeed(now_ms, NOBODY_ASKS_MS);
            }
            Err(failure) => saying.pace.fail(now_ms, failure.retry_after_ms(), chance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Input, Lane, Report, Settings};
    use super::*;

    fn engine() -> Engine {
        let mut engine = Engine::new(0, Settings::default(), 7, 0, true);
        engine.step(0, Input::Tick);
        let clock = super::super::ClockReading { asked_ms: 0, central_ms: 0, answered_ms: 0 };
        let heard =
            super::super::TokenHeard { token: "t".to_owned(), life_ms: 90_000_000, revoked: false, revision: 1, clock };
        assert!(!says(&engine.step(0, Input::Token(Ok(heard)))), "nothing is said before central has the journal");
        engine
    }

    fn says(outputs: &[Output]) -> bool {
        outputs.iter().any(|output| matches!(output, Output::SayHow { .. }))
    }

    fn pushed(engine: &mut Engine, now_ms: u64, report: Report) -> bool {
        says(&engine.step(now_ms, Input::Done { lane: Lane::Up, result: Ok(report) }))
    }

    /// Signed on, and said once.
    fn said(unsent: u64) -> Engine {
        let mut engine = engine();
        assert!(pushed(&mut engine, 0, Report::default()), "once, when central has the journal");
        assert!(!says(&engine.step(5, Input::SaidHow(Ok(unsent)))));
        engine
    }

    #[test]
    fn it_is_said_again_each_few_minutes_though_nothing_changed() {
        let mut engine = said(0);
        for turn in 1..=3 {
            let at_ms = 5 + turn * 180_000;
            assert!(!says(&engine.step(at_ms - 1, Input::Tick)), "turn {turn}");
            assert!(engine.saying_due() == Some(at_ms), "it is woken for it");
            assert!(says(&engine.step(at_ms, Input::Tick)), "turn {turn}");
            assert!(!says(&engine.step(at_ms, Input::Tick)), "one at a time");
            engine.step(at_ms, Input::SaidHow(Ok(0)));
        }
    }

    #[test]
    fn what_changed_is_said_soon_but_not_in_a_row() {
        let mut engine = said(0);
        assert!(!says(&engine.step(1_000, Input::Changed)), "not sooner than ten seconds after the one before");
        assert!(says(&engine.step(10_005, Input::Tick)));
        engine.step(10_010, Input::Changed);
        engine.step(10_020, Input::SaidHow(Ok(0)));
        assert!(says(&engine.step(20_020, Input::Tick)), "what changed while it was said is said again");
        engine.step(20_030, Input::SaidHow(Ok(0)));
        let held = vec![("held-site".to_owned(), 2)];
        let report = Report { held: Some(held), ..Report::default() };
        engine.step(60_000, Input::Poke { unsent: 0 });
        assert!(pushed(&mut engine, 60_000, report), "what sync itself found out counts too");
    }

    #[test]
    fn a_sale_is_no_reason_but_the_end_of_a_queue_is() {
        let mut engine = said(17);
        let sent = || Report { unsent: Some(0), ..Report::default() };
        engine.step(20_000, Input::Poke { unsent: 18 });
        assert!(pushed(&mut engine, 20_100, sent()), "nothing waits any more");
        engine.step(20_110, Input::SaidHow(Ok(0)));
        for sale in 0..50 {
            let at_ms = 40_000 + sale * 1_000;
            assert!(!says(&engine.step(at_ms, Input::Poke { unsent: 1 })), "sale {sale}");
            assert!(!pushed(&mut engine, at_ms + 50, sent()), "sale {sale}");
        }
    }

    #[test]
    fn that_it_cannot_be_said_is_no_outage_and_an_older_central_is_not_asked_again_and_again() {
        let mut engine = engine();
        pushed(&mut engine, 0, Report::default());
        for lane in [Lane::Down, Lane::Balances] {
            engine.step(0, Input::Done { lane, result: Ok(Report::default()) });
        }
        let away = || Failure::Call(CallError::Away("nobody".to_owned()));
        for _ in 0..5 {
            let now_ms = engine.saying_due().unwrap_or(0);
            engine.step(now_ms, Input::Tick);
            engine.step(now_ms, Input::SaidHow(Err(away())));
        }
        assert_eq!((engine.told.status.state, &engine.told.status.last_error), (crate::SyncState::Online, &None));
        let now_ms = engine.saying_due().expect("it tries on");
        assert!(now_ms < 60_000 && says(&engine.step(now_ms, Input::Tick)));
        engine.step(now_ms, Input::SaidHow(Err(Failure::Call(CallError::no_such_path()))));
        assert_eq!(engine.saying_due(), Some(now_ms + NOBODY_ASKS_MS));
    }
}
