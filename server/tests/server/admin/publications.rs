//! Publications: signed for bornes, followed by servers on the same store, in force when they say.

use accueil_server::store::{NewPublication, PublicationKind};
use axum::body::Body;
use ed25519_dalek::Signer;
use http::{Request, StatusCode};
use wire::catalogue::Catalogue;
use wire::label::LabelForm;
use wire::publication::{PublicationError, SignedCatalogue};
use wire::signature;

use super::{Admin, administrator, quota};
use crate::support::{Answer, Borne, CATALOGUE, HOST, Site, site_id};
use crate::web::Web;

async fn fetch(site: &Site, borne: &Borne) -> Answer {
    let params = borne.params(site);
    let digest = signature::content_digest(b"");
    let (method, path) = ("GET", wire::publication::PATH);
    let asked = signature::Request { method, authority: HOST, path, query: "", content_digest: &digest };
    let signed = borne.key.sign(params.base(&asked).as_bytes());
    let request = Request::get(path)
        .header("host", HOST)
        .header("content-digest", digest)
        .header("signature-input", params.header())
        .header("signature", signature::header(&signed.to_bytes()));
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn what_is_published_is_signed_and_an_older_version_is_refused() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let borne = site.borne(1).await;
    let pinned = borne.reply.server_key;
    let first: SignedCatalogue = fetch(&site, &borne).await.json();
    assert_eq!(first.verify(&pinned, &site_id(), None).unwrap(), Catalogue::from_toml(CATALOGUE).unwrap());
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    admin.fill("/admin/services/titres", &[("places", "35")]).await;
    admin.publish().await;
    let second: SignedCatalogue = fetch(&site, &borne).await.json();
    let read = second.verify(&pinned, &site_id(), Some(1)).unwrap();
    assert_eq!((read.version, read.services[0].quota), (2, Some(35)));
    let older = first.verify(&pinned, &site_id(), Some(2));
    assert_eq!(older, Err(PublicationError::Older { offered: 1, held: 2 }));
    let kept = site.store().publication(site_id(), PublicationKind::Catalogue, 2).await.unwrap().unwrap();
    assert_eq!((kept.body, kept.signature), (second.catalogue.clone(), Some(second.signature.to_string())));

    // Going back is another version.
    let (_, page) = admin.get("/admin/publications/1").await;
    assert!(page.contains("<del>35\u{a0}tickets</del>"), "{page}");
    let (status, draft) = admin.send(&page, "/admin/revenir/1", &[]).await;
    assert!(status == 200 && draft.contains("reprend la version 1"), "{draft}");
    assert_eq!(quota(&site), Some(35));
    admin.publish().await;
    assert_eq!((quota(&site), site.catalogue().version), (None, 3));
    // Nobody without a borne's signature learns of it.
    let asked = Request::get(wire::publication::PATH).header("host", HOST).body(Body::empty()).unwrap();
    assert_eq!(site.send(asked).await.status, StatusCode::UNAUTHORIZED);
    web.stop().await;
}

#[tokio::test]
async fn r2_the_form_of_numbers_changes_when_a_service_day_begins() {
    let mut site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (status, page) = admin.fill("/admin/site", &[("numeros", "series")]).await;
    assert_eq!(status, 200, "{page}");
    admin.publish().await;
    web.stop().await;
    assert_eq!((site.catalogue().version, site.catalogue().site.label_form), (2, LabelForm::Plain));
    let told: SignedCatalogue = fetch(&site, &borne).await.json();
    let told = told.verify(&borne.reply.server_key, &site_id(), None).unwrap();
    assert_eq!(told.site.label_form, LabelForm::Series, "a borne takes it on its own next day");
    site.reopen().await;
    assert_eq!(site.catalogue().site.label_form, LabelForm::Plain, "a restart is no new day");
    // 04:00 in Paris, the next morning.
    site.advance(18 * 3600 + 18 * 60);
    accueil_server::Housekeeping::default().look(&site.app).await;
    assert_eq!(site.catalogue().site.label_form, LabelForm::Series);
}

#[tokio::test]
async fn servers_on_one_store_follow_a_publication() {
    let mut site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let publishing = site.app.clone();
    site.reopen().await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    admin.fill("/admin/services/titres", &[("places", "35")]).await;
    admin.publish().await;
    assert_eq!(publishing.sites()[0].plan().catalogue.version, 2);
    site.app.follow().await.unwrap();
    assert_eq!((quota(&site), site.catalogue().version), (Some(35), 2));
    // A site that was made there is served here.
    let typed = [("nom", "Mairie annexe"), ("adresse", ""), ("pareil", "1")];
    let (status, sites) = admin.fill("/admin/sites", &typed).await;
    assert!(status == 200 && sites.contains("Mairie annexe"), "{sites}");
    assert_eq!(site.app.sites().len(), 1);
    site.app.follow().await.unwrap();
    let annexe = site.app.sites().into_iter().find(|other| other.plan().catalogue.site.id != site_id()).unwrap();
    assert_eq!(annexe.plan().catalogue.services.len(), site.catalogue().services.len());
    web.stop().await;
}

#[tokio::test]
async fn a_server_whose_clock_is_behind_follows_all_the_same() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let behind = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(site.now().as_millisecond() - 600_000));
    let slow = site.beside(behind).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    admin.fill("/admin/services/titres", &[("places", "35")]).await;
    admin.publish().await;
    slow.follow().await.unwrap();
    assert_eq!(slow.sites()[0].plan().catalogue.version, 2);
    let typed = [("nom", "Mairie annexe"), ("adresse", "")];
    admin.fill("/admin/sites", &typed).await;
    slow.follow().await.unwrap();
    assert_eq!(slow.sites().len(), 2);
    // A machine that starts before it is told the time serves what is published.
    let early = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    assert_eq!(site.beside(early).await.sites().len(), 2);
    web.stop().await;
}

#[tokio::test]
async fn a_catalogue_that_a_server_cannot_read_keeps_it_from_nothing_else() {
    let mut site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let now = site.now();
    let new = |version, body: String| NewPublication {
        version,
        draft: None,
        body,
        signature: None,
        valid_from: now,
        by: None,
        reason: String::new(),
        at: now,
    };
    let newer = site.catalogue().to_json().replacen('{', "{\"of_a_later_server\":1,", 1);
    site.store().publish(site_id(), PublicationKind::Catalogue, &new(2, newer)).await.unwrap();
    let borne = site.borne(1).await;
    site.app.follow().await.unwrap();
    borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await;
    assert_eq!(site.catalogue().version, 1, "what was before holds");
    // What can be read again is.
    let third = Catalogue { version: 3, ..site.catalogue() };
    site.store().publish(site_id(), PublicationKind::Catalogue, &new(3, third.to_json())).await.unwrap();
    accueil_server::Housekeeping::default().look(&site.app).await;
    assert_eq!(site.catalogue().version, 3);
    let newer = third.to_json().replacen('{', "{\"of_a_later_server\":1,", 1);
    site.store().publish(site_id(), PublicationKind::Catalogue, &new(4, newer)).await.unwrap();
    site.reopen().await;
    assert!(site.app.sites().is_empty(), "it starts, for the sites that it can read");
}
