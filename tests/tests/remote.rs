//! A technician asks a real borne for things through its server, and sees what became of them; never at a visitor's cost.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::process::Command;

use integration_tests::borne::{Borne, Options};
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::{PATIENCE, client, free_port, project};
use reqwest::Client;

const PASSWORD: &str = "un mot de passe";

/// Somebody who sees to the bornes, at the page of one.
struct Technician {
    http: Client,
    /// The borne's page.
    page: String,
}

/// What stands between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    &text[from..from + text[from..].find(after).unwrap()]
}

async fn signed_in(server: &Server, name: &str) -> Client {
    let http = client().unwrap().cookie_store(true).build().unwrap();
    let fields = [("name", name), ("password", PASSWORD)];
    let sign_in = http.post(format!("{}/connexion", server.url())).form(&fields);
    assert!(sign_in.send().await.unwrap().status().is_success());
    http
}

impl Technician {
    async fn sign_in(server: &Server) -> Self {
        let (http, url) = (signed_in(server, "Tom").await, server.url());
        let all = http.get(format!("{url}/parc/etat")).send().await.unwrap().text().await.unwrap();
        let page = format!("{url}/parc/{}", between(&all, "id=\"b-", "\""));
        Self { http, page }
    }

    async fn read(&self, path: &str) -> String {
        let answer = self.http.get(format!("{}{path}", self.page)).send().await.unwrap();
        answer.error_for_status().unwrap().text().await.unwrap()
    }

    /// Asks for something, and answers what stands of it once it has ended; the borne reads it at its next exchange.
    async fn ask(&self, action: &str) -> String {
        let page = self.read("").await;
        let form = &page[..page.find(&format!("name=\"action\" value=\"{action}\"")).unwrap()];
        let form = &form[form.rfind("<form").unwrap()..];
        let [drawn, id] = ["ici", "id"].map(|name| between(form, &format!("name=\"{name}\" value=\""), "\""));
        let fields = [("ici", drawn), ("id", id), ("action", action)];
        let asked = self.http.post(format!("{}/demander", self.page)).form(&fields).send().await.unwrap();
        assert!(asked.status().is_success(), "{action}: {}", asked.status());
        self.ended(action).await
    }

    /// The newest request, once it is open no more.
    async fn ended(&self, what: &str) -> String {
        until(what, PATIENCE, || async {
            let page = self.read("/demandes").await;
            let newest = between(&page, "<dl class=\"facts\" aria-live=\"polite\"><div>", "</div>").to_owned();
            let open = newest.contains("Attend la borne") || newest.contains("Reçue par la borne");
            Ok((!open).then_some(newest))
        })
        .await
        .unwrap()
    }

    /// What was sent for a request.
    async fn file(&self, told: &str) -> Vec<u8> {
        let path = between(told, "/demandes/", "\"");
        let answer = self.http.get(format!("{}/demandes/{path}", self.page)).send().await.unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borne_does_what_a_technician_asks_and_shows_nothing_of_its_visitors() {
    let place = tempfile::tempdir().unwrap();
    let site = project().join("config/examples/marseille/site.toml");
    let mut server = Server::prepare(&place.path().join("server"), &site, free_port().unwrap()).unwrap();
    server.add_person("Tom", "technician", PASSWORD).unwrap();
    server.add_person("Zoé", "reception", PASSWORD).unwrap();
    let code = server.enrolment_code().unwrap();
    server.start().await.unwrap();
    let options = Options::default();
    let mut borne = Borne::prepare(&place.path().join("borne"), &server, &options).unwrap();
    borne.start(&options, Some(&code)).await.unwrap();
    borne.reaches("a line to the server", |status| status.uplink.up).await.unwrap();
    borne.reaches("its printer", |status| status.core.printer_ready).await.unwrap();
    let tom = Technician::sign_in(&server).await;
    // While the reception desk's page is open bornes are heard every few seconds.
    let zoe = signed_in(&server, "Zoé").await;
    let open = zoe.get(format!("{}/accueil/flux", server.url())).send().await.unwrap();

    let slip = tom.ask("test_print").await;
    assert!(slip.contains("Faite"), "{slip}");

    // Somebody is there: their screen is not looked at.
    borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    let refused = tom.ask("picture").await;
    assert!(refused.contains("Pas faite") && refused.contains("Quelqu’un est à la borne."), "{refused}");
    borne.tap("Retrait d’un titre", &["S04"]).await.unwrap();
    borne.tap("Prendre un ticket", &["S14", "S15"]).await.unwrap();
    borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
    borne.tap("Terminer", &["S01"]).await.unwrap();
    let read =
        Command::new("zbarimg").args(["--quiet", "--raw"]).arg(borne.tickets().unwrap().last().unwrap()).output();
    let link = read.expect("zbarimg reads the code: install the package zbar-tools").stdout;
    let link = String::from_utf8(link).unwrap();
    let secret = link.trim().split('/').nth(4).unwrap().to_owned();

    // The screen is quiet for a while before it is looked at.
    let png = until("a picture", PATIENCE, || async {
        let told = tom.ask("picture").await;
        Ok(if told.contains("Faite") { Some(tom.file(&told).await) } else { None })
    })
    .await
    .unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));

    let told = tom.ask("logs").await;
    let logs = String::from_utf8(tom.file(&told).await).unwrap();
    assert!(logs.contains("test slip ended") && logs.contains("a technician asks through the server"), "{logs}");
    assert!(logs.contains("ticket issued") && !logs.contains("ticket."), "{logs}");
    let plain = logs.replace('\u{a0}', " ");
    assert!(!plain.contains("A 1") && !plain.to_uppercase().contains(&secret), "{logs}");

    // The program ends by itself, and says that it is there again.
    let page = tom.read("").await;
    let form = &page[page.find("<ul class=\"remote\">").unwrap()..];
    let [drawn, id] = ["ici", "id"].map(|name| between(form, &format!("name=\"{name}\" value=\""), "\""));
    let fields = [("ici", drawn), ("id", id), ("action", "restart")];
    tom.http.post(format!("{}/demander", tom.page)).form(&fields).send().await.unwrap().error_for_status().unwrap();
    until("the program's end", PATIENCE, || async { Ok(borne.status().await.is_err().then_some(())) }).await.unwrap();
    borne.kill().unwrap();
    borne.start(&options, None).await.unwrap();
    let again = tom.ended("a new start").await;
    assert!(again.contains("Redémarrer le programme") && again.contains("Faite"), "{again}");

    drop(open);
    borne.stop().unwrap();
    server.stop().unwrap();
}
