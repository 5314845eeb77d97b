//! A receipt as a picture: the same layout as the paper, in the printer's own dots, black on white.

use std::sync::OnceLock;

use fontdue::{Font, FontSettings};
use selvedge_domain::receipt::{Layout, Line, TextLine};

use crate::escpos::bytes::CODE128_HEIGHT;

/// DejaVu Sans Mono: Latin, Greek and Cyrillic in cells of one width.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSansMono.ttf");

/// Height of a line in dots, for cells of 12 dots: font A at the printers' usual line spacing.
const LINE_PER_CELL: (usize, usize) = (30, 12);
const MARGIN: usize = 24;
const BLACK: u8 = 0;
const WHITE: u8 = 0xff;
/// Coverage from which a dot is black: a thermal head knows no grey.
const THRESHOLD: u8 = 110;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The bundled font cannot be read.
    #[error("the font cannot be read: {0}")]
    Font(&'static str),
    /// The picture cannot be written.
    #[error("the picture cannot be encoded")]
    Encoding(#[from] png::EncodingError),
}

/// The layout as a grey PNG of black and white dots.
///
/// # Errors
/// [`PictureError`].
pub fn png(layout: &Layout) -> Result<Vec<u8>, PictureError> {
    let picture = draw(layout)?;
    let side = |dots: usize| u32::try_from(dots).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side(picture.width), side(picture.height));
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.dots)?;
    writer.finish()?;
    Ok(bytes)
}

/// Dots, row by row, 0 is black.
struct Picture {
    width: usize,
    height: usize,
    dots: Vec<u8>,
}

impl Picture {
    fn black(&mut self, x: usize, y: usize) {
        if x < self.width && y < self.height {
            self.dots[y * self.width + x] = BLACK;
        }
    }

    fn block(&mut self, x: usize, y: usize, width: usize, height: usize) {
        for row in y..y + height {
            for column in x..x + width {
                self.black(column, row);
            }
        }
    }
}

/// The measures of a paper, in dots.
struct Measure {
    cell: usize,
    line: usize,
    paper: usize,
}

fn draw(layout: &Layout) -> Result<Picture, PictureError> {
    let font = font()?;
    let paper = usize::from(layout.paper.dots);
    let cell = (paper / usize::from(layout.paper.columns.max(1))).max(1);
    let measure = Measure { cell, line: cell * LINE_PER_CELL.0 / LINE_PER_CELL.1, paper };
    let height = layout.lines.iter().map(|line| line_height(line, &measure)).sum::<usize>() + 2 * MARGIN;
    let width = paper + 2 * MARGIN;
    let mut picture = Picture { width, height, dots: vec![WHITE; width * height] };
    let mut top = MARGIN;
    for line in &layout.lines {
        match line {
            Line::Text(text) => draw_text(&mut picture, font, text, top, &measure),
            Line::Blank => {}
            Line::Rule => draw_rule(&mut picture, usize::from(layout.paper.columns), top, &measure),
            Line::Qr { rows, module_dots, .. } => {
                let module = usize::from(*module_dots);
                for (number, row) in rows.iter().enumerate() {
                    draw_modules(&mut picture, row, (top + number * module, module), module, &measure);
                }
            }
            Line::Code128 { bars, module_dots, .. } => {
                let module = usize::from(*module_dots);
                draw_modules(&mut picture, bars, (top, usize::from(CODE128_HEIGHT)), module, &measure);
            }
        }
        top += line_height(line, &measure);
    }
    Ok(picture)
}

fn line_height(line: &Line, measure: &Measure) -> usize {
    match line {
        Line::Text(text) if text.style.large => measure.line * 2,
        Line::Text(_) | Line::Blank | Line::Rule => measure.line,
        Line::Qr { rows, module_dots, .. } => rows.len() * usize::from(*module_dots),
        Line::Code128 { .. } => usize::from(CODE128_HEIGHT),
    }
}

fn draw_rule(picture: &mut Picture, columns: usize, top: usize, measure: &Measure) {
    for column in 0..columns {
        let gap = measure.cell / 6;
        picture.block(MARGIN + column * measure.cell + gap, top + measure.line / 2, measure.cell - 2 * gap, 2);
    }
}

/// A row of modules in the middle of the paper.
fn draw_modules(picture: &mut Picture, row: &str, (top, height): (usize, usize), module: usize, measure: &Measure) {
    let left = MARGIN + measure.paper.saturating_sub(row.len() * module) / 2;
    for (at, _) in row.bytes().enumerate().filter(|(_, bit)| *bit == b'1') {
        picture.block(left + at * module, top, module, height);
    }
}

