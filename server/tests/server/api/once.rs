//! Nothing is missed, told or done twice.

use std::collections::BTreeSet;

use accueil_server::Scope;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};
use wire::problem::ProblemKind;

use super::Program;
use crate::support::{Site, refused};

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
