//! The till in a process of its own: the test program starts itself again, and the child ends itself at a point.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use selvedge_store::{Phase, Witness};
use selvedge_tests::Shop;

use crate::day::{DAY, STEPS, Step};

const FOLDER: &str = "SELVEDGE_TEST_FOLDER";
const POINT: &str = "SELVEDGE_TEST_POINT";
const ROLE: &str = "SELVEDGE_TEST_ROLE";
/// What an aborted process ends with.
const SIGABRT: i32 = 6;

/// Where a child ends: the `nth` time that a write is in a phase.
#[derive(Clone, Debug)]
pub struct Point {
    pub write: String,
    pub phase: Phase,
    pub nth: usize,
}

impl Point {
    pub fn text(&self) -> String {
        format!("{} {} {}", self.write, self.phase.name(), self.nth)
    }

    pub fn parse(text: &str) -> Self {
        let mut words = text.split(' ');
        let mut next = || words.next().expect("write, phase and number");
        let (write, phase, nth) = (next().to_owned(), next(), next());
        let phase = Phase::ALL.into_iter().find(|known| known.name() == phase).expect("a phase");
        Point { write, phase, nth: nth.parse().expect("a number") }
    }
}

/// Ends the process at a point, as a power cut would: nothing is unwound, nothing is said.
pub struct Killer {
    point: Point,
    seen: AtomicUsize,
}

impl Killer {
    pub fn at(point: Point) -> Self {
        Killer { point, seen: AtomicUsize::new(0) }
    }
}

impl Witness for Killer {
    fn at(&self, write: &'static str, phase: Phase) {
        if write == self.point.write
            && phase == self.point.phase
            && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.point.nth
        {
            std::process::abort();
        }
    }
}

/// All steps of the day.
pub fn day() -> impl Iterator<Item = &'static Step> {
    DAY.iter().chain(STEPS)
}

/// Which child this process is, if it is one.
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// The folder that the parent gave.
pub fn folder() -> std::path::PathBuf {
    std::env::var_os(FOLDER).expect("the parent gives a folder").into()
}

/// The point that the parent gave, as text.
pub fn point_text() -> String {
    std::env::var(POINT).expect("the parent gives a point")
}

/// Runs the test `test` of this program as a child in `role`.
pub fn start(test: &str, role: &str, folder: &Path, point: &str, more: &[(&str, String)]) -> Output {
    Command::new(std::env::current_exe().expect("this program"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .env(POINT, point)
        .env("RUST_BACKTRACE", "0")
        .envs(more.iter().map(|(name, value)| (*name, value)))
        .output()
        .expect("a child starts")
}

/// The child killed itself at its point.
pub fn assert_killed(output: &Output, point: &str) {
    assert_eq!(
        output.status.signal(),
        Some(SIGABRT),
        "the point {point} was never reached:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// Runs the day in a child that ends at `point`; how many steps were answered.
pub fn killed_day(folder: &Path, point: &Point) -> usize {
    let output = start("child::the_day_of_a_child", "day", folder, &point.text(), &[]);
    assert_killed(&output, &point.text());
    let answered = std::fs::read_to_string(folder.join("answered")).unwrap_or_default();
    answered.lines().count()
}

/// Not a test by itself: the child's part.
#[test]
fn the_day_of_a_child() {
    if role().as_deref() != Some("day") {
        return;
    }
    let folder = folder();
    let killer = Arc::new(Killer::at(Point::parse(&point_text())));
    let mut answered = OpenOptions::new().create(true).append(true).open(folder.join("answered")).expect("a file");
    let mut shop = Shop::in_folder(&folder, 1, killer);
    shop.leaves_all();
    for (name, work) in day() {
        shop = work(shop);
        writeln!(answered, "{name}").expect("the file is written");
    }
    std::process::exit(0);
}
