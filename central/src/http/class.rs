//! How important a request is, by what can be known before its body is read.

use axum::http::{HeaderMap, Method, header};

use crate::door::rules::Class;

/// A journal's segment that is shorter holds what was sold just now; a longer one is a backlog.
const LIVE_BYTES: u64 = 4 * 1024;
/// The route of paths that nobody serves.
pub(super) const NOT_SERVED: &str = "none";

/// Of a request to a route; none where asking must always be possible: an operator looks how central is. A path that
/// nobody serves costs nothing either.
pub(super) fn of(method: &Method, route: &str, headers: &HeaderMap) -> Option<Class> {
    match listed(route) {
        Some(Some(Class::Backlog)) if is_live(method, route, headers) => Some(Class::Live),
        Some(class) => class,
        None if route == NOT_SERVED => None,
        None => Some(Class::Lookup),
    }
}

/// What each route is: none inside where asking must always be possible, none outside where it is not in this list,
/// which a test finds.
fn listed(route: &str) -> Option<Option<Class>> {
    Some(match route {
        "/health" | "/ready" | "/metrics" | "/api/v1/openapi.json" => None,
        "/api/v1/enrol" | "/api/v1/token" | "/api/v1/generations" => Some(Class::Token),
        "/api/v1/journal" | "/api/v1/decisions" => Some(Class::Backlog),
        "/api/v1/promises"
        | "/api/v1/promises/{promise}"
        | "/api/v1/promises/{promise}/confirm"
        | "/api/v1/promises/{promise}/release"
        | "/api/v1/promises/{promise}/cancel"
        | "/api/v1/allotments"
        | "/api/v1/transfers"
        | "/api/v1/transfers/{transfer}"
        | "/api/v1/transfers/{transfer}/cancel" => Some(Class::Promise),
        "/api/v1/feed" | "/api/v1/stream" => Some(Class::Feed),
        "/api/v1/snapshot" => Some(Class::Snapshot),
        "/api/v1/report" | "/api/v1/bases" => Some(Class::Report),
        "/api/v1/balances" | "/api/v1/availability" | "/api/v1/devices" | "/api/v1/devices/{device}" => {
            Some(Class::Lookup)
        }
        _ => return None,
    })
}

/// What was sold just now, told by its length: a longer segment is a backlog.
fn is_live(method: &Method, route: &str, headers: &HeaderMap) -> bool {
    let short = || length(headers).is_some_and(|length| length <= LIVE_BYTES);
    route == "/api/v1/journal" && *method == Method::POST && short()
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
        for route in ["/health", "/ready", "/metrics", "/api/v1/openapi.json"] {
            assert_eq!(listed(route), Some(None), "{route}");
            assert_eq!(of(&Method::GET, route, &none), None, "{route}");
        }
        assert_eq!(of(&Method::GET, NOT_SERVED, &none), None, "what is not served needs no room");
        assert_eq!(of(&Method::GET, "/api/v1/devices/{device}", &none), Some(Class::Lookup));
        assert_eq!(of(&Method::GET, "/api/v1/journal", &none), Some(Class::Backlog));
    }

    #[test]
    fn every_route_that_is_served_is_listed() {
        let routes = crate::http::routes();
        assert!(routes.len() > 20, "{routes:?}");
        for route in routes {
            assert!(listed(&route).is_some(), "{route}: say in class.rs what it is");
        }
    }
}
