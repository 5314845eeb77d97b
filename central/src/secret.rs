//! Codes, tokens and PINs.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use selvedge_protocol::journal::{DeviceKey, Hex64, PublicKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::surroundings::Surroundings;

/// How long an enrolment code works.
pub const CODE_LIFE_MS: i64 = 24 * 60 * 60 * 1000;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_DOMAIN: &[u8] = b"selvedge.central.enrol-code\0";
const TOKEN_DOMAIN: &[u8] = b"selvedge.central.token\0";

/// A new enrolment code: eight characters in two groups of four.
pub fn new_code(around: &dyn Surroundings) -> String {
    let code: String =
        around.random().iter().take(8).map(|byte| char::from(CROCKFORD[usize::from(byte & 31)])).collect();
    format!("{}-{}", &code[..4], &code[4..])
}

/// What is kept of a code. 40 random bits under a fast hash would be searched in minutes by who holds the store; but who
/// holds the store holds everything that a code opens.
pub fn code_hash(normal: &str) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(CODE_DOMAIN);
    sha.update(normal.as_bytes());
    sha.finalize().into()
}

/// argon2id of a PIN, with a random salt.
///
/// # Errors
/// When the PIN is longer than argon2 takes.
pub fn pin_verifier(pin: &str, around: &dyn Surroundings) -> Result<String, argon2::password_hash::Error> {
    let salt = around.random();
    Ok(Argon2::default().hash_password_with_salt(pin.as_bytes(), &salt[..16])?.to_string())
}

