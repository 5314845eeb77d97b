//! A sale from the first scan to central's books: all at once, with central away, and with the app killed at every step.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use selvedge_e2e::shop::Shop;
use selvedge_e2e::window::PATIENCE;
use selvedge_e2e::{keys, process, till};

#[test]
fn five_scans_become_a_paper_and_a_sale_at_central() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    let gtins = shop.gtins();
    let (by_wedge, by_serial) = gtins.split_at(3);
    till::scan_all(&window, by_wedge)?;
    for gtin in by_serial {
        shop.counter.scan(gtin)?;
        till::wait_for_line(&window, gtin)?;
    }
    assert_eq!(window.attributes("cart-line", "data-gtin")?, gtins, "lines stand in the order of the scans");

    let total = window.text("cart-total")?.replace('€', "");
    let receipt = till::pay_exactly(&window)?;
    let papers = shop.counter.papers(1)?;
    ensure!(papers[0].contains(&receipt), "the paper has the receipt's number {receipt}:\n{}", papers[0]);
    ensure!(papers[0].contains(&total), "the paper has the total {total}:\n{}", papers[0]);
    for product in &shop.products {
        ensure!(papers[0].contains(&product.name), "the paper names {}:\n{}", product.name, papers[0]);
    }
    assert_eq!(shop.counter.printer().pulses(), 1, "a cash sale opens the drawer once");

    till::next(&window)?;
    let expected = till::close(&window, &total)?;
    assert_eq!(expected, format!("€{total}"), "the drawer began empty, so it holds the sale");
    let papers = shop.counter.papers(2)?;
    ensure!(papers[1].contains(&total), "the Z report has the turnover {total}:\n{}", papers[1]);
    let sale = shop.sale_at_central(&receipt)?;
    assert_eq!(sale["lines"].as_array().map(Vec::len), Some(gtins.len()), "central has every line: {sale}");
    window.close()
}

#[test]
fn a_scan_is_whole_however_long_the_page_draws() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    let gtins = shop.gtins();
    // The page is held up at the first and at the sixth key of each scan for longer than the silence that ends a burst,
    // and between them hears keys as slowly as a person types.
    let block = "let keys = 0; const late = [250, 0, 105, 105, 105, 250]; addEventListener('keydown', () => {
        const end = performance.now() + (late[keys % 13] ?? 0); keys += 1; while (performance.now() < end) {} }, true)";
    window.script(block, vec![])?;
    for gtin in &gtins {
        window.scan(gtin)?;
    }
    till::wait_for_line(&window, gtins[gtins.len() - 1])?;
    ensure!(!window.is_shown("unknown-code")?, "no scan is broken into pieces");
    assert_eq!(window.attributes("cart-line", "data-gtin")?, gtins, "a line a scan, in the order of the scans");
    window.close()
}

#[test]
fn central_may_go_and_come_back_in_the_middle() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    let gtins = shop.gtins();
    window.wait_attribute("status-connection", "data-state", "online")?;
    till::scan_all(&window, &gtins[..2])?;

    shop.central.stop();
    till::scan_all(&window, &gtins[2..])?;
    let first = till::pay_exactly(&window)?;
    window.wait_attribute("status-connection", "data-state", "offline")?;
    let unsent = window.attribute("status-connection", "data-unsent")?.unwrap_or_default();
    ensure!(unsent.parse::<u32>().is_ok_and(|unsent| unsent > 0), "the sale waits to be sent; it says {unsent:?}");
    till::next(&window)?;
    till::scan_all(&window, &gtins[..1])?;
    let second = till::pay_exactly(&window)?;

    shop.central.start()?;
    window.wait_attribute("status-connection", "data-state", "online")?;
    window.wait_attribute("status-connection", "data-unsent", "0")?;
    shop.sale_at_central(&first)?;
    shop.sale_at_central(&second)?;
    shop.counter.papers(2)?;
    window.close()
}

