//! What central does for a fleet: a small one, played over real sockets by the fleet's own program, which says what it
//! found out. See `docs/sizing.md` for larger ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, params};
use selvedge_central::store::suite::TestStation;
use selvedge_domain::stock::ledger::{Movement, deltas};
use selvedge_protocol::demo::{DemoCompany, SEED};
use selvedge_protocol::journal::{Body, Entry, movements};
use serde_json::Value;

use crate::Plan;
use crate::company::SITE;
use crate::figure::{Figure, Goal, Spread, Unit};
use crate::floor;

const PROGRAM: &str = "selvedge-fleet";
/// Entries that are written by hand, and how many share a commit, as at central.
const BY_HAND: usize = 8_000;
const TOGETHER: usize = 1_000;

/// The rows of lookups, overload and storm.
pub fn rows(plan: &Plan, folder: &Path) -> Result<[Figure; 3]> {
    let found = play(plan, &folder.join("fleet.json"))?;
    Ok([lookups(&found["lookups"])?, overload(&found["overload"])?, storm(plan, &found["storm"], folder)?])
}

fn play(plan: &Plan, json: &Path) -> Result<Value> {
    let program = std::env::current_exe()?.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    ensure!(program.is_file(), "{} is not built", program.display());
    let mut fleet = Command::new(program);
    fleet.args(["load", "--scenes", "lookups,overload,storm", "--json"]).arg(json);
    if plan.smoke {
        fleet.arg("--smoke");
    } else {
        fleet.args(["--tills", "500", "--backlog", "80", "--sales", "20", "--seconds", "20"]);
    }
    // Its table is for people; here it goes beside ours.
    let status = fleet.stdout(Stdio::null()).status()?;
    ensure!(status.success(), "the fleet ended with {status}");
    Ok(serde_json::from_slice(&std::fs::read(json)?)?)
}

fn lookups(found: &Value) -> Result<Figure> {
    let (ours, floor) = (rates(&found["ours"])?, rates(&found["smallest"])?);
    let middle = |rates: &[u64]| rates.get(rates.len() / 2).copied().unwrap_or(0);
    let note = format!(
        "Lookups of what is available, over 32 connections, central on a half of the cores and who asks on the other: {} \
         a second, the smallest server {}.",
        middle(&ours),
        middle(&floor)
    );
    Ok(Figure {
        name: "central: a lookup of what is available, as many as can be",
        unit: Unit::Time,
        ours: each(&ours),
        floor: each(&floor),
        floor_name: "an answer of the same length by the smallest HTTP server, over the same sockets",
        goal: Goal::None,
        notes: vec![note],
    })
}

fn overload(found: &Value) -> Result<Figure> {
    let number = |name: &str| found[name].as_u64().with_context(|| format!("an overload has {name}"));
    let ms = |of: &str| found[of]["p99_us"].as_u64().map(|us| us / 1_000).with_context(|| format!("times of {of}"));
    let offered = number("offered")? * 10 / number("served")?.max(1);
    let note = format!(
        "Overload: {} lookups of stock are served in a second with nothing else, {}.{} times as many were asked; {} a \
         second got a right answer, {} a wrong one, the others were asked to come back (p99 {} ms). Sales beside it: \
         p99 {} ms. Well again after {} ms; central's memory {} MB at most.",
        number("served")?,
        offered / 10,
        offered % 10,
        number("right")?,
        number("wrong")?,
        ms("later")?,
        ms("sales")?,
        number("recovery_us")? / 1_000,
        number("peak_bytes")? / 1_000_000
    );
    Ok(Figure {
        name: "central: a right answer at ten times the load that it can serve",
        unit: Unit::Time,
        ours: seen(&found["crowded"])?,
        floor: seen(&found["alone"])?,
        floor_name: "the same lookups with nothing else",
        goal: Goal::P99(Duration::from_millis(50)),
        notes: vec![note],
    })
}

fn storm(plan: &Plan, found: &Value, folder: &Path) -> Result<Figure> {
    let number = |name: &str| found[name].as_u64().with_context(|| format!("a storm has {name}"));
    let (entries, took_ms) = (number("entries")?, number("took_ms")?);
    let each_ns = took_ms * 1_000_000 / entries.max(1);
    let live = &found["live"]["p99_us"].as_u64().context("live sales")?;
    let mut bare = Vec::new();
    for round in 0..plan.rounds.min(3) {
        bare.push(vec![by_hand(&folder.join(format!("storm-{round}.db")))?]);
    }
    let floor = Spread::of(&mut bare);
    let note = format!(
        "Storm: {} tills come back at once, {entries} entries are drained in {} s, {} a second, by hand {}; a live sale \
         meanwhile has a p99 of {} ms. The hand neither verifies nor answers anybody.",
        number("tills")?,
        took_ms / 1_000,
        1_000_000_000 / each_ns.max(1),
        1_000_000_000 / floor.p50.max(1),
        live / 1_000
    );
    Ok(Figure {
        name: "central: an entry drained after an outage, all tills at once",
        unit: Unit::Time,
        ours: Spread::of(&mut [vec![each_ns]]),
        floor,
        floor_name: "the same rows by hand into bare SQLite, a thousand entries a commit",
        goal: Goal::None,
        notes: vec![note],
    })
}

