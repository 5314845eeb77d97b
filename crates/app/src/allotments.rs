//! What central lends this till, to promise from by itself: which products are worth it, when it is asked for anew, and
//! what is given back. All of it is rows and entries, so that it goes on from wherever it was ended.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_contract::view::{ConnectionState, Fact as ShownFact, FactValue, Lent};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{AllotmentId, ProductId};
use selvedge_domain::stock::promise::{Allotment, AllotmentState, Left};
use selvedge_protocol::journal::{AllotmentReturnedV1, Fact};
use selvedge_protocol::v1::MAX_ALLOTMENTS;
use selvedge_store::Tx;
use selvedge_store::table::allotment::{self, AskedHere, Held};
use selvedge_store::table::{catalogue, recovery};

use crate::context::{Context, local_time};
use crate::promise::drawable;
use crate::{App, AppError, Nudge};

/// So long an allotment may be drawn from: a till that is cut off in the morning promises until the next one.
pub const ALLOTMENT_TTL_MS: u64 = 24 * 3_600_000;
/// How often it is looked which products are worth it.
const LOOK_EVERY_MS: u64 = 3_600_000;
/// The same product is not asked for again before.
const AGAIN_MS: u64 = 10 * 60_000;
/// What was sold and set aside for so long is what is wanted.
const WANTED_MS: i64 = 7 * 24 * 3_600_000;

/// When central was asked last, by the ticks of this run of the app.
#[derive(Debug, Default)]
pub(crate) struct Tending {
    looked_ticks_ms: Option<u64>,
    asked_ticks_ms: BTreeMap<ProductId, u64>,
}

impl Tending {
    fn is_due(&self, ticks_ms: u64) -> bool {
        self.looked_ticks_ms.is_none_or(|looked| ticks_ms.saturating_sub(looked) >= LOOK_EVERY_MS)
    }

    fn may_ask(&self, product: ProductId, ticks_ms: u64) -> bool {
        self.asked_ticks_ms.get(&product).is_none_or(|asked| ticks_ms.saturating_sub(*asked) >= AGAIN_MS)
    }
}

/// How an allotment stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It may be drawn from, for long enough.
    Fresh,
    /// It may be drawn from, and another one is due.
    Renew,
    /// It is never drawn from again.
    Over,
    /// The machine was off: it is known when central is heard.
    Waits,
}

/// What is to be done.
#[derive(Default)]
struct Plan {
    back: Vec<Held>,
    ask: Vec<ProductId>,
}

