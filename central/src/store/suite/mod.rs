//! What every store must do, whichever database it stands on: [`passes`] runs it all, each case on a fresh store.

mod at_once;
mod back;
mod bases;
mod company;
mod down;
mod held;
mod lost;
#[cfg(unix)]
mod private_postgres;
mod promises;
mod rights;
mod seen;
mod station;
mod transfers;
mod up;

use std::sync::Arc;

use selvedge_protocol::demo::{DemoCompany, SEED};

use super::Store;
use crate::surroundings::Machine;

#[cfg(unix)]
pub use private_postgres::PrivatePostgres;
pub use promises::the_last_ten;
pub use station::TestStation;

/// The moment at which all cases happen: Saturday, 21 November 2026, 10:00 in Galway.
pub const NOW_MS: i64 = 1_795_255_200_000;

/// A store with the demo company, and the company.
pub struct Bench {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// What was set up in it.
    pub demo: DemoCompany,
}

impl Bench {
    /// Sets the demo company up in a store.
    ///
    /// # Panics
    /// When the store does not take it.
    pub async fn of(store: Arc<dyn Store>, seed: u64) -> Self {
        let demo = crate::demo::set_up(&*store, &Machine, seed).await.expect("a store takes a company");
        Bench { store, demo }
    }

    async fn balanced(&self) {
        let wrong = self.store.audit().await.expect("an audit");
        assert!(wrong.is_empty(), "every balance is the sum of its movements: {wrong:?}");
    }
}

/// A store that is begun with nothing but the key of another one ends with its balances, though a station has only the
/// base of some of its entries.
///
/// # Panics
/// When it does not.
pub async fn comes_back_with_bases(whole: Arc<dyn Store>, empty: &dyn Store) {
    let whole = Bench::of(whole, SEED).await;
    bases::an_empty_central_believes_its_own_signature(&whole, empty).await;
}

/// Runs the suite.
///
/// # Panics
/// When the store does not do what a store must.
pub async fn passes(fresh: &(dyn Fn() -> Arc<dyn Store> + Sync)) {
    macro_rules! cases {
        ($($case:path),* $(,)?) => {$({
            let bench = Bench::of(fresh(), SEED).await;
            $case(&bench).await;
            bench.balanced().await;
        })*};
    }
    cases!(
        down::a_company_is_set_up_once,
        down::a_cursor_walks_the_feed_and_nothing_is_passed_over,
        down::a_cursor_of_another_history_is_refused,
        down::a_replaced_row_is_left_out,
        down::balances_come_as_they_change,
        up::a_code_works_once,
        up::an_entry_counts_once,
        up::what_does_not_verify_is_not_kept,
        up::a_gap_is_told_by_the_head,
        up::a_fork_is_kept_on_both_branches,
        lost::a_station_gets_its_own_entries_back,
        lost::what_follows_a_declared_loss_is_taken,
        up::what_cannot_be_applied_is_held,
        up::odd_bytes_are_kept_as_they_came,
        up::an_unknown_kind_waits,
        up::a_revoked_stations_facts_are_kept,
        held::whatever_is_held_has_a_way_out,
        held::what_a_revoked_station_did_is_released_with_it,
        held::a_release_stands_above_a_dismissal,
        up::a_nonce_works_once,
        up::exports_have_every_line,
        rights::what_somebody_may_not_do_is_applied_and_told,
        rights::people_who_come_back_are_no_strangers,
        rights::an_operator_is_revoked_with_the_tokens_of_before,
        company::a_company_is_as_it_was_set_up,
        company::a_company_changes_whole,
        company::who_left_is_told_by_what_she_writes,
        company::who_is_erased_has_no_name_anywhere,
        company::nothing_changes_while_central_takes_back,
        company::a_shop_is_revoked_with_the_tokens_of_before,
        seen::stations_are_as_they_last_said,
        seen::the_auditor_sees_everything_and_finds_nothing,
        seen::who_had_what_done_is_written_down,
        back::what_was_lost_is_noticed_once,
        back::an_acknowledged_entry_that_is_gone_is_noticed,
        back::what_nobody_hands_in_is_missed_by_what_followed_it,
        back::decisions_come_back_in_any_order,
        bases::a_base_is_signed_when_all_of_it_counts,
        bases::a_base_counts_for_entries_that_are_gone,
        bases::a_base_alone_is_a_head,
        bases::a_clone_of_what_a_base_stands_for_is_a_branch,
        bases::a_base_beside_a_clone_is_a_branch,
        bases::what_is_held_of_a_base_counts_once,
        at_once::the_same_segment_from_many_sides_counts_once,
        at_once::a_reader_passes_over_nothing_while_others_write,
        promises::stock_is_set_aside_once_and_whole,
        promises::products_are_found_and_promises_listed,
        promises::what_cannot_be_said_of_a_promise_is_held,
        promises::what_nobody_confirms_ends_once,
        promises::a_sale_fulfils_a_promise_once,
        promises::a_hand_sale_without_cover_breaks_the_youngest,
        promises::a_station_promises_from_what_it_was_lent,
        promises::the_last_ten_are_promised_once,
        transfers::a_site_asks_once_and_may_change_its_mind,
        transfers::goods_are_in_transit_until_they_are_there,
        transfers::any_order_of_arrival_is_the_same,
        transfers::what_cannot_be_moved_is_held,
        transfers::places_are_told_once,
    );
    comes_back(fresh).await;
}

/// Cases of two centrals: one that is lost, and one that comes back.
async fn comes_back(fresh: &(dyn Fn() -> Arc<dyn Store> + Sync)) {
    let whole = Bench::of(fresh(), SEED).await;
    let rebuilt = (Bench::of(fresh(), SEED).await, Bench::of(fresh(), SEED).await);
    held::what_a_manager_decided_comes_back(&whole, [&rebuilt.0, &rebuilt.1]).await;
    let whole = Bench::of(fresh(), SEED).await;
    bases::any_order_of_bases_and_entries_is_one(&whole, fresh).await;
    let (bench, restored) = (Bench::of(fresh(), SEED).await, Bench::of(fresh(), SEED).await);
    promises::no_promise_is_lost_by_a_restore(&bench, &restored).await;
    bench.balanced().await;
    let (bench, restored) = (Bench::of(fresh(), SEED).await, Bench::of(fresh(), SEED).await);
    transfers::no_transfer_is_lost_by_a_restore(&bench, &restored).await;
    bench.balanced().await;
    restored.balanced().await;
}
