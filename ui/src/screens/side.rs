//! The side panel: the sizes of the last scan, because "have you got it in L?" is the question that follows; and what is
//! sold most or was sold last.

use selvedge_contract::commands::{AddProduct, SizeGridOf, Tiles};
use selvedge_contract::view::{Line, SizeCell, SizeGrid, SizeRow, Tile, TileList};
use selvedge_domain::Currency;
use selvedge_domain::quantity::Unit;
use yew::prelude::*;

use crate::components::{Icon, Picture, icon, large_icon};
use crate::state::{Desk, use_desk};

/// From this age on the figures are marked as old.
const OLD_MIN: u32 = 10;

/// Which tabs the panel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideTabs {
    /// Sizes, favourites, recent; only sizes where the window is wide.
    All,
    /// Favourites and recent, beside the sizes where the window is wide.
    Lists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Sizes,
    List(TileList),
}

/// What the panel needs.
#[derive(Clone, PartialEq, Properties)]
pub struct SideProps {
    /// The line that the sizes follow.
    pub selected: Option<Line>,
    /// Of the prices.
    pub currency: Currency,
    /// See [`SideTabs`].
    pub tabs: SideTabs,
}

/// The panel.
#[component]
pub fn Side(props: &SideProps) -> Html {
    let desk = use_desk();
    let all = props.tabs == SideTabs::All;
    let tab = use_state(|| if all { Tab::Sizes } else { Tab::List(TileList::Favourites) });
    let product = props.selected.as_ref().map(|line| line.product);
    {
        let tab = tab.clone();
        use_effect_with(product, move |product| {
            if all && product.is_some() {
                tab.set(Tab::Sizes);
            }
        });
    }
    let entry = |to: Tab, id: &str| {
        let tab_set = tab.clone();
        let chosen = *tab == to;
        html! {
            <button type="button" role="tab" class={classes!("tab", chosen.then_some("chosen"))} aria-selected={if chosen { "true" } else { "false" }}
                onclick={Callback::from(move |_: MouseEvent| tab_set.set(to))}>{ desk.t(id) }</button>
        }
    };
    let shown = match *tab {
        Tab::Sizes => html! { <Sizes selected={props.selected.clone()} currency={props.currency} /> },
        Tab::List(list) => html! { <TileGrid {list} currency={props.currency} /> },
    };
    html! {
        <div class={classes!("side", all.then_some("side-sizes"))}>
            <div class="tabs" role="tablist" data-arrows="">
                { if all { entry(Tab::Sizes, "sizes") } else { html! {} } }
                { entry(Tab::List(TileList::Favourites), "favourites") }
                { entry(Tab::List(TileList::Recent), "recent") }
            </div>
            { shown }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct SizesProps {
    selected: Option<Line>,
    currency: Currency,
}

#[component]
fn Sizes(props: &SizesProps) -> Html {
    let desk = use_desk();
    let grid = use_state(|| None::<SizeGrid>);
    // Nothing chosen leaves the sizes that were asked for last, with what is in the sale now.
    let last = use_mut_ref(|| None);
    let product = props.selected.as_ref().map(|line| line.product).or(*last.borrow());
    last.replace(product);
    let revision = desk.view().map(|view| view.revision);
    {
        let (desk, grid) = (desk.clone(), grid.clone());
        use_effect_with((product, revision), move |(product, _)| {
            if let Some(product) = *product {
                desk.ask(SizeGridOf { product }, move |answer| {
                    if let Ok(found) = answer {
                        grid.set(Some(found));
                    }
                });
            }
        });
    }
    let Some(found) = (*grid).clone() else {
        return html! {
            <div class="empty empty-side">{ large_icon(Icon::Shirt) }<p>{ desk.t("sizes-empty") }</p></div>
        };
    };
    html! {
        <div class="sizes">
            { head(&desk, &found, props.currency) }
            <div class="grid-frame" data-arrows="">
                <table class="grid">
                    { if has_sizes(&found) { size_names(&found) } else { html! {} } }
                    <tbody>{ for found.rows.iter().map(|row| size_row(&desk, &found, row, product)) }</tbody>
                </table>
            </div>
        </div>
    }
}

/// Whether the product comes in more than itself: a mug has neither colour nor size.
fn has_sizes(grid: &SizeGrid) -> bool {
    grid.rows.len() > 1 || grid.sizes.iter().any(|size| !size.is_empty())
}

fn size_names(grid: &SizeGrid) -> Html {
    html! {
        <thead><tr><td></td>{ for grid.sizes.iter().map(|size| html! { <th scope="col">{ size }</th> }) }</tr></thead>
    }
}

fn head(desk: &Desk, grid: &SizeGrid, currency: Currency) -> Html {
    let old = grid.heard_min_ago.is_none_or(|minutes| minutes >= OLD_MIN);
    let age = match grid.heard_min_ago {
        Some(0) => desk.t("here-now"),
        Some(minutes) => desk.with("here-heard", &[("minutes", minutes.into())]),
        None => desk.t("here-never"),
    };
    let price = grid.price.map_or_else(|| desk.t("no-price"), |price| desk.amount(price, currency));
    html! {
        <div class="side-head">
            <Picture colour={grid.colour_code.clone()} />
            <p class="side-name"><strong>{ &grid.name }</strong>{ " " }<span class="second">{ price }</span>
                <span class={classes!("age", old.then_some("old"))}>{ if old { icon(Icon::History) } else { html! {} } }{ age }</span></p>
            <span class="badge badge-accent">{ desk.t("in-sale") }</span>
        </div>
    }
}

fn size_row(desk: &Desk, grid: &SizeGrid, row: &SizeRow, product: Option<selvedge_domain::ids::ProductId>) -> Html {
    let colour = if crate::components::is_colour(&row.colour_code) { &row.colour_code } else { "#C9C5BC" };
    let cells = row.cells.iter().zip(&grid.sizes).map(|(cell, size)| match cell {
        Some(cell) => size_cell(desk, cell, &row.colour, size, product == Some(cell.product)),
        None => html! { <td class="none"></td> },
    });
    let name = if row.colour.is_empty() {
        html! { { desk.t("stock") } }
    } else {
        html! { <><span class="dye" style={format!("background:{colour}")}></span>{ &row.colour }</> }
    };
    html! { <tr><th scope="row">{ name }</th>{ for cells }</tr> }
}

fn size_cell(desk: &Desk, cell: &SizeCell, colour: &str, size: &str, selected: bool) -> Html {
    let in_sale = !cell.in_sale.is_zero();
    let none = cell.on_hand.is_zero() || cell.on_hand.is_negative();
    let class = classes!("cell", in_sale.then_some("in-sale"), selected.then_some("selected"), none.then_some("zero"));
    let add = desk.runs(AddProduct { product: cell.product });
    let pieces = desk.locale().quantity(cell.on_hand, Unit::Piece);
    let label =
        desk.with("cell-label", &[("colour", colour.into()), ("size", size.into()), ("count", pieces.clone().into())]);
    let mark = in_sale.then(|| {
        let sign = if cell.in_sale.is_negative() { "" } else { "+" };
        html! { <span class="plus">{ format!("{sign}{}", desk.locale().quantity(cell.in_sale, Unit::Piece)) }</span> }
    });
    html! {
        <td><button type="button" {class} aria-label={label} onclick={Callback::from(move |_: MouseEvent| add.emit(()))}>
            { mark.unwrap_or_default() }<span>{ pieces }</span></button></td>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct TileGridProps {
    list: TileList,
    currency: Currency,
}

#[component]
fn TileGrid(props: &TileGridProps) -> Html {
    let desk = use_desk();
    let tiles = use_state(Vec::<Tile>::new);
    {
        let (desk, tiles) = (desk.clone(), tiles.clone());
        use_effect_with(props.list, move |list| {
            desk.ask(Tiles { list: *list }, move |answer| {
                if let Ok(found) = answer {
                    tiles.set(found);
                }
            });
        });
    }
    if tiles.is_empty() {
        return html! { <div class="empty empty-side">{ large_icon(Icon::Shirt) }<p>{ desk.t("tiles-empty") }</p></div> };
    }
    html! { <div class="tiles" data-arrows="">{ for tiles.iter().map(|tile| tile_button(&desk, tile, props.currency)) }</div> }
}

fn tile_button(desk: &Desk, tile: &Tile, currency: Currency) -> Html {
    let add = desk.runs(AddProduct { product: tile.product });
    let price = tile.price.map_or_else(|| desk.t("no-price"), |price| desk.amount(price, currency));
    html! {
        <button type="button" class="tile" key={tile.product.to_string()} onclick={Callback::from(move |_: MouseEvent| add.emit(()))}>
            <Picture colour={tile.colour_code.clone()} class="tile-picture" />
            <strong>{ &tile.name }</strong>
            <span class="tile-foot"><span class="second">{ &tile.variant }</span><strong>{ price }</strong></span>
        </button>
    }
}
