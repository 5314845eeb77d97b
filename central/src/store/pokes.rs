//! Who waits for a change hears of it here. A poke says that there is something to look at; many in a row are one, and
//! nobody who listens slowly makes anybody wait.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

/// What a store tells those who listen, after the commit.
#[derive(Debug)]
pub struct Pokes {
    feed: watch::Sender<u64>,
    stations: watch::Sender<u64>,
    /// Changes with all of them.
    any: watch::Sender<u64>,
    /// Made by who listens first; there are as many as there are sites.
    sites: Mutex<BTreeMap<Uuid, watch::Sender<u64>>>,
}

/// What one station hears.
#[derive(Debug)]
pub struct Ears {
    /// Changes with the feed.
    pub feed: watch::Receiver<u64>,
    /// Changes with a balance of the site.
    pub balances: watch::Receiver<u64>,
    /// Changes when a station was revoked.
    pub stations: watch::Receiver<u64>,
}

impl Default for Pokes {
    fn default() -> Self {
        Pokes {
            feed: watch::Sender::new(0),
            stations: watch::Sender::new(0),
            any: watch::Sender::new(0),
            sites: Mutex::default(),
        }
    }
}

impl Pokes {
    /// The feed has new rows.
    pub fn feed(&self) {
        self.feed.send_modify(|count| *count += 1);
        self.any.send_modify(|count| *count += 1);
    }

    /// A station may not do any more what it might.
    pub fn stations(&self) {
        self.stations.send_modify(|count| *count += 1);
        self.any.send_modify(|count| *count += 1);
    }

    /// Balances of a site changed.
    pub fn balances(&self, site: Uuid) {
        self.any.send_modify(|count| *count += 1);
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sites.get(&site) {
            sender.send_modify(|count| *count += 1);
        }
    }

    /// Anything may have changed, and nobody knows what.
    pub fn all(&self) {
        self.feed();
        self.stations();
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites.values().for_each(|sender| sender.send_modify(|count| *count += 1));
    }

    /// Listens for any change from now on; what is in it counts them.
    pub fn any(&self) -> watch::Receiver<u64> {
        self.any.subscribe()
    }

    /// Listens for stations that were revoked from now on; what is in it counts them.
    pub fn revoked(&self) -> watch::Receiver<u64> {
        self.stations.subscribe()
    }

    /// Listens for a site from now on.
    pub fn listen(&self, site: Uuid) -> Ears {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let balances = sites.entry(site).or_insert_with(|| watch::Sender::new(0)).subscribe();
        Ears { feed: self.feed.subscribe(), balances, stations: self.stations.subscribe() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_hears_of_its_own_balances_and_of_the_feed() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let pokes = Pokes::default();
        let mut ears = pokes.listen(here);
        let mut heard = || {
            let heard = (ears.feed.has_changed().expect("open"), ears.balances.has_changed().expect("open"));
            ears.feed.mark_unchanged();
            ears.balances.mark_unchanged();
            heard
        };
        assert_eq!(heard(), (false, false));
        pokes.balances(there);
        assert_eq!(heard(), (false, false), "another site's");
        pokes.balances(here);
        pokes.balances(here);
        assert_eq!(heard(), (false, true), "many are one");
        pokes.feed();
        assert_eq!(heard(), (true, false));
        pokes.all();
        assert_eq!(heard(), (true, true));
    }
}
