//! What a till tells: whose badge that is, what a scanned receipt opens, and where each sale has landed.

use anyhow::{Context, Result};
use selvedge_domain::barcode::Badge;
use selvedge_domain::ids::PersonId;
use selvedge_e2e::shop::{CASHIER, Shop};
use selvedge_e2e::{Window, till};
use selvedge_protocol::demo::{CASHIER_PIN, DemoCompany, SEED};

#[test]
fn a_badge_chooses_its_owner_and_a_receipt_opens_its_return() -> Result<()> {
    let shop = Shop::set_up()?;
    let gtins = shop.gtins();
    let her = cashier()?;
    let window = shop.station.open(&shop.display)?;
    window.wait_for("person")?;
    window.scan(&Badge::of(her).printed())?;
    window.wait_for_css(&format!("[data-testid=person][aria-pressed=true][data-person=\"{her}\"]"))?;
    window.typed(CASHIER_PIN)?;
    window.click("sign-in")?;
    window.wait_gone("pin-pad")?;
    till::open(&window)?;

    till::scan_all(&window, &gtins[..2])?;
    let receipt = till::pay_exactly(&window)?;
    till::next(&window)?;
    window.scan(&receipt)?;
    window.until("both lines of the receipt can come back", || Ok(window.count("return-line")? == 2))?;
    window.press("Escape")?;
    window.wait_gone("return-line")?;
    assert_eq!(window.count("cart-line")?, 0, "a scanned receipt sells nothing");
    window.close()
}

#[test]
fn the_list_of_sales_says_where_each_has_landed() -> Result<()> {
    let shop = Shop::set_up()?;
    let gtins = shop.gtins();
    let window = shop.till()?;
    window.wait_attribute("status-connection", "data-state", "online")?;
    till::scan_all(&window, &gtins[..1])?;
    let first = till::pay_exactly(&window)?;
    window.wait_attribute("status-connection", "data-unsent", "0")?;
    till::next(&window)?;

    shop.central.stop();
    till::scan_all(&window, &gtins[1..2])?;
    let second = till::pay_exactly(&window)?;
    window.press("F10")?;
    window.click("sales")?;
    has_landed(&window, &first, "central")?;
    has_landed(&window, &second, "disk")?;

    shop.central.start()?;
    has_landed(&window, &second, "central")?;
    window.close()
}

fn cashier() -> Result<PersonId> {
    let people = DemoCompany::new(SEED).people;
    let her = people.iter().find(|known| known.person.name == CASHIER).context("she is in the demo company")?;
    Ok(PersonId(her.person.id))
}

fn has_landed(window: &Window, receipt: &str, place: &str) -> Result<()> {
    window.wait_for_css(&format!("[data-receipt=\"{receipt}\"] [data-landed={place}]"))
}
