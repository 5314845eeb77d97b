//! A damaged SQLite file read without SQLite: pages of the file and of its WAL, the cells on them, the records in the
//! cells (format: <https://sqlite.org/fileformat2.html>). Nothing here is believed; whoever asks proves what it reads.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// What SQLite makes when nobody says otherwise, and so what we have.
const DEFAULT_PAGE: usize = 4096;
const FILE_HEADER: usize = 100;
const WAL_HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;
/// A record larger than this is none of ours.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const TABLE_LEAF: u8 = 0x0d;
const INDEX_LEAF: u8 = 0x0a;
const INTERIOR: [u8; 2] = [0x02, 0x05];

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    Null,
    Int(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
    /// A number that is no integer: none of ours.
    Other,
}

/// A record of a table with its row's number, or of an index without.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub row: Option<i64>,
    pub fields: Vec<Field>,
}

/// The pages of a database file and of its WAL.
pub(super) struct Pages {
    file: Option<File>,
    wal: Option<File>,
    size: usize,
    usable: usize,
    count: u32,
    /// Where in the WAL the newest committed image of a page begins.
    newest: HashMap<u32, u64>,
    /// Every committed image in the WAL.
    frames: Vec<u64>,
}

impl Pages {
    /// Opens what there is; a missing file has no pages.
    pub fn open(file: &Path, wal: &Path) -> io::Result<Self> {
        let open = |path: &Path| match File::open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let (mut file, wal) = (open(file)?, open(wal)?);
        let mut header = [0; FILE_HEADER];
        let length = file.as_ref().map_or(Ok(0), |file| file.metadata().map(|about| about.len()))?;
        if let Some(file) = file.as_mut().filter(|_| length >= FILE_HEADER as u64) {
            file.read_exact(&mut header)?;
        }
        let (size, usable) = page_size(&header);
        let count = u32::try_from(length.div_ceil(size as u64)).unwrap_or(u32::MAX);
        let mut pages = Pages { file, wal, size, usable, count, newest: HashMap::new(), frames: Vec::new() };
        pages.read_wal()?;
        Ok(pages)
    }

    /// Every record on every leaf, older images in the WAL included.
    pub fn for_each(&mut self, mut take: impl FnMut(Record)) -> io::Result<()> {
        for number in 1..=self.count {
            if let Some(page) = self.of_file(number)? {
                self.on_page(&page, number == 1, &mut take)?;
            }
        }
        for at in self.frames.clone() {
            if let Some((page, first)) = self.of_wal(at)? {
                self.on_page(&page, first, &mut take)?;
            }
        }
        Ok(())
    }

    fn on_page(&mut self, page: &[u8], first: bool, take: &mut impl FnMut(Record)) -> io::Result<()> {
        let head = if first { FILE_HEADER } else { 0 };
        let kind = page.get(head).copied().unwrap_or(0);
        if kind != TABLE_LEAF && kind != INDEX_LEAF {
            if !INTERIOR.contains(&kind) {
                // Its head may be what is damaged: any place on it may begin a row.
                for at in 0..page.len() {
                    if let Some(record) = self.cell(page, at, true)? {
                        take(record);
                    }
                }
            }
            return Ok(());
        }
        for at in pointers(page, head) {
            if let Some(record) = self.cell(page, at, kind == TABLE_LEAF)? {
                take(record);
            }
        }
        Ok(())
    }

    fn cell(&mut self, page: &[u8], mut at: usize, has_row: bool) -> io::Result<Option<Record>> {
        let Some(length) = varint(page, &mut at).and_then(|length| usize::try_from(length).ok()) else {
            return Ok(None);
        };
        let row = if has_row {
            let Some(row) = varint(page, &mut at) else { return Ok(None) };
            Some(row)
        } else {
            None
        };
        if !(2..=MOST_BYTES).contains(&length) {
            return Ok(None);
        }
        let local = self.local(length, has_row);
        let Some(here) = page.get(at..at + local) else { return Ok(None) };
        let Some(shape) = shape(here, length) else { return Ok(None) };
        let mut payload = here.to_vec();
        if local < length {
            let Some(next) = page.get(at + local..at + local + 4).map(number) else { return Ok(None) };
            if !self.overflow(next, length, &mut payload)? {
                return Ok(None);
            }
        }
        Ok(fields(&payload, &shape).map(|fields| Record { row, fields }))
    }

    /// How much of a payload lies on the leaf itself.
    fn local(&self, length: usize, has_row: bool) -> usize {
        let most = if has_row { self.usable - 35 } else { (self.usable - 12) * 64 / 255 - 23 };
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = least + (length - least) % (self.usable - 4);
        if local <= most { local } else { least }
    }

    fn overflow(&mut self, mut next: u32, length: usize, payload: &mut Vec<u8>) -> io::Result<bool> {
        while payload.len() < length {
            let Some(page) = self.newest(next)? else { return Ok(false) };
            let part = (self.usable - 4).min(length - payload.len());
            payload.extend_from_slice(&page[4..4 + part]);
            next = number(&page[..4]);
        }
        Ok(true)
    }

