//! How much to lend to a station: what it will probably promise until it asks again, and nothing where stock is scarce.

use crate::quantity::Quantity;

/// Below so many pieces for each station that may ask, nothing is lent: then every promise is asked for.
const SCARCE_EACH: i64 = 3;
/// No allotment takes more than this share of what there is, as 1 / n.
const SHARE: i64 = 4;
/// One time in twenty a station runs out of it: the normal distribution's 95 %, in thousandths.
const Z_THOUSANDTHS: i64 = 1_645;

/// What a station has to do with a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Sold at the site in the time `over_ms`.
    pub sold: Quantity,
    /// That time.
    pub over_ms: i64,
    /// Stations that sold it, or may ask.
    pub stations: i64,
    /// How long the allotment is to last.
    pub lasts_ms: i64,
}

/// Whether there is too little to lend any of it, whoever asks.
pub fn is_scarce(available: Quantity, stations: i64) -> bool {
    available < Quantity::units(SCARCE_EACH.saturating_mul(stations.max(1))) || available < Quantity::units(SHARE)
}

/// The newsvendor's order for one station: mean and spread of what is asked in the time (a Poisson stream), at most a
/// share of what there is, in whole units. None where stock is scarce or nobody asks.
pub fn allotment_size(available: Quantity, demand: Demand) -> Quantity {
    if is_scarce(available, demand.stations) {
        return Quantity::ZERO;
    }
    let stations = demand.stations.max(1);
    let over_ms = i128::from(demand.over_ms.max(1)) * i128::from(stations);
    let mean = i128::from(demand.sold.thousandths().max(0)) * i128::from(demand.lasts_ms.max(0)) / over_ms;
    let mean = i64::try_from(mean).unwrap_or(i64::MAX).min(Quantity::LIMIT_THOUSANDTHS);
    // The spread of so many pieces is the root of their number: in thousandths, the root of a thousand times as many.
    let spread = mean.saturating_mul(1_000).isqrt();
    let wanted = mean + spread.saturating_mul(Z_THOUSANDTHS) / 1_000;
    let most = available.thousandths() / SHARE;
    Quantity::units(wanted.min(most) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn demand(sold: i64, stations: i64) -> Demand {
        Demand { sold: Quantity::units(sold), over_ms: 100 * HOUR_MS, stations, lasts_ms: 4 * HOUR_MS }
    }

    #[test]
    fn an_allotment_covers_what_is_probably_asked() {
        let plenty = Quantity::units(10_000);
        // 400 in 100 hours is 16 in 4 hours; 16 + 1.645 x 4 = 22.58.
        assert_eq!(allotment_size(plenty, demand(400, 1)), Quantity::units(22));
        assert_eq!(allotment_size(plenty, demand(400, 4)), Quantity::units(7), "each of four: 4 + 1.645 x 2");
        assert_eq!(allotment_size(plenty, demand(0, 1)), Quantity::ZERO, "what nobody asks for is not lent");
    }

    #[test]
    fn nothing_is_lent_of_what_is_scarce() {
        assert_eq!(allotment_size(Quantity::units(11), demand(4_000, 4)), Quantity::ZERO);
        assert_eq!(
            allotment_size(Quantity::units(12), demand(4_000, 4)),
            Quantity::units(3),
            "a share of what there is"
        );
        assert!(is_scarce(Quantity::units(11), 4) && !is_scarce(Quantity::units(12), 4));
        assert!(is_scarce(Quantity::units(3), 1), "a quarter of it is not one piece");
        assert_eq!(allotment_size(Quantity::units(-5), demand(4_000, 0)), Quantity::ZERO);
        let huge = Demand { sold: Quantity::from_thousandths(i64::MAX), over_ms: 0, stations: 1, lasts_ms: i64::MAX };
        assert!(allotment_size(Quantity::units(100), huge) <= Quantity::units(25));
    }
}
