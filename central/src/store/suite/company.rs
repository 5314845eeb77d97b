//! People, sites, tills and tax rates change after the company was set up.

use selvedge_protocol::v1::{FeedBody, LocationV1, PersonV1, SeenHeadV1, SeenV1, SiteV1, TaxRateRowV1, TillV1};
use uuid::Uuid;

use super::promises::rows_of;
use super::{Bench, NOW_MS, TestStation};
use crate::auditor;
use crate::rights::UNKNOWN_PERSON;
use crate::store::{CompanyChange, ExportKind, NewCode, SitePerson, StoreError};
use crate::surroundings::{Machine, Surroundings};

impl Bench {
    async fn people_of(&self, site: Uuid) -> Vec<PersonV1> {
        let rows = rows_of(&*self.store, site).await;
        let people = rows.iter().filter_map(|row| match row.read() {
            Ok(FeedBody::Person(person)) => Some(person),
            Ok(_) | Err(_) => None,
        });
        people.collect()
    }

    async fn applies(&self, change: CompanyChange) {
        self.store.apply(change, NOW_MS).await.expect("a store");
    }
}

pub(super) async fn a_company_is_as_it_was_set_up(bench: &Bench) {
    let company = bench.store.company().await.expect("a store");
    assert_eq!(company.sites, {
        let mut sites = bench.demo.sites.clone();
        sites.sort_by(|one, other| one.code.cmp(&other.code));
        sites
    });
    assert_eq!((company.tills, company.tax_rates), (bench.demo.tills.clone(), bench.demo.tax_rates.clone()));
    let rows: usize = bench.demo.people.iter().map(|one| one.sites.len()).sum();
    assert_eq!((company.people.len(), company.products.len()), (rows, 0), "products are left out");
}

pub(super) async fn a_company_changes_whole(bench: &Bench) {
    let site = bench.demo.site("galway").expect("Galway").clone();
    let renamed = SiteV1 { name: "Galway Docks".into(), address: vec!["2 Quay Street".into()], ..site.clone() };
    let location = |kind: &str| LocationV1 { id: Machine.new_id(), kind: kind.into(), name: kind.into() };
    let locations = vec![location("sales-floor"), location("counter")];
    let new = SiteV1 { id: Machine.new_id(), code: "sligo".into(), name: "Sligo".into(), locations, ..site.clone() };
    let till = TillV1 { code: "77".into(), site: new.id, name: "Till 1".into() };
    let rate = &bench.demo.tax_rates[0];
    let ends = TaxRateRowV1 { valid_to: "2026-12-31".into(), ..rate.clone() };
    let begins = TaxRateRowV1 { valid_from: "2027-01-01".into(), percent: "25".into(), ..rate.clone() };
    let person = PersonV1 {
        id: Machine.new_id(),
        name: "Nora Walsh".into(),
        role: "cashier".into(),
        verifier: "$argon2id$of-nora".into(),
        active: true,
    };
    let change = CompanyChange {
        company: None,
        sites: vec![renamed.clone(), new.clone()],
        tills: vec![till.clone()],
        tax_rates: vec![ends.clone(), begins.clone()],
        people: vec![SitePerson { site: new.id, person: person.clone() }],
    };
    bench.applies(change.clone()).await;
    bench.applies(change).await;
    let company = bench.store.company().await.expect("a store");
    assert!(company.sites.contains(&renamed) && company.sites.contains(&new));
    assert!(company.tills.contains(&till) && company.tax_rates.contains(&ends) && company.tax_rates.contains(&begins));
    let rows = rows_of(&*bench.store, new.id).await;
    let told: Vec<FeedBody> = rows.iter().filter_map(|row| row.read().ok()).collect();
    for wanted in
        [FeedBody::Site(new.clone()), FeedBody::Till(till), FeedBody::TaxRate(begins), FeedBody::Person(person)]
    {
        assert_eq!(
            told.iter().filter(|one| **one == wanted).count(),
            1,
            "told once, though it was said twice: {wanted:?}"
        );
    }
    let mut station = TestStation::new(new, 3);
    let code = NewCode { hash: [7; 32], site: "sligo".into(), till: "77".into(), expires_ms: NOW_MS + 1 };
    bench.store.add_code(code).await.expect("the new till is there");
    let joined = bench.store.enrol(station.asks([7; 32]), NOW_MS).await.expect("a store").expect("a good code");
    station.device = joined.device;
    let sold = station.sells(&bench.demo.products[0], 1);
    let taken = bench.store.take(sold.id.device, vec![sold], NOW_MS).await.expect("a store");
    assert!(taken.problems.is_empty(), "a new site sells: {:?}", taken.problems);
}

