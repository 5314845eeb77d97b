//! The device's key: made here, kept in a file that only its owner may read, never sent or logged.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use selvedge_protocol::journal::DeviceKey;

/// The file's name in the data folder.
pub const FILE: &str = "device.key";

/// Makes a key from the system's randomness.
///
/// # Errors
/// When the system has none to give.
pub fn generate() -> io::Result<DeviceKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(DeviceKey::from_seed(seed))
}

/// The key of a data folder; none before the station joined.
///
/// # Errors
/// When the file cannot be read or is no key.
pub fn load(folder: &Path) -> io::Result<Option<DeviceKey>> {
    let text = match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "device.key is not 32 bytes of hex"))?;
    Ok(Some(DeviceKey::from_seed(seed)))
}

/// Writes the key, whole or not at all, and only for its owner's eyes.
///
/// # Errors
/// When it cannot be written.
pub fn save(folder: &Path, key: &DeviceKey) -> io::Result<()> {
    let fresh = folder.join("device.key.new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(hex::encode(key.seed()).as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(FILE))?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(load(folder.path()).expect("readable").is_none(), "no key before the first");
        let key = generate().expect("randomness");
        save(folder.path(), &key).expect("saved");
        let again = load(folder.path()).expect("readable").expect("a key");
        assert_eq!(again.public(), key.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "nobody else may read the key");
        }
        fs::write(folder.path().join(FILE), "rubbish").expect("written");
        assert!(load(folder.path()).is_err(), "rubbish is no key");
    }
}
