//! Down: the next page of the feed.

use selvedge_protocol::v1::{Cursor, FeedPage, FeedQuery, MAX_PAGE_ROWS, code};
use selvedge_store::StoreError;
use selvedge_store::table::{decision, feed, setting};

use super::{BREATH, Desk, INITIAL_DONE, initial_done, nonsense};
use crate::engine::{ClockReading, Failure, Report};
use crate::{CallError, Trouble, giving_back};

/// Rows in one write of the feed.
const ROWS_A_WRITE: usize = 500;

impl Desk {
    /// Takes the next page of the feed.
    pub async fn pull(&self, token: &str) -> Result<Report, Failure> {
        if let Some(report) = self.give_back(token).await? {
            return Ok(report);
        }
        let (cursor, trusted) = self.store.read::<_, StoreError>(|tx| Ok((feed::cursor(tx)?, decision::key(tx)?)))?;
        if cursor.is_none() && self.take_snapshot(token).await? {
            return Ok(Report { more: true, restarted: true, changed: true, ..Report::default() });
        }
        let query = match &cursor {
            Some(cursor) => FeedQuery::after(cursor, MAX_PAGE_ROWS),
            None => FeedQuery { limit: Some(MAX_PAGE_ROWS), ..FeedQuery::default() },
        };
        let asked_ms = (self.wall)();
        let page = match self.central.feed(token, &query).await {
            Err(CallError::Refused { status, error, retry_after_ms }) if error.code == code::UNKNOWN_CURSOR => {
                // Central lost what we have seen of it, and began a new life with that: back to where both were, where
                // rows replace rows. What is here meanwhile stays.
                let epoch = error.epoch.unwrap_or_default();
                if !self.store.write("sync-feed", |tx| decision::step_back(tx, epoch))? {
                    return Err(CallError::Refused { status, error, retry_after_ms }.into());
                }
                return Ok(Report { more: true, restarted: true, ..Report::default() });
            }
            answered => answered?,
        };
        check_page(cursor.as_ref(), &page).map_err(nonsense)?;
        if let Some(key) = &trusted {
            giving_back::check_signed(cursor.as_ref(), &page, key).map_err(nonsense)?;
        }
        let new_life = cursor.as_ref().is_none_or(|cursor| cursor.epoch != page.next.epoch);
        if self.store.read(decision::owes)? {
            self.store.write("sync-feed", decision::confirmed)?;
        } else if new_life && self.store.read(decision::has_unfinished)? {
            self.store.write("sync-feed", decision::owe_unfinished)?;
        }
        let clock = ClockReading { asked_ms, central_ms: page.now_ms, answered_ms: (self.wall)() };
        let problems = self.apply(cursor.as_ref(), &page).await?;
        let behind = !page.more && self.tell_search().await?;
        Ok(Report {
            more: page.more || behind || self.store.read(decision::owes)?,
            // A new life of central, and one that we begin with, is told at once what we have seen, and that nothing is
            // owed.
            restarted: new_life,
            complete: !page.more,
            changed: !page.rows.is_empty(),
            problems: problems
                .into_iter()
                .map(|one| Trouble::new(Trouble::ROW, format!("Row {} ({}): {}", one.number, one.kind, one.what)))
                .collect(),
            clock: Some(clock),
            ..Report::default()
        })
    }

    /// Writes a page in small pieces. The cursor goes with the last: until then a second time changes nothing.
    async fn apply(&self, cursor: Option<&Cursor>, page: &FeedPage) -> Result<Vec<feed::Problem>, Failure> {
        let (site, epoch) = (self.station.site, page.next.epoch);
        let mut problems = Vec::new();
        let pieces = page.rows.len().div_ceil(ROWS_A_WRITE);
        for piece in page.rows.chunks(ROWS_A_WRITE).take(pieces.saturating_sub(1)) {
            problems.extend(self.store.write("sync-feed", |tx| feed::apply(tx, site, epoch, piece))?);
            tokio::time::sleep(BREATH).await;
        }
        let last = page.rows.chunks(ROWS_A_WRITE).next_back().unwrap_or_default();
        let told = page.more || initial_done(&self.store)?;
        if last.is_empty() && told && cursor == Some(&page.next) {
            return Ok(problems);
        }
        problems.extend(self.store.write("sync-feed", |tx| {
            let problems = feed::apply(tx, site, epoch, last)?;
            feed::set_cursor(tx, &page.next)?;
            if !told {
                setting::set(tx, INITIAL_DONE, &true)?;
            }
            Ok::<_, StoreError>(problems)
        })?);
        Ok(problems)
    }
}

fn check_page(cursor: Option<&Cursor>, page: &FeedPage) -> Result<(), String> {
    let after = cursor.map_or(0, |cursor| cursor.number);
    if page.rows.len() > usize::try_from(MAX_PAGE_ROWS).unwrap_or(usize::MAX) {
        return Err(format!("rows: {} in one page", page.rows.len()));
    }
    let mut last = after;
    for row in &page.rows {
        if row.number <= last {
            return Err(format!("rows: {} follows {last}", row.number));
        }
        last = row.number;
    }
    if page.next.number < last || (page.more && page.next.number <= after) {
        return Err(format!("next: {} does not go on from {after}", page.next.number));
    }
    Ok(())
}
