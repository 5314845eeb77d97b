//! Across replicas: who commits a change notifies within its transaction, so that PostgreSQL passes it on with the
//! commit; every replica listens on a connection of its own.

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio_postgres::AsyncMessage;
use uuid::Uuid;

use super::open::At;
use super::work::{Tx, execute};
use crate::store::{Pokes, StoreError};

const CHANNEL: &str = "selvedge_central";
/// The feed has new rows.
pub(super) const FEED: &str = "feed";
/// A station may not do any more what it might.
pub(super) const STATIONS: &str = "stations";
const BALANCES: &str = "balances ";

/// Balances of a site changed.
pub(super) fn balances(site: Uuid) -> String {
    format!("{BALANCES}{site}")
}

/// Tells all replicas, once and when this transaction is committed.
pub(super) async fn tell(tx: &Tx<'_>, what: &[String]) -> Result<(), StoreError> {
    execute(tx, "SELECT pg_notify($1, what) FROM unnest($2::text[]) AS what", &[&CHANNEL, &what]).await?;
    Ok(())
}

/// Listens, and passes on what it hears, until the connection breaks.
pub(super) async fn hear(at: &At, pokes: &Pokes) -> Result<(), StoreError> {
    let (client, mut connection) = at.connect().await?;
    let (heard, mut said) = mpsc::channel(256);
    let reading = tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(message) = messages.next().await {
            // Nobody reads what is heard any more: the connection goes with this task.
            if heard.send(message).await.is_err() {
                break;
            }
        }
    });
    let listening = async {
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        // What was committed before the first notification could come.
        pokes.all();
        std::future::pending::<Result<(), StoreError>>().await
    };
    let hearing = async {
        while let Some(message) = said.recv().await {
            if let AsyncMessage::Notification(note) = message? {
                pass_on(pokes, note.payload());
            }
        }
        Err(StoreError::Away { detail: "the connection that listens has ended".to_owned() })
    };
    let ended = tokio::select! {
        ended = listening => ended,
        ended = hearing => ended,
    };
    reading.abort();
    ended
}

fn pass_on(pokes: &Pokes, said: &str) {
    let site = said.strip_prefix(BALANCES).and_then(|site| Uuid::parse_str(site).ok());
    match (said, site) {
        (FEED, _) => pokes.feed(),
        (STATIONS, _) => pokes.stations(),
        (_, Some(site)) => pokes.balances(site),
        // A word of a newer replica.
        _ => pokes.all(),
    }
}
