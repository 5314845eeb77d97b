//! The rounds: sell, kill one of the three, start it again.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_central::store::suite::PrivatePostgres;
use selvedge_tests::shop::quick_folder;

use crate::check::{self, Sold};
use crate::dice::Dice;
use crate::process::{Central, Till, ask_central, awaits};
use crate::proxy::Proxy;

const COMPANY: &str = include_str!("company.toml");
const TILLS: [&str; 2] = ["01", "02"];
/// Sales of each till before the first kill: both have joined and sell.
const FIRST: usize = 3;

/// Central: its replicas, the store that they share, and the server of that store where it has one.
struct Centre {
    store: String,
    replicas: Vec<Option<Central>>,
    server: Option<PrivatePostgres>,
}

impl Centre {
    fn start(folder: &Path, postgres: bool) -> Result<Self> {
        let server =
            if postgres { Some(PrivatePostgres::start().context("PostgreSQL is not installed")?) } else { None };
        let store = match &server {
            Some(server) => server.database(None),
            None => format!("sqlite:{}", folder.join("central.db").display()),
        };
        let file = folder.join("company.toml");
        std::fs::write(&file, COMPANY)?;
        ask_central(&["init", &file.to_string_lossy(), "--store", &store])?;
        let replicas =
            (0..if postgres { 2 } else { 1 }).map(|_| Central::start(&store).map(Some)).collect::<Result<_>>()?;
        Ok(Centre { store, replicas, server })
    }

    fn addresses(&self) -> Vec<String> {
        self.replicas.iter().flatten().map(|central| central.address.clone()).collect()
    }

    /// Kills one of its processes and starts it again.
    fn kill(&mut self, victim: usize, off: Duration) -> Result<()> {
        if let Some(replica) = self.replicas.get_mut(victim) {
            replica.take().context("a replica")?.kill();
            sleep(off);
            *replica = Some(Central::start(&self.store)?);
        } else if let Some(server) = &mut self.server {
            server.kill();
            sleep(off);
            server.begin();
        }
        Ok(())
    }

    fn processes(&self) -> usize {
        self.replicas.len() + usize::from(self.server.is_some())
    }
}

/// Runs the rounds and the checks.
pub fn run(rounds: u32, seed: u64, postgres: bool) -> Result<()> {
    let folder = quick_folder();
    let mut centre = Centre::start(folder.path(), postgres)?;
    let proxy = Proxy::start(seed)?;
    proxy.leads_to(centre.addresses());

    let mut tills = Vec::new();
    for code in TILLS {
        let answer = ask_central(&["enrol", "--site", "main", "--till", code, "--store", &centre.store])?;
        let enrol = answer.split_whitespace().next_back().context("a code")?.to_owned();
        let sold = Sold { folder: folder.path().join(format!("till-{code}")), receipts: Arc::default() };
        let running = Till::start(&sold.folder, &proxy.url, &enrol, &sold.receipts)?;
        tills.push((sold, enrol, Some(running)));
    }
    for (sold, ..) in &tills {
        awaits("a till that has joined sells", || count(&sold.receipts) >= FIRST)?;
    }
    proxy.set_calm(false);
    let mut dice = Dice(seed ^ 0x5ee0);
    for round in 0..rounds {
        sleep(Duration::from_millis(30 + dice.below(120)));
        let victim = usize::try_from(round)? % (tills.len() + centre.processes());
        match tills.get_mut(victim) {
            Some((sold, enrol, running)) => {
                running.take().context("a till")?.kill()?;
                *running = Some(Till::start(&sold.folder, &proxy.url, enrol, &sold.receipts)?);
            }
            None => {
                centre.kill(victim - TILLS.len(), Duration::from_millis(dice.below(200)))?;
                proxy.leads_to(centre.addresses());
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
    for replica in &mut centre.replicas {
        replica.take().context("a replica")?.kill();
    }
    let sold: Vec<Sold> = tills.into_iter().map(|(sold, ..)| sold).collect();
    let sales = check::check(&centre.store, &sold)?;
    let faults = proxy.faults();
    println!("{rounds} rounds, {sales} sales, {faults} faults of the network: nothing is missing, nothing is double");
    Ok(())
}

fn count(receipts: &Mutex<Vec<String>>) -> usize {
    receipts.lock().unwrap_or_else(PoisonError::into_inner).len()
}
