//! What is different between a company and its file, in words and as rows: a pure comparison, nothing is written.
//!
//! What the file does not name any more: a person leaves; a site, a till or a tax rate has a history, and stays.

use jiff::tz::Offset;
use selvedge_protocol::v1::{CompanyV1, SiteV1, TaxRateRowV1, TillV1};

use super::Wanted;
use super::people::Changes;
use crate::store::{Company, CompanyChange};
use crate::surroundings::Surroundings;

const FOR_EVER: &str = "9999-12-31";

/// What is different.
pub struct Difference {
    /// A line for each thing that changes.
    pub lines: Vec<String>,
    /// A line for each thing that the file does not name and that stays.
    pub stays: Vec<String>,
    /// What is to be written.
    pub change: CompanyChange,
}

/// Compares. A new site, till or person gets its id here.
///
/// # Errors
/// A line for each thing that cannot be changed.
pub fn compare(
    name: &CompanyV1,
    there: &Company,
    wanted: &Wanted,
    around: &dyn Surroundings,
) -> Result<Difference, Vec<String>> {
    let mut all = Comparing { there, today: last_today(around.now_ms()), ..Comparing::new(there) };
    if name.name != wanted.name {
        all.lines.push(format!("company: {} is called {} now", name.name, wanted.name));
        all.change.company = Some(CompanyV1 { id: name.id, name: wanted.name.clone() });
    }
    let sites: Vec<SiteV1> = wanted.all.sites.iter().map(|site| all.site(site)).collect();
    for till in &wanted.all.tills {
        let code = wanted.all.sites.iter().find(|site| site.id == till.site).map(|site| site.code.as_str());
        if let Some(site) = sites.iter().find(|site| Some(site.code.as_str()) == code) {
            all.till(TillV1 { site: site.id, ..till.clone() }, &site.code);
        }
    }
    all.tax_rates(&wanted.all.tax_rates);
    all.left_alone(wanted);
    let mut people = Changes { there, sites: &sites, around, lines: Vec::new(), refused: Vec::new(), rows: Vec::new() };
    people.compare(&wanted.people);
    all.lines.append(&mut people.lines);
    all.refused.append(&mut people.refused);
    all.change.people = people.rows;
    let Comparing { lines, stays, refused, change, .. } = all;
    if refused.is_empty() { Ok(Difference { lines, stays, change }) } else { Err(refused) }
}

/// The day that it is where it is latest.
fn last_today(now_ms: i64) -> String {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Offset::constant(14).to_datetime(now).date().to_string()
}

struct Comparing<'a> {
    there: &'a Company,
    today: String,
    lines: Vec<String>,
    stays: Vec<String>,
    refused: Vec<String>,
    change: CompanyChange,
}

impl<'a> Comparing<'a> {
    fn new(there: &'a Company) -> Self {
        let (lines, stays, refused) = (Vec::new(), Vec::new(), Vec::new());
        Comparing { there, today: String::new(), lines, stays, refused, change: CompanyChange::default() }
    }

    /// The site as it will be.
    fn site(&mut self, want: &SiteV1) -> SiteV1 {
        let code = &want.code;
        let Some(is) = self.there.sites.iter().find(|site| site.code == *code) else {
            self.lines.push(format!("site {code}: new, {}", want.name));
            self.change.sites.push(want.clone());
            return want.clone();
        };
        if is.currency != want.currency {
            self.refused.push(format!("site {code}: its books are in {}, and stay so", is.currency));
        }
        if is.price_mode != want.price_mode {
            self.refused.push(format!("site {code}: its prices are {} of tax, and stay so", is.price_mode));
        }
        let lines = |lines: &[String]| format!("{:?}", lines.join(", "));
        let fields = [
            ("name", is.name.clone(), want.name.clone()),
            ("kind", is.kind.clone(), want.kind.clone()),
            ("time zone", is.time_zone.clone(), want.time_zone.clone()),
            ("address", lines(&is.address), lines(&want.address)),
            ("VAT number", is.vat_id.clone(), want.vat_id.clone()),
            ("footer", lines(&is.footer), lines(&want.footer)),
        ];
        for (field, was, now) in fields.iter().filter(|(_, was, now)| was != now) {
            self.lines.push(format!("site {code}: {field} {was} is now {now}"));
        }
        let new = SiteV1 { id: is.id, locations: is.locations.clone(), ..want.clone() };
        if new != *is {
            self.change.sites.push(new.clone());
        }
        new
    }