    /// A page as the last commit left it.
    fn newest(&mut self, number: u32) -> io::Result<Option<Vec<u8>>> {
        match self.newest.get(&number).copied() {
            Some(at) => Ok(self.of_wal(at)?.map(|(page, _)| page)),
            None => self.of_file(number),
        }
    }

    fn of_file(&mut self, number: u32) -> io::Result<Option<Vec<u8>>> {
        let (Some(file), 1..) = (self.file.as_mut(), number) else { return Ok(None) };
        read_at(file, u64::from(number - 1) * self.size as u64, self.size)
    }

    /// A frame's page, and whether it is the first of the file.
    fn of_wal(&mut self, at: u64) -> io::Result<Option<(Vec<u8>, bool)>> {
        let Some(wal) = self.wal.as_mut() else { return Ok(None) };
        let frame = read_at(wal, at, FRAME_HEADER + self.size)?;
        Ok(frame.map(|frame| (frame[FRAME_HEADER..].to_vec(), number(&frame[..4]) == 1)))
    }

    /// Finds the committed frames: those of the WAL's present life up to its last commit. What stands behind was never
    /// committed, and nobody was told that it is done.
    fn read_wal(&mut self) -> io::Result<()> {
        let Some(wal) = self.wal.as_mut() else { return Ok(()) };
        let head = read_at(wal, 0, 32)?.unwrap_or_default();
        let good = head.get(..4).is_some_and(|magic| magic[..3] == [0x37, 0x7f, 0x06] && magic[3] | 1 == 0x83);
        let mut salts = good.then(|| head[16..24].to_vec());
        let mut waiting = Vec::new();
        let mut at = WAL_HEADER;
        while let Some(head) = read_at(wal, at, FRAME_HEADER)? {
            // Where the WAL's own head is damaged, its first frame says which life it is.
            let life = salts.get_or_insert_with(|| head[8..16].to_vec());
            if head[8..16] == life[..] {
                waiting.push((number(&head[..4]), at));
                if number(&head[4..8]) != 0 {
                    self.frames.extend(waiting.iter().map(|(_, at)| *at));
                    self.newest.extend(waiting.drain(..));
                }
            }
            at += (FRAME_HEADER + self.size) as u64;
        }
        Ok(())
    }
}

fn page_size(header: &[u8; FILE_HEADER]) -> (usize, usize) {
    let said = usize::from(u16::from_be_bytes([header[16], header[17]]));
    let size = if said == 1 { 65536 } else { said };
    let sound = header.starts_with(b"SQLite format 3\0") && size.is_power_of_two() && (512..=65536).contains(&size);
    let reserved = usize::from(header[20]);
    if sound && size - reserved >= 480 { (size, size - reserved) } else { (DEFAULT_PAGE, DEFAULT_PAGE) }
}

/// The places of the cells on a leaf, as far as they can be true.
fn pointers(page: &[u8], head: usize) -> Vec<usize> {
    let two = |at: usize| page.get(at..at + 2).map_or(0, |two| usize::from(u16::from_be_bytes([two[0], two[1]])));
    let count = two(head + 3).min(page.len() / 4);
    (0..count).map(|cell| two(head + 8 + 2 * cell)).filter(|at| (head + 8..page.len()).contains(at)).collect()
}

fn read_at(file: &mut File, at: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(at))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_be_bytes)
}

/// A number of one to nine bytes; `at` moves behind it.
fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut value: u64 = 0;
    for count in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if count == 8 {
            return Some(i64::from_be_bytes(((value << 8) | u64::from(byte)).to_be_bytes()));
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return i64::try_from(value).ok();
        }
    }
    None
}

/// Where a record's values begin, and their types; none when it cannot be one of that length.
fn shape(local: &[u8], length: usize) -> Option<(usize, Vec<i64>)> {
    let mut at = 0;
    let head = usize::try_from(varint(local, &mut at)?).ok()?;
    if head > local.len() || head > 200 {
        return None;
    }
    let mut types = Vec::new();
    let mut total = head;
    while at < head {
        let kind = varint(local, &mut at)?;
        total = total.checked_add(width(kind)?)?;
        types.push(kind);
    }
    (at == head && total == length && !types.is_empty()).then_some((head, types))
}

fn width(kind: i64) -> Option<usize> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(kind).ok()?,
        5 => 6,
        6 | 7 => 8,
        12.. => usize::try_from((kind - 12) / 2).ok()?,
        _ => return None,
    })
}

fn fields(payload: &[u8], (head, types): &(usize, Vec<i64>)) -> Option<Vec<Field>> {
    let mut at = *head;
    types
        .iter()
        .map(|kind| {
            let bytes = payload.get(at..at + width(*kind)?)?;
            at += bytes.len();
            Some(match kind {
                0 => Field::Null,
                7 => Field::Other,
                8 => Field::Int(0),
                9 => Field::Int(1),
                1..=6 => Field::Int(integer(bytes)),
                kind if kind % 2 == 0 => Field::Blob(bytes.to_vec()),
                _ => Field::Text(bytes.to_vec()),
            })
        })
        .collect()
}

fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |value, byte| (value << 8) | i64::from(*byte))
}
