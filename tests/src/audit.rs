//! What must be true of every till at every moment. The books are added up again from the journal's bodies alone, by
//! arithmetic of this module's own, and all that the store keeps beside the journal must say the same.

mod books;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use selvedge_domain::receipt_number::ReceiptNumber;
use selvedge_domain::shift::ShiftTotals;
use selvedge_domain::tender::TenderKind;
use selvedge_protocol::journal::SaleV1;
use selvedge_store::table::{cart, parked, sale, shift, stock};
use selvedge_store::{Store, StoreError, Tx};

pub use books::{Books, ShiftBook};

use crate::paper;

/// Adds the books up and holds everything else against them.
///
/// # Panics
/// With the rule that is broken.
pub fn check(store: &Store) -> Books {
    store
        .read::<_, StoreError>(|tx| {
            let books = Books::read(tx);
            sales(tx, &books)?;
            numbers(&books);
            returns(&books);
            shifts(tx, &books)?;
            stocks(tx, &books)?;
            carts(tx, &books)?;
            Ok(books)
        })
        .expect("the store can be read")
}

/// Every sale of the journal has its row, its one first paper and its one pulse where cash moved; and no other has.
fn sales(tx: &Tx, books: &Books) -> Result<(), StoreError> {
    assert_eq!(count(tx, "SELECT count(*) FROM sale")?, books.sales.len(), "every sale row has its entry");
    let papers = count(tx, "SELECT count(*) FROM print_job WHERE sale IS NOT NULL AND copy = 0")?;
    assert_eq!(papers, books.sales.len(), "every sale has one first paper");
    for sold in &books.sales {
        sums::check(sold);
        let found = sale::by_receipt(tx, &sold.receipt)?
            .unwrap_or_else(|| panic!("the sale {} of the journal has a row", sold.receipt));
        assert_eq!(SaleV1::from(&found.sale), *sold, "the row of a sale says what its entry says");
        let first: (String, String) = tx.query_row(
            "SELECT title, document FROM print_job WHERE sale = ?1 AND copy = 0",
            [sold.sale.as_bytes().as_slice()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        assert_eq!(first.0, sold.receipt, "a paper is called by its receipt's number");
        paper::shows(&serde_json::from_str(&first.1).expect("a document"), sold);
        let pulses: usize = tx.query_row(
            "SELECT count(*) FROM drawer_job WHERE sale = ?1",
            [sold.sale.as_bytes().as_slice()],
            |row| row.get(0),
        )?;
        let cash = sold.change_minor != 0 || sold.tenders.iter().any(|tender| tender.kind == "cash");
        assert_eq!(pulses, usize::from(cash), "the drawer opens once for cash and not for a card");
    }
    let copies = count(tx, "SELECT count(*) FROM print_job WHERE sale IS NOT NULL AND copy = 1")?;
    assert_eq!(copies, books.copies.len(), "every copy of a receipt is in the journal");
    Ok(())
}

/// Receipt numbers of a generation are gapless from 1, in the order of the journal.
fn numbers(books: &Books) {
    let mut last: BTreeMap<String, u32> = BTreeMap::new();
    for sold in &books.sales {
        let number = ReceiptNumber::parse(&sold.receipt).expect("a receipt number");
        let before = last.insert(number.generation().to_owned(), number.number()).unwrap_or(0);
        assert_eq!(number.number(), before + 1, "receipt numbers are gapless");
    }
    let sales: BTreeSet<_> = books.sales.iter().map(|sold| sold.sale).collect();
    assert_eq!(sales.len(), books.sales.len(), "a sale is finished once");
}

/// Never more is taken back than was bought, neither goods nor money.
fn returns(books: &Books) {
    let mut back: BTreeMap<_, (i64, i64, i64)> = BTreeMap::new();
    for line in books.sales.iter().flat_map(|sold| &sold.lines) {
        let Some(refund) = &line.refund else { continue };
        assert!(line.quantity_thousandths < 0, "a returned line is negative");
        let entry = back.entry((refund.sale, refund.line)).or_default();
        entry.0 -= line.quantity_thousandths;
        entry.1 -= line.net_minor;
        entry.2 -= line.tax_minor;
    }
    for ((of, line), (quantity, net, tax)) in back {
        let bought = books.sales.iter().find(|sold| sold.sale == of).expect("what is taken back was sold");
        let bought = bought.lines.iter().find(|sold| sold.line == line).expect("the line was sold");
        assert!(quantity <= bought.quantity_thousandths, "never more is taken back than was bought");
        assert!(net <= bought.net_minor, "never more is given back than was paid: {net} of {}", bought.net_minor);
        if quantity == bought.quantity_thousandths {
            assert_eq!((net, tax), (bought.net_minor, bought.tax_minor), "all of it back is all that was paid");
        }
    }
}

/// The totals of a shift are the sum of its sales in the journal, while it is open and in its Z report.
fn shifts(tx: &Tx, books: &Books) -> Result<(), StoreError> {
    assert_eq!(count(tx, "SELECT count(*) FROM shift")?, books.shifts.len(), "every shift row has its entry");
    let open: Vec<_> = books.shifts.values().filter(|book| book.closed.is_none()).collect();
    let kept = shift::open(tx)?;
    assert_eq!(open.len(), usize::from(kept.is_some()), "a shift is open in the journal when it is at the till");
    if let (Some(book), Some(kept)) = (open.first(), kept) {
        assert_eq!(book.number, kept.number, "the open shift is the journal's");
        assert_eq!(book.business_day, kept.business_day.to_string(), "its day is the journal's");
        same_totals(book, &kept.totals);
        assert_eq!(book.expected_minor(), kept.expected_cash().minor(), "the drawer must hold what the journal says");
    }
    for (at, book) in books.shifts.values().enumerate() {
        assert_eq!(usize::try_from(book.number).expect("a number"), at + 1, "Z reports are gapless");
        if let Some(closed) = &book.closed {
            book.same_as_closed(closed);
            let papers: usize = tx.query_row(
                "SELECT count(*) FROM print_job WHERE shift = ?1 AND copy = 0",
                [closed.shift.as_bytes().as_slice()],
                |row| row.get(0),
            )?;
            assert_eq!(papers, 1, "a closed shift has one Z report");
        }
    }
    Ok(())
}

fn same_totals(book: &ShiftBook, totals: &ShiftTotals) {
    assert_eq!(book.sales, totals.sales, "the shift counts its sales");
    assert_eq!(book.sold_minor, totals.sold.minor(), "sold is the sum of the journal");
    assert_eq!(book.returned_minor, totals.returned.minor(), "returned is the sum of the journal");
    assert_eq!(book.discounts_minor, totals.discounts.minor(), "discounts are the sum of the journal");
    assert_eq!(book.cash_in_minor, totals.cash_in.minor(), "cash in is the sum of the journal");
    assert_eq!(book.cash_out_minor, totals.cash_out.minor(), "cash out is the sum of the journal");
    for (kind, name) in [(TenderKind::Cash, "cash"), (TenderKind::Card, "card"), (TenderKind::Voucher, "voucher")] {
        assert_eq!(book.tender(name), totals.tendered(kind).minor(), "{name} is the sum of the journal");
    }
    let rates = totals.rates.iter().map(|sum| {
        let key = (sum.rate.code.clone(), sum.rate.percent.normalize().to_string());
        (key, (sum.net.minor(), sum.tax.minor(), sum.gross.minor()))
    });
    assert_eq!(rates.collect::<BTreeMap<_, _>>(), book.rates, "tax by rate is the sum of the journal");
}

/// Balances are the sum of the movements, and the movements are those of the journal.
fn stocks(tx: &Tx, books: &Books) -> Result<(), StoreError> {
    let differences = stock::audit(tx)?;
    assert!(differences.is_empty(), "balances are the sum of the movements: {differences:?}");
    let mut statement = tx.prepare("SELECT product, account, quantity FROM balance WHERE quantity <> 0")?;
    let rows = statement.query_map([], |row| {
        let product: Vec<u8> = row.get(0)?;
        Ok(((product, row.get::<_, String>(1)?), row.get::<_, i64>(2)?))
    })?;
    let kept: BTreeMap<_, _> = rows.collect::<Result<_, _>>()?;
    let counted: BTreeMap<_, _> = books
        .stock
        .iter()
        .filter(|(_, quantity)| **quantity != 0)
        .map(|((product, account), quantity)| ((product.as_bytes().to_vec(), account.clone()), *quantity))
        .collect();
    assert_eq!(kept, counted, "stock is what the journal's lines moved");
    Ok(())
}

/// The present sale can be folded, and neither it nor a parked one was finished.
fn carts(tx: &Tx, books: &Books) -> Result<(), StoreError> {
    if let Some(present) = cart::load(tx)? {
        assert!(books.sales.iter().all(|sold| sold.sale != present.id.0), "a finished sale is no cart any more");
    } else {
        assert_eq!(cart::actions(tx)?.len(), 0, "no action without a cart");
    }
    parked::list(tx)?;
    Ok(())
}

fn count(tx: &Tx, sql: &str) -> Result<usize, StoreError> {
    Ok(tx.query_row(sql, [], |row| row.get(0))?)
}
