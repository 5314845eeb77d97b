//! What must be true of promises when all has healed.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_central::store::ExportKind;
use selvedge_contract::view::TrayKind;
use selvedge_domain::ids::PromiseId;
use selvedge_domain::stock::promise::RequestState;
use selvedge_protocol::v1::PromiseV1;
use selvedge_store::StoreError;
use selvedge_store::table::promise::{self, Known, Request};
use uuid::Uuid;

use super::shop::goes_on;
use crate::central::Central;
use crate::till::Till;
use crate::world::World;

/// A till asks for the feed so often, and once more.
const LATELY_MS: i64 = 130_000;

/// Where a state stands above another, as `docs/promises.md` says.
pub fn rank(state: &str) -> usize {
    const ORDER: [&str; 6] = ["reserved", "expired", "confirmed", "cancelled", "broken", "fulfilled"];
    ORDER.iter().position(|one| *one == state).expect("a state that is known")
}

/// What was asked for at a till.
pub fn requests(till: &Till) -> Vec<Request> {
    till.store().read::<_, StoreError>(|tx| promise::newest(tx, u32::MAX)).expect("the requests can be read")
}

/// Promises as central has them.
pub fn at_central(central: &Central) -> BTreeMap<Uuid, PromiseV1> {
    let read = |line: serde_json::Value| serde_json::from_value::<PromiseV1>(line).expect("a promise");
    central.export(ExportKind::Promises).into_iter().map(read).map(|one| (one.id, one)).collect()
}

/// Looks at promises.
///
/// # Panics
/// With the rule that is broken.
pub fn check(world: &World) {
    let there = at_central(&world.central);
    let known: BTreeSet<Uuid> = world.promised.known.iter().copied().chain(world.promised.shop.ids()).collect();
    for id in there.keys() {
        assert!(known.contains(id), "central has only what was asked for or promised, once: {id}");
    }
    for told in world.promised.shop.told() {
        let is_over = !matches!(told.state.as_str(), "reserved" | "confirmed");
        let Some(stands) = there.get(&told.id) else {
            assert!(is_over && world.restored, "what the web shop was told is not lost: {told:?}");
            continue;
        };
        assert!(goes_on(told, stands), "what the web shop was told holds: {told:?}, {stands:?}");
    }
    for promise in there.values().filter(|one| one.state == "broken") {
        assert!(promise.cause.is_some(), "what breaks has a cause: {promise:?}");
    }
    for till in world.tills.iter().filter(|till| till.has_joined()) {
        if !world.is_revoked(till) && !world.is_stranger(till) {
            at_till(till, &there, world.now.wall_ms());
        }
    }
}

fn at_till(till: &Till, there: &BTreeMap<Uuid, PromiseV1>, now_ms: i64) {
    let number = till.begun.number;
    let known: Vec<Known> = till
        .store()
        .read::<_, StoreError>(|tx| {
            let mut statement = tx.prepare("SELECT id FROM promise ORDER BY id")?;
            let ids = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            let ids: Vec<Vec<u8>> = ids.collect::<Result<_, _>>()?;
            let id = |bytes: Vec<u8>| PromiseId(Uuid::from_slice(&bytes).expect("an id"));
            let found: Result<Vec<_>, _> = ids.into_iter().map(|bytes| promise::known(tx, id(bytes))).collect();
            Ok(found?.into_iter().flatten().collect())
        })
        .expect("the promises can be read");
    for one in &known {
        let stands = there.get(&one.promise.id);
        assert!(stands.is_some(), "what a till holds as set aside is not lost: till {number}, {:?}", one.promise);
        let stands = stands.expect("just seen");
        assert!(
            goes_on(&one.promise, stands),
            "what a till was told of a promise holds: till {number}, {:?}, {stands:?}",
            one.promise
        );
        let here = one.promise.site == crate::company::site(till.begun.site);
        // What ended by its time a moment ago comes with the next page.
        let just_now =
            stands.state == "expired" && stands.ended_ms.is_some_and(|ended_ms| ended_ms > now_ms - LATELY_MS);
        let same = just_now || rank(&one.promise.state) == rank(&stands.state);
        assert!(
            same || !here,
            "a till knows how what is set aside stands: till {number}, {:?}, {stands:?}",
            one.promise
        );
    }
    let trays = told_in_trays(till);
    for request in requests(till) {
        let stands = there.get(&request.promise.0).map(|one| one.state.as_str());
        assert!(!request.state.waits(), "what was asked for is answered: till {number}, {request:?}, {stands:?}");
        // Who wants it no more is told nothing.
        if stands == Some("broken") && request.state != RequestState::LetGo {
            assert_eq!(
                request.state,
                RequestState::Broken,
                "who asked knows that it broke: till {number}, {request:?}"
            );
            let told = request.told == RequestState::Broken || trays.contains(&request.promise) || trays.len() >= 10;
            assert!(told, "who asked is told that it broke: till {number}, {request:?}");
        }
    }
}

fn told_in_trays(till: &Till) -> Vec<PromiseId> {
    let view = till.app().view().expect("a view");
    let told = view.trays.into_iter().filter_map(|tray| {
        if let TrayKind::PromiseAnswered { promise, .. } = tray.what { Some(promise) } else { None }
    });
    told.collect()
}

/// What a central that heard everything in another order, rows of the feed among it, has of promises.
///
/// # Panics
/// When they differ.
pub fn compare(here: &Central, there: &Central) {
    let bare = |central: &Central| -> Vec<PromiseV1> {
        // When it ended and why is of the one who decided; what facts say has one time or another.
        let bare = |promise: PromiseV1| PromiseV1 { ended_ms: None, cause: None, asked: None, ..promise };
        at_central(central).into_values().map(bare).collect()
    };
    assert_eq!(bare(here), bare(there), "another order of arrival gives the same promises");
}
