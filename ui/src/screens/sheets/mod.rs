//! What can stand on top of a page, one at a time.

mod cash;
mod help;
mod line;
mod menu;
mod promises;
mod returns;
mod sales;
mod set_aside;
mod status_page;
mod transfers;

pub use menu::leave_demo;
pub use promises::{line_words, symbol, title_id};

use selvedge_contract::commands::AddProduct;
use selvedge_contract::view::{Line, Parked, PromptKind, Screen, SearchHit, Selling, View};
use selvedge_domain::Currency;
use selvedge_texts::format::grouped_code;
use yew::prelude::*;

use self::returns::Of;
use super::cart::parked_list;
use super::side::{Side, SideTabs};
use crate::components::{Button, Drawer, Kind, Picture};
use crate::keys::Key;
use crate::state::{Desk, Sheet, use_desk};

/// The sheet that is open, if it makes sense on the screen that is due.
#[component]
pub fn Sheets() -> Html {
    let desk = use_desk();
    let Some(view) = desk.view() else { return html! {} };
    let scan = view.transfers.as_ref().and_then(|duty| duty.scanning.as_ref());
    let Some(sheet) = desk.shell.sheet else {
        return scan.map_or_else(Html::default, |scan| html! { <transfers::Scanning scan={scan.clone()} /> });
    };
    match sheet {
        Sheet::Help => html! { <help::Help /> },
        Sheet::Menu => html! { <menu::Menu /> },
        Sheet::Languages => html! { <menu::Languages /> },
        Sheet::Status(part) => html! { <status_page::Page {part} /> },
        Sheet::Cash(moved) => html! { <cash::Cash {moved} currency={currency(&view)} /> },
        Sheet::Return => html! { <returns::Returns key="typed" of={Of::Typed} /> },
        Sheet::ReturnOf(sale) => html! { <returns::Returns key={sale.to_string()} of={Of::Sale(sale)} /> },
        Sheet::Prompted => prompted(&desk, &view),
        Sheet::Sales => html! { <sales::Sales /> },
        Sheet::Sold(sale) => html! { <sales::Sold {sale} /> },
        Sheet::SetAside(product) => html! { <set_aside::SetAside key={product.to_string()} {product} /> },
        Sheet::Promises => html! { <promises::Promises /> },
        Sheet::Promise(promise) => html! { <promises::Promise key={promise.to_string()} {promise} /> },
        Sheet::Transfers => html! { <transfers::Transfers /> },
        Sheet::Transfer(transfer) => html! { <transfers::OneTransfer key={transfer.to_string()} {transfer} /> },
        Sheet::WriteOff(transfer) => html! { <transfers::WriteOff key={transfer.to_string()} {transfer} /> },
        Sheet::SendTo => html! { <transfers::Places asks=false /> },
        Sheet::AskWhom => html! { <transfers::Places asks=true /> },
        Sheet::Counted(product) => {
            let line = scan.and_then(|scan| scan.lines.iter().find(|line| line.goods.product == product));
            line.map_or_else(Html::default, |line| html! { <transfers::CountedEntry line={line.clone()} /> })
        }
        Sheet::Finish => scan.map_or_else(Html::default, |scan| html! { <transfers::Finish scan={scan.clone()} /> }),
        Sheet::StopScanning => transfers::stop(&desk),
        Sheet::Parked => parked(&desk, &view),
        Sheet::Cancel => menu::cancel(&desk),
        Sheet::Quantity => on_line(&view, |line, _| html! { <line::QuantityEntry line={line.clone()} /> }),
        Sheet::Price => on_line(&view, |line, selling| {
            html! { <line::PriceEntry line={line.clone()} currency={selling.currency} /> }
        }),
        Sheet::Discount => selling(&view).map_or_else(Html::default, |selling| {
            html! { <line::DiscountEntry line={selected(selling).cloned()} selling={selling.clone()} /> }
        }),
        Sheet::Side => selling(&view).map_or_else(Html::default, |selling| side(&desk, selling)),
    }
}

