//! Pages that need no session, and the headers of all.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;

use crate::support::{Answer, Site, site_id};
use crate::web::screen_in;

async fn get(site: &Site, path: &str) -> Answer {
    site.send(Request::get(path).body(Body::empty()).unwrap()).await
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
    let (_, cookie) = screen_in(site.store().as_ref(), site_id(), "hall").await;
    let asked = Request::get("/a/hall").header("cookie", cookie).body(Body::empty()).unwrap();
    let page = site.send(asked).await.text();
    let addresses: Vec<&str> =
        page.split('"').filter(|part| part.starts_with("/actifs/") && !part.contains(' ')).collect();
    assert_eq!(addresses.len(), 3, "{page}");
    for address in addresses {
        let file = get(&site, address).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
        assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
        let name = address.splitn(4, '/').nth(3).unwrap();
        assert_eq!(get(&site, &format!("/actifs/0000000000000000/{name}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_and_who_is_not_signed_in_is_asked_to() {
    let site = Site::open().await;
    // Without a token nobody learns which displays there are.
    assert_eq!(get(&site, "/a/cave").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&site, "/a/hall/flux").await.status, StatusCode::UNAUTHORIZED);
    assert!(get(&site, "/nowhere").await.text().contains("Cette page n’existe pas."));
    for path in ["/", "/poste", "/guichet"] {
        let page = get(&site, path).await;
        assert_eq!((page.status, page.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/connexion"));
    }
}