/// Writes entries, movements and balances into tables of a bare file; nanoseconds for each entry.
fn by_hand(file: &Path) -> Result<u64> {
    let demo = DemoCompany::new(SEED);
    let mut station = TestStation::new(demo.site(SITE).context("the demo has the site")?.clone(), 1);
    let entries: Vec<Entry> =
        (0..BY_HAND).map(|at| station.sells(&demo.products[at % demo.products.len()], 1)).collect();
    let of = |one: &Entry| -> Result<Vec<Movement>> { Ok(movements(&Body::decode(&one.body)?)?) };
    let moved: Vec<Vec<Movement>> = entries.iter().map(of).collect::<Result<_>>()?;
    let connection = floor::open(file)?;
    connection.execute_batch(
        "CREATE TABLE entry (number INTEGER PRIMARY KEY, device BLOB, generation BLOB, sequence INTEGER, previous BLOB,
             body TEXT, hash BLOB, signature BLOB, UNIQUE (generation, sequence));
         CREATE TABLE movement (id BLOB PRIMARY KEY, entry INTEGER, product BLOB, from_account TEXT, to_account TEXT,
             quantity INTEGER, from_ms INTEGER, to_ms INTEGER);
         CREATE TABLE balance (product BLOB, account TEXT, quantity INTEGER, PRIMARY KEY (product, account));",
    )?;
    let began = Instant::now();
    for (entries, moved) in entries.chunks(TOGETHER).zip(moved.chunks(TOGETHER)) {
        write(&connection, entries, moved)?;
    }
    let took = began.elapsed();
    Ok(u64::try_from(took.as_nanos())? / u64::try_from(BY_HAND)?)
}

fn write(connection: &Connection, entries: &[Entry], moved: &[Vec<Movement>]) -> Result<()> {
    let tx = connection.unchecked_transaction()?;
    let mut entry = tx.prepare_cached("INSERT INTO entry VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    let mut movement = tx.prepare_cached("INSERT INTO movement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let mut balance = tx.prepare_cached(
        "INSERT INTO balance VALUES (?1, ?2, ?3)
         ON CONFLICT (product, account) DO UPDATE SET quantity = quantity + excluded.quantity",
    )?;
    let mut changed: BTreeMap<(uuid::Uuid, String), i64> = BTreeMap::new();
    for (one, moved) in entries.iter().zip(moved) {
        entry.execute(params![
            one.id.device.as_bytes(),
            one.id.generation.as_bytes(),
            i64::try_from(one.id.sequence)?,
            one.previous.0,
            one.body,
            one.hash.0,
            one.signature.0
        ])?;
        let number = tx.last_insert_rowid();
        for one in moved {
            movement.execute(params![
                one.id.0.as_bytes(),
                number,
                one.product.0.as_bytes(),
                one.from.key(),
                one.to.key(),
                one.quantity.thousandths(),
                one.interval.from_ms,
                one.interval.to_ms
            ])?;
            for (account, quantity) in deltas(one) {
                *changed.entry((one.product.0, account.key())).or_default() += quantity.thousandths();
            }
        }
    }
    for ((product, account), quantity) in changed {
        balance.execute(params![product.as_bytes(), account, quantity])?;
    }
    drop((entry, movement, balance));
    Ok(tx.commit()?)
}

/// Sorted.
fn rates(found: &Value) -> Result<Vec<u64>> {
    let rates = found.as_array().context("rounds")?.iter();
    let mut rates: Vec<u64> = rates.map(|rate| rate.as_u64().context("a rate")).collect::<Result<_>>()?;
    rates.sort_unstable();
    Ok(rates)
}

/// The time that each takes at these rates, a round each.
fn each(rates: &[u64]) -> Spread {
    let mut rounds: Vec<Vec<u64>> = rates.iter().map(|rate| vec![1_000_000_000 / (*rate).max(1)]).collect();
    Spread::of(&mut rounds)
}

/// What was seen in one run.
fn seen(found: &Value) -> Result<Spread> {
    let time = |name: &str| found[name].as_u64().map(|us| us * 1_000).with_context(|| format!("a time {name}"));
    let (p50, p99) = (time("p50_us")?, time("p99_us")?);
    Ok(Spread { p50, p50_least: p50, p50_most: p50, p99, p99_least: p99, p99_most: p99 })
}
