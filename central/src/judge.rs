//! What to do with an entry that verified: a pure decision, the same for every store. A fact is never refused; what
//! cannot be applied is held, with a reason that a manager understands.

use std::collections::BTreeSet;

use selvedge_domain::Quantity;
use selvedge_domain::stock::ledger::{Account, Movement};
use selvedge_protocol::journal::{Body, ChainError, Fact, movements};
use selvedge_protocol::v1::problem;
use uuid::Uuid;

use crate::store::{Device, Stored};

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Post these, perhaps none.
    Apply(Vec<Movement>),
    /// Keep it for a manager.
    Hold {
        /// One of `v1::problem`.
        code: &'static str,
        /// For a person.
        detail: String,
    },
    /// Keep it for a later version of central.
    UnknownKind {
        /// For a person.
        detail: String,
    },
    /// A manager decided that nothing follows from it.
    Dismissed,
}

impl Verdict {
    /// How the entry is kept.
    pub fn stored(&self) -> Stored {
        match self {
            Verdict::Apply(_) => Stored::Applied,
            Verdict::Hold { .. } => Stored::Held,
            Verdict::UnknownKind { .. } => Stored::UnknownKind,
            Verdict::Dismissed => Stored::Dismissed,
        }
    }
}

/// What central knows of what an entry names.
#[derive(Debug, Default)]
pub struct Known {
    /// Products.
    pub products: BTreeSet<Uuid>,
    /// Locations of the station's site.
    pub locations: BTreeSet<Uuid>,
}

/// Judges an entry by itself: `body` is none when it cannot be read.
pub fn judge(device: Option<&Device>, body: Option<&Body>) -> Verdict {
    let hold = |code, detail: String| Verdict::Hold { code, detail };
    let Some(body) = body else {
        return hold(problem::UNREADABLE, "the body is not what a body must be".to_owned());
    };
    let (fact, found) = match (body.fact(), movements(body)) {
        (Ok(fact), Ok(found)) => (fact, found),
        (Err(_), _) | (_, Err(_)) => {
            return hold(problem::UNREADABLE, format!("a {} of version {} has other fields", body.kind, body.version));
        }
    };
    if let Fact::Unknown { kind, version, .. } = &fact {
        return Verdict::UnknownKind { detail: format!("{kind} of version {version} is applied after an upgrade") };
    }
    match device {
        None => return hold(problem::DEVICE_REVOKED, "the station is not known".to_owned()),
        Some(device) if device.revoked => {
            return hold(problem::DEVICE_REVOKED, "the station was revoked before this arrived".to_owned());
        }
        Some(device) if device.site != body.site => {
            return hold(problem::OTHER_SITE, format!("it speaks of site {}", body.site));
        }
        Some(_) => {}
    }
    if let Some(odd) = odd_promise(&fact) {
        return odd;
    }
    let possible = |movement: &&Movement| (1..=Quantity::LIMIT_THOUSANDTHS).contains(&movement.quantity.thousandths());
    if let Some(odd) = found.iter().find(|movement| !possible(movement)) {
        return hold(problem::IMPOSSIBLE_NUMBER, format!("product {} moves {} pieces", odd.product, odd.quantity));
    }
    Verdict::Apply(found)
}

/// What a station says of promises that cannot be: words that nobody knows, figures that no shop has.
fn odd_promise(fact: &Fact) -> Option<Verdict> {
    let possible = |thousandths: i64| (1..=Quantity::LIMIT_THOUSANDTHS).contains(&thousandths);
    let (figures, word): (Vec<i64>, Option<&str>) = match fact {
        Fact::PromiseMade(made) => {
            let word = Some(made.promise_kind.as_str()).filter(|kind| !matches!(*kind, "order" | "hold"));
            (made.lines.iter().map(|line| line.quantity_thousandths).collect(), word)
        }
        Fact::PromiseEnded(ended) => {
            let word = Some(ended.how.as_str()).filter(|how| !matches!(*how, "fulfilled" | "cancelled"));
            (ended.lines.iter().map(|line| line.quantity_thousandths).collect(), word)
        }
        // None of it may have been used, or given back.
        Fact::AllotmentReturned(back) => {
            (vec![back.used_thousandths.saturating_add(1), back.returned_thousandths.saturating_add(1)], None)
        }
        // Their lines move stock one by one, and are judged as what they move.
        Fact::TransferDispatched(_)
        | Fact::TransferReceived(_)
        | Fact::TransferClosed(_)
        | Fact::GenerationStarted(_)
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
        | Fact::CountRaised(_)
        | Fact::Unknown { .. } => return None,
    };
    if let Some(word) = word {
        return Some(Verdict::Hold { code: problem::UNREADABLE, detail: format!("a promise is not {word:?}") });
    }
    let odd = figures.into_iter().find(|figure| !possible(*figure))?;
    let detail = format!("a promise is of {} pieces", Quantity::from_thousandths(odd));
    Some(Verdict::Hold { code: problem::IMPOSSIBLE_NUMBER, detail })
}

