//! What goes on behind the till while it is measured: central's changes arrive, a page each second.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, ensure};
use selvedge_e2e::programs;
use selvedge_protocol::v1::ProductV1;
use selvedge_tests::{Shop, company};

use crate::feed;
use crate::products::Products;

/// Products that change each second.
const CHANGED: u32 = 50;

/// Work that is done each second until it is stopped.
pub struct Behind {
    end: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Behind {
    /// Starts it; the work is told how often it was done before.
    fn start(mut work: impl FnMut(u32) -> Result<()> + Send + 'static) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&end);
        let thread = std::thread::spawn(move || {
            let mut turn = 0;
            while !told.load(Ordering::Relaxed) {
                if let Err(error) = work(turn) {
                    eprintln!("a page of changes was not applied: {error:#}");
                }
                turn += 1;
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        Behind { end, thread }
    }

    /// Ends with the page at hand.
    pub fn stop(self) {
        self.end.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            eprintln!("the changes stopped by themselves");
        }
    }
}

/// Products with another popularity and price, applied to a till's store as sync does.
pub fn changes(shop: &Shop, products: &Products) -> Behind {
    let (store, products) = (Arc::clone(shop.app().store()), Products::new(products.count()));
    Behind::start(move |turn| {
        let first = turn * CHANGED % products.count();
        let mut page = Vec::new();
        for at in first..(first + CHANGED).min(products.count()) {
            let mut item = products.get(at);
            item.product.popularity = item.product.popularity.saturating_mul(5) / 4 + 1;
            item.price.amount_minor = item.price.amount_minor.map(|amount| amount + 1);
            page.extend(feed::rows(&item, at)?);
        }
        feed::apply(&store, company::site(), &page)
    })
}

/// Products with another price, imported at central: they come to its tills by themselves.
pub fn imports(central_store: &str, products: Vec<ProductV1>, file: PathBuf) -> Behind {
    let store = central_store.to_owned();
    Behind::start(move |turn| {
        let mut table = "sku\tname\tprice\n".to_owned();
        for product in products.iter().cycle().skip((turn * CHANGED) as usize % products.len()).take(CHANGED as usize) {
            table.push_str(&format!("{}\t{}\t{}.{:02}\n", product.sku, product.name, 10 + turn % 20, turn % 100));
        }
        std::fs::write(&file, table)?;
        let mut import = Command::new(programs::find("selvedge-central")?);
        import.arg("import").arg(&file).args(["--store", &store]).stdout(Stdio::null()).stderr(Stdio::null());
        let status = import.status()?;
        ensure!(status.success(), "central's import ended with {status}");
        Ok(())
    })
}
