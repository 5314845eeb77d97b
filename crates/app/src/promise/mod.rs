//! Setting goods aside for a customer. What central lent this till covers it, or central is asked, a moment at most: what
//! it answers holds; without an answer the request is kept, says that it needs confirmation, and is asked again with the
//! same key.

mod collect;
mod drawn;
mod paper;
mod shown;

use std::sync::Arc;
use std::time::Duration;

use selvedge_contract::view::{Availability, FiguresAge, Place, PromiseShown, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::ids::{ProductId, PromiseId, SiteId};
use selvedge_domain::people::Right;
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::ledger::Account;
use selvedge_domain::stock::promise::{PromiseKind, RequestState};
use selvedge_ports::{AskCentral, Available};
use selvedge_protocol::v1::{ChannelV1, MAX_RESERVED_FOR_S, PromiseLineV1, PromiseRequest, promise_id};
use selvedge_store::Tx;
use selvedge_store::table::promise::{self, Asked};
use selvedge_store::table::{catalogue, stock};

pub(crate) use collect::{hand_over, is_in_sale};
pub(crate) use drawn::drawable;
pub(crate) use shown::trays;

use crate::context::{Context, day_after, end_of_day_ms};
use crate::{App, AppError, Nudge};

/// So long a customer waits for central's word.
pub const PATIENCE: Duration = Duration::from_millis(1_500);
/// The last day that can be said: a reservation stands for thirty days at most.
const MOST_DAYS: u32 = 29;
/// A customer's words are cut after so many characters.
const CUSTOMER_CHARS: usize = 120;
/// The list has no more promises and no more requests than so many.
const MOST_LISTED: u32 = 200;

/// What somebody wants set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What.
    pub product: ProductId,
    /// How much.
    pub quantity: Quantity,
    /// The site that shall deliver.
    pub site: SiteId,
    /// What the customer is told.
    pub kind: PromiseKind,
    /// Until the end of so many days after today.
    pub days: u32,
    /// What the customer says; may be empty.
    pub customer: String,
}

impl App {
    /// Who asks central while a person waits; none while nobody can.
    pub fn set_asker(&self, asker: Option<Arc<dyn AskCentral>>) {
        self.live().asker = asker;
    }

