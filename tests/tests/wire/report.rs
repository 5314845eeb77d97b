//! How a station is, as it stands on central's page of the device and on its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use selvedge_central::secret::operator_token;
use selvedge_central::surroundings::{Machine, Surroundings};
use selvedge_contract::view::{FactValue, PrinterState, StatusPart};
use selvedge_protocol::v1::DeviceStateV1;

use super::{Central, LONG, Till};

impl Central {
    /// Its page of a device, as an operator reads it.
    fn page_of(&self, till: &Till) -> DeviceStateV1 {
        let central = self.runtime.block_on(self.store.central()).expect("a store").expect("set up");
        let token = operator_token(&central.key(), "mira", (Machine.now_ms(), Machine.now_ms() + 60_000));
        let mut line = TcpStream::connect(self.address).expect("a line");
        let path = format!("/api/v1/devices/{}", till.id.0);
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        line.write_all(request.as_bytes()).expect("asked");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(body).expect("a page")
    }

    fn until_page(&self, till: &Till, what: &str, is: impl Fn(&DeviceStateV1) -> bool) -> DeviceStateV1 {
        let began = Instant::now();
        loop {
            let page = self.page_of(till);
            if is(&page) {
                return page;
            }
            assert!(began.elapsed() < LONG, "never on central's page: {what}; last {page:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn central_and_the_till_say_the_same_of_the_till() {
    let mut central = Central::start();
    let codes = central.tills();
    let mut till = Till::join(&central, &codes[0], 1);
    till.open(&central);
    till.wait_until_sent();
    let page = central.until_page(&till, "that it was heard of", |page| page.report.is_some());
    let said = page.report.clone().expect("it said how it is");
    assert_eq!((said.app.as_str(), said.generation), ("0.2.0", till.present().0));
    assert!(page.reported_ms.is_some() && page.seen_ms >= page.reported_ms, "{page:?}");

    // The printer opens while central is away: it is told when central is back, at the next start.
    central.cut();
    till.app.change_devices(|states| states.printer = PrinterState::CoverOpen);
    central.go();
    till.connect();
    let page = central.until_page(&till, "the printer", |page| {
        page.report.as_ref().is_some_and(|said| said.unsent == 0 && said.errors.iter().any(|code| code == "printer"))
    });
    let said = page.report.expect("it said how it is");
    let own = till.app.status_page(StatusPart::Station).expect("its own page");
    let fact = |id: &str| own.facts.iter().find(|fact| fact.id == id).map(|fact| fact.value.clone());
    assert_eq!(fact("fact-unsent"), Some(FactValue::Count(said.unsent)));
    assert_eq!(fact("fact-device-id"), Some(FactValue::Text(page.device.to_string())));
    let named = format!("{}-", page.till);
    let shown = fact("fact-generation");
    assert!(matches!(&shown, Some(FactValue::Text(series)) if series.starts_with(&named)), "{shown:?}");
    for code in &said.errors {
        assert!(own.findings.iter().any(|one| one.id == format!("finding-{code}")), "{code} is on its own page too");
    }
    for person in &central.demo.people {
        let told = format!("{said:?}");
        assert!(!told.contains(&person.person.name) && !told.contains(&person.person.id.to_string()), "no people");
    }
}
