//! A sale at one till, and its stock at another of the same site.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use selvedge_app::App;
use selvedge_contract::view::Screen;
use selvedge_domain::Amount;
use selvedge_domain::ids::{LocationId, PersonId, ProductId};
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::tender::TenderKind;
use selvedge_protocol::v1::ProductV1;
use selvedge_store::table::stock;
use selvedge_store::{Phase, StoreError, Witness};

use crate::Plan;
use crate::company::{Central, SITE};
use crate::figure::{Figure, Goal, Unit, by_turns, timed};
use crate::sale::Commits;

/// What is not seen by then is not seen.
const PATIENCE: Duration = Duration::from_secs(20);
/// In each round.
const SALES: usize = 100;
/// Before a sale: ten in a second are a busy site. Whoever is told of more than twenty is told of several at once.
const BETWEEN: Duration = Duration::from_millis(100);
/// What the goal allows at most.
const P99: Duration = Duration::from_millis(250);

/// From the commit of the sale at the one till to the commit of the figure at the other.
pub fn till_to_till(plan: &Plan, folder: &Path) -> Result<Figure> {
    let central = Central::start(&folder.join("lag"))?;
    let commits = Arc::new(Commits::default());
    let (says, heard) = channel();
    let seller = central.station(&folder.join("lag-seller"), 0, Arc::clone(&commits) as Arc<dyn Witness>)?;
    let watcher = central.station(&folder.join("lag-watcher"), 1, Arc::new(Heard(Mutex::new(says))))?;
    let app = seller.app();
    let site = central.demo.site(SITE).context("the demo has the site")?;
    let cashier = central.demo.people.iter().find(|one| one.sites.contains(&site.id)).context("somebody works here")?;
    app.sign_in(PersonId(cashier.person.id), cashier.pin)?;
    app.open_till(Amount::from_minor(10_000))?;
    let floor = site.locations.iter().find(|one| one.kind == "sales-floor").context("a shop has a sales floor")?;
    let sold = central.demo.products.iter().find(|one| one.active && !one.gtins.is_empty());
    let other = Other {
        app: watcher.app(),
        product: sold.context("there is something to sell")?,
        place: Account::Location(LocationId(floor.id)),
        heard,
    };
    let mut line = Line::to(&central)?;
    let few = Plan { samples: plan.samples.min(SALES), ..plan.clone() };
    let (floor, ours) = by_turns(
        &few,
        |_| line.there_and_back(),
        |_| {
            sleep(BETWEEN);
            let before = other.on_hand()?;
            sell(&app, &other.product.gtins[0])?;
            let done = commits.last().context("a sale is committed")?;
            Ok(other.sees(before - 1_000)?.saturating_duration_since(done))
        },
    )?;
    Ok(Figure {
        name: "sale at one till, stock seen at another, same central",
        unit: Unit::Time,
        ours,
        floor,
        floor_name: "one HTTP round trip to the same central, on a line that is open",
        goal: Goal::TenthsAndP99(50, P99),
        notes: vec![
            "Between the two tills lie three requests that follow each other (the journal up, the poke, the balances) and \
             three commits with their fsync: at central, at the till that sees it, and the mark of what was sent."
                .to_owned(),
        ],
    })
}

fn sell(app: &App, code: &str) -> Result<()> {
    app.scan(code, "wedge")?;
    let Screen::Selling(selling) = app.view()?.screen else { bail!("the till sells") };
    app.take_tender(TenderKind::Cash, selling.due, "")?;
    app.complete_sale()?;
    app.next_sale()?;
    Ok(())
}

/// Tells when balances were written.
struct Heard(Mutex<Sender<Instant>>);

impl Witness for Heard {
    fn at(&self, write: &'static str, phase: Phase) {
        if write == "sync-balances" && phase == Phase::Committed {
            // Nobody listens before the first round and after the last.
            let _gone = self.0.lock().unwrap_or_else(PoisonError::into_inner).send(Instant::now());
        }
    }
}

/// The till that sees it.
struct Other<'a> {
    app: Arc<App>,
    product: &'a ProductV1,
    place: Account,
    heard: Receiver<Instant>,
}

impl Other<'_> {
    fn on_hand(&self) -> Result<i64> {
        let id = ProductId(self.product.id);
        let known = self.app.store().read::<_, StoreError>(|tx| stock::on_hand(tx, id, self.place))?;
        Ok(known.thousandths())
    }

    /// When it had the figure on its disk.
    fn sees(&self, thousandths: i64) -> Result<Instant> {
        let began = Instant::now();
        while let Some(left) = PATIENCE.checked_sub(began.elapsed()) {
            let Ok(mut written) = self.heard.recv_timeout(left) else { break };
            while let Ok(later) = self.heard.try_recv() {
                written = later;
            }
            if self.on_hand()? == thousandths {
                return Ok(written);
            }
        }
        bail!("the other till never saw the sale: it has {}, not {thousandths}", self.on_hand()?)
    }
}

/// An open line to central, with nothing around it.
struct Line(TcpStream);

impl Line {
    fn to(central: &Central) -> Result<Self> {
        let line = TcpStream::connect(central.address())?;
        line.set_nodelay(true)?;
        Ok(Line(line))
    }

    fn there_and_back(&mut self) -> Result<Duration> {
        let mut answer = [0; 4096];
        timed(|| {
            self.0.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
            let mut length = 0;
            while !is_whole(&answer[..length]) {
                let read = self.0.read(&mut answer[length..])?;
                ensure!(read > 0, "central answers whole");
                length += read;
            }
            Ok(length)
        })
    }
}

/// Whether head and body of an answer are there.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}
