//! What an entry says of promises and transfers, besides the stock that it moves.

use std::collections::BTreeMap;

use selvedge_domain::ids::DeviceId;
use selvedge_domain::stock::ledger::{Account, Movement, deltas};
use selvedge_protocol::journal::{Body, Fact, PromiseMadeV1};
use selvedge_protocol::v1::PromiseV1;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::transfer::Heard;

/// An entry that is applied.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Said {
    /// The fact's id.
    pub fact: Uuid,
    /// Where it happened.
    pub site: Uuid,
    /// When, at the latest.
    pub happened_ms: i64,
    /// Stock that moved: location, product, thousandths.
    pub moved: Vec<(Uuid, Uuid, i64)>,
    /// A promise that the station made.
    pub made: Option<PromiseV1>,
    /// What it says of promises and allotments that exist.
    pub about: Vec<(Uuid, Waiting)>,
    /// What it says of a transfer.
    pub transfer: Option<Heard>,
}

/// What a fact says of a promise or an allotment; waits where that is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub(in crate::store) enum Waiting {
    /// The customer has so much of it.
    Delivered { product: Uuid, thousandths: i64 },
    /// The customer does not want it.
    Cancelled,
    /// So much of an allotment was promised.
    Drawn { promise: Uuid, thousandths: i64 },
    /// So much of an allotment was used and given back, in all.
    Returned { used: i64, returned: i64 },
}

impl Said {
    /// Reads an entry with the movements that follow from it. One that cannot be read says nothing.
    pub(in crate::store) fn of(device: Uuid, body: &Body, movements: &[Movement]) -> Said {
        let happened_ms = selvedge_domain::time::Stamp::from(body.at).interval().to_ms;
        let transfer = Heard::of(device, body);
        let mut said = Said { fact: body.id, site: body.site, happened_ms, transfer, ..Said::default() };
        for movement in movements {
            for (account, delta) in deltas(movement) {
                if let Account::Location(location) = account {
                    said.moved.push((location.0, movement.product.0, delta.thousandths()));
                }
            }
        }
        // Most entries are of other kinds, and are not read once more.
        if !matches!(body.kind.as_str(), "sale" | "promise-made" | "promise-ended" | "allotment-returned") {
            return said;
        }
        match body.fact() {
            Ok(Fact::Sale(sale)) => {
                let lines = sale.lines.iter().filter(|line| line.quantity_thousandths > 0);
                let of = lines.filter_map(|line| Some((line.promise?, line.product, line.quantity_thousandths)));
                said.about = delivered(of);
            }
            Ok(Fact::PromiseEnded(ended)) => {
                let lines = ended.lines.iter();
                said.about = delivered(lines.map(|line| (ended.promise, line.product, line.quantity_thousandths)));
                if ended.how == CANCELLED {
                    said.about.push((ended.promise, Waiting::Cancelled));
                }
            }
            Ok(Fact::PromiseMade(made)) => {
                said.about = drawn(&made);
                said.made = Some(PromiseV1::made(DeviceId(device), body.site, body.at.into(), &made));
            }
            Ok(Fact::AllotmentReturned(back)) => {
                let said_of = Waiting::Returned { used: back.used_thousandths, returned: back.returned_thousandths };
                said.about.push((back.allotment, said_of));
            }
            Ok(_) | Err(_) => {}
        }
        said
    }

    /// Whether it speaks of promises at all.
    pub(in crate::store) fn names_promises(&self) -> bool {
        self.made.is_some() || !self.about.is_empty()
    }
}

const CANCELLED: &str = "cancelled";

/// One line a promise and product: a fact is counted once for each.
fn delivered(lines: impl Iterator<Item = (Uuid, Uuid, i64)>) -> Vec<(Uuid, Waiting)> {
    let mut sums: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    for (promise, product, thousandths) in lines {
        *sums.entry((promise, product)).or_default() += thousandths;
    }
    let one = |((promise, product), thousandths)| (promise, Waiting::Delivered { product, thousandths });
    sums.into_iter().map(one).collect()
}

fn drawn(made: &PromiseMadeV1) -> Vec<(Uuid, Waiting)> {
    let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
    for line in &made.lines {
        *sums.entry(line.allotment).or_default() += line.quantity_thousandths;
    }
    let one = |(allotment, thousandths)| (allotment, Waiting::Drawn { promise: made.promise, thousandths });
    sums.into_iter().map(one).collect()
}
