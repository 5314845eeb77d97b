//! A scan: stored with what it does, then beeped. Never lost, never a dialog.

use crate::context::{Context, open_shift};
use crate::promise::is_in_sale;
use crate::{App, AppError, Nudge, transfers};
use selvedge_contract::view::{PromptKind, Tone, TrayKind, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Quantity;
use selvedge_domain::barcode::{Badge, Lookup, Scan, ScanMeaning, read};
use selvedge_domain::cart::CartAction;
use selvedge_domain::ids::{LineId, PersonId, PromiseId};
use selvedge_domain::people::Right;
use selvedge_protocol::journal::{CodeUnknownV1, Fact};
use selvedge_store::Tx;
use selvedge_store::table::catalogue::{self, Listed};
use selvedge_store::table::transfer::{self, Draft};
use selvedge_store::table::{person, promise, sale, scan, tray};

/// The virtual scanner has so many to choose from.
const DEMO_SHIRTS: u32 = 60;

/// What a scan did.
enum Outcome {
    Added,
    /// A piece of what is sent to another site or came from there, or the paper that goes with it.
    Counted,
    /// The same, and it is none of them.
    Wrong,
    Ambiguous(Vec<Listed>),
    Receipt(String),
    Badge(PersonId),
    Promise(PromiseId),
    Unknown(String),
    NotNow(Code),
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Outcome::Added => "added",
            Outcome::Counted => "counted",
            Outcome::Wrong => "wrong",
            Outcome::Ambiguous(_) => "ambiguous",
            Outcome::Receipt(_) => "receipt",
            Outcome::Badge(_) => "badge",
            Outcome::Promise(_) => "promise",
            Outcome::Unknown(_) => "unknown",
            Outcome::NotNow(_) => "not-now",
        }
    }
}

impl App {
    /// Takes a scan from any scanner; `device` is its name, or `wedge`.
    ///
    /// # Errors
    /// Only when it cannot be stored; then it must be sent again.
    pub fn scan(&self, text: &str, device: &str) -> Result<View, AppError> {
        let read = read(text);
        let outcome = self.store().write("scan", |tx| {
            let Some(context) = self.context(tx)? else {
                self.live().offered_code = read.text.clone();
                return Ok(Outcome::NotNow(Code::NotNow));
            };
            let outcome = self.meant(tx, &context, &read)?;
            self.note(tx, &context, &read, device, &outcome)?;
            Ok::<_, AppError>(outcome)
        })?;
        match outcome {
            Outcome::Added | Outcome::Counted => self.signal(Tone::Done),
            Outcome::Wrong => self.signal(Tone::Unknown),
            Outcome::Unknown(_) => {
                self.signal(Tone::Unknown);
                self.nudge(Nudge::Journal);
            }
            Outcome::NotNow(_) => self.signal(Tone::Attention),
            Outcome::Receipt(receipt) => {
                self.signal(Tone::Done);
                self.prompt(PromptKind::Return { receipt });
            }
            Outcome::Badge(person) => {
                self.signal(Tone::Done);
                self.prompt(PromptKind::SignIn { person });
            }
            Outcome::Promise(promise) => {
                self.signal(Tone::Done);
                self.prompt(PromptKind::Promise { promise });
            }
            Outcome::Ambiguous(products) => {
                self.signal(Tone::Attention);
                let products = self.hits(products)?;
                self.prompt(PromptKind::Choose { text: read.text, products });
            }
        }
        self.view()
    }

    /// The demo's virtual scanner reads one of the shop's shirts.
    ///
    /// # Errors
    /// [`Code::NotNow`] outside the demo.
    pub fn demo_scan(&self) -> Result<View, AppError> {
        let shirts = self.store().read(|tx| {
            let context = self.joined(tx)?;
            if !context.station.demo {
                return Err(AppError::from(Code::NotNow));
            }
            Ok(catalogue::favourites(tx, context.today(), DEMO_SHIRTS)?)
        })?;
        let [.., chance] = self.outside.ids.new_id().into_bytes();
        match shirts.get(usize::from(chance) % shirts.len().max(1)) {
            Some(shirt) => self.scan(&shirt.gtin, "virtual"),
            None => Err(Code::NoSuchProduct.into()),
        }
    }

