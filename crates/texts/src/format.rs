//! Amounts, dates, times and quantities in the form of a language. On screen a minus is U+2212 and groups are set;
//! paper gets ASCII, because a printer's code page may have nothing else.

use selvedge_domain::quantity::Unit;
use selvedge_domain::time::{Day, LocalTime};
use selvedge_domain::{Amount, Currency, Quantity};

/// The forms of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// `€1,234.50`, `Sat 21 Nov 2026`.
    En,
    /// `1.234,50 €`, `Sa., 21. Nov. 2026`.
    De,
}

/// Where a text is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    Screen,
    Paper,
}

const MINUS: &str = "\u{2212}";
/// Keeps an amount and its sign on one line.
const NARROW: &str = "\u{a0}";

impl Locale {
    /// The locale of a language code, English where it is not known.
    pub fn of(language: &str) -> Self {
        match language.split(['-', '_']).next() {
            Some("de") => Locale::De,
            Some(_) | None => Locale::En,
        }
    }

    /// `en`, `de`.
    pub fn code(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::De => "de",
        }
    }

    /// What stands before the decimals: `.` or `,`.
    pub fn decimal_mark(self) -> char {
        match self {
            Locale::En => '.',
            Locale::De => ',',
        }
    }

    fn group_mark(self) -> char {
        match self {
            Locale::En => ',',
            Locale::De => '.',
        }
    }

    /// `1,234.50`: an amount in a list, without the currency's sign.
    pub fn amount(self, amount: Amount, currency: Currency) -> String {
        self.number(amount, currency, Ground::Screen)
    }

    /// `€1,234.50`: an amount that stands alone.
    pub fn money(self, amount: Amount, currency: Currency) -> String {
        let number = self.number(amount.abs(), currency, Ground::Screen);
        let minus = if amount.is_negative() { MINUS } else { "" };
        let sign = currency.sign();
        match self {
            Locale::En if sign.chars().count() == 1 => format!("{minus}{sign}{number}"),
            Locale::En => format!("{minus}{sign}{NARROW}{number}"),
            Locale::De => format!("{minus}{number}{NARROW}{sign}"),
        }
    }

    /// `€10`, `50 c`: a note or coin.
    pub fn piece(self, piece: Amount, currency: Currency) -> String {
        let unit = 10_i64.pow(u32::from(currency.decimals()));
        if piece.minor() % unit != 0 {
            return match self {
                Locale::En => format!("{}{NARROW}c", piece.minor()),
                Locale::De => format!("{}{NARROW}ct", piece.minor()),
            };
        }
        let major = self.grouped((piece.minor() / unit).unsigned_abs(), Ground::Screen);
        match self {
            Locale::En => format!("{}{major}", currency.sign()),
            Locale::De => format!("{major}{NARROW}{}", currency.sign()),
        }
    }

    /// `290` or `290.50`: a round amount on a button.
    pub fn short_amount(self, amount: Amount, currency: Currency) -> String {
        let unit = 10_i64.pow(u32::from(currency.decimals()));
        if amount.minor() % unit != 0 {
            return self.amount(amount, currency);
        }
        let minus = if amount.is_negative() { MINUS } else { "" };
        format!("{minus}{}", self.grouped((amount.minor() / unit).unsigned_abs(), Ground::Screen))
    }

    /// `-1234.50`: for paper, ASCII, without groups.
    pub fn paper_amount(self, amount: Amount, currency: Currency) -> String {
        self.number(amount, currency, Ground::Paper)
    }

    /// `12.5`: an amount as a person would type it into a field.
    pub fn typed_amount(self, amount: Amount, currency: Currency) -> String {
        amount.to_plain(currency).replace('.', &self.decimal_mark().to_string())
    }

    fn number(self, amount: Amount, currency: Currency, ground: Ground) -> String {
        let digits = usize::from(currency.decimals());
        let unit = 10_u64.pow(u32::from(currency.decimals()));
        let minor = amount.minor().unsigned_abs();
        let minus = match (amount.is_negative(), ground) {
            (false, Ground::Screen | Ground::Paper) => "",
            (true, Ground::Screen) => MINUS,
            (true, Ground::Paper) => "-",
        };
        let major = self.grouped(minor / unit, ground);
        if digits == 0 {
            return format!("{minus}{major}");
        }
        format!("{minus}{major}{}{:0>digits$}", self.decimal_mark(), minor % unit)
    }

    fn grouped(self, number: u64, ground: Ground) -> String {
        let digits = number.to_string();
        if ground == Ground::Paper {
            return digits;
        }
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.group_mark());
            }
            text.push(digit);
        }
        text
    }

    /// `1,234`: a whole number.
    pub fn count(self, count: u64) -> String {
        self.grouped(count, Ground::Screen)
    }

    /// `2`, `0.250 kg`: a quantity with its unit where it is not pieces.
    pub fn quantity(self, quantity: Quantity, unit: Unit) -> String {
        self.any_quantity(quantity, unit, Ground::Screen)
    }

    /// The same for paper.
    pub fn paper_quantity(self, quantity: Quantity, unit: Unit) -> String {
        self.any_quantity(quantity, unit, Ground::Paper)
    }

    fn any_quantity(self, quantity: Quantity, unit: Unit, ground: Ground) -> String {
        let minus = match (quantity.is_negative(), ground) {
            (false, Ground::Screen | Ground::Paper) => "",
            (true, Ground::Screen) => MINUS,
            (true, Ground::Paper) => "-",
        };
        let thousandths = quantity.thousandths().unsigned_abs();
        let whole = self.grouped(thousandths / 1000, ground);
        let name = match unit {
            Unit::Piece => return format!("{minus}{whole}"),
            Unit::Kilogram => "kg",
            Unit::Metre => "m",
        };
        format!("{minus}{whole}{}{:03} {name}", self.decimal_mark(), thousandths % 1000)
    }

    /// `23`, `13.5`: a percentage as it is written in a sentence, given as a plain decimal text.
    pub fn decimal(self, plain: &str) -> String {
        let plain = if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.') } else { plain };
        plain.replace('-', MINUS).replace('.', &self.decimal_mark().to_string())
    }

    /// `10:51`.
    pub fn time(self, at: LocalTime) -> String {
        format!("{:02}:{:02}", at.hour, at.minute)
    }

    /// `10:51:08`.
    pub fn time_s(self, at: LocalTime) -> String {
        format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second)
    }

    /// `Saturday 21 November 2026`, `Samstag, 21. November 2026`.
    pub fn long_date(self, day: Day) -> String {
        let weekday = self.names().weekdays[weekday(day)];
        let month = self.names().months[month(day)];
        match self {
            Locale::En => format!("{weekday} {} {month} {}", day.day, day.year),
            Locale::De => format!("{weekday}, {}. {month} {}", day.day, day.year),
        }
    }

    /// `Sat 21 Nov 2026`, `Sa 21.11.2026`: ASCII, for paper and rows.
    pub fn date(self, day: Day) -> String {
        let weekday: String = self.names().weekdays[weekday(day)].chars().take(self.names().short_weekday).collect();
        match self {
            Locale::En => {
                let month: String = self.names().months[month(day)].chars().take(3).collect();
                format!("{weekday} {} {month} {}", day.day, day.year)
            }
            Locale::De => format!("{weekday} {:02}.{:02}.{}", day.day, day.month, day.year),
        }
    }

    fn names(self) -> &'static Names {
        match self {
            Locale::En => &NAMES_EN,
            Locale::De => &NAMES_DE,
        }
    }
}