#[test]
fn a_till_killed_after_any_step_goes_on_where_it_was() -> Result<()> {
    let shop = Shop::set_up()?;
    let gtins = shop.gtins();

    // Joined, and nobody signed in.
    let window = shop.station.open(&shop.display)?;
    window.wait_for("person")?;
    window.kill()?;
    // The till is open, the sale empty.
    shop.till()?.kill()?;
    // After every scan.
    for count in 1..=gtins.len() {
        let window = shop.till()?;
        assert_eq!(window.attributes("cart-line", "data-gtin")?, gtins[..count - 1], "what was scanned is there");
        till::scan_all(&window, &gtins[count - 1..count])?;
        window.kill()?;
    }
    // On the way to pay.
    let window = shop.till()?;
    assert_eq!(window.attributes("cart-line", "data-gtin")?, gtins, "what was scanned is there");
    window.click("pay")?;
    window.wait_for("due")?;
    window.kill()?;
    // The moment the sale is done.
    let window = shop.till()?;
    let receipt = till::pay_exactly(&window)?;
    window.kill()?;

    let window = shop.till()?;
    ensure!(window.count("cart-line")? == 0, "a finished sale is not in the cart again");
    let sale = shop.sale_at_central(&receipt)?;
    assert_eq!(sale["lines"].as_array().map(Vec::len), Some(gtins.len()), "central has every line: {sale}");
    let originals = shop.counter.printer().receipts().iter().filter(|paper| !paper.text().contains("COPY")).count();
    ensure!(originals <= 1, "the receipt is printed once without the word COPY, not {originals} times");
    ensure!(shop.counter.printer().pulses() <= 1, "the drawer opens at most once");
    window.close()
}

#[test]
fn a_window_closed_while_the_receipt_prints_lets_it_finish() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    shop.counter.printer().set_delay(Duration::from_secs(2));
    till::scan_all(&window, &shop.gtins()[..1])?;
    till::pay_exactly(&window)?;
    window.close()?;

    shop.counter.papers(1)?;
    let window = shop.till()?;
    window.wait_attribute("status-printer", "data-state", "ready")?;
    assert_eq!(shop.counter.printer().receipts().len(), 1, "a receipt that was printed to its end is not asked about");
    let waits = window.script("return document.querySelectorAll('.tray').length", vec![])?;
    assert_eq!(waits, serde_json::json!(0), "nothing is uncertain after a proper end");
    window.close()
}

/// The process that draws is not the till. The driver ends with it, so this is done with keys from the display.
#[test]
fn a_page_whose_process_dies_comes_back_to_the_same_sale() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    till::scan_all(&window, &shop.gtins()[..1])?;
    window.kill()?;

    let mut app = shop.station.start(&shop.display)?;
    // Nobody knows these codes, so each that a page reads is an entry of its own.
    reads(&shop, "9520000999992")?;
    for code in ["9520000999985", "9520000999978"] {
        let page = process::descendant_named(app.id(), "WebKitWebProcess").context("the page has a process")?;
        process::signal("KILL", page);
        reads(&shop, code)?;
    }
    // To the payment, cash, exactly, complete.
    for key in ["F12", "F5", "F8", "F12"] {
        keys::press(&shop.display, key)?;
        sleep(Duration::from_secs(1));
    }
    let papers = shop.counter.papers(1)?;
    ensure!(papers[0].contains(&shop.products[0].name), "it is the sale from before:\n{}", papers[0]);
    app.end();
    Ok(())
}

/// Scans a code until a page has read it; scans that come before the page go nowhere.
fn reads(shop: &Shop, code: &str) -> Result<()> {
    let start = Instant::now();
    while !shop.central.export("entries")?.iter().any(|entry| entry.to_string().contains(code)) {
        ensure!(start.elapsed() < PATIENCE * 2, "no page reads {code}");
        keys::scan(&shop.display, code)?;
        sleep(Duration::from_millis(500));
    }
    Ok(())
}
