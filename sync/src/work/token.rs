//! A token to talk to central with.

use selvedge_domain::ids::GenerationId;
use selvedge_protocol::journal::DeviceKey;
use selvedge_protocol::v1::{TokenRequest, code};
use selvedge_store::table::generation;
use uuid::Uuid;

use super::Desk;
use crate::CallError;
use crate::engine::{ClockReading, Failure, TokenHeard};

impl Desk {
    /// A token, by the newest generation that central knows: the last one may not be announced yet, or forgotten by a
    /// central that was restored. Where our clock is too wrong, central says its own, and it is signed once more with
    /// that.
    pub async fn ask_token(&self, offset_ms: Option<i64>) -> Result<TokenHeard, Failure> {
        let generations: Vec<_> = self.store.read::<_, Failure>(|tx| Ok(generation::all(tx)?))?;
        let signers = generations.iter().rev().filter_map(|one| Some((one.id, self.keys.of(&one.public_key)?)));
        let mut refused = None;
        for (generation, key) in signers {
            match self.ask_token_as(generation, &key, offset_ms).await {
                Err(error) if error.is(code::SIGNATURE) => refused = Some(error),
                Err(error) if error.is_of_another_time() => return Err(self.of_another_time(error).await),
                answered => return Ok(answered?),
            }
        }
        Err(refused.map_or_else(|| Failure::Store("the device's key is missing".to_owned()), Failure::Call))
    }

    /// What central speaks, when it knows no such call; what answers there without saying it is not central.
    async fn of_another_time(&self, source: CallError) -> Failure {
        match self.central.health().await {
            Ok(health) => Failure::OtherTime { revision: health.revision, source },
            Err(_) => Failure::Call(source),
        }
    }

    async fn ask_token_as(
        &self,
        generation: GenerationId,
        key: &DeviceKey,
        offset_ms: Option<i64>,
    ) -> Result<TokenHeard, CallError> {
        let asked_ms = (self.wall)();
        let at_ms = asked_ms.saturating_add(offset_ms.unwrap_or(0));
        match self.ask_token_at(generation, key, at_ms, asked_ms).await {
            Err(CallError::Refused { error, .. }) if error.code == code::CLOCK && error.now_ms.is_some() => {
                let asked_ms = (self.wall)();
                self.ask_token_at(generation, key, error.now_ms.unwrap_or(asked_ms), asked_ms).await
            }
            answered => answered,
        }
    }

    async fn ask_token_at(
        &self,
        generation: GenerationId,
        key: &DeviceKey,
        at_ms: i64,
        asked_ms: i64,
    ) -> Result<TokenHeard, CallError> {
        let request = TokenRequest::sign(key, self.station.device.0, generation.0, at_ms, nonce()?);
        let answer = match self.central.token(&request).await {
            // A central that lost everything but its key knows us by the row by which it once said who we are.
            Err(error) if error.is(code::SIGNATURE) => match self.own_row()? {
                Some(row) => self.central.token(&TokenRequest { device_row: Some(row), ..request }).await?,
                None => return Err(error),
            },
            answered => answered?,
        };
        let life_ms = u64::try_from(answer.expires_ms.saturating_sub(answer.now_ms)).unwrap_or(0);
        let clock = ClockReading { asked_ms, central_ms: answer.now_ms, answered_ms: (self.wall)() };
        Ok(TokenHeard { token: answer.token, life_ms, revoked: answer.revoked, revision: answer.revision, clock })
    }
}

fn nonce() -> Result<Uuid, CallError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| CallError::Away(format!("this machine gives no chance: {error}")))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
