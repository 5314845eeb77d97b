//! Goods set aside at a real central: promised once however often it is asked, told to who asked, and seen at the other
//! tills of the site.

use std::time::{Duration, Instant};

use selvedge_app::Wish;
use selvedge_central::store::ExportKind;
use selvedge_contract::view::{FiguresAge, PromiseShown, Standing};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, PromiseId, SiteId};
use selvedge_domain::stock::promise::PromiseKind;
use selvedge_protocol::v1::BalanceV1;
use selvedge_store::table::promise;
use selvedge_sync::SyncState;

use super::{Central, LONG, SITE, Till, holds_exactly};

impl Till {
    /// Joined, with somebody at it who is told what central says.
    pub(super) fn with_somebody(central: &Central, till: &str, number: u8) -> Self {
        let till = Till::join(central, till, number);
        till.open(central);
        till.until("in step", |status| status.state == SyncState::Online && status.unsent == 0);
        till
    }

    /// A figure that somebody looked up stands for a moment, and says its age.
    pub(super) fn wait_until_available(&self, product: ProductId, quantity: Quantity) {
        let began = Instant::now();
        loop {
            let now = self.app.availability(product).expect("figures");
            if now.places[0].available == quantity {
                return;
            }
            assert!(began.elapsed() < LONG, "there are not {quantity}: {now:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn promise(&self, id: PromiseId) -> Option<PromiseShown> {
        self.app.promise(id).ok()
    }

    pub(super) fn wait_until_it_stands(&self, id: PromiseId, standing: Standing) -> PromiseShown {
        let began = Instant::now();
        loop {
            let now = self.promise(id);
            match now {
                Some(shown) if shown.standing == standing => return shown,
                now => assert!(began.elapsed() < LONG, "it is not {standing:?}: {now:?}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What one till sets aside is set aside for all, and never twice.
#[test]
fn two_promises_for_the_last_piece_one_station_cut_off() {
    let mut central = Central::start();
    let codes = central.tills();
    let mut tills = [Till::with_somebody(&central, &codes[0], 1), Till::with_somebody(&central, &codes[1], 2)];
    let here = SiteId(central.demo.site(SITE).expect("the site").id);
    let stock = central.demo.stock_of(here.0);
    let row = stock.iter().find(|row| row.quantity_thousandths >= 3_000).expect("there is some of something");
    let product = ProductId(row.product);
    let all = tills[0].app.availability(product).expect("figures");
    assert!(matches!(all.age, FiguresAge::Central(_)), "central says it: {all:?}");
    assert!(all.places.iter().all(|place| !place.name.is_empty()), "each site has its name: {all:?}");
    assert!(all.places[0].here && all.places[0].available >= Quantity::units(3), "{all:?}");

    // All but one, for somebody at the first till.
    let wish = |quantity: Quantity, kind: PromiseKind| Wish {
        product,
        quantity,
        site: here,
        kind,
        days: 3,
        customer: "Nora".to_owned(),
    };
    let most = all.places[0].available - Quantity::ONE;
    let kept = tills[0].app.set_aside(&wish(most, PromiseKind::Hold)).expect("asked");
    assert_eq!((kept.standing, kept.customer.as_str()), (Standing::Reserved, "Nora"), "{kept:?}");
    let seen = tills[1].wait_until_it_stands(kept.promise, Standing::Reserved);
    assert_eq!((seen.customer.as_str(), seen.slip), ("", kept.slip), "the other till knows its slip, not whose it is");

    // The last one goes to one of two.
    let ordered = tills[1].app.set_aside(&wish(Quantity::ONE, PromiseKind::Order)).expect("asked");
    assert_eq!(ordered.standing, Standing::Confirmed);
    let late = tills[0].app.set_aside(&wish(Quantity::ONE, PromiseKind::Order)).expect("asked");
    assert_eq!(late.standing, Standing::SoldOut, "nothing is promised twice");
    tills[0].wait_until_available(product, Quantity::ZERO);

    // The first till's customer wants it no more; without central nobody is told that there is one again.
    assert_eq!(tills[0].app.let_go(kept.promise).expect("asked").standing, Standing::LetGo);
    tills[1].wait_until_it_stands(kept.promise, Standing::LetGo);
    central.cut();
    tills[1].until("offline", |status| status.state == SyncState::Offline);
    let waits = tills[1].app.set_aside(&wish(Quantity::ONE, PromiseKind::Hold)).expect("it is kept");
    assert_eq!(waits.standing, Standing::NeedsConfirmation, "what central has not said is not promised");
    // The till is started again meanwhile: what waits is on its disk.
    tills[1].connect();
    central.go();
    let told = tills[1].until("what waited is answered", |status| status.answers == 1);
    assert_eq!(told.state, SyncState::Online);
    let now = tills[1].wait_until_it_stands(waits.promise, Standing::Reserved);
    assert!(now.until.is_some() && now.customer == "Nora", "{now:?}");
    assert_eq!(tills[1].app.view().expect("a view").trays.len(), 1, "who asked is told");

    // The customer comes to the other till, with the slip.
    tills[0].wait_until_it_stands(waits.promise, Standing::Reserved);
    tills[0].sell(&waits.slip);
    tills[1].wait_until_it_stands(waits.promise, Standing::Fulfilled);
    assert_eq!(tills[1].app.store().read(|tx| promise::customer(tx, waits.promise)).expect("a store"), "");
    assert_eq!(tills[0].promise(waits.promise).expect("known").standing, Standing::Fulfilled);
    central.audit();
}

#[test]
fn a_sale_without_cover_is_taken_and_central_keeps_what_the_till_believed() {
    let central = Central::start();
    let till = Till::with_somebody(&central, &central.tills()[0], 1);
    let here = central.demo.site(SITE).expect("the site").id;
    let stock = central.demo.stock_of(here);
    let rare = stock.iter().filter(|row| row.quantity_thousandths == 1_000 && till.on_hand(row.product) == 1_000);
    let product = |row: &BalanceV1| central.demo.products.iter().find(|one| one.id == row.product && one.active);
    let code = rare.filter_map(product).find_map(|one| one.gtins.first()).expect("there is one of something");
    till.sell(code);
    till.sell(code);
    till.wait_until_sent();
    holds_exactly(&central, &[&till]);
    let raised = central.export(ExportKind::Entries).into_iter().filter(|line| line.contains("count-raised")).count();
    assert_eq!(raised, 1, "the first was there, the second was not");
    let status = till.until("in step", |status| status.unsent == 0);
    assert_eq!((status.held, status.problems), (Vec::new(), Vec::new()), "central knows what it is");
    central.audit();
}
