//! A technician asks a real borne for things through its server, and sees what became of them; never at a visitor's cost.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::process::Command;

use integration_tests::PATIENCE;
use integration_tests::borne::Options;
use integration_tests::office::Office;
use integration_tests::process::until;
use integration_tests::site::Site;

/// Somebody who sees to the bornes, at the page of one.
struct Technician {
    office: Office,
    /// The path of the borne's page.
    page: String,
}

/// What stands between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    &text[from..from + text[from..].find(after).unwrap()]
}

impl Technician {
    async fn at_the_only_borne(office: Office) -> Self {
        let all = office.read("/parc/etat").await.unwrap();
        let page = format!("/parc/{}", between(&all, "id=\"b-", "\""));
        Self { office, page }
    }

    async fn read(&self, path: &str) -> String {
        self.office.read(&format!("{}{path}", self.page)).await.unwrap()
    }

    /// Asks for something; the borne reads it at its next exchange.
    async fn ask(&self, action: &str) {
        let page = self.read("").await;
        let path = format!("{}/demander", self.page);
        self.office.submit(&page, &path, &[("action", action)]).await.unwrap();
    }

    /// The same, and answers what stands of it once it has ended.
    async fn ask_and_wait(&self, action: &str) -> String {
        self.ask(action).await;
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
        let path = format!("{}/demandes/{}", self.page, between(told, "/demandes/", "\""));
        self.office.get(&path).await.unwrap().bytes().await.unwrap().to_vec()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borne_does_what_a_technician_asks_and_shows_nothing_of_its_visitors() {
    let mut site = Site::open().await.unwrap();
    let options = Options::default();
    let mut borne = site.start_borne(&options).await.unwrap();
    borne.reaches("a line to the server", |status| status.uplink.up).await.unwrap();
    borne.reaches("its printer", |status| status.core.printer_ready).await.unwrap();
    let tom = Technician::at_the_only_borne(Office::open(&site.server, "Tom", "technician").await.unwrap()).await;
    let zoe = Office::open(&site.server, "Zoé", "reception").await.unwrap();
    let open = zoe.at_reception().await.unwrap();

    let slip = tom.ask_and_wait("test_print").await;
    assert!(slip.contains("Faite"), "{slip}");

    // Somebody is there: their screen is not looked at.
    borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    let refused = tom.ask_and_wait("picture").await;
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
        let told = tom.ask_and_wait("picture").await;
        Ok(if told.contains("Faite") { Some(tom.file(&told).await) } else { None })
    })
    .await
    .unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));

    let told = tom.ask_and_wait("logs").await;
    let logs = String::from_utf8(tom.file(&told).await).unwrap();
    assert!(logs.contains("test slip ended") && logs.contains("a technician asks through the server"), "{logs}");
    assert!(logs.contains("ticket issued") && !logs.contains("ticket."), "{logs}");
    let plain = logs.replace('\u{a0}', " ");
    assert!(!plain.contains("A 1") && !plain.to_uppercase().contains(&secret), "{logs}");

    // The program ends by itself, and says that it is there again.
    tom.ask("restart").await;
    until("the program's end", PATIENCE, || async { Ok(borne.status().await.is_err().then_some(())) }).await.unwrap();
    borne.kill().unwrap();
    borne.start(&options, None).await.unwrap();
    let again = tom.ended("a new start").await;
    assert!(again.contains("Redémarrer le programme") && again.contains("Faite"), "{again}");

    drop(open);
    borne.stop().unwrap();
    site.server.stop().unwrap();
}
