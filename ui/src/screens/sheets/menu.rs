//! F10: what is not needed for every customer.

use selvedge_contract::commands::{CancelSale, LeaveDemo, OpenDrawer, PrintBadge, Reprint, SetLanguage, SignOut};
use selvedge_contract::view::{Screen, StatusPart};
use selvedge_texts::LANGUAGES;
use yew::prelude::*;

use super::close_button;
use crate::components::{Button, Dialog, Drawer, Icon, Kind};
use crate::keys::Key;
use crate::state::{Act, Desk, Moved, Page, Sheet, TEXT_SIZES, Taste, Theme, VOLUMES, use_desk};

/// The menu.
#[component]
pub fn Menu() -> Html {
    let desk = use_desk();
    let screen = desk.view().map(|view| view.screen.clone());
    let open = matches!(screen, Some(Screen::Selling(_) | Screen::SaleDone(_)));
    let (busy, reprintable) = match &screen {
        Some(Screen::Selling(selling)) => (selling.line_count > 0, selling.last_receipt.clone()),
        Some(Screen::SaleDone(done)) => (false, Some(done.receipt.clone())),
        Some(Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_)) | None => (false, None),
    };
    let close = {
        let desk = desk.clone();
        Callback::from(move |()| desk.go(Page::CloseTill))
    };
    let signed_in = desk.view().is_some_and(|view| !view.status.person.is_empty());
    let transfers = desk.view().is_some_and(|view| view.transfers.is_some());
    let badge = {
        let desk = desk.clone();
        Callback::from(move |()| desk.run_and_close(PrintBadge {}))
    };
    html! {
        <Drawer title={desk.t("menu")} actions={close_button(&desk)}>
            <div class="menu" data-arrows="">
                { if open { html! {
                    <>
                        <Button label={desk.t("cash-in")} icon={Icon::ArrowDownToLine} kind={Kind::Quiet} testid="cash-in" onpress={desk.opens(Sheet::Cash(Moved::In))} />
                        <Button label={desk.t("cash-out")} icon={Icon::ArrowUpFromLine} kind={Kind::Quiet} testid="cash-out" onpress={desk.opens(Sheet::Cash(Moved::Out))} />
                        <Button label={desk.t("open-drawer")} icon={Icon::Inbox} kind={Kind::Quiet} testid="open-drawer" onpress={desk.runs(OpenDrawer {})} />
                        <Button label={reprint_words(&desk, reprintable.as_deref())} icon={Icon::Printer} kind={Kind::Quiet} keycap={Key::F3} testid="reprint"
                            disabled={reprintable.is_none()} onpress={run_and_close(&desk)} />
                        <Button label={desk.t("sales-title")} icon={Icon::ReceiptText} kind={Kind::Quiet} testid="sales" onpress={desk.opens(Sheet::Sales)} />
                        <Button label={desk.t("set-aside-title")} icon={Icon::Inbox} kind={Kind::Quiet} testid="set-aside-all" onpress={desk.opens(Sheet::Promises)} />
                        <Button label={desk.t("cancel-sale")} icon={Icon::Trash2} kind={Kind::Careful} disabled={!busy} onpress={desk.opens(Sheet::Cancel)} />
                        <Button label={desk.t("close-till")} icon={Icon::Lock} kind={Kind::Quiet} testid="close-till" disabled={busy} onpress={close} />
                    </>
                } } else { html! {} } }
                { if transfers { html! {
                    <Button label={desk.t("transfers-title")} icon={Icon::Building2} kind={Kind::Quiet} testid="transfers-all" onpress={desk.opens(Sheet::Transfers)} />
                } } else { html! {} } }
                { if signed_in { html! {
                    <Button label={desk.t("print-badge")} icon={Icon::IdCard} kind={Kind::Quiet} testid="print-badge" onpress={badge} />
                } } else { html! {} } }
                <Button label={desk.t("status-station")} icon={Icon::Monitor} kind={Kind::Quiet} testid="this-station"
                    onpress={desk.opens(Sheet::Status(StatusPart::Station))} />
                <Button label={desk.t("sign-out")} icon={Icon::LogOut} kind={Kind::Quiet} testid="sign-out" onpress={desk.runs(SignOut {})} />
                { leave_demo(&desk) }
                <Button label={desk.t("language")} icon={Icon::Languages} kind={Kind::Quiet} onpress={desk.opens(Sheet::Languages)} />
            </div>
            { tastes(&desk) }
        </Drawer>
    }
}

