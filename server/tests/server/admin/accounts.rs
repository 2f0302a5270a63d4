//! Accounts, as administrators keep them.

use super::{Admin, administrator};
use crate::support::Site;
use crate::web::{Agent, Web, browser};

#[tokio::test]
async fn a_reset_password_lives_once() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let secret = |page: &str| {
        let start = page.find("id=\"mot-de-passe\">").unwrap_or_else(|| panic!("no password in {page}")) + 18;
        page[start..start + page[start..].find('<').unwrap()].to_owned()
    };
    let (_, page) = admin.fill("/admin/comptes/nouveau", &[("nom", "Omar")]).await;
    let given = secret(&page);
    assert!(!admin.get("/admin/comptes").await.1.contains(&given));
    let (status, again) = admin.fill("/admin/comptes/nouveau", &[("nom", "Omar")]).await;
    assert!(status == 409 && again.contains("existe déjà"), "{again}");

    let omar = Agent { browser: browser(), base: web.url("") };
    let sign_in = async |password: &str| {
        site.advance(15);
        omar.post("/connexion", &[("name", "Omar"), ("password", password)]).await.url().path().to_owned()
    };
    assert_eq!(sign_in(&given).await, "/moi");
    let own = [("old", given.as_str()), ("new", "une longue phrase"), ("again", "une longue phrase")];
    site.advance(15);
    assert_eq!(omar.post("/moi", &own).await.url().path(), "/poste");
    assert_eq!(sign_in(&given).await, "/connexion");
    assert_eq!(sign_in("une longue phrase").await, "/poste");

    let id = site.store().account("Omar").await.unwrap().unwrap().id.0;
    let reset = format!("/admin/comptes/{id}/mot-de-passe");
    let (_, page) = admin.post(&reset, &[]).await;
    let second = secret(&page);
    assert_ne!(second, given);
    assert_eq!(omar.get("/poste").await.url().path(), "/connexion", "open pages end");
    assert_eq!(sign_in("une longue phrase").await, "/connexion");
    assert_eq!(sign_in(&second).await, "/moi");
    // Who has left is out, and in the list of those who left.
    admin.post(&format!("/admin/comptes/{id}/fermer"), &[]).await;
    assert_eq!(sign_in(&second).await, "/connexion");
    let (_, list) = admin.get("/admin/comptes").await;
    assert!(list[list.find("Comptes fermés").unwrap()..].contains("Omar"), "{list}");
    admin.post(&format!("/admin/comptes/{id}/rouvrir"), &[]).await;
    assert_eq!(sign_in(&second).await, "/moi");
    web.stop().await;
}
