//! Transfers: goods that go from one site to another, as central knows them from both, and the calls by which they are
//! asked for. Each row of the feed holds the whole state, and there is one for each site that has to do with it.

use std::collections::BTreeMap;

use selvedge_domain::Quantity;
use selvedge_domain::ids::{DeviceId, EntryUuid, PersonId, ProductId, SiteId, TransferId};
use selvedge_domain::stock::transfer::{self, Transfer, TransferFact, TransferStep};
use selvedge_domain::time::Stamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::journal::{Body, Fact, TransferLineV1};

/// Lines of a request at most.
pub const MAX_TRANSFER_LINES: usize = 1_000;
/// Characters of a note at most.
pub const MAX_TRANSFER_TEXT: usize = 200;

/// Goods that go from one site to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferV1 {
    /// Identity, given by whoever asked or sent first.
    pub id: Uuid,
    /// Which site sends; none while nobody said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Uuid>,
    /// Which site is to have it.
    pub to: Uuid,
    /// `requested`, `cancelled`, `on-the-way`, `unannounced`, `received`, `differing`, `closed`; follows from the rest.
    pub state: String,
    /// What was asked for; none where somebody sent without being asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<TransferAskedV1>,
    /// Since when nobody wants it, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_ms: Option<i64>,
    /// What happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<TransferFactV1>,
}

/// What a site asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferAskedV1 {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Which site is to send.
    pub from: Uuid,
    /// Which site is to have it.
    pub to: Uuid,
    /// The station that asked; none where an operator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Uuid>,
    /// Who, an opaque id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// For who sends it; may be empty.
    pub note: String,
    /// What, each product once.
    pub lines: Vec<TransferFactLineV1>,
}

/// What one entry of a journal says of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferFactV1 {
    /// Id of the fact in its journal.
    pub fact: Uuid,
    /// `dispatched`, `received`, `closed`.
    pub step: String,
    /// When, at the latest, milliseconds since 1970.
    pub at_ms: i64,
    /// Which site sent, as far as it was known there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Uuid>,
    /// Which site is to have it.
    pub to: Uuid,
    /// Where it happened.
    pub site: Uuid,
    /// At which station.
    pub device: Uuid,
    /// Who, an opaque id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Nothing more is to come.
    #[serde(default)]
    pub complete: bool,
    /// Why; may be empty.
    pub reason: String,
    /// Each product once; in a closing above zero what is missing, below zero what came too much.
    pub lines: Vec<TransferFactLineV1>,
}

/// A product and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferFactLineV1 {
    /// The product.
    pub product: Uuid,
    /// How much.
    pub quantity_thousandths: i64,
}

/// A site asks another one for goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferRequest {
    /// A UUIDv7 by the one who asks: the same id with the same request is the same transfer.
    pub id: Uuid,
    /// Which site is to send.
    pub from: Uuid,
    /// Which site is to have it; of a station its own one.
    pub to: Uuid,
    /// What, each product once; 1 to [`MAX_TRANSFER_LINES`].
    pub lines: Vec<TransferFactLineV1>,
    /// Who asks, an opaque id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// For who sends it; at most [`MAX_TRANSFER_TEXT`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A transfer as central knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferAnswer {
    /// The transfer.
    pub transfer: TransferV1,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// Which transfers are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct TransferQuery {
    /// That have to do with a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Uuid>,
    /// In a state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// After the mark of a page.
    #[serde(default)]
    pub after: u64,
    /// At most; 1,000 when it is larger or left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Transfers, in the order in which central learnt of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferPage {
    /// As they stand.
    pub transfers: Vec<TransferV1>,
    /// Where the next page begins; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Central's clock, milliseconds since 1970.
    pub now_ms: i64,
}

/// What makes no sense in a transfer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transfer says {what:?}")]
pub struct TransferError {
    /// The word that nobody knows.
    pub what: String,
}

impl TransferV1 {
    /// How it stands; none of one of which nothing is known.
    pub fn of(transfer: &Transfer) -> Option<Self> {
        Some(TransferV1 {
            id: transfer.id.0,
            from: transfer.from().map(|site| site.0),
            to: transfer.to()?.0,
            state: transfer.state().word().to_owned(),
            asked: transfer.request.as_ref().map(TransferAskedV1::from),
            cancelled_ms: transfer.cancelled_ms,
            facts: transfer.facts.iter().map(|(fact, said)| TransferFactV1::of(*fact, said)).collect(),
        })
    }
}

impl TryFrom<&TransferV1> for Transfer {
    type Error = TransferError;

