//! A shop of the demo company: central, a counter with devices, and one till that joins on its first start.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use selvedge_protocol::demo::{CASHIER_PIN, DemoCompany, SEED};
use selvedge_protocol::v1::ProductV1;
use serde_json::Value;

use crate::window::PATIENCE;
use crate::{Central, Counter, Display, Station, Window, till};

const SITE: &str = "galway";
const TILL: &str = "04";
/// Who sells in these tests.
pub const CASHIER: &str = "Mira Byrne";

/// All of it. Dropping it ends it.
pub struct Shop {
    /// Where the window is.
    pub display: Display,
    /// The other end.
    pub central: Central,
    /// The devices.
    pub counter: Counter,
    /// The till.
    pub station: Station,
    /// A few products, each different from the others.
    pub products: Vec<ProductV1>,
}

impl Shop {
    /// Central runs, the devices are plugged in, the till has its code.
    pub fn set_up() -> Result<Self> {
        Shop::around(Station::fresh()?)
    }

    /// The same, with the till's data in a folder that somebody else owns.
    pub fn set_up_in(data: &Path) -> Result<Self> {
        Shop::around(Station::at(data))
    }

    fn around(station: Station) -> Result<Self> {
        let display = Display::start()?;
        let central = Central::demo()?;
        let counter = Counter::set_up()?;
        let code = central.enrol(SITE, TILL)?;
        let devices = counter.list().to_string_lossy().into_owned();
        let flags = ["--central", &central.url(), "--enrol", &code, "--devices", &devices];
        let station = station.with(&flags);
        let products = DemoCompany::new(SEED).products;
        let products = products.into_iter().filter(|product| product.active).step_by(97).take(5).collect();
        Ok(Shop { display, central, counter, station, products })
    }

    /// The codes of its products.
    pub fn gtins(&self) -> Vec<&str> {
        self.products.iter().filter_map(|product| product.gtins.first()).map(String::as_str).collect()
    }

    /// The till's window, ready to sell: signs in and opens the till where that is due.
    pub fn till(&self) -> Result<Window<'_>> {
        let window = self.station.open(&self.display)?;
        window.wait_for_any(&["person", "open-till", "pay", "sale-done"])?;
        if window.is_shown("person")? {
            till::sign_in(&window, CASHIER, CASHIER_PIN)?;
        }
        window.wait_for_any(&["open-till", "pay", "sale-done"])?;
        if window.is_shown("open-till")? {
            till::open(&window)?;
        }
        Ok(window)
    }

    /// Central's sale with this receipt, once it has it; there is exactly one.
    pub fn sale_at_central(&self, receipt: &str) -> Result<Value> {
        let start = Instant::now();
        loop {
            let sales = self.central.export("sales")?;
            let found: Vec<&Value> = sales.iter().filter(|sale| sale["receipt"] == receipt).collect();
            if let [sale] = found.as_slice() {
                return Ok((*sale).clone());
            }
            ensure!(found.is_empty(), "central has {receipt} {} times", found.len());
            ensure!(start.elapsed() < PATIENCE, "central does not have {receipt}; it has {sales:?}");
            sleep(Duration::from_millis(100));
        }
    }
}
