//! Going on under a new generation, after central has another journal with this one's identity, or after a damage. It needs nobody: the
//! till goes on selling, and central hears of it when it can be reached.

use selvedge_contract::view::TrayKind;
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::generation_short;
use selvedge_protocol::journal::{DeviceKey, Fact, GenerationStartedV1};
use selvedge_protocol::v1::GenerationRequest;
use selvedge_store::Tx;
use selvedge_store::table::generation::{self, Generation};
use selvedge_store::table::{journal, recovery, station, tray};

use crate::{App, AppError, Nudge};

impl App {
    /// Leaves the generation `from`: a new one with this key, whose receipts are numbered anew, begins with its first
    /// entry. The key was written to the key store before this. False when the present generation is another one already.
    ///
    /// # Errors
    /// [`AppError::Store`], and a missing key of `from`.
    pub fn begin_generation(&self, from: GenerationId, key: DeviceKey, app: &str) -> Result<bool, AppError> {
        let key = self.keys().add(key);
        let begun = self.store().write("begin-generation", |tx| {
            let mut context = self.joined(tx)?;
            if context.station.generation != from {
                return Ok(false);
            }
            let old = self.keys().of(&context.station.public_key);
            let old = old.ok_or(Failure::new(Code::Internal, "the key of the journal's generation is missing"))?;
            let (next, short) = self.next_generation(tx)?;
            let device = context.station.device.0;
            let signed = GenerationRequest::sign(&old, device, from.0, next.0, short.clone(), key.public());
            context.station.generation = next;
            context.station.short.clone_from(&short);
            context.station.public_key.clone_from(&signed.public_key);
            let new = Generation {
                id: next,
                after: Some(from),
                short: short.clone(),
                public_key: signed.public_key.clone(),
                signature: signed.signature,
            };
            generation::begin(tx, &new)?;
            station::set(tx, &context.station)?;
            let fact = GenerationStartedV1 {
                public_key: signed.public_key,
                app: app.to_owned(),
                till: context.station.till.clone(),
                short,
                after: Some(from.0),
            };
            self.record(tx, &context, Fact::GenerationStarted(fact))?;
            // After a damage the tray says that, once it is known what is missing; and what central gives back of the end
            // of a journal stands before what is written from now on.
            if recovery::get(tx)?.is_none() {
                tray::insert(tx, &TrayKind::Forked)?;
            } else {
                journal::leave_room(tx, next)?;
            }
            Ok::<_, AppError>(true)
        })?;
        if begun {
            self.nudge(Nudge::Journal);
        }
        Ok(begun)
    }

    /// An id whose short one no receipt of this till has had.
    fn next_generation(&self, tx: &Tx) -> Result<(GenerationId, String), AppError> {
        let known = generation::all(tx)?;
        loop {
            let next = GenerationId(self.outside.ids.new_id());
            let short = generation_short(next);
            if known.iter().all(|known| known.short != short) {
                return Ok((next, short));
            }
        }
    }
}
