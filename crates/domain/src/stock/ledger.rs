//! Double entry in pieces: every movement takes from one account and gives to another, so that all accounts of a
//! product always sum to zero. On hand is the balance of a location.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{LocationId, MovementId, ProductId, SiteId};
use crate::quantity::Quantity;
use crate::time::Interval;

/// A side of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Account {
    /// A bin, a sales floor, a counter.
    Location(LocationId),
    /// In a picker's tote, at a site.
    Tote(SiteId),
    /// On its way to a site.
    Transit(SiteId),
    /// Where goods come from.
    Supplier,
    /// Where sold goods are.
    Customer,
    /// Thrown away.
    Waste,
    /// What counting found missing, or too much.
    Shrinkage,
}

impl Account {
    /// A short stable text: `location:0199…`, `customer`. The key of a balance.
    pub fn key(&self) -> String {
        match self {
            Account::Location(id) => format!("location:{id}"),
            Account::Tote(id) => format!("tote:{id}"),
            Account::Transit(id) => format!("transit:{id}"),
            Account::Supplier => "supplier".to_owned(),
            Account::Customer => "customer".to_owned(),
            Account::Waste => "waste".to_owned(),
            Account::Shrinkage => "shrinkage".to_owned(),
        }
    }

    /// The account with this [`key`](Self::key); none where there is no such.
    pub fn of_key(key: &str) -> Option<Account> {
        match key.split_once(':') {
            Some(("location", id)) => id.parse().ok().map(Account::Location),
            Some(("tote", id)) => id.parse().ok().map(Account::Tote),
            Some(("transit", id)) => id.parse().ok().map(Account::Transit),
            Some(_) => None,
            None => [Account::Supplier, Account::Customer, Account::Waste, Account::Shrinkage]
                .into_iter()
                .find(|account| account.key() == key),
        }
    }
}

/// Why stock moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Sold over the counter.
    Sale,
    /// Brought back by a customer.
    Return,
    /// What a place held when its books were opened.
    Opening,
    /// Handed over for a promise that was paid for elsewhere.
    Collected,
    /// Sent to another site.
    Dispatched,
    /// Came from another site.
    Received,
    /// Came from another site neither complete nor as it was sent, and was written off.
    TransferDifference,
}

/// A line of stock that follows from an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Made from the entry and the line, so that posting it twice is one posting.
    pub id: MovementId,
    /// Given by.
    pub from: Account,
    /// Received by.
    pub to: Account,
    /// What moved.
    pub product: ProductId,
    /// Its lot, where somebody scanned one.
    pub lot: Option<String>,
    /// How much; always positive.
    pub quantity: Quantity,
    /// When it happened.
    pub interval: Interval,
    /// Why.
    pub reason: Reason,
}

/// Balances by product and account; the rule that every cache of them must agree with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balances(BTreeMap<(ProductId, Account), Quantity>);

impl Balances {
    /// Posts a movement.
    pub fn post(&mut self, movement: &Movement) {
        for (account, delta) in deltas(movement) {
            *self.0.entry((movement.product, account)).or_default() += delta;
        }
    }

    /// What an account holds of a product.
    pub fn of(&self, product: ProductId, account: Account) -> Quantity {
        self.0.get(&(product, account)).copied().unwrap_or(Quantity::ZERO)
    }

    /// Sum over all accounts of a product: always zero.
    pub fn sum(&self, product: ProductId) -> Quantity {
        self.0.iter().filter(|((of, _), _)| *of == product).map(|(_, quantity)| *quantity).sum()
    }

    /// Every balance, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (ProductId, Account, Quantity)> + '_ {
        self.0.iter().map(|((product, account), quantity)| (*product, *account, *quantity))
    }
}

/// The two changes of balance that a movement makes.
pub fn deltas(movement: &Movement) -> [(Account, Quantity); 2] {
    [(movement.from, -movement.quantity), (movement.to, movement.quantity)]
}
