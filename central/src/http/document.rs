//! The OpenAPI document: what the handlers say of themselves, and what is so of every call, said in one place. What
//! surrounds a handler (the door, the deadline, tokens, packed bodies, request ids) is known here, so that no handler
//! can forget it.

use selvedge_protocol::journal::{Body, Fact};
use selvedge_protocol::openapi::Travelling;
use selvedge_protocol::v1::FeedBody;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{PartialSchema, ToSchema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Selvedge central",
        description = "What stations and central say to each other. JSON; bodies may be zstd in both directions. \
                       Every answer that is not 2xx has an ApiError as its body: 404 for a path that is not here, 405 \
                       for a method that a path does not take."
    ),
    tags(
        (name = "stations", description = "For enrolled stations"),
        (name = "promises", description = "For web shops, stations and operators"),
        (name = "transfers", description = "For stations and operators"),
        (name = "joining", description = "Before that"),
        (name = "operators", description = "For whoever looks after central")
    )
)]
struct Document;

/// Calls whose answers are packed for who reads zstd, by operation.
const PACKED: [&str; 4] = ["balances", "feed", "ownEntries", "uploadJournal"];
/// Calls that need no room and no store, by operation: asking how central is works when nothing else does.
const ALWAYS: [&str; 2] = ["document", "health"];
/// The call whose answer can be had in parts.
const IN_PARTS: &str = "snapshot";

/// Answers that many calls have in common: status, what it is called, what it says, whether it says when to come again.
const COMMON: [(u16, &str, &str, bool); 8] = [
    (400, "BadRequest", "A fault of the client's: `detail` names the field", false),
    (401, "NoToken", "No token, or not a good one", false),
    (408, "Timeout", "Central works 30 seconds at one request: again later", false),
    (413, "TooLarge", "The body is larger than central takes", false),
    (415, "MediaType", "A body is JSON, plain or in zstd", false),
    (429, "TooOften", "Not before `Retry-After`", true),
    (500, "Internal", "Central failed: again later", false),
    (
        503,
        "Busy",
        "Too much to do, the store is away, or central takes back what it lost: not before `Retry-After`",
        true,
    ),
];

/// The document before the routes are in it.
pub(super) fn begun() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().security_schemes.insert("token".to_owned(), bearer.into());
    document
}

/// With all routes in it: adds what they have in common, and what travels as text.
pub(super) fn complete(document: &utoipa::openapi::OpenApi) -> Value {
    // Serializing our own document cannot fail; an empty one would be found by the tests.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let components = &mut document["components"];
    components["headers"] = headers();
    components["responses"] = responses();
    components["parameters"] = parameters();
    travelling(&mut components["schemas"]);
    for (path, verbs) in members(&mut document["paths"]) {
        for (_, operation) in members(verbs) {
            surround(path, operation);
        }
    }
    strip_links(&mut document);
    document
}

/// The members of an object; none of anything else.
fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

fn component(of: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{of}/{name}") })
}

fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "x-request-id": text("The request's id, as it was given or as central made it; it is in central's log"),
        "Retry-After": { "description": "Seconds to wait at least", "schema": { "type": "integer", "minimum": 0 } },
        "Content-Encoding": text("`zstd` where the client reads it and the answer is longer than 1 KiB"),
        "Vary": text("`accept-encoding`"),
        "ETag": text("Which file it is, at the replica that made it; for `If-Range`"),
        "Accept-Ranges": text("`bytes`"),
        "Content-Range": text("`bytes FIRST-LAST/ALL`"),
    })
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "RequestId": header(
            "x-request-id",
            "Taken over into central's log and answer; otherwise central makes one",
            json!({ "type": "string", "pattern": "^[A-Za-z0-9-]{8,64}$" }),
        ),
        "ContentEncoding": header(
            "Content-Encoding", "How the body is packed", json!({ "type": "string", "enum": ["identity", "zstd"] }),
        ),
        "AcceptEncoding": header("Accept-Encoding", "Answers are packed for who names `zstd`", text()),
        "Range": header("Range", "`bytes=N-`: the rest of the file from there; only with `If-Range`", text()),
        "IfRange": header("If-Range", "The `ETag` of what is there already", text()),
    })
}

fn responses() -> Value {
    let one = |(_, name, description, waits): &(u16, &str, &str, bool)| {
        let mut headers = json!({ "x-request-id": component("headers", "x-request-id") });
        if *waits {
            headers["Retry-After"] = component("headers", "Retry-After");
        }
        let content = json!({ "application/json": { "schema": component("schemas", "ApiError") } });
        ((*name).to_owned(), json!({ "description": description, "headers": headers, "content": content }))
    };
    Value::Object(COMMON.iter().map(one).collect())
}

