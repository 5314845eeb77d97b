//! The pages behind the parts of the status line: facts about this device, what needs a look, and the last errors.

use selvedge_contract::view::{
    ClockState, ConnectionState, DeviceKind, Fact, FactValue, Finding, Grade, PrinterState, ScannerState, StatusPage,
    StatusPart,
};
use selvedge_domain::time::Stamp;
use selvedge_store::Tx;
use selvedge_store::table::print_job::{self, State};
use selvedge_store::table::{catalogue, held, journal, stock};

use super::status::{clock_state, is_stopped, local};
use crate::context::{Context, local_time};
use crate::{App, AppError, SyncProblem};

impl App {
    /// The page behind a part.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn status_page(&self, part: StatusPart) -> Result<StatusPage, AppError> {
        self.store().read(|tx| {
            let context = self.context(tx)?;
            let context = context.as_ref();
            let facts = match part {
                StatusPart::Connection => self.connection_facts(tx, context)?,
                StatusPart::Printer => self.printer_facts(tx)?,
                StatusPart::Scanner => self.device_facts(DeviceKind::Scanner),
                StatusPart::Station => self.station_facts(tx, context)?,
            };
            let mut findings = match part {
                StatusPart::Connection => self.central_findings(tx, context)?,
                StatusPart::Printer => self.printer_findings(tx)?,
                StatusPart::Scanner => self.scanner_findings(),
                StatusPart::Station => self.all_findings(tx, context)?,
            };
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.grade));
            let live = self.live();
            let told = live.errors.iter().filter(|(of, ..)| *of == part || part == StatusPart::Station);
            let errors = told.map(|(_, at, text)| (local(*at, context), text.clone())).collect();
            Ok(StatusPage { part, findings, facts, errors })
        })
    }

    /// What needs a look, as central is told of it: the codes of the findings without what they are about. Whoever can
    /// tell central is not offline.
    pub fn error_codes(&self) -> Vec<String> {
        let page = self.status_page(StatusPart::Station);
        let findings = match page {
            Ok(page) => page.findings,
            Err(error) => {
                tracing::warn!(%error, "the findings cannot be read");
                vec![finding(Grade::Stopped, "finding-store", 0)]
            }
        };
        let code = |finding: &Finding| finding.id.split_once('-').map(|(_, code)| code.to_owned());
        let mut codes: Vec<String> = findings.iter().filter_map(code).filter(|code| code != "offline").collect();
        codes.dedup();
        codes
    }

    fn connection_facts(&self, tx: &Tx, context: Option<&Context>) -> Result<Vec<Fact>, AppError> {
        let mut facts = Vec::new();
        if let Some(context) = context.filter(|context| !context.station.demo) {
            facts.push(fact("fact-central", FactValue::Text(context.station.central.clone())));
            facts.push(fact("fact-heard", self.heard(tx, context)?));
            let (acknowledged, _) = journal::acknowledged(tx, context.station.generation)?;
            facts.push(fact("fact-acknowledged", FactValue::Count(acknowledged)));
            facts.push(fact("fact-unsent", FactValue::Count(journal::unsent(tx)?)));
            if let Some(at_ms) = journal::oldest_unsent_ms(tx)? {
                facts.push(fact("fact-oldest-unsent", FactValue::Moment(local_time(at_ms, &context.zone))));
            }
            facts
                .push(fact("fact-held", FactValue::Count(held::reasons(tx)?.iter().map(|(_, entries)| entries).sum())));
            facts.push(fact("fact-offset", self.offset()));
        }
        Ok(facts)
    }

    fn printer_facts(&self, tx: &Tx) -> Result<Vec<Fact>, AppError> {
        let mut facts = vec![
            fact("fact-waiting", FactValue::Count(print_job::waiting(tx)?.into())),
            fact("fact-columns", FactValue::Count(self.columns().into())),
        ];
        facts.extend(self.device_facts(DeviceKind::ReceiptPrinter));
        Ok(facts)
    }

    fn device_facts(&self, kind: DeviceKind) -> Vec<Fact> {
        let live = self.live();
        let found = live.devices.found.iter().filter(|device| device.kind == kind);
        found
            .map(|device| fact("fact-device", FactValue::Text(format!("{} ({})", device.name, device.transport))))
            .collect()
    }

    /// All of this device on one page, in the order in which somebody on the telephone asks for it.
    fn station_facts(&self, tx: &Tx, context: Option<&Context>) -> Result<Vec<Fact>, AppError> {
        let mut facts = vec![fact("fact-version", FactValue::Text(env!("CARGO_PKG_VERSION").to_owned()))];
        if let Some(context) = context {
            let station = &context.station;
            if station.demo {
                facts.push(fact("fact-heard", FactValue::Word("fact-never-sent".to_owned())));
            } else {
                facts.push(fact("fact-heard", self.heard(tx, context)?));
                facts.push(fact("fact-unsent", FactValue::Count(journal::unsent(tx)?)));
                facts.push(fact("fact-offset", self.offset()));
            }
            facts.push(fact("fact-till", FactValue::Text(station.till.clone())));
            facts.push(fact("fact-generation", FactValue::Text(format!("{}-{}", station.till, station.short))));
            let (head, _) = journal::head(tx, station.generation)?;
            facts.push(fact("fact-entries", FactValue::Count(head)));
            let lives = u64::try_from(journal::generations(tx)?.len()).unwrap_or(u64::MAX);
            facts.push(fact("fact-generations", FactValue::Count(lives)));
        }
        facts.push(fact("fact-products", FactValue::Count(catalogue::count(tx)?)));
        if let Some(context) = context {
            let heard = stock::heard_ms(tx)?.map(|ms| FactValue::Moment(local_time(ms, &context.zone)));
            facts.push(fact("fact-stock-heard", heard.unwrap_or(FactValue::Unknown)));
            if !context.station.demo {
                facts.extend(self.lent_facts(tx, context)?);
            }
            facts.push(fact("fact-device-id", FactValue::Text(context.station.device.to_string())));
        }
        if let Some(folder) = self.store().folder() {
            facts.push(fact("fact-folder", FactValue::Text(folder.display().to_string())));
        }
        Ok(facts)
    }

    /// When central answered last: now while it does, else when it stopped, else what the last stock figures say.
    fn heard(&self, tx: &Tx, context: &Context) -> Result<FactValue, AppError> {
        let now = self.live().connection;
        Ok(match (now.state, now.since) {
            (ConnectionState::Online, _) => FactValue::Word("fact-just-now".to_owned()),
            (ConnectionState::Offline, Some(since)) if self.answered_before() => {
                FactValue::Moment(context.local(since))
            }
            (ConnectionState::Offline | ConnectionState::Connecting | ConnectionState::NotJoined, _) => {
                let known = stock::heard_ms(tx)?.map(|ms| FactValue::Moment(local_time(ms, &context.zone)));
                known.unwrap_or(FactValue::Unknown)
            }
        })
    }

    /// Central's clock is only known of a central that answered.
    fn answered_before(&self) -> bool {
        self.clock().now().offset_ms.is_some()
    }

    fn offset(&self) -> FactValue {
        self.clock().now().offset_ms.map_or(FactValue::Unknown, FactValue::OffsetMs)
    }

    fn all_findings(&self, tx: &Tx, context: Option<&Context>) -> Result<Vec<Finding>, AppError> {
        let mut findings = Vec::new();
        if !self.store().has_room() {
            findings.push(finding(Grade::Stopped, "finding-disk", 0));
        }
        match context {
            None => findings.push(finding(Grade::Attention, "finding-not-joined", 0)),
            Some(_) if catalogue::count(tx)? == 0 => {
                findings.push(finding(Grade::Attention, "finding-no-products", 0));
            }
            Some(_) => {}
        }
        if context.is_some_and(|context| self.keys().of(&context.station.public_key).is_none()) {
            findings.push(finding(Grade::Stopped, "finding-no-key", 0));
        }
        findings.extend(clock_finding(self.clock().now()));
        findings.extend(self.central_findings(tx, context)?);
        findings.extend(self.printer_findings(tx)?);
        findings.extend(self.scanner_findings());
        let live = self.live();
        findings.extend(live.troubles.iter().map(|detail| detailed(Grade::Attention, "finding-trouble", detail)));
        Ok(findings)
    }

    fn central_findings(&self, tx: &Tx, context: Option<&Context>) -> Result<Vec<Finding>, AppError> {
        if context.is_none_or(|context| context.station.demo) {
            return Ok(Vec::new());
        }
        let unsent = journal::unsent(tx)?;
        let live = self.live();
        let mut findings = Vec::new();
        if live.connection.state == ConnectionState::Offline {
            findings.push(finding(Grade::Attention, "finding-offline", unsent));
        }
        if live.connection.state == ConnectionState::Online && !live.sync.complete {
            findings.push(finding(Grade::Attention, "finding-downloading", 0));
        }
        if live.sync.forked {
            findings.push(finding(Grade::Attention, "finding-forked", 0));
        }
        findings.extend(live.sync.problems.iter().map(of_central));
        Ok(findings)
    }

    fn printer_findings(&self, tx: &Tx) -> Result<Vec<Finding>, AppError> {
        let waiting = u64::from(print_job::waiting(tx)?);
        let uncertain = u64::try_from(print_job::in_state(tx, State::Uncertain)?.len()).unwrap_or(u64::MAX);
        let state = self.live().devices.printer;
        let mut findings = Vec::new();
        if uncertain > 0 {
            findings.push(finding(Grade::Attention, "finding-uncertain", uncertain));
        }
        if is_stopped(state) {
            findings.push(finding(Grade::Stopped, "finding-printer", waiting));
        } else if waiting > 0 && state == PrinterState::None {
            findings.push(finding(Grade::Attention, "finding-no-printer", waiting));
        } else if state == PrinterState::PaperLow {
            findings.push(finding(Grade::Attention, "finding-paper-low", 0));
        }
        Ok(findings)
    }

    fn scanner_findings(&self) -> Vec<Finding> {
        match self.live().devices.scanner {
            ScannerState::Unplugged => vec![finding(Grade::Stopped, "finding-scanner", 0)],
            ScannerState::NotTried | ScannerState::Ready => Vec::new(),
        }
    }
}

