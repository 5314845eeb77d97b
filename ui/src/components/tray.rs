//! The tray at the foot of the cart: what waits. It is no dialog; scanning goes on.

use selvedge_contract::commands::{AnswerUncertain, DismissTray, SeePromise};
use selvedge_contract::view::{ClockState, PrinterState, PromisedLine, Standing, Tray, TrayKind};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{JobId, PromiseId};
use selvedge_domain::time::LocalTime;
use selvedge_texts::format::grouped_code;
use yew::prelude::*;

use super::{Button, Icon, Kind, icon};
use crate::dom;
use crate::failures::sentence;
use crate::keys::Key;
use crate::screens::{line_words, symbol, title_id};
use crate::state::{Act, Desk, Sheet, use_desk};

/// What an entry says.
struct Entry {
    class: &'static str,
    symbol: Icon,
    title: String,
    text: String,
    testid: Option<&'static str>,
    actions: Html,
}

/// What the tray needs.
#[derive(Clone, PartialEq, Properties)]
pub struct TraysProps {
    /// Whether refusals are shown here too; a screen that shows them elsewhere says no.
    #[prop_or(true)]
    pub refusals: bool,
}

/// The newest of what waits, and how many more.
#[component]
pub fn Trays(props: &TraysProps) -> Html {
    let desk = use_desk();
    let refused = if props.refusals {
        refused_here(&desk)
    } else {
        html! {}
    };
    let trays = desk.view().map(|view| view.trays.clone()).unwrap_or_default();
    let lost = desk.shell.lost_scans.len();
    let waiting = trays.len() + lost;
    let entry = match (desk.shell.lost_scans.last(), trays.first()) {
        (Some(text), _) => lost_scan(&desk, lost - 1, text),
        (None, Some(tray)) => told(&desk, tray),
        (None, None) => return refused,
    };
    let more = (waiting > 1).then(|| desk.with("tray-more", &[("count", (waiting - 1).into())]));
    html! {
        <>
            { refused }
            <div class={classes!("tray", entry.class)} role="status" data-testid={entry.testid}>
                { icon(entry.symbol) }
                <p class="tray-words">
                    <strong>{ entry.title }</strong>
                    <span>{ entry.text }{ more.map(|more| format!(" {more}")).unwrap_or_default() }</span>
                </p>
                <span class="tray-actions">{ entry.actions }</span>
            </div>
        </>
    }
}

/// What was refused last, where no sheet shows it.
fn refused_here(desk: &Desk) -> Html {
    let Some(failure) = desk.shell.failure.as_ref().filter(|_| !desk.has_sheet()) else { return html! {} };
    let seen = desk.clone();
    html! {
        <div class="tray tray-warn" role="alert">
            { icon(Icon::CircleAlert) }
            <p class="tray-words">
                <strong>{ sentence(desk.texts(), failure) }</strong><small class="code">{ crate::failures::code(failure) }</small>
            </p>
            <span class="tray-actions">
                <Button label={desk.t("close")} icon={Icon::X} alone=true kind={Kind::Quiet} keycap={Key::F11}
                    onpress={Callback::from(move |()| seen.act(Act::FailureSeen))} />
            </span>
        </div>
    }
}

fn lost_scan(desk: &Desk, at: usize, text: &str) -> Entry {
    let gone = desk.clone();
    let again = desk.clone();
    let scan = text.to_owned();
    let retry = Callback::from(move |()| {
        again.act(Act::LostScanGone(at));
        crate::scans::send(&again, crate::wedge::Caught { text: scan.clone(), at_ms: dom::now_ms() });
    });
    Entry {
        class: "tray-danger",
        symbol: Icon::CircleX,
        title: desk.with("tray-lost-scan", &[("code", grouped_code(text).into())]),
        text: desk.t("tray-lost-scan-text"),
        testid: None,
        actions: html! {
            <>
                <Button label={desk.t("try-again")} keycap={Key::F11} onpress={retry} />
                <Button label={desk.t("close")} icon={Icon::X} alone=true kind={Kind::Quiet}
                    onpress={Callback::from(move |()| gone.act(Act::LostScanGone(at)))} />
            </>
        },
    }
}

