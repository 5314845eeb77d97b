//! What central holds of a till, and what the till hears when a manager has decided.

use std::time::{Duration, Instant};

use selvedge_central::store::{ExportKind, HeldDecision, HeldNamed};
use selvedge_contract::view::{FactValue, StatusPart};
use selvedge_store::StoreError;
use selvedge_store::table::held;

use super::{Central, LONG, Till};

impl Till {
    fn held(&self) -> Vec<(String, u64)> {
        self.app.store().read::<_, StoreError>(held::reasons).expect("a store")
    }

    fn wait_until_held(&self, wanted: &[(&str, u64)]) {
        let began = Instant::now();
        let is = |held: &[(String, u64)]| {
            held.iter().map(|(code, count)| (code.as_str(), *count)).eq(wanted.iter().copied())
        };
        while !is(&self.held()) {
            assert!(began.elapsed() < LONG, "held is {:?}, not {wanted:?}", self.held());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// As its own page says.
    fn held_on_its_page(&self) -> Option<FactValue> {
        let page = self.app.status_page(StatusPart::Connection).expect("its own page");
        page.facts.iter().find(|fact| fact.id == "fact-held").map(|fact| fact.value.clone())
    }
}

#[test]
fn what_a_manager_released_is_held_no_more_at_the_till() {
    let central = Central::start();
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    let mut till = Till::join(&central, &central.tills()[0], 1);
    till.open(&central);
    till.wait_until_sent();
    let device = till.id.0.0;
    assert!(central.runtime.block_on(central.store.revoke(device, 1)).expect("a store"));
    for _ in 0..2 {
        till.sell(&product.gtins[0]);
    }
    till.wait_until_sent();
    till.wait_until_held(&[("device-revoked", 2)]);
    assert_eq!(central.export(ExportKind::Held).len(), 2);
    assert_eq!(till.held_on_its_page(), Some(FactValue::Count(2)));

    let decided = central.store.decide_held(HeldNamed::Device(device), HeldDecision::Release, 2);
    let settled = central.runtime.block_on(decided).expect("a store");
    assert!(settled.len() == 2 && settled.iter().all(|one| one.done.is_ok()), "{settled:?}");
    // It asks again with its next start at the latest.
    till.connect();
    till.wait_until_held(&[]);
    assert!(matches!(till.held_on_its_page(), None | Some(FactValue::Count(0))));
    super::holds_exactly(&central, &[&till]);
    central.audit();
}
