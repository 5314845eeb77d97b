//! Goods between sites in the window: what another site asked for is sent scan by scan with its paper, what comes is
//! received by its paper alone, and what is being scanned is there again after the till died.

use anyhow::{Context, Result, ensure};
use selvedge_domain::barcode::transfer_code;
use selvedge_domain::ids::TransferId;
use selvedge_e2e::shop::Shop;
use selvedge_e2e::{Window, till};
use selvedge_protocol::demo::{DemoCompany, MANAGER_PIN, SEED};
use serde_json::json;

const ASKED: &str = "01900000-0000-7000-8000-0000000000a5";

#[test]
fn goods_go_to_another_site_with_their_paper() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    window.wait_attribute("status-connection", "data-state", "online")?;
    another_site_asks(&shop)?;
    let gtins = shop.gtins();
    let (wanted, other) = (gtins[0], gtins[1]);

    window.press("F10")?;
    window.click("transfers-all")?;
    window.wait_for_css("[data-testid=transfer-row][data-state=requested]")?;
    window.pictures("transfers-list")?;
    window.click("transfer-row")?;
    window.wait_for("send-these")?;
    window.pictures("transfers-asked")?;
    window.press("F12")?;
    window.wait_for("scan-prompt")?;
    window.scan(wanted)?;
    counted(&window, "1", Some("2"))?;
    window.pictures("transfers-scanning")?;
    window.scan(other)?;
    window.wait_for("scan-wrong")?;
    window.pictures("transfers-wrong")?;
    ensure!(window.count("receive-line")? == 1, "a wrong scan counts for nothing");
    window.press("F11")?;
    window.wait_gone("scan-wrong")?;
    window.until("it was meant", || Ok(window.count("receive-line")? == 2))?;
    counted(&window, "1", Some("0"))?;
    window.press("ctrl+z")?;
    window.until("and not", || Ok(window.count("receive-line")? == 1))?;
    window.press("F4")?;
    window.wait_for("counted")?;
    window.typed("2")?;
    window.press("F12")?;
    counted(&window, "2", Some("2"))?;
    window.pictures("transfers-all-there")?;
    ensure!(window.count("cart-line")? == 0, "what is sent is not sold");
    window.press("F12")?;
    window.wait_for("finish")?;
    window.click("transfer-reason")?;
    window.typed("by the van")?;
    window.pictures("transfers-finish")?;
    window.press("F12")?;
    window.wait_for_css("[data-testid=transfer-state][data-state=on-the-way]")?;
    window.pictures("transfers-sent")?;

    let paper = shop.counter.papers(1)?.remove(0);
    let code = transfer_code(asked()?);
    for told in ["by the van", code.as_str()] {
        ensure!(paper.contains(told), "{told:?} stands on the paper:\n{paper}");
    }
    let at_central = || -> Result<bool> {
        let transfers = shop.central.export("transfers")?;
        Ok(transfers.iter().any(|one| one["id"] == ASKED && one["state"] == "on-the-way"))
    };
    window.until("central knows that they are on the way", at_central)?;
    ensure!(!window.is_shown("write-off")?, "only a manager writes off");
    window.press("Escape")?;
    window.wait_for("transfers")?;
    window.press("Escape")?;
    window.wait_gone("transfers")?;
    till::scan_all(&window, &[wanted])?;

    window.press("F10")?;
    window.click("sign-out")?;
    window.wait_for("person")?;
    till::sign_in(&window, &manager()?, MANAGER_PIN)?;
    window.wait_for("pay")?;
    window.press("F10")?;
    window.click("transfers-all")?;
    window.click("transfer-row")?;
    window.click("write-off")?;
    window.click("transfer-reason")?;
    window.typed("fell off the van")?;
    window.pictures("transfers-write-off")?;
    window.press("F12")?;
    window.wait_for_css("[data-testid=transfer-state][data-state=closed]")?;
    window.close()
}

