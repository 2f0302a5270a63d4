//! What other programs are promised: `/api/v1` is what its document says, a key opens its site and nothing else, pages follow
//! each other without holes, and nothing is done twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use accueil_server::roles::Role;
use accueil_server::room::Access;
use accueil_server::store::ApiKey;
use accueil_server::{Scope, openapi, rows};
use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::Request;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};
use tower::ServiceExt;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::problem::ProblemKind;
use wire::token::Hash32;

use crate::support::{Answer, Site, refused, site_id};
use crate::web::{Agent, Web, account_as};

/// A program with a key.
struct Program<'a> {
    site: &'a Site,
    key: String,
    id: Uuid,
    asked: AtomicUsize,
}

impl<'a> Program<'a> {
    async fn with(site: &'a Site, scopes: &[Scope]) -> Self {
        Self::of(site, site_id(), scopes).await
    }

    async fn of(site: &'a Site, of: SiteId, scopes: &[Scope]) -> Self {
        static KEYS: AtomicUsize = AtomicUsize::new(1);
        let mut bits = [0; 32];
        bits[..8].copy_from_slice(&KEYS.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        let key = ApiKey {
            id: Uuid::now_v7(),
            site: of,
            name: "Agenda".into(),
            scopes: scopes.to_vec(),
            since: site.now(),
            expires_at: None,
            revoked_at: None,
            used_at: None,
        };
        site.store().add_key(&key, Hash32::of(&bits)).await.unwrap();
        Self { site, key: format!("acc_{}", BASE64URL_NOPAD.encode(&bits)), id: key.id, asked: AtomicUsize::new(0) }
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        // One request a second, so that none comes too often.
        self.site.advance(1);
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.key))
    }

    async fn get(&self, path: &str) -> Answer {
        self.site.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    async fn see(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(
            (&answer.headers["cache-control"], &answer.headers["x-content-type-options"]),
            (&"no-store".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        answer.json()
    }

    /// Asks under a name of its own.
    async fn post(&self, path: &str, body: &Value) -> Answer {
        let name = format!("request {}", self.asked.fetch_add(1, Ordering::SeqCst));
        self.post_as(&name, path, body).await
    }

    async fn post_as(&self, name: &str, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("idempotency-key", name);
        self.site.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn done(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }
}

const COMMITTED: &str = include_str!("../../api/openapi.json");

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

#[tokio::test]
async fn a_page_after_a_page_misses_and_doubles_nothing_while_tickets_come() {
    let site = Site::open().await;
    let program = Program::with(&site, &[Scope::TicketsRead]).await;
    let bornes = [site.borne(1).await, site.borne(2).await];
    let mut sent = [0_u64; 2];
    let mut seen: Vec<String> = Vec::new();
    let mut events: Vec<String> = Vec::new();
    let (mut tickets_at, mut events_at) = (String::new(), String::new());
    let mut expected = BTreeSet::new();
    for turn in 0..30_u64 {
        // The second borne was without network: what it gave long ago comes late, all at once.
        let late = usize::from(turn % 7 == 6);
        let count = if late == 1 { 9 } else { turn % 4 };
        if turn < 24 && count > 0 {
            let borne = &bornes[late];
            let given = site.now() - jiff::SignedDuration::from_secs(600 * late as i64);
            let day = "2026-11-21".parse().unwrap();
            let from = sent[late] + 1;
            let batch: Vec<_> = (from..from + count).map(|seq| borne.issued_at(given, day, seq, "titres")).collect();
            expected.extend((from..from + count).map(|seq| borne.ticket(seq).to_string()));
            assert_eq!(borne.sync(&site, from, &batch).await.status, 200);
            sent[late] += count;
        }
        for (path, at, all) in [("tickets", &mut tickets_at, &mut seen), ("events", &mut events_at, &mut events)] {
            let page = program.see(&format!("/api/v1/{path}?limit=3{at}")).await;
            let id = if path == "tickets" { "id" } else { "ticket" };
            all.extend(page["data"].as_array().unwrap().iter().map(|entry| entry[id].as_str().unwrap().to_owned()));
            *at = format!("&after={}", page["next"].as_str().unwrap());
            if turn == 29 {
                assert_eq!(page["more"], false);
            }
        }
    }
    for all in [seen, events] {
        assert_eq!(all.len(), expected.len(), "each once");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), expected);
    }
    // From now on.
    let page = program.see("/api/v1/events?after=now").await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(program.see(&format!("/api/v1/events?after={next}")).await["data"], json!([]));
    let page = program.see("/api/v1/tickets?state=waiting&service=titres&limit=500").await;
    assert_eq!(page["data"].as_array().unwrap().len(), expected.len());
    assert_eq!(program.see("/api/v1/tickets?state=called").await["data"], json!([]));
}

#[tokio::test]
async fn the_same_key_with_another_body_is_409() {
    let site = Site::open().await;
    let program = Program::with(&site, &[Scope::TicketsWrite, Scope::TicketsRead]).await;
    let wanted = json!({"service": "titres"});
    let first = program.post_as("rdv 7", "/api/v1/tickets", &wanted).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let first: Value = first.json();
    assert!(first["link"].as_str().unwrap().contains("/T/"), "{first}");
    refused(
        &program.post_as("rdv 7", "/api/v1/tickets", &json!({"service": "etat-civil"})).await,
        409,
        ProblemKind::Idempotency,
    );
    // The same again: the same ticket, whose link is told no more.
    let again = program.post_as("rdv 7", "/api/v1/tickets", &wanted).await;
    assert_eq!((again.status.as_u16(), &again.headers["idempotency-replayed"]), (201, &"true".parse().unwrap()));
    let again: Value = again.json();
    assert_eq!((&again["ticket"], &again["link"]), (&first["ticket"], &Value::Null));
    // Another program's name is its own, and after a day a name is free.
    let other = Program::with(&site, &[Scope::TicketsWrite]).await;
    assert_eq!(other.post_as("rdv 7", "/api/v1/tickets", &wanted).await.status, 201);
    assert_eq!(program.see("/api/v1/tickets").await["data"].as_array().unwrap().len(), 2);
    site.advance(24 * 3600);
    let tomorrow = program.post_as("rdv 7", "/api/v1/tickets", &wanted).await;
    assert_eq!(tomorrow.status, 201);
    assert_ne!(tomorrow.json::<Value>()["ticket"]["id"], first["ticket"]["id"]);
}

#[tokio::test]
async fn what_a_program_calls_the_console_and_the_displays_show() {
    let site = Site::open().await;
    let program = Program::with(&site, &Scope::ALL).await;
    let borne = site.borne(1).await;
    assert_eq!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status, 200);
    let counter = |of: &str| format!("/api/v1/counters/4/{of}");
    program.done(&counter("close"), &json!({})).await;
    refused(&program.post(&counter("call"), &json!({})).await, 409, ProblemKind::Conflict);
    program.done(&counter("open"), &json!({})).await;
    let called = program.done(&counter("call"), &json!({})).await;
    assert_eq!((called["ticket"]["label"].as_str(), called["ticket"]["state"].as_str()), (Some("A 1"), Some("called")));
    let calls = program.see("/api/v1/calls").await;
    assert_eq!((calls["data"][0]["label"].as_str(), calls["data"][0]["counter"].as_str()), (Some("A 1"), Some("4")));
    let counters = program.see("/api/v1/counters").await;
    let four = counters["data"].as_array().unwrap().iter().find(|counter| counter["id"] == "4").unwrap();
    assert_eq!((four["state"].as_str(), four["ticket"]["label"].as_str()), (Some("open"), Some("A 1")));
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Léa", Role::Agent, None).await;
    let agent = Agent::at(&web, "Léa", "4").await;
    assert!(agent.page().await.contains("A 1"), "the counter's console shows whom it has called");
    web.stop().await;
    program.done(&counter("start"), &json!({})).await;
    program.done(&counter("finish"), &json!({})).await;
    assert_eq!(program.done(&counter("call"), &json!({})).await["ticket"], Value::Null, "nobody waits");
    refused(&program.post(&counter("finish"), &json!({})).await, 409, ProblemKind::Conflict);

    // Whoever passes somebody over is named.
    assert_eq!(borne.sync(&site, 2, &[borne.issued(&site, 2, "titres")]).await.status, 200);
    program.done(&counter("call"), &json!({"ticket": borne.ticket(2)})).await;
    let kept = site.store().audit_before(None, Some(site_id()), 10).await.unwrap();
    let chosen = kept.iter().find(|link| link.action == "chosen").unwrap();
    assert_eq!((chosen.actor.as_str(), chosen.object.clone()), ("Agenda", borne.ticket(2).to_string()));
}