/// `9 521874 003313`: a code as it stands below its bars, so that two people can compare it aloud.
pub fn grouped_code(code: &str) -> String {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return code.to_owned();
    }
    let cuts: &[usize] = match code.len() {
        8 => &[4],
        12 => &[1, 6, 11],
        13 => &[1, 7],
        14 => &[1, 3, 8],
        _ => &[],
    };
    let mut text = String::with_capacity(code.len() + cuts.len());
    for (at, digit) in code.chars().enumerate() {
        if cuts.contains(&at) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

struct Names {
    weekdays: [&'static str; 7],
    short_weekday: usize,
    months: [&'static str; 12],
}

const NAMES_EN: Names = Names {
    weekdays: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    short_weekday: 3,
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

const NAMES_DE: Names = Names {
    weekdays: ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
    short_weekday: 2,
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
};

/// Sakamoto's rule; 0 is Sunday.
fn weekday(day: Day) -> usize {
    let offsets = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = i64::from(day.year) - i64::from(day.month < 3);
    let sum = year + year / 4 - year / 100 + year / 400 + offsets[month(day)] + i64::from(day.day);
    usize::try_from(sum.rem_euclid(7)).unwrap_or(0)
}

fn month(day: Day) -> usize {
    usize::from(day.month.clamp(1, 12)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(units: i64) -> Amount {
        Amount::from_minor(units)
    }

    #[test]
    fn an_amount_that_stands_alone_has_its_sign_where_the_language_puts_it() {
        assert_eq!(Locale::En.money(minor(123_450), Currency::EUR), "€1,234.50");
        assert_eq!(Locale::De.money(minor(123_450), Currency::EUR), "1.234,50\u{a0}€");
        assert_eq!(Locale::En.money(minor(-560), Currency::EUR), "\u{2212}€5.60");
        assert_eq!(Locale::De.money(minor(-560), Currency::EUR), "\u{2212}5,60\u{a0}€");
        let yen = Currency::parse("JPY").expect("a currency");
        assert_eq!(Locale::En.money(minor(1_234_567), yen), "¥1,234,567");
        let franc = Currency::parse("CHF").expect("a currency");
        assert_eq!(Locale::En.money(minor(5), franc), "CHF\u{a0}0.05");
    }

    #[test]
    fn screens_have_a_true_minus_and_paper_has_ascii() {
        assert_eq!(Locale::En.amount(minor(-560), Currency::EUR), "\u{2212}5.60");
        assert_eq!(Locale::De.paper_amount(minor(-123_450), Currency::EUR), "-1234,50");
        assert!(Locale::De.paper_quantity(Quantity::from_thousandths(-250), Unit::Kilogram).is_ascii());
        assert_eq!(Locale::De.paper_quantity(Quantity::from_thousandths(-250), Unit::Kilogram), "-0,250 kg");
        assert_eq!(Locale::En.quantity(Quantity::units(-2), Unit::Piece), "\u{2212}2");
    }

    #[test]
    fn what_a_field_shows_is_read_back_as_the_same_amount() {
        for units in [0, 1, 10, 28_540, -560] {
            for locale in [Locale::En, Locale::De] {
                let text = locale.typed_amount(minor(units), Currency::EUR);
                assert_eq!(Amount::parse(&text, Currency::EUR), Ok(minor(units)), "{text}");
            }
        }
    }

    #[test]
    fn notes_and_coins_are_said_as_people_say_them() {
        assert_eq!(Locale::En.piece(minor(1000), Currency::EUR), "€10");
        assert_eq!(Locale::En.piece(minor(50), Currency::EUR), "50\u{a0}c");
        assert_eq!(Locale::De.piece(minor(200), Currency::EUR), "2\u{a0}€");
        assert_eq!(Locale::En.short_amount(minor(29_000), Currency::EUR), "290");
        assert_eq!(Locale::De.short_amount(minor(29_050), Currency::EUR), "290,50");
    }

    #[test]
    fn days_have_their_names() {
        let day = Day::parse("2026-11-21").expect("a day");
        assert_eq!(Locale::En.long_date(day), "Saturday 21 November 2026");
        assert_eq!(Locale::De.long_date(day), "Samstag, 21. November 2026");
        assert_eq!(Locale::En.date(day), "Sat 21 Nov 2026");
        assert_eq!(Locale::De.date(day), "Sa 21.11.2026");
        let leap = Day::parse("2024-02-29").expect("a day");
        assert_eq!(Locale::En.date(leap), "Thu 29 Feb 2024");
    }

    #[test]
    fn codes_are_grouped_as_below_their_bars() {
        assert_eq!(grouped_code("9521874003313"), "9 521874 003313");
        assert_eq!(grouped_code("96385074"), "9638 5074");
        assert_eq!(grouped_code("ABC-1"), "ABC-1");
    }

    #[test]
    fn percentages_lose_their_idle_zeros() {
        assert_eq!(Locale::De.decimal("13.50"), "13,5");
        assert_eq!(Locale::En.decimal("23.00"), "23");
        assert_eq!(Locale::En.decimal("20"), "20");
    }
}
