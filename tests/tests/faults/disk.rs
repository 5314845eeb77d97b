//! A full disk: finished sales are kept, a new one is refused with a reason, and the till goes on when there is room.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use selvedge_contract::view::TrayKind;
use selvedge_contract::{Code, Failure};
use selvedge_domain::tax::PriceMode;
use selvedge_domain::tender::TenderKind;
use selvedge_store::{NoWitness, StoreError};
use selvedge_tests::Shop;
use selvedge_tests::company::{SOCKS, TEE, code};

/// SQLite's own limit of a file, in pages; 0 asks.
fn limit_pages(shop: &Shop, pages: i64) -> i64 {
    let set = |tx: &selvedge_store::Tx| -> Result<i64, StoreError> {
        let pages = if pages == 0 { tx.query_row("PRAGMA page_count", [], |row| row.get(0))? } else { pages };
        Ok(tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))?)
    };
    shop.app().store().write("test-limit", set).unwrap()
}

fn intact(shop: &Shop) {
    let said: String = shop
        .app()
        .store()
        .read::<_, StoreError>(|tx| Ok(tx.query_row("PRAGMA integrity_check", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(said, "ok", "the database is intact");
    shop.audit();
}

/// Sells until a command is refused; how many sales were finished, and the refusal.
fn sell_until_refused(shop: &Shop) -> (usize, Failure) {
    for sales in 0..10_000 {
        let step = || {
            shop.app().scan(&code(SOCKS), "wedge")?;
            shop.app().take_tender(TenderKind::Cash, shop.selling().due, "")?;
            shop.app().complete_sale()
        };
        if let Err(refused) = step() {
            return (sales, Failure::from(refused));
        }
    }
    panic!("the disk is never full");
}

#[test]
fn a_file_that_cannot_grow_refuses_and_keeps_what_was_done() {
    let mut shop = Shop::on_disk(PriceMode::Inclusive);
    shop.open(0);
    shop.sell(&[TEE]);
    limit_pages(&shop, 0);
    let (sales, refused) = sell_until_refused(&shop);
    assert_eq!(refused.code, Code::DiskFull, "{refused}");
    intact(&shop);
    assert_eq!(shop.audit().sales.len(), sales + 1, "finished sales are kept, and no half one");
    shop.restart();
    intact(&shop);
    limit_pages(&shop, i64::from(i32::MAX));
    if let selvedge_contract::view::Screen::Selling(sale) = shop.view().screen
        && sale.line_count > 0
    {
        shop.pay(TenderKind::Cash);
    }
    shop.app().next_sale().unwrap();
    shop.sell(&[SOCKS]);
    shop.settle();
}

/// A small disk of memory, as root; unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(size_mb: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size_mb}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(SmallDisk(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A disk that stays mounted is the machine's trouble, not the test's.
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_small_disk_sells_to_its_safe_limit_and_then_refuses_new_sales() {
    let Some(disk) = SmallDisk::new(80) else {
        println!("left out: a disk of its own needs root and tmpfs");
        return;
    };
    let ballast = disk.path().join("ballast");
    let mut shop = Shop::in_folder(&disk.path().join("data"), 1, Arc::new(NoWitness)).joined(PriceMode::Inclusive);
    shop.open(0);
    shop.sell(&[TEE]);
    shop.scan(SOCKS);
    std::fs::write(&ballast, vec![1; 20 * 1024 * 1024]).unwrap();
    assert!(shop.view().trays.iter().any(|tray| tray.what == TrayKind::DiskFull), "the till says so");
    shop.scan(TEE);
    shop.pay(TenderKind::Cash);
    shop.app().next_sale().unwrap();
    let view = shop.scan(SOCKS);
    let told = view.trays.iter().any(|tray| matches!(tray.what, TrayKind::ScanNotNow { why: Code::DiskFull, .. }));
    assert!(told, "a sale that was begun is finished, a new one is refused: {:?}", view.trays);
    assert_eq!(shop.selling().line_count, 0);

    fill(&disk.path().join("rest"));
    let refused = (0..200).find_map(|_| shop.app().scan(&code(SOCKS), "wedge").err());
    let refused = Failure::from(refused.expect("a disk without a byte takes no scan"));
    assert_eq!(refused.code, Code::DiskFull, "{refused}");
    intact(&shop);
    std::fs::remove_file(disk.path().join("rest")).unwrap();
    std::fs::remove_file(&ballast).unwrap();
    shop.restart();
    intact(&shop);
    shop.sell(&[SOCKS]);
    assert_eq!(shop.audit().sales.len(), 3);
    shop.settle();
    drop(shop);
}

/// Writes until nothing goes any more.
fn fill(path: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(path).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        let block = vec![1; size];
        while file.write_all(&block).is_ok() {}
    }
}
