//! The demo company in a store of its own.

use selvedge_protocol::demo::DemoCompany;

use crate::store::{Central, Company, SitePerson, SitePrice, Store, StoreError};
use crate::surroundings::Surroundings;

/// Sets Twisted Threads up; a store that holds it already stays as it is.
///
/// # Errors
/// [`StoreError::AlreadySetUp`], when the store holds another company, or one of another seed.
pub async fn set_up(store: &dyn Store, around: &dyn Surroundings, seed: u64) -> Result<DemoCompany, StoreError> {
    let demo = DemoCompany::new(seed);
    if let Some(there) = store.central().await? {
        if there.company == demo.company {
            return Ok(demo);
        }
        return Err(StoreError::AlreadySetUp(there.company.name));
    }
    let central = Central {
        id: around.new_id(),
        key_seed: around.random(),
        epoch: around.new_id(),
        company: demo.company.clone(),
    };
    let of_person = |person: &selvedge_protocol::demo::DemoPerson| {
        let one = person.person.clone();
        person.sites.iter().map(|site| SitePerson { site: *site, person: one.clone() }).collect::<Vec<_>>()
    };
    let company = Company {
        sites: demo.sites.clone(),
        tills: demo.tills.clone(),
        tax_rates: demo.tax_rates.clone(),
        people: demo.people.iter().flat_map(of_person).collect(),
        products: demo.products.clone(),
        prices: demo.prices.iter().map(|price| SitePrice { site: None, price: price.clone() }).collect(),
        stock: demo.stock.clone(),
    };
    store.set_up(central, company, around.now_ms()).await?;
    Ok(demo)
}

#[cfg(test)]
mod tests {
    use argon2::Argon2;
    use argon2::password_hash::PasswordVerifier;
    use argon2::password_hash::phc::PasswordHash;
    use selvedge_protocol::demo::{DemoCompany, SEED};

    #[test]
    fn the_demos_pins_are_those_that_are_printed() {
        let mut verified = std::collections::BTreeSet::new();
        for person in DemoCompany::new(SEED).people {
            if verified.insert((person.pin, person.person.verifier.clone())) {
                let hash = PasswordHash::new(&person.person.verifier).expect("a PHC string");
                assert!(Argon2::default().verify_password(person.pin.as_bytes(), &hash).is_ok(), "{}", person.pin);
            }
        }
        assert_eq!(verified.len(), 2, "one PIN for managers, one for the others");
    }
}
