//! While goods are sent or received: one thing to do next, what is there so far, and a wrong scan that cannot be missed.

use selvedge_contract::commands::{AskFor, CountWrong, UndoCounted};
use selvedge_contract::view::{Goods, TransferScan, TransferScanLine};
use selvedge_domain::Quantity;
use selvedge_domain::ids::ProductId;
use selvedge_domain::stock::tally::WrongPiece;
use selvedge_domain::stock::transfer::TransferTask;
use yew::prelude::*;

use super::{goods_name, task};
use crate::components::{Button, Drawer, Icon, Kind, Trays, icon, large_icon};
use crate::keys::Key;
use crate::screens::search::Search;
use crate::screens::till::demo_scan;
use crate::state::{Desk, Sheet, use_desk};

#[derive(Clone, PartialEq, Properties)]
pub struct ScanningProps {
    pub scan: TransferScan,
}

/// The sheet; it stays until the goods are finished or dropped.
#[component]
pub fn Scanning(props: &ScanningProps) -> Html {
    let desk = use_desk();
    let scan = &props.scan;
    let actions = html! {
        <>
            <Button label={desk.t("stop-scanning")} kind={Kind::Careful} keycap={Key::Esc} testid="drop-transfer" onpress={desk.opens(Sheet::StopScanning)} />
            <Button label={desk.t("finish-goods")} kind={Kind::Primary} icon={Icon::Check} keycap={Key::F12} testid="finish-transfer"
                disabled={scan.wrong.is_some()} onpress={desk.opens(Sheet::Finish)} />
        </>
    };
    html! {
        <Drawer title={task(&desk, scan.task, &scan.other)} {actions} testid="scanning">
            { if scan.task == TransferTask::Asked { by_name(&desk) } else { html! {} } }
            { scan.wrong.as_ref().map_or_else(|| next(&desk, scan), |(goods, why)| wrong(&desk, goods, *why)) }
            { if scan.wrong.is_none() { html! { <>{ tools(&desk, scan) }<Trays refusals={false} /></> } } else { html! {} } }
            <ul data-arrows="">{ for scan.lines.iter().map(|shown| line(&desk, shown)) }</ul>
        </Drawer>
    }
}

/// What can be done about what was counted.
fn tools(desk: &Desk, scan: &TransferScan) -> Html {
    let quantity = scan.last.map_or_else(Callback::noop, |product| desk.opens(Sheet::Counted(product)));
    html! {
        <div class="choices">
            <Button label={desk.t("quantity")} kind={Kind::Quiet} icon={Icon::Hash} keycap={Key::F4} testid="counted-quantity"
                disabled={scan.last.is_none()} onpress={quantity} />
            <Button label={desk.t("undo")} kind={Kind::Quiet} icon={Icon::Undo2} keycap={Key::CtrlZ} testid="undo-counted" disabled={!scan.can_undo}
                onpress={desk.runs(UndoCounted {})} />
            { demo_scan(desk) }
        </div>
    }
}

/// The one thing to do.
fn next(desk: &Desk, scan: &TransferScan) -> Html {
    let (class, picture, title, text) = match &scan.next {
        Some((goods, left)) => {
            let left = desk.locale().quantity(*left, goods.unit);
            let title = desk.with("scan-this", &[("name", goods_name(desk, goods).into())]);
            ("scan-prompt", Icon::ScanBarcode, title, desk.with("scan-left", &[("quantity", left.into())]))
        }
        None if scan.is_expected => {
            ("scan-prompt scan-all", Icon::CircleCheck, desk.t("scan-all-there"), desk.t("scan-all-there-text"))
        }
        None => ("scan-prompt", Icon::ScanBarcode, desk.t("scan-each"), desk.t(each_id(scan.task))),
    };
    html! {
        <div {class} role="status" data-testid="scan-prompt">
            { large_icon(picture) }<p class="tray-words"><strong>{ title }</strong><span>{ text }</span></p>
        </div>
    }
}

fn each_id(task: TransferTask) -> &'static str {
    match task {
        TransferTask::Asked => "scan-each-ask",
        TransferTask::Dispatched => "scan-each-out",
        TransferTask::Received => "scan-each-in",
    }
}

/// What is sold out cannot be scanned.
fn by_name(desk: &Desk) -> Html {
    let asks = desk.clone();
    let onpick = Callback::from(move |product: ProductId| asks.run(AskFor { product }));
    html! { <Search hint={desk.t("ask-by-name")} {onpick} testid="search-goods" /> }
}

/// It was heard; now it is seen, and nothing was counted.
fn wrong(desk: &Desk, goods: &Goods, why: WrongPiece) -> Html {
    let title = desk.t(match why {
        WrongPiece::NotExpected => "scan-not-expected",
        WrongPiece::Enough => "scan-enough",
    });
    let text = desk.with("scan-wrong-text", &[("name", goods_name(desk, goods).into())]);
    html! {
        <div class="scan-wrong" role="alert" data-testid="scan-wrong">
            { large_icon(Icon::CircleX) }
            <p class="tray-words"><strong>{ title }</strong><span>{ text }</span></p>
            <span class="choices">
                <Button label={desk.t("put-it-back")} kind={Kind::Usual} icon={Icon::Undo2} keycap={Key::CtrlZ} testid="put-it-back" onpress={desk.runs(UndoCounted {})} />
                <Button label={desk.t("count-anyway")} kind={Kind::Usual} keycap={Key::F11} testid="count-anyway" onpress={desk.runs(CountWrong {})} />
            </span>
        </div>
    }
}

/// What there is of a product, and what there should be; a press sets its quantity.
fn line(desk: &Desk, shown: &TransferScanLine) -> Html {
    let product = shown.goods.product;
    let figure = |quantity: Quantity| desk.locale().quantity(quantity, shown.goods.unit);
    let amount = match shown.expected {
        Some(expected) => {
            desk.with("scan-of", &[("counted", figure(shown.counted).into()), ("expected", figure(expected).into())])
        }
        None => figure(shown.counted),
    };
    let (picture, tone) = match shown.expected {
        Some(expected) if shown.counted > expected => (Icon::TriangleAlert, "warn"),
        Some(expected) if shown.counted < expected => (Icon::ScanBarcode, "plain"),
        Some(_) | None => (Icon::Check, "ok"),
    };
    let open = desk.opens(Sheet::Counted(product));
    html! {
        <li key={product.to_string()}>
            <button type="button" class="row" data-testid="receive-line" data-counted={shown.counted.to_string()}
                data-expected={shown.expected.map(|expected| expected.to_string())} disabled={shown.counted.is_zero()}
                onclick={Callback::from(move |_: MouseEvent| open.emit(()))}>
                { icon(if shown.counted.is_zero() { Icon::ScanBarcode } else { picture }) }
                <span class="row-name"><strong>{ &shown.goods.name }</strong><span class="second">{ &shown.goods.variant }</span></span>
                <span class={classes!("badge", format!("badge-{tone}"))}>{ amount }</span>
            </button>
        </li>
    }
}
