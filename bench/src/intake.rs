//! Journals that come in at a central on PostgreSQL, beside the same rows written by hand into the same tables of the
//! same server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use selvedge_central::store::postgres::{At, PostgresStore};
use selvedge_central::store::suite::{Bench, NOW_MS, PrivatePostgres, TestStation};
use selvedge_central::store::{Store, StoreError};
use selvedge_domain::stock::ledger::{Movement, deltas};
use selvedge_protocol::demo::{DemoCompany, SEED};
use selvedge_protocol::journal::{Body, Entry, movements};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::Plan;
use crate::company::{SITE, runtime};
use crate::figure::{Figure, Goal, Unit, by_turns, timed};
use crate::products::Dice;

/// Stations that send at the same time.
const STATIONS: usize = 16;
/// Sales in each segment.
const SALES: usize = 250;
/// Sessions that write by hand, as many as central's.
const SESSIONS: usize = 2;
const TILL: &str = "04";

/// How long a sale takes when sixteen stations send their segments at once; none without PostgreSQL.
pub fn postgres(plan: &Plan) -> Result<Option<Figure>> {
    let Some(server) = PrivatePostgres::start() else { return Ok(None) };
    let runtime = runtime()?;
    let template = server.database(None);
    drop(runtime.block_on(stocked(&template))?);
    let address = server.database(Some(&template));
    let bench = runtime.block_on(stocked(&address))?;
    let mut senders = Vec::new();
    for _ in 0..STATIONS {
        senders.push(runtime.block_on(TestStation::joined(&bench, SITE, TILL)));
    }
    // What is written by hand lies in a database of its own, with the same stations.
    let bare = server.database(Some(&template));
    let mut hand = Hand::connect(&runtime, &bare)?;
    let mut writers = senders.clone();
    let demo = DemoCompany::new(SEED);
    let few = if plan.smoke { 2 } else { 8 };
    let (floor, ours) = by_turns(
        &Plan { samples: few, ..plan.clone() },
        |sample| {
            let batches = segments(&mut writers, &demo, sample)
                .chunks(STATIONS / SESSIONS)
                .map(rows_of)
                .collect::<Result<_>>()?;
            per_sale(timed(|| hand.write(&runtime, batches)))
        },
        |sample| {
            let segments = segments(&mut senders, &demo, sample);
            per_sale(timed(|| runtime.block_on(take_in(&bench.store, segments))))
        },
    )?;
    let wrong = runtime.block_on(bench.store.audit())?;
    ensure!(wrong.is_empty(), "central's books add up: {wrong:?}");
    let rate = |nanoseconds: u64| 1_000_000_000 / nanoseconds.max(1);
    Ok(Some(Figure {
        name: "central, journal intake, PostgreSQL: an entry",
        unit: Unit::Time,
        notes: vec![format!(
            "Intake from {STATIONS} stations at once, segments of {SALES} signed sales: {} entries a second, by hand {}; the \
             hand neither reads nor verifies what it writes.",
            rate(ours.p50),
            rate(floor.p50)
        )],
        ours,
        floor,
        floor_name: "the same rows by a batched insert and update in the same PostgreSQL, over as many sessions",
        goal: Goal::Rate(7),
    }))
}

async fn stocked(address: &str) -> Result<Bench> {
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(At::new(address)?).await?);
    Ok(Bench::of(store, SEED).await)
}

fn per_sale(took: Result<Duration>) -> Result<Duration> {
    Ok(took? / u32::try_from(STATIONS * SALES)?)
}

/// The next segment of each station.
fn segments(stations: &mut [TestStation], demo: &DemoCompany, sample: usize) -> Vec<(Uuid, Vec<Entry>)> {
    let mut dice = Dice::new(u64::try_from(sample).unwrap_or(0));
    let most = u64::try_from(demo.products.len()).unwrap_or(1);
    let mut sells = |station: &mut TestStation| {
        let product = usize::try_from(dice.below(most)).unwrap_or(0);
        station.sells(&demo.products[product], 1)
    };
    stations.iter_mut().map(|station| (station.device, (0..SALES).map(|_| sells(station)).collect())).collect()
}

async fn take_in(store: &Arc<dyn Store>, segments: Vec<(Uuid, Vec<Entry>)>) -> Result<()> {
    let mut all = JoinSet::new();
    for (device, entries) in segments {
        let store = Arc::clone(store);
        all.spawn(async move { store.take(device, entries, NOW_MS).await });
    }
    while let Some(taken) = all.join_next().await {
        let taken = taken?.map_err(|error: StoreError| anyhow::anyhow!("{error}"))?;
        ensure!(taken.new == SALES && taken.problems.is_empty(), "all is taken: {:?}", taken.problems);
    }
    Ok(())
}

/// What a few segments become in the tables, found out before the clock runs.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    movements: Vec<(Uuid, Movement)>,
    balances: BTreeMap<(Uuid, String), i64>,
    heads: BTreeMap<Uuid, (i64, Vec<u8>)>,
}

fn rows_of(segments: &[(Uuid, Vec<Entry>)]) -> Result<Batch> {
    let mut batch = Batch::default();
    for entry in segments.iter().flat_map(|(_, entries)| entries) {
        // A floor that left rows out would be too quick.
        for movement in movements(&Body::decode(&entry.body)?)? {
            for (account, quantity) in deltas(&movement) {
                *batch.balances.entry((movement.product.0, account.key())).or_default() += quantity.thousandths();
            }
            batch.movements.push((entry.id.generation, movement));
        }
        let sequence = i64::try_from(entry.id.sequence).unwrap_or(i64::MAX);
        batch.heads.insert(entry.id.generation, (sequence, entry.hash.0.to_vec()));
        batch.entries.push(entry.clone());
    }
    Ok(batch)
}

