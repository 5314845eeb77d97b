//! `export`: JSON lines, page by page, so that a large store needs little memory.

use std::io::Write;

use crate::store::{ExportKind, Store, StoreError};

const PAGE: u32 = 1_000;

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
