//! The layout on all papers: what stands where, and properties of any document.

use proptest::prelude::*;

use super::*;
use crate::receipt::wrap::cells;

fn text(text: &str, align: Align, large: bool) -> Block {
    Block::Text { text: text.to_owned(), align, style: Style { bold: false, large } }
}

fn row(start: &str, end: &str, indent: u8, large: bool) -> Block {
    Block::Row { start: start.to_owned(), end: end.to_owned(), indent, style: Style { bold: false, large } }
}

fn txt(block: Block, paper: Paper) -> String {
    layout(&Document { blocks: vec![block] }, paper).txt()
}

#[test]
fn a_row_has_its_end_at_the_end_of_the_first_line() {
    let name = "2 Loom Heavy Tee Black M with a printed design of the customer's own";
    let expected = ["2 Loom Heavy Tee Black M   39.00", "  with a printed design of", "  the customer's own", ""];
    assert_eq!(txt(row(name, "39.00", 0, false), Paper::MM58), expected.join("\n"));
}

#[test]
fn an_end_without_room_gets_a_line_of_its_own() {
    let expected = "TOTAL EUR\n                    1,234,285.40\n";
    assert_eq!(txt(row("TOTAL EUR", "1,234,285.40", 0, true), Paper::MM58), expected);
    let narrow = layout(&Document { blocks: vec![row("TOTAL EUR", "1,234,285.40", 0, true)] }, Paper::MM58);
    let Line::Text(line) = &narrow.lines[1] else { panic!("two lines of text") };
    assert_eq!((line.spans[0].cell, line.end()), (8, 32), "twelve large characters take 24 cells");
}

#[test]
fn wide_characters_take_two_cells_and_marks_none() {
    assert_eq!(cells("漢字"), 4);
    assert_eq!(cells("e\u{301}"), 1);
    let lines = layout(&Document { blocks: vec![text(&"漢".repeat(20), Align::Start, false)] }, Paper::MM58).lines;
    assert_eq!(lines.len(), 2, "twenty wide characters do not fit into 32 cells");
}

#[test]
fn no_text_carries_a_command() {
    let laid = txt(text("ab\u{1b}@c\td", Align::Start, false), Paper::MM58);
    assert_eq!(laid, "ab @c d\n");
}

#[test]
fn a_symbol_that_does_not_fit_is_printed_as_text() {
    let long = "x".repeat(60);
    let laid = layout(&Document { blocks: vec![Block::Code128 { text: long.clone() }] }, Paper::MM58);
    assert!(laid.lines.iter().all(|line| matches!(line, Line::Text(_))), "no bars");
    assert_eq!(letters_of(&laid), long);
    let huge = "y".repeat(5000);
    let laid = layout(&Document { blocks: vec![Block::Qr { text: huge.clone() }] }, Paper::MM80);
    assert_eq!(letters_of(&laid), huge);
}

#[test]
fn a_receipt_number_fits_as_code_128_on_both_papers() {
    for paper in [Paper::MM58, Paper::MM80_NARROW, Paper::MM80] {
        let laid = layout(&Document { blocks: vec![Block::Code128 { text: "04-2K7-000317".into() }] }, paper);
        assert!(matches!(laid.lines[0], Line::Code128 { .. }), "{} dots", paper.dots);
        assert_eq!(letters_of(&laid), "04-2K7-000317", "its text stands below");
    }
}

fn letters_of(layout: &Layout) -> String {
    let mut letters = String::new();
    for line in &layout.lines {
        if let Line::Text(line) = line {
            letters.extend(line.spans.iter().flat_map(|span| span.text.chars()));
        }
    }
    letters.retain(|character| !character.is_whitespace());
    letters
}

fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => prop::char::range('a', 'z'),
        2 => Just(' '),
        1 => prop::sample::select(vec!['漢', '\u{301}', 'é', 'Ж', '€', '\u{a0}', '\u{1b}', '\n', '😀', '0', '-']),
    ];
    prop::collection::vec(character, 0..120).prop_map(|characters| characters.into_iter().collect())
}

fn any_block() -> impl Strategy<Value = Block> {
    let align = prop::sample::select(vec![Align::Start, Align::Centre, Align::End]);
    prop_oneof![
        (any_text(), align, any::<bool>()).prop_map(|(content, align, large)| text(&content, align, large)),
        (any_text(), any_text(), any::<u8>(), any::<bool>())
            .prop_map(|(start, end, indent, large)| row(&start, &end, indent, large)),
        (any_text(), "[0-9.,-]{0,12}", 0..9_u8, any::<bool>())
            .prop_map(|(start, end, indent, large)| row(&start, &end, indent, large)),
    ]
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_paper_and_no_spans_overlap(block in any_block(), columns in 0..64_u16) {
        let laid = layout(&Document { blocks: vec![block] }, Paper { columns, dots: columns * 12 });
        for line in &laid.lines {
            if let Line::Text(line) = line {
                let mut cell = 0;
                for span in &line.spans {
                    prop_assert!(span.cell >= cell, "{:?} overlaps", span);
                    cell = span.cell + span.cells(line.style);
                }
                prop_assert!(cell <= laid.paper.columns, "{:?} is wider than {}", line, laid.paper.columns);
            }
        }
        for line in laid.txt().lines() {
            prop_assert!(cells(line) <= laid.paper.columns, "{:?}", line);
        }
    }

    #[test]
    fn nothing_is_lost_or_reordered(block in any_block(), columns in 16..64_u16) {
        let laid = layout(&Document { blocks: vec![block.clone()] }, Paper { columns, dots: columns * 12 });
        let kept = |text: &str| -> Vec<char> {
            text.chars().filter(|character| !character.is_whitespace() && !character.is_control()).collect()
        };
        let (mut starts, mut ends) = (String::new(), String::new());
        for line in &laid.lines {
            if let Line::Text(line) = line {
                for span in &line.spans {
                    if span.align == Align::End { ends.push_str(&span.text) } else { starts.push_str(&span.text) }
                }
            }
        }
        match &block {
            Block::Text { text, align: Align::End, .. } => prop_assert_eq!(kept(&ends), kept(text)),
            Block::Text { text, .. } => prop_assert_eq!(kept(&starts), kept(text)),
            Block::Row { start, end, .. } => {
                prop_assert_eq!(kept(&starts), kept(start));
                prop_assert_eq!(kept(&ends), kept(end));
            }
            Block::Rule | Block::Blank | Block::Qr { .. } | Block::Code128 { .. } => {}
        }
    }
}
