//! Ten times as many lookups of stock as can be served. A flood in a process of its own asks; this process looks from
//! outside how long a right answer takes, and sells beside it. Central has a half of the cores, the others the other.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::Fleet;
use super::lookups::CONNECTIONS;
use crate::cores::Apart;
use crate::figures::{Overload, Times, micros, ms, row};
use crate::flood::{Flood, Flooded, pour};
use crate::till::{BALANCES, BALANCES_RIGHT, Heard, Till};

/// As much as can be served, so often.
const TIMES: u64 = 10;
/// Every tenth till sells and does not look up while others look up too much: a person does one thing at a time.
const APART: usize = 10;
/// Lookups a second from outside.
const PROBES: u32 = 200;
/// Connections of the flood.
const LINES: usize = 1_000;
/// A good answer within this says that central has recovered.
const RECOVERED: Duration = Duration::from_millis(50);

/// What was seen from outside.
#[derive(Default)]
struct Seen {
    right: Times,
    later: Times,
}

impl Fleet {
    /// More lookups than can be served, and the sales of a normal hour beside them.
    pub async fn overload(&mut self) -> Result<Overload> {
        self.sign_on().await?;
        let seconds = self.plan.seconds;
        let apart = Apart::begin()?;
        let served = self.flood(CONNECTIONS, None, seconds.min(5)).await?;
        ensure!(served.wrong == 0, "{} answers were wrong", served.wrong);
        let served = served.a_second(served.right.count()).max(1);
        let mut alone = probe(Arc::clone(&self.tills), seconds.min(10)).await?;
        let flood = self.flood(LINES, Some(served * TIMES), seconds);
        let (flooded, seen, hour) =
            tokio::join!(flood, probe(Arc::clone(&self.tills), seconds), self.sell(&[1], APART));
        let recovery = self.recovery().await?;
        drop(apart);
        let (mut flooded, mut seen, mut hour) = (flooded?, seen?, hour?);
        ensure!(flooded.wrong == 0, "{} answers were wrong", flooded.wrong);
        let found = Overload {
            served,
            offered: flooded.a_second(flooded.sent),
            right: flooded.a_second(flooded.right.count()),
            wrong: flooded.wrong,
            alone: alone.right.half_and_most(),
            crowded: seen.right.half_and_most(),
            later: seen.later.half_and_most(),
            sales: hour.sales.half_and_most(),
            recovery_us: micros(recovery),
            peak_bytes: self.centre.as_ref().context("central")?.peak_bytes()?,
        };
        row("lookups of stock that are served in a second, with nothing else", &found.served.to_string());
        row("a lookup of stock, with nothing else", &alone.right.said());
        said(&found, &mut flooded, &mut seen);
        row("overload: sales beside it, sold to acknowledged", &hour.sales.said());
        row(
            "overload: of these tills, sales and lookups that were asked to come back",
            &hour.later.count().to_string(),
        );
        row("overload: well again after", &ms(recovery));
        row("central's memory, the most so far", &format!("{} MB", found.peak_bytes / 1_000_000));
        Ok(found)
    }

    async fn flood(&self, lines: usize, a_second: Option<u64>, seconds: u64) -> Result<Flooded> {
        let mut asks = Vec::new();
        // Those that sell are left alone.
        for (_, till) in self.tills.iter().enumerate().filter(|(at, _)| at % APART != 0) {
            asks.push(till.lock().await.asks(BALANCES).context("a token")?);
        }
        let address = self.centre.as_ref().context("central")?.address.clone();
        pour(&Flood { address, lines, asks, right: BALANCES_RIGHT.to_owned(), a_second, seconds }).await
    }

    /// How long until a lookup is answered well and soon.
    async fn recovery(&self) -> Result<Duration> {
        let began = Instant::now();
        for till in self.tills.iter().cycle() {
            let asked = Instant::now();
            match till.lock().await.look().await? {
                Heard::Well(()) if asked.elapsed() < RECOVERED => break,
                Heard::Well(()) => {}
                Heard::Later(_) => sleep(Duration::from_millis(20)).await,
            }
        }
        Ok(began.elapsed())
    }
}

fn said(found: &Overload, flooded: &mut Flooded, seen: &mut Seen) {
    let tenths = found.offered * 10 / found.served;
    row(
        &format!("overload, {}.{} times as many: offered", tenths / 10, tenths % 10),
        &format!(
            "{} a second; {} could not be sent, too many were unanswered",
            found.offered,
            flooded.a_second(flooded.held_back)
        ),
    );
    row("overload: right answers", &format!("{} a second, {}", found.right, flooded.right.said()));
    row("overload: a right answer, from outside", &format!("{} of {}", seen.right.said(), seen.right.count()));
    row(
        "overload: asked to come back",
        &format!("{} a second, {}", flooded.a_second(flooded.later.count()), flooded.later.said()),
    );
    row("overload: asked to come back, from outside", &format!("{} of {}", seen.later.said(), seen.later.count()));
    row("overload: wrong answers", &found.wrong.to_string());
}

/// Looks up so often as a second has it, whatever is answered; each answer is read and compared.
async fn probe(tills: Arc<Vec<Mutex<Till>>>, seconds: u64) -> Result<Seen> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut all = JoinSet::new();
    let began = Instant::now();
    let lookers: Vec<usize> = (0..tills.len()).filter(|at| at % APART != 0).collect();
    ensure!(!lookers.is_empty(), "a fleet has tills that look");
    for one in 0..u32::try_from(seconds)? * PROBES {
        let due = began + Duration::from_secs(1) * one / PROBES;
        sleep_until(due).await;
        let (tills, seen) = (Arc::clone(&tills), Arc::clone(&seen));
        let at = lookers[usize::try_from(one)? % lookers.len()];
        all.spawn(async move {
            let heard = tills[at].lock().await.look().await?;
            let took = due.elapsed();
            let mut seen = seen.lock().await;
            match heard {
                Heard::Well(()) => seen.right.add(took),
                Heard::Later(_) => seen.later.add(took),
            }
            anyhow::Ok(())
        });
        while let Some(done) = all.try_join_next() {
            done??;
        }
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    let mut seen = seen.lock().await;
    Ok(std::mem::take(&mut *seen))
}
