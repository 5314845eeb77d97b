//! The page behind a part of the status line: what it is doing, what went wrong last, and what to do.

use selvedge_contract::Failure;
use selvedge_contract::commands::StatusPageOf;
use selvedge_contract::view::{Fact, FactValue, Finding, Grade, Lent, StatusPage, StatusPart};
use selvedge_domain::time::LocalTime;
use yew::prelude::*;

use super::close_button;
use crate::components::{Drawer, Icon, icon, refusal};
use crate::state::{Desk, use_desk};

#[derive(Clone, PartialEq, Properties)]
pub struct PageProps {
    pub part: StatusPart,
}

/// The page.
#[component]
pub fn Page(props: &PageProps) -> Html {
    let desk = use_desk();
    let answer = use_state(|| None::<Result<StatusPage, Failure>>);
    {
        let (desk, answer) = (desk.clone(), answer.clone());
        // Whatever is news may have changed the page.
        let news = desk.view().map(|view| (view.revision, view.status.clone()));
        use_effect_with((props.part, news), move |(part, _)| {
            desk.ask(StatusPageOf { part: *part }, move |page| answer.set(Some(page)));
        });
    }
    let (title, advice) = match props.part {
        StatusPart::Connection => ("status-connection", "advice-connection"),
        StatusPart::Printer => ("status-printer", "advice-printer"),
        StatusPart::Scanner => ("status-scanner", "advice-scanner"),
        StatusPart::Station => ("status-station", "advice-station"),
    };
    let body = match &*answer {
        Some(Ok(known)) => page(&desk, known),
        Some(Err(failure)) => refusal(&desk, Some(failure)),
        None => html! {},
    };
    html! {
        <Drawer title={desk.t(title)} actions={close_button(&desk)}>
            { body }
            <p class="second">{ desk.t(advice) }</p>
        </Drawer>
    }
}

fn page(desk: &Desk, page: &StatusPage) -> Html {
    let error = |(at, text): &(LocalTime, String)| {
        html! { <li><strong>{ desk.locale().time_s(*at) }</strong>{ " " }{ text }</li> }
    };
    let errors = if page.errors.is_empty() {
        html! { <p class="second">{ desk.t("no-errors") }</p> }
    } else {
        html! { <ul class="errors">{ for page.errors.iter().map(error) }</ul> }
    };
    html! {
        <>
            { findings(desk, page) }
            <dl class="facts facts-dense">{ for page.facts.iter().map(|known| fact(desk, known)) }</dl>
            <h3>{ desk.t("last-errors") }</h3>
            { errors }
        </>
    }
}

/// What needs a look, each with what is safe and what to do; a line that says so when nothing does.
fn findings(desk: &Desk, page: &StatusPage) -> Html {
    if page.findings.is_empty() {
        return html! { <p class="finding finding-fine" role="status">{ icon(Icon::CircleCheck) }<strong>{ desk.t("all-well") }</strong></p> };
    }
    html! { <ul class="findings">{ for page.findings.iter().map(|found| finding(desk, found)) }</ul> }
}

fn finding(desk: &Desk, found: &Finding) -> Html {
    let (class, symbol) = match found.grade {
        Grade::Fine => ("finding finding-fine", Icon::CircleCheck),
        Grade::Attention => ("finding finding-warn", Icon::TriangleAlert),
        Grade::Stopped => ("finding finding-danger", Icon::CircleX),
    };
    let detail = (!found.detail.is_empty()).then(|| html! { <small class="code">{ &found.detail }</small> });
    html! {
        <li {class} data-testid="finding" data-finding={found.id.clone()}>
            { icon(symbol) }
            <span class="tray-words"><strong>{ desk.with(&found.id, &[("count", found.count.into())]) }</strong>
                <span>{ desk.t(&format!("{}-do", found.id)) }</span>{ detail.unwrap_or_default() }</span>
        </li>
    }
}

fn fact(desk: &Desk, known: &Fact) -> Html {
    let locale = desk.locale();
    let value = match &known.value {
        FactValue::Text(text) => text.clone(),
        FactValue::Word(id) => desk.t(id),
        FactValue::Count(count) => locale.count(*count),
        FactValue::Moment(at) if desk.view().is_some_and(|view| view.status.clock.day == at.day) => locale.time_s(*at),
        FactValue::Moment(at) => format!("{} {}", locale.date(at.day), locale.time(*at)),
        FactValue::OffsetMs(ms) => offset(desk, *ms),
        FactValue::Lent(lent) => self::lent(desk, lent),
        FactValue::Unknown => desk.t("fact-unknown"),
    };
    html! { <div><dt>{ desk.t(&known.id) }</dt><dd dir="auto">{ value }</dd></div> }
}

/// `Harbour Tee, Navy · L: 1 of 3 promised, until 22 Nov 2026 09:00`.
fn lent(desk: &Desk, lent: &Lent) -> String {
    let locale = desk.locale();
    let line = if lent.variant.is_empty() { lent.name.clone() } else { format!("{}, {}", lent.name, lent.variant) };
    let until = format!("{} {}", locale.date(lent.until.day), locale.time(lent.until));
    desk.with(
        "fact-lent-one",
        &[
            ("line", line.into()),
            ("drawn", locale.quantity(lent.drawn, lent.unit).into()),
            ("quantity", locale.quantity(lent.quantity, lent.unit).into()),
            ("until", until.into()),
        ],
    )
}

/// `0.4 s behind`: tenths of a second for small ones.
fn offset(desk: &Desk, ms: i64) -> String {
    let tenths = (ms.unsigned_abs() + 50) / 100;
    let seconds = if tenths < 600 {
        desk.locale().decimal(&format!("{}.{}", tenths / 10, tenths % 10))
    } else {
        desk.locale().count(tenths / 10)
    };
    match (tenths, ms > 0) {
        (0, _) => desk.t("fact-same-clock"),
        (_, true) => desk.with("fact-clock-behind", &[("seconds", seconds.into())]),
        (_, false) => desk.with("fact-clock-ahead", &[("seconds", seconds.into())]),
    }
}
