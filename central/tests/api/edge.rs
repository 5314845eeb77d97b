//! Nonsense, health, the document, TLS.

use std::sync::Arc;

use selvedge_central::serve::{ServeError, TlsFiles, serve};
use selvedge_central::store::StoreError;
use selvedge_central::store::sqlite::SqliteStore;
use selvedge_central::surroundings::Machine;
use selvedge_protocol::v1::{Health, code};

use crate::house::{House, good, refused};

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_in_words() {
    let house = House::open().await;
    let enrol = || house.http.post(house.url("/api/v1/enrol")).header("content-type", "application/json");
    let cases = [
        (house.http.get(house.url("/nowhere")), 404, code::NOT_FOUND),
        (house.http.get(house.url("/api/v1/enrol")), 405, code::METHOD),
        (enrol().body(""), 400, code::BAD_REQUEST),
        (enrol().body("{"), 400, code::BAD_REQUEST),
        (enrol().body("\u{0}\u{1}\u{2}"), 400, code::BAD_REQUEST),
        (enrol().body(r#"{"code": 7}"#), 400, code::BAD_REQUEST),
        (enrol().body("[".repeat(100_000)), 400, code::BAD_REQUEST),
        (house.http.post(house.url("/api/v1/enrol")).body("{}"), 415, code::MEDIA_TYPE),
    ];
    for (request, status, code) in cases {
        let (found, error) = refused(request).await;
        assert_eq!((found, error.code.as_str()), (status, code), "{}", error.detail);
    }
    let (_, error) = refused(enrol().body(r#"{"code": "0000-0000", "short": "000"}"#)).await;
    assert!(error.detail.contains("missing field `public_key`"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_document_are_served() {
    let house = House::open().await;
    let health: Health = good(house.http.get(house.url("/health"))).await;
    assert_eq!(health.status, "ok");
    let document: serde_json::Value = good(house.http.get(house.url("/api/v1/openapi.json"))).await;
    assert!(document["paths"]["/api/v1/journal"]["post"].is_object());
    house.running.stop().await.expect("an orderly end");
}

#[test]
fn the_document_is_the_one_that_was_agreed() {
    let mut document = serde_json::to_value(selvedge_central::http::document()).expect("JSON");
    document["info"]["version"] = "[version]".into();
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_stays_at_home() {
    let house = House::open().await;
    let outside = "0.0.0.0:0".parse().expect("an address");
    let refused = serve(Arc::clone(&house.store), Arc::new(Machine), outside, None).await.err().expect("refused");
    assert!(matches!(refused, ServeError::PlainOutside(_)), "{refused}");
    let empty = Arc::new(SqliteStore::memory().expect("a store"));
    let home = "127.0.0.1:0".parse().expect("an address");
    let refused = serve(empty, Arc::new(Machine), home, None).await.err().expect("refused");
    assert!(matches!(refused, ServeError::Store(StoreError::NotSetUp)), "{refused}");
    let refused = serve(Arc::clone(&house.store), Arc::new(Machine), house.running.address, None).await;
    assert!(matches!(refused.err().expect("refused"), ServeError::Listen { .. }), "the port is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_serves_anywhere() {
    let house = House::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.cert, made.cert.pem()).expect("written");
    let home = "0.0.0.0:0".parse().expect("an address");
    let begin = |files: &TlsFiles| serve(Arc::clone(&house.store), Arc::new(Machine), home, Some(files.clone()));
    let refused = begin(&files).await.err().expect("there is no key yet");
    assert!(matches!(refused, ServeError::Certificate { .. }), "{refused}");
    std::fs::write(&files.key, made.signing_key.serialize_pem()).expect("written");
    let running = begin(&files).await.expect("it serves");
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().tls_certs_only([root]).build().expect("a client");
    let url = format!("https://localhost:{}/health", running.address.port());
    let health: Health = good(client.get(&url)).await;
    assert_eq!(health.status, "ok");
    reqwest::Client::new().get(&url).send().await.expect_err("who does not know the certificate does not trust it");
    running.stop().await.expect("an orderly end");
}
