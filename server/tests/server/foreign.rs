//! What is of another site: its tickets, decisions, screens and exports are as good as none, whoever knows their identity.

use std::sync::Arc;

use accueil_server::Scope;
use accueil_server::desk::{Act, Done, Made, NewTicket, Seen, Wanted};
use accueil_server::roles::Role;
use accueil_server::site::Site as Hall;
use accueil_server::store::{ApiKey, Grant};
use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::Request;
use queue_engine::State;
use serde_json::json;
use uuid::Uuid;
use wire::ids::{Language, SiteId, TicketId};
use wire::token::Hash32;

use crate::support::acts::{AGENT, seen_in};
use crate::support::{SECOND, Site, site_id};
use crate::web::{Agent, Web, account_as};

/// Does something at the first counter of a site.
async fn act(hall: &Hall, act: Act) -> TicketId {
    let plan = hall.plan();
    let counter = plan.catalogue.counter(&"1".parse().unwrap());
    match hall.act(AGENT, counter, &Wanted { id: Uuid::new_v4(), act }).await.unwrap() {
        Done::Now(Made { ticket: Some(ticket), .. }) => ticket,
        other @ (Done::Now(_) | Done::Before { .. } | Done::Nobody | Done::Refused(_)) => panic!("{other:?}"),
    }
}

/// A ticket that waits, given at the desk.
async fn given(hall: &Hall) -> TicketId {
    let new = NewTicket {
        service: "titres".parse().unwrap(),
        lang: Language::Fr,
        priority: false,
        group: 1,
        appointment: None,
        needs: [].into(),
        paperless: false,
    };
    act(hall, Act::Issue(new)).await
}

#[tokio::test]
async fn tickets_of_another_site_are_not_found_whoever_knows_their_identity() {
    let site = Site::open_two().await;
    let second: SiteId = SECOND.parse().unwrap();
    let there: Arc<Hall> = site.app.site(second).unwrap();
    let (called, waits) = (given(&there).await, given(&there).await);
    assert_eq!(act(&there, Act::Call).await, called);
    let own = given(&site.hall()).await;
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Ada", Role::Administrator, Some(site_id())).await;
    let ada = Agent::at(&web, "Ada", "1").await;

    let status = async |path: &str| ada.get(path).await.status().as_u16();
    assert_eq!(status(&format!("/accueil/ticket/{own}")).await, 200);
    assert_eq!(status(&format!("/guichet/pourquoi/{own}/1")).await, 200);
    for ticket in [called, waits] {
        assert_eq!(status(&format!("/accueil/ticket/{ticket}")).await, 404);
        // Also where a decision is kept of it.
        assert_eq!(status(&format!("/guichet/pourquoi/{ticket}/1")).await, 404);
    }
    assert!(there.why(called, 1).await.unwrap().is_some());
    assert!(site.hall().why(called, 1).await.unwrap().is_none());

    // Nor is anything done to them.
    let Seen { ticket, episode } = seen_in(&there, waits);
    for path in ["/accueil/annuler", "/accueil/reporter", "/salle/remettre", "/salle/reprendre"] {
        let (id, ticket, episode) = (Uuid::new_v4().to_string(), ticket.to_string(), episode.to_string());
        let fields = [("id", &*id), ("ticket", &*ticket), ("episode", &*episode)];
        let answer = ada.post(path, &fields).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        site.advance(1);
    }
    let state = |ticket: TicketId| there.look(|hall| hall.ticket(&ticket).unwrap().state(hall.day()));
    assert_eq!((state(called), state(waits)), (State::Called, State::Waiting));

    // A program with a key of the first site.
    let key = ApiKey {
        id: Uuid::now_v7(),
        site: site_id(),
        name: "Agenda".into(),
        scopes: Scope::ALL.to_vec(),
        since: site.now(),
        expires_at: None,
        revoked_at: None,
        used_at: None,
    };
    site.store().add_key(&key, Hash32::of(&[7; 32])).await.unwrap();
    let ask = async |method: &str, path: String| {
        let ask = Request::builder().method(method).uri(path).header("idempotency-key", Uuid::new_v4().to_string());
        let ask = ask.header("authorization", format!("Bearer acc_{}", BASE64URL_NOPAD.encode(&[7; 32])));
        site.send(ask.body(Body::from(json!({}).to_string())).unwrap()).await
    };
    assert_eq!(ask("GET", format!("/api/v1/tickets/{own}")).await.status, 200);
    for ticket in [called, waits] {
        assert_eq!(ask("GET", format!("/api/v1/tickets/{ticket}")).await.status, 404);
        for act in ["cancel", "reinstate"] {
            assert_eq!(ask("POST", format!("/api/v1/tickets/{ticket}/{act}")).await.status, 404, "{act}");
        }
    }
    for list in ["tickets", "calls", "events"] {
        let page = ask("GET", format!("/api/v1/{list}")).await.text();
        assert!(![called, waits].iter().any(|ticket| page.contains(&ticket.to_string())), "{list}: {page}");
    }
    assert_eq!((state(called), state(waits)), (State::Called, State::Waiting));
    web.stop().await;
}

#[tokio::test]
async fn exports_are_of_the_site_where_one_works() {
    let site = Site::open_two().await;
    let second: SiteId = SECOND.parse().unwrap();
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Ada", Role::Administrator, Some(site_id())).await;
    let bruno = [Grant { site: Some(second), role: Role::Administrator }];
    account_as(site.store().as_ref(), "Bruno", Role::Administrator, Some(second)).await;
    let account = site.store().account("Bruno").await.unwrap().unwrap();
    assert_eq!(account.grants, bruno);
    let (ada, bruno) = (Agent::sign_in_home(&web, "Ada").await, Agent::sign_in_home(&web, "Bruno").await);
    for (agent, name, other) in [(&ada, "Bonneveine", "la seconde"), (&bruno, "la seconde", "Bonneveine")] {
        let file = agent.get("/admin/exporter").await.text().await.unwrap();
        let site_name = file.lines().find(|line| line.starts_with("name = ")).unwrap_or(&file);
        assert!(site_name.contains(name) && !site_name.contains(&format!("Mairie de {other}")), "{site_name}");
    }
    let trail = ada.get("/admin/audit.csv").await.text().await.unwrap();
    assert!(trail.contains("\"Ada\"") && !trail.contains("\"Bruno\""), "{trail}");
    web.stop().await;
}
