//! What a station tells central of what it has seen, and what it hands in when central lost it. See
//! [`selvedge_protocol::v1::SeenV1`].

use selvedge_protocol::journal::PublicKey;
use selvedge_protocol::v1::{Cursor, DecisionsRequest, FeedPage, FeedRow, SeenHeadV1, SeenV1, verify_rows};
use selvedge_store::table::{decision, feed, journal, promise, recovery, setting};
use selvedge_store::{StoreError, Tx};
use uuid::Uuid;

use crate::CallError;
use crate::Trouble;
use crate::engine::{Failure, Report};
use crate::work::Desk;

/// Rows handed in at once.
const ROWS: usize = 1_000;
/// The epoch of the last answer about our journal.
const HEARD_IN: &str = "sync-acknowledged-in";

/// The life of central to which answers of lives before it were shown.
const SHOWN_IN: &str = "promises-shown-in";

/// Answers about promises of a life of central before the present one, which it has not been shown.
fn answers_of_before(tx: &Tx) -> Result<Vec<FeedRow>, StoreError> {
    let Some(epoch) = feed::cursor(tx)?.map(|cursor| cursor.epoch) else { return Ok(Vec::new()) };
    if setting::get(tx, SHOWN_IN)? == Some(epoch) {
        return Ok(Vec::new());
    }
    let rows = promise::answered_only(tx)?.into_iter().filter_map(|known| known.signed);
    Ok(rows.filter(|row| row.epoch != epoch).collect())
}

/// What we have seen of central.
pub(crate) fn seen(tx: &Tx) -> Result<SeenV1, StoreError> {
    let cursor = feed::cursor(tx)?;
    let mut heads = Vec::new();
    for generation in journal::generations(tx)? {
        let (sequence, hash) = journal::acknowledged(tx, generation)?;
        if sequence > 0 {
            heads.push(SeenHeadV1 { generation: generation.0, sequence, hash: hash.to_string() });
        }
    }
    let shown = answers_of_before(tx)?.is_empty();
    let has_all = !decision::owes(tx)? && journal::unsent(tx)? == 0 && recovery::get(tx)?.is_none() && shown;
    let gave_back = cursor.as_ref().filter(|cursor| has_all && cursor.number > 0).map(|cursor| cursor.epoch);
    Ok(SeenV1 { cursor, epoch: setting::get(tx, HEARD_IN)?, heads, gave_back })
}

/// Notes in which life of central it said what it has of our journal.
pub(crate) fn heard_in(tx: &Tx, epoch: Uuid) -> Result<(), StoreError> {
    if setting::get(tx, HEARD_IN)? != Some(epoch) {
        setting::set(tx, HEARD_IN, &epoch)?;
    }
    Ok(())
}

/// Whether central signed a page, and whether it goes on from where we are.
pub(crate) fn check_signed(cursor: Option<&Cursor>, page: &FeedPage, key: &PublicKey) -> Result<(), String> {
    verify_rows(&page.rows, key).map_err(|error| format!("rows: {error}"))?;
    if page.next.number > 0 && !page.next.is_signed_by(key) {
        return Err("next: it is not signed by central".to_owned());
    }
    let follows = |cursor: &Cursor| {
        page.rows.first().is_none_or(|row| row.number != cursor.number + 1 || row.previous == cursor.row_hash)
    };
    if cursor.is_some_and(|cursor| !follows(cursor)) {
        return Err("rows: they do not follow what came before".to_owned());
    }
    Ok(())
}

impl Desk {
    /// Central's signed word on who we are.
    pub(crate) fn own_row(&self) -> Result<Option<FeedRow>, CallError> {
        let read = self.store.read::<_, StoreError>(decision::own_row);
        read.map_err(|error| CallError::Away(format!("our own store: {error}")))
    }

    /// Hands in a part of what central lost; none when nothing is owed.
    pub(crate) async fn give_back(&self, token: &str) -> Result<Option<Report>, Failure> {
        let Some(part) = self.store.read(|tx| decision::next_owed(tx, ROWS))? else {
            return self.show_answers(token).await;
        };
        let request = DecisionsRequest { rows: part.rows.clone(), more: part.more };
        let answer = self.central.decisions(token, &request).await?;
        self.store.write("sync-handed-in", |tx| decision::handed_in(tx, &part))?;
        let problems = answer.problems.into_iter().map(|one| Trouble::new(Trouble::GIVEN_BACK, one)).collect();
        // What is decided comes down next, and central hears that nothing is owed any more.
        Ok(Some(Report { more: true, restarted: !part.more, problems, ..Report::default() }))
    }

    /// Shows central what it promised in a life before this one and said in no row that came here by the feed.
    async fn show_answers(&self, token: &str) -> Result<Option<Report>, Failure> {
        let (rows, epoch) = self.store.read::<_, StoreError>(|tx| Ok((answers_of_before(tx)?, feed::cursor(tx)?)))?;
        let Some(epoch) = epoch.map(|cursor| cursor.epoch).filter(|_| !rows.is_empty()) else { return Ok(None) };
        for some in rows.chunks(ROWS) {
            let request = DecisionsRequest { rows: some.to_vec(), more: false };
            self.central.decisions(token, &request).await?;
        }
        self.store.write::<_, StoreError>("sync-handed-in", |tx| setting::set(tx, SHOWN_IN, &epoch))?;
        Ok(Some(Report { more: true, restarted: true, ..Report::default() }))
    }
}
