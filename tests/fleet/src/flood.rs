//! Many cheap requests, from a process of its own: written down before the clock runs, sent at given times whatever is
//! answered (or each as soon as the one before it was), and looked at no longer than it takes to see what they are.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::Read;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::{JoinSet, LocalSet, spawn_local};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::answers::Answers;
use crate::figures::Times;

/// Unanswered on a connection at once; what is due beyond that is not sent, and counted.
const UNANSWERED: usize = 16;
/// Between two looks at what is due.
const TICK: Duration = Duration::from_millis(1);
/// What is not answered so long after the last one was sent is lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to ask.
#[derive(Serialize, Deserialize)]
pub struct Flood {
    /// Whom.
    pub address: String,
    /// Over how many connections.
    pub lines: usize,
    /// What is asked, one after the other, on whatever connection: a path, and the token that is shown.
    pub asks: Vec<(String, String)>,
    /// In every right answer.
    pub right: String,
    /// Requests a second of all connections; none: each asks again as soon as it was answered.
    pub a_second: Option<u64>,
    /// How long.
    pub seconds: u64,
}

/// What came of it.
#[derive(Default, Serialize, Deserialize)]
pub struct Flooded {
    /// Requests that central's sockets took.
    pub sent: u64,
    /// Requests that were due when too many of that connection were unanswered.
    pub held_back: u64,
    /// Answers that are neither right nor a "later", and requests without any answer.
    pub wrong: u64,
    /// Right answers: how long each took, from when it was due.
    pub right: Times,
    /// Asked to come back: how soon told.
    pub later: Times,
    /// From the first to the last request, in milliseconds.
    pub took_ms: u64,
}

impl Flooded {
    /// So many a second.
    pub fn a_second(&self, count: u64) -> u64 {
        count * 1_000 / self.took_ms.max(1)
    }
}

/// Starts a process that floods, and waits for what it says.
pub async fn pour(flood: &Flood) -> Result<Flooded> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("flood")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut words = child.stdin.take().context("its input")?;
    words.write_all(&serde_json::to_vec(flood)?).await?;
    drop(words);
    let said = child.wait_with_output().await?;
    ensure!(said.status.success(), "the flood ended with {}", said.status);
    Ok(serde_json::from_slice(&said.stdout)?)
}

/// The process itself: what to do comes in, what came of it goes out.
pub fn run() -> Result<()> {
    crate::cores::raise_limits()?;
    let mut words = Vec::new();
    std::io::stdin().read_to_end(&mut words)?;
    let flood: Flood = serde_json::from_slice(&words)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let flooded = LocalSet::new().block_on(&runtime, flow(&flood))?;
    println!("{}", serde_json::to_string(&flooded)?);
    Ok(())
}

/// What all connections share.
struct All {
    /// Requests as they go over the line.
    requests: Vec<Vec<u8>>,
    next: Cell<usize>,
    flooded: RefCell<Flooded>,
}

impl All {
    fn next(&self) -> &[u8] {
        let at = self.next.get();
        self.next.set((at + 1) % self.requests.len());
        &self.requests[at]
    }
}

struct Line {
    stream: TcpStream,
    /// When those that are not answered were due.
    waiting: RefCell<VecDeque<Instant>>,
    /// The end of a request that the socket did not take.
    rest: RefCell<Vec<u8>>,
}

