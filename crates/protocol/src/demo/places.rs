//! Sites, tills, rates and people of the demo.

use super::{DemoPerson, id};
use crate::v1::{LocationV1, PersonV1, SiteV1, TaxRateRowV1, TillV1};
use uuid::Uuid;

/// PIN of everybody in the demo who is no manager.
pub const CASHIER_PIN: &str = "1234";
/// PIN of the demo's managers.
pub const MANAGER_PIN: &str = "4321";

/// argon2id of the two PINs with a salt that everybody knows: for the demo only. Central's tests hold them to the PINs.
const CASHIER_VERIFIER: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2VsdmVkZ2UtZGVtbw$DZE+J92vgKrhKUjYE+0hKt/ZCljgP4UNnpwGephGuz0";
const MANAGER_VERIFIER: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2VsdmVkZ2UtZGVtbw$euZy/rOYzNMewyh3IOaAJvSlPe+ZTY7ANKbP62gohfg";

/// (code, name, kind, street)
const SITES: [(&str, &str, &str, &str); 8] = [
    ("galway", "Galway", "shop", "14 Shop Street, Galway"),
    ("cork", "Cork", "shop", "82 Oliver Plunkett Street, Cork"),
    ("dublin-north", "Dublin North", "shop", "27 Main Street, Swords, Co. Dublin"),
    ("dublin-south", "Dublin South", "shop", "5 Georges Street Upper, Dun Laoghaire"),
    ("limerick", "Limerick", "shop", "31 Thomas Street, Limerick"),
    ("waterford", "Waterford", "shop", "9 George's Street, Waterford"),
    ("athlone", "Athlone", "warehouse", "Unit 6, Monksland Business Park, Athlone"),
    ("web", "Web", "web", "Unit 6, Monksland Business Park, Athlone"),
];

/// (till, site, name)
const TILLS: [(&str, &str, &str); 11] = [
    ("03", "galway", "Till 1"),
    ("04", "galway", "Till 2"),
    ("05", "cork", "Till 1"),
    ("06", "cork", "Till 2"),
    ("07", "dublin-north", "Till 1"),
    ("08", "dublin-north", "Till 2"),
    ("09", "dublin-south", "Till 1"),
    ("10", "limerick", "Till 1"),
    ("11", "waterford", "Till 1"),
    ("W1", "athlone", "Trolley 1"),
    ("E1", "web", "Desk 1"),
];

/// (name, role, site)
const PEOPLE: [(&str, &str, &str); 20] = [
    ("Mira Byrne", "cashier", "galway"),
    ("Tom Quinn", "cashier", "galway"),
    ("Aoife Walsh", "manager", "galway"),
    ("Sean Daly", "cashier", "galway"),
    ("Lena Vogt", "counter", "galway"),
    ("Pilar Ruiz", "cashier", "galway"),
    ("Niamh Healy", "manager", "cork"),
    ("Conor Lynch", "cashier", "cork"),
    ("Ines Duarte", "cashier", "cork"),
    ("Brendan Foley", "manager", "dublin-north"),
    ("Zofia Nowak", "cashier", "dublin-north"),
    ("Orla Keane", "manager", "dublin-south"),
    ("Jakob Stein", "cashier", "dublin-south"),
    ("Declan Roche", "manager", "limerick"),
    ("Amara Obi", "cashier", "limerick"),
    ("Grainne Power", "manager", "waterford"),
    ("Luca Ferri", "cashier", "waterford"),
    ("Padraig Nolan", "manager", "athlone"),
    ("Hanna Lind", "picker", "athlone"),
    ("Eoin Casey", "manager", "web"),
];

pub(super) fn sites(seed: u64) -> Vec<SiteV1> {
    let site = |(code, name, kind, street): &(&str, &str, &str, &str)| SiteV1 {
        id: id(seed, &format!("site {code}")),
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        time_zone: "Europe/Dublin".to_owned(),
        currency: "EUR".to_owned(),
        price_mode: "inclusive".to_owned(),
        address: vec![(*street).to_owned()],
        vat_id: "IE 9521874T".to_owned(),
        footer: vec!["Thank you, wear it well.".to_owned()],
        locations: [("sales-floor", "Sales floor"), ("counter", "Counter")]
            .map(|(kind, name)| LocationV1 {
                id: id(seed, &format!("location {code} {kind}")),
                kind: kind.to_owned(),
                name: name.to_owned(),
            })
            .to_vec(),
    };
    SITES.iter().map(site).collect()
}

pub(super) fn tills(sites: &[SiteV1]) -> Vec<TillV1> {
    TILLS
        .iter()
        .filter_map(|(code, site, name)| {
            let site = sites.iter().find(|at| at.code == *site)?;
            Some(TillV1 { code: (*code).to_owned(), site: site.id, name: (*name).to_owned() })
        })
        .collect()
}

pub(super) fn tax_rates() -> Vec<TaxRateRowV1> {
    [("standard", "23"), ("children", "0")]
        .map(|(code, percent)| TaxRateRowV1 {
            code: code.to_owned(),
            percent: percent.to_owned(),
            valid_from: "2000-01-01".to_owned(),
            valid_to: "9999-12-31".to_owned(),
        })
        .to_vec()
}

pub(super) fn people(seed: u64, sites: &[SiteV1]) -> Vec<DemoPerson> {
    let person = |(name, role, site): &(&str, &str, &str)| {
        let manager = *role == "manager";
        let at: Vec<Uuid> = sites.iter().filter(|at| at.code == *site).map(|at| at.id).collect();
        DemoPerson {
            person: PersonV1 {
                id: id(seed, &format!("person {name}")),
                name: (*name).to_owned(),
                role: (*role).to_owned(),
                verifier: if manager { MANAGER_VERIFIER } else { CASHIER_VERIFIER }.to_owned(),
                active: true,
            },
            sites: at,
            pin: if manager { MANAGER_PIN } else { CASHIER_PIN },
        }
    };
    PEOPLE.iter().map(person).collect()
}
