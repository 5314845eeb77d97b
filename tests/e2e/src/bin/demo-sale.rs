//! `demo-sale FOLDER FLAGS…`: the demo without a display. Opens the till with these flags on a display of its own, makes
//! a sale as a cashier would, and leaves `till.png` in the folder.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use selvedge_e2e::{Display, Window, programs, till};

/// Who sells, and her PIN: the demo company's first cashier of the shop.
const CASHIER: (&str, &str) = ("Mira Byrne", "1234");
/// What people ask for; the first product that the till's search finds for each is sold.
const WANTED: [&str; 4] = ["harbour navy m", "quay pocket", "spindle tank black", "kids"];

fn main() -> ExitCode {
    match sell() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo-sale: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn sell() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("usage: demo-sale FOLDER FLAGS…")?);
    let flags: Vec<String> = arguments.collect();

    let display = Display::start()?;
    let window = Window::open(&display, &programs::find("selvedge")?, &flags, &[])?;
    begin(&window)?;
    let codes = WANTED.iter().map(|wanted| code(&window, wanted)).collect::<Result<Vec<String>>>()?;
    for code in &codes {
        till::scan_all(&window, &[code])?;
    }
    let follows = "return document.querySelector('.line-selected strong')?.innerText
        === document.querySelector('.side-name strong')?.innerText";
    window.until("the side panel follows the last scan", || Ok(window.script(follows, vec![])? == true))?;
    window.picture(&folder.join("till.png"))?;
    let receipt = till::pay_exactly(&window)?;
    println!("Sold {} pieces by scanner, paid in cash, receipt {receipt}.", codes.len());
    window.close()
}

/// From whatever screen the demo was left at to the till.
fn begin(window: &Window) -> Result<()> {
    window.wait_for_any(&["person", "open-till", "pay", "sale-done"])?;
    if window.is_shown("person")? {
        till::sign_in(window, CASHIER.0, CASHIER.1)?;
    }
    window.wait_for_any(&["open-till", "pay", "sale-done"])?;
    if window.is_shown("open-till")? {
        till::open(window)?;
    }
    Ok(())
}

/// The code of a product, from the till's own search.
fn code(window: &Window, wanted: &str) -> Result<String> {
    window.press("F2")?;
    window.typed(wanted)?;
    let found = || window.attributes("search-result", "data-gtin").map(|found| found.into_iter().next());
    window.until(&format!("something is found for {wanted}"), || Ok(found()?.is_some()))?;
    let code = found()?.context("it has gone again")?;
    window.press("Escape")?;
    window.wait_gone("search-result")?;
    Ok(code)
}
