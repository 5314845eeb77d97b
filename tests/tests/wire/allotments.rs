//! The last piece, two who want it, and a till that is cut off: with a real central, what a till promises by itself is
//! promised to nobody else.

use std::time::{Duration, Instant};

use selvedge_app::{SyncHeard, Wish};
use selvedge_central::store::{ExportKind, NewPromise, Reserved};
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_contract::view::{ConnectionState, Standing};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, SiteId};
use selvedge_domain::stock::promise::PromiseKind;
use selvedge_protocol::v1::{ChannelV1, PromiseLineV1, PromiseRequest};
use selvedge_store::StoreError;
use selvedge_store::table::allotment;
use selvedge_sync::SyncState;

use super::{Central, LONG, SITE, Till};

impl Central {
    /// A web shop orders some of a product; whether it was promised.
    fn web_order(&self, key: &str, (site, product): (SiteId, ProductId), quantity: Quantity) -> bool {
        let line = PromiseLineV1 { product: product.0, quantity_thousandths: quantity.thousandths(), allotment: None };
        let request = PromiseRequest {
            site: site.0,
            kind: "order".to_owned(),
            lines: vec![line],
            reference: String::new(),
            expires_in_s: None,
            due_ms: None,
        };
        let channel = ChannelV1 { kind: "shop".to_owned(), who: "web".to_owned() };
        let new = NewPromise { channel, key: key.to_owned(), request };
        match self.runtime.block_on(self.store.reserve(new, Machine.now_ms())).expect("a store") {
            Reserved::Promised(_) => true,
            Reserved::SoldOut(_) => false,
            answer @ (Reserved::Again(_)
            | Reserved::OtherRequest
            | Reserved::UnknownSite
            | Reserved::UnknownProduct(_)) => panic!("the order makes no sense: {answer:?}"),
        }
    }
}

impl Till {
    /// What the station does once a minute, while it hears central.
    fn tend(&self) {
        self.app.set_connection(ConnectionState::Online);
        self.app.hear_sync(SyncHeard { complete: true, ..SyncHeard::default() });
        self.app.tend_allotments().expect("a store");
    }

    fn lent(&self, product: ProductId) -> Quantity {
        let held = self.app.store().read::<_, StoreError>(|tx| allotment::held_of(tx, product)).expect("a store");
        held.iter().filter_map(|held| held.lent.as_ref()).map(|lent| lent.outstanding()).sum()
    }

    fn wait_until_lent(&self, product: ProductId) -> Quantity {
        let began = Instant::now();
        loop {
            let lent = self.lent(product);
            if lent > Quantity::ZERO {
                return lent;
            }
            assert!(began.elapsed() < LONG, "nothing is lent");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Its line to central is cut; nobody else's is.
    fn cut_off(&mut self) {
        self.app.set_asker(None);
        self.sync = None;
        self.app.set_connection(ConnectionState::Offline);
    }

    fn back(&mut self) {
        self.connect();
        self.until("online", |status| status.state == SyncState::Online);
    }
}

#[test]
fn two_promises_for_the_last_piece_one_station_cut_off() {
    let central = Central::start();
    let codes = central.tills();
    let first = Till::with_somebody(&central, &codes[0], 1);
    let here = SiteId(central.demo.site(SITE).expect("the site").id);
    let mut stock = central.demo.stock_of(here.0);
    stock.sort_by_key(|row| row.quantity_thousandths);
    let with_code = |id| central.demo.products.iter().find(|one| one.id == id && one.active && !one.gtins.is_empty());
    let shirt = stock.iter().rev().find_map(|row| with_code(row.product)).expect("there is some of something");
    let product = ProductId(shirt.id);
    let wish = || Wish {
        product,
        quantity: Quantity::ONE,
        site: here,
        kind: PromiseKind::Hold,
        days: 3,
        customer: "Nora".to_owned(),
    };

    // What the first till sells is what it is lent.
    first.clock.compare(Machine.now_ms());
    (0..3).for_each(|_| drop(first.sell(&shirt.gtins[0])));
    first.wait_until_sent();
    first.tend();
    let lent = first.wait_until_lent(product);
    let mut tills = [first, Till::with_somebody(&central, &codes[1], 2)];
    tills[1].tend();
    assert_eq!(tills[1].lent(product), Quantity::ZERO, "the other one sold none, and holds none");

    // Both are cut off; a web shop orders all that is free.
    tills.iter_mut().for_each(Till::cut_off);
    let free = central.runtime.block_on(central.store.standings(vec![product.0])).expect("a store");
    let free = free.into_iter().find(|at| at.site == here.0).expect("it is there");
    let free = Quantity::from_thousandths(free.on_hand - free.promised - free.lent);
    assert!(central.web_order("all that is free", (here, product), free));

    // Without an allotment nothing is promised; with one it is, as often as it was lent and no more.
    let waits = tills[1].app.set_aside(&wish()).expect("it is kept");
    assert_eq!((waits.standing, waits.by_till), (Standing::NeedsConfirmation, false));
    let all = Wish { quantity: lent, ..wish() };
    let kept = tills[0].app.set_aside(&all).expect("it is promised");
    assert_eq!((kept.standing, kept.by_till), (Standing::Reserved, true), "{kept:?}");
    let more = tills[0].app.set_aside(&wish()).expect("it is kept");
    assert_eq!(more.standing, Standing::NeedsConfirmation, "nothing is lent any more");
    assert!(!central.web_order("the last piece", (here, product), Quantity::ONE), "the last one is promised");

    // Both come back: everybody is told the same.
    tills.iter_mut().for_each(Till::back);
    tills[1].wait_until_it_stands(waits.promise, Standing::SoldOut);
    tills[0].wait_until_it_stands(more.promise, Standing::SoldOut);
    let seen = tills[1].wait_until_it_stands(kept.promise, Standing::Reserved);
    assert_eq!((seen.by_till, seen.slip.as_str()), (true, kept.slip.as_str()), "the other till knows its slip");
    assert!(!central.web_order("once more", (here, product), Quantity::ONE));
    assert_eq!(central.export(ExportKind::Shortfalls), Vec::<String>::new(), "nothing was promised twice");

    // The customer comes to the other till.
    tills[1].clock.compare(Machine.now_ms());
    tills[1].sell(&kept.slip);
    tills[1].wait_until_sent();
    tills[0].wait_until_it_stands(kept.promise, Standing::Fulfilled);
    assert_eq!(central.export(ExportKind::Shortfalls), Vec::<String>::new());
    central.audit();
}
