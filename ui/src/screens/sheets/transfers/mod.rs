//! Goods between sites: the list, one of them, where to send some, and the scanning of what is sent or received.

mod finish;
mod list;
mod one;
mod scanning;

use selvedge_contract::Failure;
use selvedge_contract::commands::Transfers as TransfersCommand;
use selvedge_contract::view::{Goods, TransferPage};
use selvedge_domain::Quantity;
use yew::prelude::*;

use crate::components::Icon;
use crate::state::{Desk, use_desk};
use selvedge_domain::stock::transfer::TransferState;

pub use finish::{CountedEntry, Finish, stop};
pub use list::{SendTo, Transfers};
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

/// How it stands seen from here, as what its texts begin with.
fn stands(outgoing: bool, state: TransferState) -> (&'static str, &'static str) {
    match (state, outgoing) {
        (TransferState::Requested, true) => ("transit-to-send", "transit-to-send-text"),
        (TransferState::Requested, false) => ("transit-asked", "transit-asked-text"),
        (TransferState::OnTheWay, true) => ("transit-on-the-way", "transit-on-the-way-text"),
        (TransferState::OnTheWay, false) => ("transit-to-receive", "transit-to-receive-text"),
        (TransferState::Unannounced, _) => ("transit-unannounced", "transit-unannounced-text"),
        (TransferState::Differing, _) => ("transit-differing", "transit-differing-text"),
        (TransferState::Received, _) => ("transit-received", "transit-received-text"),
        (TransferState::Closed, _) => ("transit-closed", "transit-closed-text"),
        (TransferState::Cancelled, _) => ("transit-cancelled", "transit-cancelled-text"),
    }
}

/// Of how it stands: the icon, and what its colour says.
fn symbol(outgoing: bool, state: TransferState) -> (Icon, &'static str) {
    match state {
        TransferState::Requested if outgoing => (Icon::ArrowUpFromLine, "accent"),
        TransferState::OnTheWay if !outgoing => (Icon::ArrowDownToLine, "accent"),
        TransferState::Requested | TransferState::OnTheWay => (Icon::Clock, "plain"),
        TransferState::Unannounced => (Icon::Info, "plain"),
        TransferState::Differing => (Icon::TriangleAlert, "warn"),
        TransferState::Received => (Icon::CircleCheck, "ok"),
        TransferState::Closed => (Icon::Check, "plain"),
        TransferState::Cancelled => (Icon::X, "plain"),
    }
}
