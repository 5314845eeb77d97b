//! Serving: a listener, TLS or loopback only, and an orderly end.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::ServiceExt;
use axum::extract::Request;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

use crate::auditor;
use crate::http::{App, Gate, Streams, router};
use crate::snapshot::Snapshots;
use crate::store::{Passed, Store, StoreError, chain};
use crate::surroundings::{Around, Surroundings};

/// Requests at work get this long at the end.
const LAST_CALL: Duration = Duration::from_secs(10);
/// Between two attempts to hear what others change.
const HEAR_AGAIN: Duration = Duration::from_secs(1);

/// Connections that were asked for and not taken up yet; the system may allow fewer.
const KNOCKING: u32 = 4_096;

/// After the start, when stations have come back.
const FIRST_CHECKPOINT: Duration = Duration::from_secs(10 * 60);
/// Between two looks at promises.
const NEXT_PASS: Duration = Duration::from_secs(2);
const NEXT_CHECKPOINT: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the certificate and its key are, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate and what leads to its root.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A central that serves.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// `http://127.0.0.1:41234`.
    pub url: String,
    handle: Handle<SocketAddr>,
    streams: Streams,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Takes no more requests, finishes those at work, and ends.
    ///
    /// # Errors
    /// What the server ended with.
    pub async fn stop(self) -> std::io::Result<()> {
        self.stopper()();
        self.ended().await
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// What the server ended with.
    pub async fn ended(self) -> std::io::Result<()> {
        self.task.await.map_err(std::io::Error::other)?
    }

    /// Ends at once, as a power cut would.
    pub fn cut(self) {
        self.handle.shutdown();
        self.task.abort();
    }

    /// Says when it shall end, from elsewhere.
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let (handle, streams) = (self.handle.clone(), self.streams.clone());
        move || {
            handle.graceful_shutdown(Some(LAST_CALL));
            streams.end();
        }
    }
}

/// Begins to serve; port 0 finds a free one.
///
/// # Errors
/// [`ServeError`]: without TLS on an address that others can reach, a port that is taken, a certificate that cannot be
/// read, a store without a company.
pub async fn serve(
    store: Arc<dyn Store>,
    around: Around,
    listen: SocketAddr,
    tls: Option<TlsFiles>,
) -> Result<Running, ServeError> {
    serve_with(store, around, listen, Serving { tls, ..Serving::default() }).await
}

/// How it is served, beyond where.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    /// Without it on loopback only.
    pub tls: Option<TlsFiles>,
    /// Who shows it may read `/metrics`.
    pub metrics_token: Option<String>,
    /// Within this folder snapshots lie; within that of the system's temporary files where it is not said.
    pub snapshots: Option<PathBuf>,
}

/// The same, where `/metrics` is read by who shows a token.
///
/// # Errors
/// As [`serve`].
pub async fn serve_counted(
    store: Arc<dyn Store>,
    around: Around,
    listen: SocketAddr,
    tls: Option<TlsFiles>,
    metrics_token: Option<String>,
) -> Result<Running, ServeError> {
    serve_with(store, around, listen, Serving { tls, metrics_token, snapshots: None }).await
}

