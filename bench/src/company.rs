//! A central in this process, on a file or on PostgreSQL, and stations that join it over HTTP as they do in a shop.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use selvedge_central::serve::{Running, serve};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::{ProductPut, Put, Store};
use selvedge_central::surroundings::Machine;
use selvedge_protocol::demo::{DemoCompany, SEED};
use selvedge_station::{Options, Station};
use selvedge_store::Witness;
use tokio::runtime::Runtime;

use crate::products::Products;

/// Where the stations stand.
pub const SITE: &str = "galway";
/// Products in one import.
const IMPORTED: u32 = 5_000;

/// The demo company's central.
pub struct Central {
    runtime: Runtime,
    store: Arc<dyn Store>,
    running: Running,
    pub demo: DemoCompany,
}

impl Central {
    /// On a file in a folder of its own.
    pub fn start(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let runtime = runtime()?;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.join("central.db"))?);
        let demo = runtime.block_on(selvedge_central::demo::set_up(&*store, &Machine, SEED))?;
        let home = "127.0.0.1:0".parse()?;
        let running = runtime.block_on(serve(Arc::clone(&store), Arc::new(Machine), home, None))?;
        Ok(Central { runtime, store, running, demo })
    }

    /// `127.0.0.1:41234`.
    pub fn address(&self) -> std::net::SocketAddr {
        self.running.address
    }

    /// Adds products with their prices, as an import does.
    pub fn import(&self, products: &Products) -> Result<()> {
        for first in (0..products.count()).step_by(IMPORTED as usize) {
            let put = (first..(first + IMPORTED).min(products.count())).map(|at| {
                let item = products.get(at);
                let price = item.price.amount_minor.map(|figure| Put {
                    place: None,
                    figure,
                    from_day: item.price.valid_from.clone(),
                    day_before: "2019-12-31".to_owned(),
                });
                ProductPut { product: item.product, price, stock: None }
            });
            self.runtime.block_on(self.store.put_products(put.collect(), false, 0))?;
        }
        Ok(())
    }

    /// A station on a folder of its own that joins as a till of [`SITE`]; it returns when it can be used.
    pub fn station(&self, folder: &Path, till: usize, witness: Arc<dyn Witness>) -> Result<Station> {
        let site = self.demo.site(SITE).context("the demo has the site")?.id;
        let till = self.demo.tills.iter().filter(|one| one.site == site).nth(till).context("it has so many tills")?;
        let code = self.runtime.block_on(selvedge_central::make_code(&*self.store, &Machine, SITE, &till.code))?;
        let central = self.running.url.clone();
        let options = Options { central, enrol: code, witness, ..Options::at(folder.to_owned()) };
        Ok(Station::start(options, Arc::new(|_| {}))?)
    }
}

/// With a thread for each of the two cores.
pub fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
