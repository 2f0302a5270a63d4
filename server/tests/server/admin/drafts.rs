//! Drafts: what somebody writes is kept, and changes nothing before it is published.

use wire::catalogue::Catalogue;
use wire::sync::SyncReply;

use super::{Admin, UNTICKED, administrator, quota};
use crate::support::Site;
use crate::support::pages::spaced;
use crate::web::{Agent, Web, account};

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
