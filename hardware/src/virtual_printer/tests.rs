//! The twin keeps the contract of a wire, in memory and over TCP, and so does the TCP transport.

use selvedge_ports::Connector;
use selvedge_ports::suite::{LinkBench, link};

use super::VirtualPrinter;
use crate::escpos::Profile;
use crate::transport::TcpConnector;

struct Bench {
    printer: VirtualPrinter,
    address: Option<String>,
}

impl Bench {
    fn new(over_tcp: bool) -> Self {
        let printer = VirtualPrinter::new(&Profile::built_in("generic-80").expect("built in"));
        let address = over_tcp.then(|| printer.listen().expect("a free port").to_string());
        Bench { printer, address }
    }
}

impl LinkBench for Bench {
    fn connector(&self) -> Box<dyn Connector> {
        match &self.address {
            Some(address) => Box::new(TcpConnector::new(address.clone())),
            None => self.printer.connector(),
        }
    }

    fn listen(&self, listens: bool) {
        self.printer.set_reachable(listens);
        // The port opens and closes in the printer's own thread.
        std::thread::sleep(std::time::Duration::from_millis(50));
    }

    fn read(&self, reads: bool) {
        self.printer.set_stuck(!reads);
    }

    fn received(&self) -> Vec<u8> {
        self.printer.raw()
    }

    fn send(&self, bytes: &[u8]) {
        self.printer.say(bytes);
    }

    fn hang_up(&self) {
        self.printer.hang_up();
    }
}

#[test]
fn the_wire_in_memory_keeps_the_contract() {
    link(|| Bench::new(false));
}

#[test]
fn the_wire_over_tcp_keeps_the_contract() {
    link(|| Bench::new(true));
}
