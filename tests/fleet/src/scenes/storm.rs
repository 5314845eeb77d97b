//! Central was away for hours, and all tills come back in the same second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_protocol::v1::ProductV1;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Fleet;
use crate::centre::Centre;
use crate::figures::{Storm, Times, row};
use crate::till::{Heard, Till};

/// A line that broke is tried again after this, and a little more for each till, as stations do.
const BROKEN: Duration = Duration::from_secs(2);
/// A fleet for which it is calculated.
const MANY: u64 = 100_000;
/// How soon it shall be drained.
const WITHIN_S: u64 = 1_800;

impl Fleet {
    /// Central was away, every till has sold meanwhile, and all come back in the same second.
    pub async fn storm(&mut self) -> Result<Storm> {
        let centre = self.centre.take().context("central")?;
        let port = centre.port()?;
        centre.kill()?;
        for till in self.tills.iter() {
            let mut till = till.lock().await;
            till.drop_line();
            till.sell(self.plan.backlog);
        }
        self.centre = Some(Centre::start(&self.store, port)?);
        let began = Instant::now();
        let asked = Arc::new(AtomicU64::new(0));
        let mut all = JoinSet::new();
        for at in 0..self.tills.len() {
            let (tills, products, asked) = (Arc::clone(&self.tills), Arc::clone(&self.products), Arc::clone(&asked));
            // A till whose backlog is gone does not sell once more by itself; every hundredth does all the time.
            let live = at % 100 == 0;
            all.spawn(async move { come_back(&tills[at], at, &products, &asked, live).await });
        }
        let (mut drained, mut live) = (Times::default(), Times::default());
        while let Some(one) = all.join_next().await {
            let (time, sales) = one??;
            drained.add(time);
            sales.into_iter().for_each(|time| live.add(time));
        }
        let took_ms = u64::try_from(began.elapsed().as_millis())?.max(1);
        let tills = u64::try_from(self.tills.len())?;
        let found = Storm { tills, entries: self.plan.backlog * tills, took_ms, live: live.half_and_most() };
        let rate = found.entries * 1_000 / took_ms;
        row(
            &format!("{tills} tills come back at once with {} entries each: all drained", self.plan.backlog),
            &format!("{} s, {rate} entries a second", took_ms / 1_000),
        );
        row("a till's own backlog is gone", &drained.said());
        row("a live sale during it, sold to acknowledged", &live.said());
        row("requests for each till", &(asked.load(Ordering::Relaxed) / tills).to_string());
        let peak = self.centre.as_ref().context("central")?.peak_bytes()?;
        row("central's memory, the most", &format!("{} MB", peak / 1_000_000));
        for_more(self.plan.backlog, rate.max(1));
        Ok(found)
    }
}

/// What so many tills would take, by the rate that was measured.
fn for_more(backlog: u64, rate: u64) {
    let entries = MANY * backlog;
    let tenths = entries * 10 / rate / WITHIN_S;
    row(
        &format!("calculated: {MANY} tills with {backlog} entries each, at that rate"),
        &format!(
            "{} min; to be drained in {} min, {}.{} times these cores",
            entries / rate / 60,
            WITHIN_S / 60,
            tenths / 10,
            tenths % 10
        ),
    );
}

/// Sends all that a till has, as central says; the time that it took, and those of sales that it made meanwhile.
async fn come_back(
    till: &Mutex<Till>,
    at: usize,
    products: &[ProductV1],
    asked: &AtomicU64,
    live: bool,
) -> Result<(Duration, Vec<Duration>)> {
    let began = Instant::now();
    let product = &products[at % products.len()];
    let mut till = till.lock().await;
    let mut tries = 0_u32;
    while !till.is_done() {
        asked.fetch_add(1, Ordering::Relaxed);
        match till.send(product).await {
            Ok(Heard::Well(())) => tries = 0,
            Ok(Heard::Later(after)) => sleep(after).await,
            // Too many wanted a connection at once.
            Err(_) if tries < 20 => {
                tries += 1;
                till.drop_line();
                sleep(BROKEN + Duration::from_millis(u64::try_from(at % 2_000)?)).await;
            }
            Err(error) => return Err(error),
        }
    }
    let took = began.elapsed();
    let mut sales = Vec::new();
    if live {
        for _ in 0..10 {
            sleep(Duration::from_millis(500)).await;
            let sold = Instant::now();
            till.sell(1);
            while !till.is_done() {
                if let Heard::Later(after) = till.send(product).await? {
                    sleep(after).await;
                }
            }
            sales.push(sold.elapsed());
        }
    }
    Ok((took, sales))
}
