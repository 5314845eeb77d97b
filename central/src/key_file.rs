//! Central's key outside its store: with this file and nothing else central comes back. It belongs into a safe place of
//! its own, and it is as secret as the store.

use std::io::Write;
use std::path::Path;

use selvedge_protocol::v1::CompanyV1;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::Central;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    central: Uuid,
    company: Uuid,
    name: String,
    /// Ed25519 seed, hex.
    key: String,
}

/// The file's text.
///
/// # Errors
/// Never, with what a store gives.
pub fn text(central: &Central) -> anyhow::Result<String> {
    let file = KeyFile {
        central: central.id,
        company: central.company.id,
        name: central.company.name.clone(),
        key: hex::encode(central.key_seed),
    };
    let head = "# With this file selvedge-central comes back when its store is lost: keep a copy in a safe place.\n";
    Ok(format!("{head}{}", toml::to_string(&file)?))
}

/// Writes the file, readable by its owner only; one that is there is left as it is.
///
/// # Errors
/// What the file system says.
pub fn write(path: &Path, central: &Central) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    file.write_all(text(central)?.as_bytes())?;
    Ok(file.sync_all()?)
}

/// The central of a key file, about to begin the life `epoch`.
///
/// # Errors
/// For a person: the file cannot be read, or is not one.
pub fn read(path: &Path, epoch: Uuid) -> anyhow::Result<Central> {
    let named = |what: String| anyhow::anyhow!("{}: {what}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    let file: KeyFile = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
    let mut key_seed = [0; 32];
    hex::decode_to_slice(&file.key, &mut key_seed).map_err(|error| named(format!("key: {error}")))?;
    let company = CompanyV1 { id: file.company, name: file.name };
    Ok(Central { id: file.central, key_seed, epoch, company })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file_and_rubbish_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("central.key");
        let company = CompanyV1 { id: Uuid::from_u128(2), name: "Ten \"Shirts\"".to_owned() };
        let central = Central { id: Uuid::from_u128(1), key_seed: [7; 32], epoch: Uuid::from_u128(3), company };
        write(&path, &central).expect("written");
        let again = read(&path, Uuid::from_u128(4)).expect("readable");
        assert!(again == Central { epoch: Uuid::from_u128(4), ..central.clone() }, "all but the life");
        write(&path, &Central { key_seed: [8; 32], ..central }).expect("left alone");
        assert_eq!(read(&path, Uuid::nil()).expect("readable").key_seed, [7; 32], "a key is never written over");
        std::fs::write(&path, "key = 5").expect("written");
        let error = read(&path, Uuid::nil()).map(|_| ()).expect_err("rubbish");
        assert!(error.to_string().contains("central.key") && error.to_string().contains("key"), "{error}");
    }
}
