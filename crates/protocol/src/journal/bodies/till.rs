//! What happens at a till besides sales.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sale::RateSumV1;

/// The first entry of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GenerationStartedV1 {
    /// Public key of the generation, hex.
    pub public_key: String,
    /// Version of the app.
    pub app: String,
    /// The till's code, on receipts.
    pub till: String,
    /// The generation's short id, on receipts.
    pub short: String,
    /// The generation before it on this device, if there was one.
    pub after: Option<Uuid>,
}

/// Somebody signed in or out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonSignedV1 {
    /// Who.
    pub person: Uuid,
    /// In, or out.
    pub signed_in: bool,
}

/// A till was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftOpenedV1 {
    /// Identity of the shift.
    pub shift: Uuid,
    /// Number of its Z report.
    pub number: u32,
    /// `2026-11-21`, the day of all its sales.
    pub business_day: String,
    /// ISO 4217.
    pub currency: String,
    /// Cash in the drawer.
    pub float_minor: i64,
}

/// Cash was put in or taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashMovedV1 {
    /// In which shift.
    pub shift: Uuid,
    /// ISO 4217.
    pub currency: String,
    /// Into the drawer; negative out of it.
    pub amount_minor: i64,
    /// Why; may be empty.
    pub reason: String,
}

/// A cart with something in it was thrown away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartCancelledV1 {
    /// Its identity, which no sale will have.
    pub cart: Uuid,
    /// Lines that were in it.
    pub lines: u32,
    /// What it came to.
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// A code that nobody knew was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeUnknownV1 {
    /// As the scanner gave it.
    pub text: String,
    /// The scanner's name, or `wedge`.
    pub device: String,
}

/// A second paper was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptCopiedV1 {
    /// Of which receipt.
    pub receipt: String,
    /// Of which sale.
    pub sale: Uuid,
}

/// The drawer was opened without a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawerPulsedV1 {
    /// In which shift, if one was open.
    pub shift: Option<Uuid>,
}

/// A damaged data file was recovered: what was neither readable nor at central. Central takes the entries behind such a
/// number, though they follow one that nobody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalRecoveredV1 {
    /// The life of the journal that was in the file.
    pub generation: Uuid,
    /// Entries of it that were found, in the file or at central.
    pub found: u64,
    /// Numbers that are missing, as first and last of each stretch; in order.
    pub missing: Vec<(u64, u64)>,
}

impl JournalRecoveredV1 {
    /// Whether a number is said to be missing.
    pub fn is_missing(&self, generation: Uuid, sequence: u64) -> bool {
        self.generation == generation && self.missing.iter().any(|(from, to)| (*from..=*to).contains(&sequence))
    }
}

/// A till was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftClosedV1 {
    /// Which shift.
    pub shift: Uuid,
    /// Number of the Z report.
    pub number: u32,
    /// `2026-11-21`.
    pub business_day: String,
    /// ISO 4217.
    pub currency: String,
    /// Cash at the opening.
    pub float_minor: i64,
    /// Put in.
    pub cash_in_minor: i64,
    /// Taken out.
    pub cash_out_minor: i64,
    /// Sales done.
    pub sales: u32,
    /// Sold.
    pub sold_minor: i64,
    /// Taken back.
    pub returned_minor: i64,
    /// Reductions.
    pub discounts_minor: i64,
    /// Kept of each way to pay: `cash`, `card`, `voucher`.
    pub tenders_minor: BTreeMap<String, i64>,
    /// By rate.
    pub rates: Vec<RateSumV1>,
    /// What the drawer should have held.
    pub expected_minor: i64,
    /// What was counted.
    pub counted_minor: i64,
}

impl From<&selvedge_domain::shift::ClosedShift> for ShiftClosedV1 {
    fn from(closed: &selvedge_domain::shift::ClosedShift) -> Self {
        let shift = &closed.shift;
        let totals = &shift.totals;
        ShiftClosedV1 {
            shift: shift.id.0,
            number: shift.number,
            business_day: shift.business_day.to_string(),
            currency: shift.currency.code().to_owned(),
            float_minor: shift.float.minor(),
            cash_in_minor: totals.cash_in.minor(),
            cash_out_minor: totals.cash_out.minor(),
            sales: totals.sales,
            sold_minor: totals.sold.minor(),
            returned_minor: totals.returned.minor(),
            discounts_minor: totals.discounts.minor(),
            tenders_minor: totals
                .tenders
                .iter()
                .map(|(kind, amount)| (super::sale::tender_kind(*kind).to_owned(), amount.minor()))
                .collect(),
            rates: totals.rates.iter().map(RateSumV1::from).collect(),
            expected_minor: shift.expected_cash().minor(),
            counted_minor: closed.counted.minor(),
        }
    }
}
