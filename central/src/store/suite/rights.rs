//! Who may do what: facts of those who may not are applied, and told.

use selvedge_protocol::journal::{CashMovedV1, Fact};
use selvedge_protocol::v1::{SeenHeadV1, SeenV1};
use serde_json::Value;
use uuid::Uuid;

use super::station::on_hand;
use super::{Bench, NOW_MS, TestStation};
use crate::rights::{NOBODY, ROLE, UNKNOWN_PERSON};
use crate::store::ExportKind;
use crate::surroundings::{Machine, Surroundings};

pub(super) const YEAR_2100_MS: i64 = 4_102_444_800_000;

fn cash() -> Fact {
    let (currency, reason) = ("EUR".to_owned(), "change".to_owned());
    Fact::CashMoved(CashMovedV1 { shift: Uuid::nil(), currency, amount_minor: 100, reason })
}

impl Bench {
    /// Somebody of a role, at a site or at another one.
    fn somebody(&self, role: &str, site: Uuid, here: bool) -> Option<Uuid> {
        let found = self.demo.people.iter().find(|one| one.person.role == role && one.sites.contains(&site) == here);
        found.map(|one| one.person.id)
    }

    async fn audited(&self) -> Vec<(u64, String, Option<String>)> {
        let page = self.store.export(ExportKind::Audit, 0, 100).await.expect("an export");
        let read = |line: &String| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let code = line["code"].as_str().expect("a code").to_owned();
            assert!(line["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{line}");
            (line["sequence"].as_u64().expect("a number"), code, line["person"].as_str().map(str::to_owned))
        };
        page.lines.iter().map(read).collect()
    }

    async fn doubts(&self, device: Uuid) -> u64 {
        let state = self.store.state().await.expect("a store");
        state.devices.iter().find(|one| one.device == device).expect("the station").doubts
    }
}

/// A sale by nobody, one by a stranger, and cash by who only counts: all of it counts, and a manager reads of it.
pub(super) async fn what_somebody_may_not_do_is_applied_and_told(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let product = &bench.demo.products[0];
    let before = on_hand(&*bench.store, &station, product.id, 0).await;
    let may = station.sells(product, 1);
    station.person = None;
    let nobody = station.sells(product, 1);
    station.person = bench.somebody("cashier", station.site.id, false);
    assert!(station.person.is_some(), "the demo has cashiers elsewhere");
    let stranger = station.sells(product, 1);
    // After she was made one who counts, whatever the day of the test.
    station.clock_ms = YEAR_2100_MS;
    station.person = bench.somebody("counter", station.site.id, true);
    assert!(station.person.is_some(), "the demo has somebody who counts here");
    let entries = vec![may, nobody, stranger, station.writes(cash())];
    for round in ["new", "again"] {
        let taken = bench.store.take(station.device, entries.clone(), NOW_MS).await.expect("taken");
        assert!(taken.problems.is_empty(), "{round}: a fact is never refused: {:?}", taken.problems);
    }
    let after = on_hand(&*bench.store, &station, product.id, 0).await;
    assert_eq!(after, before - 3_000, "all of them count");
    let told = bench.audited().await;
    let codes: Vec<(u64, &str)> = told.iter().map(|(number, code, _)| (*number, code.as_str())).collect();
    assert_eq!(codes, [(2, NOBODY), (3, UNKNOWN_PERSON), (4, ROLE)]);
    assert!(told[0].2.is_none() && told[1].2.is_some(), "who it was stands with it");
    assert_eq!(bench.doubts(station.device).await, 3);
}

/// A central that lost something does not know all of its people while it takes back.
pub(super) async fn people_who_come_back_are_no_strangers(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    station.person = Some(Uuid::from_u128(0xdead));
    let before = station.opens_the_drawer();
    bench.store.take(station.device, vec![before], NOW_MS).await.expect("taken");
    assert_eq!(bench.doubts(station.device).await, 1, "nothing was lost: she is a stranger");
    let gone = SeenHeadV1 { generation: station.generation, sequence: 90, hash: "5e".repeat(32) };
    let epoch = Some(bench.store.recovery().await.expect("a state").epoch);
    let seen = SeenV1 { epoch, heads: vec![gone], ..SeenV1::default() };
    bench.store.notice(station.device, seen, Machine.new_id(), NOW_MS).await.expect("a store");
    assert!(!bench.store.may_grant().await.expect("a store"), "it takes back");
    let after = station.opens_the_drawer();
    bench.store.take(station.device, vec![after], NOW_MS).await.expect("taken");
    assert_eq!(bench.doubts(station.device).await, 1, "she may be among those who come back");
}

/// On whatever replica: what is asked is the store.
pub(super) async fn an_operator_is_revoked_with_the_tokens_of_before(bench: &Bench) {
    let at = async |name: &str| bench.store.operator_revoked(name).await.expect("a store");
    assert_eq!(at("mira").await, None);
    bench.store.revoke_operator("mira", NOW_MS).await.expect("a store");
    bench.store.revoke_operator("mira", NOW_MS - 5).await.expect("a store");
    assert_eq!((at("mira").await, at("conor").await), (Some(NOW_MS), None), "the latest counts");
}
