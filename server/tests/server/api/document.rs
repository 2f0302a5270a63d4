//! The document: what was committed, every route, and each answer as it says.

use std::collections::BTreeSet;

use accueil_server::room::Access;
use accueil_server::{Scope, openapi, rows};
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use wire::problem::ProblemKind;

use super::Program;
use crate::support::{Site, refused, site_id};

const COMMITTED: &str = include_str!("../../../api/openapi.json");

#[test]
fn api_is_what_was_committed() {
    assert!(
        openapi() == COMMITTED,
        "the API has changed: look at what that means for programs that are there, then \
         `accueil-server openapi > server/api/openapi.json`"
    );
}

#[tokio::test]
async fn the_document_names_every_route_and_its_scope() {
    let site = Site::open().await;
    let document: Value = serde_json::from_str(openapi()).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let scope = operation["security"][0]["key"][0].as_str().unwrap().to_owned();
            described.insert((path.clone(), method.to_uppercase(), scope));
        }
    }
    let keyed = rows(&site.app).into_iter().filter_map(|row| {
        let Access::Key(scope) = row.access else { return None };
        Some((row.path.to_owned(), row.method.to_string(), scope.as_str().to_owned()))
    });
    assert_eq!(keyed.collect::<BTreeSet<_>>(), described);
}

