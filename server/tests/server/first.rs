//! The first start: no site, no account.

use accueil_server::App;
use http::StatusCode;
use wire::enrolment::EnrolmentCode;

use crate::support::Site;
use crate::support::pages::form;
use crate::web::{Agent, Web, browser};

async fn step(site: &Site, somebody: &Agent, page: &str, typed: &[(&str, &str)]) -> (u16, String, String) {
    site.advance(5);
    let mut fields = form(page, "/premiers-pas");
    for (name, value) in typed {
        fields.retain(|(key, _)| key != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let answer = somebody.post("/premiers-pas", &fields).await;
    (answer.status().as_u16(), answer.url().path().to_owned(), answer.text().await.unwrap())
}

async fn code(app: &App) -> EnrolmentCode {
    app.first_code().await.unwrap().unwrap()
}

#[tokio::test]
async fn the_wizard_closes_behind_the_first_administrator() {
    let site = Site::open_empty().await;
    assert!(site.app.sites().is_empty());
    let web = Web::start(&site).await;
    let somebody = Agent { browser: browser(), base: web.url("") };
    let start = somebody.get("/").await;
    assert_eq!(start.url().path(), "/premiers-pas");
    let page = start.text().await.unwrap();
    let (status, _, refused) = step(&site, &somebody, &page, &[("code", "AAAA-AAAA-AAAA-AAAA")]).await;
    assert!(status == 409 && refused.contains("Ce code n’est pas le bon"), "{refused}");

    let right = code(&site.app).await.reveal();
    let (_, _, page) = step(&site, &somebody, &page, &[("code", &right.to_lowercase().replace('-', " "))]).await;
    assert!(page.contains("Étape 1 sur 3"), "{page}");
    let (status, _, wrong) = step(&site, &somebody, &page, &[("nom", ""), ("public", "accueil.fr/x")]).await;
    assert!(status == 409 && wrong.contains("value=\"accueil.fr/x\"") && wrong.contains("nécessaire"), "{wrong}");
    let place =
        [("nom", "Mairie de Fontaine"), ("public", "http://127.0.0.1:8080"), ("adresse", "1 place de l’Église")];
    let (_, _, page) = step(&site, &somebody, &wrong, &place).await;
    assert!(page.contains("Étape 2 sur 3"), "{page}");
    let (status, _, none) = step(&site, &somebody, &page, &[]).await;
    assert!(status == 409 && none.contains("au moins une démarche"), "{none}");
    let offer = [("demarche1", "État civil"), ("demarche2", "Urbanisme"), ("guichets", "3")];
    let (_, _, page) = step(&site, &somebody, &none, &offer).await;
    assert!(page.contains("Étape 3 sur 3"), "{page}");
    // Going back and on loses nothing.
    let (_, _, back) = step(&site, &somebody, &page, &[("retour", "1")]).await;
    assert!(back.contains("value=\"Urbanisme\"") && back.contains("Étape 2 sur 3"), "{back}");
    let (_, _, page) = step(&site, &somebody, &back, &[]).await;
    let (status, _, wrong) =
        step(&site, &somebody, &page, &[("compte", "Inès"), ("passe", "une phrase"), ("encore", "une autre")]).await;
    assert!(status == 409 && wrong.contains("value=\"Inès\"") && !wrong.contains("une phrase"), "{wrong}");
    assert!(site.app.sites().is_empty(), "nothing is kept before the end");
    let account = [("compte", "Inès"), ("passe", "une longue phrase"), ("encore", "une longue phrase")];
    let (status, path, home) = step(&site, &somebody, &wrong, &account).await;
    assert_eq!((status, path.as_str()), (200, "/admin"), "{home}");

    let catalogue = site.app.sites()[0].plan().catalogue.clone();
    assert_eq!(catalogue.site.address.as_deref(), Some("1 place de l’Église"));
    assert_eq!((catalogue.services.len(), catalogue.counters.len()), (2, 3));
    assert!(catalogue.violations().is_empty());
    assert!(site.app.first_code().await.unwrap().is_none());
    assert_eq!(somebody.get("/premiers-pas").await.status(), StatusCode::NOT_FOUND);
    // Sent twice: it leads home.
    let (status, path, _) = step(&site, &somebody, &wrong, &account).await;
    assert_eq!((status, path.as_str()), (200, "/"));
    assert_eq!(site.store().accounts(None).await.unwrap().len(), 1);
    // The first visitor may come: a counter is taken.
    assert_eq!(somebody.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    web.stop().await;
}

#[tokio::test]
async fn a_site_of_a_file_needs_an_administrator_only() {
    let mut site = Site::open().await;
    let right = code(&site.app).await;
    site.reopen().await;
    assert_eq!(code(&site.app).await.hash(), right.hash(), "a restart asks for the same code");
    let web = Web::start(&site).await;
    let somebody = Agent { browser: browser(), base: web.url("") };
    let page = somebody.get("/premiers-pas").await.text().await.unwrap();
    let (_, _, page) = step(&site, &somebody, &page, &[("code", &right.reveal())]).await;
    assert!(page.contains("Premier administrateur") && !page.contains("Étape"), "{page}");
    let account = [("compte", "Inès"), ("passe", "une longue phrase"), ("encore", "une longue phrase")];
    assert_eq!(step(&site, &somebody, &page, &account).await.1, "/admin");
    assert_eq!(site.app.sites().len(), 1);
    web.stop().await;
}
