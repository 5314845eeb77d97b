//! Two stations at two sites and a real central: goods are sent while the other site is offline, and received before it
//! has heard of them. In the end all three know the same, and every piece is somewhere once.

use std::time::{Duration, Instant};

use selvedge_central::store::{ExportKind, NewTransfer, TransferAsked};
use selvedge_contract::Code;
use selvedge_domain::Quantity;
use selvedge_domain::ids::{PersonId, SiteId, TransferId};
use selvedge_domain::stock::transfer::{Transfer, TransferState};
use selvedge_protocol::v1::{TransferFactLineV1, TransferRequest, TransferV1};
use selvedge_store::StoreError;
use selvedge_store::table::transfer;
use selvedge_tests::audit;
use uuid::Uuid;

use super::{Central, LONG, Till};

impl Till {
    fn signs_in(&self, central: &Central, role: &str, site: &str) {
        let site = central.demo.site(site).expect("a site").id;
        let found = central.demo.people.iter().find(|one| one.person.role == role && one.sites.contains(&site));
        let one = found.expect("the demo has one");
        self.app.sign_in(PersonId(one.person.id), one.pin).expect("people came down, with their PINs");
    }

    fn transfer(&self, id: TransferId) -> Option<Transfer> {
        self.app.store().read::<_, StoreError>(|tx| transfer::by_id(tx, id)).expect("a store")
    }

