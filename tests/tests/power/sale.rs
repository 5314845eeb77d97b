//! A sale on a disk that loses its power: cut at every operation of the disk, with all, none or any part of what was not
//! synced kept. What was called done is there, once; what was not is there whole or not at all.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use selvedge_app::{AppError, StoreQueue};
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_ports::{PrintEnd, PrintQueue};
use selvedge_store::{Store, StoreError};
use selvedge_tests::Shop;
use selvedge_tests::audit::{self, Books};
use selvedge_tests::company::{SOCKS, TEE, code};

use super::disk::{Disk, Kept, Luck};

const VFS: &str = "selvedge-power";
const FILE: &str = "selvedge.db";
/// Partial losses that are tried at every operation.
const SEEDS: std::ops::Range<u64> = 1..4;

/// The one disk of this program: SQLite keeps its file systems for ever.
fn disk() -> &'static Disk {
    static DISK: OnceLock<Disk> = OnceLock::new();
    DISK.get_or_init(|| {
        let disk = Disk::default();
        sqlite_vfs::register(VFS, disk.clone(), false).expect("SQLite takes a file system");
        disk
    })
}

/// One test at a time has the disk.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open() -> Result<Store, StoreError> {
    static KEYS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let keys = KEYS.get_or_init(|| tempfile::tempdir().expect("a folder"));
    Store::open_on_vfs(VFS, FILE, keys.path())
}

type Step = (&'static str, fn(&Shop) -> Result<(), AppError>);

/// A sale, step by step; each is answered before the next.
const SALE: &[Step] = &[
    ("scan a tee", |shop| shop.app().scan(&code(TEE), "wedge").map(drop)),
    ("scan socks", |shop| shop.app().scan(&code(SOCKS), "wedge").map(drop)),
    ("take cash", |shop| {
        let due = shop.app().view()?;
        let selvedge_contract::view::Screen::Selling(selling) = due.screen else { panic!("it sells") };
        shop.app().take_tender(TenderKind::Cash, selling.due, "").map(drop)
    }),
    ("the sale is done", |shop| shop.app().complete_sale().map(drop)),
    ("its drawer", |shop| {
        let mut queue = StoreQueue::new(Arc::clone(shop.app()));
        if let Some(pulse) = queue.next_pulse().map_err(queue_failed)? {
            queue.mark_pulse_sent(pulse.id).map_err(queue_failed)?;
        }
        Ok(())
    }),
    ("its paper", |shop| {
        let mut queue = StoreQueue::new(Arc::clone(shop.app()));
        let Some(job) = queue.next_waiting().map_err(queue_failed)? else { return Ok(()) };
        queue.mark_sending(job.id).map_err(queue_failed)?;
        queue.mark_ended(job.id, PrintEnd::Done).map_err(queue_failed)
    }),
    ("next", |shop| shop.app().next_sale().map(drop)),
];

fn queue_failed(error: selvedge_ports::QueueError) -> AppError {
    AppError::given("the queue", error)
}

/// A till that is open and has sold before, on the disk.
fn morning() -> Kept {
    disk().begin(&Disk::default().keep(), None);
    let mut shop = Shop::on_store(open().expect("a new store"), 1).joined(PriceMode::Inclusive);
    shop.open(0);
    shop.sell(&[TEE]);
    shop.print();
    shop.scan(SOCKS);
    let kept = disk().keep();
    shop.lose_power();
    kept
}

fn integrity(store: &Store) -> String {
    store
        .read::<_, StoreError>(|tx| Ok(tx.query_row("PRAGMA integrity_check", [], |row| row.get(0))?))
        .expect("the file can be read")
}

/// What a till holds, as its audit adds it up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    entries: usize,
    receipts: Vec<String>,
    scans: i64,
    tenders: usize,
    pulses_sent: i64,
    papers: Vec<String>,
    showing: bool,
}

fn held(store: &Store) -> Held {
    assert_eq!(integrity(store), "ok", "the database is intact");
    let Books { bodies, sales, .. } = audit::check(store);
    store
        .read::<_, StoreError>(|tx| {
            let one = |sql: &str| tx.query_row::<i64, _, _>(sql, [], |row| row.get(0));
            let mut papers = tx.prepare("SELECT title || state FROM print_job ORDER BY number")?;
            Ok(Held {
                entries: bodies.len(),
                receipts: sales.into_iter().map(|sale| sale.receipt).collect(),
                scans: one("SELECT count(*) FROM scan")?,
                tenders: selvedge_store::table::cart::load(tx)?.map_or(0, |cart| cart.tenders.len()),
                pulses_sent: one("SELECT count(*) FROM drawer_job WHERE state = 'sent'")?,
                papers: papers.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?,
                showing: one("SELECT count(*) FROM setting WHERE name = 'showing-sale'")? > 0,
            })
        })
        .expect("the file can be read")
}

