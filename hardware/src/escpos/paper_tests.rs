//! The bytes say what the layout says.

use proptest::prelude::*;
use selvedge_domain::receipt::{Align, Block, Document, Layout, Line, Style, layout};

use super::*;
use crate::escpos::{Loss, encode};

fn profile(name: &str) -> Profile {
    Profile::built_in(name).expect("built in")
}

fn text(text: &str) -> Block {
    Block::Text { text: text.to_owned(), align: Align::Centre, style: Style { bold: true, large: true } }
}

/// What the layout wants on paper, in the paper's own terms.
fn wanted(layout: &Layout) -> Vec<PaperLine> {
    let line = |line: &Line| match line {
        Line::Text(line) => {
            PaperLine::Text(line.glyphs().into_iter().map(|glyph| PaperText { glyph, bold: line.style.bold }).collect())
        }
        Line::Blank => PaperLine::Text(Vec::new()),
        Line::Rule => PaperLine::Text(
            (0..layout.paper.columns)
                .map(|cell| PaperText { glyph: Glyph { cell, cells: 1, text: "-".into() }, bold: false })
                .collect(),
        ),
        Line::Qr { text, .. } => PaperLine::Qr(text.clone()),
        Line::Code128 { text, .. } => PaperLine::Code128(text.clone()),
    };
    layout.lines.iter().map(line).collect()
}

/// Golden bytes, written so that a person can read them: commands in brackets, a line a line.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n\n"),
            b' '..=b'~' if *byte != b'<' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("<{byte:02X}>")),
        }
    }
    text
}

fn receipt() -> Document {
    let row = |start: &str, end: &str, style| Block::Row { start: start.into(), end: end.into(), indent: 0, style };
    let large = Style { bold: true, large: true };
    Document {
        blocks: vec![
            text("Twisted Threads"),
            Block::Text {
                text: "14 Shop Street, Žižkov, Ελλάδα".into(),
                align: Align::Centre,
                style: Style::default(),
            },
            Block::Blank,
            row("04-2K7-000317", "Till 2, Mira B.", Style::default()),
            Block::Rule,
            row("2 Café crème – Größe L, 5 €", "48.00", Style::default()),
            row("1 Харбор \u{2212}20 %", "\u{2212}24.00", Style::default()),
            Block::Rule,
            row("TOTAL EUR", "285.40", large),
            Block::Qr { text: "04-2K7-000317".into() },
            Block::Blank,
            Block::Code128 { text: "04-2K7-000317".into() },
        ],
    }
}

#[test]
fn golden_bytes_and_paper_on_both_widths() {
    for name in ["generic-80", "generic-58"] {
        let profile = profile(name);
        let encoded = encode(&layout(&receipt(), profile.paper()), &profile);
        insta::assert_snapshot!(format!("bytes_{name}"), readable(&encoded.bytes));
        let [paper] = read_paper(&encoded.bytes, &profile).try_into().expect("one receipt");
        insta::assert_snapshot!(format!("paper_{name}"), paper.text());
    }
}

#[test]
fn a_character_without_a_page_is_a_reported_loss() {
    let profile = profile("generic-58");
    let document = Document { blocks: vec![text("漢ş\u{301}x…\u{a0}\u{2212}")] };
    let encoded = encode(&layout(&document, profile.paper()), &profile);
    let lost: Vec<(char, Option<char>)> =
        encoded.losses.iter().map(|Loss { character, printed }| (*character, *printed)).collect();
    assert_eq!(lost[0], ('漢', Some('?')));
    assert!(lost.contains(&('\u{301}', None)), "a mark that cannot be printed is left out, and said");
    assert!(!lost.iter().any(|(character, _)| ['\u{a0}', '\u{2212}'].contains(character)), "{lost:?}");
    let [paper] = read_paper(&encoded.bytes, &profile).try_into().expect("one receipt");
    let PaperLine::Text(line) = &paper.lines[0] else { panic!("text") };
    let cells: Vec<u16> = line.iter().map(|text| text.glyph.cell).collect();
    assert_eq!(cells[0] + 4, cells[2], "what stands for a wide character keeps its cells");
}

fn printable_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        8 => prop::char::range('!', '~'),
        3 => Just(' '),
        2 => prop::sample::select("éäößñçÅ€řžšŁąжЖЯйΩ".chars().collect::<Vec<_>>()),
    ];
    prop::collection::vec(character, 0..60).prop_map(|characters| characters.into_iter().collect())
}

fn any_block() -> impl Strategy<Value = Block> {
    let align = prop::sample::select(vec![Align::Start, Align::Centre, Align::End]);
    let style = (any::<bool>(), any::<bool>()).prop_map(|(bold, large)| Style { bold, large });
    prop_oneof![
        4 => (printable_text(), align, style.clone()).prop_map(|(text, align, style)| Block::Text { text, align, style }),
        6 => (printable_text(), "[0-9.,-]{0,9}", 0..6_u8, style)
            .prop_map(|(start, end, indent, style)| Block::Row { start, end, indent, style }),
        1 => Just(Block::Rule),
        1 => Just(Block::Blank),
        1 => printable_text().prop_map(|text| Block::Qr { text }),
        1 => "[ -~]{1,20}".prop_map(|text| Block::Code128 { text }),
    ]
}

proptest! {
    #[test]
    fn the_paper_reads_as_the_layout(
        blocks in prop::collection::vec(any_block(), 0..12),
        name in prop::sample::select(Profile::names()),
    ) {
        let profile = profile(name);
        let laid = layout(&Document { blocks }, profile.paper());
        let encoded = encode(&laid, &profile);
        prop_assert_eq!(&encoded.losses, &[]);
        let receipts = read_paper(&encoded.bytes, &profile);
        prop_assert_eq!(receipts.len(), 1, "one document is one receipt");
        prop_assert_eq!(&receipts[0].lines, &wanted(&laid));
    }

    #[test]
    fn no_text_reaches_the_printer_as_a_command(noise in any::<String>()) {
        let profile = profile("generic-80");
        let document = Document { blocks: vec![Block::Text { text: noise, align: Align::Start, style: Style::default() }] };
        let encoded = encode(&layout(&document, profile.paper()), &profile);
        let commands = Decoder::default().feed(&encoded.bytes);
        let harmless = |command: &Command| matches!(
            command,
            Command::Text(_) | Command::LineFeed | Command::Initialise | Command::CodePage(_) | Command::Cut
        );
        let others: Vec<&Command> = commands.iter().filter(|command| !harmless(command)).collect();
        prop_assert_eq!(others, [&Command::Other], "only the cancelling of Kanji, which is ours");
    }
}
