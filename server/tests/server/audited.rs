//! What staff's pages keep of what was done there: each act that the security chapter names, with what was before and after.

use std::cell::Cell;

use accueil_server::roles::Role;

use crate::admin::Admin;
use crate::support::acts::tickets;
use crate::support::pages::{between, hidden_fields};
use crate::support::{Site, site_id};
use crate::web::{Agent, Web, account_as};

/// What the chain has got since somebody looked last.
struct Trail<'a> {
    site: &'a Site,
    read: Cell<u64>,
}

impl<'a> Trail<'a> {
    async fn from_here(site: &'a Site) -> Self {
        let trail = Self { site, read: Cell::new(0) };
        trail.read.set(site.store().audit_head().await.unwrap().n);
        trail
    }

    /// Every new entry: what was done, to which number, and what changed. All of them are Ada's, at the site.
    async fn told(&self) -> Vec<String> {
        let links = self.site.store().audit_from(self.read.get() + 1, 100).await.unwrap();
        self.read.set(self.read.get() + u64::try_from(links.len()).unwrap());
        let told = links.into_iter().map(|link| {
            assert_eq!((&*link.actor, &*link.role, link.site), ("Ada", "administrator", Some(site_id())), "{link:?}");
            let label = link.label.map(|labelled| labelled.label.replace('\u{a0}', " ")).unwrap_or_default();
            format!("{} {label} {}", link.action, link.diff)
        });
        told.collect()
    }

    async fn tells(&self, done: &str, expected: &[&str]) {
        assert_eq!(self.told().await, expected, "{done}");
    }

    /// The same where the whole is long: the action, and what is in its changes.
    async fn tells_of(&self, done: &str, action: &str, changes: &[&str]) {
        let told = self.told().await;
        assert_eq!(told.len(), 1, "{done}: {told:?}");
        let said = told[0].strip_prefix(action).unwrap_or_else(|| panic!("{done}: {}", told[0]));
        for change in changes {
            assert!(said.contains(change), "{done}: {change} in {said}");
        }
    }
}

/// Ada at counter 1, with numbers that wait.
struct Desk<'a> {
    site: &'a Site,
    ada: Agent,
}

impl Desk<'_> {
    /// Sends a form of a page with its hidden fields and what somebody fills in.
    async fn send(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> String {
        self.site.advance(1);
        let page = self.ada.read(page).await;
        let (status, page) = self.ada.submit_with(&page, action, filled).await;
        assert_eq!(status, 200, "{action}: {page}");
        page
    }

    /// The panel of a form of the console, about whom the counter has.
    async fn panel(&self, path: &str) -> String {
        let page = self.ada.page().await;
        format!("{path}?{}", between(&page, &format!("href=\"{path}?"), "\"").replace("&#38;", "&"))
    }

    async fn call(&self) {
        self.send("/guichet", "/guichet/appeler", &[]).await;
    }

    async fn park(&self) {
        self.call().await;
        self.send("/guichet", "/guichet/demarrer", &[]).await;
        self.send(&self.panel("/guichet/attente").await, "/guichet/attente", &[("reason", "form")]).await;
    }
}

