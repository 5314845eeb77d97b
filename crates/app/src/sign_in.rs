//! Who is at the till: PIN, lock-out, sign-out.

use std::sync::PoisonError;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use selvedge_contract::view::View;
use selvedge_contract::{Code, Failure};
use selvedge_domain::ids::PersonId;
use selvedge_protocol::journal::{Fact, PersonSignedV1};
use selvedge_store::table::{person, setting};

use crate::context::Session;
use crate::{App, AppError, Nudge};

/// So many wrong PINs in a row, and the person has to wait.
const TRIES: u32 = 5;
/// The first wait; doubled with every further wrong PIN, up to [`LONGEST_WAIT_MS`].
const FIRST_WAIT_MS: i64 = 30_000;
const LONGEST_WAIT_MS: i64 = 3_600_000;

impl App {
    /// Signs a person in. One PIN is compared at a time, and a wrong one is counted before it is told: however many try at
    /// once, no more are compared than there are tries.
    ///
    /// # Errors
    /// [`Code::WrongPin`] with the tries left, [`Code::LockedOut`] with the seconds to wait.
    pub fn sign_in(&self, id: PersonId, pin: &str) -> Result<View, AppError> {
        let _one_at_a_time = self.signing_in.lock().unwrap_or_else(PoisonError::into_inner);
        let (context, known) = self.store().read(|tx| {
            let context = self.joined(tx)?;
            let known = person::by_id(tx, id)?.ok_or(Failure::from(Code::NotAllowed))?;
            if !person::is_active(tx, id)? {
                return Err(AppError::from(Code::NotAllowed));
            }
            Ok((context, known))
        })?;
        let now_ms = context.now.corrected_ms();
        if known.locked_until_ms > now_ms {
            let seconds = (known.locked_until_ms - now_ms).div_euclid(1000) + 1;
            return Err(Failure::new(Code::LockedOut, seconds.to_string()).into());
        }
        if !is_right(pin, &known.verifier)? {
            return Err(self.wrong_pin(id, known.wrong + 1, now_ms)?.into());
        }
        self.store().write("sign-in", |tx| {
            let mut context = self.joined(tx)?;
            context.person = Some(known.person.clone());
            person::note_signed_in(tx, id, now_ms)?;
            setting::set(tx, "session", &Session { person: id, boot: context.now.boot })?;
            let fact = Fact::PersonSigned(PersonSignedV1 { person: id.0, signed_in: true });
            self.record(tx, &context, fact)?;
            Ok::<_, AppError>(())
        })?;
        self.nudge(Nudge::Journal);
        self.view()
    }

    /// Leaves the till to the next person; the sale stays.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn sign_out(&self) -> Result<View, AppError> {
        self.store().write("sign-out", |tx| {
            let context = self.joined(tx)?;
            if let Some(person) = &context.person {
                let fact = Fact::PersonSigned(PersonSignedV1 { person: person.id.0, signed_in: false });
                self.record(tx, &context, fact)?;
            }
            setting::clear(tx, "session")?;
            Ok::<_, AppError>(())
        })?;
        self.nudge(Nudge::Journal);
        self.view()
    }

    fn wrong_pin(&self, id: PersonId, wrong: u32, now_ms: i64) -> Result<Failure, AppError> {
        let over = wrong.checked_sub(TRIES);
        let wait_ms = over.map_or(0, |over| (FIRST_WAIT_MS << over.min(10)).min(LONGEST_WAIT_MS));
        let locked_until_ms = if wait_ms > 0 { now_ms + wait_ms } else { 0 };
        self.store()
            .write("wrong-pin", |tx| person::note_pin(tx, id, wrong, locked_until_ms).map_err(AppError::from))?;
        Ok(if wait_ms > 0 {
            Failure::new(Code::LockedOut, (wait_ms / 1000).to_string())
        } else {
            Failure::new(Code::WrongPin, (TRIES - wrong).to_string())
        })
    }
}

fn is_right(pin: &str, verifier: &str) -> Result<bool, AppError> {
    let hash = PasswordHash::new(verifier).map_err(|error| AppError::given("a PIN's verifier", error.to_string()))?;
    Ok(Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}
