//! The finished sales of this till, and where each has landed.

use std::collections::HashMap;

use selvedge_contract::view::{Landed, Paper, SoldPaper, SoldSale};
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::{GenerationId, SaleId};
use selvedge_domain::people::Right;
use selvedge_domain::tender::TenderKind;
use selvedge_store::Tx;
use selvedge_store::table::sale::{self, Finished};
use selvedge_store::table::{journal, print_job};

use super::sale::pieces;
use crate::context::Context;
use crate::papers::person_name;
use crate::{App, AppError};

/// No page of the list is longer.
const MOST_SALES: u32 = 100;

impl App {
    /// Finished sales of this till, newest first.
    ///
    /// # Errors
    /// [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn sales(&self, before: Option<u32>, limit: u32) -> Result<Vec<SoldSale>, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::Sell)?;
            let mut acknowledged = Acknowledged::default();
            let finished = sale::page(tx, before, limit.min(MOST_SALES))?;
            finished
                .into_iter()
                .map(|(number, finished)| self.sold_sale(tx, &context, number, &finished, &mut acknowledged))
                .collect()
        })
    }

    /// One of them with its receipt.
    ///
    /// # Errors
    /// [`Code::NoSuchSale`], [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn sold(&self, sale: SaleId) -> Result<SoldPaper, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::Sell)?;
            let finished = sale::by_id(tx, sale)?.ok_or(Failure::from(Code::NoSuchSale))?;
            let number = sale::number_of(tx, sale)?.ok_or(Failure::from(Code::NoSuchSale))?;
            let sold = self.sold_sale(tx, &context, number, &finished, &mut Acknowledged::default())?;
            let document = match print_job::of_sale(tx, sale)? {
                Some(job) => job.document,
                None => self.receipt_document(tx, &context, &finished.sale)?,
            };
            Ok(SoldPaper { sold, paper: Paper { document, columns: self.columns() } })
        })
    }

    fn sold_sale(
        &self,
        tx: &Tx,
        context: &Context,
        number: u32,
        finished: &Finished,
        acknowledged: &mut Acknowledged,
    ) -> Result<SoldSale, AppError> {
        let done = &finished.sale;
        let mut tenders: Vec<TenderKind> = Vec::new();
        for tender in &done.cart.tenders {
            if !tenders.contains(&tender.kind) {
                tenders.push(tender.kind);
            }
        }
        Ok(SoldSale {
            sale: done.cart.id,
            number,
            receipt: done.receipt.clone(),
            at: done.at,
            person: person_name(tx, done.person)?,
            currency: done.cart.currency,
            total: done.priced.total,
            pieces: pieces(&done.cart),
            tenders,
            print: self.print_state(context, print_job::of_sale(tx, done.cart.id)?.as_ref()),
            landed: acknowledged.landed(tx, context, finished)?,
        })
    }
}

/// What central has of each generation, looked up once.
#[derive(Default)]
pub(super) struct Acknowledged(HashMap<GenerationId, u64>);

impl Acknowledged {
    /// Where a finished sale has landed.
    pub(super) fn landed(&mut self, tx: &Tx, context: &Context, finished: &Finished) -> Result<Landed, AppError> {
        if context.station.demo {
            return Ok(Landed::DemoOnly);
        }
        let generation = GenerationId(finished.generation);
        let sequence = match self.0.get(&generation) {
            Some(known) => *known,
            None => {
                let (sequence, _) = journal::acknowledged(tx, generation)?;
                self.0.insert(generation, sequence);
                sequence
            }
        };
        Ok(if sequence >= finished.sequence { Landed::Central } else { Landed::Disk })
    }
}