/// Back to the first start: join a company, or take the demo again.
pub fn leave_demo(desk: &Desk) -> Html {
    if !desk.view().is_some_and(|view| view.status.demo) {
        return html! {};
    }
    let leaving = desk.clone();
    let onpress = Callback::from(move |()| leaving.run_and_close(LeaveDemo {}));
    html! { <Button label={desk.t("leave-demo")} icon={Icon::ArrowLeft} kind={Kind::Quiet} testid="leave-demo" {onpress} /> }
}

fn reprint_words(desk: &Desk, receipt: Option<&str>) -> String {
    receipt.map_or_else(|| desk.t("print-copy"), |receipt| desk.with("print-copy-of", &[("receipt", receipt.into())]))
}

fn run_and_close(desk: &Desk) -> Callback<()> {
    let desk = desk.clone();
    Callback::from(move |()| desk.run_and_close(Reprint {}))
}

/// Theme, text size, loudness: of this window, so they are no command.
fn tastes(desk: &Desk) -> Html {
    let taste = desk.shell.taste;
    let choice = |label: String, chosen: bool, next: Taste| {
        let desk = desk.clone();
        let onpress = Callback::from(move |()| desk.act(Act::Taste(next)));
        html! { <Button {label} kind={if chosen { Kind::Soft } else { Kind::Quiet }} {chosen} {onpress} /> }
    };
    let themes = Theme::ALL.map(|theme| {
        let id = match theme {
            Theme::System => "theme-system",
            Theme::Light => "theme-light",
            Theme::Dark => "theme-dark",
        };
        choice(desk.t(id), theme == taste.theme, Taste { theme, ..taste })
    });
    let sizes = TEXT_SIZES.iter().map(|percent| {
        choice(format!("{percent}\u{a0}%"), *percent == taste.text_percent, Taste { text_percent: *percent, ..taste })
    });
    let volumes = VOLUMES.iter().map(|percent| {
        let label = if *percent == 0 { desk.t("volume-off") } else { format!("{percent}\u{a0}%") };
        choice(label, *percent == taste.volume_percent, Taste { volume_percent: *percent, ..taste })
    });
    html! {
        <>
            { taste_row(desk.t("theme"), html! { <>{ for themes }</> }) }
            { taste_row(desk.t("text-size"), html! { <>{ for sizes }</> }) }
            { taste_row(desk.t("volume"), html! { <>{ for volumes }</> }) }
        </>
    }
}

fn taste_row(label: String, choices: Html) -> Html {
    html! {
        <div class="taste"><h3>{ &label }</h3><div class="choices" data-arrows="" role="group" aria-label={label}>{ choices }</div></div>
    }
}

/// The languages, each in its own words.
#[component]
pub fn Languages() -> Html {
    let desk = use_desk();
    let row = |(code, name): &(&str, &str)| {
        let chosen = *code == desk.locale().code();
        let (desk_then, language) = (desk.clone(), (*code).to_owned());
        let onpress = Callback::from(move |()| desk_then.run_and_close(SetLanguage { language: language.clone() }));
        html! { <Button label={(*name).to_owned()} kind={if chosen { Kind::Soft } else { Kind::Quiet }} {chosen} {onpress} /> }
    };
    html! {
        <Drawer title={desk.t("language")} actions={close_button(&desk)}>
            <div class="menu" data-arrows="">{ for LANGUAGES.iter().map(row) }</div>
        </Drawer>
    }
}

/// Emptying a sale is asked once.
pub fn cancel(desk: &Desk) -> Html {
    let (done, keep) = (desk.clone(), desk.closes());
    let deed = Callback::from(move |()| done.run_and_close(CancelSale {}));
    let actions = html! {
        <>
            <Button label={desk.t("keep-sale")} kind={Kind::Quiet} keycap={Key::Esc} onpress={keep} />
            <Button label={desk.t("cancel-sale")} kind={Kind::Primary} keycap={Key::F12} onpress={deed} />
        </>
    };
    html! { <Dialog title={desk.t("cancel-question")} {actions}><p>{ desk.t("cancel-consequence") }</p></Dialog> }
}
