//! The stream of pokes: what central says on it travels like everything else, may be cut, and may fall silent without a
//! word. A poke that arrives is followed by a question; what no poke tells is asked for all the same.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use selvedge_protocol::v1::{STREAM_SILENCE_MS, stream_event};
use selvedge_sync::{Answer, CallError, Pieces};

use crate::dice::Dice;
use crate::network::{self, CALL_MS, Weather};
use crate::time::held;
use crate::world::World;

/// A till that is poked asks within this, unless something is wrong with its line.
const SOON_MS: u64 = 5_000;
/// After trouble a till waits for so long at most before it asks again.
const REST_MS: u64 = 20_000;
/// Central's comments, and the end of a token, come within this.
pub const LOOK_MS: u64 = 5_000;

/// What comes to a till on its stream.
#[derive(Clone, Default)]
pub struct Pipe(Arc<Mutex<Piped>>);

#[derive(Default)]
struct Piped {
    pieces: VecDeque<Vec<u8>>,
    /// How it ended: by central, or because the line was cut.
    end: Option<Result<(), ()>>,
    /// The till listens.
    open: bool,
    /// The till listens no more.
    over: bool,
}

impl Pipe {
    /// The till reads from it from now on.
    pub fn open(&self) -> Box<dyn Pieces> {
        held(&self.0).open = true;
        Box::new(Listening(self.clone()))
    }

    /// A piece has arrived.
    pub fn bring(&self, piece: Vec<u8>) {
        held(&self.0).pieces.push_back(piece);
    }

    /// Nothing more comes.
    pub fn end(&self, end: Result<(), ()>) {
        held(&self.0).end.get_or_insert(end);
    }

    /// Somebody listens, and there is nothing to hear.
    pub fn waits(&self) -> bool {
        let piped = held(&self.0);
        piped.open && !piped.over && piped.pieces.is_empty() && piped.end.is_none()
    }

    /// Somebody listens: the answer that it is open has come, too.
    pub fn is_heard(&self) -> bool {
        let piped = held(&self.0);
        piped.open && !piped.over
    }

    /// Nobody listens any more.
    pub fn is_over(&self) -> bool {
        held(&self.0).over
    }
}

/// The till's end.
struct Listening(Pipe);

impl Pieces for Listening {
    fn next(&mut self) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(poll_fn(|_| {
            let mut piped = held(&self.0.0);
            match (piped.pieces.pop_front(), piped.end) {
                (Some(piece), _) => Poll::Ready(Ok(Some(piece))),
                (None, Some(Ok(()))) => Poll::Ready(Ok(None)),
                (None, Some(Err(()))) => Poll::Ready(Err(CallError::Away("the line is cut".to_owned()))),
                (None, None) => Poll::Pending,
            }
        }))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        held(&self.0.0).over = true;
    }
}

/// A stream that central keeps open.
pub struct Stream {
    /// Whose.
    pub till: usize,
    /// Where what is said arrives.
    pub pipe: Pipe,
    /// What central says.
    pub body: Body,
    /// Nothing comes through any more, and neither side was told.
    pub silent: bool,
    /// When the last piece arrives: none overtakes another.
    pub last_ms: u64,
    /// Since when a poke must come.
    pub awaits_ms: Option<u64>,
}

/// What a till was poked for and has not asked for so far.
#[derive(Default)]
pub struct Ears {
    poked: BTreeMap<&'static str, u64>,
    trouble_ms: Option<u64>,
}

impl Ears {
    /// A piece has arrived.
    pub fn heard(&mut self, piece: &[u8], now_ms: u64) -> bool {
        let said = String::from_utf8_lossy(piece);
        let mut poked = false;
        for (event, path) in [(stream_event::FEED, "feed"), (stream_event::BALANCES, "balances")] {
            if said.contains(&format!("event: {event}\n")) {
                self.poked.entry(path).or_insert(now_ms);
                poked = true;
            }
        }
        poked
    }

    /// The till asks.
    pub fn asks(&mut self, path: &str) {
        self.poked.remove(path.trim_start_matches("/api/v1/"));
    }

    /// Something is wrong with its line until then, or it was off.
    pub fn trouble(&mut self, until_ms: u64) {
        self.poked.clear();
        self.trouble_ms = self.trouble_ms.max(Some(until_ms));
    }

    /// A poke that arrives leads to a question sooner than the minute would.
    ///
    /// # Panics
    /// When it does not.
    pub fn check(&self, now_ms: u64, till: usize) {
        for (what, at_ms) in &self.poked {
            let rests = self.trouble_ms.is_some_and(|trouble_ms| trouble_ms + REST_MS >= *at_ms);
            let soon = now_ms < at_ms + SOON_MS;
            assert!(rests || soon, "till {till} was poked for {what} at {at_ms} and asks soon, not at its next look");
        }
    }
}

