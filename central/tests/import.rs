//! Importing files: the made-up twins always, the real list where it is.

#![allow(missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use selvedge_central::import::{ImportError, LineProblem, Options, Report, import};
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::{ExportKind, Store};
use selvedge_central::surroundings::Machine;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

async fn store() -> Arc<dyn Store> {
    let store = SqliteStore::memory().expect("a store");
    selvedge_central::demo::set_up(&store, &Machine, 1).await.expect("a company");
    Arc::new(store)
}

async fn run(store: &dyn Store, path: &Path, options: &Options) -> (Result<Report, ImportError>, Vec<LineProblem>) {
    let mut problems = Vec::new();
    let report = import(store, &Machine, path, options, &mut |problem| problems.push(problem)).await;
    (report, problems)
}

fn told(problems: &[LineProblem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{}{problem}", if problem.bad { "bad " } else { "" })).collect()
}

async fn products(store: &dyn Store) -> Vec<serde_json::Value> {
    let mut after = Some(0);
    let mut lines = Vec::new();
    while let Some(from) = after {
        let page = store.export(ExportKind::Products, from, 1000).await.expect("an export");
        lines.extend(page.lines.iter().map(|line| serde_json::from_str(line).expect("JSON")));
        after = page.next;
    }
    lines
}

#[tokio::test]
async fn a_list_of_barcodes_goes_in_and_what_is_wrong_is_named() {
    for name in ["barcodes.tsv", "barcodes.tsv.gz"] {
        let store = store().await;
        let before = products(&*store).await.len();
        let (report, problems) = run(&*store, &fixture(name), &Options::default()).await;
        let report = report.expect("it can be read");
        assert_eq!(
            told(&problems),
            [
                "bad line 6: gtin: 9520000010035: the check digit is 5 and should be 4",
                "bad line 7: gtin: 12345: a GTIN has 8, 12, 13 or 14 digits, not 5",
                "bad line 8: name: is empty",
                "line 9: gtin 9520000010003 is on line 2 already",
                "line 10: sku 536167 is on line 5 already",
                "bad line 11: line: 3 fields, the header has 7",
                "bad line 14: gtin: sku, id and gtin are all empty",
                "bad line 15: name: is not UTF-8 text",
            ],
            "{name}"
        );
        assert_eq!((report.lines, report.added, report.duplicates, report.bad), (14, 6, 2, 6));
        assert_eq!(report.ignored_columns, ["category_id", "brand_id"]);
        let all = products(&*store).await;
        assert_eq!(all.len(), before + 6);
        let bag = &all[before + 1];
        assert_eq!(bag["name"], "Сумка \"Порт\" 41x31 x 9см (черный)", "a quote in a TSV is a quote");
        assert_eq!(
            (&bag["sku"], &bag["brand"], &bag["category"]),
            (&"2758399".into(), &"PortCase".into(), &"Галантерея".into())
        );
    }
}

#[tokio::test]
async fn again_changes_nothing_and_dry_changes_nothing_at_all() {
    let store = store().await;
    let before = products(&*store).await;
    let dry = Options { dry_run: true, ..Options::default() };
    let (report, _) = run(&*store, &fixture("barcodes.tsv"), &dry).await;
    assert_eq!(report.expect("readable").added, 6, "it says what it would do");
    assert_eq!(products(&*store).await, before, "and does not do it");
    run(&*store, &fixture("barcodes.tsv"), &Options::default()).await.0.expect("readable");
    let after = products(&*store).await;
    let (report, _) = run(&*store, &fixture("barcodes.tsv"), &Options::default()).await;
    let report = report.expect("readable");
    assert_eq!((report.added, report.changed, report.same), (0, 0, 6));
    assert_eq!(products(&*store).await, after);
}

#[tokio::test]
async fn prices_stock_and_taxes_come_from_columns() {
    let store = store().await;
    let galway = Options { site: Some("galway".into()), ..Options::default() };
    let (report, problems) = run(&*store, &fixture("products.csv"), &galway).await;
    assert_eq!(
        told(&problems),
        [
            "bad line 6: price: \"1.999\" has more than 2 digits after the point",
            "bad line 7: price: -1 is below zero",
            "bad line 8: tax: there is no tax rate \"luxury\"; there are: standard, children",
            "bad line 9: unit: \"dozen\" is not piece, kilogram or metre",
            "bad line 10: colour_code: \"navy\" is not like #22335C",
            "bad line 11: stock: \"many\" is not a quantity",
            "bad line 12: popularity: \"-5\" is not a whole number from 0",
        ]
    );
    assert_eq!(report.expect("readable").added, 4);
    let all = products(&*store).await;
    let of = |sku: &str| all.iter().find(|product| product["sku"] == sku).expect("imported").clone();
    let tee = of("A1");
    assert_eq!((&tee["name"], &tee["variant"]), (&"Tee; with a semicolon".into(), &"Navy · L".into()));
    assert_eq!((&tee["prices"][0]["amount_minor"], &tee["tax"]), (&2450.into(), &"standard".into()));
    assert_eq!(of("A2")["gtins"].as_array().map(Vec::len), Some(2));
    assert_eq!(of("A4")["prices"].as_array().map(Vec::len), Some(0), "the till asks for it");
    let stock = store.export(ExportKind::Stock, 0, 1_000_000).await.expect("an export").lines;
    let kilos: Vec<&String> = stock.iter().filter(|line| line.contains("\"sku\":\"A3\"")).collect();
    assert!(kilos.len() == 1 && kilos[0].contains("\"quantity_thousandths\":2750"), "{kilos:?}");
    run(&*store, &fixture("products.csv"), &galway).await.0.expect("readable");
    let again = store.export(ExportKind::Stock, 0, 1_000_000).await.expect("an export").lines;
    assert_eq!(again, stock, "books are opened once");
    assert_eq!(store.audit().await.expect("an audit"), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_why() {
    let store = store().await;
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let gz = std::fs::read(fixture("barcodes.tsv.gz")).expect("read");
    let none = Options::default();
    let cases = [
        (folder.path().join("nowhere.csv"), none.clone(), "nowhere.csv\" cannot be read"),
        (write("empty.csv", b""), none.clone(), "there is no column \"name\""),
        (write("names.csv", b"name\nTee\n"), none.clone(), "no column \"sku\", \"id\" or \"gtin\""),
        (write("twice.csv", b"sku,name,EAN,GTIN\n"), none.clone(), "column \"GTIN\" is \"gtin\" a second time"),
        (write("cut.tsv.gz", &gz[..gz.len() / 2]), none.clone(), "cannot be read after line"),
        (write("stock.csv", b"sku,name,stock\nA,B,1\n"), none.clone(), "--site"),
        (
            fixture("barcodes.tsv"),
            Options { site: Some("atlantis".into()), ..none.clone() },
            "there is no site \"atlantis\"",
        ),
        (fixture("barcodes.tsv"), Options { tax: Some("luxury".into()), ..none }, "there is no tax rate \"luxury\""),
    ];
    for (path, options, words) in cases {
        let error = run(&*store, &path, &options).await.0.expect_err("it cannot be used").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_quote_that_is_not_closed_spoils_its_own_lines_only_and_is_named() {
    let store = store().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quote.csv");
    std::fs::write(&path, "sku,name\nQ1,Fine\nQ2,\"Open\nQ3,Swallowed\n").expect("written");
    let (report, problems) = run(&*store, &path, &Options::default()).await;
    assert_eq!(report.expect("readable").added, 1);
    assert!(problems.len() == 1 && problems[0].line == 3 && problems[0].bad, "{problems:?}");
}

#[tokio::test]
async fn the_real_list_of_100_000() {
    let Some(folder) = std::env::var_os("SELVEDGE_SAMPLE_DATA") else {
        eprintln!("not run: the real list of 100,000 barcodes, since SELVEDGE_SAMPLE_DATA is not set");
        return;
    };
    let store = store().await;
    let path = Path::new(&folder).join("uhtt_mixed_100k.tsv.gz");
    let (report, problems) = run(&*store, &path, &Options::default()).await;
    let report = report.expect("it can be read");
    assert_eq!((report.lines, report.added), (100_000, 99_998));
    assert_eq!((report.duplicates, report.bad, problems.len()), (1, 1, 2));
}
