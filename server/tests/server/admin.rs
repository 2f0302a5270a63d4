//! Administration: drafts, publication, accounts, and what bornes are told of it.

use accueil_server::password;
use accueil_server::roles::Role;
use accueil_server::store::{Grant, NewAccount, NewPublication, PublicationKind};
use axum::body::Body;
use ed25519_dalek::Signer;
use http::{Request, StatusCode};
use wire::catalogue::Catalogue;
use wire::ids::SiteId;
use wire::label::LabelForm;
use wire::publication::{PublicationError, SignedCatalogue};
use wire::signature;
use wire::sync::SyncReply;

use crate::support::pages::{form, spaced};
use crate::support::{Answer, Borne, CATALOGUE, HOST, SECOND, Site, site_id};
use crate::web::{Agent, PASSWORD, Web, account, browser};

pub async fn administrator(site: &Site, name: &str, at: Option<SiteId>) {
    let password = Some(password::hash(PASSWORD).unwrap());
    let account = NewAccount { name: name.into(), password, ..NewAccount::default() };
    let id = site.store().put_account(&account).await.unwrap();
    assert!(site.store().set_grants(id, &[Grant { site: at, role: Role::Administrator }]).await.unwrap());
}

/// Somebody who administers, at their own pace: each post waits a second of the server's clock.
pub struct Admin<'a> {
    site: &'a Site,
    agent: Agent,
}

impl<'a> Admin<'a> {
    pub async fn sign_in(site: &'a Site, web: &Web, name: &str) -> Self {
        let admin = Self { site, agent: Agent { browser: browser(), base: web.url("") } };
        let (status, _) = admin.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!(status, 200);
        admin
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let page = self.agent.get(path).await;
        (page.status().as_u16(), page.text().await.unwrap())
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.site.advance(1);
        let page = self.agent.post(path, fields).await;
        (page.status().as_u16(), page.text().await.unwrap())
    }

    /// The form of a page as a browser would send it, with some fields typed otherwise.
    pub async fn fill(&self, path: &str, typed: &[(&str, &str)]) -> (u16, String) {
        let (status, page) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {page}");
        self.send(&page, path, typed).await
    }

