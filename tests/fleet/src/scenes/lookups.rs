//! What is available, as often as it can be answered; beside it the smallest server there is, over the same sockets.

use anyhow::{Context, Result, ensure};

use super::Fleet;
use crate::centre::Centre;
use crate::cores::Apart;
use crate::figures::{Lookups, row};
use crate::flood::{Flood, pour};
use crate::till::{AVAILABLE_RIGHT, Heard};

/// Rounds of each, by turns.
const ROUNDS: usize = 5;
/// Connections, each of which asks again as soon as it was answered.
pub(super) const CONNECTIONS: usize = 32;

impl Fleet {
    /// Each request is another till's, and asks for another product.
    pub async fn lookups(&mut self) -> Result<Lookups> {
        self.sign_on().await?;
        let mut asks = Vec::new();
        let mut bytes = 0;
        for (at, till) in self.tills.iter().enumerate() {
            let mut till = till.lock().await;
            let product = &self.products[at % self.products.len()];
            if let Heard::Well(length) = till.look_available(product).await? {
                bytes = length;
            }
            asks.push(till.asks(&till.available_path(product)).context("a token")?);
        }
        let smallest = Centre::smallest(bytes)?;
        let centre = self.centre.as_ref().context("central")?;
        let _apart = Apart::begin()?;
        let mut found = Lookups::default();
        // The first round warms up and is not kept.
        for round in 0..=ROUNDS {
            for turn in 0..2 {
                let ours = (round + turn) % 2 == 0;
                let (address, right) = if ours { (&centre.address, AVAILABLE_RIGHT) } else { (&smallest.address, "x") };
                let flood = Flood {
                    address: address.clone(),
                    lines: CONNECTIONS,
                    asks: asks.clone(),
                    right: right.to_owned(),
                    a_second: None,
                    seconds: (self.plan.seconds / 10).clamp(1, 3),
                };
                let flooded = pour(&flood).await?;
                ensure!(flooded.wrong == 0, "{} answers were wrong", flooded.wrong);
                let rate = flooded.a_second(flooded.right.count());
                if round > 0 {
                    if ours { found.ours.push(rate) } else { found.smallest.push(rate) }
                }
            }
        }
        let middle = |rates: &[u64]| {
            let mut rates = rates.to_vec();
            rates.sort_unstable();
            rates[rates.len() / 2].to_string()
        };
        row("lookups of what is available that are served in a second", &middle(&found.ours));
        row("the smallest server's answers in a second", &middle(&found.smallest));
        Ok(found)
    }
}
