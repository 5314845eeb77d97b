//! The payloads, one struct a kind and version. A struct that has landed may only gain optional fields; anything else
//! is a new version beside it. Money ends in `_minor`, quantities in `_thousandths`, rates are decimal texts.

mod count;
mod promise;
mod read_back;
mod sale;
mod till;
mod transfer;

pub use count::{CountRaisedV1, RaisedLineV1};
pub use promise::{AllotmentReturnedV1, HandedLineV1, MadeLineV1, PromiseEndedV1, PromiseMadeV1};
pub use read_back::{ReadBackError, SaleSurroundings};
pub use sale::{DiscountV1, RateSumV1, RefundV1, SaleLineV1, SaleV1, TaxRateV1, TenderV1};
pub use till::{
    CartCancelledV1, CashMovedV1, CodeUnknownV1, DrawerPulsedV1, GenerationStartedV1, JournalRecoveredV1,
    PersonSignedV1, ReceiptCopiedV1, ShiftClosedV1, ShiftOpenedV1,
};
pub use transfer::{TransferClosedV1, TransferDifferenceV1, TransferDispatchedV1, TransferLineV1, TransferReceivedV1};