/// Large text is the small one with each dot four times, as a printer does it.
fn draw_text(picture: &mut Picture, font: &Font, line: &TextLine, top: usize, measure: &Measure) {
    let scale = if line.style.large { 2 } else { 1 };
    let size = font_size(measure.cell);
    let base = measure.line * 3 / 4;
    for glyph in line.glyphs() {
        let left = MARGIN + usize::from(glyph.cell) * measure.cell;
        for character in glyph.text.chars() {
            let (shape, coverage) = font.rasterize(character, size);
            for (at, _) in coverage.iter().enumerate().filter(|(_, covered)| **covered >= THRESHOLD) {
                let x = shifted(at % shape.width, shape.xmin);
                let y = shifted(base + at / shape.width, -shape.ymin).checked_sub(shape.height);
                if let Some(y) = y {
                    let dot = left + x * scale;
                    let room = (MARGIN + measure.paper).saturating_sub(dot);
                    let width = (scale + usize::from(line.style.bold)).min(room);
                    picture.block(dot, top + y * scale, width, scale);
                }
            }
        }
    }
}

fn shifted(value: usize, by: i32) -> usize {
    value.saturating_add_signed(isize::try_from(by).unwrap_or(0))
}

/// The size at which the font's characters are one cell wide: its advance is 1233 of 2048 units.
#[allow(clippy::float_arithmetic, reason = "a font's size is no money")]
fn font_size(cell: usize) -> f32 {
    f32::from(u16::try_from(cell).unwrap_or(12)) * 2048.0 / 1233.0
}

fn font() -> Result<&'static Font, PictureError> {
    static READ: OnceLock<Result<Font, &'static str>> = OnceLock::new();
    READ.get_or_init(|| Font::from_bytes(FONT, FontSettings::default()))
        .as_ref()
        .map_err(|error| PictureError::Font(error))
}

#[cfg(test)]
mod tests {
    use selvedge_domain::receipt::{Align, Block, Document, Paper, Style, layout};

    use super::*;

    fn text(text: &str, large: bool) -> Block {
        Block::Text { text: text.to_owned(), align: Align::Start, style: Style { bold: large, large } }
    }

    fn picture(blocks: Vec<Block>, paper: Paper) -> Picture {
        draw(&layout(&Document { blocks }, paper)).expect("a picture")
    }

    fn ink(picture: &Picture) -> usize {
        picture.dots.iter().filter(|dot| **dot == BLACK).count()
    }

    #[test]
    fn both_symbols_read_again_off_the_picture() {
        for paper in [Paper::MM58, Paper::MM80_NARROW, Paper::MM80] {
            for (block, format) in [
                (Block::Qr { text: "04-2K7-000317".into() }, rxing::BarcodeFormat::QR_CODE),
                (Block::Code128 { text: "04-2K7-000317".into() }, rxing::BarcodeFormat::CODE_128),
            ] {
                let picture = picture(vec![Block::Blank, block, Block::Blank], paper);
                let (width, height) = (u32::try_from(picture.width), u32::try_from(picture.height));
                let read = rxing::helpers::detect_in_luma(
                    picture.dots.clone(),
                    width.expect("small"),
                    height.expect("small"),
                    Some(format),
                )
                .unwrap_or_else(|error| panic!("{format} on {} dots: {error}", paper.dots));
                assert_eq!(read.getText(), "04-2K7-000317");
            }
        }
    }

    #[test]
    fn large_text_has_four_times_the_ink_at_least() {
        let small = ink(&picture(vec![text("TOTAL", false)], Paper::MM80));
        let large = ink(&picture(vec![text("TOTAL", true)], Paper::MM80));
        assert!(small > 100 && large >= 4 * small, "{small} and {large} dots");
    }

    #[test]
    fn every_alphabet_of_the_code_pages_has_shapes_of_its_own() {
        for character in "éßřŁ€ЖяΩαđ–„".chars() {
            assert_ne!(font().expect("a font").lookup_glyph_index(character), 0, "{character} has no shape");
        }
    }

    #[test]
    fn nothing_is_drawn_beside_the_paper() {
        let picture = picture(vec![text(&"W".repeat(48), false), text(&"W".repeat(24), true)], Paper::MM80);
        let beside = (0..picture.height).flat_map(|y| {
            let row = &picture.dots[y * picture.width..(y + 1) * picture.width];
            row[..MARGIN].iter().chain(&row[picture.width - MARGIN..]).copied().collect::<Vec<_>>()
        });
        assert!(beside.into_iter().all(|dot| dot == WHITE), "the margin stays white");
    }

    #[test]
    fn the_png_is_a_png_of_the_right_size() {
        let laid = layout(&Document { blocks: vec![text("x", false)] }, Paper::MM58);
        let bytes = png(&laid).expect("a picture");
        let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        let reader = decoder.read_info().expect("a PNG");
        assert_eq!(reader.info().size(), (384 + 48, 30 + 48));
    }
}
