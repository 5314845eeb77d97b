//! What is set aside: the list, what needs a look first, and one of them with its slip.

use selvedge_contract::Failure;
use selvedge_contract::commands::{Collect, LetGo, PrintSlip, PromiseOf, Promises as PromisesCommand};
use selvedge_contract::view::{PromiseShown, PromisedLine, Standing};
use selvedge_domain::ids::PromiseId;
use selvedge_domain::stock::promise::{CauseKind, PromiseKind};
use selvedge_domain::time::LocalTime;
use yew::prelude::*;

use super::close_button;
use crate::components::{Button, Drawer, Icon, Kind, icon, refusal, small_icon};
use crate::keys::Key;
use crate::state::{Act, Desk, Sheet, use_desk};

/// The list.
#[component]
pub fn Promises() -> Html {
    let desk = use_desk();
    let answer = use_state(|| None::<Result<Vec<PromiseShown>, Failure>>);
    {
        let (desk, answer) = (desk.clone(), answer.clone());
        let news = desk.view().map(|view| view.revision);
        use_effect_with(news, move |_| desk.ask(PromisesCommand {}, move |found| answer.set(Some(found))));
    }
    let (promises, failure) = match (*answer).clone() {
        Some(Ok(promises)) => (promises, None),
        Some(Err(failure)) => (Vec::new(), Some(failure)),
        None => (Vec::new(), None),
    };
    let text = if promises.is_empty() { "set-aside-none" } else { "set-aside-text" };
    html! {
        <Drawer title={desk.t("set-aside-title")} actions={close_button(&desk)} testid="set-aside-list">
            <p class="second">{ desk.t(text) }</p>
            { refusal(&desk, failure.as_ref()) }
            <ul data-arrows="">{ for promises.iter().map(|shown| row(&desk, shown)) }</ul>
        </Drawer>
    }
}

fn row(desk: &Desk, shown: &PromiseShown) -> Html {
    let open = desk.opens(Sheet::Promise(shown.promise));
    let whose = if shown.customer.is_empty() { shown.slip.clone() } else { shown.customer.clone() };
    let until = shown.until.map(|until| format!(" · {}", desk.locale().date(until.day))).unwrap_or_default();
    html! {
        <li key={shown.promise.to_string()}>
            <button type="button" class="row" data-testid="set-aside-row" data-standing={standing_word(shown.standing)} data-slip={shown.slip.clone()}
                onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
                <span class="row-name"><strong>{ whose }</strong>
                    <span class="second">{ what(desk, &shown.lines) }{ until }</span></span>
                { badge(desk, shown.standing) }
            </button>
        </li>
    }
}

/// `2 × Harbour Tee, Navy · L`, and how many more lines.
fn what(desk: &Desk, lines: &[PromisedLine]) -> String {
    let Some(first) = lines.first() else { return String::new() };
    let more = lines.len().saturating_sub(1);
    let rest =
        if more == 0 { String::new() } else { format!(" {}", desk.with("lines-more", &[("count", more.into())])) };
    format!("{}{rest}", line_words(desk, first))
}

/// `2 × Harbour Tee, Navy · L`.
pub fn line_words(desk: &Desk, line: &PromisedLine) -> String {
    let name = if line.variant.is_empty() { line.name.clone() } else { format!("{}, {}", line.name, line.variant) };
    format!("{} × {name}", desk.locale().quantity(line.quantity, line.unit))
}

#[derive(Clone, PartialEq, Properties)]
pub struct PromiseProps {
    pub promise: PromiseId,
}

