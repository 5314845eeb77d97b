//! Web shops whose tokens were revoked. Asked for with every request of a shop, so what the store said is believed for
//! two seconds: that is how long a revocation takes to hold at every replica.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::App;
use crate::store::StoreError;

const BELIEVED_MS: i64 = 2_000;

/// What the store said of late.
#[derive(Debug, Default)]
pub(crate) struct RevokedShops {
    /// By name: when it was asked, and when the shop was revoked last. As many as the company has shops: only names out of
    /// tokens that central signed are looked up.
    known: Mutex<HashMap<String, (i64, Option<i64>)>>,
}

impl RevokedShops {
    /// Whether a token of a shop, made then, is worth nothing any more.
    pub(super) async fn is_revoked(&self, app: &App, name: &str, made_ms: i64) -> Result<bool, StoreError> {
        let now_ms = app.around.now_ms();
        let fresh = |(asked_ms, _): &(i64, Option<i64>)| (0..BELIEVED_MS).contains(&(now_ms - asked_ms));
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().filter(fresh);
        let revoked_ms = match known {
            Some((_, revoked_ms)) => revoked_ms,
            None => {
                let revoked_ms = app.store.shop_revoked(name).await?;
                let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                all.insert(name.to_owned(), (now_ms, revoked_ms));
                revoked_ms
            }
        };
        Ok(revoked_ms.is_some_and(|revoked_ms| made_ms <= revoked_ms))
    }
}
