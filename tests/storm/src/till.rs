//! The child that is a till: a whole station without a window. It says `done RECEIPT` after each sale, when a person
//! would see it as done; when its input ends it finishes, waits until central has everything, and says `settled`.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_app::App;
use selvedge_contract::view::{Screen, View};
use selvedge_domain::Amount;
use selvedge_domain::tender::TenderKind;
use selvedge_station::{Options, Station};
use selvedge_store::StoreError;
use selvedge_store::table::journal;

use crate::process::awaits;

const PIN: &str = "7315";
const CODES: [&str; 2] = ["9520000000011", "9520000000028"];
/// Between two sales.
const PAUSE: Duration = Duration::from_millis(10);

/// Sells until the input ends.
pub fn run(folder: PathBuf, central: &str, code: &str) -> Result<()> {
    let options = Options { central: central.to_owned(), enrol: code.to_owned(), ..Options::at(folder) };
    let station = Station::start(options, Arc::new(|_| {})).context("the station starts")?;
    let app = station.app();
    let ended = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ended);
    std::thread::spawn(move || {
        let _all = std::io::stdin().read_to_end(&mut Vec::new());
        told.store(true, Ordering::Relaxed);
    });
    let mut number = 0;
    while !ended.load(Ordering::Relaxed) {
        if let Some(receipt) = sell(&app, CODES[number % CODES.len()])? {
            say(&format!("done {receipt}"))?;
            number += 1;
        }
        std::thread::sleep(PAUSE);
    }
    // A read that fails once is tried again.
    awaits("central has everything", || matches!(app.store().read::<_, StoreError>(journal::unsent), Ok(0)))?;
    say("settled")
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// One sale, from wherever the till is; none while it waits for central to let it in.
fn sell(app: &App, code: &str) -> Result<Option<String>> {
    let mut view = app.view()?;
    if let Screen::SignIn(screen) = &view.screen {
        let Some(person) = screen.people.first().map(|tile| tile.id) else { return Ok(None) };
        view = app.sign_in(person, PIN)?;
    }
    if matches!(view.screen, Screen::OpenTill(_)) {
        view = app.open_till(Amount::from_minor(10_000))?;
    }
    if matches!(view.screen, Screen::FirstStart(_)) {
        return Ok(None);
    }
    if !is_paying(&view) {
        view = app.scan(code, "wedge")?;
    }
    let Screen::Selling(selling) = &view.screen else { return Ok(None) };
    if selling.lines.is_empty() {
        // The product has not come down yet.
        return Ok(None);
    }
    if !selling.due.is_zero() {
        app.take_tender(TenderKind::Cash, selling.due, "")?;
    }
    let Screen::SaleDone(done) = app.complete_sale()?.screen else { anyhow::bail!("a finished sale is shown") };
    Ok(Some(done.receipt))
}

/// A kill left a sale that is being paid.
fn is_paying(view: &View) -> bool {
    matches!(&view.screen, Screen::Selling(selling) if !selling.tenders.is_empty())
}
