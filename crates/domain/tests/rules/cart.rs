//! Properties of the cart, over any sequence of actions.

use proptest::prelude::*;
use selvedge_domain::Amount;
use selvedge_domain::cart::{Cart, CartAction, Priced, price, undo_point};
use selvedge_domain::tax::PriceMode;

use crate::make::{actions, empty, mode, taken};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_refused_action_leaves_the_cart_as_it_was(mode in mode(), actions in actions()) {
        let mut cart = empty(mode);
        for action in &actions {
            let before = cart.clone();
            match cart.apply(action) {
                Ok(()) => sums_agree(&cart)?,
                Err(_) => prop_assert_eq!(&cart, &before),
            }
        }
    }

    #[test]
    fn folding_the_taken_actions_gives_the_same_cart(mode in mode(), actions in actions()) {
        let (cart, taken) = taken(mode, actions);
        prop_assert_eq!(empty(mode).fold(&taken), Ok(cart));
    }

    #[test]
    fn undo_is_the_fold_without_the_last_change(mode in mode(), actions in actions()) {
        let (cart, taken) = taken(mode, actions);
        match undo_point(&taken) {
            Some(keep) => {
                prop_assert!(cart.tenders.is_empty());
                prop_assert!(taken[keep].is_undoable());
                prop_assert!(taken[keep + 1..].iter().all(|later| !later.is_undoable()));
                let undone = empty(mode).fold(&taken[..keep]);
                prop_assert!(undone.is_ok(), "{undone:?}");
                let mut again = undone.expect("checked above");
                prop_assert_eq!(again.apply(&taken[keep]), Ok(()), "what was undone can be done again");
                prop_assert_eq!(&again.lines, &cart.lines);
                prop_assert_eq!(&again.discount, &cart.discount);
            }
            None => prop_assert!(!cart.tenders.is_empty() || taken.is_empty()),
        }
    }

    #[test]
    fn a_line_can_always_be_taken_out_and_put_back(mode in mode(), actions in actions()) {
        let (mut cart, _) = taken(mode, actions);
        prop_assume!(cart.tenders.is_empty());
        let whole = cart.clone();
        let lines: Vec<_> = cart.live().map(|line| line.id).collect();
        for line in &lines {
            prop_assert_eq!(cart.apply(&CartAction::Remove { line: *line }), Ok(()), "a removal is never refused");
            sums_agree(&cart)?;
            let live = cart.live().any(|line| Some(line.id) == cart.selected);
            prop_assert!(live || cart.selected.is_none(), "what is selected is in the sale");
            prop_assert!(live || cart.live().next().is_none() || whole.selected.is_none());
        }
        prop_assert!(cart.is_empty());
        for line in lines.iter().rev() {
            prop_assert_eq!(cart.apply(&CartAction::PutBack { line: *line }), Ok(()));
        }
        prop_assert_eq!(&cart.lines, &whole.lines);
        prop_assert_eq!(price(&cart), price(&whole));
    }

    #[test]
    fn stored_actions_are_read_back_as_they_were(mode in mode(), actions in actions()) {
        let (cart, taken) = taken(mode, actions);
        let json = serde_json::to_string(&taken).expect("actions are plain data");
        let read: Vec<CartAction> = serde_json::from_str(&json).expect("what was written can be read");
        prop_assert_eq!(empty(mode).fold(&read), Ok(cart));
    }
}

/// The identities of [`Priced`], each to the cent.
fn sums_agree(cart: &Cart) -> Result<(), TestCaseError> {
    let priced = price(cart).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let Priced { lines, subtotal, sale_discount, discounts, rates, tax, total, .. } = &priced;
    let sum = |part: fn(&selvedge_domain::cart::PricedLine) -> Amount| lines.iter().map(part).sum::<Amount>();
    prop_assert_eq!(lines.len(), cart.live().count());
    prop_assert_eq!(sum(|line| line.amount - line.discount), *subtotal);
    prop_assert_eq!(sum(|line| line.sale_share), *sale_discount, "the shares are the sale's discount");
    prop_assert_eq!(sum(|line| line.discount + line.sale_share), *discounts);
    prop_assert_eq!(sum(|line| line.tax), *tax, "the lines' tax is the sale's");
    prop_assert_eq!(rates.iter().map(|rate| rate.tax).sum::<Amount>(), *tax);
    prop_assert_eq!(rates.iter().map(|rate| rate.gross).sum::<Amount>(), *total, "the rates' gross is the total");
    prop_assert_eq!(rates.iter().map(|rate| rate.net).sum::<Amount>() + *tax, *total);
    let expected = match cart.mode {
        PriceMode::Inclusive => *subtotal - *sale_discount,
        PriceMode::Exclusive => *subtotal - *sale_discount + *tax,
    };
    prop_assert_eq!(expected, *total);
    prop_assert!(total.is_possible());
    for (line, priced) in cart.live().zip(lines) {
        prop_assert_eq!(priced.amount - priced.discount - priced.sale_share, priced.net);
        prop_assert!(!priced.discount.is_negative() && !priced.sale_share.is_negative());
        match &line.refund {
            Some(refund) => {
                prop_assert_eq!((priced.tax, priced.discount + priced.sale_share), (-refund.tax, Amount::ZERO));
            }
            None => prop_assert!(!priced.net.is_negative() && !priced.tax.is_negative(), "{:?}", priced),
        }
    }
    Ok(())
}