fn told(desk: &Desk, tray: &Tray) -> Entry {
    let closes = |keycap: Option<Key>| {
        html! {
            <Button label={desk.t("close")} icon={Icon::X} alone=true kind={Kind::Quiet} {keycap} onpress={desk.runs(DismissTray { id: tray.id })} />
        }
    };
    let only_told = |class: &'static str, symbol: Icon, title: String, text: String, testid: Option<&'static str>| {
        Entry { class, symbol, title, text, testid, actions: closes(Some(Key::F11)) }
    };
    match &tray.what {
        TrayKind::UnknownCode { text, why } => Entry {
            class: "tray-warn",
            symbol: Icon::ScanSearch,
            title: desk.with("tray-unknown", &[("code", grouped_code(text).into())]),
            text: if why.is_empty() { desk.t("tray-unknown-text") } else { desk.t("tray-misread-text") },
            testid: Some("unknown-code"),
            actions: html! { <>{ find(desk) }{ closes(None) }</> },
        },
        TrayKind::ScanNotNow { text, why } => {
            let title = desk.with("tray-not-now", &[("code", grouped_code(text).into())]);
            only_told("tray-warn", Icon::ScanBarcode, title, not_now(desk, *why), None)
        }
        TrayKind::UncertainPrint { job, title } => uncertain(desk, *job, title),
        TrayKind::PrinterStopped { state, waiting } => {
            let text = desk.with("tray-printer-text", &[("waiting", (*waiting).into())]);
            only_told("tray-danger", Icon::PrinterX, desk.t(stopped(*state)), text, None)
        }
        TrayKind::DiskFull => {
            only_told("tray-danger", Icon::HardDrive, desk.t("tray-disk"), desk.t("tray-disk-text"), Some("disk-full"))
        }
        TrayKind::ClockWrong { shows, used } => {
            let title = desk.with("tray-clock", &[("shows", moment(desk, *shows).into())]);
            let text = desk.with("tray-clock-text", &[("used", moment(desk, *used).into())]);
            only_told("tray-warn", Icon::Clock, title, text, Some("clock-wrong"))
        }
        TrayKind::Forked => {
            let (title, text) = (desk.t("tray-forked"), desk.t("tray-forked-text"));
            only_told("tray-warn", Icon::TriangleAlert, title, text, Some("forked"))
        }
        TrayKind::DataRecovered { folder, found, missing } => {
            let told = [
                ("found", (*found).into()),
                ("missing", missing.len().into()),
                ("numbers", stretches(missing).into()),
                ("folder", folder.into()),
            ];
            let text = desk.with("tray-recovered-text", &told);
            only_told("tray-warn", Icon::HardDrive, desk.t("tray-recovered"), text, Some("data-recovered"))
        }
        TrayKind::CountRaised { line, believed, more } => {
            let told = [
                ("line", line_words(desk, line).into()),
                ("believed", desk.locale().quantity(*believed, line.unit).into()),
                ("more", u64::from(*more).into()),
            ];
            only_told(
                "tray-calm",
                Icon::Info,
                desk.t("tray-count"),
                desk.with("tray-count-text", &told),
                Some("count-raised"),
            )
        }
        TrayKind::PromiseAnswered { promise, line, standing, until } => {
            answered(desk, *promise, line, *standing, *until)
        }
        TrayKind::Trouble { detail } => {
            only_told("tray-warn", Icon::TriangleAlert, desk.t("tray-trouble"), detail.clone(), None)
        }
    }
}

