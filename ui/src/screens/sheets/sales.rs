//! The finished sales of this till: when, how much, how it was paid, and where each has landed. A press shows the receipt.

use selvedge_contract::Failure;
use selvedge_contract::commands::{ReprintSale, Sales as SalesCommand, Sold as SoldCommand};
use selvedge_contract::view::{SoldPaper, SoldSale};
use selvedge_domain::ids::SaleId;
use yew::prelude::*;

use super::close_button;
use crate::components::{Button, Drawer, Icon, Kind, Receipt, refusal, small_icon};
use crate::keys::Key;
use crate::screens::pay::{kind_icon, kind_id};
use crate::screens::sale_done::{landed_badge, landed_fact, print_fact};
use crate::state::{Desk, Sheet, use_desk};

/// So many are asked for at a time.
const PAGE: u32 = 30;

/// The list.
#[component]
pub fn Sales() -> Html {
    let desk = use_desk();
    let sales = use_state(Vec::<SoldSale>::new);
    let more = use_state(|| false);
    let failure = use_state(|| None::<Failure>);
    let look = {
        let (desk, sales, more, failure) = (desk.clone(), sales.clone(), more.clone(), failure.clone());
        move |known: Vec<SoldSale>, count: u32| {
            let before = known.last().map(|last| last.number);
            let (sales, more, failure) = (sales.clone(), more.clone(), failure.clone());
            desk.ask(SalesCommand { before, limit: count }, move |answer| match answer {
                Ok(found) => {
                    more.set(found.len() >= usize::try_from(count).unwrap_or(usize::MAX));
                    sales.set([known, found].concat());
                }
                Err(refused) => failure.set(Some(refused)),
            });
        }
    };
    {
        // What has landed meanwhile, and what was sold.
        let (look, shown) = (look.clone(), u32::try_from(sales.len()).unwrap_or(PAGE).max(PAGE));
        let news = desk.view().map(|view| (view.status.connection.unsent, view.status.connection.state));
        use_effect_with(news, move |_| look(Vec::new(), shown));
    }
    let older = {
        let sales = sales.clone();
        Callback::from(move |()| look((*sales).clone(), PAGE))
    };
    let older = (*more).then(
        || html! { <Button label={desk.t("older-sales")} kind={Kind::Quiet} keycap={Key::F8} onpress={older} /> },
    );
    let text = if sales.is_empty() { "sales-none" } else { "sales-text" };
    html! {
        <Drawer title={desk.t("sales-title")} actions={html! { <>{ older.unwrap_or_default() }{ close_button(&desk) }</> }} testid="sales-list">
            <p class="second">{ desk.t(text) }</p>
            { refusal(&desk, failure.as_ref()) }
            <ul data-arrows="">{ for sales.iter().map(|sold| row(&desk, sold)) }</ul>
        </Drawer>
    }
}

fn row(desk: &Desk, sold: &SoldSale) -> Html {
    let open = desk.opens(Sheet::Sold(sold.sale));
    let ways = sold.tenders.iter().map(
        |kind| html! { <>{ small_icon(kind_icon(*kind)) }<span class="hidden">{ desk.t(kind_id(*kind)) }</span></> },
    );
    let today = desk.view().is_some_and(|view| view.status.clock.day == sold.at.day);
    let when = if today {
        desk.locale().time(sold.at)
    } else {
        format!("{} {}", desk.locale().date(sold.at.day), desk.locale().time(sold.at))
    };
    html! {
        <li key={sold.sale.to_string()}>
            <button type="button" class="row" data-testid="sold-sale" data-receipt={sold.receipt.clone()}
                onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
                <span class="row-name"><strong dir="ltr">{ &sold.receipt }</strong>
                    <span class="second">{ when }{ " · " }{ desk.with("pieces", &[("count", sold.pieces.abs().into())]) }{ " " }{ for ways }</span></span>
                { landed_badge(desk, sold.landed) }
                <strong class="line-amount">{ desk.amount(sold.total, sold.currency) }</strong>
            </button>
        </li>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct SoldProps {
    pub sale: SaleId,
}

/// One of them: its receipt as it is on paper, and where it has landed.
#[component]
pub fn Sold(props: &SoldProps) -> Html {
    let desk = use_desk();
    let answer = use_state(|| None::<Result<SoldPaper, Failure>>);
    {
        let (desk, answer) = (desk.clone(), answer.clone());
        let news = desk.view().map(|view| view.revision);
        use_effect_with((props.sale, news), move |(sale, _)| {
            desk.ask(SoldCommand { sale: *sale }, move |found| answer.set(Some(found)));
        });
    }
    let back = html! { <Button label={desk.t("back")} kind={Kind::Quiet} icon={Icon::ArrowLeft} keycap={Key::Esc} onpress={desk.opens(Sheet::Sales)} /> };
    match &*answer {
        Some(Ok(found)) => {
            let actions = html! {
                <>
                    { back }
                    <Button label={desk.t("return")} kind={Kind::Quiet} icon={Icon::Undo2} keycap={Key::F7} onpress={desk.opens(Sheet::ReturnOf(props.sale))} />
                    <Button label={desk.t("print-copy")} kind={Kind::Quiet} icon={Icon::Printer} keycap={Key::F3} testid="reprint"
                        onpress={desk.runs(ReprintSale { sale: props.sale })} />
                </>
            };
            html! {
                <Drawer title={desk.with("receipt-picture", &[("receipt", (&found.sold.receipt).into())])} {actions} testid="sold">
                    { facts(&desk, &found.sold) }
                    <div class="paper-ground"><Receipt paper={found.paper.clone()}
                        label={desk.with("receipt-picture", &[("receipt", (&found.sold.receipt).into())])} /></div>
                </Drawer>
            }
        }
        Some(Err(failure)) => {
            html! { <Drawer title={desk.t("sales-title")} actions={back}>{ refusal(&desk, Some(failure)) }</Drawer> }
        }
        None => html! { <Drawer title={desk.t("sales-title")} actions={back}><p></p></Drawer> },
    }
}

fn facts(desk: &Desk, sold: &SoldSale) -> Html {
    let by = match sold.person.as_str() {
        "" => desk.t("sold-by-nobody"),
        person => desk.with("sold-by", &[("person", person.into())]),
    };
    let at = format!("{} {}", desk.locale().date(sold.at.day), desk.locale().time(sold.at));
    html! {
        <dl class="facts">
            <div><dt>{ crate::components::icon(Icon::User) }{ by }</dt><dd>{ at }</dd></div>
            { print_fact(desk, sold.print, desk.t("receipt")) }
            { landed_fact(desk, sold.landed) }
        </dl>
    }
}