/// Runs the sale until the power fails; how many steps were answered. Two writes are one step of the paper.
fn sells(from: &Kept, fails_at: Option<usize>) -> usize {
    disk().begin(from, fails_at);
    let Ok(store) = open() else { return 0 };
    if disk().is_dead() {
        return 0;
    }
    let shop = Shop::on_store(store, 2);
    let answered = SALE.iter().take_while(|(_, work)| work(&shop).is_ok()).count();
    shop.lose_power();
    answered
}

#[test]
fn the_power_fails_at_every_write_of_a_sale() {
    let _alone = alone();
    let morning = morning();
    // What the till holds after each number of steps, and how long it all takes.
    let mut states = Vec::new();
    for steps in 0..=SALE.len() {
        disk().begin(&morning, None);
        let shop = Shop::on_store(open().expect("the store"), 2);
        for (name, work) in &SALE[..steps] {
            work(&shop).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        states.push(held(shop.app().store()));
        shop.lose_power();
    }
    assert_eq!(sells(&morning, None), SALE.len());
    let operations = disk().operations();
    assert!(operations > 60, "a sale is more than {operations} operations");
    let lucks: Vec<Luck> = [Luck::None, Luck::All].into_iter().chain(SEEDS.map(Luck::Some)).collect();
    let mut seen = std::collections::BTreeSet::new();
    for at in 1..=operations {
        for luck in &lucks {
            let answered = sells(&morning, Some(at));
            assert!(disk().is_dead(), "operation {at} is reached");
            disk().power_on(*luck);
            let store = open().unwrap_or_else(|error| panic!("cut at {at}, {luck:?}: the store opens: {error}"));
            let now = held(&store);
            // In the middle of the paper's two writes it is being sent.
            let between = Held { papers: replaced(&states[5].papers, "waiting", "sending"), ..states[5].clone() };
            let fits =
                now == states[answered] || states.get(answered + 1) == Some(&now) || (answered == 5 && now == between);
            assert!(fits, "cut at {at} of {operations}, {luck:?}, {answered} steps answered: {now:#?}");
            seen.insert(answered);
            finishes(store, answered);
        }
    }
    assert!(seen.len() >= SALE.len(), "the power failed in every step: {seen:?}");
    println!("{operations} operations of the disk, each cut in {} ways", lucks.len());
}

fn replaced(papers: &[String], from: &str, to: &str) -> Vec<String> {
    papers.iter().map(|paper| paper.replace(from, to)).collect()
}

/// The till goes on where it is, and the sale is there once in the end.
fn finishes(store: Store, answered: usize) {
    let shop = Shop::on_store(store, 3);
    if shop.audit().sales.len() == 1 {
        if shop.selling().tenders.is_empty() {
            shop.take(TenderKind::Cash, shop.selling().due.minor());
        }
        shop.app().complete_sale().expect("the sale goes on");
        assert!(answered <= 3, "a sale that was called done is there");
    }
    let sales = shop.audit().sales;
    assert_eq!(sales.len(), 2, "the sale is there once");
    shop.app().next_sale().expect("the next one");
    shop.sell(&[SOCKS]);
    shop.lose_power();
}

#[test]
fn the_power_fails_while_the_file_is_made() {
    let _alone = alone();
    let empty = Disk::default().keep();
    disk().begin(&empty, None);
    drop(open().expect("a new store"));
    let operations = disk().operations();
    for at in 1..=operations {
        for luck in [Luck::None, Luck::All, Luck::Some(1), Luck::Some(2)] {
            disk().begin(&empty, Some(at));
            drop(open());
            assert!(disk().is_dead(), "operation {at} of {operations} is reached");
            disk().power_on(luck);
            let store = open().unwrap_or_else(|error| panic!("cut at {at}, {luck:?}: the store opens: {error}"));
            assert_eq!(integrity(&store), "ok", "cut at {at}, {luck:?}");
        }
    }
}
