//! The main job: one visit, from the touch to the counter, and the answer on the way out.

use std::process::Command;
use std::time::Duration;

use integration_tests::borne::Options;
use integration_tests::site::Site;
use integration_tests::visit::{Staff, play};
use wire::event::{Event, EventBody, PrintOutcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_seen_by_everybody_it_concerns() {
    let mut site = Site::open().await.unwrap();
    site.server.add_agent("Camille", "un mot de passe").unwrap();
    let mut borne = site.start_borne(&Options::default()).await.unwrap();

    let staff = Staff { name: "Camille", password: "un mot de passe", counter: "1", display: "hall" };
    let mut steps = 0;
    let visit = play(&site.server, &borne, &staff, |_, _: Duration| steps += 1).await.unwrap();
    assert_eq!(steps, 8);
    assert_eq!(visit.number, "A\u{a0}1");

    // The paper's code leads to the ticket's page, whose secret the server never learned.
    let read = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&visit.ticket).output();
    let read = read.expect("zbarimg reads the code: install the package zbar-tools");
    let link = String::from_utf8(read.stdout).unwrap().trim().to_owned();
    assert!(link.starts_with("HTTP://127.0.0.1:") && link.ends_with("/A.1"), "{link}");
    let page = integration_tests::client().unwrap().build().unwrap().get(&link).send().await.unwrap();
    assert!(page.status().is_success());
    assert!(page.text().await.unwrap().contains("A\u{a0}1"));
    let token = link.split('/').nth(4).unwrap().to_owned();
    let events = site.server.events().unwrap();
    assert!(events.iter().all(|raw| !raw.contains(&token)), "the secret of a ticket's page left the borne");

    let bodies: Vec<EventBody> = events.iter().map(|raw| Event::decode(raw).unwrap().body).collect();
    assert!(matches!(&bodies[0], EventBody::TicketIssued(t) if t.label.to_string() == "A 1"), "{bodies:?}");
    assert!(matches!(&bodies[1], EventBody::TicketPrinted { outcome: PrintOutcome::Printed, .. }), "{bodies:?}");

    borne.stop().unwrap();
    site.server.stop().unwrap();
    for log in ["server/server.log", "borne/borne.log"] {
        let text = std::fs::read_to_string(site.folder().join(log)).unwrap();
        assert!(!text.to_uppercase().contains(&token), "{log} holds the secret of a ticket's page");
    }
}

#[test]
fn the_demonstration_says_which_examples_there_are() {
    let program = integration_tests::process::built("demo").unwrap();
    let output = Command::new(program).args(["--site", "atlantis"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("atlantis") && said.contains("marseille"), "{said}");
}

#[test]
fn the_demonstration_says_which_port_is_taken() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let program = integration_tests::process::built("demo").unwrap();
    let output = Command::new(program).args(["--port", &port]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains(&format!("port {port} is in use")) && said.contains("--port"), "{said}");
}
