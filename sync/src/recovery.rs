//! After a damaged data file: everything that central has of this station's journal comes back, before anything of it is
//! sent again.

use selvedge_domain::ids::GenerationId;
use selvedge_protocol::journal::{Entry, entry_hash};
use selvedge_protocol::v1::{EntriesQuery, EntryV1, JournalRequest};
use selvedge_store::StoreError;
use selvedge_store::table::recovery::{self, Recovery};
use selvedge_store::table::{journal, station};

use crate::CallError;
use crate::engine::Failure;
use crate::work::Desk;

impl Desk {
    /// Takes back what central has, if a recovery is under way and it was not done yet. Whoever drives the station then
    /// finishes the recovery: see [`recovery`].
    ///
    /// # Errors
    /// [`Failure`]; what came is kept, and the next try goes on from there.
    pub(crate) async fn recover(&self, token: &str) -> Result<(), Failure> {
        let under_way: Option<Recovery> = self.store.read::<_, StoreError>(recovery::get)?;
        let Some(mut under_way) = under_way.filter(|recovery| !recovery.fetched) else { return Ok(()) };
        let present = self.store.read::<_, StoreError>(station::get)?.map(|station| station.generation);
        let heads = self
            .central
            .journal(token, &JournalRequest { entries: Vec::new(), ..JournalRequest::default() })
            .await?
            .heads;
        for head in heads.iter().filter(|head| present != Some(GenerationId(head.generation))) {
            let last = under_way.last.entry(GenerationId(head.generation)).or_default();
            *last = (*last).max(head.sequence);
        }
        // The last one first: one of which nothing was in the file stands before those that are there.
        for generation in under_way.last.keys().rev() {
            self.take_back(token, *generation).await?;
        }
        under_way.fetched = true;
        self.store.write::<_, StoreError>("sync-recovered", |tx| recovery::set(tx, &under_way))?;
        Ok(())
    }

    async fn take_back(&self, token: &str, generation: GenerationId) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let query = EntriesQuery { generation: generation.0, after, limit: None };
            let page = self.central.entries(token, &query).await?;
            let entries = page.entries.into_iter().map(|sent| self.own(generation, after, sent));
            let entries = entries.collect::<Result<Vec<Entry>, Failure>>()?;
            let Some(last) = entries.last() else { return Ok(()) };
            after = last.id.sequence;
            self.store.write::<_, StoreError>("sync-recovered", |tx| {
                entries.iter().try_for_each(|entry| journal::restore(tx, None, entry).map(drop))
            })?;
            if !page.more {
                return Ok(());
            }
        }
    }

    /// An entry of ours that proves itself.
    fn own(&self, generation: GenerationId, after: u64, sent: EntryV1) -> Result<Entry, Failure> {
        let nonsense = |what: String| Failure::Call(CallError::Nonsense(format!("entries: {what}")));
        let entry = Entry::try_from(sent).map_err(|error| nonsense(error.to_string()))?;
        let ours = entry.id.device == self.station.device.0 && entry.id.generation == generation.0;
        let whole = entry_hash(entry.format, &entry.id, &entry.previous, entry.body.as_bytes()) == entry.hash;
        if ours && whole && entry.id.sequence > after {
            Ok(entry)
        } else {
            Err(nonsense(format!("entry {} is not ours, or not as it was", entry.id.sequence)))
        }
    }
}
