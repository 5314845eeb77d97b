//! The devices on a test's counter: a receipt printer on a TCP port and a scanner on a pseudo-terminal. The app cannot
//! tell them from real ones.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use selvedge_hardware::escpos::Profile;
use selvedge_hardware::virtual_printer::VirtualPrinter;
use tempfile::TempDir;

use crate::window::PATIENCE;

/// The model of the printer.
const PROFILE: &str = "generic-80-42";

/// A printer, a scanner, and the file that lists them.
pub struct Counter {
    printer: VirtualPrinter,
    scanner: File,
    list: PathBuf,
    _folder: TempDir,
}

impl Counter {
    /// Plugs both in.
    pub fn set_up() -> Result<Self> {
        let printer = VirtualPrinter::new(&Profile::built_in(PROFILE)?);
        let address = printer.listen()?;
        let (scanner, port) = pseudo_terminal()?;
        let folder = tempfile::Builder::new().prefix("selvedge-counter-").tempdir()?;
        let list = folder.path().join("devices.toml");
        fs::write(&list, listed(&address.to_string(), &port))?;
        Ok(Counter { printer, scanner, list, _folder: folder })
    }

    /// `devices.toml`.
    pub fn list(&self) -> &Path {
        &self.list
    }

    /// The printer, for its faults and its drawer.
    pub fn printer(&self) -> &VirtualPrinter {
        &self.printer
    }

    /// Scans a code with the serial scanner.
    pub fn scan(&self, code: &str) -> Result<()> {
        (&self.scanner).write_all(format!("{code}\r\n").as_bytes()).context("writing to the pseudo-terminal")
    }

    /// Waits until so many papers are on the tray, and gives their text.
    pub fn papers(&self, count: usize) -> Result<Vec<String>> {
        let start = Instant::now();
        while self.printer.receipts().len() < count && start.elapsed() < PATIENCE {
            sleep(Duration::from_millis(20));
        }
        let papers: Vec<String> = self.printer.receipts().iter().map(|receipt| receipt.text()).collect();
        ensure!(papers.len() == count, "{} papers are printed, not {count}:\n{}", papers.len(), papers.join("\n---\n"));
        Ok(papers)
    }
}

fn listed(printer: &str, scanner: &str) -> String {
    let device = |name: &str, kind: &str, transport: &str, more: &str| {
        format!("[[device]]\nname = \"{name}\"\nkind = \"{kind}\"\ntransport = \"{transport}\"\n{more}\n")
    };
    [
        device(
            "receipt printer",
            "receipt-printer",
            &format!("tcp://{printer}"),
            &format!("profile = \"{PROFILE}\"\n"),
        ),
        device("serial scanner", "scanner", &format!("serial:{scanner}?baud=9600"), ""),
        device("keyboard scanner", "scanner", "wedge", ""),
    ]
    .concat()
}

/// Our end, and the path of the other.
fn pseudo_terminal() -> Result<(File, String)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let path = ptsname(&ours, Vec::new())?.into_string().context("the terminal's name")?;
    Ok((File::from(ours), path))
}
