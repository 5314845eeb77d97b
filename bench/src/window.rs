//! The built app in a real window on a display of its own, beside the same shell with an empty one.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use selvedge_e2e::shop::Shop;
use selvedge_e2e::{Display, Station, Window, process, programs, till};

use crate::Plan;
use crate::figure::{Figure, Goal, Spread, Unit};

const PATIENCE: Duration = Duration::from_secs(20);
/// A customer's basket; after it comes the next sale.
const BASKET: usize = 10;
const FRAME_NS: u64 = 16_000_000;
const MEMORY_ABOVE_BYTES: u64 = 60_000_000;
const EMPTY_WINDOW: &str = "the same shell with an empty window";

/// When the page painted first, and what time it is, in whole microseconds.
const PAINTED: &str = "const mark = performance.getEntriesByName('selvedge-painted')[0];
    return mark ? Math.round((performance.now() - mark.startTime) * 1000) : null";
/// How long each scan took until its line was painted.
const SCANS: &str = "return performance.getEntriesByName('selvedge-scan').map(e => Math.round(e.duration * 1000))";
/// A command that does nothing, there and back; a change of the page, and its second frame.
const ROUND_TRIP: &str = "const start = performance.now();
    const done = () => {
        document.documentElement.dataset.bench = start;
        requestAnimationFrame(() => requestAnimationFrame(
            () => performance.measure('bench-round-trip', { start, end: performance.now() })));
    };
    window.__TAURI_INTERNALS__.invoke('dispatch', { name: 'nothing', payload: null }).then(done, done)";
const ROUND_TRIPS: &str =
    "return performance.getEntriesByName('bench-round-trip').map(e => Math.round(e.duration * 1000))";

/// Whether there is a built app to be measured.
pub fn is_built() -> Result<()> {
    programs::find("selvedge").and_then(|_| programs::find("selvedge-central")).map(drop)
}

/// All three rows.
pub fn figures(plan: &Plan) -> Result<Vec<Figure>> {
    let shop = Shop::set_up()?;
    let painted = scan_to_paint(plan, &shop)?;
    let start = start(plan, &shop)?;
    let memory = memory(plan, &shop)?;
    Ok(vec![painted, start, memory])
}

/// From the last key of the wedge to the second frame with the line.
fn scan_to_paint(plan: &Plan, shop: &Shop) -> Result<Figure> {
    let (rounds, samples) = if plan.smoke { (1, BASKET) } else { (plan.rounds, 5 * BASKET) };
    let window = shop.till()?;
    let gtins = shop.gtins();
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    // The first round warms up and is not kept.
    for round in 0..=rounds {
        let before = (micros(&window, ROUND_TRIPS)?.len(), micros(&window, SCANS)?.len());
        for sample in 0..samples {
            window.script(ROUND_TRIP, vec![])?;
            wait_for(&window, ROUND_TRIPS, before.0 + sample + 1)?;
        }
        for sample in 0..samples {
            window.scan(gtins[sample % gtins.len()])?;
            wait_for(&window, SCANS, before.1 + sample + 1)?;
            if sample % BASKET == BASKET - 1 {
                till::pay_exactly(&window)?;
                till::next(&window)?;
            }
        }
        if round > 0 {
            floor.push(micros(&window, ROUND_TRIPS)?.split_off(before.0));
            ours.push(micros(&window, SCANS)?.split_off(before.1));
        }
    }
    window.close()?;
    Ok(Figure {
        name: "scan: barcode in, line painted in the window",
        unit: Unit::Time,
        ours: Spread::of(&mut ours),
        floor: Spread::of(&mut floor),
        floor_name: "an empty command's round trip, painted",
        goal: Goal::P99Above(FRAME_NS),
        notes: vec!["The rows with a window are measured on the demo company, not on a million products.".to_owned()],
    })
}

/// From the start of the process to the first paint of a till that sells; a scan then is taken.
fn start(plan: &Plan, shop: &Shop) -> Result<Figure> {
    let rounds = if plan.smoke { 1 } else { plan.rounds };
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..=rounds {
        let empty = empty_station()?;
        let window = empty.open(&shop.display)?;
        floor.push(vec![since_start(&window)?]);
        window.close()?;
        let window = shop.station.open(&shop.display)?;
        window.wait_for("pay")?;
        ours.push(vec![since_start(&window)?]);
        till::scan_all(&window, &shop.gtins()[..1])?;
        window.close()?;
    }
    // The first one reads the programs from the disk.
    Ok(Figure {
        name: "start of the app to the first scan accepted",
        unit: Unit::Time,
        ours: Spread::of(&mut ours[1..]),
        floor: Spread::of(&mut floor[1..]),
        floor_name: EMPTY_WINDOW,
        goal: Goal::Tenths(12),
        notes: Vec::new(),
    })
}

/// Proportional memory of the process tree, 10 s after nobody touched it any more.
fn memory(plan: &Plan, shop: &Shop) -> Result<Figure> {
    let (rounds, idle) = if plan.smoke { (1, Duration::from_secs(2)) } else { (3, Duration::from_secs(12)) };
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floor.push(vec![idle_bytes(&empty_station()?, &shop.display, idle)?]);
        ours.push(vec![idle_bytes(&shop.station, &shop.display, idle)?]);
    }
    Ok(Figure {
        name: "memory of the whole process tree, PSS, idle",
        unit: Unit::Memory,
        ours: Spread::of(&mut ours),
        floor: Spread::of(&mut floor),
        floor_name: EMPTY_WINDOW,
        goal: Goal::Above(MEMORY_ABOVE_BYTES),
        notes: Vec::new(),
    })
}

fn empty_station() -> Result<Station> {
    Ok(Station::fresh()?.with_variable("SELVEDGE_EMPTY_WINDOW", "1"))
}

fn idle_bytes(station: &Station, display: &Display, idle: Duration) -> Result<u64> {
    let mut app = station.start(display)?;
    sleep(idle);
    ensure!(app.is_running(), "the app stays open");
    let mut kilobytes = 0;
    for id in std::iter::once(app.id()).chain(process::descendants(app.id())) {
        // A process that ended meanwhile has no memory.
        let Ok(rollup) = fs::read_to_string(format!("/proc/{id}/smaps_rollup")) else { continue };
        let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("a rollup has a Pss line")?;
        kilobytes += pss.trim().trim_end_matches("kB").trim().parse::<u64>()?;
    }
    app.end();
    Ok(kilobytes * 1024)
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

/// Values of the page's timeline, in nanoseconds.
fn micros(window: &Window<'_>, script: &str) -> Result<Vec<u64>> {
    let values = window.script(script, vec![])?;
    let values = values.as_array().context("a list")?;
    values.iter().map(|value| value.as_u64().map(|us| us * 1_000).context("a whole number")).collect()
}

fn wait_for(window: &Window<'_>, script: &str, count: usize) -> Result<()> {
    let start = Instant::now();
    while micros(window, script)?.len() < count {
        ensure!(start.elapsed() < PATIENCE, "{count} are expected in the page's timeline");
        sleep(Duration::from_millis(5));
    }
    Ok(())
}
