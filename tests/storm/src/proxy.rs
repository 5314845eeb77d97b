//! The network between the tills and central: every request goes through here, and something befalls many of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::dice::Dice;

/// The network.
pub struct Proxy {
    /// Where the tills find it.
    pub url: String,
    inside: Arc<Inside>,
    _runtime: tokio::runtime::Runtime,
}

struct Inside {
    replicas: Mutex<Vec<String>>,
    calm: AtomicBool,
    dice: Mutex<Dice>,
    faults: AtomicU64,
}

/// What befalls a request.
#[derive(Clone, Copy)]
enum Fate {
    Through,
    Slow(u64),
    /// Cut before central hears it.
    Lost,
    /// Done, and the answer is cut.
    AnswerLost,
    /// Done, and nothing comes, for so long.
    HalfOpen(u64),
    /// Done twice; the first answer comes back last.
    Twice,
}

impl Proxy {
    /// Listens.
    pub fn start(seed: u64) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address: SocketAddr = listener.local_addr()?;
        let inside = Arc::new(Inside {
            replicas: Mutex::default(),
            calm: AtomicBool::new(true),
            dice: Mutex::new(Dice(seed)),
            faults: AtomicU64::new(0),
        });
        let served = Arc::clone(&inside);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inside = Arc::clone(&served);
                // Whoever hangs up ends its own connection.
                tokio::spawn(async move { inside.serve(stream).await });
            }
        });
        Ok(Proxy { url: format!("http://{address}"), inside, _runtime: runtime })
    }

    /// Central's replicas listen here now; any request may go to any of them.
    pub fn leads_to(&self, replicas: Vec<String>) {
        *self.inside.replicas.lock().unwrap_or_else(PoisonError::into_inner) = replicas;
    }

    /// Good weather, or bad.
    pub fn set_calm(&self, calm: bool) {
        self.inside.calm.store(calm, Ordering::Relaxed);
    }

    /// How many requests something befell.
    pub fn faults(&self) -> u64 {
        self.inside.faults.load(Ordering::Relaxed)
    }
}

impl Inside {
    fn fate(&self) -> Fate {
        if self.calm.load(Ordering::Relaxed) {
            return Fate::Through;
        }
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let fate = match dice.below(100) {
            0..=59 => return Fate::Through,
            60..=71 => Fate::Slow(dice.below(400)),
            72..=78 => Fate::Lost,
            79..=86 => Fate::AnswerLost,
            87..=90 => Fate::HalfOpen(dice.below(3_000)),
            _ => Fate::Twice,
        };
        self.faults.fetch_add(1, Ordering::Relaxed);
        fate
    }

    /// One request a connection: the answer says that it is closed.
    async fn serve(&self, mut till: TcpStream) -> Option<()> {
        let request = read_request(&mut till).await?;
        let answer = match self.fate() {
            Fate::Through => self.call(&request).await?,
            Fate::Slow(ms) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                let answer = self.call(&request).await?;
                tokio::time::sleep(Duration::from_millis(ms)).await;
                answer
            }
            Fate::Lost => return None,
            Fate::AnswerLost => {
                self.call(&request).await?;
                return None;
            }
            Fate::HalfOpen(ms) => {
                self.call(&request).await?;
                tokio::time::sleep(Duration::from_millis(ms)).await;
                return None;
            }
            Fate::Twice => {
                let first = self.call(&request).await?;
                self.call(&request).await?;
                first
            }
        };
        till.write_all(&answer).await.ok()?;
        till.shutdown().await.ok()
    }

    async fn call(&self, request: &[u8]) -> Option<Vec<u8>> {
        let address = {
            let replicas = self.replicas.lock().unwrap_or_else(PoisonError::into_inner);
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            let at = usize::try_from(dice.below(u64::try_from(replicas.len()).ok()?)).ok()?;
            replicas.get(at)?.clone()
        };
        let mut central = TcpStream::connect(address).await.ok()?;
        central.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        central.read_to_end(&mut answer).await.ok()?;
        (!answer.is_empty()).then_some(answer)
    }
}

/// A whole request, which asks for the connection to be closed after its answer.
async fn read_request(till: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if till.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let whole = head + 4 + length.unwrap_or(0);
    while bytes.len() < whole {
        if till.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut request = format!("{text}\r\nconnection: close\r\n\r\n").into_bytes();
    request.extend_from_slice(&bytes[head + 4..whole]);
    Some(request)
}
