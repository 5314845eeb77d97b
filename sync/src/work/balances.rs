//! The stock of the site, as central has it.

use selvedge_protocol::v1::BalanceQuery;
use selvedge_store::StoreError;
use selvedge_store::table::{feed, setting};

use super::{Desk, nonsense};
use crate::engine::{ClockReading, Failure, Report};

/// Balances in one write, and so in one page.
const BALANCES_A_WRITE: u32 = 500;
/// Balances that did not change are still as fresh as the last answer; said at most this often.
const FRESHNESS_EVERY_MS: i64 = 60_000;
const BALANCES_HEARD: &str = "sync-balances-heard";

impl Desk {
    /// Takes the next page of balances.
    pub async fn ask_balances(&self, token: &str) -> Result<Report, Failure> {
        let (mark, unsure) =
            self.store.read::<_, StoreError>(|tx| Ok((feed::balance_mark(tx)?, feed::is_unsure(tx)?)))?;
        let query = BalanceQuery {
            epoch: mark.map(|(epoch, _)| epoch),
            after: mark.map(|(_, after)| after),
            limit: Some(BALANCES_A_WRITE),
        };
        let asked_ms = (self.wall)();
        let page = self.central.balances(token, &query).await?;
        let clock = ClockReading { asked_ms, central_ms: page.as_of_ms, answered_ms: (self.wall)() };
        if page.more && !page.restarted && mark == Some((page.epoch, page.next)) {
            return Err(nonsense("balances: the mark does not move"));
        }
        let mut report =
            Report { more: page.more, changed: !page.rows.is_empty(), clock: Some(clock), ..Report::default() };
        let heard_ms: Option<i64> = self.store.read(|tx| setting::get(tx, BALANCES_HEARD))?;
        let fresh =
            heard_ms.is_some_and(|heard_ms| page.as_of_ms.abs_diff(heard_ms) < FRESHNESS_EVERY_MS.unsigned_abs());
        if page.rows.is_empty() && !page.restarted && fresh && !unsure && mark == Some((page.epoch, page.next)) {
            return Ok(report);
        }
        self.store.write::<_, StoreError>("sync-balances", |tx| {
            feed::hear(tx, &page)?;
            if !page.more {
                setting::set(tx, BALANCES_HEARD, &page.as_of_ms)?;
            }
            report.more |= feed::balance_mark(tx)?.is_none();
            Ok(())
        })?;
        Ok(report)
    }
}
