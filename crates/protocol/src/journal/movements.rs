//! The stock that follows from an entry: the same pure function at the till and at central, so that both have the same
//! balances.

use selvedge_domain::Quantity;
use selvedge_domain::ids::{LocationId, MovementId, ProductId, SiteId};
use selvedge_domain::stock::ledger::{Account, Movement, Reason};
use selvedge_domain::time::{Interval, Stamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::bodies::{
    HandedLineV1, PromiseEndedV1, SaleV1, TransferClosedV1, TransferDifferenceV1, TransferDispatchedV1, TransferLineV1,
    TransferReceivedV1,
};
use super::body::{Body, BodyError, Fact};

/// The movements of a body, in the order of its lines. Their ids are made from the fact's id and the line's, so that
/// posting them twice is one posting.
///
/// # Errors
/// [`MovementError`] when a known kind cannot be read.
pub fn movements(body: &Body) -> Result<Vec<Movement>, MovementError> {
    Ok(movements_of(body.id, body.at.into(), &body.fact()?))
}

/// The same of a fact that need not be read, for whoever has just written it.
pub fn movements_of(id: Uuid, at: Stamp, fact: &Fact) -> Vec<Movement> {
    let interval = at.interval();
    match fact {
        Fact::Sale(sale) => sold(id, sale, interval),
        Fact::PromiseEnded(ended) => handed(id, ended, interval),
        Fact::TransferDispatched(sent) => dispatched(id, sent, interval),
        Fact::TransferReceived(came) => received(id, came, interval),
        Fact::TransferClosed(closed) => written_off(id, closed, interval),
        Fact::GenerationStarted(_)
        | Fact::JournalRecovered(_)
        | Fact::PersonSigned(_)
        | Fact::ShiftOpened(_)
        | Fact::CashMoved(_)
        | Fact::CartCancelled(_)
        | Fact::CodeUnknown(_)
        | Fact::ReceiptCopied(_)
        | Fact::DrawerPulsed(_)
        | Fact::ShiftClosed(_)
        | Fact::PromiseMade(_)
        | Fact::AllotmentReturned(_)
        | Fact::CountRaised(_)
        | Fact::Unknown { .. } => Vec::new(),
    }
}

/// Goods leave the sales floor to the customer; what comes back enters the counter until somebody puts it away.
fn sold(fact: Uuid, sale: &SaleV1, interval: Interval) -> Vec<Movement> {
    sale.lines
        .iter()
        .filter(|line| line.quantity_thousandths != 0)
        .map(|line| {
            let quantity = Quantity::from_thousandths(line.quantity_thousandths);
            let (from, to, reason) = if quantity.is_negative() {
                (Account::Customer, Account::Location(LocationId(sale.returns_location)), Reason::Return)
            } else {
                (Account::Location(LocationId(sale.location)), Account::Customer, Reason::Sale)
            };
            Movement {
                id: movement_id(fact, line.line),
                from,
                to,
                product: ProductId(line.product),
                lot: line.lot.clone(),
                quantity: quantity.abs(),
                interval,
                reason,
            }
        })
        .collect()
}

/// What was paid for elsewhere leaves its location to the customer.
fn handed(fact: Uuid, ended: &PromiseEndedV1, interval: Interval) -> Vec<Movement> {
    let Some(location) = ended.location else { return Vec::new() };
    let movement = |line: &HandedLineV1| Movement {
        id: movement_id(fact, line.line),
        from: Account::Location(LocationId(location)),
        to: Account::Customer,
        product: ProductId(line.product),
        lot: line.lot.clone(),
        quantity: Quantity::from_thousandths(line.quantity_thousandths),
        interval,
        reason: Reason::Collected,
    };
    ended.lines.iter().map(movement).collect()
}

/// Goods leave their locations for the site that is to have them.
fn dispatched(fact: Uuid, sent: &TransferDispatchedV1, interval: Interval) -> Vec<Movement> {
    let transit = Account::Transit(SiteId(sent.to_site));
    let movement = |line: &TransferLineV1| Movement {
        id: movement_id(fact, line.line),
        from: Account::Location(LocationId(line.location)),
        to: transit,
        product: ProductId(line.product),
        lot: line.lot.clone(),
        quantity: Quantity::from_thousandths(line.quantity_thousandths),
        interval,
        reason: Reason::Dispatched,
    };
    sent.lines.iter().map(movement).collect()
}

/// What was on the way is there. It is taken out of transit also when nobody said so far that it was sent.
fn received(fact: Uuid, came: &TransferReceivedV1, interval: Interval) -> Vec<Movement> {
    let transit = Account::Transit(SiteId(came.to_site));
    let movement = |line: &TransferLineV1| Movement {
        id: movement_id(fact, line.line),
        from: transit,
        to: Account::Location(LocationId(line.location)),
        product: ProductId(line.product),
        lot: line.lot.clone(),
        quantity: Quantity::from_thousandths(line.quantity_thousandths),
        interval,
        reason: Reason::Received,
    };
    came.lines.iter().map(movement).collect()
}

/// What is missing leaves transit for shrinkage; what came too much came from there.
fn written_off(fact: Uuid, closed: &TransferClosedV1, interval: Interval) -> Vec<Movement> {
    let transit = Account::Transit(SiteId(closed.to_site));
    let lines = closed.lines.iter().filter(|line| line.quantity_thousandths != 0);
    let movement = |line: &TransferDifferenceV1| {
        let quantity = Quantity::from_thousandths(line.quantity_thousandths);
        let (from, to) =
            if quantity.is_negative() { (Account::Shrinkage, transit) } else { (transit, Account::Shrinkage) };
        Movement {
            id: movement_id(fact, line.line),
            from,
            to,
            product: ProductId(line.product),
            lot: line.lot.clone(),
            quantity: quantity.abs(),
            interval,
            reason: Reason::TransferDifference,
        }
    };
    lines.map(movement).collect()
}

/// Pieces that a sale took from the shelf, minus what it put back; for reports.
pub fn quantity_sold(sale: &SaleV1) -> Quantity {
    sale.lines.iter().map(|line| Quantity::from_thousandths(line.quantity_thousandths)).sum()
}

/// A UUIDv8 (RFC 9562 section 5.8) of the fact and the line.
fn movement_id(fact: Uuid, line: Uuid) -> MovementId {
    let mut sha = Sha256::new();
    sha.update(b"selvedge.movement\0");
    sha.update(fact.as_bytes());
    sha.update(line.as_bytes());
    let digest: [u8; 32] = sha.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    MovementId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Why no movements can be derived.
#[derive(Debug, thiserror::Error)]
pub enum MovementError {
    /// The body cannot be read.
    #[error("the entry cannot be read")]
    Body(#[from] BodyError),
}
