//! Where the snapshots of one process lie. They hold people's names and the verifiers of their PINs, so the folder is made
//! anew under a name that nobody can foresee, readable by its owner only, and removed at the end. What a process that was
//! killed left behind goes when the next one makes its own.

use std::fs::{self, DirBuilder, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::store::StoreError;

const PREFIX: &str = "selvedge-snapshots-";
/// Held as long as the process lives, so that others can tell a folder in use from one that was left.
const LOCK: &str = "in-use";
/// Somebody may sweep a folder in the moment between its making and its lock.
const ATTEMPTS: usize = 5;

/// The folder of this process, made when it is needed first.
pub(super) struct Folder {
    parent: PathBuf,
    made: Mutex<Option<Made>>,
}

/// A folder that is there; removed when it is dropped.
struct Made {
    path: PathBuf,
    lock: Option<File>,
}

impl Folder {
    pub(super) fn within(parent: PathBuf) -> Self {
        Folder { parent, made: Mutex::new(None) }
    }

    /// Where it is.
    ///
    /// # Errors
    /// [`StoreError::Io`]: it cannot be made, or it is not ours alone.
    pub(super) fn path(&self) -> Result<PathBuf, StoreError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made.as_ref().filter(|made| made.path.is_dir()) {
            return Ok(made.path.clone());
        }
        let fresh = make(&self.parent)?;
        let path = fresh.path.clone();
        *made = Some(fresh);
        sweep(&self.parent, &path);
        Ok(path)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // An open file cannot be removed everywhere.
        drop(self.lock.take());
        if let Err(error) = fs::remove_dir_all(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the folder of the snapshots stays");
        }
    }
}

fn make(parent: &Path) -> Result<Made, StoreError> {
    builder(true).create(parent)?;
    for _ in 0..ATTEMPTS {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(|error| std::io::Error::other(error.to_string()))?;
        let path = parent.join(format!("{PREFIX}{}", hex::encode(name)));
        // Fails where anything of that name is there, a link as well.
        builder(false).create(&path)?;
        let lock = File::create_new(path.join(LOCK)).and_then(|lock| lock.lock().map(|()| lock));
        let made = Made { path, lock: lock.ok() };
        if made.lock.is_some() && is_private(&made.path)? {
            return Ok(made);
        }
    }
    Err(std::io::Error::other("no folder of snapshots could be made that is this process's alone").into())
}

fn builder(recursive: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Whether it is a folder that belongs to whom this process is, and nobody else may look into it.
#[cfg(unix)]
fn is_private(folder: &Path) -> Result<bool, StoreError> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(folder)?;
    // Who this process is stands at the file that it made a moment ago.
    let own = fs::symlink_metadata(folder.join(LOCK))?.uid();
    Ok(found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(folder: &Path) -> Result<bool, StoreError> {
    Ok(fs::symlink_metadata(folder)?.is_dir())
}

/// Removes what processes of ours left that do not live any more.
fn sweep(parent: &Path, own: &Path) {
    let Ok(found) = fs::read_dir(parent) else { return };
    for folder in found.flatten().map(|found| found.path()).filter(|folder| folder != own) {
        let ours = folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX));
        if !ours || !is_private(&folder).unwrap_or(false) || !has_same_owner(&folder, own) {
            continue;
        }
        let left = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if left && let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(%error, "an old folder of snapshots stays");
        }
    }
}

#[cfg(unix)]
fn has_same_owner(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |folder: &Path| fs::symlink_metadata(folder).map(|found| found.uid()).ok();
    owner(one).is_some() && owner(one) == owner(other)
}

#[cfg(not(unix))]
fn has_same_owner(_: &Path, _: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folders(parent: &Path) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(parent).expect("a folder").flatten().map(|one| one.path()).collect();
        found.sort();
        found
    }

    #[test]
    fn it_is_the_processs_own_and_goes_with_it() {
        let parent = tempfile::tempdir().expect("a folder");
        let (one, other) = (Folder::within(parent.path().into()), Folder::within(parent.path().into()));
        let (first, second) = (one.path().expect("made"), other.path().expect("made"));
        assert_ne!(first, second, "nobody foresees the name");
        assert_eq!(one.path().expect("made"), first, "once a process");
        let mode = fs::metadata(&first).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::write(first.join("names"), "Aoife").expect("written");
        drop(one);
        assert_eq!(folders(parent.path()), [second], "what is in use stays");
        drop(other);
        assert_eq!(folders(parent.path()), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_not_ours_stays() {
        let parent = tempfile::tempdir().expect("a folder");
        let left = parent.path().join(format!("{PREFIX}left"));
        builder(false).create(&left).expect("made");
        fs::write(left.join(LOCK), "").expect("nobody holds it");
        fs::write(left.join("names"), "Aoife").expect("written");
        let open = parent.path().join(format!("{PREFIX}open"));
        fs::create_dir(&open).expect("made");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("for everybody");
        fs::write(open.join(LOCK), "").expect("written");
        let elsewhere = tempfile::tempdir().expect("another folder");
        fs::write(elsewhere.path().join(LOCK), "").expect("written");
        let link = parent.path().join(format!("{PREFIX}link"));
        std::os::unix::fs::symlink(elsewhere.path(), &link).expect("a link");
        let own = Folder::within(parent.path().into());
        let path = own.path().expect("made");
        let mut stay = vec![path, open, link];
        stay.sort();
        assert_eq!(folders(parent.path()), stay, "neither a link nor a folder that others read is a folder of ours");
        assert!(elsewhere.path().join(LOCK).exists());
    }
}