/// What is told of central and has a sentence of its own; the words of all others stand behind a general one.
const OF_CENTRAL: [&str; 11] = [
    "update-station",
    "update-central",
    "revoked",
    "stuck",
    "row",
    "given-back",
    "held-unreadable",
    "held-unknown-product",
    "held-other-site",
    "held-device-revoked",
    "held-impossible-number",
];

fn of_central(problem: &SyncProblem) -> Finding {
    let known = OF_CENTRAL.contains(&problem.code.as_str());
    let id = if known { format!("finding-{}", problem.code) } else { "finding-central".to_owned() };
    Finding { grade: Grade::Attention, id, count: problem.count, detail: problem.detail.clone() }
}

fn clock_finding(now: Stamp) -> Option<Finding> {
    Some(match clock_state(now) {
        ClockState::Right => return None,
        ClockState::Slow(minutes) => finding(Grade::Attention, "finding-clock-slow", minutes.into()),
        ClockState::Fast(minutes) => finding(Grade::Attention, "finding-clock-fast", minutes.into()),
        ClockState::Impossible => finding(Grade::Attention, "finding-clock-impossible", 0),
    })
}

fn fact(id: &str, value: FactValue) -> Fact {
    Fact { id: id.to_owned(), value }
}

fn finding(grade: Grade, id: &str, count: u64) -> Finding {
    Finding { grade, id: id.to_owned(), count, detail: String::new() }
}

