//! A day at a till, logged as finely as can be: no secret and nobody's name is in it, of all that this program logs, the
//! other tests' tills and centrals among it.

use std::fmt::{Debug, Write};
use std::sync::{Mutex, Once, PoisonError};

use selvedge_protocol::v1::{EnrolRequest, normal_code};
use selvedge_sync::enrol;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{Central, Till};

static LOG: Mutex<String> = Mutex::new(String::new());
static LISTENS: Once = Once::new();

/// Writes down everything.
struct Ear;

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Pen);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Pen);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Pen);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Pen;

impl Visit for Pen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(log, "{}={value:?}", field.name()).expect("memory");
    }
}

#[test]
fn nothing_secret_is_logged_at_a_till() {
    LISTENS.call_once(|| tracing::subscriber::set_global_default(Ear).expect("nobody else listens"));
    let mut central = Central::start();
    let codes = central.tills();
    let code = central.code(&codes[0]);
    let wrong = EnrolRequest {
        code: "ZZZZ-9999".to_owned(),
        public_key: "00".repeat(32),
        generation: uuid::Uuid::from_u128(9),
        short: "2K7".to_owned(),
        app: "test".to_owned(),
        revision: selvedge_protocol::v1::REVISION,
    };
    enrol(&central.url(), &wrong).expect_err("a wrong code");
    let mut till = Till::join(&central, &codes[0], 0x6b);
    till.open(&central);
    let product = central.demo.products.iter().find(|product| !product.gtins.is_empty()).expect("a product").clone();
    till.sell(&product.gtins[0]);
    till.wait_until_sent();
    // What does not work is logged too.
    central.cut();
    till.sell(&product.gtins[0]);
    till.until("offline", |status| status.last_error.is_some());
    central.go();
    till.connect();
    till.wait_until_sent();

    let key = central.runtime.block_on(central.store.central()).expect("a store").expect("set up").key_seed;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut secrets = vec![
        code.clone(),
        normal_code(&code).expect("a code"),
        "ZZZZ-9999".to_owned(),
        "ZZZZ9999".to_owned(),
        hex(&[0x6b; 32]),
        hex(&key),
        // A token begins with its device, written like this.
        till.id.0.0.simple().to_string(),
        "Bearer".to_owned(),
        "tenders".to_owned(),
    ];
    secrets.extend(central.demo.people.iter().flat_map(|one| [one.person.name.clone(), one.person.verifier.clone()]));
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(log.contains("central answered") && log.contains(&till.id.0.to_string()), "it is the log of the run");
    for line in log.lines() {
        let found = secrets.iter().find(|secret| line.contains(secret.as_str()));
        assert!(found.is_none(), "{:?} stands in the log: {line}", found.map(|secret| &secret[..secret.len().min(12)]));
    }
}
