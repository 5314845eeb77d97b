//! The edge: routes, limits, request ids, and how central says no.

mod auth;
mod body;
mod bucket;
mod class;
mod document;
mod gate;
mod refusal;
mod seen;
mod shops;
mod streams;
mod watch;

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use selvedge_protocol::journal::PublicKey;
use selvedge_protocol::v1::SeenV1;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub use auth::{Asker, JournalStation, Listening, Looker, Onlooker, Scraper, Station, Viewer};
pub use body::{Compressible, Sent};
pub use gate::Gate;
pub use refusal::Refusal;
pub use streams::{Leave, Streams};

use bucket::Buckets;
pub(crate) use bucket::{Bucket, Rate};
use seen::Seen;
use shops::RevokedShops;

use crate::availability::Availability;
use crate::controllers;
use crate::door::Door;
use crate::metrics::Metrics;
use crate::snapshot::Snapshots;
use crate::store::{Central, Command, Store, StoreError};
use crate::surroundings::Around;

/// What every handler works with.
#[derive(Clone)]
pub struct App {
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// Time and chance.
    pub around: Around,
    /// Which central this is.
    pub central: Arc<Central>,
    /// Wrong enrolment codes of late, so that nobody tries them all.
    pub wrong_codes: Arc<Mutex<Vec<i64>>>,
    /// By which its signatures are verified; kept, since making it from the secret one takes as long as a signature.
    pub key: PublicKey,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who shows this as a token may read the counts; without it only where nobody else can ask.
    pub metrics_token: Option<Arc<str>>,
    /// Central listens on loopback only.
    pub at_home: bool,
    /// What stations begin with.
    pub snapshots: Snapshots,
    /// The streams that are open.
    pub streams: Streams,
    /// Who is at work, and who waits.
    pub door: Door,
    /// What may be promised, for many who look.
    pub availability: Availability,
    pub(crate) buckets: Arc<Buckets>,
    /// Tokens and stations that were looked at of late.
    pub(crate) seen: Arc<Seen>,
    pub(crate) revoked_shops: Arc<RevokedShops>,
}

impl App {
    /// Around a store that was set up.
    pub fn new(store: Arc<dyn Store>, around: Around, central: Central) -> Self {
        App {
            snapshots: Snapshots::in_folder(std::env::temp_dir()),
            door: Door::new(Arc::clone(&around)),
            availability: Availability::new(Arc::clone(&store), Arc::clone(&around)),
            seen: Arc::new(Seen::new(store.pokes())),
            store,
            around,
            key: central.key().public(),
            central: Arc::new(central),
            wrong_codes: Arc::default(),
            metrics: Arc::default(),
            metrics_token: None,
            at_home: false,
            streams: Streams::default(),
            buckets: Arc::default(),
            revoked_shops: Arc::default(),
        }
    }
}

impl App {
    /// The present life of the feed: another replica may have begun it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epoch(&self) -> Result<Uuid, StoreError> {
        Ok(self.store.central().await?.ok_or(StoreError::NotSetUp)?.epoch)
    }

    /// Writes down what somebody has central do, before it is done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note(&self, who: String, what: &'static str, about: String) -> Result<(), StoreError> {
        self.store.note(Command { at_ms: self.around.now_ms(), who, what, about }).await
    }

    /// Compares what a station has seen of central with what there is; says the present life of the feed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice(&self, device: Uuid, seen: SeenV1) -> Result<Uuid, StoreError> {
        let noticed = self.store.notice(device, seen, self.around.new_id(), self.around.now_ms()).await?;
        if let Some(because) = &noticed.opened {
            tracing::error!(device.id = %device, epoch = %noticed.epoch, because,
                "central lost something: it takes back what the stations hold, see `selvedge-central rebuild`");
        }
        Ok(noticed.epoch)
    }
}

/// Every route is here, and with that in the document.
fn parts() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(document::begun())
        .routes(routes!(controllers::enrol::create::create))
        .routes(routes!(controllers::token::create::create))
        .routes(routes!(controllers::generation::create::create))
        .routes(routes!(controllers::journal::create::create, controllers::journal::list::list))
        .routes(routes!(controllers::base::create::create))
        .routes(routes!(controllers::feed::list::list))
        .routes(routes!(controllers::balance::list::list))
        .routes(routes!(controllers::snapshot::show::show))
        .routes(routes!(controllers::decision::create::create))
        .routes(routes!(controllers::stream::show::show))
        .routes(routes!(controllers::report::create::create))
        .routes(routes!(controllers::device::list::list))
        .routes(routes!(controllers::device::show::show))
        .routes(routes!(controllers::availability::show::show))
        .routes(routes!(controllers::promise::create::create, controllers::promise::list::list))
        .routes(routes!(controllers::promise::show::show))
        .routes(routes!(controllers::promise::change::confirm))
        .routes(routes!(controllers::promise::change::release))
        .routes(routes!(controllers::promise::change::cancel))
        .routes(routes!(controllers::transfer::create::create, controllers::transfer::list::list))
        .routes(routes!(controllers::allotment::create::create))
        .routes(routes!(controllers::transfer::show::show))
        .routes(routes!(controllers::transfer::cancel::cancel))
        .routes(routes!(controllers::health::show::show))
        .routes(routes!(controllers::health::ready::ready))
        .routes(routes!(controllers::metrics::show::show))
        .routes(routes!(controllers::document::show::show))
        .split_for_parts()
}

/// The OpenAPI document, JSON.
pub fn document() -> &'static serde_json::Value {
    static DOCUMENT: LazyLock<serde_json::Value> = LazyLock::new(|| document::complete(&parts().1));
    &DOCUMENT
}

/// The paths that the real router serves, as the router itself tells them: with `{name}` for what differs.
#[cfg(test)]
fn routes() -> Vec<String> {
    let told = format!("{:?}", parts().0);
    // What follows answers paths that nobody serves.
    let told = told.split("fallback_router").next().unwrap_or(&told);
    let paths = told.split("RouteId(").filter_map(|part| part.split_once("): \"")?.1.split_once('"'));
    let mut paths: Vec<String> = paths.map(|(path, _)| path.to_owned()).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// All routes.
pub fn router(app: App) -> Router {
    parts()
        .0
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async { Refusal::method() })
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(app.clone(), watch::watch))
        .with_state(app)
}
