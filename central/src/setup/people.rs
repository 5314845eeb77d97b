//! People, each with the sites where she may sign in; and what a file changes about them.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_protocol::v1::{PersonV1, SiteV1};
use uuid::Uuid;

use super::WantedPerson;
use crate::secret::{pin_matches, pin_verifier};
use crate::store::{Company, SitePerson};
use crate::surroundings::Surroundings;

/// Somebody, as the rows of all sites say together.
#[derive(Clone, PartialEq, Eq)]
pub struct Somebody {
    /// Opaque and lasting.
    pub id: Uuid,
    /// Empty once erased.
    pub name: String,
    /// `cashier`, `counter`, `picker`, `manager`.
    pub role: String,
    /// argon2id of the PIN; empty where she has none any more.
    pub verifier: String,
    /// Where she may sign in.
    pub sites: BTreeSet<Uuid>,
}

/// Everybody, by name and id. What a row says where she may sign in stands above what others say.
pub fn people(company: &Company) -> Vec<Somebody> {
    let mut all: BTreeMap<Uuid, Somebody> = BTreeMap::new();
    let (active, left): (Vec<_>, Vec<_>) = company.people.iter().partition(|at| at.person.active);
    for SitePerson { site, person } in left.into_iter().chain(active) {
        let PersonV1 { id, name, role, verifier, active } = person.clone();
        let one = all.entry(id).or_insert_with(|| Somebody {
            id,
            name: String::new(),
            role: String::new(),
            verifier: String::new(),
            sites: BTreeSet::new(),
        });
        (one.name, one.role, one.verifier) = (name, role, verifier);
        if active {
            one.sites.insert(*site);
        }
    }
    let mut all: Vec<Somebody> = all.into_values().collect();
    all.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    all
}

/// What a file changes about people.
pub(super) struct Changes<'a> {
    pub(super) there: &'a Company,
    /// Sites as they will be.
    pub(super) sites: &'a [SiteV1],
    pub(super) around: &'a dyn Surroundings,
    pub(super) lines: Vec<String>,
    pub(super) refused: Vec<String>,
    pub(super) rows: Vec<SitePerson>,
}

impl Changes<'_> {
    pub(super) fn compare(&mut self, wanted: &[WantedPerson]) {
        let known: Vec<Somebody> = people(self.there).into_iter().filter(|one| !one.name.is_empty()).collect();
        let mut seen = BTreeSet::new();
        for want in wanted {
            match find(&known, want) {
                Ok(found) => {
                    if let Some(twice) = found.filter(|one| !seen.insert(one.id)) {
                        self.refused.push(format!("{}: {} is there twice", want.place, twice.name));
                    } else if found.is_none() && !seen.insert(same_name(want)) {
                        self.refused.push(format!("{}: {} is there twice", want.place, want.name));
                    } else {
                        self.one(found, want);
                    }
                }
                Err(why) => self.refused.push(format!("{}: {why}", want.place)),
            }
        }
        for one in known.iter().filter(|one| !seen.contains(&one.id) && !one.sites.is_empty()) {
            self.lines.push(format!("{}: is not in the file, leaves: signs in nowhere any more", one.name));
            self.leaves(one, &BTreeSet::new());
        }
    }

    fn one(&mut self, found: Option<&Somebody>, want: &WantedPerson) {
        let sites: BTreeSet<Uuid> =
            self.sites.iter().filter(|site| want.sites.contains(&site.code)).map(|site| site.id).collect();
        let before = found.map(|one| one.verifier.as_str()).unwrap_or_default();
        let changed = want.pin.as_ref().filter(|pin| !pin_matches(pin, before));
        let verifier = match changed.map(|pin| pin_verifier(pin, self.around)) {
            Some(Ok(verifier)) => verifier,
            Some(Err(error)) => return self.refused.push(format!("{}: a PIN cannot be hashed: {error}", want.place)),
            None if before.is_empty() => {
                return self.refused.push(format!("{}: {} needs a PIN", want.place, want.name));
            }
            None => before.to_owned(),
        };
        let id = found.map(|one| one.id).or(want.id).unwrap_or_else(|| self.around.new_id());
        self.say(found, want, changed.is_some(), &sites);
        let person = PersonV1 { id, name: want.name.clone(), role: want.role.clone(), verifier, active: true };
        for site in &sites {
            let stands = self.there.people.iter().any(|at| at.site == *site && at.person == person);
            if !stands {
                self.rows.push(SitePerson { site: *site, person: person.clone() });
            }
        }
        if let Some(one) = found {
            self.leaves(one, &sites);
        }
    }

    /// Where she may not sign in any more.
    fn leaves(&mut self, one: &Somebody, stays: &BTreeSet<Uuid>) {
        for at in self.there.people.iter().filter(|at| at.person.id == one.id && at.person.active) {
            if !stays.contains(&at.site) {
                // A PIN that opens nothing is not kept.
                let person = PersonV1 { verifier: String::new(), active: false, ..at.person.clone() };
                self.rows.push(SitePerson { site: at.site, person });
            }
        }
    }

    fn say(&mut self, found: Option<&Somebody>, want: &WantedPerson, pin: bool, sites: &BTreeSet<Uuid>) {
        let words = |of: &BTreeSet<Uuid>| {
            let codes = self.sites.iter().filter(|site| of.contains(&site.id)).map(|site| site.code.as_str());
            codes.collect::<Vec<_>>().join(", ")
        };
        let name = &want.name;
        let Some(one) = found else {
            self.lines.push(format!("{name}: new, {}, at {}", want.role, words(sites)));
            return;
        };
        let mut lines = Vec::new();
        if one.name != *name {
            lines.push(format!("{}: is called {name} now", one.name));
        }
        if one.role != want.role {
            lines.push(format!("{name}: {} is now {}", one.role, want.role));
        }
        if one.sites.is_empty() {
            lines.push(format!("{name}: is back, at {}", words(sites)));
        } else if one.sites != *sites {
            lines.push(format!("{name}: at {} is now at {}", words(&one.sites), words(sites)));
        }
        if pin {
            lines.push(format!("{name}: another PIN"));
        }
        self.lines.extend(lines);
    }
}

/// Who is meant: by id, or by name where one has it.
fn find<'a>(known: &'a [Somebody], want: &WantedPerson) -> Result<Option<&'a Somebody>, String> {
    if let Some(id) = want.id {
        let found = known.iter().find(|one| one.id == id);
        return found.map(Some).ok_or_else(|| format!("nobody has the id {id}: leave it out for somebody new"));
    }
    let mut named = known.iter().filter(|one| one.name == want.name);
    // Of two, the one who is still here.
    let found: Vec<&Somebody> = named.by_ref().collect();
    let here: Vec<&Somebody> = found.iter().copied().filter(|one| !one.sites.is_empty()).collect();
    match (here.as_slice(), found.as_slice()) {
        ([one], _) | ([], [one]) => Ok(Some(one)),
        ([], []) => Ok(None),
        _ => Err(format!("several people are called {}: say which with id, as `person list` shows it", want.name)),
    }
}

/// Stands for somebody new, so that she is not named twice.
fn same_name(want: &WantedPerson) -> Uuid {
    use sha2::Digest as _;
    let digest: [u8; 32] = sha2::Sha256::digest(want.name.as_bytes()).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}
