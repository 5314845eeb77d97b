//! The device's keys, one for each generation of its journal: made here, kept in a file that only its owner may read,
//! never sent or logged.

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

/// The keys of a data folder, oldest first; none before the station joined.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn load(folder: &Path) -> io::Result<Vec<DeviceKey>> {
    match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text.lines().map(key).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn key(line: &str) -> io::Result<DeviceKey> {
    let mut seed = [0; 32];
    hex::decode_to_slice(line.trim(), &mut seed).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidData, "device.key holds a line that is not 32 bytes of hex")
    })?;
    Ok(DeviceKey::from_seed(seed))
}

/// Adds a key, whole or not at all, and only for its owner's eyes. It is on the disk when this returns; one that is then
/// not used, because the machine stopped, does no harm.
///
/// # Errors
/// When the file cannot be read or written.
pub fn add(folder: &Path, key: &DeviceKey) -> io::Result<()> {
    let mut keys: Vec<String> = load(folder)?.iter().map(|key| hex::encode(key.seed())).collect();
    keys.push(hex::encode(key.seed()));
    let fresh = folder.join("device.key.new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(keys.join("\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(FILE))?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_only_their_owner_reads_them() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(load(folder.path()).expect("readable").is_empty(), "no key before the first");
        let keys = [generate().expect("randomness"), generate().expect("randomness")];
        for (number, key) in (1..).zip(&keys) {
            add(folder.path(), key).expect("added");
            let again = load(folder.path()).expect("readable");
            assert_eq!(again.len(), number, "the keys before it stay");
            assert_eq!(again.last().map(DeviceKey::public), Some(key.public()));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "nobody else may read the keys");
        }
        fs::write(folder.path().join(FILE), "rubbish").expect("written");
        assert!(load(folder.path()).is_err(), "rubbish is no key");
        assert!(add(folder.path(), &keys[0]).is_err(), "and is not written over");
    }
}