    /// Where a product can be set aside: by central's word, and without it what this till knows of its own site.
    ///
    /// # Errors
    /// [`Code::NoSuchProduct`], [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn availability(&self, product: ProductId) -> Result<Availability, AppError> {
        let mut own = self.store().read(|tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::SetAside)?;
            self.own_figures(tx, &context, product)
        })?;
        if let Some(heard) = self.asker().and_then(|asker| asker.available(product, self.patience())) {
            self.note_sites(&heard);
            take_over(&mut own, heard);
        }
        Ok(own)
    }

    /// Has goods set aside. They are promised only when the answer says so.
    ///
    /// # Errors
    /// [`Code::WrongQuantity`], [`Code::WrongDay`], [`Code::NoSuchProduct`], [`Code::NotInDemo`], [`Code::DiskFull`],
    /// [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn set_aside(&self, wish: &Wish) -> Result<PromiseShown, AppError> {
        let site_name = self.live().sites.get(&wish.site).cloned().unwrap_or_default();
        let (promise, by_till) = self.store().write("set-aside", |tx| {
            let context = self.joined(tx)?;
            let asked = self.asked(tx, &context, wish, site_name)?;
            let customer: String = wish.customer.trim().chars().take(CUSTOMER_CHARS).collect();
            if let Some(promise) = self.draw(tx, &context, (wish, &asked), &customer)? {
                return Ok((promise, true));
            }
            let promise = PromiseId(promise_id(&ChannelV1::device(context.station.device), &asked.key));
            promise::ask(tx, promise, &asked, &customer)?;
            Ok::<_, AppError>((promise, false))
        })?;
        if by_till {
            self.nudge(Nudge::Journal);
        } else {
            self.ask_central();
        }
        self.tell(promise)
    }

    /// What is set aside here or was asked for here: what needs a look first, then what
    /// was asked for here last.
    ///
    /// # Errors
    /// [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn promises(&self) -> Result<Vec<PromiseShown>, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::SetAside)?;
            let mut ids: Vec<PromiseId> = promise::newest(tx, MOST_LISTED)?.iter().map(|one| one.promise).collect();
            for known in promise::unfinished(tx, MOST_LISTED)? {
                let id = PromiseId(known.promise.id);
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            let shown: Result<Vec<_>, AppError> = ids.into_iter().map(|id| shown::shown(tx, &context, id)).collect();
            let mut shown: Vec<PromiseShown> = shown?.into_iter().flatten().collect();
            shown.sort_by_key(|one| one.standing);
            Ok(shown)
        })
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Code::NoSuchPromise`], [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn promise(&self, id: PromiseId) -> Result<PromiseShown, AppError> {
        self.store().read(|tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::SetAside)?;
            Ok(shown::shown(tx, &context, id)?.ok_or(Failure::from(Code::NoSuchPromise))?)
        })
    }

    /// The person who asked has seen how it stands: the tray says it no more.
    ///
    /// # Errors
    /// [`Code::NoSuchPromise`], [`Code::SignedOut`], [`Code::NotAllowed`].
    pub fn see_promise(&self, id: PromiseId) -> Result<View, AppError> {
        self.tell(id)?;
        self.view()
    }

    /// The customer does not want it any more. It is let go when central says so; at once where this till promised it by
    /// itself.
    ///
    /// # Errors
    /// [`Code::NoSuchPromise`] when nothing is set aside or asked for that could be let go, [`Code::SignedOut`],
    /// [`Code::NotAllowed`].
    pub fn let_go(&self, id: PromiseId) -> Result<PromiseShown, AppError> {
        let by_till = self.store().write("let-go", |tx| {
            let context = self.joined(tx)?;
            let person = context.signed_in(Right::SetAside)?.id;
            let shown = shown::shown(tx, &context, id)?.filter(|shown| shown.standing.may_be_let_go());
            let Some(shown) = shown else { return Err(AppError::from(Code::NoSuchPromise)) };
            let known = promise::known(tx, id)?;
            if known.is_some_and(|known| drawn::is_own(&known.promise, context.station.device)) {
                self.end_own(tx, &context, id)?;
                return Ok(true);
            }
            if promise::request(tx, id)?.is_none() {
                // Set aside by another till or by a web shop: central is asked by this one.
                promise::ask(tx, id, &of_others(tx, &context, &shown, person)?, "")?;
            }
            promise::set_state(tx, id, RequestState::LettingGo)?;
            promise::tell(tx, id)?;
            Ok(false)
        })?;
        if by_till {
            self.nudge(Nudge::Journal);
        } else {
            self.ask_central();
        }
        self.tell(id)
    }

    fn asked(&self, tx: &Tx, context: &Context, wish: &Wish, site_name: String) -> Result<Asked, AppError> {
        let person = context.signed_in(Right::SetAside)?.id;
        if context.station.demo {
            return Err(Code::NotInDemo.into());
        }
        // What is kept for central may wait for long.
        if !self.store().has_room() {
            return Err(Code::DiskFull.into());
        }
        if wish.days > MOST_DAYS {
            return Err(Code::WrongDay.into());
        }
        let listed = catalogue::by_id(tx, wish.product, context.today())?.ok_or(Failure::from(Code::NoSuchProduct))?;
        let whole = listed.product.unit != Unit::Piece || wish.quantity.is_whole();
        let possible = (1..=Quantity::LIMIT_THOUSANDTHS).contains(&wish.quantity.thousandths());
        if !whole || !possible {
            return Err(Code::WrongQuantity.into());
        }
        let now_ms = context.now.corrected_ms();
        let until_ms = end_of_day_ms(day_after(context.today(), wish.days), &context.zone);
        let seconds = u32::try_from((until_ms - now_ms) / 1_000).unwrap_or(1).clamp(1, MAX_RESERVED_FOR_S);
        let is_order = wish.kind == PromiseKind::Order;
        let key = self.outside.ids.new_id().to_string();
        Ok(Asked {
            request: PromiseRequest {
                site: wish.site.0,
                kind: wish.kind.word().to_owned(),
                lines: vec![PromiseLineV1 {
                    product: wish.product.0,
                    quantity_thousandths: wish.quantity.thousandths(),
                    allotment: None,
                }],
                reference: key.clone(),
                expires_in_s: (!is_order).then_some(seconds),
                due_ms: is_order.then_some(until_ms),
            },
            key,
            person,
            at_ms: now_ms,
            until_ms,
            site_name,
            refusal: (String::new(), String::new()),
        })
    }

    /// What this till knows of its own site.
    fn own_figures(&self, tx: &Tx, context: &Context, product: ProductId) -> Result<Availability, AppError> {
        let line = shown::line(tx, context, product, Quantity::ONE)?;
        let line = line.ok_or(Failure::from(Code::NoSuchProduct))?;
        let on_hand = stock::on_hand(tx, product, Account::Location(context.site.sales_floor))?;
        let mut promised = Quantity::ZERO;
        for known in promise::unfinished(tx, u32::MAX)? {
            let read = known.promise.read().map_err(|error| AppError::given("a promise", error))?;
            if read.site == context.site.id {
                promised += read.open_of(product);
            }
        }
        let here = Place {
            site: context.site.id,
            name: context.site.name.clone(),
            here: true,
            available: on_hand - promised,
            on_hand,
            promised,
            lent: self.may_promise(tx, context, product)?,
        };
        let now_ms = context.now.corrected_ms();
        let heard = stock::heard_ms(tx)?.map(|ms| u32::try_from((now_ms - ms).max(0) / 60_000).unwrap_or(u32::MAX));
        Ok(Availability { line, places: vec![here], age: FiguresAge::Till(heard) })
    }

    pub(crate) fn asker(&self) -> Option<Arc<dyn AskCentral>> {
        self.live().asker.clone()
    }

    /// Nobody is kept waiting for a central that is known to be away.
    fn patience(&self) -> Duration {
        if self.live().connection.state == selvedge_contract::view::ConnectionState::Offline {
            Duration::ZERO
        } else {
            PATIENCE
        }
    }

    fn ask_central(&self) {
        if let Some(asker) = self.asker() {
            asker.ask_what_waits(self.patience());
        }
    }

    fn note_sites(&self, heard: &Available) {
        let named = heard.sites.iter().filter(|at| !at.name.is_empty());
        self.live().sites.extend(named.map(|at| (at.site, at.name.clone())));
    }

    /// Notes that the person sees how it stands, where that is news, and shows it.
    fn tell(&self, id: PromiseId) -> Result<PromiseShown, AppError> {
        let look = |tx: &Tx| {
            let context = self.joined(tx)?;
            context.signed_in(Right::SetAside)?;
            let shown = shown::shown(tx, &context, id)?.ok_or(Failure::from(Code::NoSuchPromise))?;
            let news = promise::request(tx, id)?.is_some_and(|request| request.told != request.state);
            Ok::<_, AppError>((shown, news))
        };
        let (shown, news) = self.store().read(look)?;
        if !news {
            return Ok(shown);
        }
        self.store().write("promise-told", |tx| {
            let (shown, _) = look(tx)?;
            promise::tell(tx, id)?;
            Ok(shown)
        })
    }
}

/// As if it had been asked for here.
fn of_others(
    tx: &Tx,
    context: &Context,
    shown: &PromiseShown,
    person: selvedge_domain::ids::PersonId,
) -> Result<Asked, AppError> {
    let known = promise::known(tx, shown.promise)?.ok_or(Failure::from(Code::NoSuchPromise))?.promise;
    Ok(Asked {
        key: String::new(),
        person,
        at_ms: context.now.corrected_ms(),
        until_ms: i64::MAX,
        request: PromiseRequest {
            site: known.site,
            kind: known.kind,
            lines: known.lines,
            reference: known.reference,
            expires_in_s: None,
            due_ms: known.due_ms,
        },
        site_name: shown.site.clone(),
        refusal: (String::new(), String::new()),
    })
}

/// Central's figures instead of our own; a site that never had the product is not among them, and this one stays.
fn take_over(own: &mut Availability, heard: Available) {
    own.age = FiguresAge::Central(u32::try_from(heard.age_ms.div_ceil(1_000)).unwrap_or(u32::MAX));
    for at in heard.sites {
        let place = Place {
            site: at.site,
            name: at.name,
            here: false,
            available: at.available,
            on_hand: at.on_hand,
            promised: at.promised,
            lent: Quantity::ZERO,
        };
        match own.places.iter_mut().find(|known| known.site == at.site) {
            Some(known) => *known = Place { name: known.name.clone(), here: known.here, lent: known.lent, ..place },
            None => own.places.push(place),
        }
    }
    own.places[1..].sort_by(|one, other| other.available.cmp(&one.available).then_with(|| one.name.cmp(&other.name)));
}