#[tokio::test]
async fn what_is_done_to_a_ticket_is_kept_with_what_it_was_and_is() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Ada", Role::Administrator, None).await;
    tickets(&site, &borne, &["titres"; 9]).await;
    let web = Web::start(&site).await;
    let desk = Desk { site: &site, ada: Agent::at(&web, "Ada", "1").await };
    let trail = Trail::from_here(&site).await;

    desk.send("/guichet/choisir", "/guichet/choisir", &[("label", "A 9"), ("reason", "suite")]).await;
    let called = r#"{"field":"état","before":"attend","after":"appelé"},{"field":"guichet","after":"1"}"#;
    let chosen = format!(r#"chosen A 9 [{{"field":"raison","after":"Suite d’un dossier commencé"}},{called}]"#);
    trail.tells("chosen", &[&chosen]).await;
    desk.send("/guichet", "/guichet/annuler", &[]).await;
    let back = r#"undo A 9 [{"field":"état","before":"appelé","after":"attend"},{"field":"guichet","before":"1"}]"#;
    trail.tells("undone", &[back]).await;

    desk.call().await;
    trail.tells("called in turn: what agents do all day", &[]).await;
    let transfer = desk.panel("/guichet/transferer").await;
    desk.send(&transfer, "/guichet/transferer", &[("service", "etat-civil"), ("counter", "2"), ("place", "back")])
        .await;
    let sent = r#"transfer A 1 [{"field":"état","before":"appelé","after":"attend"},{"field":"démarche","before":"titres","after":"etat-civil"},{"field":"guichet","before":"1","after":"2"}]"#;
    trail.tells("transferred", &[sent]).await;

    desk.call().await;
    site.advance(5);
    desk.send("/guichet", "/guichet/rappeler", &[]).await;
    site.advance(90);
    desk.send("/guichet", "/guichet/absent", &[]).await;
    let absent =
        r#"no_show A 2 [{"field":"état","before":"appelé","after":"attend"},{"field":"guichet","before":"1"}]"#;
    trail.tells("absent, and back once", &[absent]).await;

    // Whom reception finds by their number.
    let third = format!("/accueil/ticket/{}", borne.ticket(3));
    desk.send(&third, "/accueil/annuler", &[]).await;
    trail.tells("cancelled", &[r#"cancel A 3 [{"field":"état","before":"attend","after":"annulé"}]"#]).await;
    desk.send(&third, "/accueil/retablir", &[]).await;
    trail.tells("put back", &[r#"undo A 3 [{"field":"état","before":"annulé","after":"attend"}]"#]).await;
    let parked = r#"[{"field":"état","before":"mis en attente","after":"attend"},{"field":"guichet","before":"1"}]"#;

    desk.park().await;
    desk.send("/salle", "/salle/remettre", &[]).await;
    trail.tells("put back by a supervisor", &[&format!("transfer A 3 {parked}")]).await;
    desk.park().await;
    // The form that reception gets once its counter is no more.
    let fields = hidden_fields(&desk.ada.read("/salle").await, "/salle/remettre");
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let fields: Vec<_> = fields.into_iter().filter(|(name, _)| *name != "ici").collect();
    for _ in 0..2 {
        site.advance(1);
        let answer = desk.ada.post("/accueil/remettre", &fields).await;
        let (status, page) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{page}");
    }
    trail.tells("put back at reception, sent twice", &[&format!("transfer A 4 {parked}")]).await;

    desk.call().await;
    desk.send("/salle/guichet/1", "/salle/guichet/1", &[("then", "file")]).await;
    let freed =
        r#"transfer A 4 [{"field":"état","before":"appelé","after":"attend"},{"field":"guichet","before":"1"}]"#;
    trail.tells("its counter is freed", &[freed]).await;
    web.stop().await;
}

#[tokio::test]
async fn what_is_decided_for_a_whole_site_is_kept_with_what_was_before() {
    let site = Site::open().await;
    account_as(site.store().as_ref(), "Ada", Role::Administrator, None).await;
    let web = Web::start(&site).await;
    let ada = Admin::sign_in(&site, &web, "Ada").await;
    let trail = Trail::from_here(&site).await;
    let done = async |path: &str, fields: &[(&str, &str)]| {
        let (status, page) = ada.post(path, fields).await;
        assert_eq!(status, 200, "{path}: {page}");
        page
    };

    done("/salle/tickets/arreter", &[("service", "titres")]).await;
    trail.tells("stopped", &[r#"intake  [{"field":"tickets","before":"donnés","after":"arrêtés"}]"#]).await;
    done("/salle/tickets/redonner", &[("matter", "full"), ("service", "titres")]).await;
    trail.tells("given again", &[r#"intake  [{"field":"tickets","before":"arrêtés","after":"donnés"}]"#]).await;
    done("/salle/tickets/fermer", &[("time", "15:30")]).await;
    trail.tells("closed early", &[r#"intake  [{"field":"tickets","before":"","after":"15:30"}]"#]).await;
    done("/salle/cloture", &[("message", "see_reception")]).await;
    let closed = r#"{"field":"journée","before":"ouverte","after":"close"}"#;
    trail.tells_of("the day is closed", "day_end", &[closed]).await;
    done("/salle/cloture/rouvrir", &[]).await;
    let opened = r#"{"field":"journée","before":"close","after":"ouverte"}"#;
    trail.tells_of("the day is open again", "day_end", &[opened]).await;

    ada.fill("/regles/brouillon", &[("ceiling", "40")]).await;
    ada.fill_as("/regles", "/regles/publier", &[("from", "maintenant"), ("reason", "affluence")]).await;
    let ceiling = r#"{"field":"/ceiling/default_min","before":45,"after":40}"#;
    trail.tells_of("rules", "rules", &[ceiling]).await;
    ada.fill("/regles/brouillon", &[("ceiling", "30")]).await;
    ada.fill_as("/regles", "/regles/brouillon/abandonner", &[]).await;
    trail.tells("a draft of rules is given up", &["rules  []"]).await;
    done("/regles/1/reprendre", &[]).await;
    trail.tells("rules of before are taken up", &["rules  []"]).await;

    ada.fill("/admin/services/titres", &[("places", "35")]).await;
    ada.publish().await;
    let quota = r#"{"field":"/service/0/quota","after":35}"#;
    trail.tells_of("published", "publication", &[quota]).await;
    ada.fill("/admin/services/titres", &[("places", "36")]).await;
    ada.fill_as("/admin/brouillon", "/admin/abandonner", &[]).await;
    trail.tells("a draft is given up", &["publication  []"]).await;
    assert_eq!(ada.get("/admin/exporter").await.0, 200);
    trail.tells("exported", &["export  []"]).await;

    ada.fill("/admin/comptes/nouveau", &[("nom", "Omar")]).await;
    trail.tells_of("an account", "account", &["agent"]).await;
    let omar = site.store().account("Omar").await.unwrap().unwrap().id.0;
    let (status, page) = ada.fill(&format!("/admin/comptes/{omar}"), &[("role", "reception")]).await;
    assert_eq!(status, 200, "{page}");
    trail.tells_of("other roles", "account", &["agent", "reception"]).await;
    done(&format!("/admin/comptes/{omar}/mot-de-passe"), &[]).await;
    trail.tells_of("another password", "password", &[]).await;
    done(&format!("/admin/comptes/{omar}/fermer"), &[]).await;
    trail.tells_of("an account is closed", "account", &["before", "after"]).await;
    done(&format!("/admin/comptes/{omar}/rouvrir"), &[]).await;
    trail.tells_of("an account is open again", "account", &["before", "after"]).await;

    done("/admin/cles", &[("name", "Agenda"), ("scope", "hall:read"), ("days", "30")]).await;
    trail.tells_of("a key", "key", &["Agenda", "hall:read"]).await;
    let key = site.store().keys(site_id()).await.unwrap()[0].id;
    done(&format!("/admin/cles/{key}/fermer"), &[]).await;
    trail.tells("a key is closed", &[r#"key  [{"field":"ouverte","before":true,"after":false}]"#]).await;
    done("/admin/webhooks", &[("url", "https://agenda.exemple.fr/tickets")]).await;
    trail.tells_of("an address", "webhook", &["https://agenda.exemple.fr/tickets"]).await;
    let hook = site.store().hooks(Some(site_id())).await.unwrap()[0].id;
    for (act, field) in [
        ("suspendre", r#"{"field":"suspendue","before":false,"after":true}"#),
        ("reprendre", r#"{"field":"suspendue","before":true,"after":false}"#),
    ] {
        done(&format!("/admin/webhooks/{hook}/{act}"), &[]).await;
        trail.tells(act, &[&format!("webhook  [{field}]")]).await;
    }
    web.stop().await;
}