/// What is so of this call because of what surrounds its handler.
fn surround(path: &str, operation: &mut Value) {
    let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let has_body = operation["requestBody"].is_object();
    let has_query = operation["parameters"].as_array().into_iter().flatten().any(|one| one["in"] == "query");
    let has_token = operation["security"].is_array();
    // Only who is known by a token is asked to ask less often; how central is may be asked for ever.
    let is_counted = has_token && path.starts_with("/api/");
    let answers = [
        (400, has_body || has_query),
        (401, has_token),
        (408, true),
        (413, has_body),
        (415, has_body),
        (429, is_counted),
        (500, true),
        (503, !ALWAYS.contains(&name.as_str())),
    ];
    let said = &mut operation["responses"];
    for (status, _) in answers.into_iter().filter(|(_, has)| *has) {
        let answer = &mut said[status.to_string()];
        // What a handler says more exactly stays.
        if answer["description"].as_str().unwrap_or_default().is_empty()
            && let Some((_, name, ..)) = COMMON.iter().find(|(of, ..)| *of == status)
        {
            *answer = component("responses", name);
        }
    }
    for (status, answer) in members(said).filter(|(_, answer)| answer["$ref"].is_null()) {
        describe(&name, status, answer);
    }
    let mut taken: Vec<&str> = vec!["RequestId"];
    taken.extend(has_body.then_some("ContentEncoding"));
    taken.extend(PACKED.contains(&name.as_str()).then_some("AcceptEncoding"));
    taken.extend(["Range", "IfRange"].into_iter().filter(|_| name == IN_PARTS));
    let taken = taken.into_iter().map(|name| component("parameters", name));
    match operation["parameters"].as_array_mut() {
        Some(known) => known.extend(taken),
        None => operation["parameters"] = taken.collect(),
    }
}

/// The headers of an answer that is not one of the common ones.
fn describe(operation: &str, status: &str, answer: &mut Value) {
    let good = status.starts_with('2');
    if answer["description"].as_str().unwrap_or_default().is_empty() {
        answer["description"] = if good { "Done" } else { "Refused: `code` and `detail` say why" }.into();
    }
    let mut names = vec!["x-request-id"];
    names.extend(["429", "503"].contains(&status).then_some("Retry-After"));
    if good && PACKED.contains(&operation) {
        names.extend(["Content-Encoding", "Vary"]);
    }
    if good && operation == IN_PARTS {
        names.extend(["ETag", "Accept-Ranges"]);
        names.extend((status == "206").then_some("Content-Range"));
    }
    for name in names {
        answer["headers"][name] = component("headers", name);
    }
}

/// The texts inside of entries and rows, by kind and version. What is not in the list a client keeps as it is.
fn travelling(schemas: &mut Value) {
    let mut register = |found: Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>| {
        for (name, schema) in found {
            schemas[name] = serde_json::to_value(schema).unwrap_or_default();
        }
    };
    let mut nested = vec![(Body::name().into_owned(), Body::schema())];
    Body::schemas(&mut nested);
    register(nested);
    let title = |one: &Travelling| format!("{}, version {}", one.kind, one.version);
    let (mut entries, mut rows) = (Vec::new(), Vec::new());
    for one in Fact::travelling() {
        let says = json!({
            "kind": { "const": one.kind }, "version": { "const": one.version },
            "payload": component("schemas", &one.name),
        });
        entries.push(json!({
            "title": title(&one), "allOf": [component("schemas", "Body")], "type": "object", "properties": says,
        }));
        register(one.schemas);
    }
    for one in FeedBody::travelling() {
        rows.push(json!({ "title": title(&one), "allOf": [component("schemas", &one.name)] }));
        register(one.schemas);
    }
    schemas["EntryBody"] = json!({
        "description": "What an entry's `body` holds, by its `kind` and `version`. Others may come.", "anyOf": entries,
    });
    schemas["RowBody"] = json!({
        "description": "What a row's `body` holds, by the row's `kind` and `version`, which each title names. Others may \
                        come.",
        "anyOf": rows,
    });
    for (schema, body) in [("EntryV1", "EntryBody"), ("FeedRow", "RowBody")] {
        let text = &mut schemas[schema]["properties"]["body"];
        text["contentMediaType"] = "application/json".into();
        text["contentSchema"] = component("schemas", body);
    }
}

/// Descriptions come from the comments of the source: a link there is a name here.
fn strip_links(value: &mut Value) {
    match value {
        Value::Object(members) => strip_members(members),
        Value::Array(items) => items.iter_mut().for_each(strip_links),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn strip_members(members: &mut Map<String, Value>) {
    for (name, value) in members {
        if let Value::String(text) = value {
            if ["description", "summary"].contains(&name.as_str()) {
                *text = plain(text);
            }
        } else {
            strip_links(value);
        }
    }
}

/// ``[`Cursor::message`]`` and ``[`ROWS`](super::ROWS)`` are `` `Cursor::message` `` and `` `ROWS` ``.
fn plain(text: &str) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else { break };
        said.push_str(before);
        said.push('`');
        said.push_str(name);
        said.push('`');
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests;
