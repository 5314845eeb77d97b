//! First start: the demo at once, or join a company by its code. Devices that were found can be tried.

use std::cell::RefCell;
use std::rc::Rc;

use selvedge_contract::commands::{CancelJoin, Join, StartDemo, TestDevice};
use selvedge_contract::view::{DeviceKind, DeviceTest, FirstStart as FirstStartScreen, FoundDevice};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::{
    Button, Icon, Kind, TopBar, help_button, icon, language_button, large_icon, on_enter, refusal,
};
use crate::keys::Key;
use crate::state::{Act, Desk, use_desk};

/// Two groups of four.
const CODE_LENGTH: usize = 8;

/// What the screen needs.
#[derive(Clone, PartialEq, Properties)]
pub struct FirstStartProps {
    /// Address, code and devices.
    pub first: FirstStartScreen,
}

/// The screen.
#[component]
pub fn FirstStart(props: &FirstStartProps) -> Html {
    let desk = use_desk();
    let first = &props.first;
    let code = use_state(|| clean(&first.code));
    // Whoever typed a code is about to join.
    let demo = if code.len() < CODE_LENGTH { Kind::Primary } else { Kind::Quiet };
    html! {
        <>
            <TopBar actions={html! { <>{ language_button(&desk) }{ help_button(&desk) }</> }}>
                <span class="brand">{ "Selvedge" }</span>
            </TopBar>
            <main class="first-start">
                <h1>{ desk.t("welcome") }</h1>
                <p class="place">{ desk.t("welcome-text") }</p>
                <div class="ways">
                    <section class="card">
                        <h2>{ large_icon(Icon::Shirt) }{ desk.t("demo-title") }</h2>
                        <p>{ desk.t("demo-text") }</p>
                        <ul class="ticks">
                            <li>{ icon(Icon::Check) }{ desk.t("demo-devices") }</li>
                            <li>{ icon(Icon::Check) }{ desk.t("demo-stays") }</li>
                        </ul>
                        <Button label={desk.t("start-demo")} kind={demo} keycap={Key::F5} class="way"
                            testid="start-demo" onpress={desk.runs(StartDemo {})} />
                    </section>
                    <JoinCard first={first.clone()} {code} />
                </div>
                <section class="card devices">
                    { for first.devices.iter().map(|device| html! { <DeviceRow device={device.clone()} /> }) }
                    { if first.devices.is_empty() { html! { <p class="none">{ desk.t("no-devices") }</p> } } else { html! {} } }
                </section>
            </main>
        </>
    }
}

/// Capital letters and digits, without what people put between them.
fn clean(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .take(CODE_LENGTH)
        .collect()
}

#[derive(Clone, PartialEq, Properties)]
struct JoinProps {
    first: FirstStartScreen,
    code: UseStateHandle<String>,
}

#[component]
fn JoinCard(props: &JoinProps) -> Html {
    let desk = use_desk();
    let code = props.code.clone();
    let central = use_state(|| props.first.central.clone());
    let changing = use_state(|| props.first.central.is_empty());
    {
        let code = code.clone();
        use_effect_with(props.first.code.clone(), move |given| {
            if !given.is_empty() {
                code.set(clean(given));
            }
        });
    }
    let missing = CODE_LENGTH - code.len();
    let label = match missing {
        0 => desk.t("join"),
        missing => desk.with("join-missing", &[("count", missing.into())]),
    };
    let asking = use_state(|| false);
    let tries = use_mut_ref(|| 0_u32);
    let join = join(&desk, &central, &code, &asking, &tries);
    let button = if *asking {
        html! {
            <Button label={desk.t("asking-central")} kind={Kind::Quiet} icon={Icon::Cloud} keycap={Key::Esc} class="way" testid="cancel-join"
                onpress={give_up(&desk, &asking, &tries)} />
        }
    } else {
        html! {
            <Button {label} kind={Kind::Primary} keycap={Key::F12} class="way" testid="join" onpress={join.clone()} disabled={missing > 0} />
        }
    };
    let address = {
        let changing_set = changing.clone();
        let change = Callback::from(move |_: MouseEvent| changing_set.set(true));
        if *changing {
            html! { <AddressField value={central.clone()} /> }
        } else {
            html! {
                <p class="central">
                    { desk.t("central") }{ ": " }<strong dir="ltr">{ (*central).clone() }</strong>{ " · " }
                    <button type="button" class="link" onclick={change}>{ desk.t("change") }</button>
                </p>
            }
        }
    };
    html! {
        <section class="card">
            <h2>{ large_icon(Icon::Building2) }{ desk.t("join-title") }</h2>
            <p>{ desk.t("join-text") }</p>
            <CodeField code={code.clone()} join={join.clone()} />
            { address }
            { refusal(&desk, desk.shell.failure.as_ref().filter(|_| desk.shell.sheet.is_none())) }
            { button }
        </section>
    }
}

