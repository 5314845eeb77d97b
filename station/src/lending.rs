//! Looks after what central lends this station, once a minute: see [`App::tend_allotments`].

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use selvedge_app::App;

const EVERY: Duration = Duration::from_secs(60);

/// The thread that does it. Dropping it ends it.
pub(crate) struct Tender {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Tender {
    pub fn start(app: &Arc<App>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let app = Arc::clone(app);
        let thread = std::thread::Builder::new().name("lending".to_owned()).spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                tend(&app);
            }
        })?;
        Ok(Tender { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Tender {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the thread that looks after allotments ended by a panic");
        }
    }
}

/// Once. What cannot be done now is done the next time.
pub(crate) fn tend(app: &App) {
    if let Err(error) = app.tend_allotments() {
        tracing::warn!(%error, "what central lends cannot be looked after");
    }
}
