//! Whether somebody did what she may not, as far as central knows: a pure decision, the same for every store. The fact
//! stays a fact: it is kept and applied, and a manager reads of it (`export --kind audit`, and a count at each station).
//!
//! A person is judged by what was decided of her before she did it. Where it was decided later, what she was before is not
//! known here any more, and nothing is said.

use selvedge_domain::people::{Right, Role};
use selvedge_domain::time::Stamp;
use selvedge_protocol::journal::{Body, Fact, SaleV1};
use selvedge_protocol::v1::PersonV1;

/// Nobody was signed in.
pub const NOBODY: &str = "nobody";
/// Who did it is of another site, was erased, or may not sign in any more.
pub const UNKNOWN_PERSON: &str = "unknown-person";
/// Her role does not have the right.
pub const ROLE: &str = "role";

/// Something that a manager should read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// [`NOBODY`], [`UNKNOWN_PERSON`] or [`ROLE`].
    pub code: &'static str,
    /// For a person; names nobody.
    pub detail: String,
}

/// A person at a site, as the last decision about her says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// None for a role that this version does not know.
    pub role: Option<Role>,
    /// May sign in, and was not erased.
    pub active: bool,
    /// When that was decided, milliseconds since 1970.
    pub since_ms: i64,
}

impl Known {
    /// What a row of the feed says.
    pub fn of(person: &PersonV1, since_ms: i64) -> Self {
        let role = match person.role.as_str() {
            "cashier" => Some(Role::Cashier),
            "counter" => Some(Role::Counter),
            "picker" => Some(Role::Picker),
            "manager" => Some(Role::Manager),
            _ => None,
        };
        Known { role, active: person.active && !person.name.is_empty(), since_ms }
    }
}

/// What is odd about who did it; `known` is none where no such person is of the site.
pub fn doubt(body: &Body, known: Option<&Known>) -> Option<Doubt> {
    let fact = body.fact().ok()?;
    let needed = needed(&fact);
    let by_somebody = matches!(fact, Fact::PersonSigned(_));
    let found = |code, detail: String| Some(Doubt { code, detail });
    if body.person.is_none() {
        return match needed.first() {
            Some(right) => found(NOBODY, format!("{} needs somebody who may {}", body.kind, word(*right))),
            None => None,
        };
    }
    if needed.is_empty() && !by_somebody {
        return None;
    }
    let Some(known) = known else {
        return found(UNKNOWN_PERSON, "who did it is not known at this site".to_owned());
    };
    if Stamp::from(body.at).corrected_ms() < known.since_ms {
        return None;
    }
    if !known.active {
        return found(UNKNOWN_PERSON, "who did it may not sign in at this site any more".to_owned());
    }
    let role = known.role?;
    let missing = needed.into_iter().find(|right| !role.may(*right))?;
    found(ROLE, format!("{} by a {}, who may not {}", body.kind, role_word(role), word(missing)))
}

/// What who does it must be trusted with.
fn needed(fact: &Fact) -> Vec<Right> {
    match fact {
        Fact::Sale(sale) => of_sale(sale),
        Fact::ShiftOpened(_) | Fact::ShiftClosed(_) | Fact::CashMoved(_) | Fact::DrawerPulsed(_) => {
            vec![Right::HandleCash]
        }
        Fact::CartCancelled(_) | Fact::ReceiptCopied(_) => vec![Right::Sell],
        Fact::PromiseMade(_) | Fact::PromiseEnded(_) => vec![Right::SetAside],
        Fact::TransferDispatched(_) | Fact::TransferReceived(_) => vec![Right::Transfer],
        Fact::TransferClosed(_) => vec![Right::CloseTransfer],
        Fact::GenerationStarted(_)
        | Fact::JournalRecovered(_)
        | Fact::PersonSigned(_)
        | Fact::CodeUnknown(_)
        | Fact::AllotmentReturned(_)
        | Fact::CountRaised(_)
        | Fact::Unknown { .. } => Vec::new(),
    }
}

fn of_sale(sale: &SaleV1) -> Vec<Right> {
    // A line that comes back brings price and discount of its sale with it.
    let sold = || sale.lines.iter().filter(|line| line.refund.is_none());
    let returns = sale.lines.iter().any(|line| line.quantity_thousandths < 0 || line.refund.is_some());
    let priced = sold().any(|line| line.price_source == "typed" || line.amount_overridden);
    let discounted = sale.discount.is_some() || sold().any(|line| line.discount.is_some());
    let asked = [(returns, Right::Return), (priced, Right::SetPrice), (discounted, Right::Discount)];
    let more = asked.into_iter().filter_map(|(is, right)| is.then_some(right));
    std::iter::once(Right::Sell).chain(more).collect()
}

