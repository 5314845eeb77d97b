//! Transfers at central: what is asked, what is answered, and what entries say of them. The rules are
//! `selvedge_domain::stock::transfer`; each store reads a transfer, has it changed here, and writes it back.

use selvedge_domain::Quantity;
use selvedge_domain::ids::{DeviceId, EntryUuid, PersonId, ProductId, SiteId, TransferId};
use selvedge_domain::stock::transfer::{AlreadySent, Transfer, TransferFact, TransferRequest as Asks};
use selvedge_protocol::journal::Body;
use selvedge_protocol::v1::{TransferFactV1, TransferRequest, TransferV1};
use uuid::Uuid;

use super::StoreError;
use super::promise::Said;

/// A site asks another one for goods.
#[derive(Clone, Debug)]
pub struct NewTransfer {
    /// The station that asks; none where an operator does.
    pub device: Option<Uuid>,
    /// What.
    pub request: TransferRequest,
}

/// What became of a request for a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferAsked {
    /// It is asked for.
    Asked(Box<TransferV1>),
    /// It was asked for before, under the same id.
    Again(Box<TransferV1>),
    /// The id is another transfer's.
    Taken,
    /// There is no such site.
    UnknownSite(Uuid),
    /// There is no such product.
    UnknownProduct(Uuid),
}

/// What became of a transfer that nobody wants any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferCancelled {
    /// As it stands now.
    Done(Box<TransferV1>),
    /// Goods were sent: they are received, not cancelled.
    AlreadySent(AlreadySent),
    /// There is no such transfer.
    Unknown,
}

/// Which transfers are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransfersAsked {
    /// That have to do with a site.
    pub site: Option<Uuid>,
    /// In a state.
    pub state: Option<String>,
    /// After this one.
    pub after: i64,
    /// At most.
    pub limit: u32,
}

/// Transfers, and where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransfersFound {
    /// In the order in which central learnt of them.
    pub transfers: Vec<TransferV1>,
    /// None at the end.
    pub next: Option<i64>,
}

/// What an applied entry says of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) transfer: TransferId,
    fact: EntryUuid,
    said: TransferFact,
}

impl Heard {
    /// Reads an entry; none where it says nothing of one.
    pub(super) fn of(device: Uuid, body: &Body) -> Option<Heard> {
        // Most entries are of other kinds, and are not read once more.
        if !body.kind.starts_with("transfer-") {
            return None;
        }
        let (transfer, said) = TransferFactV1::said(DeviceId(device), body)?;
        Some(Heard { transfer, fact: EntryUuid(body.id), said })
    }
}

/// What entries say of transfers.
pub(super) fn heard(said: &[Said]) -> Vec<Heard> {
    said.iter().filter_map(|said| said.transfer.clone()).collect()
}

/// A transfer that a store read, or one of which nothing is known.
pub(super) fn known(id: TransferId, there: Option<&TransferV1>) -> Result<Transfer, StoreError> {
    match there {
        Some(there) => Transfer::try_from(there).map_err(|error| StoreError::value("transfer", error)),
        None => Ok(Transfer::new(id)),
    }
}

/// What is heard of one, in any order: how it stands then, unless it stood so already.
pub(super) fn hear(
    id: TransferId,
    there: Option<&TransferV1>,
    heard: &[Heard],
) -> Result<Option<TransferV1>, StoreError> {
    let mut transfer = known(id, there)?;
    for one in heard.iter().filter(|one| one.transfer == id) {
        transfer.hear(one.fact, one.said.clone());
    }
    Ok(changed(&transfer, there))
}

/// A view that comes back: how it stands then, unless it stood so already.
pub(super) fn merge(there: Option<&TransferV1>, came: &TransferV1) -> Result<Option<TransferV1>, StoreError> {
    let mut transfer = known(TransferId(came.id), there)?;
    transfer.merge(&known(TransferId(came.id), Some(came))?);
    Ok(changed(&transfer, there))
}

/// Asks for one; the outer error is the answer that needs no writing.
pub(super) fn ask(
    there: Option<&TransferV1>,
    new: &NewTransfer,
    now_ms: i64,
) -> Result<Result<TransferV1, TransferAsked>, StoreError> {
    let id = TransferId(new.request.id);
    let mut transfer = known(id, there)?;
    let asks = asks(new, now_ms);
    if let (Some(asked), Some(there)) = (&transfer.request, there) {
        let same = Asks { at_ms: asked.at_ms, ..asks } == *asked;
        let again = if same { TransferAsked::Again(Box::new(there.clone())) } else { TransferAsked::Taken };
        return Ok(Err(again));
    }
    // Goods that were sent without being asked for are of others, unless both sites say so.
    let sites = transfer.sites();
    let ours = sites.is_empty() || [asks.from, asks.to].iter().all(|site| sites.contains(site));
    if !ours {
        return Ok(Err(TransferAsked::Taken));
    }
    transfer.request = Some(asks);
    Ok(Ok(changed(&transfer, there).ok_or(StoreError::Stopped)?))
}

/// Nobody wants it any more; the outer error is the answer that needs no writing.
pub(super) fn cancel(
    there: Option<&TransferV1>,
    now_ms: i64,
) -> Result<Result<TransferV1, TransferCancelled>, StoreError> {
    let Some(there) = there else { return Ok(Err(TransferCancelled::Unknown)) };
    let mut transfer = known(TransferId(there.id), Some(there))?;
    if let Err(sent) = transfer.cancel(now_ms) {
        return Ok(Err(TransferCancelled::AlreadySent(sent)));
    }
    let done = || TransferCancelled::Done(Box::new(there.clone()));
    Ok(changed(&transfer, Some(there)).ok_or_else(done))
}

/// The sites that have to do with it: each gets a row.
pub(super) fn sites(told: &TransferV1) -> Result<Vec<Uuid>, StoreError> {
    Ok(known(TransferId(told.id), Some(told))?.sites().into_iter().map(|site| site.0).collect())
}

fn asks(new: &NewTransfer, now_ms: i64) -> Asks {
    let request = &new.request;
    let mut lines = std::collections::BTreeMap::new();
    for line in &request.lines {
        let quantity = Quantity::from_thousandths(line.quantity_thousandths);
        *lines.entry(ProductId(line.product)).or_insert(Quantity::ZERO) += quantity;
    }
    Asks {
        at_ms: now_ms,
        from: SiteId(request.from),
        to: SiteId(request.to),
        device: new.device.map(DeviceId),
        person: request.person.map(PersonId),
        note: request.note.clone(),
        lines,
    }
}

fn changed(transfer: &Transfer, there: Option<&TransferV1>) -> Option<TransferV1> {
    TransferV1::of(transfer).filter(|now| Some(now) != there)
}
