//! `export`: JSON lines, page by page, so that a large store needs little memory.

use std::io::Write;

use clap::ValueEnum;

use crate::store::{ExportKind, Store, StoreError};

const PAGE: u32 = 1_000;

/// What can be taken out.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    Sales,
    Stock,
    Entries,
    Held,
    Products,
    Commands,
    Lost,
    Bases,
    Promises,
    Shortfalls,
    Transfers,
    Audit,
}

impl From<Kind> for ExportKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Sales => ExportKind::Sales,
            Kind::Stock => ExportKind::Stock,
            Kind::Entries => ExportKind::Entries,
            Kind::Held => ExportKind::Held,
            Kind::Products => ExportKind::Products,
            Kind::Commands => ExportKind::Commands,
            Kind::Lost => ExportKind::Lost,
            Kind::Bases => ExportKind::Bases,
            Kind::Promises => ExportKind::Promises,
            Kind::Shortfalls => ExportKind::Shortfalls,
            Kind::Transfers => ExportKind::Transfers,
            Kind::Audit => ExportKind::Audit,
        }
    }
}

pub(super) async fn export(store: &dyn Store, kind: ExportKind) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    store.central().await?.ok_or(StoreError::NotSetUp)?;
    let mut after = Some(0);
    while let Some(from) = after {
        let page = store.export(kind, from, PAGE).await?;
        for line in &page.lines {
            writeln!(out, "{line}")?;
        }
        after = page.next;
    }
    out.flush()?;
    Ok(())
}
