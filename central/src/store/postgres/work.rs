//! Transactions: reads see one moment, writes are tried again when the database asks for it, and are answered after the
//! commit.

use deadpool_postgres::{Pool, Transaction};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use crate::store::{Answer, StoreError};

/// A write that others were in the way of is tried so often, in all.
const TRIES: u32 = 8;

/// A transaction.
pub(super) type Tx<'a> = Transaction<'a>;
/// A parameter of a statement.
pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

/// All of a read is of one moment.
pub(super) async fn read<T>(
    pool: &Pool,
    work: impl for<'t> FnOnce(&'t Tx<'t>) -> Answer<'t, T> + Send,
) -> Result<T, StoreError> {
    let mut client = pool.get().await?;
    let tx = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let done = work(&tx).await?;
    tx.commit().await?;
    Ok(done)
}

/// Commits, or does it again when the database gave way to others. `work` must be fit for that: it has no effect outside
/// the transaction.
pub(super) async fn write<T>(
    pool: &Pool,
    work: impl for<'t> Fn(&'t Tx<'t>) -> Answer<'t, T> + Send + Sync,
) -> Result<T, StoreError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match once(pool, &work).await {
            Err(error) if tried < TRIES && error.is_worth_another_try() => {
                tracing::debug!(tried, error = %error, "a transaction gave way, trying again");
            }
            ended => return ended,
        }
    }
}

async fn once<T>(
    pool: &Pool,
    work: &(impl for<'t> Fn(&'t Tx<'t>) -> Answer<'t, T> + Send + Sync),
) -> Result<T, StoreError> {
    let mut client = pool.get().await?;
    // Read committed: after waiting for a lock the next statement sees what its holder did.
    let tx = client.transaction().await?;
    let done = work(&tx).await?;
    tx.commit().await?;
    Ok(done)
}

/// The rows of a prepared statement.
pub(super) async fn rows(tx: &Tx<'_>, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
    let statement = tx.prepare_cached(sql).await?;
    Ok(tx.query(&statement, params).await?)
}

/// Its only row, if there is one.
pub(super) async fn maybe(tx: &Tx<'_>, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>, StoreError> {
    Ok(rows(tx, sql, params).await?.into_iter().next())
}

/// Runs a prepared statement; how many rows it changed.
pub(super) async fn execute(tx: &Tx<'_>, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
    let statement = tx.prepare_cached(sql).await?;
    Ok(tx.execute(&statement, params).await?)
}

/// Does it and takes it back.
pub(super) async fn rehearse<T>(
    pool: &Pool,
    work: impl for<'t> Fn(&'t Tx<'t>) -> Answer<'t, T> + Send + Sync,
) -> Result<T, StoreError> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    let done = work(&tx).await?;
    tx.rollback().await?;
    Ok(done)
}
