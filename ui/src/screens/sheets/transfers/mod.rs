//! Goods between sites: the list, one of them, where to send some, and the scanning of what is sent or received.

mod finish;
mod list;
mod one;
mod scanning;

use selvedge_contract::Failure;
use selvedge_contract::commands::Transfers as TransfersCommand;
use selvedge_contract::view::{Goods, TransferPage, TransferRow};
use selvedge_domain::Quantity;
use yew::prelude::*;

use crate::components::Icon;
use crate::state::{Desk, use_desk};
use selvedge_domain::stock::transfer::{TransferAsking, TransferState, TransferTask};

pub use finish::{CountedEntry, Finish, stop};
pub use list::{Places, Transfers};
pub use one::{OneTransfer, WriteOff};
pub use scanning::Scanning;

/// What the station knows of goods between sites; none until it answered. Asked again with every change.
#[hook]
fn use_page() -> Option<Result<TransferPage, Failure>> {
    let desk = use_desk();
    let answer = use_state(|| None::<Result<TransferPage, Failure>>);
    let news = desk.view().map(|view| view.revision);
    {
        let answer = answer.clone();
        use_effect_with(news, move |_| desk.ask(TransfersCommand {}, move |found| answer.set(Some(found))));
    }
    (*answer).clone()
}

/// `Harbour Tee, Navy · L`.
fn goods_name(desk: &Desk, goods: &Goods) -> String {
    match (goods.name.is_empty(), goods.variant.is_empty()) {
        (true, _) => desk.t("goods-unknown"),
        (false, true) => goods.name.clone(),
        (false, false) => format!("{}, {}", goods.name, goods.variant),
    }
}

/// `To Athlone`, `From Athlone`.
fn way(desk: &Desk, outgoing: bool, other: &str) -> String {
    match (other.is_empty(), outgoing) {
        (true, true) => desk.t("goods-to-another"),
        (true, false) => desk.t("goods-from-another"),
        (false, true) => desk.with("goods-to", &[("site", other.into())]),
        (false, false) => desk.with("goods-from", &[("site", other.into())]),
    }
}

/// What is missing or too much of it, in words.
fn difference(desk: &Desk, goods: &Goods, missing: Quantity) -> String {
    let (id, by) = if missing.is_negative() { ("goods-too-much", -missing) } else { ("goods-missing", missing) };
    desk.with(id, &[("quantity", desk.locale().quantity(by, goods.unit).into())])
}

/// `To Athlone`, `From Athlone`, `Ask Athlone`.
fn task(desk: &Desk, task: TransferTask, other: &str) -> String {
    match task {
        TransferTask::Asked => desk.with("goods-ask", &[("site", other.into())]),
        TransferTask::Dispatched => way(desk, true, other),
        TransferTask::Received => way(desk, false, other),
    }
}

/// How it stands seen from here, as what its texts begin with.
fn stands(shown: &TransferRow) -> (&'static str, &'static str) {
    match (shown.asking, shown.state, shown.outgoing) {
        (Some(TransferAsking::Asking), ..) => ("transit-asking", "transit-asking-text"),
        (Some(TransferAsking::Refused), ..) => ("transit-refused", "transit-refused-text"),
        (Some(TransferAsking::Cancelling), ..) => ("transit-cancelling", "transit-cancelling-text"),
        (None, TransferState::Requested, true) => ("transit-to-send", "transit-to-send-text"),
        (None, TransferState::Requested, false) => ("transit-asked", "transit-asked-text"),
        (None, TransferState::OnTheWay, true) => ("transit-on-the-way", "transit-on-the-way-text"),
        (None, TransferState::OnTheWay, false) => ("transit-to-receive", "transit-to-receive-text"),
        (None, TransferState::Unannounced, _) => ("transit-unannounced", "transit-unannounced-text"),
        (None, TransferState::Differing, _) => ("transit-differing", "transit-differing-text"),
        (None, TransferState::Received, _) => ("transit-received", "transit-received-text"),
        (None, TransferState::Closed, _) => ("transit-closed", "transit-closed-text"),
        (None, TransferState::Cancelled, _) => ("transit-cancelled", "transit-cancelled-text"),
    }
}

/// Of how it stands, one word.
fn state_word(shown: &TransferRow) -> &'static str {
    shown.asking.map_or_else(|| shown.state.word(), TransferAsking::word)
}

/// Of how it stands: the icon, and what its colour says.
fn symbol(shown: &TransferRow) -> (Icon, &'static str) {
    match (shown.asking, shown.state) {
        (Some(TransferAsking::Refused), _) => (Icon::CircleX, "warn"),
        (Some(TransferAsking::Asking | TransferAsking::Cancelling), _) => (Icon::CloudOff, "plain"),
        (None, TransferState::Requested) if shown.outgoing => (Icon::ArrowUpFromLine, "accent"),
        (None, TransferState::OnTheWay) if !shown.outgoing => (Icon::ArrowDownToLine, "accent"),
        (None, TransferState::Requested | TransferState::OnTheWay) => (Icon::Clock, "plain"),
        (None, TransferState::Unannounced) => (Icon::Info, "plain"),
        (None, TransferState::Differing) => (Icon::TriangleAlert, "warn"),
        (None, TransferState::Received) => (Icon::CircleCheck, "ok"),
        (None, TransferState::Closed) => (Icon::Check, "plain"),
        (None, TransferState::Cancelled) => (Icon::X, "plain"),
    }
}