/// Holds what would be applied to things that are not known.
pub fn against(verdict: Verdict, known: &Known) -> Verdict {
    let Verdict::Apply(found) = verdict else { return verdict };
    for movement in &found {
        if !known.products.contains(&movement.product.0) {
            let detail = format!("product {} is not known here", movement.product);
            return Verdict::Hold { code: problem::UNKNOWN_PRODUCT, detail };
        }
        for account in [movement.from, movement.to] {
            if let Account::Location(location) = account
                && !known.locations.contains(&location.0)
            {
                let detail = format!("location {location} is not of the station's site");
                return Verdict::Hold { code: problem::OTHER_SITE, detail };
            }
        }
    }
    Verdict::Apply(found)
}

/// What follows from an entry that a manager releases, whatever it was held for; or why nothing can.
///
/// # Errors
/// For a person: what is not there to be applied.
pub fn on_release(body: Option<&Body>) -> Result<Vec<Movement>, String> {
    let body = body.ok_or("the body is not what a body must be")?;
    let (Ok(fact), Ok(found)) = (body.fact(), movements(body)) else {
        return Err(format!("a {} of version {} has other fields", body.kind, body.version));
    };
    if let Fact::Unknown { kind, version, .. } = &fact {
        return Err(format!("{kind} of version {version} is applied after an upgrade"));
    }
    if let Some(Verdict::Hold { detail, .. }) = odd_promise(&fact) {
        return Err(detail);
    }
    let countable = |movement: &&Movement| (1..=MOST_THOUSANDTHS).contains(&movement.quantity.thousandths());
    match found.iter().find(|movement| !countable(movement)) {
        Some(odd) => Err(format!("product {} moves {} pieces", odd.product, odd.quantity)),
        None => Ok(found),
    }
}

/// What a manager may have counted: far beyond what a till takes, and a sum of many such still fits.
const MOST_THOUSANDTHS: i64 = Quantity::LIMIT_THOUSANDTHS * 1_000_000;

/// The kind of entry by which a station says what it lost.
pub const RECOVERED: &str = "journal-recovered";

/// Whether an entry of the kind [`RECOVERED`] says that this one is lost: neither readable at its station nor here.
pub fn declares_lost(body: &str, generation: Uuid, sequence: u64) -> bool {
    match Body::decode(body).and_then(|body| body.fact()) {
        Ok(Fact::JournalRecovered(recovered)) => recovered.is_missing(generation, sequence),
        Ok(_) | Err(_) => false,
    }
}

/// What an entry of the kind [`RECOVERED`] says is lost: of which generation, the first and last number of each stretch.
pub fn declared_losses(body: &str) -> Option<(Uuid, Vec<(u64, u64)>)> {
    match Body::decode(body).and_then(|body| body.fact()) {
        Ok(Fact::JournalRecovered(recovered)) => Some((recovered.generation, recovered.missing)),
        Ok(_) | Err(_) => None,
    }
}

/// The code of a broken chain.
pub fn chain_code(error: &ChainError) -> &'static str {
    match error {
        ChainError::Gap { .. } | ChainError::Link { .. } => problem::GAP,
        ChainError::Hash { .. } => problem::HASH,
        ChainError::Signature { .. } => problem::SIGNATURE,
    }
}

/// A stored code as the constant that it was.
pub fn held_code(code: &str) -> &'static str {
    [
        problem::UNREADABLE,
        problem::UNKNOWN_PRODUCT,
        problem::OTHER_SITE,
        problem::DEVICE_REVOKED,
        problem::IMPOSSIBLE_NUMBER,
    ]
    .into_iter()
    .find(|known| *known == code)
    .unwrap_or(problem::UNREADABLE)
}
