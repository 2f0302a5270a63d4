//! Sites: made once, each with an address of its own and an administrator who sees no other.

use accueil_server::roles::Role;
use accueil_server::store::Grant;
use wire::ids::SiteId;

use super::{Admin, administrator, quota};
use crate::support::{SECOND, Site};
use crate::web::Web;

#[tokio::test]
async fn a_site_that_is_sent_twice_is_made_once() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (_, page) = admin.get("/admin/sites").await;
    let typed = [("nom", "Mairie annexe"), ("adresse", "")];
    for _ in 0..2 {
        assert_eq!(admin.send(&page, "/admin/sites", &typed).await.0, 200);
    }
    assert_eq!(site.app.sites().len(), 2);
    web.stop().await;
}

#[tokio::test]
async fn an_address_that_a_site_publishes_signs_nobody_out() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    admin.fill("/admin/site", &[("public", "https://accueil.exemple.fr")]).await;
    let (status, page) = admin.publish().await;
    assert!(status == 200 && page.contains("La version 2 est publiée"), "{page}");
    assert_eq!(admin.get("/admin").await.0, 200);
    let (_, home) = Admin::sign_in(&site, &web, "Inès").await.get("/admin").await;
    assert!(home.contains("Démarches"), "{home}");
    web.stop().await;
}

#[tokio::test]
async fn a_sites_file_is_imported_once() {
    let mut site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    admin.fill("/admin/services/titres", &[("places", "35")]).await;
    admin.publish().await;
    web.stop().await;
    site.reopen().await;
    assert_eq!((quota(&site), site.catalogue().version), (Some(35), 2), "the store's holds, the file says otherwise");
}

#[tokio::test]
async fn an_administrator_of_a_finds_nothing_of_b() {
    let site = Site::open_two().await;
    let second: SiteId = SECOND.parse().unwrap();
    let first =
        site.app.sites().into_iter().map(|site| site.plan().catalogue.site.id).find(|id| *id != second).unwrap();
    administrator(&site, "Inès", Some(first)).await;
    administrator(&site, "Bruno", Some(second)).await;
    administrator(&site, "Chef", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (_, list) = admin.get("/admin/comptes").await;
    assert!(list.contains("Inès") && list.contains("Chef") && !list.contains("Bruno"), "{list}");
    let number = async |name: &str| site.store().account(name).await.unwrap().unwrap().id.0;
    let (bruno, chef, ines) = (number("Bruno").await, number("Chef").await, number("Inès").await);
    assert_eq!(admin.get(&format!("/admin/comptes/{bruno}")).await.0, 404);
    for action in ["", "/mot-de-passe", "/fermer", "/rouvrir"] {
        assert_eq!(admin.post(&format!("/admin/comptes/{bruno}{action}"), &[]).await.0, 404, "{action}");
        let (status, page) = admin.post(&format!("/admin/comptes/{ines}{action}"), &[]).await;
        assert_eq!(status, 409, "nobody locks themselves out: {page}");
    }
    // Who may more elsewhere is not this administrator's to take over.
    for action in ["/mot-de-passe", "/fermer"] {
        let (status, page) = admin.post(&format!("/admin/comptes/{chef}{action}"), &[]).await;
        assert!(status == 409 && page.contains("a aussi un rôle ailleurs"), "{page}");
    }
    assert!(site.store().account("Chef").await.unwrap().unwrap().disabled_at.is_none());
    // Roles everywhere are not theirs to give, whatever a form says.
    let (_, page) = admin.fill("/admin/comptes/nouveau", &[("nom", "Eve"), ("partout", "administrator")]).await;
    assert!(page.contains("mot-de-passe"), "{page}");
    let eve = site.store().account("Eve").await.unwrap().unwrap();
    assert_eq!(eve.grants, [Grant { site: Some(first), role: Role::Agent }]);
    let (_, sites) = admin.get("/admin/sites").await;
    assert!(!sites.contains("Mairie de la seconde") && !sites.contains("Ajouter un site"), "{sites}");
    assert_eq!(admin.post("/admin/sites", &[("nom", "Pirate")]).await.0, 403);
    // What is changed is changed here only.
    admin.fill("/admin/services/titres", &[("places", "35")]).await;
    admin.publish().await;
    let quotas = site
        .app
        .sites()
        .into_iter()
        .map(|site| (site.plan().catalogue.site.id, site.plan().catalogue.services[0].quota));
    assert!(quotas.into_iter().all(|(id, quota)| quota == (id == first).then_some(35)));
    web.stop().await;
}
