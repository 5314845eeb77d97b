//! The rounds: sell, kill one of the three, start it again.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_tests::shop::quick_folder;

use crate::check::{self, Sold};
use crate::dice::Dice;
use crate::process::{Central, Till, ask_central};
use crate::proxy::Proxy;

const COMPANY: &str = include_str!("company.toml");
const TILLS: [&str; 2] = ["01", "02"];
/// Sales of each till before the first kill: both have joined and sell.
const FIRST: usize = 3;

/// Runs the rounds and the checks.
pub fn run(rounds: u32, seed: u64, store: Option<String>) -> Result<()> {
    let folder = quick_folder();
    let file = folder.path().join("company.toml");
    std::fs::write(&file, COMPANY)?;
    let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("central.db").display()));
    ask_central(&["init", &file.to_string_lossy(), "--store", &store])?;
    let proxy = Proxy::start(seed)?;
    let mut central = Some(Central::start(&store)?);
    proxy.leads_to(&central.as_ref().context("central")?.address);

    let mut tills = Vec::new();
    for code in TILLS {
        let answer = ask_central(&["enrol", "--site", "main", "--till", code, "--store", &store])?;
        let enrol = answer.split_whitespace().next_back().context("a code")?.to_owned();
        let sold = Sold { folder: folder.path().join(format!("till-{code}")), receipts: Arc::default() };
        let running = Till::start(&sold.folder, &proxy.url, &enrol, &sold.receipts)?;
        tills.push((sold, enrol, Some(running)));
    }
    for (sold, ..) in &tills {
        while count(&sold.receipts) < FIRST {
            sleep(Duration::from_millis(20));
        }
    }
    proxy.set_calm(false);
    let mut dice = Dice(seed ^ 0x5ee0);
    for round in 0..rounds {
        sleep(Duration::from_millis(30 + dice.below(120)));
        match tills.get_mut(usize::try_from(round % 3)?) {
            Some((sold, enrol, running)) => {
                running.take().context("a till")?.kill()?;
                *running = Some(Till::start(&sold.folder, &proxy.url, enrol, &sold.receipts)?);
            }
            None => {
                central.take().context("central")?.kill()?;
                sleep(Duration::from_millis(dice.below(200)));
                central = Some(Central::start(&store)?);
                proxy.leads_to(&central.as_ref().context("central")?.address);
            }
        }
        if (round + 1) % 50 == 0 {
            let sales: usize = tills.iter().map(|(sold, ..)| count(&sold.receipts)).sum();
            println!("{} rounds, {sales} sales, {} faults of the network", round + 1, proxy.faults());
        }
    }
    proxy.set_calm(true);
    for (_, _, running) in &mut tills {
        running.take().context("a till")?.settle()?;
    }
    central.take().context("central")?.kill()?;
    let sold: Vec<Sold> = tills.into_iter().map(|(sold, ..)| sold).collect();
    let sales = check::check(&store, &sold)?;
    println!(
        "{rounds} rounds, {sales} sales, {} faults of the network: nothing is missing, nothing is double",
        proxy.faults()
    );
    Ok(())
}

fn count(receipts: &Mutex<Vec<String>>) -> usize {
    receipts.lock().unwrap_or_else(PoisonError::into_inner).len()
}
