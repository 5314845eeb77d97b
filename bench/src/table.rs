//! The table for people, and the same as JSON.

use serde_json::{Value, json};

use crate::figure::{Figure, Goal, Spread, Unit};

const HEAD: &str = "\
| figure | p50 (spread) | p99 (spread) | floor p50 | floor p99 | ratio p50 | goal |
| --- | --- | --- | --- | --- | --- | --- |
";

/// The README's table, and what is said under it. A smoke run has no goals: its figures are for nothing but themselves.
pub fn markdown(figures: &[Figure], notes: &[String], smoke: bool) -> String {
    let mut text = HEAD.to_owned();
    for figure in figures {
        let (ours, floor, unit) = (&figure.ours, &figure.floor, figure.unit);
        let cells = [
            figure.name.to_owned(),
            with_spread(unit, ours.p50, ours.p50_least, ours.p50_most),
            with_spread(unit, ours.p99, ours.p99_least, ours.p99_most),
            shown(unit, floor.p50),
            shown(unit, floor.p99),
            ratio(ours, floor),
            if smoke { "-".to_owned() } else { goal(figure) },
        ];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text.push('\n');
    for figure in figures {
        text.push_str(&format!("- {}: beside {}.\n", figure.name, figure.floor_name));
    }
    for note in figures.iter().flat_map(|figure| &figure.notes).chain(notes) {
        text.push_str(&format!("- {note}\n"));
    }
    text
}

const BEGIN: &str = "<!-- bench:begin -->\n";
const END: &str = "<!-- bench:end -->";

/// What stands in the README.
pub fn block(figures: &[Figure], products: u32, machine: &str) -> String {
    format!(
        "## Figures

`cargo xtask bench` at {} products, release build, each beside a floor measured in the same run, by turns: {machine}.
p50 and p99 are medians of rounds, with the least and the largest round.

{}
What is missed and why stands in `docs/performance.md`.
",
        with_commas(products),
        markdown(figures, &[], false)
    )
}

/// A text with another block between its marks; none where it has no marks.
pub fn put(text: &str, block: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{block}{END}{after}"))
}

/// `1,000,000`.
fn with_commas(number: u32) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// All figures, in nanoseconds or bytes.
pub fn json(figures: &[Figure], notes: &[String], products: u32) -> String {
    let rows: Vec<Value> = figures
        .iter()
        .map(|figure| {
            json!({
                "figure": figure.name,
                "unit": match figure.unit { Unit::Time => "ns", Unit::Memory => "bytes" },
                "ours": spread(&figure.ours),
                "floor": spread(&figure.floor),
                "floor_is": figure.floor_name,
                "met": met(figure),
                "notes": figure.notes,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "products": products, "figures": rows, "notes": notes }))
}

fn spread(spread: &Spread) -> Value {
    json!({
        "p50": spread.p50, "p50_least": spread.p50_least, "p50_most": spread.p50_most,
        "p99": spread.p99, "p99_least": spread.p99_least, "p99_most": spread.p99_most,
    })
}

fn goal(figure: &Figure) -> String {
    let verdict = if met(figure) { "met" } else { "missed" };
    match figure.goal {
        Goal::Tenths(most) => format!("<= {} x: {verdict}", tenths(most)),
        Goal::TenthsAndP99(most, p99) => format!("<= {} x, p99 <= {} ms: {verdict}", tenths(most), p99.as_millis()),
        Goal::P99Above(most) => format!("p99 <= floor + {}: {verdict}", shown(figure.unit, most)),
        Goal::Above(most) => format!("<= floor + {}: {verdict}", shown(figure.unit, most)),
        Goal::P99(most) => format!("p99 <= {} ms: {verdict}", most.as_millis()),
        Goal::None => "-".to_owned(),
        Goal::Rate(least) => format!(">= {} x the rate: {verdict}", tenths(least)),
    }
}

fn met(figure: &Figure) -> bool {
    let (ours, floor) = (&figure.ours, &figure.floor);
    let within = |most: u64| ours.p50 * 10 <= floor.p50 * most;
    match figure.goal {
        Goal::Tenths(most) => within(most),
        Goal::Rate(least) => ours.p50 * least <= floor.p50 * 10,
        Goal::TenthsAndP99(most, p99) => within(most) && u128::from(ours.p99) <= p99.as_nanos(),
        Goal::P99Above(most) => ours.p99 <= floor.p99 + most,
        Goal::Above(most) => ours.p50 <= floor.p50 + most,
        Goal::P99(most) => u128::from(ours.p99) <= most.as_nanos(),
        Goal::None => true,
    }
}

fn tenths(value: u64) -> String {
    if value.is_multiple_of(10) { (value / 10).to_string() } else { format!("{}.{}", value / 10, value % 10) }
}

fn ratio(ours: &Spread, floor: &Spread) -> String {
    let hundredths = (ours.p50 * 100 + floor.p50 / 2) / floor.p50.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn with_spread(unit: Unit, value: u64, least: u64, most: u64) -> String {
    if least == most {
        return shown(unit, value);
    }
    format!("{} ({} - {})", shown(unit, value), shown(unit, least), shown(unit, most))
}

/// Three digits are enough.
fn shown(unit: Unit, value: u64) -> String {
    let (thousandths, name) = match (unit, value) {
        (Unit::Time, 0..1_000_000) => (value, "µs"),
        (Unit::Time, 1_000_000..1_000_000_000) => (value / 1_000, "ms"),
        (Unit::Time, _) => (value / 1_000_000, "s"),
        (Unit::Memory, _) => (value / 1_000, "MB"),
    };
    let (whole, part) = (thousandths / 1_000, thousandths % 1_000);
    match whole {
        0..10 => format!("{whole}.{:02} {name}", part / 10),
        10..100 => format!("{whole}.{} {name}", part / 100),
        _ => format!("{whole} {name}"),
    }
}
