//! `audit`: once over everything. What is wrong goes to stdout, a line each, and the program fails.

use anyhow::bail;

use crate::store::Store;

pub(super) async fn audit(store: &dyn Store) -> anyhow::Result<()> {
    let mut found = 0_usize;
    let mut tell = |wrong: String| {
        println!("{wrong}");
        found += 1;
    };
    let checked = crate::auditor::once(store, &mut tell).await?;
    if found > 0 {
        bail!("{found} findings in {checked} products, rows and entries: the books are wrong");
    }
    println!("{checked} products, rows and entries: all is well");
    Ok(())
}
