//! The comparison as a table and as a picture.

use std::fmt::Write;

use super::play::Tally;

const WIDTH: u32 = 860;
const LEFT: u32 = 20;
const BAR: u32 = 13;
const ROW: u32 = 94;
const TOP: u32 = 66;
/// What each bar is: colour and words.
const BARS: [(&str, &str); 5] = [
    ("#e0796f", "promised, and gone already"),
    ("#b3261e", "not there in the end"),
    ("#c77700", "refused, though there"),
    ("#5b6770", "needs confirmation"),
    ("#6a3fa0", "in the hand, not sold"),
];

/// Of a thousand, with one decimal, in tenths.
fn tenths(part: u64, of: u64) -> u64 {
    (part * 10_000 + of / 2) / of.max(1)
}

fn shown(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn figures(tally: &Tally) -> [u64; 5] {
    [
        tenths(tally.promised_twice, tally.promised),
        tenths(tally.unkept, tally.promised),
        tenths(tally.refused_though_there, tally.asked),
        tenths(tally.needs_confirmation, tally.asked),
        tenths(tally.in_hand_refused, tally.in_hand),
    ]
}

/// The table, in Markdown: sums of all weeks, by the week.
pub fn table(rules: &[(&str, Tally)], weeks: u64) -> String {
    let mut text = String::from(
        "| a week, on average | asked for | promised | of what was gone already | in the end not there | told before anybody looked | refused | though it was \
         there | needs confirmation | promised later | in the hand | not sold |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let each = |count: u64| shown((count * 10 + weeks / 2) / weeks.max(1));
    for (name, of) in rules {
        let counts = [
            of.asked,
            of.promised,
            of.promised_twice,
            of.unkept,
            of.told_early,
            of.refused,
            of.refused_though_there,
            of.needs_confirmation,
            of.confirmed,
            of.in_hand,
            of.in_hand_refused,
        ];
        let counts: Vec<String> = counts.into_iter().map(each).collect();
        // Writing to a string does not fail.
        let _written = writeln!(text, "| {name} | {} |", counts.join(" | "));
    }
    text
}

/// The picture, as SVG: bars of a thousand each.
pub fn picture(rules: &[(&str, Tally)], weeks: u64) -> String {
    let most = rules.iter().flat_map(|(_, tally)| figures(tally)).max().unwrap_or(1).max(1);
    let height = TOP + ROW * u32::try_from(rules.len()).unwrap_or(0) + 10;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\" fill=\"#1c1f22\">Promises in {weeks} payday weeks, of a thousand \
         each</text>\n"
    );
    let mut x = LEFT;
    for (colour, words) in BARS {
        let _written = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"36\" width=\"11\" height=\"11\" fill=\"{colour}\"/><text x=\"{}\" y=\"46\" \
             fill=\"#1c1f22\">{words}</text>",
            x + 16
        );
        x += 32 + 6 * u32::try_from(words.len()).unwrap_or(0);
    }
    for (at, (name, tally)) in (0_u32..).zip(rules) {
        let y = TOP + at * ROW;
        let _written = writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" fill=\"#1c1f22\">{name}</text>", y + 12);
        for (bar, (value, (colour, _))) in (0_u32..).zip(figures(tally).into_iter().zip(BARS)) {
            let long = u32::try_from(value * u64::from(WIDTH - LEFT - 90) / most).unwrap_or(0);
            let top = y + 17 + bar * (BAR + 1);
            let _written = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{}\" height=\"{BAR}\" fill=\"{colour}\"/><text x=\"{}\" \
                 y=\"{}\" font-size=\"11\" fill=\"#1c1f22\">{}</text>",
                long.max(1),
                LEFT + long + 6,
                top + 10,
                shown(value)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
