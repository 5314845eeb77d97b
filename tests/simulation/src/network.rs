//! The made-up network: what a till sends waits in its outbox until the world decides what befalls it.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use http::{HeaderValue, Request, Response, StatusCode, header};
use selvedge_protocol::v1::{ApiError, code};
use selvedge_sync::{Answer, CallError, Pieces, Wire};

use crate::dice::Dice;
use crate::listening::Pipe;
use crate::time::held;

/// What a call becomes.
pub type Answered = Result<Response<Vec<u8>>, CallError>;

/// Connecting fails after so long.
pub const CONNECT_MS: u64 = 5_000;
/// A long answer comes in pieces of so many bytes.
const PIECE_BYTES: usize = 512;
/// A call whose answer does not come ends after so long.
pub const CALL_MS: u64 = 60_000;

/// A till's end of the network.
#[derive(Clone, Default)]
pub struct Line {
    messages: Arc<Mutex<Vec<Message>>>,
    listens: bool,
}

/// A request on its way, and where its answer is waited for.
pub struct Message {
    /// The request.
    pub request: Request<Vec<u8>>,
    /// Where the answer goes.
    pub slot: Slot,
}

/// Where an answer is waited for.
#[derive(Clone, Default)]
pub struct Slot {
    answered: Arc<Mutex<Option<Answered>>>,
    /// Where what follows comes, when the stream is asked for.
    pub pipe: Option<Pipe>,
}

impl Slot {
    /// The answer is there. Nobody may wait any more: the till was switched off.
    pub fn fill(&self, answered: Answered) {
        *held(&self.answered) = Some(answered);
    }

    /// Somebody waits and nothing is there.
    pub fn waits(&self) -> bool {
        Arc::strong_count(&self.answered) > 2 && held(&self.answered).is_none()
    }
}

impl Line {
    /// Of a till that opens the stream of pokes, or of one whose central has none.
    pub fn new(listens: bool) -> Self {
        Line { messages: Arc::default(), listens }
    }

    /// What was sent since the last time.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut held(&self.messages))
    }

    fn post<'a>(&self, request: Request<Vec<u8>>, pipe: Option<Pipe>) -> Answer<'a, Response<Vec<u8>>> {
        let slot = Slot { pipe, ..Slot::default() };
        held(&self.messages).push(Message { request, slot: slot.clone() });
        Box::pin(poll_fn(move |_| held(&slot.answered).take().map_or(Poll::Pending, Poll::Ready)))
    }
}

impl Wire for Line {
    fn send<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Vec<u8>>> {
        self.post(request, None)
    }

    fn open<'a>(&'a self, request: Request<Vec<u8>>) -> Answer<'a, Response<Box<dyn Pieces>>> {
        let is_stream = is_of(&request, "stream");
        // Whoever asks often enough needs no stream.
        if is_stream && !self.listens {
            let (code, detail) = (code::NOT_FOUND.to_owned(), String::new());
            let error = ApiError { code, detail, request_id: String::new(), now_ms: None, epoch: None };
            let refused = CallError::Refused { status: 404, error: Box::new(error), retry_after_ms: None };
            return Box::pin(std::future::ready(Err(refused)));
        }
        let pipe = Pipe::default();
        let answer = self.post(request, is_stream.then(|| pipe.clone()));
        Box::pin(async move {
            let (head, body) = answer.await?.into_parts();
            if is_stream && head.status.is_success() && body.is_empty() {
                return Ok(Response::from_parts(head, pipe.open()));
            }
            let length = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
            let pieces = Body { whole: length.is_none_or(|length: usize| length == body.len()), body, at: 0 };
            Ok(Response::from_parts(head, Box::new(pieces) as Box<dyn Pieces>))
        })
    }
}

/// Whether a request is for this path.
pub fn is_of(request: &Request<Vec<u8>>, path: &str) -> bool {
    request.uri().path().strip_prefix("/api/v1/") == Some(path)
}

/// What came of a long answer, piece by piece.
struct Body {
    body: Vec<u8>,
    at: usize,
    /// Nothing of it was cut off.
    whole: bool,
}

impl Pieces for Body {
    fn next(&mut self) -> Answer<'_, Option<Vec<u8>>> {
        let end = (self.at + PIECE_BYTES).min(self.body.len());
        let piece = self.body[self.at..end].to_vec();
        self.at = end;
        Box::pin(std::future::ready(match (piece.is_empty(), self.whole) {
            (false, _) => Ok(Some(piece)),
            (true, true) => Ok(None),
            (true, false) => Err(CallError::Away("the line is cut".to_owned())),
        }))
    }
}

/// How bad a till's line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Some milliseconds, no faults.
    Good,
    /// Some milliseconds, hardly ever a fault.
    #[default]
    Calm,
    /// Everything that can happen on a line happens often.
    Storm,
    /// Nothing comes through.
    Cut,
}

/// What befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Comes through.
    Through,
    /// The request is lost; known at once, or after the longest wait.
    Lost {
        /// After so long.
        after_ms: u64,
    },
    /// It is done, and the answer is lost; known after so long.
    AnswerLost {
        /// After so long.
        after_ms: u64,
    },
    /// It is done, and then done again so much later.
    Twice {
        /// After so long.
        after_ms: u64,
    },
    /// Somebody else answers.
    Nonsense,
}

/// Draws what befalls a call.
pub fn fate(dice: &mut Dice, weather: Weather) -> Fate {
    let wait_ms = if dice.chance(50) { 5 } else { CALL_MS };
    let roll = dice.below(100);
    let faults = match weather {
        Weather::Cut => return Fate::Lost { after_ms: if dice.chance(80) { 5 } else { CONNECT_MS } },
        Weather::Good => 0,
        Weather::Calm => 4,
        Weather::Storm => 55,
    };
    if roll >= faults {
        return Fate::Through;
    }
    match dice.below(10) {
        0..=2 => Fate::Lost { after_ms: wait_ms },
        3..=5 => Fate::AnswerLost { after_ms: wait_ms },
        6..=8 => Fate::Twice { after_ms: if dice.chance(50) { dice.below(50) } else { dice.below(200_000) } },
        _ => Fate::Nonsense,
    }
}

/// How long one way takes.
pub fn trip_ms(dice: &mut Dice, weather: Weather) -> u64 {
    match weather {
        Weather::Good | Weather::Calm => dice.between(2, 40),
        Weather::Storm | Weather::Cut => {
            if dice.chance(70) {
                dice.between(2, 400)
            } else {
                dice.between(400, 9_000)
            }
        }
    }
}

/// What answers when it is not central.
pub fn nonsense(dice: &mut Dice, answer: Option<Response<Vec<u8>>>, long: bool) -> Answered {
    let page = |status: StatusCode, body: &str| {
        let mut response = Response::new(body.as_bytes().to_vec());
        *response.status_mut() = status;
        response
    };
    match if long { 3 } else { dice.below(4) } {
        0 => Ok(page(StatusCode::OK, "<html>Sign in to the guest network</html>")),
        1 => Ok(page(StatusCode::BAD_GATEWAY, "<html>bad gateway</html>")),
        2 => {
            let mut later = page(StatusCode::SERVICE_UNAVAILABLE, r#"{"code":"busy","detail":"","request_id":""}"#);
            later.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
            Ok(later)
        }
        // The answer is cut in the middle.
        _ => match answer {
            Some(mut answer) => {
                let half = answer.body().len() / 2;
                answer.body_mut().truncate(half);
                Ok(answer)
            }
            None => Err(CallError::Away("cut".to_owned())),
        },
    }
}
