//! The built app in a real window on a display of its own, on an enrolled station with all products and its central,
//! beside the same shell with an empty window.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use selvedge_e2e::shop::Shop;
use selvedge_e2e::{Display, Station, Window, process, programs, till};
use selvedge_protocol::demo::{DemoCompany, SEED};
use selvedge_store::Store;

use crate::figure::{Figure, Goal, Spread, Unit};
use crate::products::Products;
use crate::{Plan, behind, feed};

/// A customer's basket; after it comes the next sale.
const BASKET: usize = 10;
const FRAME_NS: u64 = 16_000_000;
const MEMORY_ABOVE_BYTES: u64 = 60_000_000;
const EMPTY_WINDOW: &str = "the same shell with an empty window";

/// When the page painted first, and what time it is, in whole microseconds.
const PAINTED: &str = "const mark = performance.getEntriesByName('selvedge-painted')[0];
    return mark ? Math.round((performance.now() - mark.startTime) * 1000) : null";
/// The page's measure of a scan: from its last key until the second frame with its line.
const SCAN: &str = "selvedge-scan";
/// A command that does nothing, there and back; a change of the page, and its second frame.
const ROUND_TRIP: &str = "bench-round-trip";
const BEGIN_ROUND_TRIP: &str = "const start = performance.now();
    const done = () => {
        document.documentElement.dataset.bench = start;
        requestAnimationFrame(() => requestAnimationFrame(
            () => performance.measure('bench-round-trip', { start, end: performance.now() })));
    };
    window.__TAURI_INTERNALS__.invoke('dispatch', { name: 'nothing', payload: null }).then(done, done)";

/// Whether there is a built app to be measured.
pub fn is_built() -> Result<()> {
    programs::find("selvedge").and_then(|_| programs::find("selvedge-central")).map(drop)
}

/// A shop whose till has joined, knows all products, is open, and has somebody signed in.
pub fn shop(data: &Path, products: &Products) -> Result<Shop> {
    let shop = Shop::set_up_in(data)?;
    shop.till()?.close()?;
    feed::stock(&Store::open(data)?, products)?;
    Ok(shop)
}

/// From the last key of the wedge to the second frame with the line, while central's changes arrive.
pub fn scan_to_paint(plan: &Plan, shop: &Shop, products: &Products, folder: &Path) -> Result<Figure> {
    let (rounds, samples) = if plan.smoke { (1, BASKET) } else { (plan.rounds, 4 * BASKET) };
    let window = shop.till()?;
    let imports = behind::imports(shop.central.store(), DemoCompany::new(SEED).products, folder.join("changes.tsv"));
    let mut taken: [Vec<Vec<u64>>; 2] = [Vec::new(), Vec::new()];
    let mut sold = 0;
    // The first round warms up and is not kept.
    for round in 0..=rounds {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let measured = if which == 0 {
                measures(&window, ROUND_TRIP, samples, |_| window.script(BEGIN_ROUND_TRIP, vec![]).map(drop))?
            } else {
                measures(&window, SCAN, samples, |sample| {
                    if sample > 0 && sample % BASKET == 0 {
                        next_sale(&window)?;
                    }
                    sold += 1;
                    window.scan(&products.sold(sold).product.gtins[0])
                })?
            };
            if which == 1 {
                next_sale(&window)?;
            }
            if round > 0 {
                taken[which].push(measured);
            }
        }
    }
    imports.stop();
    window.close()?;
    let [mut floor, mut ours] = taken;
    Ok(Figure {
        name: "scan: barcode in, line painted in the window",
        unit: Unit::Time,
        ours: Spread::of(&mut ours),
        floor: Spread::of(&mut floor),
        floor_name: "an empty command's round trip, painted",
        goal: Goal::P99Above(FRAME_NS),
        notes: Vec::new(),
    })
}

fn next_sale(window: &Window) -> Result<()> {
    till::pay_exactly(window)?;
    till::next(window)
}

/// Does something so many times that the page measures under a name, each time after the last was measured.
fn measures(
    window: &Window,
    name: &str,
    samples: usize,
    mut begin: impl FnMut(usize) -> Result<()>,
) -> Result<Vec<u64>> {
    window.script("performance.clearMeasures(arguments[0])", vec![name.into()])?;
    for sample in 0..samples {
        begin(sample)?;
        window.until(&format!("{name} is measured {} times", sample + 1), || {
            let count = "return performance.getEntriesByName(arguments[0]).length";
            Ok(window.script(count, vec![name.into()])?.as_u64() > u64::try_from(sample).ok())
        })?;
    }
    let all = "return performance.getEntriesByName(arguments[0]).map(e => Math.round(e.duration * 1000))";
    let values = window.script(all, vec![name.into()])?;
    let values = values.as_array().context("a list")?;
    values.iter().map(|value| value.as_u64().map(|us| us * 1_000).context("a whole number")).collect()
}

