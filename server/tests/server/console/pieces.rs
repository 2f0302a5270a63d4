//! The console's pieces, its stream, and what it looks at.

use std::time::Instant;

use wire::event::EventBody;
use wire::ids::HelpId;

use super::{linked, opened};
use crate::support::event;
use crate::support::pages::{between, spaced};
use crate::web::DEADLINE;

#[tokio::test]
async fn each_piece_is_as_it_stands_in_the_page() {
    let (_site, _borne, web, agent) = opened(&["titres", "retrait"]).await;
    let page = without_ids(&agent.page().await);
    for piece in ["aide", "cours", "barre", "parkes", "file"] {
        let answer = agent.get(&format!("/guichet/{piece}")).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
        let drawn = without_ids(&spaced(&answer.text().await.unwrap()));
        assert!(drawn.trim().starts_with(&format!("<section id=\"{piece}\"")), "{drawn}");
        assert!(page.contains(drawn.trim()), "{piece} differs from its page:\n{drawn}\n{page}");
    }
    web.stop().await;
}

/// Forms' identities are drawn anew each time.
fn without_ids(page: &str) -> String {
    let mark = "name=\"id\" value=\"";
    let mut parts = page.split(mark);
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + mark + &part[36..])
}

#[tokio::test]
async fn the_stream_names_the_pieces_that_changed_and_no_others() {
    let (site, borne, web, agent) = opened(&["titres"]).await;
    let mut stream = agent.get("/guichet/flux").await;
    let mut words = async |stop: &str| {
        let (mut told, end) = (String::new(), Instant::now() + DEADLINE);
        while !told.contains(stop) {
            assert!(Instant::now() < end, "no {stop} in {told}");
            told += std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap();
        }
        told
    };
    words("event: etat").await;
    borne.sync(&site, 2, &[borne.issued(&site, 2, "ecole")]).await;
    let help = HelpId(uuid::Uuid::from_u128(7));
    borne.sync(&site, 3, &[event(&site, 3, EventBody::HelpRequested { help })]).await;
    let told = words("event: aide").await;
    assert!(!told.contains("event: file"), "the school is not received here: {told}");
    borne.sync(&site, 4, &[borne.issued(&site, 4, "titres")]).await;
    let told = words("event: file").await;
    assert!(!told.contains("event: cours") && !told.contains("event: barre"), "{told}");
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    let told = words("event: file").await;
    assert!(told.contains("event: cours") && told.contains("event: barre"), "{told}");
    web.stop().await;
}

#[tokio::test]
async fn an_agent_looks_at_one_service_until_they_look_at_all() {
    let (_site, _borne, web, agent) = opened(&["titres", "retrait", "titres"]).await;
    let count = |page: &str| between(page, "id=\"titre-file\">", "<").to_owned();
    assert_eq!(count(&agent.page().await), "File (3)");
    assert_eq!(count(&agent.read("/guichet/file?service=retrait").await), "File (1)");
    let page = agent.page().await;
    assert_eq!(count(&page), "File (1)", "kept for the whole page");
    assert!(page.contains("Suivant : <strong>A 1</strong>"), "whom the counter calls is not filtered: {page}");
    assert_eq!(count(&agent.read("/guichet?service=").await), "File (3)");
    assert_eq!(count(&agent.read("/guichet/file?service=ecole").await), "File (3)", "not of this counter");
    web.stop().await;
}

#[tokio::test]
async fn a_panel_is_a_page_of_its_own_without_scripts_and_a_piece_with_them() {
    let (_site, _borne, web, agent) = opened(&["titres"]).await;
    let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
    let of_ticket = ["attente", "transferer", "rediriger"].map(|name| linked(&page, &format!("/guichet/{name}")));
    let others = ["choisir", "pause", "clavier"].map(|name| format!("/guichet/{name}"));
    for path in of_ticket.iter().chain(&others) {
        let page = agent.read(path).await;
        assert!(page.starts_with("<!doctype html>") && page.contains("class=\"card panel\""), "{path}: {page}");
        let piece = agent.browser.get(web.url(path)).header("hx-request", "true").send().await.unwrap();
        let piece = piece.text().await.unwrap();
        assert!(piece.trim().starts_with("<section class=\"card panel\""), "{path}: {piece}");
    }
    let (status, gone) = {
        let stale = agent.get(&of_ticket[0].replace("episode=1", "episode=9")).await;
        (stale.status().as_u16(), stale.text().await.unwrap())
    };
    assert!(status == 409 && gone.contains("Ce numéro a changé d’état."), "{gone}");
    web.stop().await;
}
