//! The journal does not grow for ever: when there is nothing to send, once a day, central is asked to sign what the oldest
//! stretch of entries did, and the base takes their place. See [`selvedge_store::table::base`].

use selvedge_protocol::journal::{Base, Signature, statement_hash};
use selvedge_protocol::v1::BaseRequest;
use selvedge_store::StoreError;
use selvedge_store::table::base::{self, Due};
use selvedge_store::table::{journal, setting};

use crate::CallError;
use crate::engine::Failure;
use crate::work::{Desk, nonsense};

/// When it was tried last, and there was nothing more to do: milliseconds since 1970, as central sees them.
const TRIED: &str = "pruning-tried";
const EVERY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Desk {
    /// Puts a base in the place of the oldest stretch that nobody needs any more; whether there was one. A central that
    /// does not sign is asked again another day: then the entries stay.
    ///
    /// # Errors
    /// [`Failure`]; nothing was changed.
    pub async fn prune(&self, token: &str, now_ms: i64) -> Result<bool, Failure> {
        let tried: Option<i64> = self.store.read::<_, StoreError>(|tx| setting::get(tx, TRIED))?;
        let asked = self.store.read::<_, StoreError>(base::asked)?;
        if asked.is_none() && tried.is_some_and(|tried_ms| now_ms.abs_diff(tried_ms) < EVERY_MS.unsigned_abs()) {
            return Ok(false);
        }
        let rule = self.store.read::<_, StoreError>(base::rule)?;
        let next = self.store.read::<_, StoreError>(|tx| {
            for generation in journal::generations(tx)? {
                if let Ok(due) = base::due(tx, self.station.device, generation, rule, now_ms)? {
                    return Ok(Some(due));
                }
            }
            Ok(None)
        })?;
        let signed = match &next {
            Some(due) => self.signed(token, due).await?,
            None => None,
        };
        let Some((due, base)) = next.zip(signed) else {
            self.store.write::<_, StoreError>("pruning-tried", |tx| {
                base::ask(tx, None)?;
                setting::set(tx, TRIED, &now_ms)
            })?;
            return Ok(false);
        };
        let generation = selvedge_domain::ids::GenerationId(due.statement.generation);
        Ok(self.store.write::<_, StoreError>("prune-journal", |tx| {
            // What was true when central was asked is true now.
            let still = base::due(tx, self.station.device, generation, rule, now_ms)?;
            if still.is_ok_and(|still| still == due) {
                base::put_in_place(tx, &base::read(tx, base)?)?;
                return Ok(true);
            }
            Ok(false)
        })?)
    }

    /// Central's signature; none where it does not sign, or knows of no bases.
    async fn signed(&self, token: &str, due: &Due) -> Result<Option<Base>, Failure> {
        let says = &due.statement;
        let request = BaseRequest {
            generation: says.generation,
            first: says.first,
            last: says.last,
            statement: statement_hash(&due.text).to_string(),
        };
        match self.central.base(token, &request).await {
            Ok(answer) => {
                let signature = Signature::try_from(answer.signature);
                let signature = signature.map_err(|error| nonsense(format!("signature: {error}")))?;
                Ok(Some(Base { text: due.text.clone(), signature }))
            }
            Err(error) if error.wants_token() => Err(error.into()),
            Err(CallError::Refused { status: 400..=499, error, .. }) => {
                tracing::warn!(generation.id = %says.generation, base.first = says.first, code = error.code,
                    detail = error.detail, "central does not sign a base: the entries stay");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
