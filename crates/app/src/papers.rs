//! What is printed, in the station's language, and what becomes of it: copies and uncertain papers.

use selvedge_contract::view::View;
use selvedge_contract::{Code, Failure};
use selvedge_domain::Amount;
use selvedge_domain::barcode::Badge;
use selvedge_domain::ids::{JobId, PersonId, SaleId};
use selvedge_domain::receipt::compose::{self, CashSlip, Header, Labels, TransferSlip, Wording};
use selvedge_domain::receipt::{Align, Block, Document, Style};
use selvedge_domain::sale::Sale;
use selvedge_domain::shift::ClosedShift;
use selvedge_protocol::journal::{Fact, ReceiptCopiedV1};
use selvedge_store::Tx;
use selvedge_store::table::print_job::{PrintJob, State};
use selvedge_store::table::{config, person, print_job, sale, setting};
use selvedge_texts::Texts;

use crate::context::Context;
use crate::{App, AppError, Nudge};

/// The language that a station has until somebody chooses one.
const FIRST_LANGUAGE: &str = "en";

impl App {
    /// The station's language.
    pub(crate) fn language(&self, tx: &Tx) -> Result<String, AppError> {
        Ok(setting::get(tx, "language")?.unwrap_or_else(|| FIRST_LANGUAGE.to_owned()))
    }

    /// Chooses the station's language.
    ///
    /// # Errors
    /// [`Code::NoSuchLanguage`].
    pub fn set_language(&self, language: &str) -> Result<View, AppError> {
        if !Texts::has_language(language) {
            return Err(Code::NoSuchLanguage.into());
        }
        self.store().write("set-language", |tx| setting::set(tx, "language", &language).map_err(AppError::from))?;
        self.view()
    }

    /// A second paper of the last receipt, marked COPY.
    ///
    /// # Errors
    /// [`Code::NoSuchSale`] before the first sale.
    pub fn reprint(&self) -> Result<View, AppError> {
        self.print_copy(None)
    }

    /// A second paper of any receipt of this till, marked COPY.
    ///
    /// # Errors
    /// [`Code::NoSuchSale`].
    pub fn reprint_sale(&self, of: SaleId) -> Result<View, AppError> {
        self.print_copy(Some(of))
    }

