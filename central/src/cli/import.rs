//! `import`: bad lines to stderr as they are met, the sums to stdout.

use std::path::Path;

use crate::import::{LineProblem, Options};
use crate::store::Store;
use crate::surroundings::Surroundings;

pub(super) async fn import(
    store: &dyn Store,
    around: &dyn Surroundings,
    file: &Path,
    options: Options,
) -> anyhow::Result<()> {
    let mut tell = |problem: LineProblem| eprintln!("{}: {problem}", file.display());
    let report = crate::import::import(store, around, file, &options, &mut tell).await?;
    if !report.ignored_columns.is_empty() {
        eprintln!("columns not used: {}", report.ignored_columns.join(", "));
    }
    let dry = if options.dry_run { " (dry run, nothing was written)" } else { "" };
    println!(
        "{} lines: {} added, {} changed, {} unchanged, {} duplicates left out, {} bad left out{dry}",
        report.lines, report.added, report.changed, report.same, report.duplicates, report.bad
    );
    Ok(())
}
