//! How something stands that is set aside: from what was asked here, and from what central said last.

use selvedge_contract::view::{PromiseShown, PromisedLine, Standing, Tray, TrayKind};
use selvedge_domain::Quantity;
use selvedge_domain::barcode::Slip;
use selvedge_domain::ids::{ProductId, PromiseId};
use selvedge_domain::quantity::Unit;
use selvedge_domain::stock::promise::{PromiseKind, PromiseState, RequestState};
use selvedge_protocol::v1::{PromiseLineV1, PromiseV1, code};
use selvedge_store::Tx;
use selvedge_store::table::catalogue;
use selvedge_store::table::promise::{self, Request};

use crate::AppError;
use crate::context::{Context, local_time};
use crate::live::live_tray_id;
use crate::papers::person_name;

/// More outcomes are told when these are seen.
const MOST_TOLD: u32 = 10;

/// One of them; none where nothing of the kind is known.
pub(super) fn shown(tx: &Tx, context: &Context, id: PromiseId) -> Result<Option<PromiseShown>, AppError> {
    let (request, known) = (promise::request(tx, id)?, promise::known(tx, id)?);
    let promise = known.as_ref().map(|known| &known.promise);
    let standing = standing(context, request.as_ref(), promise)?;
    let Some(standing) = standing else { return Ok(None) };
    // Central's word holds; what was asked is what is known before it.
    let asked = request.as_ref().map(|request| &request.asked);
    let (site, lines, kind, until_ms, at_ms) = match (promise, asked) {
        (Some(promise), _) => {
            let until_ms = promise.expires_ms.or(promise.due_ms);
            (promise.site, promise.lines.as_slice(), promise.kind.as_str(), until_ms, promise.made_ms)
        }
        (None, Some(asked)) => {
            let request = &asked.request;
            (request.site, request.lines.as_slice(), request.kind.as_str(), Some(asked.until_ms), asked.at_ms)
        }
        (None, None) => return Ok(None),
    };
    let here = site == context.site.id.0;
    let cause = promise.and_then(|promise| promise.cause.as_ref());
    Ok(Some(PromiseShown {
        promise: id,
        slip: Slip::of(id).printed(),
        kind: PromiseKind::of(kind).unwrap_or(PromiseKind::Hold),
        standing,
        lines: promised_lines(tx, context, lines)?,
        site: match asked {
            _ if here => context.site.name.clone(),
            Some(asked) => asked.site_name.clone(),
            None => String::new(),
        },
        here,
        at: local_time(at_ms, &context.zone),
        until: until_ms.map(|ms| local_time(ms, &context.zone)),
        customer: promise::customer(tx, id)?,
        person: match asked {
            Some(asked) => person_name(tx, asked.person)?,
            None => String::new(),
        },
        by_till: promise.is_some_and(super::drawn::is_drawn),
        cause: cause.and_then(|cause| selvedge_domain::stock::promise::CauseKind::of(&cause.kind)),
    }))
}

/// Outcomes that the person who asked has not seen.
pub(crate) fn trays(tx: &Tx, context: &Context) -> Result<Vec<Tray>, AppError> {
    let mut trays = Vec::new();
    for request in promise::untold(tx, MOST_TOLD)? {
        let Some(shown) = shown(tx, context, request.promise)? else { continue };
        let Some(line) = shown.lines.into_iter().next() else { continue };
        let (promise, standing, until) = (shown.promise, shown.standing, shown.until);
        let what = TrayKind::PromiseAnswered { promise, line, standing, until };
        trays.push(Tray { id: live_tray_id(&what), what });
    }
    Ok(trays)
}

fn standing(
    context: &Context,
    request: Option<&Request>,
    promise: Option<&PromiseV1>,
) -> Result<Option<Standing>, AppError> {
    let asked = request.map(|request| (request.state, request.asked.refusal.0.as_str()));
    Ok(match (asked, promise) {
        (Some((RequestState::LettingGo, _)), _) => Some(Standing::LettingGo),
        (Some((RequestState::LetGo, _)), None) => Some(Standing::LetGo),
        (_, Some(promise)) => Some(of_promise(context, promise)?),
        (Some((RequestState::Asking | RequestState::Promised | RequestState::Broken, _)), None) => {
            Some(Standing::NeedsConfirmation)
        }
        (Some((RequestState::Refused, code::SOLD_OUT)), None) => Some(Standing::SoldOut),
        (Some((RequestState::Refused, _)), None) => Some(Standing::Refused),
        (Some((RequestState::Late, _)), None) => Some(Standing::TooLate),
        (None, None) => None,
    })
}

fn of_promise(context: &Context, promise: &PromiseV1) -> Result<Standing, AppError> {
    let read = promise.read().map_err(|error| AppError::given("a promise", error))?;
    let now_ms = context.now.corrected_ms();
    let over = promise.expires_ms.filter(|_| read.state == PromiseState::Reserved).or(promise.due_ms);
    let late = over.is_some_and(|over_ms| over_ms <= now_ms);
    Ok(match read.state {
        PromiseState::Reserved | PromiseState::Confirmed if late => Standing::Late,
        PromiseState::Reserved => Standing::Reserved,
        PromiseState::Confirmed => Standing::Confirmed,
        PromiseState::Expired => Standing::Expired,
        PromiseState::Cancelled => Standing::LetGo,
        PromiseState::Broken => Standing::Broken,
        PromiseState::Fulfilled => Standing::Fulfilled,
    })
}

fn promised_lines(tx: &Tx, context: &Context, lines: &[PromiseLineV1]) -> Result<Vec<PromisedLine>, AppError> {
    let mut shown = Vec::new();
    for one in lines {
        let (product, quantity) = (ProductId(one.product), Quantity::from_thousandths(one.quantity_thousandths));
        let unknown = || PromisedLine {
            product,
            name: product.to_string(),
            variant: String::new(),
            colour_code: String::new(),
            unit: Unit::Piece,
            quantity,
        };
        shown.push(line(tx, context, product, quantity)?.unwrap_or_else(unknown));
    }
    Ok(shown)
}

/// A product as it stands in a promise; none where it is not known here.
pub(super) fn line(
    tx: &Tx,
    context: &Context,
    product: ProductId,
    quantity: Quantity,
) -> Result<Option<PromisedLine>, AppError> {
    Ok(catalogue::by_id(tx, product, context.today())?.map(|listed| PromisedLine {
        product,
        name: listed.product.name,
        variant: listed.product.variant,
        colour_code: listed.product.colour_code,
        unit: listed.product.unit,
        quantity,
    }))
}
