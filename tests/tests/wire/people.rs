//! People come and go: what central decides about them holds at every till that has heard of it.

use std::time::Instant;

use selvedge_central::rights::UNKNOWN_PERSON;
use selvedge_central::store::{CompanyChange, ExportKind, SitePerson};
use selvedge_contract::view::Screen;
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::PersonId;
use selvedge_protocol::v1::PersonV1;
use selvedge_store::StoreError;
use selvedge_store::table::person;
use uuid::Uuid;

use super::{Central, LONG, SITE, Till};

/// 4 March 2100: after whatever central decides during the test.
const LATER_MS: i64 = 4_107_542_400_000;

impl Central {
    fn leaves(&self, who: Uuid) {
        let company = self.runtime.block_on(self.store.company()).expect("a store");
        let left = |at: SitePerson| SitePerson {
            person: PersonV1 { active: false, verifier: String::new(), ..at.person },
            ..at
        };
        let people = company.people.into_iter().filter(|at| at.person.id == who).map(left).collect();
        let change = CompanyChange { people, ..CompanyChange::default() };
        self.runtime.block_on(self.store.apply(change, 1)).expect("a store");
    }
}

impl Till {
    fn knows_of(&self, who: PersonId) -> Option<(bool, String)> {
        let read =
            |tx: &selvedge_store::Tx| Ok::<_, StoreError>((person::is_active(tx, who)?, person::by_id(tx, who)?));
        let (active, known) = self.app.store().read(read).expect("a store");
        known.map(|known| (active, known.person.name))
    }

    fn wait_until_gone(&self, who: PersonId) {
        let began = Instant::now();
        while self.knows_of(who).is_some_and(|(active, _)| active) {
            assert!(began.elapsed() < LONG, "it never heard that she left");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    fn lets_in(&self, who: PersonId, pin: &str) -> Result<(), Code> {
        self.app.sign_in(who, pin).map(drop).map_err(|error| Failure::from(error).code)
    }
}

#[test]
fn a_person_who_left_signs_in_nowhere() {
    let central = Central::start();
    let codes = central.tills();
    let code = central.demo.products.iter().find_map(|product| product.gtins.first()).expect("a product").clone();
    let site = central.demo.site(SITE).expect("the site").id;
    let here = central.demo.people.iter().filter(|one| one.person.role == "cashier" && one.sites.contains(&site));
    let [leaver, stays] = here.take(2).collect::<Vec<_>>()[..] else { panic!("two cashiers") };
    let who = PersonId(leaver.person.id);
    let (mut one, other) = (Till::join(&central, &codes[0], 1), Till::join(&central, &codes[1], 2));
    one.lets_in(who, leaver.pin).expect("she works here");
    one.app.open_till(selvedge_domain::Amount::from_minor(10_000)).expect("the till opens");
    one.sell(&code);
    one.wait_until_sent();

    // Her till is offline when she leaves, and does not know better.
    one.sync = None;
    central.leaves(who.0);
    one.clock.set_ms(LATER_MS);
    one.sell(&code);
    other.wait_until_gone(who);
    assert_eq!(other.lets_in(who, leaver.pin), Err(Code::NotAllowed));
    one.app.sign_out().expect("she goes home");
    one.lets_in(who, leaver.pin).expect("nobody told this till yet");

    one.connect();
    one.wait_until_gone(who);
    assert!(matches!(one.app.view().expect("a view").screen, Screen::SignIn(_)), "she is signed in no more");
    assert_eq!(one.lets_in(who, leaver.pin), Err(Code::NotAllowed));
    assert_eq!(one.lets_in(PersonId(stays.person.id), stays.pin), Ok(()), "others go on");
    one.sell(&code);
    one.wait_until_sent();
    super::holds_exactly(&central, &[&one, &other]);
    assert!(central.export(ExportKind::Held).is_empty(), "facts are never refused");
    let told: Vec<serde_json::Value> =
        central.export(ExportKind::Audit).iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<(&str, &str)> = told
        .iter()
        .map(|line| (line["kind"].as_str().expect("a kind"), line["code"].as_str().expect("a code")))
        .collect();
    assert_eq!(kinds, [("sale", UNKNOWN_PERSON), ("person-signed", UNKNOWN_PERSON), ("person-signed", UNKNOWN_PERSON)]);
    assert!(told.iter().all(|line| line["person"] == who.0.to_string()), "only what she did after she left");
    central.audit();
}

#[test]
fn who_was_erased_has_no_name_at_any_till() {
    let central = Central::start();
    let codes = central.tills();
    let till = Till::join(&central, &codes[0], 1);
    let site = central.demo.site(SITE).expect("the site").id;
    let one = central.demo.people.iter().find(|one| one.sites.contains(&site)).expect("somebody");
    let who = PersonId(one.person.id);
    assert_eq!(till.knows_of(who), Some((true, one.person.name.clone())));
    assert!(central.runtime.block_on(central.store.erase_person(who.0, 1)).expect("a store"));
    till.wait_until_gone(who);
    assert_eq!(till.knows_of(who), Some((false, String::new())));
    let late = Till::join(&central, &codes[1], 2);
    assert_ne!(late.knows_of(who).map(|(active, name)| (active, name.is_empty())), Some((true, false)));
}
