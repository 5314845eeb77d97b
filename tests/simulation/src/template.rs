//! The company as every run finds it, made once and then copied: central, and three tills that have joined, have the
//! whole feed and are open.

use std::path::PathBuf;
use std::sync::Arc;

use selvedge_tests::shop::quick_folder;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::actions::make_ready;
use crate::central::copy_folder;
use crate::heal::run_until_settled;
use crate::network::Weather;
use crate::till::Beginning;
use crate::world::World;

/// Sites of the first tills: two share a shop, one is alone.
const FIRST: [usize; 3] = [0, 0, 1];

/// The company's files.
pub struct Template {
    /// The tills.
    pub tills: Vec<Beginning>,
    /// When it was made, in virtual time.
    pub now_ms: u64,
    folder: TempDir,
}

impl Template {
    /// Makes it.
    pub fn new(runtime: &Arc<Runtime>) -> Self {
        let mut world = World::empty(0, runtime);
        world.central.found();
        world.central.start();
        for site in FIRST {
            world.add_till(site, Weather::Good).expect("the site has a till");
        }
        run_until_settled(&mut world);
        for till in 0..FIRST.len() {
            make_ready(&mut world, till);
        }
        run_until_settled(&mut world);
        let folder = quick_folder();
        for till in &mut world.tills {
            till.cut_power();
            copy_folder(till.folder(), &folder.path().join(format!("till-{}", till.begun.number)));
        }
        world.central.cut_power();
        world.central.copy_to(&folder.path().join("central"));
        Template { tills: world.tills.iter().map(|till| till.begun.clone()).collect(), now_ms: world.now.ms(), folder }
    }

    /// Central's files.
    pub fn central(&self) -> PathBuf {
        self.folder.path().join("central")
    }

    /// A till's files.
    pub fn till(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("till-{number}"))
    }
}
