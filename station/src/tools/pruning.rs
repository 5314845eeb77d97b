//! Old entries that make room for bases: asking for it, and saying what stands in the way. It is done by the station itself
//! when it next has central, for central must sign: see [`selvedge_store::table::base`].

use selvedge_domain::ids::GenerationId;
use selvedge_domain::time::Stamp;
use selvedge_store::table::base::{self, Stays};
use selvedge_store::table::{journal, station};
use selvedge_store::{Store, StoreError};

/// How it stands with a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Which.
    pub generation: GenerationId,
    /// Entries that made room already.
    pub in_bases: u64,
    /// The first and last entry of the next stretch that goes, or why none does.
    pub next: Result<(u64, u64), Stays>,
}

/// Asks for entries older than `days` to go; how it stands with each generation, as of the last entry. Where nothing is due
/// nothing is asked for.
///
/// # Errors
/// [`StoreError`].
pub fn ask(store: &Store, days: u32) -> Result<Vec<Outlook>, StoreError> {
    let outlook = store.read::<_, StoreError>(|tx| {
        let (Some(station), Some(last)) = (station::get(tx)?, journal::last_stamp(tx)?) else { return Ok(Vec::new()) };
        let rule = base::Rule { days, ..base::rule(tx)? };
        let mut outlook = Vec::new();
        for generation in journal::generations(tx)? {
            let due = base::due(tx, station.device, generation, rule, Stamp::corrected_ms(&last))?;
            outlook.push(Outlook {
                generation,
                in_bases: base::end(tx, generation)?.map_or(0, |(last, _)| last),
                next: due.map(|due| (due.statement.first, due.statement.last)),
            });
        }
        Ok(outlook)
    })?;
    if outlook.iter().any(|one| one.next.is_ok()) {
        store.write::<_, StoreError>("ask-to-prune", |tx| base::ask(tx, Some(days)))?;
    }
    Ok(outlook)
}