/// Central answered what had needed its confirmation: who asked can tell the customer.
fn answered(
    desk: &Desk,
    promise: PromiseId,
    line: &PromisedLine,
    standing: Standing,
    until: Option<LocalTime>,
) -> Entry {
    let seen = desk.clone();
    let show = Callback::from(move |()| {
        seen.run(SeePromise { promise });
        seen.open(Sheet::Promise(promise));
    });
    let title = if standing == Standing::Broken {
        desk.t("tray-broken")
    } else {
        desk.with("tray-answered", &[("how", desk.t(title_id(standing)).into())])
    };
    let until = until.filter(|_| standing.is_promised()).map(|at| format!(" · {}", desk.locale().date(at.day)));
    Entry {
        class: if standing.is_promised() { "tray-ok" } else { "tray-warn" },
        symbol: symbol(standing),
        title,
        text: format!("{}{}", line_words(desk, line), until.unwrap_or_default()),
        testid: Some("answered"),
        actions: html! {
            <>
                <Button label={desk.t("show")} keycap={Key::F11} onpress={show} />
                <Button label={desk.t("close")} icon={Icon::X} alone=true kind={Kind::Quiet} keycap={Key::ShiftF11} onpress={desk.runs(SeePromise { promise })} />
            </>
        },
    }
}

/// The one entry that asks: is the paper there?
fn uncertain(desk: &Desk, job: JobId, title: &str) -> Entry {
    let answer = |in_hand: bool| desk.runs(AnswerUncertain { job, in_hand });
    Entry {
        class: "tray-warn",
        symbol: Icon::Printer,
        title: desk.with("tray-uncertain", &[("title", title.into())]),
        text: desk.t("tray-uncertain-text"),
        testid: Some("uncertain-print"),
        actions: html! {
            <>
                <Button label={desk.t("in-hand-yes")} keycap={Key::F11} onpress={answer(true)} />
                <Button label={desk.t("in-hand-no")} keycap={Key::ShiftF11} onpress={answer(false)} />
            </>
        },
    }
}

/// `12, 15–18`.
fn stretches(missing: &[(u64, u64)]) -> String {
    let stretch = |(from, to): &(u64, u64)| if from == to { from.to_string() } else { format!("{from}–{to}") };
    missing.iter().map(stretch).collect::<Vec<_>>().join(", ")
}

fn moment(desk: &Desk, at: LocalTime) -> String {
    format!("{}, {}", desk.locale().date(at.day), desk.locale().time(at))
}

/// How the machine's clock is, where it is wrong.
pub fn clock_words(desk: &Desk, clock: ClockState) -> String {
    match clock {
        ClockState::Right => String::new(),
        ClockState::Slow(minutes) => desk.with("clock-slow", &[("span", span(desk, minutes).into())]),
        ClockState::Fast(minutes) => desk.with("clock-fast", &[("span", span(desk, minutes).into())]),
        ClockState::Impossible => desk.t("clock-impossible"),
    }
}

/// `4 min`, `3 h`, `12 days`: as exact as it helps.
fn span(desk: &Desk, minutes: u32) -> String {
    let (id, count) = match minutes {
        0..120 => ("span-minutes", minutes),
        120..2880 => ("span-hours", minutes / 60),
        2880.. => ("span-days", minutes / 1440),
    };
    desk.with(id, &[("count", u64::from(count).into())])
}

fn not_now(desk: &Desk, why: Code) -> String {
    sentence(desk.texts(), &Failure::from(why))
}

fn find(desk: &Desk) -> Html {
    html! { <Button label={desk.t("find")} keycap={Key::F11} onpress={Callback::from(|()| dom::focus("[data-testid=search]"))} /> }
}

fn stopped(state: PrinterState) -> &'static str {
    match state {
        PrinterState::PaperOut => "stopped-paper-out",
        PrinterState::CoverOpen => "stopped-cover-open",
        PrinterState::Error => "stopped-error",
        PrinterState::None => "stopped-none",
        PrinterState::Offline
        | PrinterState::Connecting
        | PrinterState::Ready
        | PrinterState::PaperLow
        | PrinterState::Silent => "stopped-offline",
    }
}