    fn try_from(told: &TransferV1) -> Result<Self, TransferError> {
        let fact = |fact: &TransferFactV1| Ok((EntryUuid(fact.fact), TransferFact::try_from(fact)?));
        Ok(Transfer {
            id: TransferId(told.id),
            request: told.asked.as_ref().map(transfer::TransferRequest::from),
            cancelled_ms: told.cancelled_ms,
            facts: told.facts.iter().map(fact).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&transfer::TransferRequest> for TransferAskedV1 {
    fn from(asked: &transfer::TransferRequest) -> Self {
        TransferAskedV1 {
            at_ms: asked.at_ms,
            from: asked.from.0,
            to: asked.to.0,
            device: asked.device.map(|device| device.0),
            person: asked.person.map(|person| person.0),
            note: asked.note.clone(),
            lines: lines_of(&asked.lines),
        }
    }
}

impl From<&TransferAskedV1> for transfer::TransferRequest {
    fn from(told: &TransferAskedV1) -> Self {
        transfer::TransferRequest {
            at_ms: told.at_ms,
            from: SiteId(told.from),
            to: SiteId(told.to),
            device: told.device.map(DeviceId),
            person: told.person.map(PersonId),
            note: told.note.clone(),
            lines: sums(told.lines.iter().map(|line| (line.product, line.quantity_thousandths))),
        }
    }
}

impl TransferFactV1 {
    fn of(fact: EntryUuid, said: &TransferFact) -> Self {
        TransferFactV1 {
            fact: fact.0,
            step: said.step.word().to_owned(),
            at_ms: said.at_ms,
            from: said.from.map(|site| site.0),
            to: said.to.0,
            site: said.site.0,
            device: said.device.0,
            person: said.person.map(|person| person.0),
            complete: said.complete,
            reason: said.reason.clone(),
            lines: lines_of(&said.lines),
        }
    }
}

impl TryFrom<&TransferFactV1> for TransferFact {
    type Error = TransferError;

    fn try_from(told: &TransferFactV1) -> Result<Self, TransferError> {
        Ok(TransferFact {
            step: TransferStep::of(&told.step).ok_or_else(|| TransferError { what: told.step.clone() })?,
            at_ms: told.at_ms,
            from: told.from.map(SiteId),
            to: SiteId(told.to),
            site: SiteId(told.site),
            device: DeviceId(told.device),
            person: told.person.map(PersonId),
            complete: told.complete,
            reason: told.reason.clone(),
            lines: sums(told.lines.iter().map(|line| (line.product, line.quantity_thousandths))),
        })
    }
}

impl TransferFactV1 {
    /// What an entry says of a transfer, and of which: the same pure function at the station and at central. None where
    /// it says nothing of one, or cannot be read.
    pub fn said(device: DeviceId, body: &Body) -> Option<(TransferId, TransferFact)> {
        let (transfer, from, to, complete, reason, lines) = match body.fact().ok()? {
            Fact::TransferDispatched(sent) => {
                let lines = moved(&sent.lines);
                (sent.transfer, Some(body.site), sent.to_site, false, sent.note, (TransferStep::Dispatched, lines))
            }
            Fact::TransferReceived(came) => {
                let lines = moved(&came.lines);
                let step = (TransferStep::Received, lines);
                (came.transfer, came.from_site, came.to_site, came.complete, came.reason, step)
            }
            Fact::TransferClosed(closed) => {
                let lines = closed.lines.iter().map(|line| (line.product, line.quantity_thousandths));
                let step = (TransferStep::Closed, sums(lines));
                (closed.transfer, closed.from_site, closed.to_site, false, closed.reason, step)
            }
            Fact::GenerationStarted(_)
            | Fact::JournalRecovered(_)
            | Fact::PersonSigned(_)
            | Fact::ShiftOpened(_)
            | Fact::CashMoved(_)
            | Fact::Sale(_)
            | Fact::CartCancelled(_)
            | Fact::CodeUnknown(_)
            | Fact::ReceiptCopied(_)
            | Fact::DrawerPulsed(_)
            | Fact::ShiftClosed(_)
            | Fact::PromiseMade(_)
            | Fact::PromiseEnded(_)
            | Fact::AllotmentReturned(_)
            | Fact::CountRaised(_)
            | Fact::Unknown { .. } => return None,
        };
        let (step, lines) = lines;
        let fact = TransferFact {
            step,
            at_ms: Stamp::from(body.at).interval().to_ms,
            from: from.map(SiteId),
            to: SiteId(to),
            site: SiteId(body.site),
            device,
            person: body.person.map(PersonId),
            complete,
            reason,
            lines,
        };
        Some((TransferId(transfer), fact))
    }
}

fn moved(lines: &[TransferLineV1]) -> BTreeMap<ProductId, Quantity> {
    sums(lines.iter().map(|line| (line.product, line.quantity_thousandths)))
}

fn sums(lines: impl Iterator<Item = (Uuid, i64)>) -> BTreeMap<ProductId, Quantity> {
    let mut sums: BTreeMap<ProductId, Quantity> = BTreeMap::new();
    for (product, thousandths) in lines {
        *sums.entry(ProductId(product)).or_default() += Quantity::from_thousandths(thousandths);
    }
    sums
}

fn lines_of(lines: &BTreeMap<ProductId, Quantity>) -> Vec<TransferFactLineV1> {
    let line = |(product, quantity): (&ProductId, &Quantity)| TransferFactLineV1 {
        product: product.0,
        quantity_thousandths: quantity.thousandths(),
    };
    lines.iter().map(line).collect()
}
