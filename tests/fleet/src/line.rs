//! A till's own connection: HTTP/1.1 over TCP, opened when it is needed and opened again when it broke.

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The longest that a till waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to central.
pub struct Line {
    address: String,
    open: Option<SendRequest<Full<Bytes>>>,
}

/// What came back.
pub struct Answer {
    /// 200 when all is well.
    pub status: StatusCode,
    /// When to come back, where central says so.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Bytes,
}

impl Line {
    /// Not connected yet.
    pub fn new(address: &str) -> Self {
        Line { address: address.to_owned(), open: None }
    }

    /// Hangs up.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Asks, and waits for the whole answer.
    pub async fn ask(&mut self, method: Method, path: &str, token: Option<&str>, body: Vec<u8>) -> Result<Answer> {
        let asked = tokio::time::timeout(PATIENCE, self.try_ask(method, path, token, body)).await;
        let answer = asked.context("central does not answer").and_then(|answer| answer);
        if answer.is_err() {
            self.close();
        }
        answer
    }

    async fn try_ask(&mut self, method: Method, path: &str, token: Option<&str>, body: Vec<u8>) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.address);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json").header(header::CONTENT_ENCODING, "zstd");
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let sender = self.sender().await?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let seconds = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body })
    }

    async fn sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.open {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            self.open = Some(sender);
        }
        self.open.as_mut().context("a line")
    }
}
