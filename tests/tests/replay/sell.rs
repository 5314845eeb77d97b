//! Sells a file's baskets through the use cases and holds the journal against the file, to the cent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use selvedge_contract::view::{Screen, Selling, View};
use selvedge_domain::cart::{Discount, DiscountKind};
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};
use selvedge_tests::audit::Books;
use selvedge_tests::{Shop, samples};

use crate::lines::{Basket, TillFile, TillLine, install, product};

/// With `1`, every basket of the real file is sold, which takes minutes in a debug build.
const ALL: &str = "SELVEDGE_REPLAY_ALL";
/// Otherwise every so many.
const NTH: usize = 40;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

#[test]
fn the_small_twin_is_sold_to_the_cent() {
    let file = TillFile::read(&fixture("till-lines.csv"));
    assert_eq!(file.line_count, 10);
    assert_eq!(file.without_quantity, [(5, "0.0".to_owned()), (7, "4.440892e-16".to_owned())], "listed and left out");
    let books = replay(&file, &fixture("till-products.csv"));
    assert_eq!(books.sales.len(), 5, "a basket without a line is no sale");
    assert_eq!(sum(&books), 386 + 400 + 300 + 10_001 + 800 + 429 + 99);
    let how = |product_at: u64| {
        let lines = books.sales.iter().flat_map(|sold| &sold.lines);
        let mine = lines.filter(move |line| line.product == product(product_at).0);
        mine.map(|line| (line.amount_overridden, line.amount_minor, line.net_minor)).collect::<Vec<_>>()
    };
    assert_eq!(how(1_001), [(false, 429, 386), (false, 858, 800), (false, 429, 429)], "a reduced price is a discount");
    assert_eq!(how(1_002), [(false, 450, 400), (false, 300, 300)], "three for 4.50, half off");
    assert_eq!(how(1_004), [(true, 10_001, 10_001)], "a price that is not whole is the line's amount");
}

#[test]
fn real_till_lines_are_sold_to_the_cent() {
    let Some(lines) = samples::find("completejourney_transactions_sample.csv.gz") else { return };
    let Some(products) = samples::find("completejourney_products.csv.gz") else { return };
    let file = TillFile::read(&lines);
    let zero = file.without_quantity.len();
    println!("{} lines, {} baskets, {} lines with quantity 0 are left out:", file.line_count, file.baskets.len(), zero);
    let listed: Vec<_> = file.without_quantity.iter().map(|(line, _)| line.to_string()).collect();
    println!("lines {}", listed.join(" "));
    let lost = file.without_quantity.iter().any(|(_, paid)| !paid.starts_with("0.0") && !paid.contains("e-"));
    assert!(!lost, "a line that is left out was not paid");
    let all = std::env::var(ALL).is_ok_and(|value| value == "1");
    let file = if all {
        file
    } else {
        println!("left out: of the baskets only every {NTH}th is sold; {ALL}=1 sells all");
        file.every(NTH)
    };
    let begun = Instant::now();
    let books = replay(&file, &products);
    let (sales, overridden) = (books.sales.len(), books.sales.iter().flat_map(|sold| &sold.lines));
    let overridden = overridden.filter(|line| line.amount_overridden).count();
    let seconds = begun.elapsed().as_secs();
    println!("{sales} sales, {overridden} lines by their amount, {} cents, {seconds} s", sum(&books));
}

fn sum(books: &Books) -> i64 {
    books.sales.iter().map(|sold| sold.total_minor).sum()
}

/// Sells the file, a shift a day, and holds the books against it.
fn replay(file: &TillFile, products: &Path) -> Books {
    let mut shop = Shop::new();
    shop.leaves_papers();
    let unknown = install(&shop, file, products);
    println!("{} products are not in the list and are sold under their number: {unknown:?}", unknown.len());
    shop.sign_in(1);
    let mut day = "";
    for (at, basket) in file.baskets.iter().enumerate() {
        let today = &basket.at[..10];
        if today != day {
            close(&shop);
            shop.clock().pass_ms(86_400_000);
            shop.app().open_till(Amount::ZERO).unwrap();
            day = today;
        }
        sell(&shop, basket, at);
    }
    close(&shop);
    shop.upload();
    let books = shop.audit();
    check(file, &books);
    books
}

fn close(shop: &Shop) {
    if let Screen::Selling(sale) = shop.view().screen {
        shop.app().close_till(sale.shift.expected_cash).unwrap();
    } else if let Screen::SaleDone(done) = shop.view().screen {
        shop.app().close_till(done.shift.expected_cash).unwrap();
    }
}

fn sell(shop: &Shop, basket: &Basket, at: usize) {
    let mut due = Amount::ZERO;
    for line in &basket.lines {
        due = sell_line(shop, line).due;
    }
    let kind = if at.is_multiple_of(3) { TenderKind::Card } else { TenderKind::Cash };
    if !due.is_zero() {
        shop.app().take_tender(kind, due, &basket.basket).unwrap();
    }
    shop.app().complete_sale().unwrap();
}

/// A line as its price says it: shelf price and reduction, or a price of one, or else the amount of all.
fn sell_line(shop: &Shop, line: &TillLine) -> Selling {
    let app = shop.app();
    let added = selling(app.add_product(product(line.product)).unwrap());
    let id = added.lines.iter().find(|line| line.selected).unwrap().id;
    if line.pieces != 1 {
        app.set_quantity(id, Quantity::units(line.pieces)).unwrap();
    }
    let shelf_minor = line.paid_minor + line.off_minor;
    if line.off_minor > 0 && line.paid_minor > 0 && shelf_minor % line.pieces == 0 {
        app.set_price(id, Amount::from_minor(shelf_minor / line.pieces)).unwrap();
        let off = Discount { kind: DiscountKind::Amount(Amount::from_minor(line.off_minor)), reason: String::new() };
        return selling(app.discount_line(id, Some(off)).unwrap());
    }
    let paid = line.paid_minor;
    selling(if paid % line.pieces == 0 {
        app.set_price(id, Amount::from_minor(paid / line.pieces)).unwrap()
    } else {
        app.set_amount(id, Amount::from_minor(paid)).unwrap()
    })
}

fn selling(view: View) -> Selling {
    let Screen::Selling(sale) = view.screen else { panic!("a sale goes on") };
    *sale
}

/// Basket by basket, product by product and in all.
fn check(file: &TillFile, books: &Books) {
    assert_eq!(books.sales.len(), file.baskets.len(), "every basket is a sale");
    let mut pieces: BTreeMap<uuid::Uuid, i64> = BTreeMap::new();
    for (basket, sold) in file.baskets.iter().zip(&books.sales) {
        let paid: i64 = basket.lines.iter().map(|line| line.paid_minor).sum();
        assert_eq!(sold.total_minor, paid, "the basket {} is paid to the cent", basket.basket);
        assert_eq!(sold.lines.len(), basket.lines.len(), "the basket {} has its lines", basket.basket);
        for line in &basket.lines {
            *pieces.entry(product(line.product).0).or_default() += line.pieces * 1_000;
        }
    }
    assert_eq!(sum(books), file.paid_minor(), "the journal's total is the file's");
    let turnover: i64 = books.shifts.values().map(|shift| shift.turnover_minor()).sum();
    assert_eq!(turnover, file.paid_minor(), "the Z reports' turnover is the file's");
    for (product, thousandths) in pieces {
        let sold = books.stock.get(&(product, "customer".to_owned())).copied();
        assert_eq!(sold, Some(thousandths), "the customers have what the file says");
    }
}
