//! From a file to a till: a list of trade item numbers is imported at central, served, synced over HTTP, and the till
//! finds its products by barcode and by name. The small twin always; the real list where it is, a slice of it unless
//! `SELVEDGE_ALL_SAMPLES=1` asks for every line.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::read::GzDecoder;
use selvedge_central::import::{Options, Report, import};
use selvedge_central::surroundings::Machine;
use selvedge_contract::view::Screen;
use selvedge_domain::barcode::Gtin;
use selvedge_domain::time::Day;
use selvedge_store::StoreError;
use selvedge_store::table::catalogue;
use selvedge_tests::samples;

use super::{Central, Till};

/// Lines of the real list that are tried when nobody asks for all.
const SLICE: usize = 10_000;
/// With `1`, all lines are tried.
const ALL: &str = "SELVEDGE_ALL_SAMPLES";
const TODAY: Day = Day { year: 2026, month: 11, day: 21 };
/// A list of hits is at most this long.
const HITS: u32 = 50;

/// A line of the list.
struct Line {
    gtin: String,
    name: String,
}

fn lines(path: &Path) -> Vec<Line> {
    let mut rows = samples::rows(path, b'\t');
    let rows = rows.records().map(|row| row.expect("a row of the list"));
    rows.map(|row| Line { gtin: row[1].to_owned(), name: row[2].trim().to_owned() }).collect()
}

impl Central {
    fn imports(&self, path: &Path) -> Report {
        let mut tell = |problem: selvedge_central::import::LineProblem| println!("{problem}");
        let options = Options::default();
        let work = import(&*self.store, &Machine, path, &options, &mut tell);
        self.runtime.block_on(work).expect("the list is imported")
    }
}

impl Till {
    fn products(&self) -> u64 {
        self.app.store().read::<_, StoreError>(catalogue::count).expect("a count")
    }

    fn knows(&self, gtin: Gtin, name: &str) -> bool {
        let listed = self.app.store().read::<_, StoreError>(|tx| catalogue::by_gtin(tx, gtin.key(), TODAY));
        listed.expect("a lookup").iter().any(|found| found.product.name == name)
    }

    fn scans(&self, line: &Line) {
        let view = self.app.scan(&line.gtin, "serial").expect("a scan is stored");
        let Screen::Selling(selling) = view.screen else { panic!("it sells") };
        assert!(
            selling.lines.iter().any(|sold| sold.name == line.name),
            "{} is not what {} says: {:?}",
            line.gtin,
            line.name,
            selling.lines
        );
        self.app.cancel_sale().expect("nothing was paid");
    }

    /// Whether a product is among the hits of its own name; too many others of that name are no fault.
    fn finds(&self, line: &Line) -> bool {
        let hits = self.app.search(&line.name, HITS).expect("an answer");
        hits.iter().any(|hit| hit.name == line.name) || hits.len() >= HITS as usize
    }
}

/// Imports, syncs and finds: every line's number, every `nth` at the till, by scan and by name.
fn from_file_to_till(path: &Path, nth: usize) {
    let begun = Instant::now();
    let central = Central::start();
    let mut till = Till::join(&central, &central.tills()[0], 1);
    till.open(&central);
    let before = till.products();
    let list = lines(path);
    let report = central.imports(path);
    assert_eq!(report.lines, list.len() as u64, "every line is read");
    assert_eq!((report.added + report.duplicates + report.bad, report.changed), (report.lines, 0));
    assert!(report.added + 10 > report.lines, "hardly a line is left out: {report:?}");
    println!("{} products imported after {} s", report.added, begun.elapsed().as_secs());
    // A till that starts again while the list comes down goes on where it was.
    till.connect();
    while till.products() < before + report.added {
        till.until("sync goes on", |status| status.last_error.is_none());
    }
    println!("they are at the till after {} s", begun.elapsed().as_secs());
    let missing: Vec<_> = list
        .iter()
        .filter(|line| !till.knows(Gtin::parse(&line.gtin).expect("a number"), &line.name))
        .map(|line| &line.gtin)
        .collect();
    assert!(missing.len() as u64 <= report.duplicates + report.bad, "these are not found by barcode: {missing:?}");
    let tried: Vec<&Line> = list.iter().step_by(nth).filter(|line| !missing.contains(&&line.gtin)).collect();
    let cyrillic = tried.iter().filter(|line| line.name.chars().any(|c| ('а'..='я').contains(&c))).count();
    assert!(cyrillic * 5 > tried.len(), "{cyrillic} of {} names are Cyrillic", tried.len());
    tried.iter().for_each(|line| till.scans(line));
    let words = tried.iter().filter(|line| line.name.chars().any(char::is_alphabetic));
    let missed: Vec<_> = words.filter(|line| !till.finds(line)).map(|line| &line.name).collect();
    assert!(missed.is_empty(), "these are not found by their own names: {missed:?}");
    println!("{} were scanned and searched after {} s", tried.len(), begun.elapsed().as_secs());
    till.poke();
    till.wait_until_sent();
}

#[test]
fn a_made_up_list_goes_from_the_file_to_the_till() {
    from_file_to_till(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/barcodes.tsv"), 1);
}

#[test]
fn the_real_list_goes_from_the_file_to_the_till() {
    let Some(path) = samples::find("uhtt_mixed_100k.tsv.gz") else { return };
    if std::env::var(ALL).is_ok_and(|value| value == "1") {
        return from_file_to_till(&path, 500);
    }
    println!("left out: all but the first {SLICE} lines; {ALL}=1 tries every one");
    let folder = tempfile::tempdir().expect("a folder");
    from_file_to_till(&slice(&path, folder.path()), 50);
}

/// The head and the first lines of a list, unpacked.
fn slice(path: &Path, folder: &Path) -> PathBuf {
    let slice = folder.join("slice.tsv");
    let mut written = File::create(&slice).expect("a file");
    let list = BufReader::new(GzDecoder::new(File::open(path).expect("the list")));
    for line in list.lines().take(SLICE + 1) {
        writeln!(written, "{}", line.expect("text")).expect("the file is written");
    }
    slice
}