impl World {
    /// Central has new rows for all: whoever listens must hear of it.
    pub fn awaits_pokes(&mut self) {
        let now_ms = self.now.ms();
        for stream in &mut self.streams {
            stream.awaits_ms.get_or_insert(now_ms);
        }
    }

    /// What central says on its streams goes on its way.
    pub fn listen(&mut self) {
        let mut streams = std::mem::take(&mut self.streams);
        streams.retain(|stream| !stream.pipe.is_over());
        streams.retain_mut(|stream| self.hear(stream));
        self.streams = streams;
        let now_ms = self.now.ms();
        for till in &mut self.tills {
            if matches!(till.weather, Weather::Storm | Weather::Cut) {
                till.ears.trouble(now_ms + CALL_MS);
            }
            till.ears.check(now_ms, till.begun.number);
        }
    }

    /// Takes what is said on a stream; false at its end.
    fn hear(&mut self, stream: &mut Stream) -> bool {
        let Stream { till, .. } = *stream;
        let (pieces, ended) = self.central.hear(&mut stream.body);
        let now_ms = self.now.ms();
        if pieces.iter().any(|piece| String::from_utf8_lossy(piece).contains("event: feed\n")) || ended {
            stream.awaits_ms = None;
        }
        let poked = stream.awaits_ms.is_none_or(|at_ms| now_ms <= at_ms + SOON_MS);
        assert!(poked, "who listens is poked when the feed grows: till {till}");
        for piece in pieces {
            self.travel(stream, Some(piece));
        }
        if ended {
            self.travel(stream, None);
        }
        !ended
    }

    /// A piece goes on its way, or the end; or the line dies, with a word or without.
    fn travel(&mut self, stream: &mut Stream, piece: Option<Vec<u8>>) {
        let weather = self.tills[stream.till].weather;
        let faults = match weather {
            Weather::Good => 0,
            Weather::Calm => 3,
            Weather::Storm => 30,
            Weather::Cut => 100,
        };
        if stream.silent {
            return;
        }
        stream.last_ms = stream.last_ms.max(self.now.ms() + network::trip_ms(&mut self.dice, weather));
        let after_ms = stream.last_ms - self.now.ms();
        if !self.dice.chance(faults) {
            let end = if piece.is_none() { Some(Ok(())) } else { None };
            return self.bring(after_ms, stream, piece, end);
        }
        if self.dice.chance(50) {
            self.count("streams half-open");
            self.say_silent(stream);
        } else {
            self.count("streams cut");
            self.bring(after_ms, stream, None, Some(Err(())));
        }
    }

    /// Nothing comes through any more; the till finds out by itself.
    pub fn say_silent(&mut self, stream: &mut Stream) {
        let till = stream.till;
        self.say(|| format!("till {till}'s stream is half-open"));
        stream.silent = true;
        self.bring(STREAM_SILENCE_MS + 100, stream, None, None);
    }

    /// Central is gone: some lines say so.
    pub fn hang_up_streams(&mut self) {
        for mut stream in std::mem::take(&mut self.streams) {
            if self.dice.chance(50) {
                self.bring(5, &stream, None, Some(Err(())));
            } else {
                self.say_silent(&mut stream);
            }
        }
    }
}

/// Everything that a stream says until it has nothing to say; and whether it is over. In an order of its own: of two things
/// that happened central may say either first.
pub async fn said(body: &mut Body) -> (Vec<Vec<u8>>, bool) {
    use http_body_util::BodyExt;
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    loop {
        tokio::select! {
            biased;
            frame = body.frame() => match frame {
                Some(Ok(frame)) => pieces.extend(frame.into_data().map(|data| data.to_vec())),
                // What was said last may have been said or not.
                Some(Err(_)) | None => return (Vec::new(), true),
            },
            // Time goes on by itself when nobody has anything to do.
            () = tokio::time::sleep(Duration::from_millis(1)) => break,
        }
    }
    pieces.sort();
    // While a poke is made ready, central may say once more that it is there.
    if pieces.iter().any(|piece| !piece.starts_with(b":")) {
        pieces.retain(|piece| !piece.starts_with(b":"));
    }
    pieces.dedup();
    (pieces, false)
}

/// Whether a till of a seed listens to the stream, as most do, or its central is one of before there was one.
pub fn listens(seed: u64) -> bool {
    Dice::new(seed, 0x57e).chance(50)
}
