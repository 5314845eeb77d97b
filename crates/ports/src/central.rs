//! Asking central while a person waits. A request that has to be kept is a row of the store before it is asked; what is
//! here only makes central be asked now, and bounds the waiting.

use std::time::Duration;

use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId};

/// Central, as far as a person waits for it. Nothing here takes longer than `wait`, whatever central does.
pub trait AskCentral: Send + Sync {
    /// What may be promised of a product, and where; none without an answer in time.
    fn available(&self, product: ProductId, wait: Duration) -> Option<Available>;

    /// Has the requests that wait in the store asked now. Returns as soon as central was asked all of them, cannot be
    /// asked, or the time is over; how they stand is in the store.
    fn ask_what_waits(&self, wait: Duration);

    /// The store has allotments that central is to be asked for. Never waits.
    fn lend(&self) {}
}

/// What may be promised of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    /// Where; sites that never had it are left out.
    pub sites: Vec<AvailableAt>,
    /// How old the figures were when central answered, milliseconds.
    pub age_ms: u64,
}

/// How a product stands at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableAt {
    /// Where.
    pub site: SiteId,
    /// What the site is called; empty where central does not say it.
    pub name: String,
    /// May be promised; none of it when below zero.
    pub available: Quantity,
    /// On hand where it is sold from, as the books say.
    pub on_hand: Quantity,
    /// Of open promises.
    pub promised: Quantity,
}
