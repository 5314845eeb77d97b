//! What people here want set aside, and what they want to know while a customer waits: central is asked, and what it
//! answers is written.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::RequestState;
use selvedge_ports::{AskCentral, Available, AvailableAt};
use selvedge_protocol::v1::{
    AvailabilityAnswer, DecisionsRequest, PromiseAnswer, PromiseChangeRequest, PromiseV1, code,
};
use selvedge_store::StoreError;
use selvedge_store::table::promise::{self, Known, Request};
use tokio::sync::mpsc::UnboundedSender;

use crate::CallError;
use crate::engine::Failure;
use crate::schedule::Command;
use crate::work::{Desk, nonsense};

/// Requests that are asked one after the other; more are asked in the next turn.
const AT_ONCE: u32 = 50;
/// Promises of other sites that are asked after in one look, in their turns.
const FOLLOWED: usize = 5;
/// A turn.
const FOLLOW_EVERY_MS: i64 = 60_000;

/// Has sync ask central, for whoever waits. Goes on living when sync stopped: then nobody answers, at once.
#[derive(Clone)]
pub struct Asker(pub(crate) UnboundedSender<Command>);

impl Asker {
    /// Waits for an answer, so long at most; none when it does not come.
    fn wait<T>(&self, command: impl FnOnce(Sender<T>) -> Command, wait: Duration) -> Option<T> {
        let (answer, answered) = channel();
        self.0.send(command(answer)).ok()?;
        answered.recv_timeout(wait).ok()
    }
}

impl AskCentral for Asker {
    fn available(&self, product: ProductId, wait: Duration) -> Option<Available> {
        self.wait(|answer| Command::LookUp(product, answer), wait).map(available)
    }

    fn ask_what_waits(&self, wait: Duration) {
        // Without an answer in time it is asked again; how it stands is in the store.
        let _answered = self.wait(Command::Ask, wait);
    }

    fn lend(&self) {
        let _over = self.0.send(Command::Lend);
    }
}

fn available(answer: AvailabilityAnswer) -> Available {
    let quantity = Quantity::from_thousandths;
    let sites = answer.sites.into_iter().map(|at| AvailableAt {
        site: SiteId(at.site),
        name: at.name,
        available: quantity(at.available_thousandths),
        on_hand: quantity(at.on_hand_thousandths),
        promised: quantity(at.promised_thousandths),
    });
    let age_ms = u64::try_from(answer.now_ms.saturating_sub(answer.as_of_ms)).unwrap_or(0);
    Available { sites: sites.collect(), age_ms }
}

/// Whether central knows all that it once answered.
fn is_as_far(answer: &PromiseAnswer, known: &PromiseV1) -> Result<bool, Failure> {
    let read = |promise: &PromiseV1| promise.read().map_err(|error| nonsense(error.to_string()));
    if answer.promise.id != known.id {
        return Err(nonsense(format!("promise {} is not {}", answer.promise.id, known.id)));
    }
    Ok(read(&answer.promise)?.state >= read(known)?.state)
}

impl Desk {
    /// Asks central for all that people here want of it and nobody has answered; how many were answered.
    ///
    /// # Errors
    /// [`Failure`]: what was not answered is asked again.
    pub async fn ask_what_waits(&self, token: &str, offset_ms: Option<i64>) -> Result<u64, Failure> {
        // What a customer waits for is asked first.
        let promises = self.ask_promises(token, offset_ms).await?;
        Ok(promises + self.ask_transfers(token).await?)
    }

    /// Asks central for what is to be set aside, oldest first, and writes each answer; how many were answered. Where
    /// central cannot answer the rest waits.
    ///
    /// # Errors
    /// [`Failure`]: what was not answered is asked again.
    pub async fn ask_promises(&self, token: &str, offset_ms: Option<i64>) -> Result<u64, Failure> {
        let mut answered = 0;
        for request in self.store.read::<_, StoreError>(|tx| promise::waiting(tx, AT_ONCE))? {
            match request.state {
                RequestState::Asking => self.reserve(token, offset_ms, &request).await?,
                RequestState::LettingGo => self.let_go(token, &request).await?,
                RequestState::Promised
                | RequestState::Refused
                | RequestState::Late
                | RequestState::LetGo
                | RequestState::Broken => {}
            }
            answered += 1;
        }
        if answered == 0 {
            self.follow(token).await?;
        }
        Ok(answered)
    }

