//! A disk that loses its power: each file has what programs see and what would be left. A write is lost, torn or kept
//! until it was synced; a name is lost until its folder was. At a chosen operation the power fails, and from then on every
//! handle of before is dead.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenAccess, OpenKind, OpenOptions, Vfs};

/// Bytes that reach the disk together or not at all.
const SECTOR: usize = 512;

/// What becomes of what was not synced when the power fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// All of it is lost.
    None,
    /// All of it was there already.
    All,
    /// Any part of it, sector by sector, in any order; the same again from the same number.
    Some(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Clone, Debug, Default)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    since: Vec<Change>,
    /// Its name is on the disk.
    named: bool,
}

/// A disk at one moment.
#[derive(Clone, Debug, Default)]
struct Image {
    files: BTreeMap<String, Content>,
    /// Deleted, and the folder was not synced.
    deleted: BTreeMap<String, Content>,
}

#[derive(Default)]
struct State {
    image: Image,
    operations: usize,
    fails_at: Option<usize>,
    /// Counts the power-ons: handles of before are dead.
    life: u64,
    dead: bool,
}

/// The disk; clones are the same one.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

/// What a disk held, to begin again from.
#[derive(Clone)]
pub struct Kept(Image);

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything is synced, and the disk as it is now.
    pub fn keep(&self) -> Kept {
        let mut image = self.state().image.clone();
        image.deleted.clear();
        for content in image.files.values_mut() {
            content.durable.clone_from(&content.seen);
            content.since.clear();
            content.named = true;
        }
        Kept(image)
    }

    /// Begins again; the power fails at the `fails_at`-th operation from now on, counted from 1.
    pub fn begin(&self, from: &Kept, fails_at: Option<usize>) {
        let mut state = self.state();
        let life = state.life + 1;
        *state = State { image: from.0.clone(), operations: 0, fails_at, life, dead: false };
    }

    /// Operations since it began.
    pub fn operations(&self) -> usize {
        self.state().operations
    }

    /// Whether the power failed.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// The power is back: what is left is all that there is, and nothing fails any more.
    pub fn power_on(&self, luck: Luck) {
        let mut state = self.state();
        let mut chance = match luck {
            Luck::Some(seed) => seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            Luck::None | Luck::All => 1,
        };
        let old = std::mem::take(&mut state.image);
        let mut files = BTreeMap::new();
        for (name, content) in old.files {
            if content.named || keeps(luck, &mut chance) {
                let bytes = content.left(luck, &mut chance);
                files.insert(name, Content { seen: bytes.clone(), durable: bytes, since: Vec::new(), named: true });
            }
        }
        for (name, content) in old.deleted {
            // The deletion may not have reached the disk: then the file of before is there again.
            if !files.contains_key(&name) && content.named && !keeps(luck, &mut chance) {
                let bytes = content.left(luck, &mut chance);
                files.insert(name, Content { seen: bytes.clone(), durable: bytes, since: Vec::new(), named: true });
            }
        }
        let life = state.life + 1;
        *state = State { image: Image { files, ..Image::default() }, life, ..State::default() };
    }
}

/// One more operation; the power may fail just before it.
fn step(state: &mut State) -> Result<()> {
    if state.dead {
        return Err(Error::new(ErrorKind::BrokenPipe, "the power is off"));
    }
    state.operations += 1;
    if state.fails_at == Some(state.operations) {
        state.dead = true;
        return Err(Error::new(ErrorKind::BrokenPipe, "the power fails"));
    }
    Ok(())
}

fn draw(chance: &mut u64) -> u64 {
    *chance ^= *chance << 13;
    *chance ^= *chance >> 7;
    *chance ^= *chance << 17;
    *chance
}

fn keeps(luck: Luck, chance: &mut u64) -> bool {
    match luck {
        Luck::None => false,
        Luck::All => true,
        Luck::Some(_) => draw(chance) & 1 == 0,
    }
}

impl Content {
    /// What is on the disk after the power failed.
    fn left(&self, luck: Luck, chance: &mut u64) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.since {
            match change {
                Change::Length(length) => {
                    if keeps(luck, chance) {
                        bytes.resize(*length, 0);
                    }
                }
                Change::Write(at, data) => {
                    // Sector by sector, as they lie on the disk.
                    let mut done = 0;
                    while done < data.len() {
                        let place = at + done;
                        let part = (SECTOR - place % SECTOR).min(data.len() - done);
                        if keeps(luck, chance) {
                            put(&mut bytes, place, &data[done..done + part]);
                        }
                        done += part;
                    }
                }
            }
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes[at..at + data.len()].copy_from_slice(data);
}

/// A file that is open.
pub struct Handle {
    disk: Disk,
    name: String,
    life: u64,
    /// Made by this handle, of a kind whose first sync SQLite lets the folder follow.
    syncs_folder: bool,
    lock: LockKind,
}

impl Handle {
    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> Result<T> {
        let mut state = self.disk.state();
        if state.life != self.life || state.dead {
            return Err(Error::new(ErrorKind::BrokenPipe, "this handle is of before the power failed"));
        }
        let content = state.image.files.get_mut(&self.name);
        content.map(work).ok_or_else(|| Error::new(ErrorKind::NotFound, self.name.clone()))
    }