/// Sessions that write by hand.
struct Hand(Vec<Client>);

impl Hand {
    fn connect(runtime: &Runtime, address: &str) -> Result<Self> {
        let mut sessions = Vec::new();
        for _ in 0..SESSIONS {
            let (client, connection) = runtime.block_on(tokio_postgres::connect(address, NoTls))?;
            runtime.spawn(connection);
            sessions.push(client);
        }
        Ok(Hand(sessions))
    }

    /// Each session writes a batch in one transaction, all at the same time.
    fn write(&mut self, runtime: &Runtime, batches: Vec<Batch>) -> Result<()> {
        runtime.block_on(async {
            let mut all = JoinSet::new();
            for (mut client, batch) in self.0.drain(..).zip(batches) {
                all.spawn(async move { insert(&mut client, &batch).await.map(|()| client) });
            }
            while let Some(done) = all.join_next().await {
                self.0.push(done??);
            }
            ensure!(self.0.len() == SESSIONS, "every session goes on");
            Ok(())
        })
    }
}

/// The rows of a batch, as somebody writes them who knows that all is well.
async fn insert(client: &mut Client, batch: &Batch) -> Result<()> {
    let tx = client.transaction().await?;
    let entries = &batch.entries;
    let devices: Vec<Uuid> = entries.iter().map(|one| one.id.device).collect();
    let generations: Vec<Uuid> = entries.iter().map(|one| one.id.generation).collect();
    let sequences = entries.iter().map(|one| i64::try_from(one.id.sequence)).collect::<Result<Vec<_>, _>>()?;
    let bytes = |of: fn(&Entry) -> &[u8]| entries.iter().map(of).collect::<Vec<_>>();
    let sql = "INSERT INTO entry (device, generation, sequence, branch, format, previous, body, hash, signature, kind,
                                  state, sender, received_ms)
         SELECT device, generation, sequence, 0, 0, previous, body, hash, signature, 'sale', 'applied', device, $8
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])
              AS row (device, generation, sequence, previous, body, hash, signature)
         RETURNING number";
    let rows = tx
        .query(
            &tx.prepare(sql).await?,
            &[
                &devices,
                &generations,
                &sequences,
                &bytes(|one| &one.previous.0),
                &bytes(|one| one.body.as_bytes()),
                &bytes(|one| &one.hash.0),
                &bytes(|one| &one.signature.0),
                &NOW_MS,
            ],
        )
        .await?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    // A sale of one line has one movement.
    ensure!(numbers.len() == batch.movements.len(), "a movement for each entry");
    move_stock(&tx, batch, &numbers).await?;
    let of: Vec<Uuid> = batch.heads.keys().copied().collect();
    let at: Vec<i64> = batch.heads.values().map(|(sequence, _)| *sequence).collect();
    let hashes: Vec<&[u8]> = batch.heads.values().map(|(_, hash)| hash.as_slice()).collect();
    tx.execute(
        "INSERT INTO branch (generation, branch, sequence, hash)
         SELECT generation, 0, sequence, hash FROM unnest($1::uuid[], $2::bigint[], $3::bytea[])
              AS row (generation, sequence, hash)
         ON CONFLICT (generation, branch) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
        &[&of, &at, &hashes],
    )
    .await?;
    Ok(tx.commit().await?)
}

async fn move_stock(tx: &tokio_postgres::Transaction<'_>, batch: &Batch, numbers: &[i64]) -> Result<()> {
    let moved = &batch.movements;
    let ids: Vec<Uuid> = moved.iter().map(|(_, one)| one.id.0).collect();
    let products: Vec<Uuid> = moved.iter().map(|(_, one)| one.product.0).collect();
    let keys = |of: fn(&Movement) -> String| moved.iter().map(|(_, one)| of(one)).collect::<Vec<_>>();
    let figures = |of: fn(&Movement) -> i64| moved.iter().map(|(_, one)| of(one)).collect::<Vec<_>>();
    tx.execute(
        "INSERT INTO movement (id, entry, product, from_account, to_account, lot, quantity, from_ms, to_ms, reason)
         SELECT id, entry, product, from_account, to_account, NULL, quantity, from_ms, to_ms, 'sale'
         FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                     $8::bigint[])
              AS row (id, entry, product, from_account, to_account, quantity, from_ms, to_ms)",
        &[
            &ids,
            &numbers,
            &products,
            &keys(|one| one.from.key()),
            &keys(|one| one.to.key()),
            &figures(|one| one.quantity.thousandths()),
            &figures(|one| one.interval.from_ms),
            &figures(|one| one.interval.to_ms),
        ],
    )
    .await?;
    let products: Vec<Uuid> = batch.balances.keys().map(|(product, _)| *product).collect();
    let accounts: Vec<&str> = batch.balances.keys().map(|(_, account)| account.as_str()).collect();
    let changes: Vec<i64> = batch.balances.values().copied().collect();
    tx.execute(
        "WITH mark AS (UPDATE head SET number = number + cardinality($1::uuid[]) WHERE what = 'balance' RETURNING number)
         INSERT INTO balance (product, account, quantity, changed)
         SELECT product, account, change, (SELECT number FROM mark) - cardinality($1::uuid[]) + place
         FROM unnest($1::uuid[], $2::text[], $3::bigint[]) WITH ORDINALITY AS row (product, account, change, place)
         ORDER BY place
         ON CONFLICT (product, account) DO UPDATE
             SET quantity = balance.quantity + excluded.quantity, changed = excluded.changed",
        &[&products, &accounts, &changes],
    )
    .await
    .context("balances change")?;
    Ok(())
}
