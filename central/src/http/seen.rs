//! What was found out of late about those who ask: that a token's signature verifies, and which station a device is. Who
//! looks up stock asks often, and neither changes from one look to the next.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use tokio::sync::watch;
use uuid::Uuid;

use crate::store::{Device, Pokes};

/// Tokens that are remembered, and stations; then all are forgotten, and found out again.
const MOST: usize = 50_000;
/// A station is looked at again after this, whatever was heard: who listens may have missed its revocation.
const STATION_MS: i64 = 1_000;

/// What is remembered.
#[derive(Debug)]
pub struct Seen {
    /// Texts whose signature verified. What a text says is read each time, its end among it.
    tokens: RwLock<HashSet<Box<str>>>,
    stations: RwLock<HashMap<Uuid, Station>>,
    revoked: watch::Receiver<u64>,
}

#[derive(Debug)]
struct Station {
    device: Device,
    at_ms: i64,
    /// How many revocations were heard of before it was looked at.
    revoked: u64,
}

impl Seen {
    /// Nothing yet; hears of revocations from now on.
    pub fn new(pokes: &Pokes) -> Self {
        Seen { tokens: RwLock::default(), stations: RwLock::default(), revoked: pokes.revoked() }
    }

    /// Whether a token's signature verifies: found out by `verifies`, once for each text.
    pub fn is_signed(&self, token: &str, verifies: impl FnOnce() -> bool) -> bool {
        if self.tokens.read().unwrap_or_else(PoisonError::into_inner).contains(token) {
            return true;
        }
        let good = verifies();
        if good {
            let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
            if tokens.len() >= MOST {
                tokens.clear();
            }
            tokens.insert(token.into());
        }
        good
    }

    /// How many revocations were heard of; to be asked before a station is looked at in the store.
    pub fn revocations(&self) -> u64 {
        *self.revoked.borrow()
    }

    /// A station that was looked at a moment ago, unless one was revoked since.
    pub fn station(&self, id: Uuid, now_ms: i64) -> Option<Device> {
        let stations = self.stations.read().unwrap_or_else(PoisonError::into_inner);
        let known = stations.get(&id)?;
        let young = (0..STATION_MS).contains(&now_ms.saturating_sub(known.at_ms));
        (young && known.revoked == self.revocations()).then(|| known.device.clone())
    }

    /// Remembers a station as it was found after so many revocations.
    pub fn keep(&self, device: &Device, revoked: u64, now_ms: i64) {
        let mut stations = self.stations.write().unwrap_or_else(PoisonError::into_inner);
        if stations.len() >= MOST {
            stations.clear();
        }
        stations.insert(device.id, Station { device: device.clone(), at_ms: now_ms, revoked });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: u128) -> Device {
        Device { id: Uuid::from_u128(id), site: Uuid::from_u128(9), till: "01".to_owned(), revoked: false, revision: 1 }
    }

    #[test]
    fn a_station_is_known_for_a_moment_and_not_beyond_a_revocation() {
        let pokes = Pokes::default();
        let seen = Seen::new(&pokes);
        let one = device(1);
        assert_eq!(seen.station(one.id, 0).map(|found| found.id), None);
        seen.keep(&one, seen.revocations(), 5_000);
        assert_eq!(seen.station(one.id, 5_999).map(|found| found.id), Some(one.id));
        assert_eq!(seen.station(one.id, 6_000).map(|found| found.id), None, "it is looked at again");
        assert_eq!(seen.station(one.id, 4_999).map(|found| found.id), None, "a clock that was set back");
        pokes.stations();
        assert_eq!(seen.station(one.id, 5_001).map(|found| found.id), None, "somebody was revoked");
    }

    #[test]
    fn what_was_looked_at_before_a_revocation_is_not_kept_beyond_it() {
        let pokes = Pokes::default();
        let seen = Seen::new(&pokes);
        let before = seen.revocations();
        pokes.stations();
        seen.keep(&device(1), before, 0);
        assert!(seen.station(Uuid::from_u128(1), 0).is_none());
    }

    #[test]
    fn a_signature_is_verified_once_and_a_bad_one_each_time() {
        let seen = Seen::new(&Pokes::default());
        assert!(!seen.is_signed("forged", || false));
        assert!(!seen.is_signed("forged", || false));
        assert!(seen.is_signed("good", || true));
        assert!(seen.is_signed("good", || panic!("it is known")));
    }
}