/// Whether a value is what a schema of the document says: types, required properties, references, nothing unnamed.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return check(document, schema, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            choice["type"] == "null" && value.is_null() || choice["type"] != "null" && !value.is_null()
        };
        return check(document, choices.iter().find(fits).unwrap(), value, at);
    }
    let types: Vec<&str> = match schema["type"].as_array() {
        Some(types) => types.iter().filter_map(Value::as_str).collect(),
        None => schema["type"].as_str().into_iter().collect(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.contains(&kind), "{at}: {value} is no {types:?}");
    if let (Some(allowed), Some(text)) = (schema["enum"].as_array(), value.as_str()) {
        assert!(allowed.iter().any(|one| one == text), "{at}: {text} is none of {allowed:?}");
    }
    match value {
        Value::Array(entries) => {
            entries.iter().for_each(|entry| check(document, &schema["items"], entry, &format!("{at}[]")));
        }
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(fields.contains_key(name.as_str().unwrap()), "{at}: {name} is missing");
            }
            for (name, value) in fields {
                let named = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                check(
                    document,
                    named.unwrap_or_else(|| panic!("{at}.{name} is not described")),
                    value,
                    &format!("{at}.{name}"),
                );
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_path_of_the_document_answers_as_it_says() {
    let site = Site::open().await;
    let document: Value = serde_json::from_str(openapi()).unwrap();
    let borne = site.borne(1).await;
    let tickets: Vec<_> = (1..=4).map(|seq| borne.issued(&site, seq, "titres")).collect();
    assert_eq!(borne.sync(&site, 1, &tickets).await.status, 200);
    let all = Program::with(&site, &Scope::ALL).await;
    let (first, second) = (borne.ticket(1), borne.ticket(2));
    // What is sent where, in an order in which each can be done.
    let acts = [
        ("/api/v1/tickets", json!({"service": "titres", "language": "ar", "group": 2})),
        ("/api/v1/counters/{counter}/open", json!({})),
        ("/api/v1/counters/{counter}/call", json!({})),
        ("/api/v1/counters/{counter}/recall", json!({})),
        ("/api/v1/counters/{counter}/start", json!({})),
        ("/api/v1/counters/{counter}/finish", json!({"inexact": true})),
        ("/api/v1/tickets/{ticket}/cancel", json!({"episode": 1})),
        ("/api/v1/tickets/{ticket}/reinstate", json!({})),
        ("/api/v1/tickets/{ticket}/check-in", json!({"appointment": "2026-11-21T09:00:00Z"})),
        ("/api/v1/counters/{counter}/call", json!({"ticket": borne.ticket(3)})),
        ("/api/v1/counters/{counter}/recall", json!({})),
        ("/api/v1/counters/{counter}/no-show", json!({})),
        ("/api/v1/counters/{counter}/pause", json!({"reason": "lunch"})),
        ("/api/v1/counters/{counter}/close", json!({})),
    ];
    let filled = |path: &str| path.replace("{ticket}", &second.to_string()).replace("{counter}", "4");
    let described = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"].clone()
    };
    let mut done = BTreeSet::new();
    for (path, body) in &acts {
        site.advance(100);
        let answer = all.post(&filled(path), body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        let schema = described(path, "post", answer.status.as_str());
        check(&document, &schema, &answer.json(), path);
        done.insert(*path);
    }
    let paths = document["paths"].as_object().unwrap();
    let problem = &document["components"]["schemas"]["Problem"];
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let address = filled(path).replace(&second.to_string(), &first.to_string());
            if method == "get" {
                let value = all.see(&address).await;
                check(&document, &described(path, "get", "200"), &value, path);
                assert!(
                    value.get("data").is_none_or(|data| data.as_array().is_some_and(|data| !data.is_empty())),
                    "{path}"
                );
            } else {
                assert!(done.contains(path.as_str()), "{path} is tried by nobody");
            }
            // Without a key, with one that is over, with one for something else.
            let bare = Request::builder().method(method.to_uppercase().as_str()).uri(&address);
            let answer = site.send(bare.body(Body::empty()).unwrap()).await;
            refused(&answer, 401, ProblemKind::Key);
            check(&document, problem, &answer.json(), path);
            let scope = methods[method]["security"][0]["key"][0].as_str().unwrap();
            let others: Vec<Scope> = Scope::ALL.into_iter().filter(|other| other.as_str() != scope).collect();
            let other = Program::with(&site, &others).await;
            let request = other.request(&method.to_uppercase(), &address).body(Body::empty()).unwrap();
            refused(&site.send(request).await, 403, ProblemKind::Scope);
            assert!(site.store().revoke_key(site_id(), other.id, site.now()).await.unwrap());
            let request = other.request(&method.to_uppercase(), &address).body(Body::empty()).unwrap();
            refused(&site.send(request).await, 401, ProblemKind::Key);
        }
    }
    // What is wrong is said, and changes nothing.
    for (path, body, status, kind) in [
        ("/api/v1/tickets", json!({"service": "nonsense"}), 404, ProblemKind::NotFound),
        ("/api/v1/tickets", json!({"service": "titres", "group": 10}), 400, ProblemKind::BadRequest),
        ("/api/v1/tickets", json!({"service": "titres", "colour": 1}), 400, ProblemKind::BadRequest),
        ("/api/v1/counters/99/call", json!({}), 404, ProblemKind::NotFound),
        ("/api/v1/counters/4/call", json!({}), 409, ProblemKind::Conflict),
        ("/api/v1/tickets/nobody/cancel", json!({}), 404, ProblemKind::NotFound),
        ("/api/v1/tickets", json!({"service": "x".repeat(5_000)}), 413, ProblemKind::TooLarge),
    ] {
        refused(&all.post(path, &body).await, status, kind);
    }
    for asked in
        ["tickets?limit=0", "tickets?limit=abc", "tickets?state=nonsense", "events?limit=abc", "events?colour=1"]
    {
        refused(&all.get(&format!("/api/v1/{asked}")).await, 400, ProblemKind::BadRequest);
    }
    refused(&all.get("/api/v1/nonsense").await, 404, ProblemKind::NotFound);
    refused(&all.post("/api/v1/nonsense", &json!({})).await, 404, ProblemKind::NotFound);
    refused(&all.post("/api/v1/waits", &json!({})).await, 404, ProblemKind::NotFound);
    refused(&all.get("/api/v1/events?after=nonsense").await, 400, ProblemKind::BadRequest);
    let nameless = all.request("POST", "/api/v1/counters/4/open").body(Body::empty()).unwrap();
    refused(&site.send(nameless).await, 400, ProblemKind::BadRequest);
}
