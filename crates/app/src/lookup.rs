//! Finding products without a scanner: search, size grid, favourites.

use selvedge_contract::view::{SearchHit, SizeCell, SizeGrid, SizeRow, Tile, TileList};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::ids::ProductId;
use selvedge_domain::stock::ledger::Account;
use selvedge_store::Tx;
use selvedge_store::table::catalogue::{self, Listed};
use selvedge_store::table::search::{self, Found};
use selvedge_store::table::{cart, stock};

use crate::context::Context;
use crate::{App, AppError};

/// No list is longer.
const MOST_HITS: u32 = 50;
const TILES: u32 = 12;

impl App {
    /// Search as you type.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn search(&self, text: &str, limit: u32) -> Result<Vec<SearchHit>, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            let found = search::find(tx, text, limit.min(MOST_HITS), context.today())?;
            found.into_iter().map(|found| hit(tx, &context, found)).collect()
        })
    }

    /// Products that a code can be, as search hits.
    pub(crate) fn hits(&self, listed: Vec<Listed>) -> Result<Vec<SearchHit>, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            listed.into_iter().map(|listed| hit(tx, &context, Found { listed, corrected: false })).collect()
        })
    }

    /// Products for the side panel.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn tiles(&self, list: TileList) -> Result<Vec<Tile>, AppError> {
        self.store().read(|tx| {
            let today = self.joined(tx)?.today();
            let listed = match list {
                TileList::Favourites => catalogue::favourites(tx, today, TILES)?,
                TileList::Recent => catalogue::recent(tx, today, TILES)?,
            };
            Ok(listed.into_iter().map(tile).collect())
        })
    }

    /// Colours and sizes around a product.
    ///
    /// # Errors
    /// [`Code::NoSuchProduct`].
    pub fn size_grid(&self, product: ProductId) -> Result<SizeGrid, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            let today = context.today();
            let asked = catalogue::by_id(tx, product, today)?.ok_or(Failure::from(Code::NoSuchProduct))?;
            let family = if asked.product.style.is_empty() {
                vec![asked.clone()]
            } else {
                catalogue::style(tx, &asked.product.style, today)?
            };
            let account = Account::Location(context.site.sales_floor);
            let heard = stock::heard_ms(tx)?;
            let (sizes, rows) = grid(tx, account, &family)?;
            Ok(SizeGrid {
                name: asked.product.name,
                price: asked.product.price,
                colour_code: asked.product.colour_code,
                sizes,
                rows,
                heard_min_ago: heard.map(|ms| minutes_since(context.now.corrected_ms(), ms)),
            })
        })
    }
}

fn minutes_since(now_ms: i64, then_ms: i64) -> u32 {
    u32::try_from((now_ms - then_ms).max(0) / 60_000).unwrap_or(u32::MAX)
}

fn grid(tx: &Tx, account: Account, family: &[Listed]) -> Result<(Vec<String>, Vec<SizeRow>), AppError> {
    let mut sizes: Vec<String> = Vec::new();
    for listed in family {
        if !sizes.contains(&listed.product.size) {
            sizes.push(listed.product.size.clone());
        }
    }
    sizes.sort_by_key(|size| size_order(size));
    let mut rows: Vec<SizeRow> = Vec::new();
    for listed in family {
        let product = &listed.product;
        let at = sizes.iter().position(|size| *size == product.size).unwrap_or(0);
        let row = match rows.iter_mut().position(|row| row.colour == product.colour) {
            Some(known) => &mut rows[known],
            None => {
                rows.push(SizeRow {
                    colour: product.colour.clone(),
                    colour_code: product.colour_code.clone(),
                    cells: vec![None; sizes.len()],
                });
                rows.last_mut().ok_or(Failure::from(Code::Internal))?
            }
        };
        row.cells[at] = Some(SizeCell {
            product: product.id,
            on_hand: stock::on_hand(tx, product.id, account)?,
            in_sale: in_sale(tx, product.id)?,
        });
    }
    Ok((sizes, rows))
}

fn in_sale(tx: &Tx, product: ProductId) -> Result<Quantity, AppError> {
    Ok(cart::load(tx)?
        .iter()
        .flat_map(|cart| cart.live())
        .filter(|line| line.product.id == product && line.refund.is_none())
        .map(|line| line.quantity)
        .sum())
}

/// XS before S before M; numbers by their number; others by name, last.
fn size_order(size: &str) -> (u32, String) {
    const WORN: [&str; 10] = ["2XS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "2XL", "3XL"];
    if let Some(at) = WORN.iter().position(|known| *known == size) {
        return (u32::try_from(at).unwrap_or(0), String::new());
    }
    let number: String = size.chars().take_while(char::is_ascii_digit).collect();
    match number.parse::<u32>() {
        Ok(number) => (100 + number.min(10_000), String::new()),
        Err(_) => (100_000, size.to_owned()),
    }
}

fn hit(tx: &Tx, context: &Context, found: Found) -> Result<SearchHit, AppError> {
    let Found { listed: Listed { product, gtin }, corrected } = found;
    let on_hand = stock::on_hand(tx, product.id, Account::Location(context.site.sales_floor))?;
    Ok(SearchHit {
        product: product.id,
        name: product.name,
        variant: product.variant,
        gtin,
        sku: product.sku,
        colour_code: product.colour_code,
        price: product.price,
        currency: context.site.currency,
        on_hand,
        corrected,
    })
}

fn tile(listed: Listed) -> Tile {
    let product = listed.product;
    let variant = [product.colour.as_str(), product.size.as_str()];
    let variant = variant.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ");
    Tile { product: product.id, name: product.name, variant, colour_code: product.colour_code, price: product.price }
}

#[cfg(test)]
mod tests {
    use super::size_order;

    #[test]
    fn sizes_stand_in_the_order_of_wear() {
        let mut sizes = ["XL", "8 y", "M", "10 y", "XS", "One size", "2XL", "S", "L"];
        sizes.sort_by_key(|size| size_order(size));
        assert_eq!(sizes, ["XS", "S", "M", "L", "XL", "2XL", "8 y", "10 y", "One size"]);
    }
}
