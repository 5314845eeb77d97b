//! What the fleet goes through.

mod lookups;
mod overload;
mod storm;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::{PrivatePostgres, TestStation};
use selvedge_central::store::{ExportKind, Store};
use selvedge_protocol::v1::ProductV1;
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Plan;
use crate::centre::Centre;
use crate::company;
use crate::figures::{Times, row};
use crate::till::{Heard, Till};

/// How many lookups come with a sale: somebody looks before somebody buys. Half of them look at a site's stock, as a
/// till does, half at what may be promised of a product, as phones and web shops do.
const LOOKS: u64 = 4;
/// A payday's sales beside a normal hour's, over its length: the shop fills after work.
const PAYDAY: [u64; 12] = [1, 1, 2, 2, 3, 3, 4, 6, 8, 8, 5, 2];
/// Tills that are served at once where the order does not matter.
const LANES: usize = 8;

/// The tills, their central and its store.
pub struct Fleet {
    plan: Plan,
    store: String,
    tills: Arc<Vec<Mutex<Till>>>,
    products: Arc<Vec<ProductV1>>,
    centre: Option<Centre>,
    server: Option<PrivatePostgres>,
    _folder: TempDir,
}

/// All tills, in their order.
async fn joined(store: &Arc<dyn Store>, tills: usize) -> Result<Vec<TestStation>> {
    let mut all = JoinSet::new();
    for lane in 0..LANES {
        let store = Arc::clone(store);
        all.spawn(async move {
            let mut stations = Vec::new();
            for at in (lane..tills).step_by(LANES) {
                stations.push((at, company::join(&*store, at).await?));
            }
            anyhow::Ok(stations)
        });
    }
    let mut stations = Vec::new();
    while let Some(lane) = all.join_next().await {
        stations.append(&mut lane??);
    }
    stations.sort_unstable_by_key(|(at, _)| *at);
    Ok(stations.into_iter().map(|(_, station)| station).collect())
}

/// What came of a stretch of time.
#[derive(Default)]
struct Hour {
    sales: Times,
    looks: Times,
    available: Times,
    later: Times,
}

