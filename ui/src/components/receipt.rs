//! The receipt on screen: the printer's own layout, each text at its cell, white in both themes because it is paper.

use selvedge_contract::view::Paper;
use selvedge_domain::receipt::{Line, TextLine, layout};
use yew::prelude::*;

/// What the picture needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ReceiptProps {
    /// The document and its width.
    pub paper: Paper,
    /// What it is, for those who cannot see it.
    pub label: String,
}

/// A paper.
#[component]
pub fn Receipt(props: &ReceiptProps) -> Html {
    let laid_out = use_memo(props.paper.clone(), |paper| {
        // Dots matter to symbols only; the picture scales them with the paper.
        let columns = u16::from(paper.columns);
        layout(&paper.document, selvedge_domain::receipt::Paper { columns, dots: columns * 12 })
    });
    let columns = laid_out.paper.columns;
    html! {
        <div class="paper" role="document" aria-label={props.label.clone()} tabindex="0" dir="ltr"
            data-testid="receipt-preview" style={format!("--columns:{columns}")}>
            { for laid_out.lines.iter().map(|line| draw(line, laid_out.paper.dots)) }
        </div>
    }
}

fn draw(line: &Line, dots: u16) -> Html {
    match line {
        Line::Text(line) => text(line),
        Line::Blank => html! { <div class="paper-line">{ "\u{a0}" }</div> },
        Line::Rule => html! { <div class="paper-line paper-rule" role="separator"></div> },
        Line::Qr { text, rows, module_dots } => {
            let side = rows.len();
            let path: String = rows.iter().enumerate().map(|(y, row)| row_path(y, row)).collect();
            symbol(text, &format!("0 0 {side} {side}"), &path, share(side, *module_dots, dots), "paper-qr")
        }
        Line::Code128 { text, bars, module_dots } => {
            let path = row_path(0, bars);
            symbol(text, &format!("0 0 {} 1", bars.len()), &path, share(bars.len(), *module_dots, dots), "paper-bars")
        }
    }
}

/// The width of a symbol in percent of the paper's.
fn share(modules: usize, module_dots: u8, dots: u16) -> usize {
    (modules * usize::from(module_dots) * 100 / usize::from(dots.max(1))).clamp(10, 100)
}

fn row_path(y: usize, row: &str) -> String {
    row.bytes().enumerate().filter(|(_, module)| *module == b'1').map(|(x, _)| format!("M{x} {y}h1v1h-1z")).collect()
}

fn symbol(text: &str, view_box: &str, path: &str, percent: usize, class: &'static str) -> Html {
    html! {
        <svg class={class} viewBox={view_box.to_owned()} preserveAspectRatio="none" shape-rendering="crispEdges" role="img"
            aria-label={text.to_owned()} style={format!("inline-size:{percent}%")}>
            <path d={path.to_owned()} fill="currentColor" />
        </svg>
    }
}

fn text(line: &TextLine) -> Html {
    let large = line.style.large;
    let span = |span: &selvedge_domain::receipt::Span| {
        // A large cell is twice as wide, so the place is given in the cells of the span's own size.
        let cell = if large { span.cell / 2 } else { span.cell };
        html! { <span class="paper-span" style={format!("--cell:{cell}")}>{ span.text.clone() }</span> }
    };
    html! {
        <div class={classes!("paper-line", large.then_some("paper-large"), line.style.bold.then_some("paper-bold"))}>
            { for line.spans.iter().map(span) }
        </div>
    }
}
