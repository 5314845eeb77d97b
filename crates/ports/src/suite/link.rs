//! What every [`Link`] does.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::link::{Connector, Link};

/// The far side of a wire, as a test needs it.
pub trait LinkBench {
    /// Connects to this bench.
    fn connector(&self) -> Box<dyn Connector>;
    /// Takes connections, or refuses them.
    fn listen(&self, listens: bool);
    /// Reads what is sent, or lets it pile up.
    fn read(&self, reads: bool);
    /// All bytes that were read so far, over all connections.
    fn received(&self) -> Vec<u8>;
    /// Sends bytes to the connected side.
    fn send(&self, bytes: &[u8]);
    /// Closes the connection from the far side.
    fn hang_up(&self);
}

const SOON: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the suite; `bench` makes a new far side that listens and reads.
pub fn link<B: LinkBench>(bench: impl Fn() -> B) {
    bytes_arrive_in_order(&bench());
    answers_arrive_and_silence_is_zero(&bench());
    a_stuck_device_takes_less_and_loses_nothing(&bench());
    a_device_that_hangs_up_is_noticed(&bench());
    a_refused_connection_fails_in_time(&bench());
    closing_delivers_what_was_accepted_and_the_next_connection_works(&bench());
}

fn bytes_arrive_in_order(bench: &impl LinkBench) {
    let mut link = connected(bench);
    let sent = pattern(20_000);
    write_all(link.as_mut(), &sent);
    eventually("all bytes arrive, in order", || bench.received() == sent);
}

fn answers_arrive_and_silence_is_zero(bench: &impl LinkBench) {
    let mut link = connected(bench);
    let mut buffer = [0; 16];
    let asked = Instant::now();
    assert_eq!(link.read(&mut buffer, SOON).expect("silence is no error"), 0, "silence reads as nothing");
    assert!(asked.elapsed() >= SOON / 2, "reading waits for an answer");
    write_all(link.as_mut(), b"?");
    eventually("the question arrives", || bench.received() == b"?");
    bench.send(b"yes");
    let mut answer = Vec::new();
    eventually("the answer arrives", || {
        let count = link.read(&mut buffer, SOON).expect("the device answers");
        answer.extend_from_slice(&buffer[..count]);
        answer == b"yes"
    });
}

fn a_stuck_device_takes_less_and_loses_nothing(bench: &impl LinkBench) {
    let mut link = connected(bench);
    bench.read(false);
    let mut sent = pattern(16 << 20);
    let mut offset = 0;
    let mut refusals = 0;
    while offset < sent.len() && refusals < 2 {
        let asked = Instant::now();
        let count = link.write(&sent[offset..], SOON).expect("a full device is no error");
        assert!(asked.elapsed() < PATIENCE, "writing keeps its deadline");
        offset += count;
        refusals += u32::from(count == 0);
    }
    assert!(offset < sent.len(), "a device that reads nothing does not take sixteen megabytes");
    sent.truncate(offset + 1000);
    bench.read(true);
    write_all(link.as_mut(), &sent[offset..]);
    eventually("nothing is lost or doubled", || bench.received().len() >= sent.len());
    assert!(bench.received() == sent, "the bytes are those sent");
}

fn a_device_that_hangs_up_is_noticed(bench: &impl LinkBench) {
    let mut link = connected(bench);
    write_all(link.as_mut(), b"hello");
    eventually("it arrives", || bench.received() == b"hello");
    bench.hang_up();
    let mut buffer = [0; 16];
    eventually("the end is an error, not silence", || match link.read(&mut buffer, SOON) {
        Ok(count) => {
            assert_eq!(count, 0, "nothing was sent");
            false
        }
        Err(error) => {
            let kind = error.kind();
            let gone = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
            assert!(gone.contains(&kind), "{kind:?} says that the connection is gone");
            true
        }
    });
}

fn a_refused_connection_fails_in_time(bench: &impl LinkBench) {
    bench.listen(false);
    let asked = Instant::now();
    assert!(bench.connector().connect(Duration::from_secs(1)).is_err(), "nobody listens");
    assert!(asked.elapsed() < PATIENCE, "connecting keeps its deadline");
    bench.listen(true);
    drop(connected(bench));
}

fn closing_delivers_what_was_accepted_and_the_next_connection_works(bench: &impl LinkBench) {
    let mut connector = bench.connector();
    let mut first = connector.connect(PATIENCE).expect("it listens");
    write_all(first.as_mut(), b"one ");
    first.close(PATIENCE);
    let mut second = connector.connect(PATIENCE).expect("it listens again");
    write_all(second.as_mut(), b"two");
    eventually("both arrive", || bench.received() == b"one two");
}

fn connected(bench: &impl LinkBench) -> Box<dyn Link> {
    bench.connector().connect(PATIENCE).expect("the bench listens")
}

fn write_all(link: &mut dyn Link, bytes: &[u8]) {
    let start = Instant::now();
    let mut offset = 0;
    while offset < bytes.len() {
        assert!(start.elapsed() < PATIENCE * 3, "the device takes everything in the end");
        offset += link.write(&bytes[offset..], SOON).expect("the device takes bytes");
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at * 31 % 251).unwrap_or(0)).collect()
}

fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
