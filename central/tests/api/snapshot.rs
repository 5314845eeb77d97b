//! What stations begin with.

use std::io::Read;

use reqwest::Response;
use selvedge_protocol::v1::*;

use crate::house::{House, good, refused};

async fn ask(house: &House, token: &str, have: Option<(&str, usize)>) -> Response {
    let mut get = house.http.get(house.url("/api/v1/snapshot")).bearer_auth(token);
    if let Some((etag, bytes)) = have {
        get = get.header("range", format!("bytes={bytes}-")).header("if-range", etag);
    }
    get.send().await.expect("central answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_the_feed_up_to_a_cursor_and_a_broken_download_goes_on() {
    let house = House::open().await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    assert_eq!(refused(house.http.get(house.url("/api/v1/snapshot"))).await.0, 401, "a token is needed");
    let whole = ask(&house, &token, None).await;
    assert_eq!(whole.status(), 200);
    let etag = whole.headers()["etag"].to_str().expect("text").to_owned();
    let bytes = whole.bytes().await.expect("all of it").to_vec();
    for at in [1, bytes.len() / 2, bytes.len() - 1] {
        let rest = ask(&house, &token, Some((&etag, at))).await;
        assert_eq!(rest.status(), 206);
        assert_eq!(rest.headers()["content-range"], format!("bytes {at}-{}/{}", bytes.len() - 1, bytes.len()));
        assert_eq!(rest.bytes().await.expect("the rest"), bytes[at..], "from {at}");
    }
    for strange in [("\"another\"", 5), (etag.as_str(), bytes.len())] {
        let again = ask(&house, &token, Some(strange)).await;
        assert_eq!((again.status().as_u16(), again.bytes().await.expect("all").len()), (200, bytes.len()));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("snapshot.db");
    let mut plain = Vec::new();
    zstd::Decoder::new(bytes.as_slice()).and_then(|mut packed| packed.read_to_end(&mut plain)).expect("zstd");
    std::fs::write(&file, plain).expect("written");
    let file = rusqlite::Connection::open(&file).expect("a SQLite file");
    let cursor: String = file.query_row("SELECT cursor FROM snapshot", [], |row| row.get(0)).expect("a cursor");
    let cursor: Cursor = serde_json::from_str(&cursor).expect("a cursor");
    let mut bodies = file.prepare("SELECT body FROM row ORDER BY number").expect("rows");
    let bodies = bodies.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let rows: Vec<FeedRow> =
        bodies.map(|body| serde_json::from_str(&body.expect("a row")).expect("a row of the feed")).collect();
    let mut fed = Vec::new();
    let mut query = FeedQuery::default();
    let next = loop {
        let get = house.http.get(house.url("/api/v1/feed")).bearer_auth(&token).query(&query);
        let page: FeedPage = good(get).await;
        fed.extend(page.rows);
        query = FeedQuery::after(&page.next, MAX_PAGE_ROWS);
        if !page.more {
            break page.next;
        }
    };
    assert_eq!((rows == fed, cursor), (true, next), "the same rows, the same end");
}
