//! Identities. Everything made on a station is a UUIDv7; each kind of thing has a type of its own, so that a shift
//! can never be passed where a sale is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where new identities come from: random in a shop, counted in a test.
pub trait IdSource {
    /// A new UUIDv7 (RFC 9562 section 5.7), never given out before.
    fn new_id(&self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A place of the company: a shop, a warehouse, the web shop.
    SiteId
    /// One enrolled station. Lives as long as its enrolment, through several generations.
    DeviceId
    /// One life of a station's journal.
    GenerationId
    /// One run of the machine between two starts; ticks are comparable within it.
    BootId
    /// A person, opaque in journals; the name is an erasable record beside it.
    PersonId
    /// A product that can be scanned and sold.
    ProductId
    /// A location that holds stock: a sales floor, a counter, a bin.
    LocationId
    /// A sale, and the cart that becomes it.
    SaleId
    /// One line of a sale or cart.
    LineId
    /// One tender of a sale.
    TenderId
    /// A shift of a till, from float to Z report.
    ShiftId
    /// An entry of a journal, as its body names itself.
    EntryUuid
    /// A movement of stock.
    MovementId
    /// A document to be printed, or a drawer to be opened.
    JobId
    /// A sale that was put aside.
    ParkedId
    /// Stock that a customer was told to have.
    PromiseId
    /// Stock that central lent to a station, to promise from while offline.
    AllotmentId
    /// Goods that go from one site to another.
    TransferId
}
