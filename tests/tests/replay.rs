//! Real till lines and real product lists, through the app's use cases. A small made-up twin of each always runs.

#![allow(missing_docs, clippy::unwrap_used)]

#[path = "replay/barcodes.rs"]
mod barcodes;
#[path = "replay/lines.rs"]
mod lines;
#[path = "replay/sell.rs"]
mod sell;
