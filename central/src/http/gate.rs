//! The gate before everything else. Who finds even the line before the door full hears so before a route is looked for,
//! a token is read or a body is waited for: a central that is asked too much must not spend itself on saying no.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::http::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use futures_util::future::Either;
use tower::Service;

use super::{App, class, watch};
use crate::door::Later;
use crate::door::rules::Class;

/// The log says so often how many were sent away, not more.
const SAID_EVERY_MS: i64 = 1_000;

/// All routes, behind the gate.
#[derive(Clone)]
pub struct Gate {
    app: App,
    routes: Router,
    log: Arc<Log>,
}

impl Gate {
    /// Before routes.
    pub fn new(app: App, routes: Router) -> Self {
        Gate { app, routes, log: Arc::default() }
    }

    fn refuse<B>(&self, request: &Request<B>) -> Option<Response> {
        let class = class::of(request.method(), request.uri().path(), request.headers())?;
        let Later(after_ms) = self.app.door.refuse(class)?;
        self.app.metrics.refused(class);
        self.log.refused(class, self.app.around.now_ms());
        Some(watch::later(&self.app, request.headers(), after_ms))
    }
}

impl<B> Service<Request<B>> for Gate
where
    Router: Service<Request<B>, Response = Response, Error = Infallible, Future = RouteFuture<Infallible>>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.refuse(&request) {
            Some(no) => Either::Left(ready(Ok(no))),
            None => Either::Right(self.routes.call(request)),
        }
    }
}

/// A line a second is enough, however many are sent away.
#[derive(Default)]
struct Log {
    said_ms: AtomicI64,
    since: AtomicU64,
}

impl Log {
    fn refused(&self, class: Class, now_ms: i64) {
        self.since.fetch_add(1, Ordering::Relaxed);
        let said_ms = self.said_ms.load(Ordering::Relaxed);
        let due = !(0..SAID_EVERY_MS).contains(&now_ms.saturating_sub(said_ms));
        if due && self.said_ms.compare_exchange(said_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let count = self.since.swap(0, Ordering::Relaxed);
            tracing::warn!(count, class = class.word(), "too much is asked: asked to come back");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use axum::body::{Body, to_bytes};
    use axum::http::{StatusCode, header};
    use selvedge_protocol::demo::SEED;
    use selvedge_protocol::v1::{ApiError, code};

    use super::*;
    use crate::http::router;
    use crate::store::Store;
    use crate::store::sqlite::SqliteStore;
    use crate::surroundings::Machine;

    async fn app() -> App {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::memory().expect("a store"));
        crate::demo::set_up(&*store, &Machine, SEED).await.expect("a company");
        let central = store.central().await.expect("a store").expect("a company");
        App::new(store, Arc::new(Machine), central)
    }

    async fn ask(gate: &mut Gate, path: &str) -> Response {
        let request = Request::get(path).header("x-request-id", "who-asks-1").body(Body::empty()).expect("a request");
        gate.call(request).await.expect("an answer")
    }

    #[tokio::test]
    async fn who_finds_no_place_hears_so_before_anything_is_looked_at() {
        let app = app().await;
        let mut gate = Gate::new(app.clone(), router(app.clone()));
        let (mut inside, mut waiting) = (Vec::new(), Vec::new());
        loop {
            let mut enters = Box::pin(app.door.enter(Class::Lookup));
            match poll_fn(|context| Poll::Ready(enters.as_mut().poll(context))).await {
                Poll::Ready(Ok(leave)) => inside.push(leave),
                Poll::Pending => waiting.push(enters),
                Poll::Ready(Err(Later(_))) => break,
            }
        }
        let no = ask(&mut gate, "/api/v1/balances").await;
        assert_eq!(no.status(), StatusCode::SERVICE_UNAVAILABLE, "nobody asked for the token that is missing");
        let after = no.headers()[header::RETRY_AFTER].to_str().expect("text").parse::<u32>().expect("seconds");
        assert!((1..=300).contains(&after), "{after}");
        assert_eq!(no.headers()["x-request-id"], "who-asks-1");
        let said: ApiError =
            serde_json::from_slice(&to_bytes(no.into_body(), 1_000).await.expect("a body")).expect("an error");
        assert_eq!((said.code.as_str(), said.request_id.as_str()), (code::BUSY, "who-asks-1"));
        assert_eq!(ask(&mut gate, "/api/v1/feed").await.status(), StatusCode::UNAUTHORIZED, "another line");
        assert_eq!(ask(&mut gate, "/health").await.status(), StatusCode::OK, "can always be asked");
        drop((waiting, inside));
        assert_eq!(ask(&mut gate, "/api/v1/balances").await.status(), StatusCode::UNAUTHORIZED, "there is room again");
    }
}
