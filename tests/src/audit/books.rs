//! The books of a till, added up from its journal.

use std::collections::BTreeMap;

use selvedge_domain::ids::DeviceId;
use selvedge_protocol::journal::{
    AllotmentReturnedV1, Body, CartCancelledV1, CodeUnknownV1, CountRaisedV1, Entry, Fact, Hex32, PromiseEndedV1,
    PromiseMadeV1, SaleV1, ShiftClosedV1, TransferLineV1, Verifier,
};
use selvedge_store::Tx;
use selvedge_store::table::{journal, station};
use uuid::Uuid;

/// All that the journal says.
#[derive(Default)]
pub struct Books {
    /// In the order of the journal.
    pub bodies: Vec<Body>,
    /// Finished sales, returns among them.
    pub sales: Vec<SaleV1>,
    /// By their ids, which are counted: in the order of their opening.
    pub shifts: BTreeMap<Uuid, ShiftBook>,
    /// By product and account, thousandths.
    pub stock: BTreeMap<(Uuid, String), i64>,
    /// Receipts of which a second paper was made.
    pub copies: Vec<String>,
    /// What was sold although the books had less.
    pub raised: Vec<CountRaisedV1>,
    /// Carts that were thrown away.
    pub cancelled: Vec<CartCancelledV1>,
    /// Codes that nobody knew.
    pub unknown: Vec<CodeUnknownV1>,
    /// Promised by the till itself.
    pub made: Vec<PromiseMadeV1>,
    /// Promises that it ended itself.
    pub ended: Vec<PromiseEndedV1>,
    /// Allotments that it gave back.
    pub returned: Vec<AllotmentReturnedV1>,
    /// Pulses without a sale.
    pub pulses: usize,
    /// Sign-ins and sign-outs.
    pub signed: usize,
}

/// A shift, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShiftBook {
    /// Of the Z report.
    pub number: u32,
    /// `2026-11-21`.
    pub business_day: String,
    /// At the opening.
    pub float_minor: i64,
    /// Put in.
    pub cash_in_minor: i64,
    /// Taken out.
    pub cash_out_minor: i64,
    /// How many.
    pub sales: u32,
    /// Sold, with tax.
    pub sold_minor: i64,
    /// Taken back, with tax.
    pub returned_minor: i64,
    /// Given.
    pub discounts_minor: i64,
    /// Kept of each way to pay.
    pub tenders: BTreeMap<String, i64>,
    /// Net, tax and gross by code and percent.
    pub rates: BTreeMap<(String, String), (i64, i64, i64)>,
    /// The entry of its end.
    pub closed: Option<ShiftClosedV1>,
}

impl Books {
    /// Reads and verifies the journal.
    ///
    /// # Panics
    /// When the chain does not hold, or an entry cannot be read.
    pub fn read(tx: &Tx) -> Books {
        let mut books = Books::default();
        let Some(station) = station::get(tx).expect("the station") else { return books };
        for generation in journal::generations(tx).expect("generations") {
            let entries = journal::after(tx, station.device, generation, 0, u32::MAX).expect("the journal can be read");
            books.verify(&entries, station.device);
            if generation == station.generation {
                assert_eq!(station.public_key, key_of(&entries).to_string(), "the station has its journal's key");
            }
            entries.iter().for_each(|entry| books.take(entry));
        }
        books
    }

    /// Two journals of the same facts: what happened is the same, whatever the clock and the ids say.
    pub fn kinds(&self) -> Vec<&str> {
        self.bodies.iter().map(|body| body.kind.as_str()).collect()
    }

    fn verify(&self, entries: &[Entry], device: DeviceId) {
        let mut verifier = Verifier::new(key_of(entries));
        for entry in entries {
            assert_eq!(entry.id.device, device.0, "a journal is of one device");
            if let Err(error) = verifier.take(entry) {
                panic!("the chain holds: {error}");
            }
        }
    }

    fn take(&mut self, entry: &Entry) {
        let body = Body::decode(&entry.body).expect("a body can be read");
        match body.fact().expect("a fact can be read") {
            Fact::GenerationStarted(_) | Fact::JournalRecovered(_) => {}
            Fact::PersonSigned(_) => self.signed += 1,
            Fact::ShiftOpened(opened) => {
                let book = ShiftBook {
                    number: opened.number,
                    business_day: opened.business_day,
                    float_minor: opened.float_minor,
                    ..ShiftBook::default()
                };
                assert!(self.shifts.insert(opened.shift, book).is_none(), "a shift is opened once");
            }
            Fact::CashMoved(moved) => {
                let shift = self.shift(moved.shift);
                if moved.amount_minor < 0 {
                    shift.cash_out_minor -= moved.amount_minor;
                } else {
                    shift.cash_in_minor += moved.amount_minor;
                }
            }
            Fact::Sale(sold) => {
                self.shift(sold.shift).add(&sold);
                self.move_stock(&sold);
                self.sales.push(sold);
            }
            Fact::CartCancelled(cancelled) => self.cancelled.push(cancelled),
            Fact::CodeUnknown(code) => self.unknown.push(code),
            Fact::CountRaised(raised) => self.raised.push(raised),
            Fact::ReceiptCopied(copied) => self.copies.push(copied.receipt),
            Fact::DrawerPulsed(_) => self.pulses += 1,
            Fact::ShiftClosed(closed) => {
                let shift = closed.shift;
                self.shift(shift).closed = Some(closed);
            }
            Fact::PromiseMade(made) => self.promise(made),
            Fact::PromiseEnded(ended) => self.ended.push(ended),
            Fact::AllotmentReturned(back) => {
                let drawn = self.drawn_from(back.allotment);
                assert!(drawn <= back.used_thousandths, "what is given back was not promised: {back:?}, drawn {drawn}");
                self.returned.push(back);
            }
            Fact::TransferDispatched(sent) => self.transfer(sent.to_site, &sent.lines, 1),
            Fact::TransferReceived(came) => self.transfer(came.to_site, &came.lines, -1),
            Fact::TransferClosed(closed) => {
                for line in &closed.lines {
                    let transit = (line.product, format!("transit:{}", closed.to_site));
                    *self.stock.entry(transit).or_default() -= line.quantity_thousandths;
                    let shrinkage = (line.product, "shrinkage".to_owned());
                    *self.stock.entry(shrinkage).or_default() += line.quantity_thousandths;
                }
            }
            // Of a newer app: nobody here knows what follows from it.
            Fact::Unknown { .. } => {}
        }
        self.bodies.push(body);
    }