#[test]
fn the_paper_of_what_comes_opens_it_and_a_dead_till_comes_back_to_it() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    window.wait_attribute("status-connection", "data-state", "online")?;
    let gtins = shop.gtins();
    window.scan(&transfer_code(asked()?))?;
    window.wait_for("scan-prompt")?;
    window.scan(gtins[0])?;
    counted(&window, "1", None)?;
    window.pictures("transfers-unannounced")?;
    window.kill()?;

    let window = shop.till()?;
    counted(&window, "1", None)?;
    window.scan(gtins[1])?;
    window.until("a second product", || Ok(window.count("receive-line")? == 2))?;
    window.press("F12")?;
    window.wait_for("finish")?;
    window.pictures("transfers-receive")?;
    window.press("F12")?;
    window.wait_for_css("[data-testid=transfer-state][data-state=unannounced]")?;
    window.press("Escape")?;
    window.wait_for("transfers")?;

    window.click("send-goods")?;
    window.wait_for("send-place")?;
    window.pictures("transfers-send-to")?;
    window.click("send-place")?;
    window.wait_for("scan-prompt")?;
    window.press("Escape")?;
    window.wait_for("stop-scanning")?;
    window.pictures("transfers-drop")?;
    window.press("F12")?;
    window.wait_gone("scan-prompt")?;
    till::scan_all(&window, &gtins[..1])?;
    window.close()
}

#[test]
fn goods_are_asked_for_by_name_and_the_request_reaches_central() -> Result<()> {
    let shop = Shop::set_up()?;
    let window = shop.till()?;
    window.wait_attribute("status-connection", "data-state", "online")?;
    let (scanned, named) = (shop.gtins()[0], &shop.products[1]);

    window.press("F10")?;
    window.click("transfers-all")?;
    window.wait_for("ask-for-goods")?;
    window.press("F7")?;
    window.wait_for("ask-place")?;
    window.pictures("transfers-ask-whom")?;
    window.click("ask-place")?;
    window.wait_for("search-goods")?;
    window.scan(scanned)?;
    counted(&window, "1", None)?;
    window.press("F2")?;
    window.typed(&named.name)?;
    window.wait_for("search-result")?;
    window.pictures("transfers-ask-by-name")?;
    window.press("Return")?;
    window.until("it is asked for", || Ok(window.count("receive-line")? == 2))?;
    window.press("F4")?;
    window.wait_for("counted")?;
    window.typed("12")?;
    window.press("F12")?;
    counted(&window, "12", None)?;
    window.pictures("transfers-asking")?;
    window.press("F12")?;
    window.wait_for("finish")?;
    window.click("transfer-reason")?;
    window.typed("for Saturday")?;
    window.pictures("transfers-ask")?;
    window.press("F12")?;
    window.wait_for_css("[data-testid=transfer-state][data-state=requested]")?;
    window.pictures("transfers-asked-for")?;
    let at_central = || -> Result<bool> {
        let transfers = shop.central.export("transfers")?;
        Ok(transfers.iter().any(|one| one["state"] == "requested" && one["asked"]["note"] == "for Saturday"))
    };
    window.until("central knows what is asked for", at_central)?;
    ensure!(window.count("cart-line")? == 0, "what is asked for is not sold");
    window.click("cancel-request")?;
    window.wait_for_css("[data-testid=transfer-state][data-state=cancelled]")?;
    window.close()
}

/// A product that is scanned has so many, of so many that are expected.
fn counted(window: &Window, pieces: &str, expected: Option<&str>) -> Result<()> {
    let expected =
        expected.map_or_else(|| ":not([data-expected])".to_owned(), |of| format!("[data-expected=\"{of}\"]"));
    window.wait_for_css(&format!("[data-testid=receive-line][data-counted=\"{pieces}\"]{expected}"))
}

/// A manager of this shop.
fn manager() -> Result<String> {
    let company = DemoCompany::new(SEED);
    let site = company.site("galway").context("the site is in the demo company")?.id;
    let found = company.people.iter().find(|one| one.person.role == "manager" && one.sites.contains(&site));
    Ok(found.context("the shop has a manager")?.person.name.clone())
}

fn asked() -> Result<TransferId> {
    Ok(serde_json::from_value(json!(ASKED))?)
}

/// The warehouse asks this shop for two of the first product, through an operator.
fn another_site_asks(shop: &Shop) -> Result<()> {
    let company = DemoCompany::new(SEED);
    let site = |code: &str| company.site(code).map(|site| site.id).context("the site is in the demo company");
    let line = json!({ "product": shop.products[0].id, "quantity_thousandths": 2000 });
    let asks = json!({ "id": ASKED, "from": site("galway")?, "to": site("athlone")?, "lines": [line], "note": "for Saturday" });
    shop.central.post("/api/v1/transfers", &asks)
}