fn word(right: Right) -> &'static str {
    match right {
        Right::Sell => "sell",
        Right::HandleCash => "handle cash",
        Right::Discount => "give a discount",
        Right::SetPrice => "set a price",
        Right::Return => "take goods back",
        Right::Transfer => "send and receive goods",
        Right::CloseTransfer => "write off a transfer",
        Right::SetAside => "set goods aside",
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Cashier => "cashier",
        Role::Counter => "counter",
        Role::Picker => "picker",
        Role::Manager => "manager",
    }
}

#[cfg(test)]
mod tests {
    use selvedge_domain::ids::BootId;
    use selvedge_protocol::journal::{CashMovedV1, CodeUnknownV1, NewBody, PersonSignedV1};
    use uuid::Uuid;

    use super::*;

    const THEN_MS: i64 = 1_795_255_200_000;

    fn body(person: bool, fact: Fact) -> Body {
        let at =
            Stamp { clock_ms: THEN_MS, boot: BootId(Uuid::nil()), ticks_ms: 0, offset_ms: Some(0), floor_ms: None };
        let person = person.then(|| Uuid::from_u128(7));
        let new = NewBody { id: Uuid::nil(), at, person, site: Uuid::nil(), fact };
        Body::decode(&new.encode().expect("a body")).expect("a body")
    }

    fn cash() -> Fact {
        let (currency, reason) = ("EUR".to_owned(), String::new());
        Fact::CashMoved(CashMovedV1 { shift: Uuid::nil(), currency, amount_minor: 1, reason })
    }

    fn known(role: Role) -> Known {
        Known { role: Some(role), active: true, since_ms: THEN_MS }
    }

    fn code(body: &Body, known: Option<&Known>) -> Option<&'static str> {
        doubt(body, known).map(|doubt| doubt.code)
    }

    #[test]
    fn a_role_may_or_may_not_and_who_is_not_known_is_told() {
        let moved = body(true, cash());
        assert_eq!(code(&moved, Some(&known(Role::Cashier))), None);
        assert_eq!(code(&moved, Some(&known(Role::Manager))), None);
        assert_eq!(code(&moved, Some(&known(Role::Picker))), Some(ROLE));
        assert_eq!(code(&moved, None), Some(UNKNOWN_PERSON));
        assert_eq!(code(&moved, Some(&Known { active: false, ..known(Role::Manager) })), Some(UNKNOWN_PERSON));
        assert_eq!(code(&body(false, cash()), None), Some(NOBODY));
        let later = Known { since_ms: THEN_MS + 1, ..known(Role::Picker) };
        assert_eq!(code(&moved, Some(&later)), None, "what she was when she did it is not known any more");
        assert_eq!(code(&moved, Some(&Known { role: None, ..known(Role::Picker) })), None, "a role of a later version");
    }

    #[test]
    fn what_anybody_may_do_is_no_doubt_but_a_stranger_who_signs_in_is() {
        let code_unknown = Fact::CodeUnknown(CodeUnknownV1 { text: "1".to_owned(), device: "wedge".to_owned() });
        assert_eq!(code(&body(true, code_unknown.clone()), None), None);
        assert_eq!(code(&body(false, code_unknown), None), None);
        let signed = Fact::PersonSigned(PersonSignedV1 { person: Uuid::from_u128(7), signed_in: true });
        assert_eq!(code(&body(true, signed.clone()), None), Some(UNKNOWN_PERSON));
        assert_eq!(code(&body(true, signed), Some(&known(Role::Counter))), None, "who counts may sign in");
    }

    #[test]
    fn an_erased_person_is_known_by_no_name() {
        let person = |name: &str, active| PersonV1 {
            id: Uuid::nil(),
            name: name.to_owned(),
            role: "cashier".to_owned(),
            verifier: String::new(),
            active,
        };
        assert!(Known::of(&person("Mira Byrne", true), 0).active);
        assert!(!Known::of(&person("", true), 0).active);
        assert!(!Known::of(&person("Mira Byrne", false), 0).active);
    }
}