    fn promise(&mut self, made: PromiseMadeV1) {
        assert!(self.made.iter().all(|other| other.promise != made.promise), "a promise is made once");
        for line in &made.lines {
            let back = self.returned.iter().any(|back| back.allotment == line.allotment);
            assert!(!back, "nothing is drawn from what was given back: {made:?}");
        }
        self.made.push(made);
    }

    /// Promised from an allotment, thousandths.
    pub fn drawn_from(&self, allotment: Uuid) -> i64 {
        let lines = self.made.iter().flat_map(|made| &made.lines);
        lines.filter(|line| line.allotment == allotment).map(|line| line.quantity_thousandths).sum()
    }

    fn shift(&mut self, id: Uuid) -> &mut ShiftBook {
        let shift = self.shifts.get_mut(&id).expect("nothing happens in a shift that was not opened");
        assert!(shift.closed.is_none(), "nothing happens in a shift after its end");
        shift
    }

    /// Into transit with `sign` 1, out of it with -1.
    fn transfer(&mut self, to_site: Uuid, lines: &[TransferLineV1], sign: i64) {
        for line in lines {
            let moved = line.quantity_thousandths * sign;
            *self.stock.entry((line.product, format!("location:{}", line.location))).or_default() -= moved;
            *self.stock.entry((line.product, format!("transit:{to_site}"))).or_default() += moved;
        }
    }

    fn move_stock(&mut self, sold: &SaleV1) {
        for line in &sold.lines {
            let place = if line.quantity_thousandths < 0 { sold.returns_location } else { sold.location };
            *self.stock.entry((line.product, format!("location:{place}"))).or_default() -= line.quantity_thousandths;
            *self.stock.entry((line.product, "customer".to_owned())).or_default() += line.quantity_thousandths;
        }
    }
}

fn key_of(entries: &[Entry]) -> Hex32 {
    let first = Body::decode(&entries.first().expect("a generation has entries").body).expect("a body");
    let Fact::GenerationStarted(started) = first.fact().expect("a fact") else {
        panic!("a generation begins with its start")
    };
    Hex32::try_from(started.public_key).expect("a public key")
}

impl ShiftBook {
    /// Kept in a way to pay.
    pub fn tender(&self, kind: &str) -> i64 {
        self.tenders.get(kind).copied().unwrap_or(0)
    }

    /// What the drawer must hold.
    pub fn expected_minor(&self) -> i64 {
        self.float_minor + self.tender("cash") + self.cash_in_minor - self.cash_out_minor
    }

    /// Sold minus taken back.
    pub fn turnover_minor(&self) -> i64 {
        self.sold_minor - self.returned_minor
    }

    fn add(&mut self, sold: &SaleV1) {
        self.sales += 1;
        for line in &sold.lines {
            let added_tax = if sold.price_mode == "exclusive" { line.tax_minor } else { 0 };
            let gross = line.net_minor + added_tax;
            if line.refund.is_some() {
                self.returned_minor -= gross;
            } else {
                self.sold_minor += gross;
            }
            self.discounts_minor += line.sale_discount_minor;
            self.discounts_minor += line.discount.as_ref().map_or(0, |discount| discount.amount_minor);
        }
        for tender in &sold.tenders {
            *self.tenders.entry(tender.kind.clone()).or_default() += tender.amount_minor;
        }
        if sold.change_minor != 0 {
            *self.tenders.entry("cash".to_owned()).or_default() -= sold.change_minor;
        }
        for sum in &sold.rates {
            let rate = self.rates.entry((sum.rate.code.clone(), sum.rate.percent.clone())).or_default();
            rate.0 += sum.net_minor;
            rate.1 += sum.tax_minor;
            rate.2 += sum.gross_minor;
        }
    }

    /// The Z report says what was added up.
    pub(super) fn same_as_closed(&self, closed: &ShiftClosedV1) {
        assert_eq!(self.number, closed.number, "a Z report has its shift's number");
        assert_eq!(self.business_day, closed.business_day, "a Z report has its shift's day");
        let said = (closed.sales, closed.sold_minor, closed.returned_minor, closed.discounts_minor);
        assert_eq!((self.sales, self.sold_minor, self.returned_minor, self.discounts_minor), said, "Z: the sales");
        let said = (closed.float_minor, closed.cash_in_minor, closed.cash_out_minor, closed.expected_minor);
        let cash = (self.float_minor, self.cash_in_minor, self.cash_out_minor, self.expected_minor());
        assert_eq!(cash, said, "Z: the cash");
        assert_eq!(self.tenders, closed.tenders_minor, "Z: the ways to pay");
        let rates = closed.rates.iter().map(|sum| {
            let key = (sum.rate.code.clone(), sum.rate.percent.clone());
            (key, (sum.net_minor, sum.tax_minor, sum.gross_minor))
        });
        assert_eq!(self.rates, rates.collect(), "Z: the tax by rate");
    }
}
