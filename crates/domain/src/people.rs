//! People and what they may do. Names are erasable records; a journal holds only the [`PersonId`].

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// What somebody is trusted with. Rights follow from it, see [`Role::may`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sells.
    Cashier,
    /// Counts.
    Counter,
    /// Picks and receives.
    Picker,
    /// All that happens at a site.
    Manager,
}

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Sell, park, take tenders.
    Sell,
    /// Open and close the till, move cash.
    HandleCash,
    /// Give a discount.
    Discount,
    /// Set a price that the catalogue does not have, or another than it has.
    SetPrice,
    /// Take goods back.
    Return,
    /// Ask another site for goods, send them there, receive them from there.
    Transfer,
    /// Write off what was sent to another site and is not there.
    CloseTransfer,
    /// Have goods set aside for a customer, and let them go again.
    SetAside,
}

impl Role {
    /// Whether the role has the right.
    pub fn may(self, right: Right) -> bool {
        match self {
            Role::Manager => true,
            Role::Cashier => match right {
                Right::Sell
                | Right::HandleCash
                | Right::Discount
                | Right::SetPrice
                | Right::Return
                | Right::Transfer
                | Right::SetAside => true,
                Right::CloseTransfer => false,
            },
            Role::Picker => right == Right::Transfer,
            Role::Counter => false,
        }
    }
}

/// Somebody who may sign in at this site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Opaque and lasting.
    pub id: PersonId,
    /// As shown on the tile and, shortened, on the receipt.
    pub name: String,
    /// What she may do.
    pub role: Role,
}