#[tokio::test]
async fn a_key_is_made_shown_once_and_closed_on_its_page_and_opens_no_other_site() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Noé", Role::Administrator, Some(site_id())).await;
    let administrator = Agent::sign_in_home(&web, "Noé").await;
    let refused_form = administrator.post("/admin/cles", &[("name", "Agenda"), ("days", "30")]).await;
    assert!(refused_form.status() == 409 && refused_form.text().await.unwrap().contains("au moins un droit"));
    let fields = [("name", "Agenda <1>"), ("scope", "hall:read"), ("scope", "root"), ("days", "30")];
    let page = administrator.post("/admin/cles", &fields).await.text().await.unwrap();
    let key = &page[page.find("acc_").unwrap()..][..47];
    assert!(page.contains("Agenda &#60;1&#62;"), "{page}");
    let page = administrator.get("/admin/cles").await.text().await.unwrap();
    assert!(!page.contains("acc_"), "it is shown once");
    let ask = async || {
        let request = Request::get("/api/v1/services").header("authorization", format!("Bearer {key}"));
        site.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(ask().await.status, 200);
    let made = site.store().keys(site_id()).await.unwrap().remove(0);
    assert_eq!((made.scopes.as_slice(), made.used_at), (&[Scope::HallRead][..], Some(site.now())));
    site.advance(30 * 24 * 3600);
    refused(&ask().await, 401, ProblemKind::Key);

    // Closed at once; and one of a site that is not served here opens nothing.
    let key = Program::with(&site, &[Scope::HallRead]).await;
    assert_eq!(key.get("/api/v1/sites").await.status, 200);
    let page = administrator.get("/admin/cles").await;
    assert_eq!(page.url().path(), "/connexion", "thirty days are longer than a session");
    assert!(site.store().revoke_key(site_id(), key.id, site.now()).await.unwrap());
    refused(&key.get("/api/v1/sites").await, 401, ProblemKind::Key);
    let elsewhere = Program::of(&site, SiteId(Uuid::from_u128(99)), &Scope::ALL).await;
    refused(&elsewhere.get("/api/v1/sites").await, 401, ProblemKind::Key);
    web.stop().await;
}

