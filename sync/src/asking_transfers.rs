//! What people here ask of other sites: central is asked until it has answered, and then it is a transfer.

use selvedge_domain::stock::transfer::TransferAsking;
use selvedge_protocol::v1::TransferAnswer;
use selvedge_store::StoreError;
use selvedge_store::table::transfer;
use selvedge_store::table::transfer_request::{self, Asked, Waiting};

use crate::CallError;
use crate::asking::is_an_answer;
use crate::engine::Failure;
use crate::work::{Desk, nonsense};

/// Requests that are asked one after the other; more are asked in the next turn.
const AT_ONCE: u32 = 20;

impl Desk {
    /// Asks central what waits for it, oldest first, and writes each answer; how many were answered.
    ///
    /// # Errors
    /// [`Failure`]: what was not answered is asked again.
    pub async fn ask_transfers(&self, token: &str) -> Result<u64, Failure> {
        let mut answered = 0;
        for waiting in self.store.read::<_, StoreError>(|tx| transfer_request::due(tx, AT_ONCE))? {
            let answer = match (&waiting.asked.request, waiting.state) {
                (Some(request), TransferAsking::Asking) => self.central.ask_transfer(token, request).await,
                _ => self.central.cancel_transfer(token, waiting.transfer).await,
            };
            match answer {
                Ok(answer) => self.hear_transfer(&waiting, &answer)?,
                Err(CallError::Refused { status, error, .. }) if is_an_answer(status, &error.code) => {
                    self.hear_refusal(&waiting, &error.detail)?;
                }
                Err(error) => return Err(error.into()),
            }
            answered += 1;
        }
        Ok(answered)
    }

    /// From now on it is a transfer like any other.
    fn hear_transfer(&self, waiting: &Waiting, answer: &TransferAnswer) -> Result<(), Failure> {
        if answer.transfer.id != waiting.transfer.0 {
            return Err(nonsense(format!("transfer {} is not {}", answer.transfer.id, waiting.transfer)));
        }
        self.store.write::<_, Failure>("sync-transfers", |tx| {
            transfer::take(tx, &answer.transfer)?.map_err(nonsense)?;
            // Somebody may have cancelled it while central was asked: that is asked next.
            let now = transfer_request::by_transfer(tx, waiting.transfer)?;
            if now.is_some_and(|now| now.state == waiting.state) {
                transfer_request::remove(tx, waiting.transfer)?;
            }
            Ok(())
        })
    }

    /// What was not taken says why; what cannot be cancelled any more was sent, or was never heard of.
    fn hear_refusal(&self, waiting: &Waiting, why: &str) -> Result<(), Failure> {
        self.store.write::<_, Failure>("sync-transfers", |tx| {
            let now = transfer_request::by_transfer(tx, waiting.transfer)?;
            if now.is_none_or(|now| now.state != waiting.state) {
                return Ok(());
            }
            if waiting.state == TransferAsking::Asking {
                let asked = Asked { refusal: why.to_owned(), ..waiting.asked.clone() };
                let refused = Waiting { state: TransferAsking::Refused, asked, ..waiting.clone() };
                transfer_request::put(tx, &refused)?;
            } else {
                transfer_request::remove(tx, waiting.transfer)?;
            }
            Ok(())
        })
    }
}
