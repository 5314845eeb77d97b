//! Reservations of one hot product at a central on PostgreSQL, beside what has to change for one, by hand: a figure that
//! may not fall below zero, and a row that says who has it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::suite::{Bench, NOW_MS, PrivatePostgres};
use selvedge_central::store::{NewPromise, ProductPut, Put, Reserved, Store};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_protocol::demo::SEED;
use selvedge_protocol::v1::{ChannelV1, ProductV1, PromiseLineV1, PromiseRequest};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::Plan;
use crate::company::{SITE, runtime};
use crate::figure::{Figure, Goal, Unit, by_turns, timed};

/// Who ask at the same time.
const ASKING: usize = 32;
/// Reservations of each, one after the other.
const EACH: usize = 8;
/// More than anybody takes.
const PIECES: i64 = 100_000_000;

/// How long a reservation takes when many want the same product; none without PostgreSQL.
pub fn hot(plan: &Plan) -> Result<Option<Figure>> {
    let Some(server) = PrivatePostgres::start() else { return Ok(None) };
    let runtime = runtime()?;
    let address = server.database(None);
    let bench = runtime.block_on(async {
        let store: Arc<dyn Store> = Arc::new(PostgresStore::open(At::new(&address)?).await?);
        anyhow::Ok(Bench::of(store, SEED).await)
    })?;
    let product = runtime.block_on(stocked(&bench))?;
    let site = bench.demo.site(SITE).context("the demo has the site")?.id;
    let mut hand = Hand::connect(&runtime, &server.database(None))?;
    let few = if plan.smoke { 2 } else { 8 };
    let (floor, ours) = by_turns(
        &Plan { samples: few, ..plan.clone() },
        |_| each(timed(|| hand.reserve(&runtime))),
        |sample| each(timed(|| runtime.block_on(reserve(&bench.store, site, product.id, sample)))),
    )?;
    let all = runtime.block_on(bench.store.standings(vec![product.id]))?;
    let rounds = plan.rounds + 1;
    let taken = i64::try_from(rounds * few * ASKING * EACH)? * 1_000;
    ensure!(all.iter().any(|one| one.promised == taken), "what was promised is set aside, all of it and no more");
    let rate = |nanoseconds: u64| 1_000_000_000 / nanoseconds.max(1);
    let note = format!(
        "{ASKING} ask for the same product at once: {} reservations a second, by hand {}, each in a transaction of its \
         own. Central signs each, and tells it in its feed.",
        rate(ours.p50),
        rate(floor.p50)
    );
    Ok(Some(Figure {
        name: "central: a reservation on a hot product, PostgreSQL",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: "an update of the figure and a row for who has it, by hand in the same PostgreSQL",
        goal: Goal::None,
        notes: vec![note],
    }))
}

fn each(took: Result<Duration>) -> Result<Duration> {
    Ok(took? / u32::try_from(ASKING * EACH)?)
}

/// A product of which one site has a lot.
async fn stocked(bench: &Bench) -> Result<ProductV1> {
    let id = Machine.new_id();
    let product = ProductV1 { id, sku: format!("H-{id}"), gtins: Vec::new(), ..bench.demo.products[0].clone() };
    let floor = bench.demo.site(SITE).context("the demo has the site")?.locations[0].id;
    let stock = Put { place: Some(floor), figure: PIECES * 1_000, from_day: String::new(), day_before: String::new() };
    let put = ProductPut { product: product.clone(), price: None, stock: Some(stock) };
    bench.store.put_products(vec![put], false, NOW_MS).await?;
    Ok(product)
}

async fn reserve(store: &Arc<dyn Store>, site: Uuid, product: Uuid, sample: usize) -> Result<()> {
    let mut all = JoinSet::new();
    for who in 0..ASKING {
        let store = Arc::clone(store);
        all.spawn(async move {
            for one in 0..EACH {
                let line = PromiseLineV1 { product, quantity_thousandths: 1_000, allotment: None };
                let new = NewPromise {
                    channel: ChannelV1 { kind: "shop".to_owned(), who: "web".to_owned() },
                    key: format!("{sample}-{who}-{one}"),
                    request: PromiseRequest {
                        site,
                        kind: "reservation".to_owned(),
                        lines: vec![line],
                        reference: String::new(),
                        expires_in_s: Some(600),
                        due_ms: None,
                    },
                };
                let done = store.reserve(new, NOW_MS).await?;
                let Reserved::Promised(_) = done else { bail!("there is enough: {done:?}") };
            }
            Ok(())
        });
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    Ok(())
}

/// Sessions that reserve by hand.
struct Hand {
    sessions: Vec<Client>,
    product: Uuid,
}

impl Hand {
    fn connect(runtime: &Runtime, address: &str) -> Result<Self> {
        let product = Machine.new_id();
        let mut sessions = Vec::new();
        for _ in 0..ASKING {
            let (client, connection) = runtime.block_on(tokio_postgres::connect(address, NoTls))?;
            runtime.spawn(connection);
            sessions.push(client);
        }
        let tables = "CREATE TABLE stock (product uuid PRIMARY KEY, free bigint NOT NULL CHECK (free >= 0));
                      CREATE TABLE taken (id uuid PRIMARY KEY, product uuid NOT NULL, quantity bigint NOT NULL)";
        runtime.block_on(async {
            sessions[0].batch_execute(tables).await?;
            sessions[0].execute("INSERT INTO stock VALUES ($1, $2)", &[&product, &(PIECES * 1_000)]).await?;
            anyhow::Ok(())
        })?;
        Ok(Hand { sessions, product })
    }

    /// All sessions at the same time, each reservation in a transaction of its own.
    fn reserve(&mut self, runtime: &Runtime) -> Result<()> {
        let product = self.product;
        runtime.block_on(async {
            let mut all = JoinSet::new();
            for client in self.sessions.drain(..) {
                all.spawn(async move { by_hand(client, product).await });
            }
            while let Some(done) = all.join_next().await {
                self.sessions.push(done??);
            }
            ensure!(self.sessions.len() == ASKING, "every session goes on");
            Ok(())
        })
    }
}

async fn by_hand(mut client: Client, product: Uuid) -> Result<Client> {
    let less = client.prepare("UPDATE stock SET free = free - 1000 WHERE product = $1 AND free >= 1000").await?;
    let taken = client.prepare("INSERT INTO taken VALUES ($1, $2, 1000)").await?;
    for _ in 0..EACH {
        let tx = client.transaction().await?;
        // The row first that nobody else wants: the hot one is locked for as short as it can be.
        tx.execute(&taken, &[&Machine.new_id(), &product]).await?;
        ensure!(tx.execute(&less, &[&product]).await? == 1, "there is enough");
        tx.commit().await?;
    }
    Ok(client)
}