    pub async fn send(&self, page: &str, path: &str, typed: &[(&str, &str)]) -> (u16, String) {
        let mut fields = form(page, path);
        for (name, value) in typed {
            fields.retain(|(key, _)| key != name);
            if *value != UNTICKED {
                fields.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.post(path, &fields).await
    }

    pub async fn publish(&self) -> (u16, String) {
        self.fill_as("/admin/brouillon", "/admin/publier", &[("raison", "Un essai")]).await
    }

    pub async fn import(&self, file: &str) -> (u16, String) {
        self.fill_as("/admin/transfert", "/admin/importer", &[("fichier", file)]).await
    }

    pub async fn fill_as(&self, page: &str, action: &str, typed: &[(&str, &str)]) -> (u16, String) {
        let (_, page) = self.get(page).await;
        self.send(&page, action, typed).await
    }
}

const UNTICKED: &str = "\0";

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

fn quota(site: &Site) -> Option<u32> {
    site.catalogue().service(&"titres".parse().unwrap()).unwrap().quota
}

#[tokio::test]
async fn a_draft_changes_nothing_until_published() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let told = async |seq| borne.sync(&site, seq, &[]).await.json::<SyncReply>().config_version;

    assert!(admin.get("/admin/brouillon").await.1.contains("Il n’y a pas de brouillon"));
    let (status, list) = admin.fill("/admin/services/titres", &[("places", "35")]).await;
    assert!(status == 200 && list.contains("Enregistré dans le brouillon"), "{list}");
    assert_eq!((quota(&site), told(1).await), (None, 1));
    let (_, draft) = admin.get("/admin/brouillon").await;
    assert!(draft.contains("Démarche «\u{a0}Carte d’identité, passeport\u{a0}»"), "{draft}");
    assert!(draft.contains("<ins>35\u{a0}tickets</ins>") && !draft.contains("À corriger"), "{draft}");

    let (status, done) = admin.publish().await;
    assert!(status == 200 && done.contains("La version 2 est publiée"), "{done}");
    assert_eq!((quota(&site), told(1).await), (Some(35), 2));
    let (_, versions) = admin.get("/admin/publications").await;
    assert!(
        versions.contains("Un essai") && versions.contains("Inès") && versions.contains("un fichier"),
        "{versions}"
    );
    // The same form once more publishes nothing.
    let (status, again) = admin.send(&draft, "/admin/publier", &[]).await;
    assert!(status == 409 && again.contains("Il n’y a pas de brouillon"), "{again}");
    web.stop().await;
}

#[tokio::test]
async fn two_editors_lose_no_word() {
    let site = Site::open().await;
    for name in ["Inès", "Marc"] {
        administrator(&site, name, None).await;
    }
    let web = Web::start(&site).await;
    let (ines, marc) = (Admin::sign_in(&site, &web, "Inès").await, Admin::sign_in(&site, &web, "Marc").await);
    let path = "/admin/services/titres";
    let (_, page) = ines.get(path).await;
    let (_, other) = marc.get("/admin/services/ecole").await;
    // Different things do not meet.
    assert_eq!(marc.fill(path, &[("places", "35")]).await.0, 200);
    assert_eq!(marc.send(&other, "/admin/services/ecole", &[("places", "12")]).await.0, 200);
    // The same thing does: both are shown, and nothing is written.
    let (status, both) = ines.send(&page, path, &[("places", "48"), ("nom.fr", "Titres d’identité")]).await;
    assert_eq!(status, 409);
    assert!(
        both.contains("Quelqu’un d’autre a enregistré") && both.contains("«\u{a0}35\u{a0}tickets\u{a0}»"),
        "{both}"
    );
    assert!(both.contains("value=\"48\"") && both.contains("value=\"Titres d’identité\""), "{both}");
    assert!(ines.get(path).await.1.contains("value=\"35\""));
    // Having read it, she keeps hers.
    assert_eq!(ines.send(&both, path, &[]).await.0, 200);
    let (_, draft) = ines.get("/admin/brouillon").await;
    for word in ["48\u{a0}tickets", "12\u{a0}tickets", "Titres d’identité"] {
        assert!(draft.contains(word), "{word}: {draft}");
    }
    // What somebody removed meanwhile comes back as it was typed.
    let (_, page) = ines.get("/admin/guichets/2").await;
    let (status, list) = marc.fill("/admin/guichets/2", &[("faire", "supprimer")]).await;
    assert!(status == 200 && !list.contains("Guichet 2"), "{list}");
    let (status, gone) = ines.send(&page, "/admin/guichets/2", &[("nom.fr", "Guichet deux")]).await;
    assert!(status == 409 && gone.contains("a supprimé") && gone.contains("value=\"Guichet deux\""), "{gone}");
    assert_eq!(ines.send(&gone, "/admin/guichets/nouveau", &[]).await.0, 200);
    assert!(ines.get("/admin/guichets").await.1.contains("Guichet deux"));
    // A draft that somebody changed is not published unread.
    let (_, read) = ines.get("/admin/brouillon").await;
    assert_eq!(marc.fill("/admin/services/ecole", &[("places", "13")]).await.0, 200);
    let (status, told) = ines.send(&read, "/admin/publier", &[]).await;
    assert!(status == 409 && told.contains("a changé pendant que vous le lisiez"), "{told}");
    web.stop().await;
}

#[tokio::test]
async fn a_wrong_value_comes_back_as_it_was_typed_with_all_the_others() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let typed =
        [("places", "beaucoup"), ("nom.fr", "Titres"), ("salle.fr", ""), ("lun.1.de", "12:00"), ("lun.1.a", "9h")];
    let (status, page) = admin.fill("/admin/services/titres", &typed).await;
    assert_eq!(status, 409);
    for text in
        ["value=\"beaucoup\"", "value=\"Titres\"", "value=\"12:00\"", "value=\"9h\"", "Écrivez un nombre de 1 à"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(page.contains("Écrivez aussi le texte français."), "its translations are still there: {page}");
    assert!(admin.get("/admin/brouillon").await.1.contains("Il n’y a pas de brouillon"));
    // What can be kept and not be published is told with its page.
    let counters = ["1", "2", "3", "4"].map(|n| format!("/admin/guichets/{n}"));
    for path in &counters {
        assert_eq!(admin.fill(path, &[("demarches", UNTICKED)]).await.0, 200);
    }
    let (_, draft) = admin.get("/admin/brouillon").await;
    assert!(draft.contains("aucun guichet ne la reçoit") && !draft.contains("Publier maintenant"), "{draft}");
    let (status, refused) = admin.post("/admin/publier", &[("vu", "4")]).await;
    assert!(status == 409 && refused.contains("ne peut pas être publié"), "{refused}");
    // Typed hours are those that are shown for the fortnight.
    let (_, page) = admin.fill("/admin/horaires", &[("lun.1.de", "09:30"), ("lun.1.a", "11h45")]).await;
    assert!(page.contains("lundi 23\u{a0}novembre 2026") && page.contains("09:30–11:45"), "{page}");
    assert!(page.contains("dimanche 29") && page.contains("fermé"), "{page}");
    web.stop().await;
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
async fn a_counter_in_use_and_a_service_that_people_wait_for_stay() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    account(&site, "Léa").await;
    let borne = site.borne(1).await;
    borne.sync(&site, 1, &[borne.issued(&site, 1, "titres"), borne.issued(&site, 2, "titres")]).await;
    let web = Web::start(&site).await;
    let lea = Agent::at(&web, "Léa", "1").await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (_, file) = admin.get("/admin/exporter").await;
    let without = |file: &str, keep: &dyn Fn(&mut Catalogue)| {
        let mut catalogue: Catalogue = toml::from_str(file).unwrap();
        keep(&mut catalogue);
        catalogue.to_toml().unwrap()
    };
    let no_counter = without(&file, &|c| {
        c.counters.retain(|counter| counter.id.as_str() != "1");
        c.displays.retain(|display| display.counter.is_none());
    });
    let (_, draft) = admin.import(&no_counter).await;
    assert!(draft.contains("Léa est à") && draft.contains("que ce brouillon supprime"), "{draft}");
    let (status, refused) = admin.publish().await;
    assert!(status == 409 && refused.contains("Léa est à"), "{refused}");
    let page = lea.page().await;
    assert_eq!(lea.submit(&page, "/guichet/appeler").await.0, 200);
    let (_, refused) = admin.publish().await;
    assert!(spaced(&refused).contains("Le ticket A 1 est encore à"), "{refused}");
    assert_eq!(site.catalogue().version, 1);

    let no_service = without(&file, &|c| {
        c.services.retain(|service| service.id.as_str() != "titres");
        c.counters.iter_mut().for_each(|counter| counter.services.retain(|service| service.as_str() != "titres"));
        c.counters.retain(|counter| !counter.services.is_empty() || counter.id.as_str() == "1");
        let left = c.services[0].id.clone();
        for counter in c.counters.iter_mut().filter(|counter| counter.services.is_empty()) {
            counter.services.push(left.clone());
        }
        let kept: Vec<_> = c.services.iter().filter_map(|service| service.family.clone()).collect();
        c.families.retain(|family| kept.contains(&family.id));
    });
    admin.import(&no_service).await;
    let (status, refused) = admin.publish().await;
    assert!(status == 409 && spaced(&refused).contains("1 personne attend pour"), "{refused}");

    // Published all the same, as by a server of before: nobody is trapped, and nobody waits for nothing.
    let gone: Catalogue = toml::from_str(&no_service).unwrap();
    let mut gone = Catalogue { version: 2, ..gone };
    gone.counters.retain(|counter| counter.id.as_str() != "1");
    let policy = site.hall().plan().policy.clone();
    site.hall().publish(accueil_server::site::Plan { catalogue: gone.clone(), policy });
    let page = lea.page().await;
    assert!(page.contains("A 1"), "{page}");
    let (status, page) = lea.submit(&page, "/guichet/demarrer").await;
    assert_eq!(status, 200, "{page}");
    let (status, page) = lea.submit(&page, "/guichet/terminer").await;
    assert_eq!(status, 200, "{page}");
    let other = gone.counters[0].id.clone();
    assert_eq!(lea.post("/poste", &[("counter", other.as_str())]).await.url().path(), "/guichet");
    let page = lea.page().await;
    let (status, page) = lea.submit(&page, "/guichet/appeler").await;
    assert!(status == 200 && page.contains("A 2"), "{page}");
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
async fn a_catalogue_goes_out_as_a_file_and_comes_in_as_a_draft() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (_, file) = admin.get("/admin/exporter").await;
    assert_eq!(Catalogue::from_toml(&file).unwrap(), site.catalogue());
    let (status, draft) = admin.import(&file.replace("quota = 20", "quota = 21")).await;
    assert!(status == 200 && draft.contains("<ins>21\u{a0}tickets</ins>"), "{draft}");
    assert_eq!(site.catalogue().version, 1);
    let wrong = file.replace("letter = \"A\"", "letter = \"O\"");
    let (status, page) = admin.import(&wrong).await;
    assert!(status == 409 && page.contains("letter = &#34;O&#34;") && page.contains("line "), "{page}");
    let elsewhere = file.replace("Europe/Paris", "Indian/Reunion");
    assert!(admin.import(&elsewhere).await.1.contains("autre fuseau horaire"));
    // What a colleague has done since the page was opened is not overwritten.
    let (_, page) = admin.get("/admin/transfert").await;
    assert!(page.contains("Un brouillon est en cours"), "{page}");
    admin.fill("/admin/services/titres", &[("places", "35")]).await;
    let (status, refused) = admin.send(&page, "/admin/importer", &[("fichier", &file)]).await;
    assert!(status == 409 && refused.contains("Le brouillon a changé"), "{refused}");
    assert!(admin.get("/admin/brouillon").await.1.contains("<ins>35\u{a0}tickets</ins>"));

    web.stop().await;
}

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