    /// Asks how promises stand that only an answer told us of: those of other sites, which do not come by the feed, and
    /// those that central may have lost before the feed said them. What central does not know any more it is shown.
    async fn follow(&self, token: &str) -> Result<(), Failure> {
        let mut known = self.store.read::<_, StoreError>(promise::answered_only)?;
        let turn = usize::try_from((self.wall)() / FOLLOW_EVERY_MS).unwrap_or(0).wrapping_mul(FOLLOWED);
        let first = turn.checked_rem(known.len()).unwrap_or(0);
        known.rotate_left(first);
        for Known { promise, signed } in known.into_iter().take(FOLLOWED) {
            let Some(row) = signed else { continue };
            let there = match self.central.promise(token, PromiseId(promise.id)).await {
                Ok(answer) => {
                    let says_all = is_as_far(&answer, &promise)?;
                    if says_all && answer.row != row {
                        self.store.write::<_, StoreError>("sync-promises", |tx| {
                            promise::hear(tx, &answer.promise, Some(&answer.row))
                        })?;
                    }
                    says_all
                }
                Err(CallError::Refused { status: 404, error, .. }) if error.code == code::NOT_FOUND => false,
                Err(error) => return Err(error.into()),
            };
            if !there {
                self.central.decisions(token, &DecisionsRequest { rows: vec![row], more: false }).await?;
            }
        }
        Ok(())
    }

    async fn reserve(&self, token: &str, offset_ms: Option<i64>, request: &Request) -> Result<(), Failure> {
        let now_ms = (self.wall)().saturating_add(offset_ms.unwrap_or(0));
        if request.asked.until_ms <= now_ms {
            return self.note(request, |tx| promise::set_state(tx, request.promise, RequestState::Late));
        }
        match self.central.reserve(token, &request.asked.key, &request.asked.request).await {
            Ok(answer) => self.hear(request, &answer),
            Err(CallError::Refused { status, error, .. }) if is_an_answer(status, &error.code) => {
                self.note(request, |tx| promise::refused(tx, request, &error.code, &error.detail))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn let_go(&self, token: &str, request: &Request) -> Result<(), Failure> {
        let known = self.store.read::<_, StoreError>(|tx| promise::known(tx, request.promise))?;
        let change = PromiseChangeRequest { row: known.and_then(|known| known.signed) };
        match self.central.cancel(token, request.promise, &change).await {
            Ok(answer) => self.hear(request, &answer),
            // It was never set aside, or the customer has it.
            Err(CallError::Refused { status, error, .. }) if is_an_answer(status, &error.code) => {
                let ends = if error.code == code::PROMISE_STATE { RequestState::Promised } else { RequestState::LetGo };
                self.note(request, |tx| promise::set_state(tx, request.promise, ends))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn hear(&self, request: &Request, answer: &PromiseAnswer) -> Result<(), Failure> {
        if answer.promise.id != request.promise.0 {
            return Err(nonsense(format!("promise {} is not {}", answer.promise.id, request.promise)));
        }
        answer.promise.read().map_err(|error| nonsense(error.to_string()))?;
        self.note(request, |tx| promise::hear(tx, &answer.promise, Some(&answer.row)))
    }

    /// Writes an answer, unless somebody decided otherwise while central was asked: then that is asked next.
    fn note(
        &self,
        request: &Request,
        write: impl FnOnce(&selvedge_store::Tx) -> Result<(), StoreError>,
    ) -> Result<(), Failure> {
        self.store.write::<_, Failure>("sync-promises", |tx| {
            let now = promise::request(tx, request.promise)?;
            if now.is_some_and(|now| now.state == request.state) { Ok(write(tx)?) } else { Ok(()) }
        })
    }
}

/// Whether central's no is about what was asked. Everything else is asked again: a token that ended, a station that was
/// revoked, too much to do, a central that cannot promise now or does not know promises yet.
pub(crate) fn is_an_answer(status: u16, code: &str) -> bool {
    let of_who_asks = matches!(code, code::TOKEN | code::DEVICE_REVOKED | code::OUTDATED | code::TIMEOUT);
    (400..500).contains(&status) && !matches!(status, 401 | 403 | 405 | 408 | 426 | 429) && !of_who_asks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_request_refuses_it() {
        for (status, code) in [(409, code::SOLD_OUT), (404, code::NOT_FOUND), (400, code::BAD_REQUEST)] {
            assert!(is_an_answer(status, code), "{code}");
        }
        for (status, code) in [
            (401, code::TOKEN),
            (403, code::DEVICE_REVOKED),
            (408, code::TIMEOUT),
            (426, code::OUTDATED),
            (429, code::TOO_OFTEN),
            (500, code::INTERNAL),
            (503, code::BUSY),
            (503, "http-503"),
        ] {
            assert!(!is_an_answer(status, code), "{code} is asked again");
        }
    }
}