/// Whether a verifier is this PIN's; never of an empty one.
pub fn pin_matches(pin: &str, verifier: &str) -> bool {
    PasswordHash::new(verifier).is_ok_and(|hash| Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}

/// A token: the device, when it ends, and central's signature over both, so that any replica can read it.
pub fn token(key: &DeviceKey, device: Uuid, expires_ms: i64) -> String {
    let said = said(device, expires_ms);
    format!("{}{}", hex::encode(&said[TOKEN_DOMAIN.len()..]), key.sign_bytes(&said))
}

/// Asked whether a signature is good, with what finds it out: so that who remembers need not find it out again.
pub type Signed<'a> = &'a dyn Fn(&dyn Fn() -> bool) -> bool;

/// What a token says: whose it is and when it ends. None when it is forged or over.
pub fn token_holder(key: &PublicKey, token: &str, now_ms: i64, signed: Signed<'_>) -> Option<(Uuid, i64)> {
    let bytes: [u8; 88] = hex::decode(token).ok()?.try_into().ok()?;
    let device = Uuid::from_slice(&bytes[..16]).ok()?;
    let expires_ms = i64::from_be_bytes(bytes[16..24].try_into().ok()?);
    let signature = Hex64::from_slice(&bytes[24..]).ok()?;
    let good = now_ms < expires_ms && signed(&|| key.verifies(&said(device, expires_ms), &signature));
    good.then_some((device, expires_ms))
}

/// An operator's token: when it was made and when it ends, who it is for, and central's signature over all. It ends by
/// itself; there is no password that somebody could keep.
pub fn operator_token(key: &DeviceKey, name: &str, (made_ms, expires_ms): (i64, i64)) -> String {
    let said = named(OPERATOR, name, made_ms, expires_ms);
    named_token(key, OPERATOR, &said)
}

/// Whose operator's token it is and when it was made, unless it is forged or over. Whether it was revoked the store knows.
pub fn operator(key: &PublicKey, token: &str, now_ms: i64) -> Option<(String, i64)> {
    name_of(key, OPERATOR, token, now_ms, &|verifies| verifies())
}

/// A web shop's token: the same, and good for promises only.
pub fn shop_token(key: &DeviceKey, name: &str, (made_ms, expires_ms): (i64, i64)) -> String {
    let said = named(SHOP, name, made_ms, expires_ms);
    named_token(key, SHOP, &said)
}

/// Which web shop's token it is and when it was made, unless it is forged or over: 0 for those of before it was said.
pub fn shop(key: &PublicKey, token: &str, now_ms: i64, signed: Signed<'_>) -> Option<(String, i64)> {
    name_of(key, SHOP, token, now_ms, signed)
}

/// What a web shop is counted under.
pub fn shop_id(name: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::new_with_prefix(SHOP.domain).chain_update(name.as_bytes()).finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// What a token with a name in it opens.
#[derive(Clone, Copy)]
struct Scope {
    prefix: &'static str,
    domain: &'static [u8],
}

const OPERATOR: Scope = Scope { prefix: "operator.", domain: b"selvedge.central.operator\0" };
const SHOP: Scope = Scope { prefix: "shop.", domain: b"selvedge.central.shop\0" };

fn named_token(key: &DeviceKey, scope: Scope, said: &[u8]) -> String {
    format!("{}{}{}", scope.prefix, hex::encode(&said[scope.domain.len()..]), key.sign_bytes(said))
}

/// Whose it is, and when it was made.
fn name_of(key: &PublicKey, scope: Scope, token: &str, now_ms: i64, signed: Signed<'_>) -> Option<(String, i64)> {
    let bytes = hex::decode(token.strip_prefix(scope.prefix)?).ok()?;
    let (said, signature) = bytes.split_at_checked(bytes.len().checked_sub(64)?)?;
    let (made, rest) = said.split_at_checked(8)?;
    let (expires, name) = rest.split_at_checked(8)?;
    let (made_ms, expires_ms) =
        (i64::from_be_bytes(made.try_into().ok()?), i64::from_be_bytes(expires.try_into().ok()?));
    let name = std::str::from_utf8(name).ok()?;
    let signature = Hex64::from_slice(signature).ok()?;
    let verifies = || key.verifies(&named(scope, name, made_ms, expires_ms), &signature);
    let good = now_ms < expires_ms && signed(&verifies);
    good.then(|| (name.to_owned(), made_ms))
}

fn named(scope: Scope, name: &str, made_ms: i64, expires_ms: i64) -> Vec<u8> {
    let mut said = scope.domain.to_vec();
    said.extend_from_slice(&made_ms.to_be_bytes());
    said.extend_from_slice(&expires_ms.to_be_bytes());
    said.extend_from_slice(name.as_bytes());
    said
}

fn said(device: Uuid, expires_ms: i64) -> Vec<u8> {
    let mut said = TOKEN_DOMAIN.to_vec();
    said.extend_from_slice(device.as_bytes());
    said.extend_from_slice(&expires_ms.to_be_bytes());
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::Machine;
    use selvedge_protocol::v1::normal_code;

    /// Nothing is remembered.
    fn new(verifies: &dyn Fn() -> bool) -> bool {
        verifies()
    }

    #[test]
    fn a_token_is_good_for_its_device_and_time_only() {
        let key = DeviceKey::from_seed([1; 32]);
        let device = Uuid::from_u128(5);
        let good = token(&key, device, 1000);
        assert_eq!(token_holder(&key.public(), &good, 999, &new), Some((device, 1000)));
        assert_eq!(token_holder(&key.public(), &good, 1000, &new), None, "it is over");
        assert_eq!(token_holder(&DeviceKey::from_seed([2; 32]).public(), &good, 0, &new), None, "another central's");
        let other = token(&key, Uuid::from_u128(6), 1000);
        let mixed = format!("{}{}", &other[..32], &good[32..]);
        assert_eq!(token_holder(&key.public(), &mixed, 0, &new), None, "put together from two");
        for nonsense in ["", "00", "zz", &good[..10], &format!("{good}00")] {
            assert_eq!(token_holder(&key.public(), nonsense, 0, &new), None, "{nonsense:?}");
        }
    }

    #[test]
    fn an_operators_token_is_good_for_its_time_only_and_no_stations() {
        let key = DeviceKey::from_seed([1; 32]);
        let good = operator_token(&key, "mira", (500, 1000));
        assert_eq!(operator(&key.public(), &good, 999), Some(("mira".to_owned(), 500)));
        assert_eq!(operator(&key.public(), &good, 1000), None, "it is over");
        assert_eq!(operator(&DeviceKey::from_seed([2; 32]).public(), &good, 0), None, "another central's");
        let station = token(&key, Uuid::from_u128(5), 1000);
        assert_eq!(operator(&key.public(), &format!("operator.{station}"), 0), None, "a station is no operator");
        assert_eq!(token_holder(&key.public(), &good[9..], 0, &new), None, "nor the other way");
        let web = shop_token(&key, "web", (500, 1000));
        assert_eq!(shop(&key.public(), &web, 999, &new), Some(("web".to_owned(), 500)));
        assert_eq!(shop(&key.public(), &web, 1000, &new), None, "it is over");
        let dressed_up = web.replace("shop.", "operator.");
        assert_eq!(operator(&key.public(), &dressed_up, 0), None, "a web shop is no operator");
        assert_eq!(shop(&key.public(), &good.replace("operator.", "shop."), 0, &new), None, "nor the other way");
        for nonsense in ["", "operator.", "operator.00", "operator.zz", &good[..20], &format!("{good}00")] {
            assert_eq!(operator(&key.public(), nonsense, 0), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_code_reads_back_as_typed() {
        let code = new_code(&Machine);
        assert_eq!(code.len(), 9);
        assert_eq!(normal_code(&code.to_lowercase()), Some(code.replace('-', "")), "{code}");
        assert_ne!(new_code(&Machine), code);
    }

    #[test]
    fn a_verifier_is_argon2id_and_salted() {
        let verifier = pin_verifier("2580", &Machine).expect("a PIN");
        assert!(verifier.starts_with("$argon2id$v=19$"), "{verifier}");
        let parsed = PasswordHash::new(&verifier).expect("a PHC string");
        assert!(Argon2::default().verify_password(b"2580", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"2581", &parsed).is_err());
        assert_ne!(pin_verifier("2580", &Machine).expect("a PIN"), verifier);
        assert!(pin_matches("2580", &verifier) && !pin_matches("2581", &verifier));
        assert!(!pin_matches("2580", "") && !pin_matches("", ""), "who left has no PIN");
    }
}
