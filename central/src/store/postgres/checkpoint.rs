//! Checkpoints: what central had at a moment, signed as a row of the feed. All stations keep the last one, so a central
//! that lost everything knows up to where it once had each journal, and which rows nobody needs.

use selvedge_protocol::v1::{CheckpointV1, DeviceHeadV1, FeedBody};

use super::feed::Appender;
use super::work::{Tx, maybe, rows};
use super::{from_json, unsigned};
use crate::store::{BalancesHash, StoreError, join_ranges, says_more};

/// Signs what [`body`] found; false when that was said already.
pub(super) async fn write(tx: &Tx<'_>, body: &CheckpointV1, now_ms: i64) -> Result<bool, StoreError> {
    let mut feed = Appender::new(tx, now_ms).await?;
    let sql =
        "SELECT body, number = (SELECT max(number) FROM feed) FROM feed WHERE kind = 'checkpoint' AND NOT replaced";
    let last = maybe(tx, sql, &[]).await?;
    let is_head = last.as_ref().is_some_and(|row| row.get(1));
    let last: Option<CheckpointV1> = last.map(|row| from_json("checkpoint", row.get(0))).transpose()?;
    if !says_more(last.as_ref(), is_head, body) {
        return Ok(false);
    }
    feed.append(None, &FeedBody::Checkpoint(body.clone())).await?;
    feed.finish().await?;
    Ok(true)
}

/// What there is, read at one moment.
pub(super) async fn body(tx: &Tx<'_>) -> Result<CheckpointV1, StoreError> {
    let sql = "SELECT generation.device, branch.generation, branch.sequence, branch.hash
               FROM branch JOIN generation ON generation.generation = branch.generation
               ORDER BY generation.device, branch.generation, branch.branch";
    let heads = rows(tx, sql, &[]).await?;
    let head = |row: &tokio_postgres::Row| DeviceHeadV1 {
        device: row.get(0),
        generation: row.get(1),
        sequence: unsigned(row.get(2)),
        hash: hex::encode(row.get::<_, &[u8]>(3)),
    };
    let mut balances = BalancesHash::default();
    let sql =
        "SELECT product, account, quantity FROM balance WHERE quantity <> 0 ORDER BY product, account COLLATE \"C\"";
    for row in rows(tx, sql, &[]).await? {
        balances.add(row.get(0), row.get(1), row.get(2));
    }
    let sql = "SELECT epoch, number, number FROM feed WHERE replaced OR kind = 'checkpoint'
               UNION ALL SELECT epoch, first, last FROM replaced_numbers ORDER BY 1, 2";
    let replaced = rows(tx, sql, &[]).await?;
    let ranges = replaced.iter().map(|row| (row.get(0), unsigned(row.get(1)), unsigned(row.get(2))));
    Ok(CheckpointV1 {
        heads: heads.iter().map(head).collect(),
        balances: balances.hex(),
        replaced: join_ranges(ranges),
    })
}