#[tokio::test]
async fn a_key_asks_no_more_than_its_rate() {
    let site = Site::open().await;
    let program = Program::with(&site, &[Scope::HallRead]).await;
    let (header, router) = (format!("Bearer {}", program.key), site.router());
    let ask = async || {
        let request = Request::get("/api/v1/waits").header("authorization", &header);
        Answer::of(router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await
    };
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(ask().await);
    }
    let last = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| answer.status == 200));
    refused(&last, 429, ProblemKind::TooManyRequests);
    assert_eq!(last.headers["retry-after"], "1");
    site.advance(1);
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn what_failed_after_it_was_done_is_not_done_twice() {
    let site = Site::open().await;
    let program = Program::with(&site, &[Scope::TicketsWrite, Scope::TicketsRead]).await;
    let wanted = json!({"service": "titres"});
    let first = program.post_as("rdv 7", "/api/v1/tickets", &wanted).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let first: Value = first.json();
    // The server died before it could keep the answer, and its log cannot be read when the program asks again.
    let file = site.folder.path().join("accueil.db");
    let mut own = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    own.execute("UPDATE answers SET status = NULL").await.unwrap();
    own.execute("ALTER TABLE events RENAME TO away").await.unwrap();
    site.advance(61);
    let failed = program.post_as("rdv 7", "/api/v1/tickets", &wanted).await;
    refused(&failed, 500, ProblemKind::Internal);
    own.execute("ALTER TABLE away RENAME TO events").await.unwrap();
    refused(&program.post_as("rdv 7", "/api/v1/tickets", &wanted).await, 409, ProblemKind::Idempotency);
    site.advance(61);
    let again = program.post_as("rdv 7", "/api/v1/tickets", &wanted).await;
    assert_eq!(again.status, 201, "{}", again.text());
    assert_eq!(again.json::<Value>()["ticket"]["id"], first["ticket"]["id"]);
    assert_eq!(program.see("/api/v1/tickets").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_guesses_keys_is_told_to_come_back() {
    let site = Site::open().await;
    let router = site.router();
    let ask = async |n: u8| {
        let key = format!("Bearer acc_{}", BASE64URL_NOPAD.encode(&[n; 32]));
        let request = Request::get("/api/v1/waits").header("authorization", key).body(Body::empty()).unwrap();
        Answer::of(router.clone().oneshot(request).await.unwrap()).await
    };
    for n in 0..60 {
        refused(&ask(n).await, 401, ProblemKind::Key);
    }
    let last = ask(60).await;
    refused(&last, 429, ProblemKind::TooManyRequests);
    assert_eq!(last.headers["retry-after"], "1");
    let program = Program::with(&site, &[Scope::HallRead]).await;
    program.see("/api/v1/waits").await;
}
