//! Who did what: what is kept of it, who reads it, and what the command says of a chain that was touched.

use std::path::Path;
use std::process::{Command, Output};

use accueil_server::audit::{Action, Diff, Entry};
use accueil_server::password;
use accueil_server::roles::Role;
use accueil_server::store::{Grant, NewAccount};
use axum::body::Body;
use http::{Request, StatusCode};
use sqlx::{Connection, Executor, SqliteConnection};
use wire::ids::SiteId;

use crate::support::{Answer, HOST, Site, site_id};
use crate::web::PASSWORD;

async fn account(site: &Site, name: &str, grant: Grant) {
    let password = Some(password::hash(PASSWORD).unwrap());
    let account = NewAccount { name: name.into(), password, ..NewAccount::default() };
    let id = site.store().put_account(&account).await.unwrap();
    site.store().set_grants(id, &[grant]).await.unwrap();
}

/// The cookie of somebody who signed in by the form.
async fn sign_in(site: &Site, name: &str, password: &str) -> Option<String> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("name", name)
        .append_pair("password", password)
        .finish();
    let answer = post(site, "/connexion", "", &form).await;
    let cookie = answer.headers.get("set-cookie")?.to_str().unwrap();
    Some(cookie.split(';').next().unwrap().to_owned())
}

async fn post(site: &Site, path: &str, cookie: &str, form: &str) -> Answer {
    let ask = Request::post(path).header("host", HOST).header("cookie", cookie);
    let ask = ask.header("content-type", "application/x-www-form-urlencoded");
    site.send(ask.body(Body::from(form.to_owned())).unwrap()).await
}

async fn get(site: &Site, path: &str, cookie: &str) -> Answer {
    site.send(Request::get(path).header("host", HOST).header("cookie", cookie).body(Body::empty()).unwrap()).await
}

/// Action, actor, role, object of every entry.
async fn kept(site: &Site) -> Vec<[String; 4]> {
    let links = site.store().audit_from(1, 1_000).await.unwrap();
    links.into_iter().map(|link| [link.action, link.actor, link.role, link.object]).collect()
}

#[tokio::test]
async fn who_comes_in_and_who_is_refused_is_kept_without_what_was_typed() {
    let site = Site::open().await;
    account(&site, "Léa", Grant { site: None, role: Role::Supervisor }).await;
    assert_eq!(sign_in(&site, "Léa", "wrong").await, None);
    assert_eq!(sign_in(&site, "my password in the wrong field", "x").await, None);
    let cookie = sign_in(&site, "Léa", PASSWORD).await.unwrap();
    post(&site, "/connexion/encore", &cookie, &format!("vers=/&encore={PASSWORD}")).await;
    post(&site, "/deconnexion", &cookie, "").await;
    let expected = [
        ["sign_in_refused", "Léa", "", "0.0.0.0"],
        ["sign_in_refused", "?", "", "0.0.0.0"],
        ["sign_in", "Léa", "supervisor", "mot de passe"],
        ["sign_in_again", "Léa", "supervisor", "mot de passe"],
        ["sign_out", "Léa", "supervisor", ""],
    ];
    assert_eq!(kept(&site).await, expected.map(|entry| entry.map(str::to_owned)));
}

