//! A till as central sees it: a key, a journal that grows, and what of it central has.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http::{Method, StatusCode};
use selvedge_central::store::suite::TestStation;
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_protocol::journal::Entry;
use selvedge_protocol::v1::{
    AvailabilityAnswer, BalancePage, BalanceV1, EntryV1, JournalAnswer, JournalRequest, MAX_SEGMENT_ENTRIES, ProductV1,
    TokenAnswer, TokenRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::company;
use crate::line::Line;

/// Fast, as the stations pack.
const LEVEL: i32 = 1;

/// Where stock is looked up.
pub const BALANCES: &str = "/api/v1/balances?limit=50";
/// In every right answer of it.
pub const BALANCES_RIGHT: &str = "\"quantity_thousandths\"";
/// In every right answer of what is available.
pub const AVAILABLE_RIGHT: &str = "\"available_thousandths\"";

/// A till.
pub struct Till {
    station: TestStation,
    line: Line,
    token: Option<String>,
    /// Sales that are written and not sent; they are signed when they are sent.
    unsent: u64,
    /// Entries that central has not acknowledged.
    sending: Vec<Entry>,
    acknowledged: u64,
}

/// What became of a request.
pub enum Heard<T> {
    /// The answer.
    Well(T),
    /// Central asks to come back.
    Later(Duration),
}

impl Till {
    /// A till that joined.
    pub fn new(station: TestStation, address: &str) -> Self {
        Till { station, line: Line::new(address), token: None, unsent: 0, sending: Vec::new(), acknowledged: 0 }
    }

    /// Sells so often, on its own disk.
    pub fn sell(&mut self, times: u64) {
        self.unsent += times;
    }

    /// Nothing waits.
    pub fn is_done(&self) -> bool {
        self.unsent == 0 && self.sending.is_empty()
    }

    /// Entries that central said it has.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Hangs up, and forgets its token: central was away for long.
    pub fn drop_line(&mut self) {
        self.line.close();
        self.token = None;
    }

    /// Sends a segment of what waits.
    pub async fn send(&mut self, product: &ProductV1) -> Result<Heard<()>> {
        while self.unsent > 0 && self.sending.len() < MAX_SEGMENT_ENTRIES {
            self.sending.push(self.station.sells(product, 1));
            self.unsent -= 1;
        }
        let request =
            JournalRequest { entries: self.sending.iter().map(EntryV1::from).collect(), ..JournalRequest::default() };
        match self.ask::<JournalAnswer>(Method::POST, "/api/v1/journal", Some(&request)).await? {
            Heard::Later(after) => Ok(Heard::Later(after)),
            Heard::Well(answer) => {
                ensure!(answer.problems.is_empty(), "central has a problem with a sale: {:?}", answer.problems);
                let own = answer.heads.iter().find(|head| head.generation == self.station.generation);
                self.acknowledged = own.context("central says nothing of our journal")?.sequence;
                let acknowledged = self.acknowledged;
                self.sending.retain(|entry| entry.id.sequence > acknowledged);
                Ok(Heard::Well(()))
            }
        }
    }

    /// Looks how much there is of things.
    pub async fn look(&mut self) -> Result<Heard<()>> {
        match self.ask::<BalancePage>(Method::GET, BALANCES, None::<&()>).await? {
            Heard::Later(after) => Ok(Heard::Later(after)),
            Heard::Well(page) => {
                ensure!(!page.rows.is_empty(), "a site with stock shows some");
                let possible = |row: &BalanceV1| row.quantity_thousandths.abs() <= company::OPENING_THOUSANDTHS;
                ensure!(page.rows.iter().all(possible), "there is more than there ever was");
                Ok(Heard::Well(()))
            }
        }
    }

    /// What it asks, and the token that it shows: for others who ask in its name. None before it has signed on.
    pub fn asks(&self, path: &str) -> Option<(String, String)> {
        Some((path.to_owned(), self.token.clone()?))
    }

    /// Where it is asked what is available of a product at its site, as phones and web shops ask it.
    pub fn available_path(&self, product: &ProductV1) -> String {
        format!("/api/v1/availability?sku={}&site={}", product.sku, self.station.site.id)
    }

    /// Looks what is available of a product; how long the answer was.
    pub async fn look_available(&mut self, product: &ProductV1) -> Result<Heard<usize>> {
        let path = self.available_path(product);
        match self.ask::<AvailabilityAnswer>(Method::GET, &path, None::<&()>).await? {
            Heard::Later(after) => Ok(Heard::Later(after)),
            Heard::Well(answer) => {
                ensure!(answer.product == product.id, "asked for one product, told of another");
                let [here] = &answer.sites[..] else { bail!("asked for one site, told of {}", answer.sites.len()) };
                ensure!(here.site == self.station.site.id, "asked for one site, told of another");
                ensure!(here.on_hand_thousandths <= company::OPENING_THOUSANDTHS, "there is more than there ever was");
                Ok(Heard::Well(serde_json::to_vec(&answer)?.len()))
            }
        }
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Heard<T>> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => match self.sign_on().await? {
                Heard::Later(after) => return Ok(Heard::Later(after)),
                Heard::Well(token) => token,
            },
        };
        let body = body.map(pack).transpose()?.unwrap_or_default();
        self.read(method, path, Some(&token), body).await
    }

    async fn sign_on(&mut self) -> Result<Heard<String>> {
        let (device, generation) = (self.station.device, self.station.generation);
        let request = TokenRequest::sign(&self.station.key(), device, generation, Machine.now_ms(), Machine.new_id());
        match self.read::<TokenAnswer>(Method::POST, "/api/v1/token", None, pack(&request)?).await? {
            Heard::Later(after) => Ok(Heard::Later(after)),
            Heard::Well(answer) => {
                self.token = Some(answer.token.clone());
                Ok(Heard::Well(answer.token))
            }
        }
    }

    async fn read<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Heard<T>> {
        let answer = self.line.ask(method, path, token, body).await?;
        match (answer.status, answer.retry_after) {
            (StatusCode::OK, _) => Ok(Heard::Well(serde_json::from_slice(&answer.body)?)),
            (StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS, Some(after)) => Ok(Heard::Later(after)),
            (status, _) => bail!("{path}: {status} {}", String::from_utf8_lossy(&answer.body)),
        }
    }
}

fn pack(body: &impl Serialize) -> Result<Vec<u8>> {
    Ok(zstd::encode_all(&*serde_json::to_vec(body)?, LEVEL)?)
}
