//! The stream that pokes: while it lives, the lanes that bring things down ask seldom by themselves.

use super::lane::Pace;
use super::{Engine, Failure, Output, StreamSays};
use crate::CallError;

/// A stream that ends sooner than this is no stream: it is opened again more and more seldom.
const SHORT_LIFE_MS: u64 = 30_000;
/// A central that has no stream may have one after an upgrade.
const NONE_THERE_MS: u64 = 10 * 60_000;

/// The stream, as far as the engine knows.
pub(super) struct Stream {
    pub(super) pace: Pace,
    /// When its first event came, while it lives.
    since_ms: Option<u64>,
}

impl Stream {
    pub(super) fn new(now_ms: u64) -> Self {
        Stream { pace: Pace::due_at(now_ms), since_ms: None }
    }

    pub(super) fn is_live(&self) -> bool {
        self.since_ms.is_some()
    }
}

impl Engine {
    pub(super) fn stream_due(&self) -> Option<u64> {
        (!self.revoked).then(|| self.stream.pace.due_ms()).flatten()
    }

    pub(super) fn listen_when_due(&mut self, now_ms: u64, token: &str) -> Option<Output> {
        if self.revoked || !self.stream.pace.is_due(now_ms) {
            return None;
        }
        self.stream.pace.begin();
        Some(Output::Listen { token: token.to_owned() })
    }

    pub(super) fn stream_says(&mut self, now_ms: u64, says: StreamSays) {
        match says {
            StreamSays::Lives | StreamSays::Feed | StreamSays::Balances => {
                self.stream.since_ms.get_or_insert(now_ms);
                match says {
                    StreamSays::Feed => self.down.poke(now_ms),
                    StreamSays::Balances => self.balances.poke(now_ms),
                    StreamSays::Lives | StreamSays::Over(_) => {}
                }
            }
            StreamSays::Over(why) => self.stream_is_over(now_ms, why),
        }
    }

    fn stream_is_over(&mut self, now_ms: u64, why: Option<Failure>) {
        let lived_ms = self.stream.since_ms.take().map_or(0, |since_ms| now_ms.saturating_sub(since_ms));
        let chance = self.draw();
        match &why {
            Some(Failure::Call(CallError::Refused { status: 404 | 405, .. })) => {
                self.stream.pace.succeed(now_ms, NONE_THERE_MS);
            }
            // It ends with its token, and with central: all stations would be back in the same moment.
            None if lived_ms >= SHORT_LIFE_MS => self.stream.pace.succeed(now_ms, chance % 1_000),
            None | Some(_) => {
                let asked_ms = why.as_ref().and_then(Failure::retry_after_ms);
                self.stream.pace.fail(now_ms, asked_ms, chance);
            }
        }
        // Nothing pokes any more: back to asking often.
        for (pace, rest_ms) in
            [(&mut self.down, self.settings.feed_every_ms), (&mut self.balances, self.settings.balances_every_ms)]
        {
            pace.not_after(now_ms.saturating_add(rest_ms));
        }
    }
}
