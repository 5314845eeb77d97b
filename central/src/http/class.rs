//! How important a request is, by what can be known before its body is read.

use axum::http::{HeaderMap, Method, header};

use crate::door::rules::Class;

/// A journal's segment that is shorter holds what was sold just now; a longer one is a backlog.
const LIVE_BYTES: u64 = 4 * 1024;

/// Of a request to a route; none where asking must always be possible: an operator looks how central is.
pub(super) fn of(method: &Method, route: &str, headers: &HeaderMap) -> Option<Class> {
    let path = route.strip_prefix("/api/v1/").unwrap_or(route);
    let first = path.split('/').next().unwrap_or(path);
    Some(match first {
        "health" | "ready" | "/metrics" | "" | "openapi.json" | "none" => return None,
        "enrol" | "token" | "generations" => Class::Token,
        "journal" if *method == Method::POST && length(headers).is_some_and(|length| length <= LIVE_BYTES) => {
            Class::Live
        }
        "journal" | "decisions" => Class::Backlog,
        "promises" | "allotments" | "transfers" => Class::Promise,
        "feed" | "stream" => Class::Feed,
        "snapshot" => Class::Snapshot,
        "report" | "bases" => Class::Report,
        _ => Class::Lookup,
    })
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_is_sold_now_is_told_from_a_backlog_by_its_length() {
        let sent = |length: Option<u64>| {
            let mut headers = HeaderMap::new();
            if let Some(length) = length {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            of(&Method::POST, "/api/v1/journal", &headers)
        };
        assert_eq!(sent(Some(900)), Some(Class::Live));
        assert_eq!(sent(Some(200_000)), Some(Class::Backlog));
        assert_eq!(sent(None), Some(Class::Backlog), "who does not say how much it is may have a lot");
    }

    #[test]
    fn how_central_is_can_always_be_asked() {
        let none = HeaderMap::new();
        for route in ["/api/v1/health", "/api/v1/ready", "/metrics"] {
            assert_eq!(of(&Method::GET, route, &none), None, "{route}");
        }
        assert_eq!(of(&Method::GET, "/api/v1/devices/{id}", &none), Some(Class::Lookup));
    }
}
