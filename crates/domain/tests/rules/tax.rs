//! Tax: once per rate, shared out to the cent.

use proptest::prelude::*;
use rust_decimal::Decimal;
use selvedge_domain::Amount;
use selvedge_domain::money::MoneyError;
use selvedge_domain::tax::{PriceMode, TaxLine, TaxRate, largest_remainder, tax, tax_lines};

use crate::make::{amount, mode};

fn rates() -> Vec<TaxRate> {
    [("standard", 2300), ("low", 750), ("odd", 8875), ("none", 0)]
        .map(|(code, hundredths)| TaxRate { code: code.into(), percent: Decimal::new(hundredths, 2) })
        .to_vec()
}

proptest! {
    #[test]
    fn tax_is_rounded_once_per_rate(mode in mode(), lines in prop::collection::vec((0..4_usize, -9999..99_999_i64), 0..20)) {
        let rates = rates();
        let given: Vec<(&TaxRate, Amount)> = lines.iter().map(|(at, minor)| (&rates[*at], amount(*minor))).collect();
        let taxed = tax(mode, &given).expect("small");
        prop_assert_eq!(taxed.per_line.len(), lines.len());
        for sum in &taxed.rates {
            let mine = || given.iter().zip(&taxed.per_line).filter(|((rate, _), _)| **rate == sum.rate);
            let base: Amount = mine().map(|((_, amount), _)| *amount).sum();
            let divisor = match mode {
                PriceMode::Inclusive => Decimal::ONE_HUNDRED + sum.rate.percent,
                PriceMode::Exclusive => Decimal::ONE_HUNDRED,
            };
            let exact = |of: Amount| of.to_decimal() * sum.rate.percent / divisor;
            prop_assert!((sum.tax.to_decimal() - exact(base)).abs() <= Decimal::new(5, 1));
            prop_assert_eq!(mine().map(|(_, share)| *share).sum::<Amount>(), sum.tax);
            prop_assert_eq!(sum.net + sum.tax, sum.gross);
            prop_assert_eq!(if mode == PriceMode::Inclusive { sum.gross } else { sum.net }, base);
            for ((_, line), share) in mine() {
                prop_assert!((share.to_decimal() - exact(*line)).abs() < Decimal::ONE, "a share is near its own tax");
            }
        }
        let mirrored: Vec<_> = given.iter().map(|(rate, amount)| (*rate, -*amount)).collect();
        let mirror: Vec<Amount> = tax(mode, &mirrored).expect("small").per_line.iter().map(|share| -*share).collect();
        prop_assert_eq!(mirror, taxed.per_line, "what is taken back has the tax of what was sold");
    }

    #[test]
    fn the_largest_remainders_make_the_sum(thousandths in prop::collection::vec(-5000..5000_i64, 1..12)) {
        let exact: Vec<Decimal> = thousandths.iter().map(|share| Decimal::new(*share, 3)).collect();
        let total = Amount::round_from(exact.iter().sum()).expect("small");
        let parts = largest_remainder(total, &exact).expect("small");
        prop_assert_eq!(parts.iter().copied().sum::<Amount>(), total);
        for (part, share) in parts.iter().zip(&exact) {
            prop_assert!((part.to_decimal() - share).abs() < Decimal::ONE, "{part:?} for {share}");
        }
    }
}

#[test]
fn remainders_of_either_sign_are_shared_without_noise() {
    let share = |total: i64, tenths: &[i64]| {
        let exact: Vec<Decimal> = tenths.iter().map(|tenth| Decimal::new(*tenth, 1)).collect();
        largest_remainder(amount(total), &exact).expect("small").iter().map(|part| part.minor()).collect::<Vec<_>>()
    };
    assert_eq!(share(0, &[]), Vec::<i64>::new());
    assert_eq!(share(1, &[3, 3]), [1, 0], "first come, first served among equals");
    assert_eq!(share(-1, &[-3, -3]), [-1, 0], "and so when taken back");
    assert_eq!(share(0, &[6, -6]), [0, 0]);
    assert_eq!(share(2, &[4, 8, 8]), [0, 1, 1]);
    assert_eq!(share(3, &[10, 20]), [1, 2]);
    assert_eq!(share(1, &[15, -5]), [1, 0]);
}

#[test]
fn a_fixed_tax_stays_as_it_is() {
    let rate = &rates()[0];
    let line = |minor, fixed: Option<i64>| TaxLine { rate, amount: amount(minor), fixed: fixed.map(amount) };
    let taxed = tax_lines(PriceMode::Exclusive, &[line(100, None), line(-100, Some(-24))]).expect("small");
    assert_eq!(taxed.per_line, [amount(23), amount(-24)]);
    assert_eq!((taxed.rates[0].net, taxed.rates[0].tax, taxed.rates[0].gross), (amount(0), amount(-1), amount(-1)));
}

#[test]
fn an_impossible_rate_is_an_error_and_no_panic() {
    for percent in [Decimal::from(-100), Decimal::MAX, Decimal::MIN] {
        let rate = TaxRate { code: "wrong".into(), percent };
        assert!(!rate.is_possible());
        let taxed = tax(PriceMode::Inclusive, &[(&rate, amount(100_000))]);
        assert_eq!(taxed, Err(MoneyError::TooLarge), "{percent}");
    }
}
