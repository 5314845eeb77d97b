//! What stations ask of other sites.

use selvedge_domain::ids::TransferId;
use selvedge_protocol::v1::{TransferAnswer, TransferAskedV1, TransferRequest, TransferV1, code};

use super::{FakeCentral, NOW_MS, SITE};
use crate::CallError;

impl FakeCentral {
    /// What it knows of a transfer.
    pub fn transfer(&self, id: TransferId) -> Option<TransferV1> {
        self.inside().transfers.get(&id.0).cloned()
    }

    /// It knows the site that it is, and every other one but the site without a number.
    pub(super) fn answer_ask_transfer(
        &self,
        token: &str,
        request: &TransferRequest,
    ) -> Result<TransferAnswer, CallError> {
        let device = self.station(token)?;
        if request.from.is_nil() || request.from == SITE {
            return self.refuse(404, code::NOT_FOUND);
        }
        let asked = TransferAskedV1 {
            at_ms: NOW_MS,
            from: request.from,
            to: request.to,
            device: Some(device),
            person: request.person,
            note: request.note.clone(),
            lines: request.lines.clone(),
        };
        let new = TransferV1 {
            id: request.id,
            from: Some(request.from),
            to: request.to,
            state: "requested".to_owned(),
            asked: Some(asked),
            cancelled_ms: None,
            facts: Vec::new(),
        };
        let mut inside = self.inside();
        let transfer = inside.transfers.entry(request.id).or_insert(new).clone();
        Ok(TransferAnswer { transfer, now_ms: NOW_MS })
    }

    pub(super) fn answer_cancel_transfer(&self, token: &str, id: TransferId) -> Result<TransferAnswer, CallError> {
        self.station(token)?;
        let mut inside = self.inside();
        let Some(there) = inside.transfers.get_mut(&id.0) else {
            drop(inside);
            return self.refuse(404, code::NOT_FOUND);
        };
        there.cancelled_ms = Some(NOW_MS);
        there.state = "cancelled".to_owned();
        Ok(TransferAnswer { transfer: there.clone(), now_ms: NOW_MS })
    }
}
