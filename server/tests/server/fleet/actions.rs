//! What technicians ask of a borne that is elsewhere: once, for minutes, told of, kept for a day, and of their site only.

use accueil_server::Housekeeping;
use accueil_server::roles::Role;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::command::{Command, What};
use wire::event::{CommandAnswer, EventBody};
use wire::ids::{CommandId, SiteId};
use wire::outcome::{Bytes, Ended, MAX_PICTURE, Outcome, Why};
use wire::problem::ProblemKind;
use wire::sync::SyncReply;

use crate::support::pages::{between, words};
use crate::support::{Answer, Borne, SECOND, Site, event, refused, site_id};
use crate::web::{Agent, PASSWORD, Web, account_as, browser};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand more";

async fn technician(web: &Web, site: &Site, name: &str, at: SiteId) -> Agent {
    account_as(site.store().as_ref(), name, Role::Technician, Some(at)).await;
    let agent = Agent { browser: browser(), base: web.url("") };
    agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
    agent
}

/// The identity that the form of an action bears.
fn drawn_id(page: &str, action: &str) -> String {
    let before = &page[..page.find(&format!("name=\"action\" value=\"{action}\"")).unwrap()];
    let field = "name=\"id\" value=\"";
    between(&before[before.rfind(field).unwrap()..], field, "\"").to_owned()
}

async fn ask(tom: &Agent, borne: &Borne, action: &str) -> String {
    let path = format!("/parc/{}", borne.id);
    let id = drawn_id(&tom.read(&path).await, action);
    assert_eq!(send(tom, borne, &id, action).await, 200, "{action}");
    id
}

async fn send(tom: &Agent, borne: &Borne, id: &str, action: &str) -> u16 {
    tom.post(&format!("/parc/{}/demander", borne.id), &[("id", id), ("action", action)]).await.status().as_u16()
}

/// What the borne is asked, once the server has read what was kept.
async fn heard(site: &Site, borne: &Borne, from_seq: u64, events: &[Value]) -> Vec<Command> {
    site.app.follow().await.unwrap();
    let reply: SyncReply = borne.sync(site, from_seq, events).await.json();
    let open =
        |sealed: &wire::command::SignedCommand| sealed.open(&borne.id, &site.app.public_key(), site.now()).unwrap();
    reply.commands.iter().map(open).collect()
}

async fn tell(site: &Site, borne: &Borne, id: &str, result: Ended) -> Answer {
    let told = Outcome::of(id.parse().unwrap(), result);
    borne.post(site, "/v1/results", &serde_json::to_vec(&told).unwrap()).await
}

async fn asked_of(tom: &Agent, borne: &Borne) -> String {
    words(&tom.read(&format!("/parc/{}/demandes", borne.id)).await)
}

#[tokio::test]
async fn what_is_asked_goes_to_the_borne_once_and_comes_back() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let tom = technician(&web, &site, "Tom", site_id()).await;
    for (next, (action, what)) in (1..).zip([
        ("restart", What::Restart),
        ("test_print", What::TestPrint),
        ("picture", What::Picture),
        ("logs", What::Logs),
    ]) {
        let id = ask(&tom, &borne, action).await;
        site.advance(1);
        assert_eq!(send(&tom, &borne, &id, action).await, 200, "the same form again");
        site.advance(1);
        assert_eq!(send(&tom, &borne, &Uuid::now_v7().to_string(), action).await, 200, "and another meanwhile");
        assert!(asked_of(&tom, &borne).await.contains("Attend la borne"), "{action}");
        let commands = heard(&site, &borne, next, &[]).await;
        assert_eq!(commands.len(), 1, "{action}: {commands:?}");
        assert_eq!((commands[0].id.to_string(), &commands[0].what), (id.clone(), &what));
        let command: CommandId = id.parse().unwrap();
        let taken = EventBody::CommandAnswered { command, answer: CommandAnswer::Taken, ticket: None };
        assert!(heard(&site, &borne, next, &[event(&site, next, taken)]).await.is_empty());
        assert!(asked_of(&tom, &borne).await.contains("Reçue par la borne"), "{action}");
        let result = match action {
            "picture" => Ended::Picture { png: Bytes(PNG.to_vec()) },
            "logs" => Ended::Logs { text: "l’imprimante répond\n".to_owned() },
            "test_print" => Ended::Failed { why: Why::Printer },
            _ => Ended::Done,
        };
        assert_eq!(tell(&site, &borne, &id, result).await.status.as_u16(), 204, "{action}");
        let (end, file) = (asked_of(&tom, &borne).await, format!("/parc/{}/demandes/{id}", borne.id));
        match action {
            "test_print" => assert!(end.contains("Pas faite L’imprimante n’imprime pas."), "{end}"),
            _ => assert!(end.contains("Faite"), "{end}"),
        }
        let sent = tom.get(&file).await;
        assert_eq!(sent.status().as_u16() == 200, ["picture", "logs"].contains(&action), "{action}");
        if sent.status().as_u16() == 200 {
            let (media, kept) = (sent.headers()["content-type"].clone(), sent.headers()["cache-control"].clone());
            let expected = if action == "picture" { "image/png" } else { "text/plain; charset=utf-8" };
            assert_eq!((media.to_str().unwrap(), kept.to_str().unwrap()), (expected, "no-store"));
            let bytes = sent.bytes().await.unwrap();
            assert!(bytes == PNG || std::str::from_utf8(&bytes).unwrap() == "l’imprimante répond\n");
        }
    }
    let kept = site.store().audit_from(1, 100).await.unwrap();
    let of_borne: Vec<(&str, String)> = kept
        .iter()
        .filter(|link| link.action == "borne")
        .map(|link| (link.actor.as_str(), link.diff.to_string()))
        .collect();
    let told = |actor: &str, text: &[&str]| {
        of_borne.iter().any(|(by, diff)| *by == actor && text.iter().all(|text| diff.contains(text)))
    };
    assert!(told("Tom", &["Redémarrer le programme", "Demandée"]), "{of_borne:?}");
    assert!(told("Borne 01", &["Redémarrer le programme", "Faite"]), "{of_borne:?}");
    assert!(told("Borne 01", &["Imprimer un essai", "Pas faite"]), "{of_borne:?}");
    assert_eq!(of_borne.iter().filter(|(by, _)| *by == "Tom").count(), 4, "asked once each: {of_borne:?}");
    web.stop().await;
}