/// Asks central beside the line of other commands: it may take long, and a person may give it up.
fn join(
    desk: &Desk,
    central: &UseStateHandle<String>,
    code: &UseStateHandle<String>,
    asking: &UseStateHandle<bool>,
    tries: &Rc<RefCell<u32>>,
) -> Callback<()> {
    let (desk, central, code) = (desk.clone(), central.clone(), code.clone());
    let (asking, tries) = (asking.clone(), tries.clone());
    Callback::from(move |()| {
        if code.len() < CODE_LENGTH || *asking {
            return;
        }
        desk.act(Act::FailureSeen);
        asking.set(true);
        *tries.borrow_mut() += 1;
        let (told, asking, own, tries) = (desk.clone(), asking.clone(), *tries.borrow(), tries.clone());
        let command = Join { central: central.trim().to_owned(), code: (*code).clone() };
        desk.ask(command, move |answer| {
            let wanted = *tries.borrow() == own;
            if wanted {
                asking.set(false);
            }
            match answer {
                Ok(view) => told.act(Act::View(Box::new(view))),
                Err(failure) if wanted => told.act(Act::Failed(failure)),
                Err(_) => {}
            }
        });
    })
}

/// Waits no longer. The station may have joined in this moment; its answer says what is due.
fn give_up(desk: &Desk, asking: &UseStateHandle<bool>, tries: &Rc<RefCell<u32>>) -> Callback<()> {
    let (desk, asking, tries) = (desk.clone(), asking.clone(), tries.clone());
    Callback::from(move |()| {
        *tries.borrow_mut() += 1;
        asking.set(false);
        desk.run(CancelJoin {});
    })
}

#[derive(Clone, PartialEq, Properties)]
struct CodeFieldProps {
    code: UseStateHandle<String>,
    join: Callback<()>,
}

/// One real field, drawn as two groups of four boxes.
#[component]
fn CodeField(props: &CodeFieldProps) -> Html {
    let desk = use_desk();
    let typing = use_state(|| false);
    let oninput = {
        let code = props.code.clone();
        Callback::from(move |event: InputEvent| {
            let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let cleaned = clean(&field.value());
            if cleaned != field.value() {
                field.set_value(&cleaned);
            }
            code.set(cleaned);
        })
    };
    let onkeydown = {
        let join = props.join.clone();
        on_enter(move || join.emit(()))
    };
    let focus = |has: bool| {
        let typing = typing.clone();
        Callback::from(move |_: FocusEvent| typing.set(has))
    };
    let characters: Vec<char> = props.code.chars().collect();
    let boxes = (0..CODE_LENGTH).map(|at| {
        let next = *typing && at == characters.len().min(CODE_LENGTH - 1);
        html! {
            <>
                { if at == CODE_LENGTH / 2 { html! { <span class="code-dash">{ "–" }</span> } } else { html! {} } }
                <span class={classes!("code-box", next.then_some("next"))}>{ characters.get(at).copied().map(String::from).unwrap_or_default() }</span>
            </>
        }
    });
    html! {
        <label class="code-field">
            <input type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" dir="ltr" data-testid="enrol-code"
                aria-label={desk.t("enrol-code")} value={(*props.code).clone()} {oninput} {onkeydown}
                onfocus={focus(true)} onblur={focus(false)} />
            <span class="code-boxes" aria-hidden="true" dir="ltr">{ for boxes }</span>
        </label>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AddressProps {
    value: UseStateHandle<String>,
}

#[component]
fn AddressField(props: &AddressProps) -> Html {
    let desk = use_desk();
    let value = props.value.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
            value.set(field.value());
        }
    });
    html! {
        <label class="field">
            <span>{ desk.t("central-address") }</span>
            <input type="text" inputmode="url" autocomplete="off" spellcheck="false" dir="ltr" placeholder="https://"
                value={(*props.value).clone()} {oninput} />
        </label>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct DeviceRowProps {
    device: FoundDevice,
}

#[component]
fn DeviceRow(props: &DeviceRowProps) -> Html {
    let desk = use_desk();
    let said = use_state(|| None::<String>);
    let device = &props.device;
    let (symbol, test, idle) = match device.kind {
        DeviceKind::ReceiptPrinter => (Icon::Printer, "print-test", "device-silent"),
        DeviceKind::Scanner => (Icon::ScanBarcode, "scan-test", "device-not-scanned"),
    };
    let state = if device.answers { "device-answers" } else { idle };
    let try_it = {
        let (desk, said, name) = (desk.clone(), said.clone(), device.name.clone());
        Callback::from(move |()| {
            let (desk_then, said) = (desk.clone(), said.clone());
            desk.ask(TestDevice { device: name.clone() }, move |answer| {
                said.set(Some(match answer {
                    Ok(DeviceTest::Printing) => desk_then.t("test-printing"),
                    Ok(DeviceTest::WaitingForScan) => desk_then.t("test-scan-now"),
                    Err(failure) => crate::failures::sentence(desk_then.texts(), &failure),
                }));
            });
        })
    };
    html! {
        <div class="device">
            { icon(symbol) }<strong>{ &device.name }</strong>
            <span class="device-state" role="status">
                { (*said).clone().unwrap_or_else(|| format!("{}, {}", device.transport, desk.t(state))) }
            </span>
            <Button label={desk.t(test)} kind={Kind::Quiet} onpress={try_it} />
        </div>
    }
}