    fn wait_until_it_is(&self, id: TransferId, state: TransferState) {
        let began = Instant::now();
        while self.transfer(id).is_none_or(|transfer| transfer.state() != state) {
            assert!(began.elapsed() < LONG, "it is {:?}, not {state:?}", self.transfer(id).map(|one| one.state()));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn proves(&self, code: &str, times: usize) {
        for _ in 0..times {
            self.app.scan(code, "wedge").expect("a scan");
        }
    }
}

fn at_central(central: &Central) -> Vec<TransferV1> {
    let lines = central.export(ExportKind::Transfers);
    lines.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn goods_go_to_a_site_that_is_offline_and_all_know_the_same_in_the_end() {
    let mut central = Central::start();
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let code = product.gtins[0].as_str();
    let (mut shop, warehouse) = (Till::join(&central, "04", 1), Till::join(&central, "W1", 2));
    shop.signs_in(&central, "cashier", "galway");
    warehouse.signs_in(&central, "picker", "athlone");
    let site = |code: &str| central.demo.site(code).expect("a site").id;
    let (from, to) = (site("athlone"), site("galway"));
    let (there, here) = (warehouse.on_hand(product.id), shop.on_hand(product.id));

    let id = TransferId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_7777));
    let lines = vec![TransferFactLineV1 { product: product.id, quantity_thousandths: 3_000 }];
    let request = TransferRequest { id: id.0, from, to, lines, person: None, note: "for Saturday".to_owned() };
    let new = NewTransfer { device: Some(shop.id.0.0), request };
    let asked = central.runtime.block_on(central.store.ask_transfer(new, 1)).expect("a store");
    assert!(matches!(asked, TransferAsked::Asked(_)), "{asked:?}");
    warehouse.wait_until_it_is(id, TransferState::Requested);
    shop.wait_until_it_is(id, TransferState::Requested);

    // The shop is offline from here on.
    shop.sync = None;
    warehouse.app.begin_dispatch(Some(id), SiteId(to)).expect("it was asked for");
    warehouse.proves(code, 3);
    let page = warehouse.app.finish_transfer(true, "").expect("they are gone");
    assert_eq!(page.transfers[0].state, TransferState::OnTheWay);
    warehouse.poke();
    warehouse.wait_until_sent();
    shop.app.begin_receipt(id).expect("the goods are at the door");
    shop.proves(code, 2);
    let page = shop.app.finish_transfer(true, "").expect("nobody here knows how many were sent");
    assert_eq!(page.transfers[0].state, TransferState::Unannounced);
    assert_eq!(shop.on_hand(product.id), here + 2_000, "what came is there, online or not");

    // Central comes and goes once more while the shop comes back.
    central.cut();
    shop.connect();
    central.go();
    shop.wait_until_sent();
    shop.wait_until_it_is(id, TransferState::Differing);
    warehouse.wait_until_it_is(id, TransferState::Differing);
    assert_eq!(at_central(&central)[0].state, "differing", "one is missing, and a manager can read it");

    let refused = shop.app.close_transfer(id, "the driver has it");
    assert!(refused.is_err_and(|error| selvedge_contract::Failure::from(error).code == Code::NotAllowed));
    shop.app.sign_out().expect("she leaves");
    shop.signs_in(&central, "manager", "galway");
    shop.app.close_transfer(id, "the driver has it").expect("a manager may");
    shop.poke();
    shop.wait_until_sent();
    warehouse.wait_until_it_is(id, TransferState::Closed);

    let [told] = at_central(&central).try_into().expect("one transfer");
    let known = Transfer::try_from(&told).expect("its words are known");
    assert_eq!(known.lines().into_values().map(|line| line.closed).collect::<Vec<_>>(), [Quantity::units(1)]);
    for till in [&shop, &warehouse] {
        assert_eq!(till.transfer(id).as_ref(), Some(&known), "all know the same");
        audit::check(till.app.store());
    }
    shop.wait_until_on_hand(product.id, here + 2_000);
    warehouse.wait_until_on_hand(product.id, there - 3_000);
    central.audit();
    super::holds_exactly(&central, &[&shop, &warehouse]);
    assert!(central.export(ExportKind::Audit).is_empty(), "everybody did what she may");
}

#[test]
fn a_shop_asks_the_warehouse_while_central_is_away_and_the_warehouse_hears_of_it() {
    let mut central = Central::start();
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let (shop, warehouse) = (Till::join(&central, "04", 1), Till::join(&central, "W1", 2));
    shop.signs_in(&central, "cashier", "galway");
    warehouse.signs_in(&central, "picker", "athlone");
    let from = SiteId(central.demo.site("athlone").expect("a site").id);

    central.cut();
    shop.app.begin_asking(from).expect("the shop knows its sites");
    shop.proves(product.gtins[0].as_str(), 2);
    let id = shop.app.finish_transfer(true, "for Saturday").expect("it is kept").transfers[0].id;
    shop.app.begin_asking(from).expect("another one");
    shop.app.ask_for(selvedge_domain::ids::ProductId(product.id)).expect("by name");
    let other = shop.app.finish_transfer(true, "").expect("it is kept").transfers[0].id;
    shop.app.cancel_transfer(other).expect("nobody needs it");
    assert_eq!(shop.transfer(id), None, "nobody heard of it so far");

    central.go();
    warehouse.wait_until_it_is(id, TransferState::Requested);
    shop.wait_until_it_is(id, TransferState::Requested);
    let began = Instant::now();
    while shop.app.transfers().expect("a list").transfers.len() > 1 {
        assert!(began.elapsed() < LONG, "what was never asked is gone");
        std::thread::sleep(Duration::from_millis(10));
    }
    let known = warehouse.transfer(id).expect("it is known");
    let asked = known.request.as_ref().expect("it was asked for");
    assert_eq!((asked.note.as_str(), asked.device), ("for Saturday", Some(shop.id.0)));
    let row = warehouse.app.transfers().expect("a list").transfers.remove(0);
    assert!(row.outgoing && row.may_send && row.may_cancel);

    warehouse.app.cancel_transfer(id).expect("there are none");
    warehouse.wait_until_it_is(id, TransferState::Cancelled);
    shop.wait_until_it_is(id, TransferState::Cancelled);
    let told = at_central(&central);
    assert_eq!(told.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(), ["cancelled"], "one was asked for");
}