#[tokio::test]
async fn what_was_decided_about_tickets_is_kept() {
    let site = Site::open().await;
    account(&site, "Léa", Grant { site: None, role: Role::Supervisor }).await;
    let cookie = sign_in(&site, "Léa", PASSWORD).await.unwrap();
    for (path, form) in [
        ("/salle/tickets/arreter", "service=titres"),
        ("/salle/tickets/redonner", "matter=full&service=titres"),
        ("/salle/tickets/redonner", "matter=full&service=titres"),
        ("/salle/tickets/fermer", "time=15:30"),
    ] {
        let form = format!("ici={}.2026-11-21.&{form}", site_id());
        let answer = post(&site, path, &cookie, &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text());
    }
    let decided = site.store().audit_from(2, 10).await.unwrap();
    let told: Vec<_> = decided.iter().map(|link| (link.object.as_str(), link.diff.as_str())).collect();
    assert_eq!(
        told,
        [
            ("titres", r#"[{"field":"tickets","before":"donnés","after":"arrêtés"}]"#),
            ("titres", r#"[{"field":"tickets","before":"arrêtés","after":"donnés"}]"#),
            ("fermeture avancée", r#"[{"field":"tickets","before":"","after":"15:30"}]"#),
        ],
        "taking back what was taken back is nothing"
    );
    assert!(decided.iter().all(|link| link.site == Some(site_id())));
}

#[tokio::test]
async fn administrators_and_the_protection_of_data_read_it_each_as_far_as_they_may() {
    let site = Site::open().await;
    let elsewhere = SiteId(uuid::Uuid::from_u128(14));
    let entry = |object: &str, at| {
        let entry = Entry::new(site.now(), "Léa <b>", Action::Transfer, object);
        let diff = Diff::none().with("service", "titres", "=1+1");
        Entry { site: at, ..entry.changing(diff).of_ticket("B 42") }
    };
    site.app.audit(entry("here", Some(site_id()))).await;
    site.app.audit(entry("there", Some(elsewhere))).await;
    site.app.audit(entry("nowhere", None)).await;
    for (name, grant, everything) in [
        ("Ada", Grant { site: None, role: Role::Administrator }, Some(true)),
        ("Dan", Grant { site: None, role: Role::Dpo }, Some(true)),
        ("Ida", Grant { site: Some(site_id()), role: Role::Administrator }, Some(false)),
        ("Tom", Grant { site: None, role: Role::Technician }, None),
    ] {
        account(&site, name, grant).await;
        let cookie = sign_in(&site, name, PASSWORD).await.unwrap();
        let (page, csv) = (get(&site, "/admin/audit", &cookie).await, get(&site, "/admin/audit.csv", &cookie).await);
        let Some(everything) = everything else {
            assert_eq!((page.status, csv.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN), "{name}");
            continue;
        };
        assert_eq!((page.status, csv.status), (StatusCode::OK, StatusCode::OK), "{name}");
        for text in [page.text(), csv.text()] {
            assert!(text.contains("here") && text.contains("B\u{a0}42") | text.contains("B 42"), "{name}: {text}");
            assert_eq!(text.contains("there"), everything, "{name}: {text}");
            assert_eq!(text.contains("nowhere"), everything, "{name}: {text}");
        }
        assert!(page.text().contains("Léa &#60;b&#62;") && page.text().contains("Transfert"), "{}", page.text());
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    }
    let exports = kept(&site).await.into_iter().filter(|[action, ..]| action == "export").count();
    assert_eq!(exports, 3, "who took it along is kept too");
}

#[tokio::test]
async fn older_entries_are_a_page_further() {
    let site = Site::open().await;
    for n in 1..=205 {
        site.app.audit(Entry::new(site.now(), "Léa", Action::Undo, format!("object-{n}."))).await;
    }
    account(&site, "Ada", Grant { site: None, role: Role::Administrator }).await;
    let cookie = sign_in(&site, "Ada", PASSWORD).await.unwrap();
    let first = get(&site, "/admin/audit", &cookie).await.text();
    assert!(first.contains("object-205.") && first.contains("object-107.") && !first.contains("object-106."));
    let next = &first[first.find("/admin/audit?avant=").unwrap()..];
    let second = get(&site, &next[..next.find('"').unwrap()], &cookie).await.text();
    assert!(second.contains("object-106.") && !second.contains("object-107.") && second.contains("Les plus récentes"));
    let last = get(&site, "/admin/audit?avant=2", &cookie).await.text();
    assert!(last.contains("object-1.") && !last.contains("Plus anciennes"));
}

fn verify(folder: &Path, more: &[&str]) -> Output {
    let file = folder.join("server.toml");
    std::fs::write(&file, "[site]\ncatalogue = \"site.toml\"\n[store]\naddress = \"sqlite:accueil.db\"\n").unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
    server.arg("--config").arg(&file).args(["audit", "verify"]).args(more).output().unwrap()
}

#[tokio::test]
async fn the_command_says_which_entry_what_it_means_and_what_to_do() {
    let site = Site::open().await;
    let folder = site.folder.path();
    for n in 1..=5 {
        site.app.audit(Entry::new(site.now(), "Léa", Action::Undo, format!("{n}"))).await;
    }
    let whole = verify(folder, &[]);
    let told = String::from_utf8(whole.stdout).unwrap();
    assert!(whole.status.success() && told.starts_with("5 entries, none changed"), "{told}");
    let noted = told.lines().nth(1).unwrap().to_owned();
    assert!(verify(folder, &["--noted", &noted]).status.success());

    let mut file =
        SqliteConnection::connect(&format!("sqlite://{}", folder.join("accueil.db").display())).await.unwrap();
    for trigger in ["audit_stays", "audit_stays_the_same"] {
        file.execute(sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).await.unwrap();
    }
    let broken = |more: &[&str]| {
        let output = verify(folder, more);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    file.execute("UPDATE audit SET actor = 'Omar' WHERE n = 3").await.unwrap();
    let told = broken(&[]);
    assert!(told.contains("entry 3 was changed") && told.contains("read it in the last backup"), "{told}");
    assert!(told.contains("one break in 5 entries"), "{told}");
    file.execute("UPDATE audit SET actor = 'Léa' WHERE n = 3").await.unwrap();
    assert!(verify(folder, &[]).status.success());
    file.execute("DELETE FROM audit WHERE n > 3").await.unwrap();
    let told = broken(&[]);
    assert!(told.contains("entries 4 to 5 were removed"), "{told}");
    // Who also puts the end back is found out by the note.
    file.execute("UPDATE audit_head SET n = 3, hash = (SELECT hash FROM audit WHERE n = 3)").await.unwrap();
    assert!(verify(folder, &[]).status.success());
    let told = broken(&["--noted", &noted]);
    assert!(told.contains("entries 4 to 5 were removed"), "{told}");
    let wrong = verify(folder, &["--noted", "5"]);
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("no entry's number and hash"));
}
