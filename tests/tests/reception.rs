//! The reception desk gives a ticket, and a real borne prints it: once, whatever becomes of the line.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::path::Path;
use std::process::Command;

use integration_tests::PATIENCE;
use integration_tests::borne::{Borne, Options};
use integration_tests::office::Office;
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::site::Site;
use wire::event::{CommandAnswer, Event, EventBody, PrintOutcome};

/// The value of the first hidden field of a name behind a mark on a page.
fn hidden(page: &str, mark: &str, name: &str) -> String {
    let from = &page[page.find(mark).unwrap_or_else(|| panic!("no {mark} in {page}"))..];
    let field = format!("name=\"{name}\" value=\"");
    let value = &from[from.find(&field).unwrap() + field.len()..];
    value[..value.find('"').unwrap()].to_owned()
}

/// The printers that a page offers.
fn printer(page: &str) -> String {
    hidden(page, "<legend>Remettre le ticket</legend>", "by")
}

fn link(picture: &Path) -> String {
    let read = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(picture).output();
    let read = read.expect("zbarimg reads the code: install the package zbar-tools");
    String::from_utf8(read.stdout).unwrap().trim().to_owned()
}

async fn printed(borne: &Borne, tickets: usize) -> Vec<std::path::PathBuf> {
    until("a ticket's paper", PATIENCE, || async move {
        let found = borne.tickets().unwrap_or_default();
        Ok((found.len() == tickets).then_some(found))
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borne_prints_what_the_reception_desk_gives_once_and_a_duplicate_with_a_link_of_its_own() {
    let mut site = Site::open().await.unwrap();
    let options = Options::default();
    let mut borne = site.start_borne(&options).await.unwrap();
    borne.reaches("a line to the server", |status| status.uplink.up).await.unwrap();

    let zoe = Office::open(&site.server, "Zoé", "reception").await.unwrap();
    let open = zoe.at_reception().await.unwrap();
    let page = zoe.read("/accueil").await.unwrap();
    let by = printer(&page);
    let filled = [("service", "titres"), ("lang", "fr"), ("group", "1"), ("by", by.as_str())];
    let given = zoe.submit(&page, "/accueil/ticket", &filled).await.unwrap();
    let ticket = given.url().to_string();
    let first = link(&printed(&borne, 1).await[0]);
    assert!(first.ends_with("/A7.1"), "{first}");
    assert!(zoe.read(&first).await.unwrap().contains("<bdi>A7\u{a0}1</bdi>"));

    let page = zoe.read(&ticket).await.unwrap();
    zoe.submit(&page, "/accueil/dupliquer", &[("by", &by)]).await.unwrap();
    let second = link(&printed(&borne, 2).await[1]);
    assert!(second.ends_with("/A7.1") && second != first, "{second}");
    for paper in [&first, &second] {
        assert!(zoe.read(paper).await.unwrap().contains("<bdi>A7\u{a0}1</bdi>"), "both links hold");
    }

    // A borne that starts again prints nothing again.
    until("both papers are told of", PATIENCE, || async {
        let bodies = bodies(&site.server);
        let printed =
            |body: &&EventBody| matches!(body, EventBody::TicketPrinted { outcome: PrintOutcome::Printed, .. });
        Ok((bodies.iter().filter(printed).count() == 2).then_some(()))
    })
    .await
    .unwrap();
    borne.kill().unwrap();
    borne.start(&options, None).await.unwrap();
    borne.reaches("a line to the server", |status| status.uplink.up).await.unwrap();
    let taken = |body: &&EventBody| matches!(body, EventBody::CommandAnswered { answer: CommandAnswer::Taken, .. });
    assert_eq!(bodies(&site.server).iter().filter(taken).count(), 2);
    assert_eq!(borne.tickets().unwrap().len(), 2);

    drop(open);
    borne.stop().unwrap();
    site.server.stop().unwrap();
    for log in ["server/server.log", "borne/borne.log"] {
        let text = std::fs::read_to_string(site.folder().join(log)).unwrap().to_uppercase();
        for link in [&first, &second] {
            assert!(!text.contains(link.split('/').nth(4).unwrap()), "{log} holds the secret of a ticket's page");
        }
    }
}

fn bodies(server: &Server) -> Vec<EventBody> {
    server.events().unwrap().iter().map(|raw| Event::decode(raw).unwrap().body).collect()
}