fn detailed(grade: Grade, id: &str, detail: &str) -> Finding {
    Finding { grade, id: id.to_owned(), count: 0, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use selvedge_domain::ids::BootId;

    use super::*;

    fn at(clock_ms: i64, offset_ms: Option<i64>, floor_ms: Option<i64>) -> Stamp {
        Stamp { clock_ms, boot: BootId(uuid::Uuid::nil()), ticks_ms: 0, offset_ms, floor_ms }
    }

    #[test]
    fn what_central_says_is_told_in_the_windows_language_and_its_own_words_stand_behind() {
        for language in ["en", "de"] {
            let texts = selvedge_texts::Texts::new(language);
            for code in OF_CENTRAL.into_iter().chain(["central"]) {
                for id in [format!("finding-{code}"), format!("finding-{code}-do")] {
                    assert!(texts.has(&id), "{id} is said in {language}");
                }
            }
        }
        let problem = |code: &str| SyncProblem { code: code.to_owned(), count: 3, detail: "Entry 7".to_owned() };
        let held = of_central(&problem("held-unknown-product"));
        assert_eq!(
            (held.id.as_str(), held.count, held.detail.as_str()),
            ("finding-held-unknown-product", 3, "Entry 7")
        );
        let of_later = of_central(&problem("held-by-the-moon"));
        assert_eq!((of_later.id.as_str(), of_later.detail.as_str()), ("finding-central", "Entry 7"), "nothing is lost");
    }

    #[test]
    fn a_wrong_clock_is_told_with_how_it_is_wrong() {
        const SUMMER_2026_MS: i64 = 1_782_000_000_000;
        const NEW_YEAR_2020_MS: i64 = 1_577_836_800_000;
        assert_eq!(clock_state(at(SUMMER_2026_MS, None, None)), ClockState::Right, "nobody says otherwise");
        assert_eq!(
            clock_state(at(SUMMER_2026_MS, Some(60_000), None)),
            ClockState::Right,
            "a minute is no matter here"
        );
        assert_eq!(clock_state(at(SUMMER_2026_MS, Some(240_000), None)), ClockState::Slow(4), "central is before us");
        assert_eq!(clock_state(at(SUMMER_2026_MS, Some(-240_000), None)), ClockState::Fast(4));
        let dead = at(NEW_YEAR_2020_MS, None, Some(SUMMER_2026_MS));
        assert_eq!(clock_state(dead), ClockState::Impossible, "an empty battery");
        let finding = clock_finding(at(SUMMER_2026_MS, Some(240_000), None)).expect("it is told");
        assert_eq!((finding.id.as_str(), finding.count), ("finding-clock-slow", 4));
    }
}
