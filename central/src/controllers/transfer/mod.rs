//! Transfers: goods that go from one site to another. What is sent and received comes with the journals.

pub mod cancel;
pub mod create;
pub mod list;
pub mod show;

use selvedge_domain::ids::SiteId;
use selvedge_domain::stock::transfer::Transfer;
use selvedge_protocol::v1::TransferV1;
use uuid::Uuid;

use crate::http::{Asker, Refusal};

/// Whose transfers somebody may see: those of a station's site, all of them for an operator. A web shop has none.
fn scope(asker: &Asker) -> Result<Option<Uuid>, Refusal> {
    match asker {
        Asker::Shop(_) => Err(Refusal::token()),
        Asker::Station(device) => Ok(Some(device.site)),
        Asker::Operator(_) => Ok(None),
    }
}

/// What somebody may not see is not there for them.
fn seen(asker: &Asker, transfer: Option<TransferV1>) -> Result<TransferV1, Refusal> {
    let scope = scope(asker)?;
    let concerns = |transfer: &TransferV1, site| {
        Transfer::try_from(transfer).is_ok_and(|transfer| transfer.sites().contains(&SiteId(site)))
    };
    transfer.filter(|transfer| scope.is_none_or(|site| concerns(transfer, site))).ok_or_else(Refusal::not_found)
}
