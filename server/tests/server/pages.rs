//! Pages that need no session, and the headers of all.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;

use crate::support::{Answer, Site};

async fn get(site: &Site, path: &str) -> Answer {
    site.send(Request::get(path).body(Body::empty()).unwrap()).await
}

const TOKEN: &str = "GAYTEMZUGU3DOOBZMFRGGZDFMY";

#[tokio::test]
async fn any_token_gets_the_same_page_which_leaves_no_trace() {
    let site = Site::open().await;
    let page = get(&site, &format!("/t/{TOKEN}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Le suivi de votre numéro n’est pas encore disponible. Gardez votre numéro."));
    assert!(!page.text().contains(TOKEN));
    for path in [format!("/T/{TOKEN}"), format!("/t/{}", TOKEN.to_lowercase()), "/t/AAAA".to_owned()] {
        assert_eq!(get(&site, &path).await.text(), page.text(), "{path}");
    }
    let headers = |name: &str| page.headers[name].to_str().unwrap().to_owned();
    assert_eq!(headers("cache-control"), "no-store");
    assert_eq!(headers("referrer-policy"), "no-referrer");
    assert_eq!(headers("x-robots-tag"), "noindex");
    assert!(!page.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn the_label_of_the_address_is_shown_only_if_it_could_be_one() {
    let site = Site::open().await;
    for path in [format!("/T/{TOKEN}/B2.42"), format!("/t/{}/b2.42", TOKEN.to_lowercase())] {
        assert!(get(&site, &path).await.text().contains("B2\u{a0}42"), "{path}");
    }
    let plain = get(&site, &format!("/T/{TOKEN}")).await.text();
    for bad in ["B2.042", "%3Cb%3E", "GUICHET"] {
        assert_eq!(get(&site, &format!("/T/{TOKEN}/{bad}")).await.text(), plain, "{bad}");
    }
}

#[tokio::test]
async fn a_ticket_is_read_in_the_language_its_holders_browser_asks_for() {
    let site = Site::open().await;
    for (asked, opening, said) in [
        ("zh-CN,zh;q=0.9", "<html lang=\"zh-Hans\">", "请保留您的号码"),
        ("ar,fr;q=0.5", "<html lang=\"ar\" dir=\"rtl\">", "احتفظ برقمك"),
        ("de,fr-FR;q=0.5", "<html lang=\"fr\">", "Gardez votre numéro."),
        ("de", "<html lang=\"fr\">", "Gardez votre numéro."),
    ] {
        let ask = Request::get(format!("/t/{TOKEN}/B2.42")).header("accept-language", asked);
        let page = site.send(ask.body(Body::empty()).unwrap()).await;
        assert_eq!(page.headers["vary"], "accept-language");
        let text = page.text();
        assert!(text.contains(opening) && text.contains(said) && text.contains("<bdi>B2\u{a0}42</bdi>"), "{text}");
    }
}

#[tokio::test]
async fn health_tells_version_store_and_start() {
    let site = Site::open().await;
    let answer = get(&site, "/sante").await;
    let health: Value = answer.json();
    assert_eq!((answer.status, health["store"].as_str()), (StatusCode::OK, Some("ok")));
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["started_at"], site.now().to_string());
}

#[tokio::test]
async fn every_page_allows_nothing_from_elsewhere_and_nothing_inline() {
    let site = Site::open().await;
    for path in ["/connexion", "/a/hall", "/nowhere", "/t/x", "/sante"] {
        let page = get(&site, path).await;
        let csp = page.headers["content-security-policy"].to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{path}: {csp}");
        assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{path}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        let html = page.text();
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick"), "{path}");
        assert!(!html.replace("<script defer src=\"/actifs/", "").contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn files_are_found_under_the_hash_of_their_content_only() {
    let site = Site::open().await;
    let page = get(&site, "/a/hall").await.text();
    let addresses: Vec<&str> = page.split('"').filter(|part| part.starts_with("/actifs/")).collect();
    assert_eq!(addresses.len(), 3, "{page}");
    for address in addresses {
        let file = get(&site, address).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
        assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
        let (_, name) = address.rsplit_once('/').unwrap();
        assert_eq!(get(&site, &format!("/actifs/0000000000000000/{name}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_and_the_root_leads_to_the_counters() {
    let site = Site::open().await;
    assert_eq!(get(&site, "/a/cave").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&site, "/a/cave/flux").await.status, StatusCode::NOT_FOUND);
    assert!(get(&site, "/nowhere").await.text().contains("Cette page n’existe pas."));
    let root = get(&site, "/").await;
    assert_eq!((root.status, root.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/poste"));
    let counters = get(&site, "/poste").await;
    assert_eq!(counters.headers["location"], "/connexion");
}
