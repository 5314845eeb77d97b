//! What a cashier does, in steps that wait for what she would wait for.

use anyhow::Result;

use crate::window::Window;

/// Chooses a person and types her PIN.
pub fn sign_in(window: &Window, person: &str, pin: &str) -> Result<()> {
    window.click_text("person", person)?;
    window.wait_for("pin-pad")?;
    window.typed(pin)?;
    window.click("sign-in")?;
    window.wait_gone("pin-pad")
}

/// Opens the till with the float that is proposed.
pub fn open(window: &Window) -> Result<()> {
    window.click("open-till")?;
    window.wait_for("pay")
}

/// Scans codes with the wedge, each after the line of the one before is there.
pub fn scan_all(window: &Window, gtins: &[&str]) -> Result<()> {
    for gtin in gtins {
        window.scan(gtin)?;
        wait_for_line(window, gtin)?;
    }
    Ok(())
}

/// Waits until a product is in the sale.
pub fn wait_for_line(window: &Window, gtin: &str) -> Result<()> {
    let there = || Ok(window.attributes("cart-line", "data-gtin")?.iter().any(|line| line == gtin));
    window.until(&format!("{gtin} is in the sale"), there)
}

/// Pays all of it in cash, to the cent, and gives the receipt's number.
pub fn pay_exactly(window: &Window) -> Result<String> {
    window.click("pay")?;
    window.click("pay-cash")?;
    window.click("tender-exact")?;
    window.click("complete-sale")?;
    window.wait_for("sale-done")?;
    window.text("receipt-number")
}

/// Leaves the finished sale.
pub fn next(window: &Window) -> Result<()> {
    window.press("F12")?;
    window.wait_for("pay")
}

/// Closes the till with what was counted in the drawer, and gives what was expected. From the till's screen.
pub fn close(window: &Window, counted: &str) -> Result<String> {
    window.press("F10")?;
    window.click("close-till")?;
    window.click("counted-cash")?;
    window.typed(counted)?;
    let expected = window.text("expected-cash")?;
    // Once to say it is counted, once more in the dialog that names the consequence.
    window.press("F12")?;
    window.wait_for_css("[role=alertdialog], [role=dialog]")?;
    window.press("F12")?;
    window.wait_for("open-till")?;
    Ok(expected)
}