    fn till(&mut self, want: TillV1, site: &str) {
        let code = want.code.clone();
        match self.there.tills.iter().find(|till| till.code == code) {
            None => self.lines.push(format!("till {code} at {site}: new, {}", want.name)),
            Some(is) if is.site != want.site => {
                let why = "receipts are numbered under it; name a new till, and `move` the station";
                self.refused.push(format!("till {code} does not move to {site}: {why}"));
                return;
            }
            Some(is) if is.name != want.name => {
                self.lines.push(format!("till {code}: {} is called {} now", is.name, want.name));
            }
            Some(_) => return,
        }
        self.change.tills.push(want);
    }

    /// Periods that end are written before those that begin.
    fn tax_rates(&mut self, wanted: &[TaxRateRowV1]) {
        let there = self.there;
        let is = |want: &TaxRateRowV1| {
            there.tax_rates.iter().find(|rate| (&rate.code, &rate.valid_from) == (&want.code, &want.valid_from))
        };
        let until = |to: &str| if to == FOR_EVER { "without an end".to_owned() } else { format!("until {to}") };
        for want in wanted {
            let Some(is) = is(want).filter(|is| *is != want) else { continue };
            let which = format!("tax rate {} from {}", want.code, want.valid_from);
            if is.percent != want.percent && want.valid_from <= self.today {
                self.refused
                    .push(format!("{which}: {} % has begun; end it, and add a rate from a later day", is.percent));
            } else if is.valid_to != want.valid_to && (is.valid_to < self.today || want.valid_to < self.today) {
                self.refused.push(format!("{which}: a day that is over keeps its rate; it can end on {}", self.today));
            } else {
                if is.percent != want.percent {
                    self.lines.push(format!("{which}: {} % is now {} %", is.percent, want.percent));
                }
                if is.valid_to != want.valid_to {
                    self.lines.push(format!("{which}: {} is now {}", until(&is.valid_to), until(&want.valid_to)));
                }
                self.change.tax_rates.push(want.clone());
            }
        }
        for want in wanted.iter().filter(|want| is(want).is_none()) {
            let which = format!("tax rate {} from {}", want.code, want.valid_from);
            let known = there.tax_rates.iter().filter(|rate| rate.code == want.code);
            let named = |rate: &TaxRateRowV1| {
                wanted.iter().any(|one| (&one.code, &one.valid_from) == (&rate.code, &rate.valid_from))
            };
            let overlaps = |rate: &&TaxRateRowV1| rate.valid_from <= want.valid_to && want.valid_from <= rate.valid_to;
            if let Some(other) = known.clone().filter(|rate| !named(rate)).find(overlaps) {
                self.refused.push(format!("{which}: there is one from {} on; name it with its end", other.valid_from));
            } else if known.count() > 0 && want.valid_from <= self.today {
                self.refused.push(format!("{which}: a rate changes from a day that has not begun"));
            } else {
                self.lines.push(format!("{which}: new, {} %, {}", want.percent, until(&want.valid_to)));
                self.change.tax_rates.push(want.clone());
            }
        }
    }

    fn left_alone(&mut self, wanted: &Wanted) {
        for site in &self.there.sites {
            if !wanted.all.sites.iter().any(|one| one.code == site.code) {
                self.stays.push(format!("site {} is not in the file; it has a history and stays as it is", site.code));
            }
        }
        for till in &self.there.tills {
            if !wanted.all.tills.iter().any(|one| one.code == till.code) {
                self.stays.push(format!("till {} is not in the file; it has a history and stays as it is", till.code));
            }
        }
        for rate in &self.there.tax_rates {
            let same = |one: &TaxRateRowV1| (&one.code, &one.valid_from) == (&rate.code, &rate.valid_from);
            if !wanted.all.tax_rates.iter().any(same) {
                let which = format!("tax rate {} from {}", rate.code, rate.valid_from);
                self.stays.push(format!("{which} is not in the file; it stays as it is"));
            }
        }
        if wanted.has_products {
            self.stays.push("products in the file are left alone: `import` changes them".to_owned());
        }
    }
}
