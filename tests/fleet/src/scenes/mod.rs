//! What the fleet goes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::suite::PrivatePostgres;
use selvedge_central::store::{ExportKind, Store};
use selvedge_protocol::v1::ProductV1;
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Plan;
use crate::centre::Centre;
use crate::company;
use crate::figures::{Times, ms, row};
use crate::till::{Heard, Till};

/// How many lookups come with a sale: somebody looks before somebody buys.
const LOOKS: u64 = 4;
/// A payday's sales beside a normal hour's, over its length: the shop fills after work.
const PAYDAY: [u64; 12] = [1, 1, 2, 2, 3, 3, 4, 6, 8, 8, 5, 2];
/// A line that broke is tried again after this, and a little more for each till, as stations do.
const BROKEN: Duration = Duration::from_secs(2);
/// A good answer within this says that central has recovered.
const RECOVERED: Duration = Duration::from_millis(50);
/// Every tenth till sells and does not look up while others look up too much: a person does one thing at a time.
const APART: usize = 10;
/// Lookups in the air at once while it is measured how many can be served.
const CLOSED_LOOP: usize = 16;
/// Lookups in the air at once at most while there are too many, so that this side's memory is bounded, too.
const OPEN_LOOP: u64 = 2_000;

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

/// What came of a stretch of time.
#[derive(Default)]
struct Hour {
    sales: Times,
    looks: Times,
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
            let mut stations = Vec::new();
            for at in 0..plan.tills {
                stations.push(company::join(&*opened, at).await?);
            }
            (products, stations)
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
        row("a normal hour: a lookup", &hour.looks.said());
        row("a normal hour: asked to come back", &hour.later.count().to_string());
        Ok(())
    }

    /// The hour after the wages came.
    pub async fn payday(&mut self) -> Result<()> {
        let mut hour = self.sell(&PAYDAY, 1).await?;
        let most = PAYDAY.iter().max().copied().unwrap_or(1) * self.plan.sales;
        row(&format!("a payday, up to {most} sales a second: sold to acknowledged"), &hour.sales.said());
        row("a payday: a lookup", &hour.looks.said());
        row("a payday: asked to come back", &hour.later.count().to_string());
        Ok(())
    }

    /// More lookups than can be served, and the sales of a normal hour beside them.
    pub async fn overload(&mut self) -> Result<()> {
        let second = Duration::from_secs(self.plan.seconds.min(10));
        let served = self.capacity(second).await?;
        row("lookups that are served in a second, with nothing else", &served.to_string());
        let many = tokio::spawn(too_many(Arc::clone(&self.tills), served * 10, Duration::from_secs(self.plan.seconds)));
        let mut hour = self.sell(&[1], APART).await?;
        let (mut right, mut later, offered) = many.await??;
        let tenths = offered * 10 / (served * self.plan.seconds).max(1);
        row(
            &format!("overload, {}.{} times as many lookups: right answers", tenths / 10, tenths % 10),
            &format!("{} a second, {}", right.count() as u64 / self.plan.seconds, right.said()),
        );
        let away = if later.count() == 0 {
            "nobody".to_owned()
        } else {
            format!("{} in all, {}", later.count(), later.said())
        };
        row("overload: asked to come back, and how soon told", &away);
        row("overload: sales beside it, sold to acknowledged", &hour.sales.said());
        row("overload: well again after", &ms(self.recovery().await?));
        let peak = self.centre.as_ref().context("central")?.peak_bytes()?;
        row("central's memory, the most so far", &format!("{} MB", peak / 1_000_000));
        Ok(())
    }

    /// Central was away, every till has sold meanwhile, and all come back in the same second.
    pub async fn storm(&mut self) -> Result<()> {
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
        let took = began.elapsed();
        let entries = self.plan.backlog * u64::try_from(self.tills.len())?;
        row(
            &format!(
                "{} tills come back at once with {} entries each: all drained",
                self.tills.len(),
                self.plan.backlog
            ),
            &format!(
                "{} s, {} entries a second",
                took.as_secs(),
                entries * 1_000 / u64::try_from(took.as_millis())?.max(1)
            ),
        );
        row("a till's own backlog is gone", &drained.said());
        row("a live sale during it, sold to acknowledged", &live.said());
        row("requests for each till", &(asked.load(Ordering::Relaxed) / u64::try_from(self.tills.len())?).to_string());
        let peak = self.centre.as_ref().context("central")?.peak_bytes()?;
        row("central's memory, the most", &format!("{} MB", peak / 1_000_000));
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

    async fn sign_on(&self) -> Result<()> {
        for at in 0..self.tills.len() {
            let mut times = Hour::default();
            finish_look(&self.tills[at], &mut times, Instant::now()).await?;
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
                for look in 0..=LOOKS {
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
                            finish_look(&tills[at], &mut times, due).await?;
                        }
                        let mut hour = hour.lock().await;
                        times.sales.drain_into(&mut hour.sales);
                        times.looks.drain_into(&mut hour.looks);
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

    /// Lookups a second when the next one is asked as soon as one is answered.
    async fn capacity(&self, length: Duration) -> Result<u64> {
        let until = Instant::now() + length;
        let mut all = JoinSet::new();
        for lane in 0..CLOSED_LOOP.min(self.tills.len()) {
            let tills = Arc::clone(&self.tills);
            all.spawn(async move {
                let (mut done, mut at) = (0, lane);
                while Instant::now() < until {
                    at = (at + CLOSED_LOOP) % tills.len();
                    match tills[at].lock().await.look().await? {
                        Heard::Well(()) => done += 1,
                        Heard::Later(after) => sleep(after.min(Duration::from_millis(50))).await,
                    }
                }
                anyhow::Ok(done)
            });
        }
        let mut done = 0;
        while let Some(lane) = all.join_next().await {
            done += lane??;
        }
        Ok(done * 1_000 / u64::try_from(length.as_millis())?.max(1))
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

/// Asks so many a second, whatever is answered: right answers, refusals, and how many were asked.
async fn too_many(tills: Arc<Vec<Mutex<Till>>>, a_second: u64, length: Duration) -> Result<(Times, Times, u64)> {
    let times = Arc::new(Mutex::new((Times::default(), Times::default())));
    let in_air = Arc::new(AtomicU64::new(0));
    let mut all = JoinSet::new();
    let began = Instant::now();
    let mut asked = 0_u64;
    let mut at = 0;
    while began.elapsed() < length {
        let due = u64::try_from(began.elapsed().as_micros())? * a_second / 1_000_000;
        if asked >= due || in_air.load(Ordering::Relaxed) >= OPEN_LOOP {
            sleep(Duration::from_millis(1)).await;
        } else {
            asked += 1;
            at = (at + 1) % tills.len();
            at += usize::from(at % APART == 0 && at + 1 < tills.len());
            let (tills, times, in_air) = (Arc::clone(&tills), Arc::clone(&times), Arc::clone(&in_air));
            in_air.fetch_add(1, Ordering::Relaxed);
            all.spawn(async move {
                let mut till = tills[at].lock().await;
                let sent = Instant::now();
                let heard = till.look().await;
                in_air.fetch_sub(1, Ordering::Relaxed);
                let mut times = times.lock().await;
                match heard? {
                    Heard::Well(()) => times.0.add(sent.elapsed()),
                    Heard::Later(_) => times.1.add(sent.elapsed()),
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = all.try_join_next() {
            done??;
        }
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    let mut times = times.lock().await;
    let (right, later) = std::mem::take(&mut *times);
    Ok((right, later, asked))
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

async fn finish_look(till: &Mutex<Till>, times: &mut Hour, due: Instant) -> Result<()> {
    let mut till = till.lock().await;
    let asked = Instant::now();
    match till.look().await? {
        Heard::Well(()) => times.looks.add(due.elapsed()),
        Heard::Later(_) => times.later.add(asked.elapsed()),
    }
    Ok(())
}
