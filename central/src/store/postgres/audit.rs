//! The auditor's look at the tables, each step of one moment.

use uuid::Uuid;

use super::work::{Tx, rows};
use super::{base, export, feed, hash, promise, setup};
use crate::store::audit::{Stored, entry_findings, feed_findings};
use crate::store::{AuditPlace, AuditStep, StoreError};

pub(super) async fn step(tx: &Tx<'_>, from: &AuditPlace, limit: u32) -> Result<AuditStep, StoreError> {
    match from {
        AuditPlace::Products { after } => products(tx, *after, limit).await,
        AuditPlace::Feed { after } => feed_rows(tx, *after, limit).await,
        AuditPlace::Entries { after } => entries(tx, *after, limit).await,
        AuditPlace::Bases { after } => base::audit(tx, *after, limit).await,
    }
}

/// What is wrong with any balance.
pub(super) async fn balances(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    let mut wrong = between(tx, Uuid::nil(), Uuid::max()).await?;
    wrong.extend(promise::audit(tx).await?);
    let mut after = Some(AuditPlace::Bases { after: 0 });
    while let Some(AuditPlace::Bases { after: from }) = after {
        let step = base::audit(tx, from, 1_000).await?;
        wrong.extend(step.wrong);
        after = step.next;
    }
    Ok(wrong)
}

async fn products(tx: &Tx<'_>, after: Option<Uuid>, limit: u32) -> Result<AuditStep, StoreError> {
    let after = after.unwrap_or(Uuid::nil());
    let found = rows(
        tx,
        "(SELECT DISTINCT product FROM movement WHERE product > $1 ORDER BY product LIMIT $2)
         UNION
         (SELECT DISTINCT product FROM balance WHERE product > $1 ORDER BY product LIMIT $2)
         ORDER BY product LIMIT $2",
        &[&after, &i64::from(limit)],
    )
    .await?;
    let Some(last) = found.last().map(|row| row.get(0)) else {
        // The end of all products: what is promised of them is little, and looked at once.
        let wrong = promise::audit(tx).await?;
        return Ok(AuditStep { wrong, checked: 0, next: Some(AuditPlace::Feed { after: 0 }) });
    };
    let wrong = between(tx, after, last).await?;
    let next = Some(AuditPlace::Products { after: Some(last) });
    Ok(AuditStep { wrong, checked: u64::try_from(found.len()).unwrap_or(0), next })
}

/// Of products after one, up to another.
async fn between(tx: &Tx<'_>, after: Uuid, last: Uuid) -> Result<Vec<String>, StoreError> {
    let lines = rows(
        tx,
        "WITH sides AS (
             SELECT product, to_account AS account, quantity FROM movement WHERE product > $1 AND product <= $2
             UNION ALL
             SELECT product, from_account, -quantity FROM movement WHERE product > $1 AND product <= $2
             UNION ALL
             SELECT product, to_account, posted FROM base_line WHERE product > $1 AND product <= $2
             UNION ALL
             SELECT product, from_account, -posted FROM base_line WHERE product > $1 AND product <= $2
         ), sums AS (SELECT product, account, sum(quantity) AS quantity FROM sides GROUP BY product, account),
         known AS (SELECT product, account, quantity FROM balance WHERE product > $1 AND product <= $2)
         SELECT 'product ' || product || ' in ' || account || ': balance ' || coalesce(known.quantity, 0)
             || ', movements ' || coalesce(sums.quantity, 0)
         FROM sums FULL JOIN known USING (product, account)
         WHERE coalesce(known.quantity, 0) <> coalesce(sums.quantity, 0)
         UNION ALL
         SELECT 'product ' || product || ': all accounts together ' || sum(quantity)
         FROM known GROUP BY product HAVING sum(quantity) <> 0",
        &[&after, &last],
    )
    .await?;
    Ok(lines.iter().map(|row| row.get(0)).collect())
}

async fn feed_rows(tx: &Tx<'_>, after: i64, limit: u32) -> Result<AuditStep, StoreError> {
    let key = setup::central(tx).await?.ok_or(StoreError::NotSetUp)?.key().public();
    let sql = "SELECT * FROM feed WHERE number >= $1 ORDER BY number LIMIT $2";
    let found = rows(tx, sql, &[&after, &(i64::from(limit) + 1)]).await?;
    let mut read = Vec::with_capacity(found.len());
    for row in &found {
        let erased = row.get::<_, Option<&[u8]>>("body_hash").map(<[u8; 32]>::try_from).transpose();
        let erased = erased.map_err(|_| StoreError::value("feed row", "a digest's length"))?;
        read.push(Stored { row: feed::read(row)?, hash: hash("feed row", row.get("hash"))?, erased });
    }
    let last = found.last().map(|row| row.get("number")).filter(|last| *last > after);
    let next = last.map_or(AuditPlace::Entries { after: 0 }, |after| AuditPlace::Feed { after });
    let checked = u64::try_from(read.len()).unwrap_or(0);
    Ok(AuditStep { wrong: feed_findings(&read, &key), checked, next: Some(next) })
}

async fn entries(tx: &Tx<'_>, after: i64, limit: u32) -> Result<AuditStep, StoreError> {
    let found = rows(
        tx,
        "SELECT entry.*, generation.public_key,
                EXISTS (SELECT 1 FROM entry AS before
                        WHERE before.generation = entry.generation AND before.sequence = entry.sequence - 1
                              AND before.hash = entry.previous)
                    OR EXISTS (SELECT 1 FROM base WHERE base.generation = entry.generation
                               AND base.last >= entry.sequence - 1 AND base.first <= entry.sequence
                               AND (substring(digests FROM ((entry.sequence - first) * 8 + 1)::integer FOR 8)
                                        = substring(entry.hash FROM 1 FOR 8)
                                    OR entry.sequence > first
                                       AND substring(digests FROM ((entry.sequence - 1 - first) * 8 + 1)::integer FOR 8)
                                           = substring(entry.previous FROM 1 FOR 8))) AS follows
         FROM entry LEFT JOIN generation ON generation.generation = entry.generation
         WHERE entry.number > $1 ORDER BY entry.number LIMIT $2",
        &[&after, &i64::from(limit)],
    )
    .await?;
    let mut wrong = Vec::new();
    for row in &found {
        let key = row.get::<_, Option<&[u8]>>("public_key").map(|bytes| hash("generation", bytes)).transpose()?;
        wrong.extend(entry_findings(&export::entry_of(row)?, key.as_ref(), row.get("follows")));
    }
    let next = found.last().map(|row| AuditPlace::Entries { after: row.get("number") });
    let next = next.or(Some(AuditPlace::Bases { after: 0 }));
    Ok(AuditStep { wrong, checked: u64::try_from(found.len()).unwrap_or(0), next })
}
