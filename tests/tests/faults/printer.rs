//! External effects: the till killed around every byte of a paper and the drawer's pulse. The printer lives in this
//! process and is reached over TCP; what it has seen is held against what the till believes afterwards.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use selvedge_app::StoreQueue;
use selvedge_contract::view::TrayKind;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_hardware::escpos::Profile;
use selvedge_hardware::printer::{PrinterDevice, PrinterHandle, Timing, start};
use selvedge_hardware::transport::TcpConnector;
use selvedge_hardware::virtual_printer::VirtualPrinter;
use selvedge_ports::fake::EventList;
use selvedge_ports::{Connector, Link};
use selvedge_store::table::print_job::{self, State};
use selvedge_store::{NoWitness, Phase, StoreError, Witness};
use selvedge_tests::Shop;
use selvedge_tests::company::{SOCKS, TEE};
use selvedge_tests::shop::quick_folder;

use crate::child;

const ADDRESS: &str = "SELVEDGE_TEST_PRINTER";
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the till ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Point {
    /// At a phase of a write of the print queue.
    Write(&'static str, Phase),
    /// When so many bytes of the paper were taken by the wire.
    Bytes(usize),
    /// When all bytes were taken, before the printer's answer is read.
    AllBytes,
    /// When the pulse is recorded and its bytes are about to go out.
    PulseBytes,
    /// When the pulse's bytes were taken.
    PulseSent,
}

const POINTS: &[Point] = &[
    Point::Write("drawer-sent", Phase::Begun),
    Point::Write("drawer-sent", Phase::Written),
    Point::Write("drawer-sent", Phase::Committed),
    Point::PulseBytes,
    Point::PulseSent,
    Point::Write("print-sending", Phase::Begun),
    Point::Write("print-sending", Phase::Written),
    Point::Write("print-sending", Phase::Committed),
    Point::Bytes(0),
    Point::Bytes(1),
    Point::Bytes(100),
    Point::Bytes(300),
    Point::AllBytes,
    Point::Write("print-ended", Phase::Begun),
    Point::Write("print-ended", Phase::Written),
    Point::Write("print-ended", Phase::Committed),
];

/// What the wire and the store tell each other in the child.
#[derive(Default)]
struct Marks {
    paper: AtomicBool,
    pulse: AtomicBool,
}

struct Watch {
    point: Point,
    marks: Arc<Marks>,
}

impl Witness for Watch {
    fn at(&self, write: &'static str, phase: Phase) {
        if self.point == Point::Write(write, phase) {
            std::process::abort();
        }
        match (write, phase) {
            ("print-sending", Phase::Committed) => self.marks.paper.store(true, Ordering::SeqCst),
            ("drawer-sent", Phase::Committed) => self.marks.pulse.store(true, Ordering::SeqCst),
            _ => {}
        }
    }
}

/// A way to the printer that ends the process at a byte.
struct Cut {
    inner: TcpConnector,
    point: Point,
    marks: Arc<Marks>,
}

impl Connector for Cut {
    fn connect(&mut self, wait: Duration) -> io::Result<Box<dyn Link>> {
        let inner = self.inner.connect(wait)?;
        Ok(Box::new(CutLink { inner, point: self.point, marks: Arc::clone(&self.marks), written: 0 }))
    }
}

struct CutLink {
    inner: Box<dyn Link>,
    point: Point,
    marks: Arc<Marks>,
    written: usize,
}

impl Link for CutLink {
    fn write(&mut self, bytes: &[u8], wait: Duration) -> io::Result<usize> {
        if self.marks.pulse.swap(false, Ordering::SeqCst) {
            if self.point == Point::PulseBytes {
                std::process::abort();
            }
            let count = self.inner.write(bytes, wait)?;
            if self.point == Point::PulseSent {
                std::process::abort();
            }
            return Ok(count);
        }
        if !self.marks.paper.load(Ordering::SeqCst) {
            return self.inner.write(bytes, wait);
        }
        let left = match self.point {
            Point::Bytes(most) => most - self.written,
            Point::Write(..) | Point::AllBytes | Point::PulseBytes | Point::PulseSent => usize::MAX,
        };
        let count = if left == 0 { 0 } else { self.inner.write(&bytes[..left.min(bytes.len())], wait)? };
        self.written += count;
        if self.point == Point::Bytes(self.written) {
            std::process::abort();
        }
        Ok(count)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        // Whoever waits for an answer has nothing more to send.
        if self.point == Point::AllBytes && self.written > 0 && !wait.is_zero() {
            std::process::abort();
        }
        self.inner.read(buffer, wait)
    }

    fn close(self: Box<Self>, wait: Duration) {
        self.inner.close(wait);
    }
}

fn profile() -> Profile {
    Profile::built_in("generic-80").unwrap()
}

fn printer_loop(shop: &Shop, connector: Box<dyn Connector>) -> PrinterHandle {
    let device = PrinterDevice {
        name: "receipts".to_owned(),
        profile: profile(),
        connector,
        queue: Box::new(StoreQueue::new(Arc::clone(shop.app()))),
        events: Box::new(EventList::default()),
        timing: Timing::default(),
    };
    start(device).unwrap()
}

fn wait_until(what: &str, mut there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < PATIENCE, "{what} took too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn jobs(shop: &Shop, state: State) -> usize {
    shop.app().store().read::<_, StoreError>(|tx| Ok(print_job::in_state(tx, state)?.len())).unwrap()
}

/// Not a test by itself: the till that sells once for cash and is killed.
#[test]
fn the_till_of_a_child() {
    if child::role().as_deref() != Some("printer") {
        return;
    }
    let at: usize = child::point_text().parse().unwrap();
    let (point, marks) = (POINTS[at], Arc::new(Marks::default()));
    let watch = Watch { point, marks: Arc::clone(&marks) };
    let mut shop = Shop::in_folder(&child::folder(), 1, Arc::new(watch)).joined(PriceMode::Inclusive);
    shop.leaves_all();
    shop.open(0);
    shop.scan_all(&[TEE, SOCKS]);
    shop.pay(TenderKind::Cash);
    let address = std::env::var(ADDRESS).unwrap();
    let printer = printer_loop(&shop, Box::new(Cut { inner: TcpConnector::new(address), point, marks }));
    printer.wake();
    wait_until("the paper", || jobs(&shop, State::Printed) == 1);
    std::process::exit(0);
}

/// What a person at the till finds after a kill, and answers as she sees it.
struct After {
    asked: bool,
    pulses_before: usize,
}

#[test]
fn a_kill_at_any_byte_prints_every_receipt_once_or_asks() {
    for (at, point) in POINTS.iter().enumerate() {
        for person_says_no in [false, true] {
            try_point(at, *point, person_says_no);
        }
    }
}

fn try_point(at: usize, point: Point, person_says_no: bool) {
    let folder = quick_folder();
    let printer = VirtualPrinter::new(&profile());
    let address = printer.listen().unwrap().to_string();
    let output = child::start(
        "printer::the_till_of_a_child",
        "printer",
        folder.path(),
        &at.to_string(),
        &[(ADDRESS, address.clone())],
    );
    child::assert_killed(&output, &format!("{point:?}"));
    wait_until("the end of the connection", || !printer.is_connected());

    let mut shop = Shop::in_folder(folder.path(), 100, Arc::new(NoWitness));
    shop.leaves_entries();
    let after = recover(&shop, &printer, point, person_says_no);
    let running = printer_loop(&shop, Box::new(TcpConnector::new(address)));
    running.wake();
    wait_until("the papers", || jobs(&shop, State::Waiting) + jobs(&shop, State::Sending) == 0);
    drop(running);
    check(&shop, &printer, folder.path(), point, person_says_no, &after);
}

fn recover(shop: &Shop, printer: &VirtualPrinter, point: Point, person_says_no: bool) -> After {
    let pulses_before = printer.pulses();
    let trays = shop.view().trays;
    let job = trays.iter().find_map(|tray| match &tray.what {
        TrayKind::UncertainPrint { job, .. } => Some(*job),
        _ => None,
    });
    let receipt = shop.audit().sales[0].receipt.clone();
    let out = papers(printer, &receipt);
    if job.is_none() && out.first > 0 {
        assert_eq!(jobs(shop, State::Printed), 1, "{point:?}: a paper that is out is known to be out, or asked about");
    }
    if let Some(job) = job {
        shop.app().answer_uncertain(job, out.first > 0 && !person_says_no).unwrap();
    }
    After { asked: job.is_some(), pulses_before }
}

struct Papers {
    first: usize,
    copies: usize,
}

/// Whole papers of a receipt on the tray.
fn papers(printer: &VirtualPrinter, receipt: &str) -> Papers {
    let receipts = printer.receipts();
    let of = receipts.iter().filter(|paper| paper.qr_codes().contains(&receipt));
    let (copies, first): (Vec<_>, Vec<_>) = of.partition(|paper| paper.contains("COPY"));
    Papers { first: first.len(), copies: copies.len() }
}

fn check(shop: &Shop, printer: &VirtualPrinter, folder: &Path, point: Point, person_says_no: bool, after: &After) {
    let books = shop.audit();
    assert_eq!(books.sales.len(), 1, "{point:?}: one sale, in {}", folder.display());
    let out = papers(printer, &books.sales[0].receipt);
    assert!(out.first <= 1, "{point:?}: a receipt is printed once, it was {} times", out.first);
    assert!(out.first + out.copies >= 1, "{point:?}: the customer gets a receipt");
    if out.first == 0 || person_says_no && after.asked {
        assert!(after.asked, "{point:?}: what may be missing is asked about");
        assert_eq!(out.copies, 1, "{point:?}: the second paper says COPY");
    } else {
        assert_eq!(out.copies, 0, "{point:?}: nobody asked for a copy");
    }
    let before_first_byte = matches!(point, Point::Write("print-sending", Phase::Begun | Phase::Written));
    let pulse_point = matches!(point, Point::Write("drawer-sent", _) | Point::PulseBytes | Point::PulseSent);
    assert_eq!(
        after.asked,
        !(before_first_byte || pulse_point || point == Point::Write("print-ended", Phase::Committed)),
        "{point:?}: asked exactly when bytes may be out and nothing is proved"
    );
    assert!(printer.pulses() <= 1, "{point:?}: the drawer opens at most once");
    assert_eq!(printer.pulses(), after.pulses_before, "{point:?}: a pulse of before the kill is not sent after it");
}
