//! What can be sold, as the till knows it.

use serde::{Deserialize, Serialize};

use crate::ids::ProductId;
use crate::money::Amount;
use crate::quantity::Unit;
use crate::tax::TaxRate;

/// A product as the till needs it at the moment of a scan: price and tax already resolved for the site and the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Lasting identity.
    pub id: ProductId,
    /// The company's own number, unique.
    pub sku: String,
    /// What all its variants share: `Harbour Tee`.
    pub name: String,
    /// What tells it from its siblings: `Navy · L`; empty where there are none.
    pub variant: String,
    /// The style that groups variants; empty where it stands alone.
    pub style: String,
    /// Colour name, for the size grid; empty where it has none.
    pub colour: String,
    /// `#RRGGBB`, for the drawn picture; empty where unknown.
    pub colour_code: String,
    /// Size name, for the size grid; empty where it has none.
    pub size: String,
    /// What one of it is.
    pub unit: Unit,
    /// The rate that applies today.
    pub tax: TaxRate,
    /// Price of one unit today; none asks at the scan.
    pub price: Option<Amount>,
}
