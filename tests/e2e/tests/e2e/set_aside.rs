//! Goods set aside for a customer: promised by central's word, kept while it is away, told when it answers, and found by
//! the slip.

use anyhow::{Context, Result, ensure};
use selvedge_e2e::shop::Shop;
use selvedge_e2e::{Window, till};
use selvedge_protocol::demo::{DemoCompany, SEED};

const SITE: &str = "galway";

#[test]
fn what_a_customer_wants_is_set_aside_or_kept_until_central_says_so() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    window.wait_attribute("status-connection", "data-state", "online")?;
    let gtin = there_are_many()?;
    till::scan_all(&window, &[&gtin])?;

    ask(&window, "Nora 12")?;
    stands(&window, "reserved")?;
    window.pictures("promise")?;
    window.click("print-slip")?;
    let paper = shop.counter.papers(1)?.remove(0);
    ensure!(paper.contains("Nora 12"), "the slip says for whom:\n{paper}");
    let promises = shop.central.export("promises")?;
    ensure!(promises.len() == 1 && promises[0]["state"] == "reserved", "central set it aside, once: {promises:?}");
    ensure!(!promises[0].to_string().contains("Nora"), "and does not know for whom: {promises:?}");
    window.press("Escape")?;
    window.wait_for("set-aside-row")?;
    window.press("Escape")?;
    window.wait_gone("set-aside-list")?;

    shop.central.stop();
    window.wait_attribute("status-connection", "data-state", "offline")?;
    ask(&window, "Brendan")?;
    stands(&window, "needs-confirmation")?;
    window.pictures("promise-waits")?;
    let slip = slip_of(&window)?;
    ensure!(!window.is_shown("print-slip")?, "nothing that is not promised has a slip");
    window.press("Escape")?;
    window.press("Escape")?;
    window.wait_gone("set-aside-list")?;

    shop.central.start()?;
    window.wait_for("answered")?;
    window.pictures("promise-told")?;
    window.press("F11")?;
    stands(&window, "reserved")?;
    assert_eq!(slip_of(&window)?, slip, "what waited is what was answered");
    window.wait_gone("answered")?;
    window.press("Escape")?;
    window.wait_for("set-aside-row")?;
    window.pictures("promise-list")?;
    window.press("Escape")?;
    window.wait_gone("set-aside-list")?;

    window.scan(&slip)?;
    window.until("the slip puts it into the sale", || Ok(window.count("cart-line")? == 2))?;
    window.scan(&slip)?;
    stands(&window, "reserved")?;
    assert_eq!(slip_of(&window)?, slip, "a second scan shows it");
    window.press("Escape")?;
    window.press("Escape")?;
    window.wait_gone("set-aside-list")?;
    window.pictures("promise-collected")?;
    let receipt = till::pay_exactly(&window)?;
    shop.sale_at_central(&receipt)?;
    let states = || -> Result<Vec<String>> {
        let promises = shop.central.export("promises")?;
        let mut states: Vec<String> = promises.iter().map(|one| one["state"].to_string()).collect();
        states.sort();
        Ok(states)
    };
    window.until("the sale ended the promise", || Ok(states()? == ["\"fulfilled\"", "\"reserved\""]))?;
    till::next(&window)?;

    window.press("F10")?;
    window.click("set-aside-all")?;
    window.click_text("set-aside-row", "Nora 12")?;
    window.click("let-go")?;
    stands(&window, "let-go")?;
    window.close()
}

/// Opens the sheet for the chosen line, says for whom, and asks.
fn ask(window: &Window, customer: &str) -> Result<()> {
    window.press("shift+F9")?;
    window.wait_for("place")?;
    window.pictures("set-aside")?;
    window.click("customer")?;
    window.typed(customer)?;
    let said = || Ok(window.text("customer")? == customer);
    window.until("the customer's words are in their field", said)?;
    window.click("set-aside-ask")
}

fn stands(window: &Window, standing: &str) -> Result<()> {
    window.wait_for_css(&format!("[data-testid=standing][data-standing={standing}]"))
}

fn slip_of(window: &Window) -> Result<String> {
    let title = window.script("return document.querySelector('[data-testid=promise] h2')?.innerText ?? ''", vec![])?;
    title.as_str().map(str::to_owned).context("the sheet is named after its slip")
}

/// The code of a product of which this shop has several.
fn there_are_many() -> Result<String> {
    let company = DemoCompany::new(SEED);
    let site = company.site(SITE).context("the site is in the demo company")?.id;
    let stock = company.stock_of(site);
    let many = stock.iter().filter(|row| row.quantity_thousandths >= 4_000);
    let product =
        many.filter_map(|row| company.products.iter().find(|product| product.id == row.product && product.active));
    let gtin = product.filter_map(|product| product.gtins.first()).next();
    gtin.cloned().context("the shop has several of something")
}