impl App {
    /// Gives back what is over, closed or no longer wanted, and has central asked for what is due. To be called again and
    /// again, once a minute or so, and when something was heard of central: most times it only looks.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn tend_allotments(&self) -> Result<(), AppError> {
        let looked = self.store().read(|tx| {
            let Some(context) = self.context(tx)? else { return Ok::<_, AppError>(None) };
            let wanted = self.wanted(tx, &context)?;
            Ok(Some((self.plan(tx, &context, wanted.as_deref())?, wanted, context.now.ticks_ms)))
        })?;
        let Some((plan, wanted, ticks_ms)) = looked else { return Ok(()) };
        let (gave_back, asks) = if plan.back.is_empty() && plan.ask.is_empty() {
            (false, false)
        } else {
            self.store().write("tend-allotments", |tx| {
                // Nobody did it: it was done by the till itself.
                let context = Context { person: None, ..self.joined(tx)? };
                let plan = self.plan(tx, &context, wanted.as_deref())?;
                self.give_back(tx, &context, &plan.back)?;
                self.note_asked(tx, &context, &plan.ask)?;
                Ok::<_, AppError>((!plan.back.is_empty(), !plan.ask.is_empty()))
            })?
        };
        self.remember(&plan, wanted.is_some(), ticks_ms);
        if gave_back {
            self.nudge(Nudge::Journal);
        }
        if asks && let Some(asker) = self.asker() {
            asker.lend();
        }
        Ok(())
    }

    /// Central said that this station was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        self.live().sync.problems.iter().any(|problem| problem.code == "revoked")
    }

    /// What is lent to this till, each as a line of the station's page.
    pub(crate) fn lent_facts(&self, tx: &Tx, context: &Context) -> Result<Vec<ShownFact>, AppError> {
        let mut facts = Vec::new();
        for held in allotment::held(tx)? {
            let (Some(lent), Some((_, left_ms))) = (&held.lent, drawable(context, &held)) else { continue };
            let Some(listed) = catalogue::by_id(tx, held.product, context.today())? else { continue };
            let until_ms = context.now.corrected_ms().saturating_add_unsigned(left_ms);
            let value = FactValue::Lent(Lent {
                name: listed.product.name,
                variant: listed.product.variant,
                unit: listed.product.unit,
                quantity: lent.quantity,
                drawn: lent.used(),
                until: local_time(until_ms, &context.zone),
            });
            facts.push(ShownFact { id: "fact-lent".to_owned(), value });
        }
        if facts.is_empty() {
            let value = FactValue::Word("fact-lent-nothing".to_owned());
            facts.push(ShownFact { id: "fact-lent".to_owned(), value });
        }
        Ok(facts)
    }

    fn plan(&self, tx: &Tx, context: &Context, wanted: Option<&[ProductId]>) -> Result<Plan, AppError> {
        if context.station.demo || !self.store().has_room() || recovery::get(tx)?.is_some() {
            return Ok(Plan::default());
        }
        let revoked = self.is_revoked();
        let mut of_product: BTreeMap<ProductId, Vec<(Stands, Held)>> = BTreeMap::new();
        for held in allotment::held(tx)? {
            let stands = if revoked { Stands::Over } else { stands(context, &held) };
            of_product.entry(held.product).or_default().push((stands, held));
        }
        let mut plan = Plan::default();
        let mut ask: Vec<ProductId> = Vec::new();
        for (product, all) in &mut of_product {
            let fresh = all.iter().any(|(stands, _)| *stands == Stands::Fresh);
            let renews = all.iter().any(|(stands, _)| *stands == Stands::Renew);
            let unwanted = wanted.is_some_and(|wanted| !wanted.contains(product));
            // The one that came in its place takes over; what nobody wants any more is not asked for anew.
            let ends = |stands: Stands| stands == Stands::Over || stands == Stands::Renew && (fresh || unwanted);
            plan.back.extend(all.extract_if(.., |(stands, _)| ends(*stands)).map(|(_, held)| held));
            if renews && !fresh && !unwanted {
                ask.push(*product);
            }
        }
        if revoked || !self.hears_central() {
            return Ok(plan);
        }
        let holds = |product: &ProductId| of_product.get(product).is_some_and(|all| !all.is_empty());
        ask.extend(wanted.into_iter().flatten().copied().filter(|product| !holds(product)));
        let asking = allotment::asking(tx, u32::MAX)?;
        let waits: BTreeSet<ProductId> = asking.iter().map(|held| held.product).collect();
        let live = self.live();
        let may =
            |product: &ProductId| !waits.contains(product) && live.tending.may_ask(*product, context.now.ticks_ms);
        plan.ask = ask.into_iter().filter(may).take(MAX_ALLOTMENTS.saturating_sub(waits.len())).collect();
        Ok(plan)
    }

    /// What is worth asking for, where it is time to look and central answers.
    fn wanted(&self, tx: &Tx, context: &Context) -> Result<Option<Vec<ProductId>>, AppError> {
        if context.station.demo || !self.hears_central() || !self.live().tending.is_due(context.now.ticks_ms) {
            return Ok(None);
        }
        let since_ms = context.now.corrected_ms().saturating_sub(WANTED_MS);
        Ok(Some(allotment::wanted(tx, context.site.id, since_ms, MAX_ALLOTMENTS)?))
    }

    /// Central answers, and what it decided has all come.
    fn hears_central(&self) -> bool {
        let live = self.live();
        live.connection.state == ConnectionState::Online && live.sync.complete
    }

    fn give_back(&self, tx: &Tx, context: &Context, back: &[Held]) -> Result<(), AppError> {
        for held in back {
            if let Some(lent) = held.lent.as_ref().filter(|lent| lent.outstanding() > Quantity::ZERO) {
                self.record(tx, context, Fact::AllotmentReturned(returned(lent)))?;
            }
            allotment::set_returned(tx, held.id)?;
        }
        Ok(())
    }

    fn note_asked(&self, tx: &Tx, context: &Context, products: &[ProductId]) -> Result<(), AppError> {
        let asked = AskedHere {
            generation: context.station.generation,
            boot: context.now.boot,
            ticks_ms: context.now.ticks_ms,
        };
        for product in products {
            allotment::ask(tx, AllotmentId(self.outside.ids.new_id()), *product, (asked, ALLOTMENT_TTL_MS))?;
        }
        Ok(())
    }

    fn remember(&self, plan: &Plan, looked: bool, ticks_ms: u64) {
        let mut live = self.live();
        if looked {
            live.tending.looked_ticks_ms = Some(ticks_ms);
        }
        live.tending.asked_ticks_ms.retain(|_, asked| ticks_ms.saturating_sub(*asked) < AGAIN_MS);
        live.tending.asked_ticks_ms.extend(plan.ask.iter().map(|product| (*product, ticks_ms)));
    }
}

/// What the journal says of one that is never drawn from again.
fn returned(lent: &Allotment) -> AllotmentReturnedV1 {
    AllotmentReturnedV1 {
        allotment: lent.id.0,
        used_thousandths: lent.used().thousandths(),
        returned_thousandths: (lent.returned + lent.outstanding()).thousandths(),
    }
}

fn stands(context: &Context, held: &Held) -> Stands {
    let (Some(lent), Some(asked)) = (&held.lent, held.asked) else { return Stands::Over };
    let elsewhere = lent.site != context.site.id || asked.generation != context.station.generation;
    if elsewhere || lent.state != AllotmentState::Open {
        return Stands::Over;
    }
    match held.lease().map(|lease| lease.left(context.now)) {
        Some(Left::Over) | None => Stands::Over,
        Some(Left::Unknown) => Stands::Waits,
        Some(Left::Ms(left_ms)) => {
            let half_drawn = lent.outstanding() + lent.outstanding() < lent.quantity;
            if left_ms <= held.ttl_ms / 2 || half_drawn { Stands::Renew } else { Stands::Fresh }
        }
    }
}
