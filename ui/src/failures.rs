//! From codes to sentences: what happened, what is safe, and the next step.

use selvedge_contract::{Code, Failure};
use selvedge_texts::Texts;

/// The sentence for a refusal.
pub fn sentence(texts: &Texts, failure: &Failure) -> String {
    let number = || failure.detail.trim().parse::<i64>().unwrap_or(0);
    // Two sentences count something; the others have no variable and ignore these.
    texts.with(text_id(failure.code), &[("tries", number().into()), ("seconds", number().into())])
}

/// The code as a person reads it out on the telephone, with the detail.
pub fn code(failure: &Failure) -> String {
    let counted = matches!(failure.code, Code::WrongPin | Code::LockedOut);
    match (counted, failure.detail.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!("({:?})", failure.code),
        (false, false) => format!("({:?}: {})", failure.code, failure.detail),
    }
}

fn text_id(code: Code) -> &'static str {
    match code {
        Code::BadRequest => "error-bad-request",
        Code::Internal => "error-internal",
        Code::DiskFull => "error-disk-full",
        Code::DataDamaged => "error-data-damaged",
        Code::NotNow => "error-not-now",
        Code::SignedOut => "error-signed-out",
        Code::NotAllowed => "error-not-allowed",
        Code::WrongPin => "error-wrong-pin",
        Code::LockedOut => "error-locked-out",
        Code::UnknownBadge => "error-unknown-badge",
        Code::SignedIn => "error-signed-in",
        Code::Cancelled => "error-cancelled",
        Code::WrongCode => "error-wrong-code",
        Code::NoCentral => "error-no-central",
        Code::BadCentral => "error-bad-central",
        Code::UpdateStation => "error-update-station",
        Code::UpdateCentral => "error-update-central",
        Code::AlreadyJoined => "error-already-joined",
        Code::TillClosed => "error-till-closed",
        Code::TillOpen => "error-till-open",
        Code::SaleOpen => "error-sale-open",
        Code::SalesParked => "error-sales-parked",
        Code::SaleEmpty => "error-sale-empty",
        Code::PriceMissing => "error-price-missing",
        Code::PaymentStarted => "error-payment-started",
        Code::NotPaid => "error-not-paid",
        Code::NoSuchLine => "error-no-such-line",
        Code::NoSuchTender => "error-no-such-tender",
        Code::NoSuchProduct => "error-no-such-product",
        Code::NoSuchParked => "error-no-such-parked",
        Code::NoSuchSale => "error-no-such-sale",
        Code::SaleTooOld => "error-sale-too-old",
        Code::NoSuchJob => "error-no-such-job",
        Code::NoSuchTransfer => "error-no-such-transfer",
        Code::TransferOpen => "error-transfer-open",
        Code::NothingScanned => "error-nothing-scanned",
        Code::ReasonMissing => "error-reason-missing",
        Code::SeveralProducts => "error-several-products",
        Code::NoSuchPromise => "error-no-such-promise",
        Code::AlreadyInSale => "error-already-in-sale",
        Code::NotInDemo => "error-not-in-demo",
        Code::WrongDay => "error-wrong-day",
        Code::NothingToUndo => "error-nothing-to-undo",
        Code::WrongQuantity => "error-wrong-quantity",
        Code::WrongPrice => "error-wrong-price",
        Code::WrongDiscount => "error-wrong-discount",
        Code::WrongAmount => "error-wrong-amount",
        Code::MoreThanInDrawer => "error-more-than-in-drawer",
        Code::OnlyCashGivesChange => "error-only-cash-gives-change",
        Code::NothingDue => "error-nothing-due",
        Code::RefundIsFixed => "error-refund-is-fixed",
        Code::MoreThanBought => "error-more-than-bought",
        Code::TooLarge => "error-too-large",
        Code::NoSuchLanguage => "error-no-such-language",
        Code::NoSuchDevice => "error-no-such-device",
    }
}