    fn changes<T>(&self, work: impl FnOnce(&mut Content) -> T) -> Result<T> {
        {
            let mut state = self.disk.state();
            if state.life != self.life {
                return Err(Error::new(ErrorKind::BrokenPipe, "this handle is of before the power failed"));
            }
            step(&mut state)?;
        }
        self.with(work)
    }
}

impl DatabaseHandle for Handle {
    type WalIndex = NoIndex;

    fn size(&self) -> Result<u64> {
        self.with(|content| content.seen.len() as u64)
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let at = usize::try_from(offset).map_err(Error::other)?;
        self.with(|content| {
            // SQLite wants what is behind the end as zeros.
            buffer.fill(0);
            let there = content.seen.get(at..).unwrap_or_default();
            let length = there.len().min(buffer.len());
            buffer[..length].copy_from_slice(&there[..length]);
            if length < buffer.len() { Err(Error::from(ErrorKind::UnexpectedEof)) } else { Ok(()) }
        })?
    }

    fn write_all_at(&mut self, data: &[u8], offset: u64) -> Result<()> {
        let at = usize::try_from(offset).map_err(Error::other)?;
        self.changes(|content| {
            put(&mut content.seen, at, data);
            content.since.push(Change::Write(at, data.to_vec()));
        })
    }

    fn sync(&mut self, _data_only: bool) -> Result<()> {
        self.changes(|content| {
            content.durable.clone_from(&content.seen);
            content.since.clear();
        })?;
        if std::mem::take(&mut self.syncs_folder) {
            let mut state = self.disk.state();
            state.image.files.values_mut().for_each(|content| content.named = true);
            state.image.deleted.clear();
        }
        Ok(())
    }

    fn set_len(&mut self, size: u64) -> Result<()> {
        let length = usize::try_from(size).map_err(Error::other)?;
        self.changes(|content| {
            content.seen.resize(length, 0);
            content.since.push(Change::Length(length));
        })
    }

    fn lock(&mut self, lock: LockKind) -> Result<bool> {
        // One connection is all there is.
        self.lock = lock;
        Ok(true)
    }

    fn reserved(&mut self) -> Result<bool> {
        Ok(false)
    }

    fn current_lock(&self) -> Result<LockKind> {
        Ok(self.lock)
    }

    fn wal_index(&self, _readonly: bool) -> Result<NoIndex> {
        Err(Error::from(ErrorKind::Unsupported))
    }
}

/// With one connection that locks exclusively the WAL's index is SQLite's own memory.
pub struct NoIndex;

impl WalIndex for NoIndex {
    fn enabled() -> bool {
        false
    }

    fn map(&mut self, _region: u32) -> Result<[u8; 32768]> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    fn lock(&mut self, _locks: std::ops::Range<u8>, _lock: WalIndexLock) -> Result<bool> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    fn delete(self) -> Result<()> {
        Ok(())
    }
}

impl Vfs for Disk {
    type Handle = Handle;

    fn open(&self, name: &str, options: OpenOptions) -> Result<Handle> {
        let mut state = self.state();
        let is_new = !state.image.files.contains_key(name);
        if is_new {
            match options.access {
                OpenAccess::Create | OpenAccess::CreateNew => step(&mut state)?,
                OpenAccess::Read | OpenAccess::Write => return Err(Error::from(ErrorKind::NotFound)),
            }
            state.image.files.insert(name.to_owned(), Content::default());
        }
        // As SQLite's own files do on Unix: the folder is synced with the first sync of a new journal or WAL.
        let followed = matches!(options.kind, OpenKind::Wal | OpenKind::MainJournal | OpenKind::SuperJournal);
        let life = state.life;
        drop(state);
        let disk = self.clone();
        Ok(Handle { disk, name: name.to_owned(), life, syncs_folder: is_new && followed, lock: LockKind::None })
    }

    fn delete(&self, name: &str) -> Result<()> {
        let mut state = self.state();
        step(&mut state)?;
        let Some(content) = state.image.files.remove(name) else { return Err(Error::from(ErrorKind::NotFound)) };
        state.image.deleted.insert(name.to_owned(), content);
        Ok(())
    }

    fn exists(&self, name: &str) -> Result<bool> {
        Ok(self.state().image.files.contains_key(name))
    }

    fn temporary_name(&self) -> String {
        "temporary".to_owned()
    }

    fn random(&self, buffer: &mut [i8]) {
        // Never twice the same: the lives of a WAL are told apart by it.
        static DRAWN: AtomicU64 = AtomicU64::new(1);
        let mut chance = DRAWN.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x2545_f491_4f6c_dd1d) | 1;
        buffer.iter_mut().for_each(|byte| *byte = draw(&mut chance).to_le_bytes()[3].cast_signed());
    }

    fn sleep(&self, duration: Duration) -> Duration {
        duration
    }

    fn full_pathname<'a>(&self, name: &'a str) -> Result<Cow<'a, str>> {
        Ok(name.into())
    }
}
