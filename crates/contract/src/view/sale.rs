//! The sale on screen.

use selvedge_domain::cart::DiscountKind;
use selvedge_domain::ids::{LineId, ParkedId, ProductId, SaleId, TenderId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::receipt::Document;
use selvedge_domain::tax::{PriceMode, RateSum};
use selvedge_domain::tender::TenderKind;
use selvedge_domain::time::{Day, LocalTime};
use selvedge_domain::{Amount, Currency, Quantity};
use serde::{Deserialize, Serialize};

/// Scanning and paying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selling {
    /// Of all amounts.
    pub currency: Currency,
    /// Whether prices contain tax.
    pub mode: PriceMode,
    /// In order, those taken out included.
    pub lines: Vec<Line>,
    /// Pieces of all lines that count; weights count as one.
    pub pieces: i64,
    /// Lines that count.
    pub line_count: u32,
    /// Before the sale's own discount.
    pub subtotal: Amount,
    /// All reductions; zero or more.
    pub discounts: Amount,
    /// The sale's own reduction.
    pub sale_discount: Option<Reduction>,
    /// By rate.
    pub rates: Vec<RateSum>,
    /// To pay; negative when money goes back.
    pub total: Amount,
    /// Handed over so far.
    pub tenders: Vec<TakenTender>,
    /// Still to pay; negative when still to be paid out.
    pub due: Amount,
    /// To give back.
    pub change: Amount,
    /// What people hand over for what is due.
    pub quick: Vec<Amount>,
    /// The fewest notes and coins of the change: (piece, count).
    pub coins: Vec<(Amount, i64)>,
    /// Something can be taken back.
    pub can_undo: bool,
    /// A line that needs a price before anything can be paid.
    pub price_missing: Option<LineId>,
    /// Sales put aside at this till, newest first.
    pub parked: Vec<Parked>,
    /// The shift.
    pub shift: ShiftFigures,
    /// The last finished sale's receipt, for a COPY; none at first.
    pub last_receipt: Option<String>,
}

/// A line of the cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub id: LineId,
    /// The product.
    pub product: ProductId,
    /// Its number in the form it is printed in; empty where it has none.
    pub gtin: String,
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy · L`; may be empty.
    pub variant: String,
    /// `#RRGGBB`; may be empty.
    pub colour_code: String,
    /// Negative in a return.
    pub quantity: Quantity,
    /// Its unit.
    pub unit: Unit,
    /// Of one; none asks.
    pub unit_price: Option<Amount>,
    /// After its own discount, before the sale's.
    pub amount: Amount,
    /// Before its discount, where it has one.
    pub before: Option<Amount>,
    /// Its reduction.
    pub discount: Option<Reduction>,
    /// The receipt from which it is taken back.
    pub refund_of: Option<String>,
    /// It was set aside for this customer.
    pub set_aside: bool,
    /// Taken out.
    pub removed: bool,
    /// Chosen.
    pub selected: bool,
}

/// A reduction as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reduction {
    /// How it is given.
    pub kind: DiscountKind,
    /// Why; may be empty.
    pub reason: String,
    /// What it comes to; zero or more.
    pub amount: Amount,
}

/// A payment as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenTender {
    /// Which.
    pub id: TenderId,
    /// How.
    pub kind: TenderKind,
    /// Handed over; negative when paid out.
    pub amount: Amount,
    /// What the terminal or voucher calls it; may be empty.
    pub reference: String,
}

/// A sale put aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parked {
    /// Which.
    pub id: ParkedId,
    /// What it is called.
    pub name: String,
    /// Since when.
    pub at: LocalTime,
    /// Lines in it.
    pub lines: u32,
    /// Its total.
    pub total: Amount,
}

/// The open shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftFigures {
    /// Number of its Z report.
    pub number: u32,
    /// Its day.
    pub business_day: Day,
    /// Since when.
    pub opened_at: LocalTime,
    /// By whom.
    pub opened_by: String,
    /// Float.
    pub float: Amount,
    /// What the drawer should hold.
    pub expected_cash: Amount,
    /// Put in.
    pub cash_in: Amount,
    /// Taken out.
    pub cash_out: Amount,
    /// Sales done.
    pub sales: u32,
    /// Sold minus taken back.
    pub turnover: Amount,
    /// Kept of each way to pay.
    pub tenders: Vec<(TenderKind, Amount)>,
}

/// After the sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaleDone {
    /// Which.
    pub sale: SaleId,
    /// Its number.
    pub receipt: String,
    /// Of all amounts.
    pub currency: Currency,
    /// Paid; negative when money went back.
    pub total: Amount,
    /// Cash handed over; zero when none was.
    pub cash: Amount,
    /// To give back.
    pub change: Amount,
    /// The fewest notes and coins of the change.
    pub coins: Vec<(Amount, i64)>,
    /// The receipt as it is on paper.
    pub paper: Paper,
    /// Whether it is printed.
    pub print: PrintState,
    /// Whether the drawer opened.
    pub drawer: DrawerState,
    /// Where the sale has landed.
    pub landed: Landed,
    /// Sales put aside at this till, newest first.
    pub parked: Vec<Parked>,
    /// The shift, for closing the till from here.
    pub shift: ShiftFigures,
}

