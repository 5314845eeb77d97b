//! What the document says of itself is whole, and true of the real router.

use std::collections::BTreeSet;

use super::*;

fn operations() -> Vec<(String, String, &'static Value)> {
    let paths = crate::http::document()["paths"].as_object().expect("paths");
    let verbs = paths.iter().flat_map(|(path, verbs)| {
        let verbs = verbs.as_object().expect("operations").iter();
        verbs.map(move |(verb, operation)| (path.clone(), verb.clone(), operation))
    });
    verbs.collect()
}

#[test]
fn parameters_are_where_they_say_and_what_may_be_left_out_is_not_required() {
    let may_be_left_out = |schema: &Value| {
        let null = |one: &Value| one == "null";
        null(&schema["type"]) || schema["type"].as_array().is_some_and(|types| types.iter().any(null))
    };
    let mut queries = 0;
    for (path, verb, operation) in operations() {
        let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
        let within = |one: &Value| path.contains(&format!("{{{}}}", one["name"].as_str().expect("a name")));
        for one in parameters.iter().filter(|one| one["$ref"].is_null()) {
            let what = format!("{verb} {path}: {one}");
            assert_eq!(one["in"] == "path", within(one), "{what}");
            assert!(!may_be_left_out(&one["schema"]) || one["required"] != true, "{what}");
            queries += usize::from(one["in"] == "query");
        }
        let named = parameters.iter().filter(|one| one["in"] == "path").count();
        assert_eq!(path.matches('{').count(), named, "{verb} {path}: each part of the path is named");
    }
    assert!(queries > 15, "the queries of feed, balances, entries, promises and transfers: {queries}");
}

#[test]
fn every_route_of_the_real_router_is_described() {
    let described: BTreeSet<String> = operations().into_iter().map(|(path, ..)| path).collect();
    let served: BTreeSet<String> = crate::http::routes().into_iter().collect();
    assert_eq!(described, served);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, all: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(to) = members.get("$ref").and_then(Value::as_str) {
                    let to = to.strip_prefix('#').expect("within the document");
                    assert!(all.pointer(to).is_some(), "{to}");
                }
                members.values().for_each(|value| walk(value, all));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, all)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = crate::http::document();
    walk(document, document);
}

#[test]
fn what_travels_as_text_is_described_by_kind() {
    let schemas = &crate::http::document()["components"]["schemas"];
    let titles = |name: &str| -> BTreeSet<String> {
        let listed = schemas[name]["anyOf"].as_array().expect("kinds").iter();
        listed.map(|one| one["title"].as_str().expect("a title").to_owned()).collect()
    };
    let known = |all: Vec<Travelling>| -> BTreeSet<String> {
        all.iter().map(|one| format!("{}, version {}", one.kind, one.version)).collect()
    };
    assert_eq!(titles("EntryBody"), known(Fact::travelling()));
    assert_eq!(titles("RowBody"), known(FeedBody::travelling()));
    assert_eq!(schemas["SaleV1"]["properties"]["lines"]["items"]["$ref"], "#/components/schemas/SaleLineV1");
    assert_eq!(schemas["EntryV1"]["properties"]["body"]["contentSchema"]["$ref"], "#/components/schemas/EntryBody");
}

#[test]
fn two_structs_of_one_name_are_one() {
    let mut found: std::collections::BTreeMap<String, Value> = std::collections::BTreeMap::new();
    for one in Fact::travelling().into_iter().chain(FeedBody::travelling()) {
        for (name, schema) in one.schemas {
            let schema = serde_json::to_value(schema).expect("JSON");
            let before = found.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "{name} is two things");
        }
    }
}

#[test]
fn no_link_of_the_source_is_left() {
    let text = crate::http::document().to_string();
    for link in ["[`", "`]", "](super", "](crate"] {
        assert!(!text.contains(link), "{link}: {}", &text[text.find(link).unwrap_or(0)..][..200]);
    }
    assert_eq!(plain("over [`Cursor::message`], hex"), "over `Cursor::message`, hex");
    assert_eq!(plain("at most [`ROWS`](super::ROWS)."), "at most `ROWS`.");
    assert_eq!(plain("[`never closed"), "[`never closed");
}
