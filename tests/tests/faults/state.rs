//! What a till holds, in words, without identities and times: equal after a kill or not.

use std::fmt::Write;

use selvedge_contract::view::{Screen, TrayKind};
use selvedge_store::table::{allotment, feed, journal, promise, transfer};
use selvedge_store::{StoreError, Tx};
use selvedge_tests::Shop;

/// A till's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Person, sale, journal, totals: all but the papers.
    pub books: String,
    /// Title, whether a copy, and state of every paper, in order.
    pub papers: Vec<(String, bool, String)>,
    /// The state of every pulse, in order.
    pub pulses: Vec<String>,
}

impl State {
    /// Of a till, now.
    pub fn of(shop: &Shop) -> State {
        let books = shop.audit();
        let mut text = screen(shop);
        for body in &books.bodies {
            writeln!(text, "journal {}", body.kind).unwrap();
        }
        for sold in &books.sales {
            writeln!(text, "sale {} total {} change {}", sold.receipt, sold.total_minor, sold.change_minor).unwrap();
            for line in &sold.lines {
                let (name, quantity, net, tax) =
                    (&line.name, line.quantity_thousandths, line.net_minor, line.tax_minor);
                writeln!(text, "  {name} x {quantity} = {net} tax {tax}").unwrap();
            }
            for tender in &sold.tenders {
                writeln!(text, "  {} {}", tender.kind, tender.amount_minor).unwrap();
            }
        }
        for shift in books.shifts.values() {
            let closed = shift.closed.as_ref().map(|closed| (closed.expected_minor, closed.counted_minor));
            writeln!(text, "shift {shift:?} {closed:?}", shift = (shift.number, shift.turnover_minor())).unwrap();
            writeln!(text, "  drawer {} {:?}", shift.expected_minor(), shift.tenders).unwrap();
        }
        shop.app().store().read(|tx| Self::with_jobs(tx, text)).unwrap()
    }

    fn with_jobs(tx: &Tx, mut books: String) -> Result<State, StoreError> {
        let one = |sql: &str| tx.query_row::<i64, _, _>(sql, [], |row| row.get(0));
        writeln!(books, "scans {}", one("SELECT count(*) FROM scan")?).unwrap();
        writeln!(
            books,
            "products {}, heard {}",
            one("SELECT count(*) FROM product")?,
            one("SELECT count(*) FROM heard")?
        )
        .unwrap();
        writeln!(books, "to send {}, feed up to {}", journal::unsent(tx)?, feed::cursor(tx)?.map_or(0, |at| at.number))
            .unwrap();
        for transfer in transfer::list(tx, 100)? {
            let lines: Vec<_> = transfer.lines().into_values().collect();
            writeln!(books, "transfer {:?} {lines:?}", transfer.state()).unwrap();
        }
        for known in promise::unfinished(tx, 100)? {
            writeln!(books, "promised {} {:?}", known.promise.state, known.promise.lines.len()).unwrap();
        }
        writeln!(books, "to ask for {}", allotment::asking(tx, 1_000)?.len()).unwrap();
        for held in allotment::held(tx)? {
            let lent = held.lent.map(|lent| (lent.quantity, lent.used(), lent.outstanding()));
            writeln!(books, "lent {lent:?}").unwrap();
        }
        let draft = transfer::draft(tx)?.map(|draft| (draft.step, draft.tally.counted(), draft.wrong));
        writeln!(books, "scanning {draft:?}").unwrap();
        writeln!(books, "wrong pins {}", one("SELECT coalesce(sum(wrong), 0) FROM person")?).unwrap();
        let mut papers = tx.prepare("SELECT title, copy, state FROM print_job ORDER BY number")?;
        let papers = papers.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let papers = papers.collect::<Result<_, _>>()?;
        let mut pulses = tx.prepare("SELECT state FROM drawer_job ORDER BY number")?;
        let pulses = pulses.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(State { books, papers, pulses })
    }

    /// What a start makes of it: what was being sent is uncertain, and a pulse that waited is dead.
    #[must_use]
    pub fn after_a_start(&self) -> State {
        let mut after = self.clone();
        for (_, _, state) in after.papers.iter_mut().filter(|(_, _, state)| state == "sending") {
            *state = "uncertain".to_owned();
        }
        for state in after.pulses.iter_mut().filter(|state| *state == "waiting") {
            *state = "expired".to_owned();
        }
        after
    }
}

fn screen(shop: &Shop) -> String {
    let view = shop.view();
    let mut text = format!("{} {:?}\n", view.language, view.status.person);
    for tray in &view.trays {
        match &tray.what {
            TrayKind::UnknownCode { text: code, .. } => writeln!(text, "unknown {code}").unwrap(),
            TrayKind::ScanNotNow { text: code, .. } => writeln!(text, "not now {code}").unwrap(),
            TrayKind::UncertainPrint { .. }
            | TrayKind::PrinterStopped { .. }
            | TrayKind::DiskFull
            | TrayKind::ClockWrong { .. } => {}
            TrayKind::Forked => text.push_str("a new series\n"),
            TrayKind::DataRecovered { missing, .. } => writeln!(text, "recovered, missing {missing:?}").unwrap(),
            TrayKind::CountRaised { line, believed, .. } => writeln!(text, "{} of {believed}", line.name).unwrap(),
            TrayKind::PromiseAnswered { promise, standing, .. } => writeln!(text, "{promise} {standing:?}").unwrap(),
            TrayKind::Trouble { detail } => writeln!(text, "{detail}").unwrap(),
        }
    }
    match view.screen {
        Screen::FirstStart(_) => text.push_str("first start\n"),
        Screen::SignIn(_) => text.push_str("sign in\n"),
        Screen::OpenTill(open) => writeln!(text, "open till, {}", open.proposed_float.minor()).unwrap(),
        Screen::SaleDone(done) => writeln!(text, "done {} {}", done.receipt, done.change.minor()).unwrap(),
        Screen::Selling(sale) => {
            writeln!(text, "selling {} due {}", sale.total.minor(), sale.due.minor()).unwrap();
            for line in &sale.lines {
                let (name, variant, quantity) = (&line.name, &line.variant, line.quantity);
                let marks = (line.removed, line.selected, &line.refund_of);
                writeln!(text, "  {name} {variant} x {quantity} = {} {marks:?}", line.amount.minor()).unwrap();
            }
            for tender in &sale.tenders {
                writeln!(text, "  {:?} {}", tender.kind, tender.amount.minor()).unwrap();
            }
            for parked in &sale.parked {
                writeln!(text, "  parked {} {}", parked.lines, parked.total.minor()).unwrap();
            }
        }
    }
    text
}
