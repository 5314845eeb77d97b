//! The page behind a part of the status line: what it is doing, what went wrong last, and what to do.

use selvedge_contract::Failure;
use selvedge_contract::commands::StatusPageOf;
use selvedge_contract::view::{StatusPage, StatusPart};
use yew::prelude::*;

use super::close_button;
use crate::components::{Drawer, refusal};
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
        let status = desk.view().map(|view| (view.status.connection, view.status.printer, view.status.scanner));
        use_effect_with((props.part, status), move |(part, _)| {
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
        Some(Ok(page)) => facts(&desk, page),
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

fn facts(desk: &Desk, page: &StatusPage) -> Html {
    let fact = |(id, value): &(String, String)| html! { <div><dt>{ desk.t(id) }</dt><dd>{ value }</dd></div> };
    let error = |(at, text): &(selvedge_domain::time::LocalTime, String)| {
        html! { <li><strong>{ desk.locale().time_s(*at) }</strong>{ " " }{ text }</li> }
    };
    let errors = if page.errors.is_empty() {
        html! { <p class="second">{ desk.t("no-errors") }</p> }
    } else {
        html! { <ul class="errors">{ for page.errors.iter().map(error) }</ul> }
    };
    html! {
        <>
            <dl class="facts">{ for page.facts.iter().map(fact) }</dl>
            <h3>{ desk.t("last-errors") }</h3>
            { errors }
        </>
    }
}