/// From the start of the process to the first paint of a till that sells; a scan then is taken.
pub fn start(plan: &Plan, shop: &Shop, products: &Products) -> Result<Figure> {
    let rounds = if plan.smoke { 1 } else { plan.rounds };
    let scanned = products.sold(0).product.gtins;
    let scanned: Vec<&str> = scanned.iter().map(String::as_str).collect();
    let empty = empty_station()?;
    let mut taken: [Vec<Vec<u64>>; 2] = [Vec::new(), Vec::new()];
    // The first ones read the programs from the disk and are not kept.
    for round in 0..=rounds {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let window = if which == 0 { empty.open(&shop.display)? } else { shop.station.open(&shop.display)? };
            let took = since_start(&window)?;
            if which == 1 {
                ensure!(window.is_shown("pay")?, "the till sells as soon as it is painted");
                till::scan_all(&window, &scanned)?;
            }
            window.close()?;
            if round > 0 {
                taken[which].push(vec![took]);
            }
        }
    }
    let [mut floor, mut ours] = taken;
    Ok(Figure {
        name: "start of the app to the first scan accepted",
        unit: Unit::Time,
        ours: Spread::of(&mut ours),
        floor: Spread::of(&mut floor),
        floor_name: EMPTY_WINDOW,
        goal: Goal::Tenths(12),
        notes: Vec::new(),
    })
}

/// Proportional memory of the process tree, 10 s after nobody touched it any more.
pub fn memory(plan: &Plan, shop: &Shop) -> Result<Figure> {
    let (rounds, idle) = if plan.smoke { (1, Duration::from_secs(2)) } else { (3, Duration::from_secs(12)) };
    let empty = empty_station()?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    let mut last = [BTreeMap::new(), BTreeMap::new()];
    for _ in 0..rounds {
        last = [idle_bytes(&empty, &shop.display, idle)?, idle_bytes(&shop.station, &shop.display, idle)?];
        floor.push(vec![last[0].values().sum()]);
        ours.push(vec![last[1].values().sum()]);
    }
    let processes: Vec<String> = last[1]
        .iter()
        .map(|(name, bytes)| {
            let beside = last[0].get(name).copied().unwrap_or(0);
            format!("{name} {} beside {}", bytes / 1_000_000, beside / 1_000_000)
        })
        .collect();
    Ok(Figure {
        name: "memory of the whole process tree, PSS, idle",
        unit: Unit::Memory,
        ours: Spread::of(&mut ours),
        floor: Spread::of(&mut floor),
        floor_name: EMPTY_WINDOW,
        goal: Goal::Above(MEMORY_ABOVE_BYTES),
        notes: vec![format!("Memory by process, MB: {}.", processes.join(", "))],
    })
}

fn empty_station() -> Result<Station> {
    Ok(Station::fresh()?.with_variable("SELVEDGE_EMPTY_WINDOW", "1"))
}

/// By the names of the processes.
fn idle_bytes(station: &Station, display: &Display, idle: Duration) -> Result<BTreeMap<String, u64>> {
    let mut app = station.start(display)?;
    sleep(idle);
    ensure!(app.is_running(), "the app stays open");
    let mut bytes: BTreeMap<String, u64> = BTreeMap::new();
    for id in std::iter::once(app.id()).chain(process::descendants(app.id())) {
        // A process that ended meanwhile has no memory.
        let Ok(rollup) = fs::read_to_string(format!("/proc/{id}/smaps_rollup")) else { continue };
        let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("a rollup has a Pss line")?;
        let kilobytes = pss.trim().trim_end_matches("kB").trim().parse::<u64>()?;
        let Ok(name) = fs::read_to_string(format!("/proc/{id}/comm")) else { continue };
        *bytes.entry(name.trim().to_owned()).or_default() += kilobytes * 1024;
    }
    app.end();
    Ok(bytes)
}

/// Nanoseconds between the start of the app's process and the page's first paint. The kernel counts hundredths.
fn since_start(window: &Window<'_>) -> Result<u64> {
    window.until("the page is painted", || Ok(window.script(PAINTED, vec![])?.is_u64()))?;
    let since_paint_us = window.script(PAINTED, vec![])?.as_u64().context("it was painted")?;
    let up = fs::read_to_string("/proc/uptime")?;
    let up = up.split_whitespace().next().context("the machine is up")?.replace('.', "").parse::<u64>()?;
    let stat = fs::read_to_string(format!("/proc/{}/stat", window.app()))?;
    let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
    let started = fields.split_whitespace().nth(19).context("a start time")?.parse::<u64>()?;
    Ok(((up.saturating_sub(started)) * 10_000).saturating_sub(since_paint_us) * 1_000)
}
