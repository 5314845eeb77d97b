//! A station that a test plays: its key, its chain, and sales as a till writes them.

use selvedge_domain::ids::{BootId, GenerationId};
use selvedge_domain::receipt_number::generation_short;
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{
    DeviceKey, DrawerPulsedV1, Entry, EntryId, Fact, GENESIS, Hash, NewBody, SaleLineV1, SaleV1, TaxRateV1, TenderV1,
};
use selvedge_protocol::v1::{ProductV1, REVISION, SiteV1};
use uuid::Uuid;

use super::{Bench, NOW_MS};
use crate::secret::code_hash;
use crate::store::{NewCode, NewStation, Store};
use crate::surroundings::{Machine, Surroundings};

/// A station.
#[derive(Clone)]
pub struct TestStation {
    /// Identity.
    pub device: Uuid,
    /// Life of its journal.
    pub generation: Uuid,
    /// Where it stands.
    pub site: SiteV1,
    /// Its key's seed.
    pub seed: [u8; 32],
    /// Who is signed in.
    pub person: Option<Uuid>,
    /// What its clock shows.
    pub clock_ms: i64,
    sequence: u64,
    head: Hash,
}

impl TestStation {
    /// At a site, before it joined.
    pub fn new(site: SiteV1, seed: u8) -> Self {
        let generation = Machine.new_id();
        TestStation {
            device: Uuid::nil(),
            generation,
            site,
            seed: [seed; 32],
            person: None,
            clock_ms: NOW_MS,
            sequence: 0,
            head: GENESIS,
        }
    }

    /// Joins through the store, as till 04.
    pub async fn joined(bench: &Bench, site: &str, till: &str) -> Self {
        let mut station = Self::new(bench.demo.site(site).expect("a site of the demo").clone(), 7);
        let hash = code_hash(&station.generation.to_string());
        let (site, till) = (site.to_owned(), till.to_owned());
        let code = NewCode { hash, site, till, expires_ms: NOW_MS + 1 };
        bench.store.add_code(code).await.expect("the till is there");
        let joined = bench.store.enrol(station.asks(hash), NOW_MS).await.expect("a store").expect("a good code");
        station.device = joined.device;
        let works_here = |one: &&selvedge_protocol::demo::DemoPerson| {
            one.person.role == "cashier" && one.sites.contains(&station.site.id)
        };
        station.person = bench.demo.people.iter().find(works_here).map(|one| one.person.id);
        station
    }

    /// What it says when it joins.
    pub fn asks(&self, code_hash: [u8; 32]) -> NewStation {
        NewStation {
            code_hash,
            device: Machine.new_id(),
            generation: self.generation,
            short: generation_short(GenerationId(self.generation)),
            public_key: self.key().public(),
            app: "0.1.0".to_owned(),
            revision: REVISION,
        }
    }

    /// Its key.
    pub fn key(&self) -> DeviceKey {
        DeviceKey::from_seed(self.seed)
    }

    /// Number and hash of its last entry.
    pub fn head(&self) -> (u64, Hash) {
        (self.sequence, self.head)
    }

    /// Is as it was after an entry: a clone, or a disk that was set back.
    pub fn rewinds(&mut self, sequence: u64, head: Hash) {
        (self.sequence, self.head) = (sequence, head);
    }

    /// Goes on under another generation, of the same key.
    pub fn begins_again(&mut self, generation: Uuid) {
        self.generation = generation;
        self.rewinds(0, GENESIS);
    }

    /// Writes an entry.
    pub fn writes(&mut self, fact: Fact) -> Entry {
        let body = self.body(fact).encode().expect("a body");
        self.seals(body)
    }

    /// Writes an entry with any body.
    pub fn seals(&mut self, body: String) -> Entry {
        let id = EntryId { device: self.device, generation: self.generation, sequence: self.sequence + 1 };
        let entry = Entry::seal(&self.key(), id, self.head, body);
        (self.sequence, self.head) = (id.sequence, entry.hash);
        entry
    }

    fn body(&self, fact: Fact) -> NewBody {
        let at = Stamp {
            clock_ms: self.clock_ms,
            boot: BootId(self.device),
            ticks_ms: self.sequence,
            offset_ms: None,
            floor_ms: None,
        };
        NewBody { id: Machine.new_id(), at, person: self.person, site: self.site.id, fact }
    }

    /// Sells `pieces` of a product, takes them back when negative.
    pub fn sells(&mut self, product: &ProductV1, pieces: i64) -> Entry {
        self.sells_for(product, pieces, None)
    }

    /// The same, for a promise.
    pub fn sells_for(&mut self, product: &ProductV1, pieces: i64, promise: Option<Uuid>) -> Entry {
        let amount_minor = 2400 * pieces;
        let line = SaleLineV1 {
            line: Machine.new_id(),
            product: product.id,
            scanned: product.gtins.first().cloned(),
            name: product.name.clone(),
            unit: "piece".to_owned(),
            quantity_thousandths: 1000 * pieces,
            unit_price_minor: Some(2400),
            price_source: "catalogue".to_owned(),
            amount_overridden: false,
            amount_minor,
            discount: None,
            sale_discount_minor: 0,
            net_minor: amount_minor,
            tax: TaxRateV1 { code: "standard".to_owned(), percent: "23".to_owned() },
            tax_minor: 0,
            lot: None,
            promise,
            refund: None,
        };
        let tender =
            TenderV1 { tender: Machine.new_id(), kind: "cash".to_owned(), amount_minor, reference: String::new() };
        let sale = SaleV1 {
            sale: Machine.new_id(),
            receipt: format!("04-{}-{:06}", generation_short(GenerationId(self.generation)), self.sequence + 1),
            till: "04".to_owned(),
            shift: Uuid::nil(),
            business_day: "2026-11-21".to_owned(),
            location: self.site.locations[0].id,
            returns_location: self.site.locations[1].id,
            currency: "EUR".to_owned(),
            price_mode: "inclusive".to_owned(),
            lines: vec![line],
            discount: None,
            rates: Vec::new(),
            subtotal_minor: amount_minor,
            total_minor: amount_minor,
            tenders: vec![tender],
            change_minor: 0,
            customer: None,
        };
        self.writes(Fact::Sale(sale))
    }

    /// Something that moves no stock.
    pub fn opens_the_drawer(&mut self) -> Entry {
        self.writes(Fact::DrawerPulsed(DrawerPulsedV1 { shift: None }))
    }
}

/// What a location of the station's site has, as its balances say.
pub(super) async fn on_hand(store: &dyn Store, station: &TestStation, product: Uuid, location: usize) -> i64 {
    let all = store.balances(station.device, station.site.id, Default::default(), NOW_MS).await.expect("balances");
    let place = station.site.locations[location].id;
    let found = all.rows.iter().find(|row| row.product == product && row.location == place);
    found.map_or(0, |row| row.quantity_thousandths)
}
