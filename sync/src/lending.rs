//! What the station wants to be lent: central is asked for all of it in one call, and what it answers is written.

use selvedge_domain::ids::AllotmentId;
use selvedge_protocol::v1::{AllotmentAnswer, AllotmentAskedV1, AllotmentsRequest, FeedBody, MAX_ALLOTMENTS};
use selvedge_store::StoreError;
use selvedge_store::table::allotment::{self, Held};
use selvedge_store::table::decision;

use crate::engine::Failure;
use crate::work::{Desk, nonsense};

impl Desk {
    /// Asks central for the allotments that wait in the store, and writes what it lends; how many were answered. Nothing
    /// is called where nothing waits.
    ///
    /// # Errors
    /// [`Failure`]: what was not answered is asked again under the same identities.
    pub async fn ask_allotments(&self, token: &str) -> Result<u64, Failure> {
        let most = u32::try_from(MAX_ALLOTMENTS).unwrap_or(u32::MAX);
        let waits: Vec<Held> = self.store.read::<_, StoreError>(|tx| allotment::asking(tx, most))?;
        if waits.is_empty() {
            return Ok(0);
        }
        let asked = waits.iter().map(|held| AllotmentAskedV1 {
            id: held.id.0,
            product: held.product.0,
            ttl_s: u32::try_from(held.ttl_ms / 1_000).unwrap_or(u32::MAX),
        });
        let answer = self.central.allot(token, &AllotmentsRequest { allotments: asked.collect() }).await?;
        let known = |one: &&AllotmentAnswer| waits.iter().any(|held| held.id.0 == one.id);
        let answered: Vec<&AllotmentAnswer> = answer.allotments.iter().filter(known).collect();
        if answered.len() < waits.len() {
            return Err(nonsense(format!("{} of {} allotments were answered", answered.len(), waits.len())));
        }
        for one in &answered {
            self.check_lent(one)?;
        }
        self.store.write::<_, StoreError>("sync-allotments", |tx| {
            for one in &answered {
                match &one.allotment {
                    Some(lent) => allotment::hear(tx, lent)?,
                    None => allotment::not_lent(tx, AllotmentId(one.id))?,
                }
            }
            Ok(())
        })?;
        Ok(u64::try_from(answered.len()).unwrap_or(u64::MAX))
    }

    /// What is lent is this station's, says what it was asked for, and is signed by central.
    fn check_lent(&self, one: &AllotmentAnswer) -> Result<(), Failure> {
        let Some(lent) = &one.allotment else { return Ok(()) };
        if lent.id != one.id || lent.device != self.station.device.0 {
            return Err(nonsense(format!("allotment {} is another one", one.id)));
        }
        lent.read().map_err(|error| nonsense(error.to_string()))?;
        let row = one.row.as_ref().ok_or_else(|| nonsense(format!("allotment {} has no row", one.id)))?;
        if let Some(key) = self.store.read::<_, StoreError>(decision::key)? {
            row.verify(&key).map_err(|error| nonsense(error.to_string()))?;
        }
        match row.read() {
            Ok(FeedBody::Allotment(said)) if said == *lent => Ok(()),
            Ok(_) | Err(_) => Err(nonsense(format!("the row of allotment {} says something else", one.id))),
        }
    }
}