/// One of them.
#[component]
pub fn Promise(props: &PromiseProps) -> Html {
    let desk = use_desk();
    let id = props.promise;
    let answer = use_state(|| None::<Result<PromiseShown, Failure>>);
    let asking = use_state(|| false);
    {
        let (desk, answer) = (desk.clone(), answer.clone());
        let news = desk.view().map(|view| view.revision);
        use_effect_with((id, news), move |(promise, _)| {
            desk.ask(PromiseOf { promise: *promise }, move |found| answer.set(Some(found)));
        });
    }
    let back = html! { <Button label={desk.t("back")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={desk.opens(Sheet::Promises)} /> };
    let shown = match (*answer).clone() {
        Some(Ok(shown)) => shown,
        Some(Err(failure)) => {
            return html! { <Drawer title={desk.t("set-aside-title")} actions={back}>{ refusal(&desk, Some(&failure)) }</Drawer> };
        }
        None => return html! { <Drawer title={desk.t("set-aside-title")} actions={back}><p></p></Drawer> },
    };
    let actions = html! { <>{ back }{ let_go(&desk, &shown, &asking, &answer) }{ next(&desk, &shown) }</> };
    html! {
        <Drawer title={shown.slip.clone()} {actions} testid="promise">
            <div class={classes!("standing", format!("standing-{}", tone(shown.standing)))} role="status" data-testid="standing" data-standing={standing_word(shown.standing)}>
                { icon(symbol(shown.standing)) }
                <p class="tray-words"><strong>{ desk.t(title_id(shown.standing)) }</strong><span>{ text(&desk, &shown) }</span></p>
            </div>
            { facts(&desk, &shown) }
        </Drawer>
    }
}

/// What can be done next: the slip of what is promised; another look where there was too little.
fn next(desk: &Desk, shown: &PromiseShown) -> Html {
    if shown.standing.is_promised() {
        let print = desk.runs(PrintSlip { promise: shown.promise });
        let (collecting, promise) = (desk.clone(), shown.promise);
        let collect = Callback::from(move |()| collecting.run_and_close(Collect { promise }));
        return html! {
            <>
                <Button label={desk.t("print-slip")} kind={Kind::Quiet} icon={Icon::Printer} keycap={Key::F3} testid="print-slip" onpress={print} />
                { if shown.here { html! {
                    <Button label={desk.t("collect")} kind={Kind::Primary} icon={Icon::Check} keycap={Key::F12} testid="collect" onpress={collect} />
                } } else { html! {} } }
            </>
        };
    }
    match (shown.standing, shown.lines.first()) {
        (Standing::SoldOut | Standing::Refused | Standing::TooLate | Standing::Broken, Some(line)) => {
            let look = desk.opens(Sheet::SetAside(line.product));
            html! { <Button label={desk.t("look-elsewhere")} kind={Kind::Primary} icon={Icon::Store} keycap={Key::F12} testid="look-elsewhere" onpress={look} /> }
        }
        _ => html! {},
    }
}

fn let_go(
    desk: &Desk,
    shown: &PromiseShown,
    asking: &UseStateHandle<bool>,
    answer: &UseStateHandle<Option<Result<PromiseShown, Failure>>>,
) -> Html {
    if !shown.standing.may_be_let_go() {
        return html! {};
    }
    let onpress = {
        let (desk, promise, asking, answer) = (desk.clone(), shown.promise, asking.clone(), answer.clone());
        Callback::from(move |()| {
            asking.set(true);
            let (told, asking, answer) = (desk.clone(), asking.clone(), answer.clone());
            desk.ask(LetGo { promise }, move |done| {
                asking.set(false);
                match done {
                    Ok(shown) => answer.set(Some(Ok(shown))),
                    Err(failure) => told.act(Act::Failed(failure)),
                }
            });
        })
    };
    let label = desk.t(if **asking { "asking-central" } else { "let-go" });
    html! { <Button {label} kind={Kind::Careful} icon={Icon::X} disabled={**asking} testid="let-go" {onpress} /> }
}

fn facts(desk: &Desk, shown: &PromiseShown) -> Html {
    let moment = |at: LocalTime| format!("{} {}", desk.locale().date(at.day), desk.locale().time(at));
    let fact = |label: String, value: String| {
        if value.is_empty() {
            html! {}
        } else {
            html! { <div><dt>{ label }</dt><dd>{ value }</dd></div> }
        }
    };
    let until = desk.t(if shown.kind == PromiseKind::Order { "expected-by" } else { "kept-until" });
    let lines = shown.lines.iter().map(|line| html! { <li>{ line_words(desk, line) }</li> });
    html! {
        <>
            <ul class="promise-lines" data-testid="promise-lines">{ for lines }</ul>
            <dl class="facts">
                { fact(desk.t("for-customer"), shown.customer.clone()) }
                { fact(desk.t("at-site"), shown.site.clone()) }
                { fact(until, shown.until.map(|at| desk.locale().date(at.day)).unwrap_or_default()) }
                { fact(desk.t("asked-at"), moment(shown.at)) }
                { fact(desk.t("asked-by"), shown.person.clone()) }
            </dl>
        </>
    }
}

/// How it stands, as icon, word and colour.
fn badge(desk: &Desk, standing: Standing) -> Html {
    let class = match tone(standing) {
        "ok" => "badge badge-ok",
        "warn" => "badge badge-warn",
        _ => "badge",
    };
    html! { <span {class}>{ small_icon(symbol(standing)) }{ desk.t(title_id(standing)) }</span> }
}

fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Reserved | Standing::Confirmed | Standing::Fulfilled => "ok",
        Standing::Broken | Standing::NeedsConfirmation | Standing::Late => "warn",
        Standing::SoldOut | Standing::Refused | Standing::TooLate => "warn",
        Standing::LettingGo | Standing::LetGo | Standing::Expired => "plain",
    }
}