/// The same, with all that can be said of it.
///
/// # Errors
/// As [`serve`].
pub async fn serve_with(
    store: Arc<dyn Store>,
    around: Around,
    listen: SocketAddr,
    serving: Serving,
) -> Result<Running, ServeError> {
    let Serving { tls, metrics_token, snapshots } = serving;
    if tls.is_none() && !listen.ip().is_loopback() {
        return Err(ServeError::PlainOutside(listen));
    }
    let central = store.central().await?.ok_or(StoreError::NotSetUp)?;
    // After an upgrade: entries of kinds that the version before this one did not know.
    let applied = store.release(around.now_ms()).await?;
    if applied > 0 {
        tracing::info!(journal.applied = applied, "entries that waited were applied");
    }
    store.tell_places(around.now_ms()).await?;
    let tls = match tls {
        None => None,
        Some(files) => Some(certificate(files).await?),
    };
    let listener = bound(listen).map_err(|source| ServeError::Listen { listen, source })?;
    let address = listener.local_addr().map_err(|source| ServeError::Listen { listen, source })?;
    let mut app = App::new(store, around, central);
    app.metrics_token = metrics_token.map(Into::into);
    if let Some(folder) = snapshots {
        app.snapshots = Snapshots::in_folder(folder);
    }
    app.at_home = listen.ip().is_loopback();
    let streams = app.streams.clone();
    let gate = Gate::new(app.clone(), router(app.clone()));
    // Whatever body a request has: the gate does not look at it.
    let service = ServiceExt::<Request>::into_make_service(gate);
    let handle = Handle::new();
    let watched = handle.clone();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let failed = |source| ServeError::Listen { listen, source };
    let task = match tls {
        Some(config) => {
            let mut server = axum_server::from_tcp_rustls(listener, config).map_err(failed)?.handle(watched);
            server.http_builder().http1().pipeline_flush(true);
            tokio::spawn(beside(app, server.serve(service)))
        }
        None => {
            let mut server = axum_server::from_tcp(listener).map_err(failed)?.handle(watched);
            server.http_builder().http1().pipeline_flush(true);
            tokio::spawn(beside(app, server.serve(service)))
        }
    };
    Ok(Running { address, url: format!("{scheme}://{address}"), handle, streams, task })
}

/// A fleet that comes back knocks all at once.
fn bound(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the standard library does it: a central that starts again takes its port again.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(KNOCKING)?.into_std()
}

/// What central does besides answering, as long as it answers.
async fn beside(app: App, answering: impl Future<Output = std::io::Result<()>>) -> std::io::Result<()> {
    tokio::select! {
        ended = answering => ended,
        () = hear_others(&*app.store) => Ok(()),
        () = auditor::go_on(&*app.store, &*app.around, &app.metrics) => Ok(()),
        () = sign_checkpoints(&*app.store, &*app.around) => Ok(()),
        () = pass_promises(&*app.store, &*app.around) => Ok(()),
    }
}

/// From time to time central signs what it has, so that it can say after a loss what is missing.
async fn sign_checkpoints(store: &dyn Store, around: &dyn Surroundings) {
    tokio::time::sleep(FIRST_CHECKPOINT).await;
    loop {
        match store.checkpoint(around.now_ms()).await {
            Ok(true) => tracing::info!("a checkpoint is signed"),
            Ok(false) => {}
            Err(error) => tracing::warn!(error = chain(&error), "no checkpoint could be signed, trying again tomorrow"),
        }
        tokio::time::sleep(NEXT_CHECKPOINT).await;
    }
}

/// Reservations whose time is over end, whoever made them; each replica looks, and twice is once.
async fn pass_promises(store: &dyn Store, around: &dyn Surroundings) {
    loop {
        match store.pass_promises(around.now_ms()).await {
            Ok(passed) if passed == Passed::default() => {}
            Ok(Passed { expired, broken }) => {
                tracing::info!(promise.expired = expired, promise.broken = broken, "passed")
            }
            Err(error) => tracing::warn!(error = chain(&error), "promises could not be looked at, trying again"),
        }
        tokio::time::sleep(NEXT_PASS).await;
    }
}

async fn hear_others(store: &dyn Store) {
    loop {
        if let Err(error) = store.hear_others().await {
            tracing::warn!(error = chain(&error), "changes by others are not heard, trying again");
        }
        tokio::time::sleep(HEAR_AGAIN).await;
        // Nobody knows what was missed meanwhile.
        store.pokes().all();
    }
}

async fn certificate(files: TlsFiles) -> Result<RustlsConfig, ServeError> {
    // The first who asks decides for the process; a second time changes nothing.
    let _already = rustls::crypto::ring::default_provider().install_default();
    RustlsConfig::from_pem_file(&files.cert, &files.key).await.map_err(|source| ServeError::Certificate {
        cert: files.cert,
        key: files.key,
        source,
    })
}

/// Why central does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// PINs' verifiers and tokens would be read by others.
    #[error("{0} can be reached by others: plain HTTP is for loopback only, give --tls-cert and --tls-key")]
    PlainOutside(SocketAddr),
    /// The port is taken, or not ours.
    #[error("cannot listen on {listen}")]
    Listen {
        /// Where.
        listen: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Not a certificate and its key.
    #[error("certificate {cert:?} with key {key:?} cannot be used")]
    Certificate {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}
