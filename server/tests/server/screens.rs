//! The hall's screens as staff keep them: linked by a code, listed, taken away, on a page and at a terminal.

use accueil_server::roles::Role;
use accueil_server::store;
use accueil_server::store::StoreAddress;
use wire::enrolment::EnrolmentCode;
use wire::ids::SiteId;
use wire::token::Hash32;

use crate::support::pages::{between, words};
use crate::support::program::Program;
use crate::support::{SECOND, Site, site_id};
use crate::web::{Agent, PASSWORD, Web, account_as, browser, screen_in};

const PAGE: &str = "/admin/ecrans";

async fn somebody(site: &Site, web: &Web, name: &str, role: Role) -> Agent {
    account_as(site.store().as_ref(), name, role, Some(site_id())).await;
    let agent = Agent { browser: browser(), base: web.url("") };
    assert_eq!(agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await.status(), 200);
    agent
}

/// Sends a form of the page as it is: Tom has no page of another room that says where he is.
async fn submit(agent: &Agent, page: &str, action: &str, filled: &[(&str, &str)]) -> (u16, String) {
    let fields = crate::support::pages::hidden_fields(page, action);
    let hidden = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = hidden.chain(filled.iter().copied()).collect();
    let answer = agent.post_bare(action, &fields).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_technician_links_a_screen_by_a_code_and_takes_it_away() {
    let site = Site::open_two().await;
    let second: SiteId = SECOND.parse().unwrap();
    let (elsewhere, _) = screen_in(site.store().as_ref(), second, "hall").await;
    let elsewhere = site.store().screen(elsewhere).await.unwrap().unwrap();
    let web = Web::start(&site).await;
    let tom = somebody(&site, &web, "Tom", Role::Technician).await;
    let page = tom.get(PAGE).await.text().await.unwrap();
    assert!(page.contains("Aucun écran n’est relié"), "another site's is none: {page}");

    let (status, made) = submit(&tom, &page, PAGE, &[("display", "hall")]).await;
    assert_eq!(status, 200, "{made}");
    let code = between(&made, "<p class=\"secret\">", "<").to_owned();
    assert!(words(&made).contains("/afficher et tapez-le. Il sert une fois, jusqu’au 22/11/2026 à 9 h 42."), "{made}");
    assert!(!tom.get(PAGE).await.text().await.unwrap().contains(&code), "it is shown once");
    let machine = browser();
    let typed = machine.post(web.url("/afficher")).form(&[("code", &code)]).send().await.unwrap();
    assert_eq!((typed.status().as_u16(), typed.url().path()), (200, "/a/hall"));
    let screen = site.store().screens(site_id()).await.unwrap().remove(0);
    let row = format!("{} 21/11/2026 à 9 h 42 jamais inconnu Relié", screen.name());
    let page = tom.get(PAGE).await.text().await.unwrap();
    assert!(words(&page).contains(&row), "{}", words(&page));
    site.advance(60);
    machine.post(web.url("/a/hall/etat")).form(&[("son", "coupe")]).send().await.unwrap();
    let page = tom.get(PAGE).await.text().await.unwrap();
    assert!(words(&page).contains("21/11/2026 à 9 h 43 coupé Relié"), "{}", words(&page));

    // It is asked first, and looking takes nothing away.
    let take_away = format!("{PAGE}/{}/retirer", screen.name());
    assert!(page.contains(&format!("href=\"{take_away}\"")), "{page}");
    let asked = tom.get(&take_away).await.text().await.unwrap();
    assert!(words(&asked).contains("Il ne montrera plus rien dès maintenant."), "{asked}");
    assert!(site.store().screen(screen.token).await.unwrap().is_some());
    let (status, page) = submit(&tom, &asked, &take_away, &[]).await;
    assert!(status == 200 && words(&page).contains("Retiré le 21/11/2026 à 9 h 43"), "{page}");
    assert!(!page.contains(&take_away), "{page}");
    assert_eq!(machine.get(web.url("/a/hall/flux")).send().await.unwrap().status(), 401);
    assert_eq!(tom.get(&take_away).await.status(), 404);
    let foreign = format!("{PAGE}/{}/retirer", elsewhere.name());
    assert_eq!(tom.get(&foreign).await.status(), 404);
    assert_eq!(submit(&tom, &page, PAGE, &[("display", "nulle-part")]).await.0, 409);

    let kept = site.store().audit_from(1, 100).await.unwrap();
    let kept: Vec<_> = kept.iter().filter(|link| link.action == "display").collect();
    let told: Vec<_> = kept.iter().map(|link| (&*link.actor, &*link.object, &*link.diff)).collect();
    let name = screen.audited();
    assert_eq!(
        told,
        [
            ("Tom", "hall", r#"[{"field":"enrôlement","after":"un écran dans les 24 h"}]"#),
            ("écran", &*name, r#"[{"field":"état","after":"enrôlé"}]"#),
            ("Tom", &*name, r#"[{"field":"état","before":"enrôlé","after":"retiré"}]"#),
        ]
    );
    web.stop().await;
}

#[tokio::test]
async fn who_does_not_see_to_screens_sees_none_of_them() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    for role in [Role::Agent, Role::Reception, Role::Supervisor, Role::Dpo] {
        let name = role.to_string();
        assert_eq!(somebody(&site, &web, &name, role).await.get(PAGE).await.status(), 403, "{role}");
    }
    let ada = somebody(&site, &web, "Ada", Role::Administrator).await;
    let displays = ada.get("/admin/affichages").await.text().await.unwrap();
    assert!(displays.contains("<a class=\"button\" href=\"/admin/ecrans\">Écrans reliés</a>"), "{displays}");
    assert_eq!(ada.get(PAGE).await.status(), 200);
    web.stop().await;
}

#[tokio::test]
async fn at_a_terminal_screens_are_listed_and_revoked() {
    let program = Program::new();
    assert_eq!(program.said(&["display", "list"], ""), "");
    let code: EnrolmentCode = program.said(&["display-code", "hall"], "").trim().parse().unwrap();
    let store = store::open(&StoreAddress::Sqlite(program.folder().join("accueil.db"))).await.unwrap();
    let now = jiff::Timestamp::now();
    let screen = store.enrol_screen(code.hash(), Hash32::of(b"a screen"), now).await.unwrap().unwrap();
    let name = screen.name();
    let listed = program.said(&["display", "list"], "");
    assert!(listed.starts_with(&format!("{name}\thall\tsince ")), "{listed}");
    assert!(listed.ends_with("\tseen never\tsound unknown\tenrolled\n"), "{listed}");

    assert!(program.said(&["display", "revoke", &name], "").contains("is revoked"));
    program.fails(&["display", "revoke", &name], "", "no rights any more");
    program.fails(&["display", "revoke", "0123456789ab"], "", "display list");
    assert!(program.said(&["display", "list"], "").contains("\trevoked "));
    let kept = store.audit_from(1, 10).await.unwrap();
    let told: Vec<_> = kept.iter().map(|link| [&*link.actor, &*link.action, &*link.object]).collect();
    let terminal = "ligne de commande";
    assert_eq!(told, [[terminal, "display", "hall"], [terminal, "display", &*screen.audited()]]);
}