impl Fleet {
    /// A company, its tills and a central that serves.
    pub async fn open(plan: &Plan) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("selvedge-fleet-").tempdir()?;
        let server =
            plan.postgres.then(|| PrivatePostgres::start().context("PostgreSQL is not installed")).transpose()?;
        let store = match &server {
            Some(server) => server.database(None),
            None => format!("sqlite:{}", folder.path().join("central.db").display()),
        };
        let began = Instant::now();
        let (products, stations) = {
            let opened: Arc<dyn Store> = match &server {
                Some(_) => Arc::new(PostgresStore::open(At::new(&store)?).await?),
                None => Arc::new(SqliteStore::open(&folder.path().join("central.db"))?),
            };
            let products = company::set_up(&*opened, plan.tills).await?;
            (products, joined(&opened, plan.tills).await?)
        };
        eprintln!("{} tills have joined after {} s", plan.tills, began.elapsed().as_secs());
        let centre = Centre::start(&store, 0)?;
        let tills = stations.into_iter().map(|station| Mutex::new(Till::new(station, &centre.address))).collect();
        Ok(Fleet {
            plan: plan.clone(),
            store,
            tills: Arc::new(tills),
            products: Arc::new(products),
            centre: Some(centre),
            server,
            _folder: folder,
        })
    }

    /// A normal hour.
    pub async fn day(&mut self) -> Result<()> {
        self.sign_on().await?;
        let mut hour = self.sell(&[1], 1).await?;
        row(&format!("a normal hour, {} sales a second: sold to acknowledged", self.plan.sales), &hour.sales.said());
        row("a normal hour: a lookup of a site's stock", &hour.looks.said());
        row("a normal hour: a lookup of what is available", &hour.available.said());
        row("a normal hour: asked to come back", &hour.later.count().to_string());
        Ok(())
    }

    /// The hour after the wages came.
    pub async fn payday(&mut self) -> Result<()> {
        let mut hour = self.sell(&PAYDAY, 1).await?;
        let most = PAYDAY.iter().max().copied().unwrap_or(1) * self.plan.sales;
        row(&format!("a payday, up to {most} sales a second: sold to acknowledged"), &hour.sales.said());
        row("a payday: a lookup of a site's stock", &hour.looks.said());
        row("a payday: a lookup of what is available", &hour.available.said());
        row("a payday: asked to come back", &hour.later.count().to_string());
        Ok(())
    }

    /// Everything that was acknowledged is there, once.
    pub async fn close(mut self) -> Result<()> {
        if let Some(centre) = self.centre.take() {
            centre.kill()?;
        }
        let mut sold = 0;
        for till in self.tills.iter() {
            let till = till.lock().await;
            ensure!(till.is_done(), "a till still has something to send");
            sold += till.acknowledged();
        }
        let store: Box<dyn Store> = match &self.server {
            Some(_) => Box::new(PostgresStore::open(At::new(&self.store)?).await?),
            None => Box::new(SqliteStore::open(self.store.trim_start_matches("sqlite:").as_ref())?),
        };
        let mut there = 0;
        let mut after = 0;
        loop {
            let page = store.export(ExportKind::Sales, after, 1_000).await?;
            there += u64::try_from(page.lines.len())?;
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        ensure!(there == sold, "{sold} sales were acknowledged, central has {there}");
        row("sales in all, each of them at central once", &sold.to_string());
        Ok(())
    }

    /// Every till has a token.
    async fn sign_on(&self) -> Result<()> {
        let mut all = JoinSet::new();
        for lane in 0..LANES.min(self.tills.len()) {
            let (tills, products) = (Arc::clone(&self.tills), Arc::clone(&self.products));
            all.spawn(async move {
                for till in tills.iter().skip(lane).step_by(LANES) {
                    let mut times = Hour::default();
                    while times.looks.count() == 0 {
                        finish_look(till, &mut times, Instant::now(), &products[0]).await?;
                    }
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = all.join_next().await {
            done??;
        }
        Ok(())
    }

    /// Sales and lookups at given times, whatever is answered, of every `among`th till; the rate follows a shape over the
    /// seconds of the plan.
    async fn sell(&self, shape: &[u64], among: usize) -> Result<Hour> {
        let hour = Arc::new(Mutex::new(Hour::default()));
        let mut all = JoinSet::new();
        let length = Duration::from_secs(self.plan.seconds) / u32::try_from(shape.len())?;
        let began = Instant::now();
        let mut at = 0_usize;
        for (part, times) in shape.iter().enumerate() {
            let start = began + length * u32::try_from(part)?;
            let sales = u64::try_from(length.as_millis())? * self.plan.sales * times / 1_000;
            for one in 0..sales {
                let due = start + length * u32::try_from(one)? / u32::try_from(sales)?;
                sleep_until(due).await;
                for look in 0..=LOOKS / 2 {
                    at = (at + among) % self.tills.len().next_multiple_of(among);
                    let at = at.min(self.tills.len() - 1) / among * among;
                    let (tills, hour, products) =
                        (Arc::clone(&self.tills), Arc::clone(&hour), Arc::clone(&self.products));
                    all.spawn(async move {
                        let mut times = Hour::default();
                        if look == 0 {
                            tills[at].lock().await.sell(1);
                            finish_sale(&tills[at], &mut times, due, &products[at % products.len()]).await?;
                        } else {
                            finish_look(&tills[at], &mut times, due, &products[at % products.len()]).await?;
                        }
                        let mut hour = hour.lock().await;
                        times.sales.drain_into(&mut hour.sales);
                        times.looks.drain_into(&mut hour.looks);
                        times.available.drain_into(&mut hour.available);
                        times.later.drain_into(&mut hour.later);
                        anyhow::Ok(())
                    });
                }
                while let Some(done) = all.try_join_next() {
                    done??;
                }
            }
        }
        while let Some(done) = all.join_next().await {
            done??;
        }
        let mut hour = hour.lock().await;
        Ok(std::mem::take(&mut *hour))
    }
}

async fn finish_sale(till: &Mutex<Till>, times: &mut Hour, due: Instant, product: &ProductV1) -> Result<()> {
    let mut till = till.lock().await;
    while !till.is_done() {
        let asked = Instant::now();
        if let Heard::Later(after) = till.send(product).await? {
            times.later.add(asked.elapsed());
            sleep(after).await;
        }
    }
    times.sales.add(due.elapsed());
    Ok(())
}

/// Looks at the site's stock, and at what may be promised of a product.
async fn finish_look(till: &Mutex<Till>, times: &mut Hour, due: Instant, product: &ProductV1) -> Result<()> {
    let mut till = till.lock().await;
    let asked = Instant::now();
    match till.look().await? {
        Heard::Well(()) => times.looks.add(due.elapsed()),
        Heard::Later(_) => times.later.add(asked.elapsed()),
    }
    let asked = Instant::now();
    match till.look_available(product).await? {
        Heard::Well(_) => times.available.add(asked.elapsed()),
        Heard::Later(_) => times.later.add(asked.elapsed()),
    }
    Ok(())
}
