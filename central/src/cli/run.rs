//! `serve`: until a signal asks for the end.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::serve::Serving;
use crate::store::Store;
use crate::surroundings::Machine;

pub(super) async fn serve(
    store: Arc<dyn Store>,
    around: Arc<Machine>,
    listen: SocketAddr,
    serving: Serving,
) -> anyhow::Result<()> {
    raise_limits();
    let running = crate::serve::serve_with(store, around, listen, serving).await?;
    // Heard from now on: whoever reads the line below may ask for the end at once.
    let end = asked_to_end();
    println!("listening on {}", running.url);
    std::io::stdout().flush()?;
    let stop = running.stopper();
    tokio::spawn(async move {
        end.await;
        tracing::info!("ending: requests at work are finished first");
        stop();
    });
    running.ended().await?;
    Ok(())
}

/// Each station has a connection, and each connection is a file: as many as the system allows, not as few as it begins
/// with.
fn raise_limits() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the number of open files stays as it is");
        }
    }
}

/// Ends when a signal asks for it; signals are heard from the call on.
#[cfg(unix)]
fn asked_to_end() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = heard else {
            tracing::error!("signals cannot be heard: end it with SIGKILL, nothing is lost");
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
fn asked_to_end() -> impl Future<Output = ()> + Send {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
