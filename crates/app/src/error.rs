//! What the use cases refuse, and the one place where it becomes a code for the window.

use selvedge_contract::{Code, Failure};
use selvedge_domain::cart::CartError;
use selvedge_domain::sale::SaleError;
use selvedge_domain::tender::TenderError;
use selvedge_store::StoreError;

/// Why a use case was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// For a reason that the window knows.
    #[error("{0}")]
    Refused(#[from] Failure),
    /// By the cart's rules.
    #[error("the sale refuses")]
    Cart(#[from] CartError),
    /// By the sale's rules.
    #[error("the sale cannot be finished")]
    Sale(#[from] SaleError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Something that the station was given cannot be used.
    #[error("{what}")]
    Given {
        /// What it is.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl AppError {
    /// Something that was given and cannot be used.
    pub fn given(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        AppError::Given { what, source: source.into() }
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        AppError::Refused(code.into())
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Failure {
        match error {
            AppError::Refused(failure) => failure,
            AppError::Cart(error) => cart(&error).into(),
            AppError::Sale(error) => sale(&error).into(),
            AppError::Store(StoreError::Full) => Code::DiskFull.into(),
            AppError::Store(error) if error.is_damage() => Failure::new(Code::DataDamaged, error.to_string()),
            AppError::Store(error) => internal(&error),
            given @ AppError::Given { .. } => internal(&given),
        }
    }
}

/// Logged here, where it is handled, with its causes; the window shows only that something failed.
fn internal(error: &dyn std::error::Error) -> Failure {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    tracing::error!(error = %text, "a command failed");
    Failure::new(Code::Internal, text)
}

fn cart(error: &CartError) -> Code {
    match error {
        CartError::NoSuchLine => Code::NoSuchLine,
        // Only a repeated request brings an identity twice.
        CartError::AlreadyThere => Code::BadRequest,
        CartError::NoSuchTender => Code::NoSuchTender,
        CartError::Quantity => Code::WrongQuantity,
        CartError::Price => Code::WrongPrice,
        CartError::Discount => Code::WrongDiscount,
        CartError::RefundIsFixed => Code::RefundIsFixed,
        CartError::PaymentStarted => Code::PaymentStarted,
        CartError::PriceMissing => Code::PriceMissing,
        CartError::Empty => Code::SaleEmpty,
        CartError::Tender(TenderError::NothingDue) => Code::NothingDue,
        CartError::Tender(TenderError::WrongAmount) => Code::WrongAmount,
        CartError::Tender(TenderError::MoreThanDue) => Code::OnlyCashGivesChange,
        CartError::TooLarge => Code::TooLarge,
    }
}

fn sale(error: &SaleError) -> Code {
    match error {
        SaleError::Empty => Code::SaleEmpty,
        SaleError::PriceMissing => Code::PriceMissing,
        SaleError::NotPaid(_) => Code::NotPaid,
        SaleError::MoreThanBought => Code::MoreThanBought,
        SaleError::Cart(error) => cart(error),
    }
}