async fn flow(flood: &Flood) -> Result<Flooded> {
    ensure!(flood.lines > 0 && !flood.asks.is_empty(), "somebody asks something");
    let wire = |(path, token): &(String, String)| {
        let host = &flood.address;
        format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
    };
    let requests = flood.asks.iter().map(wire).collect();
    let all = Rc::new(All { requests, next: Cell::new(0), flooded: RefCell::default() });
    let mut lines = Vec::new();
    for _ in 0..flood.lines {
        let stream = TcpStream::connect(&flood.address).await?;
        stream.set_nodelay(true)?;
        lines.push(Rc::new(Line { stream, waiting: RefCell::default(), rest: RefCell::default() }));
    }
    let again = flood.a_second.is_none();
    let began = Instant::now();
    let until = began + Duration::from_secs(flood.seconds);
    let mut readers = JoinSet::new();
    for line in &lines {
        let (line, all, right) = (Rc::clone(line), Rc::clone(&all), flood.right.clone().into_bytes());
        readers.spawn_local(async move { read(&line, &all, &right, again.then_some(until)).await });
    }
    match flood.a_second {
        Some(a_second) => pace(&lines, &all, a_second, until).await?,
        None => {
            for line in &lines {
                send(line, &all, Instant::now())?;
            }
            sleep_until(until).await;
        }
    }
    all.flooded.borrow_mut().took_ms = u64::try_from(began.elapsed().as_millis())?;
    // What was asked is answered, or is lost.
    let unanswered = || lines.iter().map(|line| line.waiting.borrow().len()).sum::<usize>();
    let drained = async {
        while unanswered() > 0 {
            sleep(TICK).await;
        }
    };
    timeout(PATIENCE, drained).await.ok();
    all.flooded.borrow_mut().wrong += u64::try_from(unanswered())?;
    // One that ended by itself ended badly.
    while let Some(read) = readers.try_join_next() {
        read??;
    }
    Ok(all.flooded.take())
}

/// Sends what is due, one connection after the other.
async fn pace(lines: &[Rc<Line>], all: &All, a_second: u64, until: Instant) -> Result<()> {
    let began = Instant::now();
    let apart_ns = 1_000_000_000 / u128::from(a_second.max(1)).max(1);
    let mut asked = 0_u128;
    while Instant::now() < until {
        let due = began.elapsed().as_nanos() / apart_ns.max(1);
        while asked < due {
            let line = &lines[usize::try_from(asked)? % lines.len()];
            if line.waiting.borrow().len() < UNANSWERED && line.rest.borrow().is_empty() {
                let since = Duration::from_nanos(u64::try_from(asked * apart_ns)?);
                send(line, all, began + since)?;
            } else {
                all.flooded.borrow_mut().held_back += 1;
            }
            asked += 1;
        }
        sleep(TICK).await;
    }
    Ok(())
}

fn send(line: &Rc<Line>, all: &All, due: Instant) -> Result<()> {
    let request = all.next();
    let taken = match line.stream.try_write(request) {
        Ok(taken) => taken,
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error).context("central's sockets take requests"),
    };
    let mut flooded = all.flooded.borrow_mut();
    if taken == 0 {
        flooded.held_back += 1;
        return Ok(());
    }
    flooded.sent += 1;
    line.waiting.borrow_mut().push_back(due);
    if taken < request.len() {
        *line.rest.borrow_mut() = request[taken..].to_vec();
        spawn_local(finish(Rc::clone(line)));
    }
    Ok(())
}

async fn finish(line: Rc<Line>) -> Result<()> {
    loop {
        line.stream.writable().await?;
        let rest = line.rest.borrow().clone();
        match line.stream.try_write(&rest) {
            Ok(taken) if taken == rest.len() => {
                line.rest.borrow_mut().clear();
                return Ok(());
            }
            Ok(taken) => drop(line.rest.borrow_mut().drain(..taken)),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads answers without end; asks again until then where that is wanted.
async fn read(line: &Rc<Line>, all: &All, right: &[u8], again: Option<Instant>) -> Result<()> {
    let mut answers = Answers::default();
    loop {
        line.stream.readable().await?;
        match answers.fill(|bytes| line.stream.try_read(bytes)) {
            Ok(0) => bail!("central hung up"),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        while let Some(answer) = answers.next()? {
            let due = line.waiting.borrow_mut().pop_front().context("an answer to a question")?;
            match answer.status {
                200 if answer.contains(right) => all.flooded.borrow_mut().right.add(due.elapsed()),
                429 | 503 if answer.says_when => all.flooded.borrow_mut().later.add(due.elapsed()),
                _ => all.flooded.borrow_mut().wrong += 1,
            }
            if again.is_some_and(|until| Instant::now() < until) {
                send(line, all, Instant::now())?;
            }
        }
    }
}
