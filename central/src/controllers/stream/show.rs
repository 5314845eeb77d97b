//! A station listens: a server-sent event says that there is something to fetch, and never what.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use selvedge_protocol::v1::{ApiError, STREAM_SILENCE_MS, StreamEventV1, stream_event};
use tokio::sync::watch;
use uuid::Uuid;

use crate::http::{App, Bucket, Leave, Listening, Rate, Refusal};
use crate::store::Ears;

/// A change is told at once while changes are few. When they are many, so much of them is told, and what happens in the
/// pause before the next event is one event.
const EVENTS: Rate = Rate { burst: 20, a_second: 20 };
const PAUSE: Duration = Duration::from_millis(50);
/// How often a silent stream looks at the clock.
const LOOK: Duration = Duration::from_secs(1);
/// Three comments fit into the silence after which a station thinks that the line is dead.
const COMMENT_EVERY: Duration = Duration::from_millis(STREAM_SILENCE_MS / 3);

/// Be poked when there is something to fetch.
#[utoipa::path(
    get, path = "/api/v1/stream", tag = "stations", operation_id = "stream", security(("token" = [])),
    responses(
        (status = 200, content_type = "text/event-stream", body = StreamEventV1,
            description = "Server-sent events, the body in each `data:`; ends with the token"),
        (status = 401, body = ApiError), (status = 403, body = ApiError), (status = 503, body = ApiError),
    )
)]
pub async fn show(
    State(app): State<App>,
    Listening { device, until_ms }: Listening,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let leave = app.streams.open(device.id)?;
    let ears = app.store.pokes().listen(device.site);
    // Something may have changed before anybody listened.
    let due = VecDeque::from([stream_event::FEED, stream_event::BALANCES]);
    let epoch = app.central.epoch;
    let events = Bucket::full(EVENTS, app.around.now_ms());
    let line = Line { app, device: device.id, until_ms, epoch, leave, ears, due, events };
    let events = unfold(line, |mut line| async move { line.next().await.map(|event| (Ok(event), line)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)))
}

struct Line {
    app: App,
    device: Uuid,
    until_ms: i64,
    /// The life of the feed, as it was last seen.
    epoch: Uuid,
    leave: Leave,
    ears: Ears,
    /// To be said, each once.
    due: VecDeque<&'static str>,
    /// What may be said without a pause.
    events: Bucket,
}

impl Line {
    /// The next event; none at the end.
    async fn next(&mut self) -> Option<Event> {
        while self.due.is_empty() {
            if !self.events.has_one(self.app.around.now_ms()) {
                tokio::time::sleep(PAUSE).await;
            }
            let heard = tokio::select! {
                _ = &mut self.leave.replaced => return None,
                () = ended(&mut self.leave.ending) => return None,
                Ok(()) = self.ears.feed.changed() => stream_event::FEED,
                Ok(()) = self.ears.balances.changed() => stream_event::BALANCES,
                Ok(()) = self.ears.stations.changed() => {
                    let device = self.app.store.device(self.device).await.ok().flatten()?;
                    if device.revoked {
                        return None;
                    }
                    ""
                }
                () = tokio::time::sleep(LOOK) => "",
            };
            if self.app.around.now_ms() >= self.until_ms {
                return None;
            }
            self.due.extend((!heard.is_empty()).then_some(heard));
        }
        let what = self.due.pop_front()?;
        self.events.take(self.app.around.now_ms());
        if what == stream_event::FEED {
            // A new life begins with a row of the feed, here or at another replica.
            self.epoch = self.app.epoch().await.unwrap_or(self.epoch);
        }
        let said = StreamEventV1 { what: what.to_owned(), epoch: self.epoch };
        Event::default().event(what).json_data(said).ok()
    }
}

async fn ended(ending: &mut watch::Receiver<bool>) {
    // An error says that central is gone already.
    ending.wait_for(|ending| *ending).await.ok();
}
