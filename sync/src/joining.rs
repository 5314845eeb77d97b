//! For joining, where a person waits: one call, one pull, each with an end.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use selvedge_protocol::journal::KeyRing;
use selvedge_protocol::v1::{EnrolAnswer, EnrolRequest, code, normal_code};
use selvedge_store::Store;

use crate::engine::Failure;
use crate::work::{Desk, Itself, WallClock, initial_done, joined};
use crate::{CallError, CentralApi, HttpCentral, OnParted, Update};

const ENROL_TIME: Duration = Duration::from_secs(20);
const PULL_TIME: Duration = Duration::from_secs(60);

/// Why a station did not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// The code is wrong, used or expired.
    #[error("the code is wrong, used or expired")]
    WrongCode,
    /// One side is too old for the other.
    #[error("one side is too old for the other")]
    Outdated(Update),
    /// Nobody answers there, or asks to come later.
    #[error("{0}")]
    Away(String),
    /// What answers there is not a central that we understand, or the address is none.
    #[error("{0}")]
    Nonsense(String),
}

/// Joins with a one-time code; blocks until central answers or the time is over.
///
/// # Errors
/// [`EnrolError`].
pub fn enrol(central: &str, request: &EnrolRequest) -> Result<EnrolAnswer, EnrolError> {
    if normal_code(&request.code).is_none() {
        return Err(EnrolError::WrongCode);
    }
    let central = HttpCentral::new(central).map_err(|error| EnrolError::Nonsense(error.to_string()))?;
    let call = async { tokio::time::timeout(ENROL_TIME, ask_to_join(&central, request)).await };
    match blocking(call).map_err(|error| EnrolError::Away(error.to_string()))? {
        Err(_) => Err(EnrolError::Away("it did not answer in time".to_owned())),
        Ok(answered) => answered,
    }
}

async fn ask_to_join(central: &dyn CentralApi, request: &EnrolRequest) -> Result<EnrolAnswer, EnrolError> {
    let error = match central.enrol(request).await {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    if error.is(code::OUTDATED) {
        return Err(EnrolError::Outdated(Update::Station));
    }
    let speaks = if error.is_of_another_time() { central.health().await.ok() } else { None };
    match speaks.and_then(|health| Update::beside(health.revision)) {
        Some(side) => Err(EnrolError::Outdated(side)),
        None => Err(enrol_error(error)),
    }
}

fn enrol_error(error: CallError) -> EnrolError {
    if error.is(code::ENROL_CODE) {
        return EnrolError::WrongCode;
    }
    let text = error.to_string();
    match error {
        CallError::Away(_) => EnrolError::Away(text),
        CallError::Refused { status, .. } if status >= 500 || status == 429 || status == 408 => EnrolError::Away(text),
        CallError::Nonsense(_) | CallError::Refused { .. } => EnrolError::Nonsense(text),
    }
}

/// Why the first pull did not end.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The station did not join.
    #[error("the station did not join a company")]
    NotJoined,
    /// What was asked or written failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// It takes longer than a person should wait; sync goes on with it.
    #[error("the first download is not finished yet")]
    Late,
}

/// Takes all of the feed and the balances once, without the search; blocks. After joining, so that people can sign in. What was taken when
/// it fails is kept, and sync goes on from there.
///
/// # Errors
/// [`PullError`].
pub fn pull_once(store: &Arc<Store>, keys: &KeyRing) -> Result<(), PullError> {
    let station = joined(store).map_err(Failure::from)?.ok_or(PullError::NotJoined)?;
    let central =
        HttpCentral::new(&station.central).map_err(|error| Failure::Call(CallError::Nonsense(error.to_string())))?;
    // Our own clock is not asked: central says its time when it refuses the first signature.
    let wall: WallClock = Arc::new(|| 0);
    let (store, keys) = (Arc::clone(store), keys.clone());
    // Only a push finds a namesake.
    let on_parted: OnParted = Box::new(|_| Ok(()));
    let desk = Desk {
        store,
        central: Arc::new(central),
        keys,
        wall,
        on_parted,
        itself: Itself::default(),
        station,
        asked_of: Mutex::default(),
    };
    let all = async { tokio::time::timeout(PULL_TIME, pull_all(&desk)).await };
    match blocking(all).map_err(|error| Failure::Call(CallError::Away(error.to_string())))? {
        Ok(done) => Ok(done?),
        Err(_) => Err(PullError::Late),
    }
}

async fn pull_all(desk: &Desk) -> Result<(), Failure> {
    let token = desk.ask_token(None).await?.token;
    // What the search is told of the products goes on behind the first screen.
    while desk.pull(&token).await?.more && !initial_done(&desk.store)? {}
    while desk.ask_balances(&token).await?.more {}
    Ok(())
}

/// On a thread of its own, so that it works wherever it is called from.
fn blocking<T: Send>(work: impl Future<Output = T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("joining".to_owned()).spawn_scoped(scope, || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let done = runtime.block_on(work);
            runtime.shutdown_background();
            Ok(done)
        })?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the call stopped")))
    })
}
