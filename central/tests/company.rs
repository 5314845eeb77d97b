//! `company.toml`: the example works, and each mistake is named with its line and field.

#![allow(missing_docs)]

use std::path::Path;

use selvedge_central::setup::load;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::store::{Central, Store};
use selvedge_central::surroundings::{Machine, Surroundings};

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/company.toml");
    std::fs::read_to_string(path).expect("the example is there")
}

fn load_text(text: &str, products: Option<&str>) -> Result<selvedge_central::setup::Loaded, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("company.toml");
    std::fs::write(&path, text).expect("written");
    if let Some(products) = products {
        std::fs::write(folder.path().join("products.csv"), products).expect("written");
    }
    load(&path, &Machine).map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

#[tokio::test]
async fn the_example_is_a_company_of_ten_products() {
    let loaded = load_text(&example(), None).expect("the example is right");
    assert_eq!((loaded.all.sites.len(), loaded.all.tills.len(), loaded.all.products.len()), (1, 2, 10));
    assert_eq!((loaded.all.prices.len(), loaded.all.stock.len()), (9, 9), "one has no price, and no stock");
    let verifiers: Vec<&str> = loaded.all.people.iter().map(|at| at.person.verifier.as_str()).collect();
    assert!(verifiers.iter().all(|verifier| verifier.starts_with("$argon2id$")), "PINs are never kept");
    let store = SqliteStore::memory().expect("a store");
    let central =
        Central { id: Machine.new_id(), key_seed: Machine.random(), epoch: Machine.new_id(), company: loaded.company };
    store.set_up(central, loaded.all, 0).await.expect("it is set up");
    assert_eq!(store.audit().await.expect("an audit"), Vec::<String>::new());
}

#[test]
fn every_mistake_is_named_with_its_line_and_field() {
    let cases = [
        ("currency = \"EUR\"", "currency = \"euro\"", "company.toml, line 5: currency: "),
        (
            "price-mode = \"inclusive\"",
            "price-mode = \"gross\"",
            "line 6: price-mode \"gross\" is not one of inclusive, exclusive",
        ),
        ("Europe/Dublin", "Europe/Atlantis", "line 7: time-zone \"Europe/Atlantis\" is not known"),
        ("vat-id", "vatid", "line 8: unknown field `vatid`"),
        ("name = \"Ten Shirts\"", "name = \"\"", "line 4: name is empty"),
        ("percent = \"23\"", "percent = \"230\"", "line 13: tax-rate.percent \"230\" is not a number from 0 to 100"),
        ("percent = \"23\"", "percent = 23", "line 13: invalid type: integer `23`, expected a string"),
        ("code = \"children\"", "code = \"standard\"", "line 16: tax-rate.code \"standard\" is there twice"),
        ("code = \"main\"", "code = \"Main St\"", "line 20: site.code has small letters"),
        ("code = \"02\"", "code = \"01\"", "line 29: till.code \"01\" is there twice"),
        ("code = \"02\"", "code = \"2\"", "line 29: till.code \"2\": a till's code has 2 to 16"),
        ("role = \"manager\"", "role = \"boss\"", "line 35: person.role \"boss\" is not one of"),
        ("pin = \"7315\"", "pin = \"73\"", "line 36: person.pin has 4 to 12 digits"),
        ("pin = \"7315\"\n", "", "missing field `pin`"),
        ("sites = [\"main\"]", "sites = [\"moon\"]", "line 37: person.sites: there is no site \"moon\""),
        (
            "price = \"9.80\"",
            "price = \"9.805\"",
            "product RIB, price: \"9.805\" has more than 2 digits after the point",
        ),
        ("unit = \"metre\"", "unit = \"yard\"", "product RIB, unit: \"yard\" is not piece, kilogram or metre"),
        ("sku = \"T-WHI-M\"", "sku = \"T-WHI-S\"", "line 57: sku T-WHI-S is there already: company.toml, line 46"),
        ("{ main = \"31.5\" }", "{ moon = \"31.5\" }", "product.stock: there is no site \"moon\""),
        ("{ main = \"31.5\" }", "{ main = \"lots\" }", "product.stock: \"lots\" is not a quantity"),
        ("[[site]]", "[[site", "company.toml, line 19: "),
    ];
    for (right, wrong, words) in cases {
        let text = example();
        assert!(text.contains(right), "{right} is in the example");
        let error = load_text(&text.replacen(right, wrong, 1), None).expect_err(wrong);
        assert!(error.contains(words), "{wrong:?} gives {error:?}, not {words:?}");
        assert!(!error.contains("7315"), "a PIN is never shown");
    }
}

#[test]
fn a_products_file_beside_it_is_taken_whole_or_not_at_all() {
    let text = example().replacen("footer =", "products = \"products.csv\"\nfooter =", 1);
    let fine = load_text(&text, Some("sku,name,price,stock\nX1,Scarf,19.90,4\n")).expect("right");
    assert_eq!((fine.all.products.len(), fine.all.stock.len()), (11, 10));
    let bad = "sku,name,price\nX1,Scarf,19.90\nX2,,5\nGIFT,Again,5\nX3,Hat,dear\n";
    let error = load_text(&text, Some(bad)).expect_err("three lines are wrong");
    assert_eq!(
        error,
        "products.csv: line 3: name: is empty; line 4: sku GIFT is there already: company.toml, line 145; \
         line 5: price: \"dear\" is not an amount"
    );
    let error = load_text(&text, None).expect_err("it is not there");
    assert!(error.contains("products.csv") && error.contains("cannot be read"), "{error}");
}