#[tokio::test]
async fn nothing_hangs_and_nothing_is_kept_for_longer_than_a_day() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let tom = technician(&web, &site, "Tom", site_id()).await;
    let late = ask(&tom, &borne, "picture").await;
    let logs = ask(&tom, &borne, "logs").await;
    assert_eq!(tell(&site, &borne, &logs, Ended::Logs { text: "une ligne".into() }).await.status.as_u16(), 204);
    site.advance(10 * 60);
    Housekeeping::default().look(&site.app).await;
    let page = asked_of(&tom, &borne).await;
    assert!(page.contains("Sans réponse La borne n’a pas répondu en 10 minutes."), "{page}");
    assert!(heard(&site, &borne, 1, &[]).await.is_empty());
    let refused_late = tell(&site, &borne, &late, Ended::Picture { png: Bytes(PNG.to_vec()) }).await;
    refused(&refused_late, 404, ProblemKind::NotFound);
    let kept = site.store().audit_from(1, 100).await.unwrap();
    assert!(kept.iter().any(|link| link.actor == "serveur" && link.diff.to_string().contains("Sans réponse")));
    ask(&tom, &borne, "picture").await;
    let file = format!("/parc/{}/demandes/{logs}", borne.id);
    assert_eq!(tom.get(&file).await.status().as_u16(), 200);
    site.advance(24 * 3600);
    let tom = technician(&web, &site, "Ugo", site_id()).await;
    assert_eq!(tom.get(&file).await.status().as_u16(), 404, "also before anybody has erased it");
    site.advance(11 * 60);
    Housekeeping::default().look(&site.app).await;
    assert!(site.store().actions(borne.id, jiff::Timestamp::UNIX_EPOCH).await.unwrap().is_empty());
    web.stop().await;
}

#[tokio::test]
async fn a_result_is_taken_of_whom_it_was_asked_of_and_no_larger_than_agreed() {
    let site = Site::open().await;
    let (borne, other) = (site.borne(1).await, site.borne(2).await);
    let web = Web::start(&site).await;
    let tom = technician(&web, &site, "Tom", site_id()).await;
    let id = ask(&tom, &borne, "picture").await;
    refused(&tell(&site, &other, &id, Ended::Done).await, 404, ProblemKind::NotFound);
    let unknown = Uuid::now_v7().to_string();
    refused(&tell(&site, &borne, &unknown, Ended::Done).await, 404, ProblemKind::NotFound);
    let picture = |bytes: usize| {
        let mut png = PNG.to_vec();
        png.resize(bytes, 0);
        Ended::Picture { png: Bytes(png) }
    };
    refused(&tell(&site, &borne, &id, picture(MAX_PICTURE + 1)).await, 413, ProblemKind::TooLarge);
    let html = Ended::Picture { png: Bytes(b"<script>".to_vec()) };
    refused(&tell(&site, &borne, &id, html).await, 400, ProblemKind::BadRequest);
    let wrong = json!({"v": 2, "command": id, "result": "done"}).to_string();
    let answer = borne.post(&site, "/v1/results", wrong.as_bytes()).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    site.advance(10);
    assert_eq!(tell(&site, &borne, &id, picture(MAX_PICTURE)).await.status.as_u16(), 204);
    refused(&tell(&site, &borne, &id, Ended::Done).await, 404, ProblemKind::NotFound);
    web.stop().await;
}

#[tokio::test]
async fn bornes_of_another_site_and_retired_ones_are_asked_nothing() {
    let site = Site::open_two().await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let tom = technician(&web, &site, "Tom", site_id()).await;
    let ana = technician(&web, &site, "Ana", SiteId(SECOND.parse().unwrap())).await;
    let id = ask(&tom, &borne, "logs").await;
    assert_eq!(tell(&site, &borne, &id, Ended::Logs { text: "une ligne".into() }).await.status.as_u16(), 204);
    assert_eq!(send(&ana, &borne, &Uuid::now_v7().to_string(), "picture").await, 404);
    let paths = ["demandes".to_owned(), "flux".to_owned(), format!("demandes/{id}")];
    for path in &paths {
        assert_eq!(ana.get(&format!("/parc/{}/{path}", borne.id)).await.status().as_u16(), 404, "{path}");
    }
    assert_eq!(send(&tom, &borne, &Uuid::now_v7().to_string(), "dance").await, 404);
    site.store().revoke(borne.id, site.now()).await.unwrap();
    site.advance(1);
    assert_eq!(send(&tom, &borne, &Uuid::now_v7().to_string(), "picture").await, 409);
    assert!(!tom.read(&format!("/parc/{}", borne.id)).await.contains("/demander"));
    assert_eq!(site.store().actions(borne.id, jiff::Timestamp::UNIX_EPOCH).await.unwrap().len(), 1);
    web.stop().await;
}
