//! What a program calls.

use accueil_server::Scope;
use accueil_server::roles::Role;
use serde_json::{Value, json};
use wire::problem::ProblemKind;

use super::Program;
use crate::support::{Site, refused, site_id};
use crate::web::{Agent, Web, account_as};

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
