//! Binds the PINs' verifiers to this device. A PIN has so few digits that whoever has its verifier guesses it in minutes:
//! so verifiers are stored encrypted under a key that lies beside the store, readable by its owner only, and a copied
//! database alone gives no PIN away.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::StoreError;

const FILE: &str = "pin.key";
const NONCE_BYTES: usize = 24;

/// The cipher of one data folder.
#[derive(Clone)]
pub(crate) struct Seal(Arc<XChaCha20Poly1305>);

impl Seal {
    /// The folder's, made at the first use.
    pub fn of_folder(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join(FILE);
        let key = match fs::read(&file) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&file)?,
            Err(error) => return Err(error.into()),
        };
        Self::of_key(&key)
    }

    /// One that is gone with the process, for a store in memory.
    pub fn of_memory() -> Result<Self, StoreError> {
        Self::of_key(&random::<32>()?)
    }

    fn of_key(key: &[u8]) -> Result<Self, StoreError> {
        let key: [u8; 32] = key.try_into().map_err(|_| StoreError::value("person", "pin.key is not 32 bytes"))?;
        Ok(Seal(Arc::new(XChaCha20Poly1305::new(&Key::from(key)))))
    }

    /// Gives a connection the functions `seal(text)` and `unseal(blob)`; only `table::person` uses them.
    pub fn register(&self, connection: &Connection) -> Result<(), StoreError> {
        let sealing = self.clone();
        connection.create_scalar_function("seal", 1, FunctionFlags::SQLITE_DIRECTONLY, move |context| {
            sealing.seal(&context.get::<String>(0)?).map_err(user_error)
        })?;
        let opening = self.clone();
        connection.create_scalar_function("unseal", 1, FunctionFlags::SQLITE_DIRECTONLY, move |context| {
            opening.open(&context.get::<Vec<u8>>(0)?).map_err(user_error)
        })?;
        Ok(())
    }

    fn seal(&self, text: &str) -> io::Result<Vec<u8>> {
        let nonce = random::<NONCE_BYTES>()?;
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), text.as_bytes())
            .map_err(|_| io::Error::other("a verifier cannot be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> io::Result<String> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "a verifier of another device");
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(wrong)?;
        let text = self.0.decrypt(&XNonce::from(*nonce), sealed).map_err(|_| wrong())?;
        String::from_utf8(text).map_err(|_| wrong())
    }
}

fn user_error(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

fn make_key(file: &Path) -> io::Result<Vec<u8>> {
    let key = random::<32>()?;
    let fresh = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&fresh)?;
    written.write_all(&key)?;
    written.sync_all()?;
    fs::rename(&fresh, file)?;
    Ok(key.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_opens_on_its_own_device_only() {
        let (here, there) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let sealed = Seal::of_folder(here.path()).expect("a seal").seal("$argon2id$…").expect("sealed");
        assert!(!sealed.windows(6).any(|part| part == b"argon2"), "nothing of the verifier is readable");
        let again = Seal::of_folder(here.path()).expect("the same seal");
        assert_eq!(again.open(&sealed).expect("opened"), "$argon2id$…");
        let other = Seal::of_folder(there.path()).expect("another seal");
        assert!(other.open(&sealed).is_err(), "a copied database gives no PIN away");
    }
}