/// A document and the paper it is for: the window lays it out as the printer does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// What stands on it.
    pub document: Document,
    /// Cells across.
    pub columns: u8,
}

/// Where a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "at")]
pub enum PrintState {
    /// No printer is configured.
    NoPrinter,
    /// Waits for the printer.
    Waiting,
    /// On its way.
    Sending,
    /// The printer said that it is out.
    Printed(LocalTime),
    /// All was sent to a printer that says nothing.
    Sent(LocalTime),
    /// Nobody knows.
    Uncertain,
    /// Nobody wants it any more.
    Dropped,
}

/// Where a finished sale is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Landed {
    /// On this disk; central has not said that it has it.
    Disk,
    /// On this disk and at central, as central says now.
    Central,
    /// On this disk, where it stays: the demo is never sent.
    DemoOnly,
}

/// A finished sale in the list of this till's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoldSale {
    /// Which.
    pub sale: SaleId,
    /// Its place among the sales of this till, from 1.
    pub number: u32,
    /// The receipt's number.
    pub receipt: String,
    /// When it was finished.
    pub at: LocalTime,
    /// Who finished it; empty when her name was erased.
    pub person: String,
    /// Of the total.
    pub currency: Currency,
    /// Paid; negative when money went back.
    pub total: Amount,
    /// Pieces; negative when they came back.
    pub pieces: i64,
    /// How it was paid, each way once.
    pub tenders: Vec<TenderKind>,
    /// Where its newest paper is.
    pub print: PrintState,
    /// Where the sale has landed.
    pub landed: Landed,
}

/// A finished sale and its receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoldPaper {
    /// The sale.
    pub sold: SoldSale,
    /// The receipt as it is on paper.
    pub paper: Paper,
}

/// What the drawer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrawerState {
    /// Not needed, or none there.
    NotNeeded,
    /// About to open.
    Waiting,
    /// The pulse was sent, once.
    Opened,
    /// The printer did not come back in time; open it with the key.
    Expired,
}

/// A sale found for a return.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReturnableSale {
    /// Which.
    pub sale: SaleId,
    /// Its number.
    pub receipt: String,
    /// When.
    pub at: LocalTime,
    /// Of all amounts.
    pub currency: Currency,
    /// What was paid.
    pub total: Amount,
    /// What was bought.
    pub lines: Vec<ReturnableLine>,
}

/// A sold line, and what is left of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReturnableLine {
    /// Which.
    pub line: LineId,
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy · L`.
    pub variant: String,
    /// Its unit.
    pub unit: Unit,
    /// Bought.
    pub sold: Quantity,
    /// Taken back before, the present sale included.
    pub returned: Quantity,
    /// What one more whole return of the rest would give back.
    pub refund: Amount,
}

/// Something found by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchHit {
    /// Which.
    pub product: ProductId,
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy · L`.
    pub variant: String,
    /// Its number; may be empty.
    pub gtin: String,
    /// The company's own number.
    pub sku: String,
    /// `#RRGGBB`; may be empty.
    pub colour_code: String,
    /// Of one; none asks.
    pub price: Option<Amount>,
    /// Of the price.
    pub currency: Currency,
    /// On hand at this site's sales floor, as far as this till knows.
    pub on_hand: Quantity,
    /// Found only by forgiving a typing error.
    pub corrected: bool,
}

/// Which list of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TileList {
    /// Sold most.
    Favourites,
    /// Sold last at this till.
    Recent,
}

/// A product in the side panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// Which.
    pub product: ProductId,
    /// `Harbour Tee`.
    pub name: String,
    /// `Navy`.
    pub variant: String,
    /// `#RRGGBB`; may be empty.
    pub colour_code: String,
    /// Of one.
    pub price: Option<Amount>,
}

/// Colours down, sizes across.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeGrid {
    /// The style's name.
    pub name: String,
    /// Of the product asked for.
    pub price: Option<Amount>,
    /// `#RRGGBB` of the product asked for.
    pub colour_code: String,
    /// In the order of wear: XS, S, M, L, XL.
    pub sizes: Vec<String>,
    /// One a colour.
    pub rows: Vec<SizeRow>,
    /// Minutes since this till heard of the figures; none when it never did.
    pub heard_min_ago: Option<u32>,
}

/// A colour of a style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeRow {
    /// `Navy`.
    pub colour: String,
    /// `#RRGGBB`.
    pub colour_code: String,
    /// One a size; none where there is no such product.
    pub cells: Vec<Option<SizeCell>>,
}

/// A product in the grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeCell {
    /// Which.
    pub product: ProductId,
    /// On hand here, what is in this sale not yet taken off.
    pub on_hand: Quantity,
    /// In this sale.
    pub in_sale: Quantity,
}