    fn print_copy(&self, of: Option<SaleId>) -> Result<View, AppError> {
        self.store().write("reprint", |tx| {
            let context = self.joined(tx)?;
            if context.person.is_none() {
                return Err(AppError::from(Code::SignedOut));
            }
            let found = match of {
                Some(of) => sale::by_id(tx, of)?,
                None => sale::last(tx)?,
            };
            let found = found.ok_or(Failure::from(Code::NoSuchSale))?;
            let document = self.receipt_document(tx, &context, &found.sale)?;
            self.copy(tx, &context, &found.sale, &document)
        })?;
        self.nudge(Nudge::Print);
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Answers "is it in your hand?": yes ends the job, no prints a COPY.
    ///
    /// # Errors
    /// [`Code::NoSuchJob`] when the job is not uncertain.
    pub fn answer_uncertain(&self, id: JobId, in_hand: bool) -> Result<View, AppError> {
        self.store().write("answer-uncertain", |tx| {
            let context = self.joined(tx)?;
            let now_ms = context.now.corrected_ms();
            let job = print_job::by_id(tx, id)?.ok_or(Failure::from(Code::NoSuchJob))?;
            let ends = if in_hand { State::Printed } else { State::Dropped };
            if !print_job::advance(tx, id, State::Uncertain, ends, now_ms)? {
                return Err(AppError::from(Code::NoSuchJob));
            }
            if in_hand {
                return Ok(());
            }
            match job.sale.map(|of| sale::by_id(tx, of)).transpose()?.flatten() {
                Some(found) => self.copy(tx, &context, &found.sale, &job.document),
                None => self.insert_copy(tx, &context, &job, &job.document),
            }
        })?;
        self.nudge(Nudge::Print);
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Drops a paper that waits and that nobody wants any more.
    ///
    /// # Errors
    /// [`Code::NoSuchJob`] when it does not wait.
    pub fn drop_print(&self, id: JobId) -> Result<View, AppError> {
        self.store().write("drop-print", |tx| {
            let now_ms = self.clock().now().corrected_ms();
            if print_job::advance(tx, id, State::Waiting, State::Dropped, now_ms)? {
                Ok(())
            } else {
                Err(AppError::from(Code::NoSuchJob))
            }
        })?;
        self.view()
    }

    pub(crate) fn receipt_document(&self, tx: &Tx, context: &Context, done: &Sale) -> Result<Document, AppError> {
        let name = short_name(&person_name(tx, done.person)?);
        self.worded(tx, |wording| Ok(compose::sale(done, &header(tx, context)?, &name, wording)))
    }

    pub(crate) fn z_document(&self, tx: &Tx, context: &Context, closed: &ClosedShift) -> Result<Document, AppError> {
        let opened_by = short_name(&person_name(tx, closed.shift.opened_by)?);
        let closed_by = short_name(&person_name(tx, closed.closed_by)?);
        self.worded(tx, |wording| {
            let names = (opened_by.as_str(), closed_by.as_str());
            Ok(compose::z_report(closed, &context.station.till, &header(tx, context)?, names, wording))
        })
    }

    pub(crate) fn cash_document(
        &self,
        tx: &Tx,
        context: &Context,
        amount: Amount,
        reason: &str,
    ) -> Result<Document, AppError> {
        let slip = CashSlip {
            till: context.station.till.clone(),
            at: context.local_now(),
            currency: context.site.currency,
            amount,
            reason: reason.to_owned(),
        };
        let name = context.person.as_ref().map_or(String::new(), |person| short_name(&person.name));
        self.worded(tx, |wording| Ok(compose::cash_slip(&slip, &header(tx, context)?, &name, wording)))
    }

    /// The paper that goes with goods to another site.
    pub(crate) fn transfer_document(
        &self,
        tx: &Tx,
        context: &Context,
        slip: &TransferSlip,
    ) -> Result<Document, AppError> {
        let name = context.person.as_ref().map_or(String::new(), |person| short_name(&person.name));
        self.worded(tx, |wording| Ok(compose::transfer_slip(slip, &header(tx, context)?, &name, wording)))
    }

    /// A page that shows that the printer prints, for the first start.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn print_test(&self) -> Result<(), AppError> {
        let document = Document {
            blocks: vec![
                Block::Text {
                    text: "Selvedge".to_owned(),
                    align: Align::Centre,
                    style: Style { bold: true, large: true },
                },
                Block::Rule,
                Block::Text {
                    text: "ÄÖÜ äöü ß é è ñ € £ ½".to_owned(), align: Align::Start, style: Style::default()
                },
                Block::Qr { text: "https://selvedge.example".to_owned() },
            ],
        };
        self.store().write("print-test", |tx| {
            let job = PrintJob {
                id: JobId(self.outside.ids.new_id()),
                title: "Test".to_owned(),
                sale: None,
                shift: None,
                copy: false,
                state: State::Waiting,
                document,
                changed_ms: self.clock().now().corrected_ms(),
            };
            print_job::insert(tx, &job).map_err(AppError::from)
        })?;
        self.nudge(Nudge::Print);
        Ok(())
    }

    /// The badge of who is signed in: her name, and the code that says who she is at the next sign-in.
    ///
    /// # Errors
    /// [`Code::SignedOut`].
    pub fn print_badge(&self) -> Result<View, AppError> {
        self.store().write("print-badge", |tx| {
            let context = self.joined(tx)?;
            let person = context.person.as_ref().ok_or(Failure::from(Code::SignedOut))?;
            let name = Style { bold: true, large: true };
            let company = config::company(tx)?.map_or_else(String::new, |company| company.name);
            let document = Document {
                blocks: vec![
                    Block::Text { text: company, align: Align::Centre, style: Style::default() },
                    Block::Text { text: person.name.clone(), align: Align::Centre, style: name },
                    Block::Blank,
                    Block::Code128 { text: Badge::of(person.id).printed() },
                ],
            };
            self.print(tx, &context, "Badge".to_owned(), document, None)
        })?;
        self.nudge(Nudge::Print);
        self.view()
    }

    fn copy(&self, tx: &Tx, context: &Context, done: &Sale, document: &Document) -> Result<(), AppError> {
        let fact = ReceiptCopiedV1 { receipt: done.receipt.clone(), sale: done.cart.id.0 };
        self.record(tx, context, Fact::ReceiptCopied(fact))?;
        let of = PrintJob {
            id: JobId(self.outside.ids.new_id()),
            title: done.receipt.clone(),
            sale: Some(done.cart.id),
            shift: None,
            copy: true,
            state: State::Waiting,
            document: document.clone(),
            changed_ms: 0,
        };
        self.insert_copy(tx, context, &of, document)
    }

    /// A copy of a copy says COPY once.
    fn insert_copy(&self, tx: &Tx, context: &Context, of: &PrintJob, document: &Document) -> Result<(), AppError> {
        let labels = self.labels(tx)?;
        let marked = compose::copy_of(document, labels);
        let already = document.blocks.first() == marked.blocks.first();
        let job = PrintJob {
            id: JobId(self.outside.ids.new_id()),
            copy: true,
            state: State::Waiting,
            document: if already { document.clone() } else { marked },
            changed_ms: context.now.corrected_ms(),
            ..of.clone()
        };
        Ok(print_job::insert(tx, &job)?)
    }

    pub(crate) fn labels(&self, tx: &Tx) -> Result<&'static Labels, AppError> {
        Ok(selvedge_texts::receipt_labels(&self.language(tx)?))
    }

    pub(crate) fn worded<T>(
        &self,
        tx: &Tx,
        compose: impl FnOnce(Wording<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let language = self.language(tx)?;
        let labels = selvedge_texts::receipt_labels(&language);
        let figures = selvedge_texts::PaperFigures::of(&language);
        compose(Wording { labels, figures: &figures })
    }
}

pub(crate) fn header(tx: &Tx, context: &Context) -> Result<Header, AppError> {
    let site = &context.site;
    Ok(Header {
        company: config::company(tx)?.map_or_else(|| site.name.clone(), |company| company.name),
        address: site.address.clone(),
        tax_number: site.vat_id.clone(),
        footer: site.receipt_footer.clone(),
    })
}

/// A person's name; empty when it was erased.
pub(crate) fn person_name(tx: &Tx, id: PersonId) -> Result<String, AppError> {
    Ok(person::who(tx, id)?.map(|person| person.name).unwrap_or_default())
}

/// `Mira Byrne` becomes `Mira B.`: enough to know whom to ask, on a paper that lies about.
pub(crate) fn short_name(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    match words.next_back().and_then(|last| last.chars().next()) {
        Some(initial) => format!("{first} {initial}."),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn a_name_on_paper_is_short() {
        assert_eq!(short_name("Mira Byrne"), "Mira B.");
        assert_eq!(short_name("Ana Maria de la Cruz"), "Ana C.");
        assert_eq!(short_name("Mira"), "Mira");
        assert_eq!(short_name(""), "");
    }
}
