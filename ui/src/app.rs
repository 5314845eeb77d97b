//! The whole window: the desk for all components, the listeners, and the screen that is due.

use selvedge_contract::commands::GetView;
use selvedge_contract::view::{Screen, View};
use selvedge_contract::{Code, Failure};
use web_sys::{DragEvent, Event, MouseEvent};
use yew::prelude::*;

use crate::components::{Edge, StatusBar};
use crate::screens::{Close, FirstStart, OpenTill, Pay, SaleDone, Sheets, SignIn, Till};
use crate::state::{Act, Desk, Page, Shell, Taste};
use crate::{dom, events, keys, scans, wedge};

/// The window.
#[component]
pub fn App() -> Html {
    let shell = use_reducer(|| Shell::new(Taste::remembered()));
    let desk = Desk { shell };
    {
        let desk = desk.clone();
        use_effect_with((), move |()| start(&desk));
    }
    use_effect_with(desk.shell.taste, |taste| taste.apply());
    use_effect_with(desk.locale().code(), |language| {
        dom::root_attribute("lang", Some(language));
        dom::root_attribute("dir", Some("ltr"));
    });
    use_effect_with(desk.view().map(|view| view.revision), |revision| {
        if let Some(revision) = *revision {
            tell_painted(revision);
        }
    });
    html! { <ContextProvider<Desk> context={desk}><Window /></ContextProvider<Desk>> }
}

/// Everything that listens for as long as the window lives.
fn start(desk: &Desk) {
    let scanning = desk.clone();
    wedge::listen(move |caught| scans::send(&scanning, caught), keys::pressed);
    dom::on_window_first("contextmenu", |event: MouseEvent| event.prevent_default());
    dom::on_window_first("dragover", |event: DragEvent| event.prevent_default());
    dom::on_window_first("drop", |event: DragEvent| event.prevent_default());
    dom::on_window_first("resize", |_: Event| Taste::remembered().fit());
    let deaf = desk.clone();
    events::listen(desk.clone(), move |error| {
        deaf.act(Act::Failed(Failure::new(Code::Internal, format!("events: {error:?}"))));
    });
    desk.run(GetView {});
}

/// `data-painted` on the root is the revision that people can see: it is set in the second frame after the change. The
/// bench reads the mark of the first one.
fn tell_painted(revision: u64) {
    dom::next_frame(move || {
        dom::next_frame(move || {
            dom::root_attribute("data-painted", Some(&revision.to_string()));
            if let Some(performance) = dom::window().and_then(|window| window.performance()) {
                let _ = performance.mark("selvedge-painted");
            }
        });
    });
}

#[component]
fn Window() -> Html {
    let desk = crate::state::use_desk();
    let view = desk.view();
    let status = view.as_ref().map(|view| view.status.clone());
    let revision = view.as_ref().map_or(0, |view| view.revision);
    let signal = view.as_ref().and_then(|view| view.signal);
    html! {
        <>
            <Edge status={status.clone()} {signal} {revision} volume_percent={desk.shell.taste.volume_percent} />
            <div class="window">
                { view.as_ref().map_or_else(|| unanswered(&desk), |view| screen(desk.shell.page, view)) }
                <Sheets />
                { status.map(|status| html! { <StatusBar {status} /> }).unwrap_or_default() }
            </div>
        </>
    }
}

fn screen(page: Page, view: &View) -> Html {
    match (&view.screen, page) {
        (Screen::FirstStart(first), _) => html! { <FirstStart first={first.clone()} /> },
        (Screen::SignIn(sign_in), _) => html! { <SignIn screen={sign_in.clone()} status={view.status.clone()} /> },
        (Screen::OpenTill(open), _) => html! { <OpenTill screen={open.clone()} /> },
        (Screen::Selling(selling), Page::Due) => html! { <Till selling={(**selling).clone()} /> },
        (Screen::Selling(selling), Page::Pay) => html! { <Pay selling={(**selling).clone()} /> },
        (Screen::Selling(selling), Page::CloseTill) => {
            html! { <Close shift={selling.shift.clone()} currency={selling.currency} parked={selling.parked.len()} /> }
        }
        (Screen::SaleDone(done), Page::CloseTill) => {
            html! { <Close shift={done.shift.clone()} currency={done.currency} parked={done.parked.len()} /> }
        }
        (Screen::SaleDone(done), Page::Due | Page::Pay) => html! { <SaleDone done={(**done).clone()} /> },
    }
}

/// Nothing until the app answers, which takes less than a frame; a sentence when it cannot.
fn unanswered(desk: &Desk) -> Html {
    html! { <main class="unanswered">{ crate::components::refusal(desk, desk.shell.failure.as_ref()) }</main> }
}
