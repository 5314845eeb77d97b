//! What the document says of each call is what a real central answers: every call, asked in several wrong ways and a
//! right one.

use reqwest::{Method, RequestBuilder, Response};
use selvedge_central::store::suite::NOW_MS;
use serde_json::Value;
use uuid::Uuid;

use crate::house::{House, good};

struct Call {
    method: Method,
    path: String,
    said: Value,
}

async fn calls(house: &House) -> Vec<Call> {
    let document: Value = good(house.http.get(house.url("/api/v1/openapi.json"))).await;
    let mut calls = Vec::new();
    for (path, verbs) in document["paths"].as_object().expect("paths") {
        for (verb, said) in verbs.as_object().expect("operations") {
            let method = Method::from_bytes(verb.to_ascii_uppercase().as_bytes()).expect("a method");
            calls.push(Call { method, path: path.clone(), said: said.clone() });
        }
    }
    assert!(calls.len() > 20, "every call is there");
    calls
}

impl Call {
    /// To something that is not there.
    fn ask(&self, house: &House) -> RequestBuilder {
        let nobody = Uuid::nil().to_string();
        let path = ["device", "promise", "transfer"]
            .into_iter()
            .fold(self.path.clone(), |path, name| path.replace(&format!("{{{name}}}"), &nobody));
        assert!(!path.contains('{'), "{path}: say here what stands for it");
        house.http.request(self.method.clone(), house.url(&path)).header("accept-encoding", "zstd")
    }

    fn is(&self, name: &str) -> bool {
        self.said["operationId"] == name
    }

    /// Whether the document has this answer, with its headers.
    fn check(&self, document: &Value, answer: &Response) {
        let what = format!("{} {}: {}", self.method, self.path, answer.status());
        let said = &self.said["responses"][answer.status().as_str()];
        assert!(said.is_object(), "{what} is not in the document");
        let said = match said["$ref"].as_str() {
            Some(to) => document.pointer(to.trim_start_matches('#')).expect("a component"),
            None => said,
        };
        for header in ["x-request-id", "retry-after", "vary", "etag", "accept-ranges", "content-range"] {
            let known = said["headers"].as_object().into_iter().flatten();
            let known = known.map(|(name, _)| name.to_ascii_lowercase()).any(|name| name == header);
            assert_eq!(answer.headers().contains_key(header), known, "{what}: {header}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_answers_what_the_document_says() {
    let house = House::open().await;
    let document: Value = good(house.http.get(house.url("/api/v1/openapi.json"))).await;
    let station = house.station().await;
    let token = house.token(&station).await.token;
    let calls = calls(&house).await;
    for call in &calls {
        let json = "application/json";
        let known = || call.ask(&house).bearer_auth(&token);
        let with_body = call.said["requestBody"].is_object();
        let mut asked = vec![call.ask(&house), known(), known().query(&[("limit", "many"), ("gtin", "1")])];
        if with_body {
            asked.push(known().header("content-type", json).body("{"));
            asked.push(known().header("content-type", json).body("{}"));
            asked.push(known().header("content-type", "text/plain").body("{}"));
            asked.push(known().header("content-type", json).body(vec![b' '; 9 * 1024 * 1024]));
        }
        let mut refused = Vec::new();
        for request in asked {
            let answer = request.send().await.expect("central answers");
            call.check(&document, &answer);
            refused.push(answer.status().as_u16());
        }
        let what = format!("{} {}: {refused:?}", call.method, call.path);
        let needs = call.said["security"].as_array().is_some_and(|ways| ways.iter().all(|way| way["token"].is_array()));
        assert_eq!(refused[0] == 401, needs, "{what}: a token is needed where the document says so");
        assert!(!with_body || (refused.contains(&400) && refused.contains(&413)), "{what}");
        assert!(!with_body || refused.contains(&415), "{what}");
        // Another method is refused as such, so nothing is served beside the document.
        for other in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            if !calls.iter().any(|one| one.path == call.path && one.method == other) {
                let strange = Call { method: other, path: call.path.clone(), said: Value::Null };
                assert_eq!(strange.ask(&house).send().await.expect("an answer").status(), 405, "{what}");
            }
        }
    }
    // Who was revoked hears so, where the document says it.
    assert!(house.store.revoke(station.device, NOW_MS).await.expect("a store"));
    for call in &calls {
        let answer = call.ask(&house).bearer_auth(&token).send().await.expect("central answers");
        call.check(&document, &answer);
        assert!(answer.status() != 403 || !call.is("uploadJournal"), "a fact is never refused");
    }
    house.running.stop().await.expect("an orderly end");
}
