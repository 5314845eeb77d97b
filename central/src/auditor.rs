//! The auditor: goes over everything in small steps, again and again, and says what is wrong. It changes nothing: a
//! balance that differs from its movements is a fault of ours, and hiding it would hide the fault.

use std::time::Duration;

use crate::metrics::Metrics;
use crate::store::{AuditPlace, Store, StoreError, chain};
use crate::surroundings::Surroundings;

/// Products, rows or entries of one step.
const STEP: u32 = 200;
/// Between two steps: the auditor takes what nobody else needs.
const PAUSE: Duration = Duration::from_secs(1);
/// Before it tries again where the store did not answer.
const LATER: Duration = Duration::from_secs(30);

/// Goes on until it is dropped.
pub async fn go_on(store: &dyn Store, around: &dyn Surroundings, metrics: &Metrics) {
    let mut from = AuditPlace::start();
    let mut findings = 0;
    loop {
        match store.audit_step(from.clone(), STEP).await {
            Ok(step) => {
                for wrong in &step.wrong {
                    tracing::error!(audit.finding = wrong, "the books are wrong");
                }
                findings += step.wrong.len();
                metrics.audited(step.checked, step.wrong.len());
                from = step.next.unwrap_or_else(|| {
                    metrics.audit_round(findings, around.now_ms());
                    findings = 0;
                    AuditPlace::start()
                });
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "the auditor could not look, trying again");
                tokio::time::sleep(LATER).await;
            }
        }
    }
}

/// Once over everything, without pauses: what is wrong, and how much was looked at.
///
/// # Errors
/// [`StoreError`].
pub async fn once(store: &dyn Store, tell: &mut dyn FnMut(String)) -> Result<u64, StoreError> {
    let mut checked = 0;
    let mut from = Some(AuditPlace::start());
    while let Some(place) = from {
        let step = store.audit_step(place, 10 * STEP).await?;
        step.wrong.into_iter().for_each(&mut *tell);
        checked += step.checked;
        from = step.next;
    }
    Ok(checked)
}
