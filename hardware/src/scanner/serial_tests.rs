//! A scanner on a pseudo-terminal: the path is a link that is made and taken away, as a USB adapter's is.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use selvedge_ports::fake::EventList;
use selvedge_ports::{DeviceEvent, Scan, ScannerState};
use serialport::{SerialPort, TTYPort};

use super::*;
use crate::transport::SerialConnector;

fn plugged(path: &PathBuf) -> (TTYPort, TTYPort) {
    let (ours, theirs) = TTYPort::pair().expect("a pseudo-terminal");
    let _ = std::fs::remove_file(path);
    std::os::unix::fs::symlink(theirs.name().expect("a name"), path).expect("a link");
    (ours, theirs)
}

fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn scans_arrive_whole_and_an_unplugged_scanner_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scanner");
    let events = EventList::default();
    let connector = Box::new(SerialConnector::new(path.to_string_lossy(), 9600));
    let device = ScannerDevice { name: "counter".into(), connector, events: Box::new(events.clone()) };
    let handle = start(device).expect("a thread");
    let told = |wanted: &DeviceEvent| events.all().iter().filter(|event| *event == wanted).count();
    let ready = DeviceEvent::Scanner { device: "counter".into(), state: ScannerState::Ready };
    eventually("a missing scanner is a state", || {
        matches!(events.all().first(), Some(DeviceEvent::Scanner { state: ScannerState::Offline(_), .. }))
    });

    let (mut scanner, theirs) = plugged(&path);
    eventually("it is found", || told(&ready) == 1);
    scanner.write_all(b"]E095212345").expect("written");
    std::thread::sleep(Duration::from_millis(20));
    scanner.write_all(b"00012\r\n\xff\r").expect("written");
    let scan =
        DeviceEvent::Scan(Scan { device: "counter".into(), text: "]E09521234500012".into(), aim: Some("]E0".into()) });
    eventually("the scan arrives once, its prefix kept", || told(&scan) == 1);
    eventually("a bad line is told", || events.all().iter().any(|event| matches!(event, DeviceEvent::BadScan { .. })));

    drop((scanner, theirs));
    eventually("pulling the plug is a state", || {
        matches!(events.all().last(), Some(DeviceEvent::Scanner { state: ScannerState::Offline(_), .. }))
    });
    let (mut scanner, _theirs) = plugged(&path);
    eventually("it is found again", || told(&ready) == 2);
    scanner.write_all(b"no suffix").expect("written");
    let scan = DeviceEvent::Scan(Scan::new("counter", "no suffix"));
    eventually("silence ends a scan without suffix", || told(&scan) == 1);
    drop(handle);
}
