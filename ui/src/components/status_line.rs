//! The one status line: what is where, and how it is. A press on a part opens its page.

use selvedge_contract::view::{
    ClockState, Connection, ConnectionState, PrinterState, ScannerState, StatusLine, StatusPart,
};
use yew::prelude::*;

use super::{Icon, clock_words, icon};
use crate::state::{Desk, Sheet, use_desk};

/// How serious a part's state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Good,
    Plain,
    Attention,
    Stopped,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Weight::Good => "part good",
            Weight::Plain => "part",
            Weight::Attention => "part attention",
            Weight::Stopped => "part stopped",
        }
    }
}

/// What the line needs.
#[derive(Clone, PartialEq, Properties)]
pub struct StatusBarProps {
    /// What to show.
    pub status: StatusLine,
}

/// The status line.
#[component]
pub fn StatusBar(props: &StatusBarProps) -> Html {
    let desk = use_desk();
    let status = &props.status;
    let or = |text: &str, id: &str| if text.is_empty() { desk.t(id) } else { text.to_owned() };
    let station = |symbol: Icon, text: String, class: &'static str| {
        let open = desk.opens(Sheet::Status(StatusPart::Station));
        html! {
            <button type="button" class={classes!("part", class)} onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
                { icon(symbol) }<span class="words">{ text }</span>
            </button>
        }
    };
    html! {
        <footer class="status" aria-label={desk.t("status-line")}>
            { station(Icon::Store, or(&status.site, "no-site"), "shortens") }
            { station(Icon::Monitor, or(&status.station, "no-station"), "shortens") }
            { station(Icon::User, or(&status.person, "nobody"), "shortens") }
            { clock(&desk, status) }
            <span class="gap"></span>
            { connection(&desk, status.connection) }
            { printer(&desk, status.printer) }
            { scanner(&desk, status.scanner) }
        </footer>
    }
}

/// The time; where the machine's clock is wrong, that too.
fn clock(desk: &Desk, status: &StatusLine) -> Html {
    let open = desk.opens(Sheet::Status(StatusPart::Station));
    let wrong = status.clock_state != ClockState::Right;
    let state = if wrong { "wrong" } else { "right" };
    let mut words = desk.locale().time(status.clock);
    if wrong {
        words = format!("{words} · {}", clock_words(desk, status.clock_state));
    }
    html! {
        <button type="button" class={classes!("part", "clock", wrong.then_some("attention"))} data-testid="status-clock" data-state={state}
            onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
            { icon(Icon::Clock) }<span class="words">{ words }</span>
        </button>
    }
}

fn connection(desk: &Desk, connection: Connection) -> Html {
    let (state, weight, symbol, words) = match connection.state {
        ConnectionState::NotJoined => ("not-joined", Weight::Plain, Icon::Cloud, desk.t("connection-not-joined")),
        ConnectionState::Connecting => ("connecting", Weight::Plain, Icon::Cloud, desk.t("connection-connecting")),
        ConnectionState::Online => ("online", Weight::Good, Icon::CloudCheck, desk.t("connection-online")),
        ConnectionState::Offline => ("offline", Weight::Attention, Icon::CloudOff, offline_words(desk, connection)),
    };
    part(desk, StatusPart::Connection, "status-connection", state, weight, symbol, words, Some(connection.unsent))
}

fn offline_words(desk: &Desk, connection: Connection) -> String {
    match connection.since {
        Some(since) => desk.with(
            "connection-offline-since",
            &[("time", desk.locale().time(since).into()), ("unsent", connection.unsent.into())],
        ),
        None => desk.with("connection-offline", &[("unsent", connection.unsent.into())]),
    }
}

/// The printer's state as (`data-state`, weight, icon, text).
fn printer_state(state: PrinterState) -> (&'static str, Weight, Icon, &'static str) {
    match state {
        PrinterState::None => ("none", Weight::Plain, Icon::Printer, "printer-none"),
        PrinterState::Connecting => ("connecting", Weight::Plain, Icon::Printer, "printer-connecting"),
        PrinterState::Ready => ("ready", Weight::Good, Icon::PrinterCheck, "printer-ready"),
        PrinterState::PaperLow => ("paper-low", Weight::Attention, Icon::Printer, "printer-paper-low"),
        PrinterState::PaperOut => ("paper-out", Weight::Stopped, Icon::PrinterX, "printer-paper-out"),
        PrinterState::CoverOpen => ("cover-open", Weight::Stopped, Icon::PrinterX, "printer-cover-open"),
        PrinterState::Offline => ("offline", Weight::Stopped, Icon::PrinterX, "printer-offline"),
        PrinterState::Error => ("error", Weight::Stopped, Icon::PrinterX, "printer-error"),
        PrinterState::Silent => ("silent", Weight::Plain, Icon::Printer, "printer-silent"),
    }
}

fn printer(desk: &Desk, state: PrinterState) -> Html {
    let (name, weight, symbol, id) = printer_state(state);
    part(desk, StatusPart::Printer, "status-printer", name, weight, symbol, desk.t(id), None)
}

fn scanner(desk: &Desk, state: ScannerState) -> Html {
    let (name, weight, symbol, id) = match state {
        ScannerState::NotTried => ("not-tried", Weight::Plain, Icon::ScanBarcode, "scanner-not-tried"),
        ScannerState::Ready => ("ready", Weight::Good, Icon::ScanBarcode, "scanner-ready"),
        ScannerState::Unplugged => ("unplugged", Weight::Stopped, Icon::Unplug, "scanner-unplugged"),
    };
    part(desk, StatusPart::Scanner, "status-scanner", name, weight, symbol, desk.t(id), None)
}

#[allow(clippy::too_many_arguments)]
fn part(
    desk: &Desk,
    page: StatusPart,
    testid: &'static str,
    state: &'static str,
    weight: Weight,
    symbol: Icon,
    words: String,
    unsent: Option<u64>,
) -> Html {
    let open = desk.opens(Sheet::Status(page));
    html! {
        <button type="button" class={weight.class()} data-testid={testid} data-state={state}
            data-unsent={unsent.map(|count| count.to_string())}
            onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
            { icon(symbol) }<span class="words">{ words }</span>
        </button>
    }
}