/// Of how it stands.
pub fn symbol(standing: Standing) -> Icon {
    match standing {
        Standing::Reserved | Standing::Confirmed => Icon::CircleCheck,
        Standing::Fulfilled => Icon::Check,
        Standing::NeedsConfirmation | Standing::LettingGo => Icon::Clock,
        Standing::Late | Standing::TooLate | Standing::Expired => Icon::History,
        Standing::Broken => Icon::TriangleAlert,
        Standing::SoldOut | Standing::Refused => Icon::CircleX,
        Standing::LetGo => Icon::X,
    }
}

/// Its words.
pub fn title_id(standing: Standing) -> &'static str {
    match standing {
        Standing::Broken => "standing-broken",
        Standing::NeedsConfirmation => "standing-needs-confirmation",
        Standing::Late => "standing-late",
        Standing::Reserved => "standing-reserved",
        Standing::Confirmed => "standing-confirmed",
        Standing::LettingGo => "standing-letting-go",
        Standing::SoldOut => "standing-sold-out",
        Standing::Refused => "standing-refused",
        Standing::TooLate => "standing-too-late",
        Standing::Fulfilled => "standing-fulfilled",
        Standing::LetGo => "standing-let-go",
        Standing::Expired => "standing-expired",
    }
}

/// For tests.
fn standing_word(standing: Standing) -> &'static str {
    title_id(standing).split_once('-').map_or("", |(_, word)| word)
}

/// What it means, and what to do.
fn text(desk: &Desk, shown: &PromiseShown) -> String {
    let id = match shown.standing {
        Standing::Broken => return desk.with("standing-broken-text", &[("why", desk.t(cause_id(shown.cause)).into())]),
        Standing::NeedsConfirmation => "standing-needs-confirmation-text",
        Standing::Late => "standing-late-text",
        Standing::Reserved => "standing-reserved-text",
        Standing::Confirmed => "standing-confirmed-text",
        Standing::LettingGo => "standing-letting-go-text",
        Standing::SoldOut => "standing-sold-out-text",
        Standing::Refused => "standing-refused-text",
        Standing::TooLate => "standing-too-late-text",
        Standing::Fulfilled => "standing-fulfilled-text",
        Standing::LetGo => "standing-let-go-text",
        Standing::Expired => "standing-expired-text",
    };
    let words = desk.t(id);
    // Which way it went: nobody need wonder that a till without central promised something.
    match (shown.by_till && shown.standing.is_promised(), shown.person.is_empty()) {
        (true, false) => desk.with("standing-by-till", &[("text", words.into())]),
        (true, true) => desk.with("standing-by-a-till", &[("text", words.into())]),
        (false, _) => words,
    }
}

fn cause_id(cause: Option<CauseKind>) -> &'static str {
    match cause {
        Some(CauseKind::HandSale) => "cause-hand-sale",
        Some(CauseKind::LateFact) => "cause-late-fact",
        Some(CauseKind::Overdrawn) => "cause-overdrawn",
        Some(CauseKind::DeadHolder) => "cause-dead-holder",
        Some(CauseKind::Restore) => "cause-restore",
        Some(CauseKind::Correction) | None => "cause-correction",
    }
}
