//! A shop with one till. It is audited when it is dropped: see [`audit`], and what waits must have been declared.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use selvedge_app::{App, AppError, Joined, Nudge, Outside, StoreQueue};
use selvedge_contract::view::{SaleDone, Screen, Selling, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{DeviceId, GenerationId, JobId, LineId, ProductId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};
use selvedge_ports::{PrintEnd, PrintQueue};
use selvedge_protocol::journal::GENESIS;
use selvedge_store::table::station::Station;
use selvedge_store::table::{journal, print_job, station, stock};
use selvedge_store::{NoWitness, Store, StoreError, Witness};
use tempfile::TempDir;

use crate::audit::{self, Books};
use crate::outside::{CountedIds, FixedClock, SATURDAY_NINE_MS, device_key, second_key};
use crate::{company, paper};

/// A shop.
pub struct Shop {
    app: Option<Arc<App>>,
    place: Place,
    clock: Arc<FixedClock>,
    nudges: Arc<Mutex<Vec<Nudge>>>,
    run: u16,
    witness: Arc<dyn Witness>,
    /// What a printer put out, in order: texts of papers.
    pub papers: Vec<String>,
    /// How often the drawer opened.
    pub pulses: usize,
    waits: Waits,
}

#[derive(Clone, Copy, Default)]
struct Waits {
    papers: bool,
    entries: bool,
}

enum Place {
    Memory(Arc<Store>),
    Own(TempDir),
    Given(PathBuf),
}

/// Opens a folder. Where a test starts processes beside it, a process that is just being made holds every lock of this
/// one for an instant.
fn open_folder(folder: &Path, witness: &Arc<dyn Witness>) -> Store {
    for _ in 0..500 {
        match Store::open_watched(folder, Arc::clone(witness)) {
            Err(StoreError::Locked(_)) => std::thread::sleep(std::time::Duration::from_millis(10)),
            opened => return opened.expect("the folder opens"),
        }
    }
    panic!("the folder {} stays locked", folder.display())
}

/// A folder that a killed process leaves as it was and that costs no disk, where there is one: a kill loses nothing that
/// was written, only a power cut does.
///
/// # Panics
/// When no folder can be made.
pub fn quick_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// What a till needs besides its folder.
pub fn outside(clock: &Arc<FixedClock>, run: u16, nudges: &Arc<Mutex<Vec<Nudge>>>) -> Outside {
    let told = Arc::clone(nudges);
    Outside {
        clock: Arc::<FixedClock>::clone(clock),
        ids: Arc::new(CountedIds::of_run(run)),
        nudge: Box::new(move |nudge| told.lock().expect("nudges").push(nudge)),
    }
}

impl Shop {
    /// A new shop in memory; prices contain tax.
    pub fn new() -> Self {
        Self::in_memory(PriceMode::Inclusive)
    }

    /// A new shop in memory.
    pub fn in_memory(mode: PriceMode) -> Self {
        let store = Arc::new(Store::in_memory().expect("a store"));
        Self::start(Place::Memory(store), 1, Arc::new(NoWitness)).joined(mode)
    }

    /// A new shop in a folder of its own.
    pub fn on_disk(mode: PriceMode) -> Self {
        Self::start(Place::Own(tempfile::tempdir().expect("a folder")), 1, Arc::new(NoWitness)).joined(mode)
    }

    /// A shop in a folder that outlives it: new, or as another process left it. `run` counts the starts there.
    pub fn in_folder(folder: &Path, run: u16, witness: Arc<dyn Witness>) -> Self {
        Self::start(Place::Given(folder.to_owned()), run, witness)
    }

    /// A shop on a store that somebody else opened. `run` counts the starts on it.
    pub fn on_store(store: Store, run: u16) -> Self {
        Self::start(Place::Memory(Arc::new(store)), run, Arc::new(NoWitness))
    }

    /// The power fails: nothing is settled, nothing is looked at.
    pub fn lose_power(mut self) {
        self.app = None;
    }

    fn start(place: Place, run: u16, witness: Arc<dyn Witness>) -> Self {
        let mut shop = Shop {
            app: None,
            place,
            clock: Arc::new(FixedClock::at(SATURDAY_NINE_MS)),
            nudges: Arc::default(),
            run,
            witness,
            papers: Vec::new(),
            pulses: 0,
            waits: Waits::default(),
        };
        shop.open_app();
        shop
    }

    fn open_app(&mut self) {
        let witness = Arc::clone(&self.witness);
        let store = match &self.place {
            Place::Memory(store) => Arc::clone(store),
            Place::Own(folder) => Arc::new(open_folder(folder.path(), &witness)),
            Place::Given(folder) => Arc::new(open_folder(folder, &witness)),
        };
        let joined = store.read(station::get).expect("the store can be read").is_some();
        let last = store.read(journal::last_stamp).expect("the journal can be read");
        self.clock.resume(last, store.read(stock::heard_ms).expect("the balances can be read"));
        let keys = if joined { vec![device_key(), second_key()] } else { Vec::new() };
        let app = App::start(store, outside(&self.clock, self.run, &self.nudges), keys).expect("the till starts");
        self.app = Some(Arc::new(app));
    }

    /// Joins the made-up company, where the till has not yet.
    #[must_use]
    pub fn joined(self, mode: PriceMode) -> Self {
        if self.app().store().read(station::get).expect("the store can be read").is_none() {
            let generation = GenerationId(company::id(0xd002));
            let key = device_key();
            let station = Station {
                device: DeviceId(company::id(0xd001)),
                generation,
                short: generation_short(generation),
                public_key: key.public().to_string(),
                site: company::site(),
                till: "04".to_owned(),
                name: "Till 2".to_owned(),
                central: String::new(),
                demo: false,
            };
            let joined = Joined { station, key, app: "test".to_owned() };
            self.app().join(joined, |tx| Ok(company::install(tx, mode)?)).expect("the till joins");
        }
        self
    }

    /// The app is ended and started again; the machine stays on.
    pub fn restart(&mut self) {
        self.app = None;
        self.run += 1;
        self.open_app();
    }

    /// The till's use cases.
    pub fn app(&self) -> &Arc<App> {
        self.app.as_ref().expect("the till runs")
    }

    /// The present generation of its journal.
    pub fn generation(&self) -> GenerationId {
        self.app().store().read(station::get).expect("the store can be read").expect("a station").generation
    }

    /// The shop's clock.
    pub fn clock(&self) -> &FixedClock {
        &self.clock
    }

    /// What is shown.
    pub fn view(&self) -> View {
        self.app().view().expect("a view")
    }

    /// The sale in progress.
    pub fn selling(&self) -> Selling {
        let screen = self.view().screen;
        let Screen::Selling(selling) = screen else { panic!("the till should be selling, it shows {screen:?}") };
        *selling
    }

    /// The sale that is shown as done.
    pub fn done(&self) -> SaleDone {
        let screen = self.view().screen;
        let Screen::SaleDone(done) = screen else { panic!("a sale should be done, the till shows {screen:?}") };
        *done
    }

    /// Somebody signs in.
    pub fn sign_in(&self, number: u32) -> View {
        self.app().sign_in(company::somebody(number), company::PIN).expect("the PIN is right")
    }

    /// The first cashier signs in and opens with a float of so many cents.
    pub fn open(&self, float_minor: i64) {
        self.sign_in(1);
        self.app().open_till(Amount::from_minor(float_minor)).expect("the till opens");
    }

    /// Scans a product.
    pub fn scan(&self, number: u32) -> View {
        self.app().scan(&company::code(number), "wedge").expect("a scan is stored")
    }

    /// Scans several.
    pub fn scan_all(&self, numbers: &[u32]) {
        numbers.iter().for_each(|number| {
            self.scan(*number);
        });
    }

    /// The line of a product in the sale.
    pub fn line_of(&self, number: u32) -> LineId {
        let product = ProductId(company::product(number).0);
        let lines = self.selling().lines;
        lines.iter().find(|line| line.product == product && !line.removed).expect("it is in the sale").id
    }

    /// Another quantity, in thousandths, of a product in the sale.
    pub fn set_quantity(&self, number: u32, thousandths: i64) {
        let line = self.line_of(number);
        self.app().set_quantity(line, Quantity::from_thousandths(thousandths)).expect("the quantity is possible");
    }

    /// Takes a payment.
    pub fn take(&self, kind: TenderKind, minor: i64) -> View {
        self.app().take_tender(kind, Amount::from_minor(minor), "").expect("the payment is taken")
    }

    /// Pays what is due and finishes; the receipt's number.
    pub fn pay(&self, kind: TenderKind) -> String {
        let due = self.selling().due;
        if !due.is_zero() {
            self.take(kind, due.minor());
        }
        self.complete()
    }

    /// Pays with so many cents of cash and finishes; the receipt's number.
    pub fn pay_cash(&self, minor: i64) -> String {
        self.take(TenderKind::Cash, minor);
        self.complete()
    }

    /// Finishes; the receipt's number.
    pub fn complete(&self) -> String {
        self.app().complete_sale().expect("the sale is paid");
        self.done().receipt
    }

    /// Sells products for cash and goes on to the next sale; the receipt's number.
    pub fn sell(&self, numbers: &[u32]) -> String {
        self.scan_all(numbers);
        let receipt = self.pay(TenderKind::Cash);
        self.app().next_sale().expect("the next one");
        receipt
    }

    /// Takes so much of the lines of a receipt back, by their order on it.
    ///
    /// # Errors
    /// What the till refuses.
    pub fn take_back(&self, receipt: &str, lines: &[(usize, i64)]) -> Result<View, Failure> {
        let found = self.app().find_sale(receipt).map_err(Failure::from)?;
        let lines: Vec<_> = lines
            .iter()
            .map(|(at, thousandths)| (found.lines[*at].line, Quantity::from_thousandths(*thousandths)))
            .collect();
        self.app().return_lines(found.sale, &lines).map_err(Failure::from)
    }

    /// A printer that works comes by: everything that waits is printed, and the drawer opens.
    pub fn print(&mut self) {
        let mut queue = StoreQueue::new(Arc::clone(self.app()));
        queue.expire_pulses().expect("the queue works");
        while let Some(pulse) = queue.next_pulse().expect("the queue works") {
            queue.mark_pulse_sent(pulse.id).expect("the pulse waits");
            self.pulses += 1;
        }
        while let Some(job) = queue.next_waiting().expect("the queue works") {
            queue.mark_sending(job.id).expect("the job waits");
            self.papers.push(paper::text(&job.document));
            queue.mark_ended(job.id, PrintEnd::Done).expect("the job is being sent");
        }
    }

    /// A printer begins the next paper and is cut off; the job.
    pub fn print_half(&self) -> JobId {
        let mut queue = StoreQueue::new(Arc::clone(self.app()));
        let job = queue.next_waiting().expect("the queue works").expect("a paper waits");
        queue.mark_sending(job.id).expect("the job waits");
        job.id
    }

    /// Central takes the whole journal.
    pub fn upload(&self) {
        let store = self.app().store();
        store
            .write::<_, StoreError>("test-upload", |tx| {
                for generation in journal::generations(tx)? {
                    let (last, hash) = journal::head(tx, generation)?;
                    journal::set_acknowledged(tx, generation, last, &hash)?;
                }
                Ok(())
            })
            .expect("the store can be written");
    }

    /// Central was restored: it says that it has nothing.
    pub fn forget_acknowledged(&self) {
        let store = self.app().store();
        let at = store.read(station::get).expect("the store can be read").expect("a station");
        store
            .write::<_, StoreError>("test-upload", |tx| journal::set_acknowledged(tx, at.generation, 0, &GENESIS))
            .expect("the store can be written");
    }

    /// Prints and uploads all: nothing waits.
    pub fn settle(&mut self) {
        self.print();
        self.upload();
    }

    /// Papers may wait at the end.
    pub fn leaves_papers(&mut self) {
        self.waits.papers = true;
    }

    /// Entries may wait at the end.
    pub fn leaves_entries(&mut self) {
        self.waits.entries = true;
    }

    /// What is left behind is another's business: the shop of a child process, or one that a test watches by itself.
    pub fn leaves_all(&mut self) {
        self.waits = Waits { papers: true, entries: true };
    }

    /// What the app told those behind it since it was asked last.
    pub fn nudges(&self) -> Vec<Nudge> {
        std::mem::take(&mut *self.nudges.lock().expect("nudges"))
    }

    /// Audits the till now.
    pub fn audit(&self) -> Books {
        audit::check(self.app().store())
    }

    /// A command is refused for a reason, and nothing changes.
    ///
    /// # Panics
    /// When it is not refused, or for another reason, or something changed.
    pub fn refuses<T: std::fmt::Debug>(
        &self,
        code: Code,
        command: impl FnOnce(&App) -> Result<T, AppError>,
    ) -> Failure {
        let before = shown(&self.view());
        let refused = command(self.app()).expect_err("this should be refused");
        let failure = Failure::from(refused);
        assert_eq!(failure.code, code, "{failure}");
        assert_eq!(shown(&self.view()), before, "a refused command changes nothing");
        failure
    }
}

impl Default for Shop {
    fn default() -> Self {
        Self::new()
    }
}

/// What a person sees, without what grows by itself.
pub fn shown(view: &View) -> View {
    View { revision: 0, signal: None, prompt: None, ..view.clone() }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if std::thread::panicking() || self.app.is_none() {
            return;
        }
        self.audit();
        let waits = self.waits;
        self.app()
            .store()
            .read::<_, StoreError>(|tx| {
                let waiting = print_job::waiting(tx)?;
                assert!(waits.papers || waiting == 0, "{waiting} papers wait and nobody said that they may");
                let unsent = journal::unsent(tx)?;
                assert!(waits.entries || unsent == 0, "{unsent} entries wait and nobody said that they may");
                Ok(())
            })
            .expect("the store can be read");
    }
}