/// Her row says so at every site; what she wrote before stands, what she writes after is told.
pub(super) async fn who_left_is_told_by_what_she_writes(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let who = station.person.expect("a cashier");
    let before = station.opens_the_drawer();
    let company = bench.store.company().await.expect("a store");
    let rows = company.people.into_iter().filter(|at| at.person.id == who);
    let left = |at: SitePerson| {
        let person = PersonV1 { active: false, verifier: String::new(), ..at.person };
        SitePerson { person, ..at }
    };
    let people: Vec<SitePerson> = rows.map(left).collect();
    assert!(!people.is_empty());
    bench.applies(CompanyChange { people, ..CompanyChange::default() }).await;
    let told = bench.people_of(station.site.id).await;
    let [one] = &told.iter().filter(|one| one.id == who).collect::<Vec<_>>()[..] else { panic!("one row of her") };
    assert!(!one.active && one.verifier.is_empty() && !one.name.is_empty());
    station.clock_ms = super::rights::YEAR_2100_MS;
    let after = station.opens_the_drawer();
    let taken = bench.store.take(station.device, vec![before, after], NOW_MS).await.expect("a store");
    assert_eq!((taken.new, taken.problems.len()), (2, 0), "facts are kept, and applied");
    let page = bench.store.export(ExportKind::Audit, 0, 10).await.expect("an export");
    let told: Vec<serde_json::Value> =
        page.lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of: Vec<_> = told.iter().map(|line| (line["sequence"].as_u64(), line["code"].as_str())).collect();
    assert_eq!(of, [(Some(2), Some(UNKNOWN_PERSON))], "what she did after she left");
}

/// Name and PIN are nowhere any more, and the chain holds.
pub(super) async fn who_is_erased_has_no_name_anywhere(bench: &Bench) {
    let mut station = TestStation::joined(bench, "galway", "04").await;
    let who = station.person.expect("a cashier");
    let company = bench.store.company().await.expect("a store");
    let name = company.people.iter().find(|at| at.person.id == who).expect("her").person.name.clone();
    let entry = station.opens_the_drawer();
    bench.store.take(station.device, vec![entry], NOW_MS).await.expect("a store");
    let rows = rows_of(&*bench.store, station.site.id).await;
    let old: Vec<_> = rows.into_iter().filter(|row| row.body.contains(&who.to_string())).collect();
    assert!(!bench.store.erase_person(Machine.new_id(), NOW_MS).await.expect("a store"), "nobody has that id");
    for round in ["once", "again"] {
        assert!(bench.store.erase_person(who, NOW_MS).await.expect("a store"), "{round}");
    }
    let mut bodies: Vec<String> = Vec::new();
    for site in &bench.demo.sites {
        let rows = rows_of(&*bench.store, site.id).await;
        bodies.extend(rows.into_iter().map(|row| row.body));
    }
    assert!(!bodies.iter().any(|body| body.contains(&name)), "no station hears of her any more");
    let told = bench.people_of(station.site.id).await;
    let [one] = &told.iter().filter(|one| one.id == who).collect::<Vec<_>>()[..] else { panic!("one row of her") };
    assert!(one.is_erased() && !one.active && one.verifier.is_empty());
    // A station that was offline hands in what it kept of her.
    bench.store.take_back(old, true, NOW_MS).await.expect("a store");
    let company = bench.store.company().await.expect("a store");
    assert!(company.people.iter().filter(|at| at.person.id == who).all(|at| at.person.is_erased()));
    let mut wrong = Vec::new();
    auditor::once(&*bench.store, &mut |finding| wrong.push(finding)).await.expect("a store");
    assert_eq!(wrong, Vec::<String>::new(), "the chain holds without the bodies");
    let page = bench.store.export(ExportKind::Entries, 0, 10).await.expect("an export");
    assert!(page.lines[0].contains(&who.to_string()), "what she did stays, under her id");
}

/// A central that takes back may not know everybody: who would be new might be there twice.
pub(super) async fn nothing_changes_while_central_takes_back(bench: &Bench) {
    let station = TestStation::joined(bench, "galway", "04").await;
    let gone = SeenHeadV1 { generation: station.generation, sequence: 90, hash: "5e".repeat(32) };
    let epoch = Some(bench.store.recovery().await.expect("a state").epoch);
    let seen = SeenV1 { epoch, heads: vec![gone], ..SeenV1::default() };
    bench.store.notice(station.device, seen, Machine.new_id(), NOW_MS).await.expect("a store");
    let refused = bench.store.apply(CompanyChange::default(), NOW_MS).await.expect_err("it takes back");
    assert!(matches!(refused, StoreError::Recovering), "{refused:?}");
    let code = NewCode { hash: [1; 32], site: "galway".into(), till: "04".into(), expires_ms: NOW_MS + 1 };
    assert!(bench.store.add_code(code).await.is_err());
}

/// On whatever replica: what is asked is the store.
pub(super) async fn a_shop_is_revoked_with_the_tokens_of_before(bench: &Bench) {
    let at = async |name: &str| bench.store.shop_revoked(name).await.expect("a store");
    assert_eq!(at("web").await, None);
    bench.store.revoke_shop("web", NOW_MS).await.expect("a store");
    bench.store.revoke_shop("web", NOW_MS - 5).await.expect("a store");
    assert_eq!((at("web").await, at("app").await), (Some(NOW_MS), None), "the latest counts");
    assert_eq!(bench.store.operator_revoked("web").await.expect("a store"), None, "an operator may have the name");
}