    /// Takes an entry out of the tray.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn dismiss_tray(&self, id: u64) -> Result<View, AppError> {
        if !self.dismiss_live(id) {
            self.store().write("dismiss-tray", |tx| tray::remove(tx, id).map_err(AppError::from))?;
        }
        self.view()
    }

    fn meant(&self, tx: &Tx, context: &Context, scan: &Scan) -> Result<Outcome, AppError> {
        if let ScanMeaning::Badge(badge) = &scan.meaning {
            return whose(tx, context, badge);
        }
        if let ScanMeaning::Transfer(id) = &scan.meaning {
            return match self.came(tx, context, *id) {
                Ok(()) => Ok(Outcome::Counted),
                Err(refused) => not_now(refused),
            };
        }
        if let Some(draft) = transfer::draft(tx)? {
            return counted(tx, context, draft, scan);
        }
        if let Err(refused) = open_shift(tx, context, Right::Sell) {
            return not_now(refused);
        }
        if let ScanMeaning::Slip(slip) = &scan.meaning {
            return match promise::of_slip(tx, slip)? {
                Some(promise) => self.collected(tx, context, promise),
                None => Ok(Outcome::NotNow(Code::NoSuchPromise)),
            };
        }
        if let ScanMeaning::OwnReceipt(number) = &scan.meaning {
            let receipt = number.to_string();
            if sale::by_receipt(tx, &receipt)?.is_some() {
                return Ok(Outcome::Receipt(receipt));
            }
        }
        let found = found(tx, context, scan)?;
        match found.as_slice() {
            [] => Ok(Outcome::Unknown(match untaxed(tx, context, scan)? {
                Some(untaxed) => untaxed,
                None => why(scan),
            })),
            [one] => {
                let action = CartAction::Add {
                    line: LineId(self.outside.ids.new_id()),
                    product: one.product.clone(),
                    scanned: Some(scan.text.clone()),
                    quantity: Quantity::ONE,
                };
                match self.change_cart(tx, context, &action) {
                    Ok(()) => Ok(Outcome::Added),
                    Err(refused) => not_now(refused),
                }
            }
            _ => Ok(Outcome::Ambiguous(found)),
        }
    }

    /// What is promised here goes into the sale; anything else is shown, so that a person sees how it stands.
    fn collected(&self, tx: &Tx, context: &Context, id: PromiseId) -> Result<Outcome, AppError> {
        if is_in_sale(tx, id)? {
            return Ok(Outcome::Promise(id));
        }
        match self.collect_into_sale(tx, context, id) {
            Ok(()) => Ok(Outcome::Added),
            Err(AppError::Refused(failure)) if failure.code == Code::NoSuchPromise => Ok(Outcome::Promise(id)),
            Err(refused) => not_now(refused),
        }
    }

    /// Stores the scan, and what a person has to see of it.
    fn note(&self, tx: &Tx, context: &Context, read: &Scan, device: &str, outcome: &Outcome) -> Result<(), AppError> {
        scan::insert(tx, &read.raw, device, context.now.clock_ms, outcome.name())?;
        let text = shown(read);
        match outcome {
            Outcome::Unknown(why) => {
                let fact = CodeUnknownV1 { text: read.raw.clone(), device: device.to_owned() };
                self.record(tx, context, Fact::CodeUnknown(fact))?;
                tray::insert(tx, &TrayKind::UnknownCode { text, why: why.clone() })?;
            }
            Outcome::NotNow(why) => tray::insert(tx, &TrayKind::ScanNotNow { text, why: *why })?,
            Outcome::Added
            | Outcome::Counted
            | Outcome::Wrong
            | Outcome::Ambiguous(_)
            | Outcome::Receipt(_)
            | Outcome::Badge(_)
            | Outcome::Promise(_) => {}
        }
        Ok(())
    }
}

/// The products that a scan can mean, each once.
fn found(tx: &Tx, context: &Context, scan: &Scan) -> Result<Vec<Listed>, AppError> {
    let mut found: Vec<Listed> = Vec::new();
    for lookup in scan.lookups() {
        let listed = match lookup {
            Lookup::Gtin(gtin) => catalogue::by_gtin(tx, gtin.key(), context.today())?,
            Lookup::Sku(sku) => catalogue::by_sku(tx, sku, context.today())?.into_iter().collect(),
        };
        for one in listed {
            if !found.iter().any(|known| known.product.id == one.product.id) {
                found.push(one);
            }
        }
    }
    Ok(found)
}

/// While goods are sent to another site or received from there, a scan proves one piece of them.
fn counted(tx: &Tx, context: &Context, draft: Draft, scan: &Scan) -> Result<Outcome, AppError> {
    if let Err(refused) = context.signed_in(Right::Transfer) {
        return Ok(Outcome::NotNow(refused.code));
    }
    let found = found(tx, context, scan)?;
    if found.is_empty() {
        return Ok(Outcome::Unknown(why(scan)));
    }
    let Some(product) = transfers::expected(&draft, &found) else {
        return Ok(Outcome::NotNow(Code::SeveralProducts));
    };
    let counts = transfers::piece(tx, draft, product, &scan.text)?;
    Ok(if counts { Outcome::Counted } else { Outcome::Wrong })
}

/// A badge says who wants to sign in, where nobody is.
fn whose(tx: &Tx, context: &Context, badge: &Badge) -> Result<Outcome, AppError> {
    if context.person.is_some() {
        return Ok(Outcome::NotNow(Code::SignedIn));
    }
    let owner = person::list(tx)?.into_iter().map(|known| known.person.id).find(|id| Badge::of(*id) == *badge);
    Ok(owner.map_or(Outcome::NotNow(Code::UnknownBadge), Outcome::Badge))
}

/// A refusal for a reason that a person can mend is an outcome; anything else fails the scan, which is sent again.
fn not_now(refused: AppError) -> Result<Outcome, AppError> {
    let failure = match refused {
        store @ (AppError::Store(_) | AppError::Given { .. }) => return Err(store),
        other @ (AppError::Refused(_) | AppError::Cart(_) | AppError::Sale(_)) => Failure::from(other),
    };
    Ok(Outcome::NotNow(failure.code))
}

/// A product that is known and whose tax is not: it cannot be sold, and somebody at central can mend it.
fn untaxed(tx: &Tx, context: &Context, scan: &Scan) -> Result<Option<String>, AppError> {
    for lookup in scan.lookups() {
        if let Lookup::Gtin(gtin) = lookup
            && let Some((name, rate)) = catalogue::untaxed_under(tx, gtin.key(), context.today())?.first()
        {
            return Ok(Some(format!("{name}: tax rate {rate:?} has no percentage today")));
        }
    }
    Ok(None)
}

fn why(scan: &Scan) -> String {
    match &scan.meaning {
        ScanMeaning::Malformed(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        ScanMeaning::Product(_)
        | ScanMeaning::OwnReceipt(_)
        | ScanMeaning::Badge(_)
        | ScanMeaning::Slip(_)
        | ScanMeaning::Transfer(_)
        | ScanMeaning::Text(_) => String::new(),
    }
}

fn shown(scan: &Scan) -> String {
    if scan.text.is_empty() { scan.raw.chars().take(40).collect() } else { scan.text.clone() }
}