/// What a scan asked for.
fn prompted(desk: &Desk, view: &View) -> Html {
    let Some(prompt) = &view.prompt else { return html! {} };
    match &prompt.what {
        PromptKind::Return { receipt } => {
            html! { <returns::Returns key={prompt.number} of={Of::Receipt(receipt.clone())} /> }
        }
        PromptKind::Choose { text, products } => choose(desk, text, products),
        PromptKind::Promise { promise } => html! { <promises::Promise key={prompt.number} promise={*promise} /> },
        PromptKind::SignIn { .. } => html! {},
    }
}

/// Several products have the scanned number: which one is it?
fn choose(desk: &Desk, text: &str, products: &[SearchHit]) -> Html {
    let row = |hit: &SearchHit| {
        let (desk_then, product) = (desk.clone(), hit.product);
        let add = Callback::from(move |_: MouseEvent| desk_then.run_and_close(AddProduct { product }));
        let price = hit.price.map_or_else(|| desk.t("no-price"), |price| desk.amount(price, hit.currency));
        html! {
            <li key={hit.product.to_string()}>
                <button type="button" class="row" data-testid="choice" data-first="" onclick={add}>
                    <Picture colour={hit.colour_code.clone()} />
                    <span class="row-name"><strong>{ &hit.name }</strong><span class="second">{ format!("{} · {}", hit.variant, hit.sku) }</span></span>
                    <strong class="line-amount">{ price }</strong>
                </button>
            </li>
        }
    };
    html! {
        <Drawer title={desk.with("choose-title", &[("code", grouped_code(text).into())])} actions={close_button(desk)} testid="choose">
            <p>{ desk.t("choose-text") }</p>
            <ul data-arrows="">{ for products.iter().map(row) }</ul>
        </Drawer>
    }
}

fn selling(view: &View) -> Option<&Selling> {
    match &view.screen {
        Screen::Selling(selling) => Some(selling),
        Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_) | Screen::SaleDone(_) => None,
    }
}

fn selected(selling: &Selling) -> Option<&Line> {
    selling.lines.iter().find(|line| line.selected && !line.removed)
}

fn on_line(view: &View, draw: impl Fn(&Line, &Selling) -> Html) -> Html {
    selling(view).and_then(|selling| Some(draw(selected(selling)?, selling))).unwrap_or_default()
}

fn currency(view: &View) -> Currency {
    match &view.screen {
        Screen::Selling(selling) => selling.currency,
        Screen::SaleDone(done) => done.currency,
        Screen::OpenTill(open) => open.currency,
        Screen::FirstStart(_) | Screen::SignIn(_) => Currency::EUR,
    }
}

/// The way back out of a sheet.
fn close_button(desk: &Desk) -> Html {
    html! { <Button label={desk.t("close")} kind={Kind::Quiet} keycap={Key::Esc} onpress={desk.closes()} /> }
}

fn parked(desk: &Desk, view: &View) -> Html {
    let (sales, possible): (&[Parked], bool) = match &view.screen {
        Screen::Selling(selling) => (&selling.parked, selling.line_count == 0 && selling.tenders.is_empty()),
        Screen::SaleDone(done) => (&done.parked, true),
        Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_) => (&[], false),
    };
    let text = match (sales.is_empty(), possible) {
        (true, _) => desk.t("parked-none"),
        (false, true) => desk.t("parked-text"),
        (false, false) => desk.t("parked-blocked"),
    };
    html! {
        <Drawer title={desk.t("parked-title")} actions={close_button(desk)}>
            <p>{ text }</p>{ parked_list(desk, sales, currency(view), possible) }
        </Drawer>
    }
}

fn side(desk: &Desk, selling: &Selling) -> Html {
    html! {
        <Drawer title={desk.t("sizes")} actions={close_button(desk)}>
            <Side selected={selected(selling).cloned()} currency={selling.currency} tabs={SideTabs::All} />
        </Drawer>
    }
}
