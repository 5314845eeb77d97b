//! Amounts, quantities, currencies, days: what is printed is read back.

use proptest::prelude::*;
use rust_decimal::Decimal;
use selvedge_domain::money::MoneyError;
use selvedge_domain::time::Day;
use selvedge_domain::{Amount, Currency, Quantity};

proptest! {
    #[test]
    fn printed_amounts_are_read_back(
        minor in -Amount::LIMIT_MINOR..=Amount::LIMIT_MINOR,
        code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"]),
    ) {
        let currency = Currency::parse(code).expect("a currency");
        let text = Amount::from_minor(minor).to_plain(currency);
        prop_assert_eq!(Amount::parse(&text, currency), Ok(Amount::from_minor(minor)));
        prop_assert_eq!(Amount::parse(&text.replace('.', ","), currency), Ok(Amount::from_minor(minor)));
        let more = format!("{text}{}", if currency.decimals() == 0 { ".0" } else { "0" });
        let refused = matches!(Amount::parse(&more, currency), Err(MoneyError::TooManyDecimals { .. }));
        prop_assert!(refused, "{} has a digit too many", more);
    }

    #[test]
    fn any_text_is_an_amount_or_an_error(text in "[-+]?[0-9.,]{0,24}|\\PC{0,12}") {
        if let Ok(amount) = Amount::parse(&text, Currency::EUR) {
            prop_assert!(amount.is_possible());
        }
        if let Ok(quantity) = Quantity::parse(&text) {
            prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
        }
    }

    #[test]
    fn rounding_is_never_half_a_unit_off(mantissa in -1_000_000_000_i64..1_000_000_000, scale in 0..6_u32) {
        let exact = Decimal::new(mantissa, scale);
        let rounded = Amount::round_from(exact).expect("small");
        prop_assert!((rounded.to_decimal() - exact).abs() <= Decimal::new(5, 1));
        prop_assert_eq!(Amount::round_from(-exact), Ok(-rounded), "both signs round alike");
    }

    #[test]
    fn days_of_the_calendar_are_read_back(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}|\\PC{10}") {
        if let Ok(day) = Day::parse(&text) {
            prop_assert_eq!(day.to_string(), text);
        }
    }

    #[test]
    fn currencies_are_three_capital_letters(code in "[A-Z]{3}|[A-Za-z0-9]{0,4}") {
        let capital = code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase());
        match Currency::parse(&code) {
            Ok(currency) => prop_assert!(capital && currency.code() == code && currency.decimals() <= 4),
            Err(error) => prop_assert!(!capital && error == MoneyError::NotACurrency(code)),
        }
    }
}

#[test]
fn only_days_of_the_calendar_are_days() {
    for text in ["2024-02-29", "2000-02-29", "2026-12-31", "2026-04-30"] {
        assert!(Day::parse(text).is_ok(), "{text}");
    }
    for text in [
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "+026-01-01",
        "2026-+1-01",
        "2026-1-1",
        "26-01-01",
        "2026-01-01T",
        "",
    ] {
        assert!(Day::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn the_largest_and_smallest_numbers_do_not_panic() {
    for extreme in [i64::MIN, i64::MAX] {
        let amount = Amount::from_minor(extreme);
        assert!(!amount.is_possible() && !amount.abs().is_negative());
        assert_eq!(Amount::round_from(Decimal::from(extreme)), Err(MoneyError::TooLarge));
        assert!(!(amount + amount).is_possible(), "sums saturate, they never wrap");
    }
}
