//! Paper that does not come: the number is kept, the journal tells what is known, nothing is printed twice by itself.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use drivers::printer::{FontSource, Profile};
use drivers::virtual_printer::{Happening, Step, VirtualEvent, VirtualOptions, VirtualPrinter};
use integration_tests::agent::Agent;
use integration_tests::borne::{Borne, Options, number_on};
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::{PATIENCE, free_port, project};
use kiosk_runtime::config::Server as Address;
use kiosk_runtime::control::ScreenReport;
use tempfile::TempDir;

struct Hall {
    place: TempDir,
    server: Server,
    borne: Borne,
}

fn printer(place: &TempDir, script: Vec<Step>) -> VirtualPrinter {
    let profile = Profile::load("virtual").unwrap();
    let fonts = FontSource::new(project().join("assets/fonts"));
    let options = VirtualOptions::of(&profile, place.path().join("paper"), fonts);
    VirtualPrinter::listen(&options, script).unwrap()
}

/// A borne without its server: paper is the matter here.
async fn open(place: TempDir, device: &str, profile: &str) -> Hall {
    let site = project().join("config/examples/marseille/site.toml");
    let mut server = Server::prepare(&place.path().join("server"), &site, free_port().unwrap()).unwrap();
    let code = server.enrolment_code().unwrap();
    server.start().await.unwrap();
    let data = place.path().join("borne/data");
    kiosk_runtime::enrol::enrol(&Address::at(server.url()), code.parse().unwrap(), "Borne 01", &data, false)
        .await
        .unwrap();
    server.stop().unwrap();
    let options = Options { printer: Some(device), profile, ..Options::default() };
    let mut borne = Borne::prepare(&place.path().join("borne"), &server, &options).unwrap();
    borne.start(&options, None).await.unwrap();
    Hall { place, server, borne }
}

async fn to_detail(borne: &Borne) -> ScreenReport {
    borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    borne.tap("Retrait d'un titre", &["S04"]).await.unwrap()
}

fn says(report: &ScreenReport, text: &str) -> bool {
    report.elements.iter().any(|e| e.label.replace('\u{a0}', " ").contains(text))
}

fn cuts(printer: &VirtualPrinter) -> usize {
    printer.events().try_iter().filter(|e| matches!(e, VirtualEvent::Cut { .. })).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_closes_in_mid_ticket_leaves_the_number_and_may_print_it_again() {
    let place = tempfile::tempdir().unwrap();
    let paper = printer(&place, vec![Step::at(4_000, Happening::LinkLost)]);
    let hall = open(place, paper.selector(), "virtual").await;
    let borne = &hall.borne;
    borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
    to_detail(borne).await;
    borne.tap("Prendre un ticket", &["S14", "S16"]).await.unwrap();
    let kept = borne.becomes(|code| code == "S16", PATIENCE).await.unwrap();
    assert_eq!(number_on(&kept).as_deref(), Some("B\u{a0}1"));
    assert!(says(&kept, "peut-être imprimé"), "{kept:?}");
    assert_eq!(borne.status().await.unwrap().core.prints, [0, 0, 1], "unknown");

    borne.reaches("the printer's return", |s| s.core.printer_ready).await.unwrap();
    assert!(cuts(&paper) <= 1, "what had come out is cut off the next slip, and nothing is printed again by itself");
    assert_eq!(borne.status().await.unwrap().core.prints, [0, 0, 1]);
    borne.tap("Imprimer de nouveau", &["S14", "S15"]).await.unwrap();
    borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
    assert_eq!(borne.status().await.unwrap().core.prints, [1, 0, 1]);
    drop(hall.place);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_paper_the_number_is_asked_for_and_shown() {
    let place = tempfile::tempdir().unwrap();
    let paper = printer(&place, vec![]);
    paper.happen(Happening::PaperOut);
    let hall = open(place, paper.selector(), "virtual").await;
    let borne = &hall.borne;
    borne.reaches("news of the paper", |s| s.core.paper == "out").await.unwrap();
    let detail = to_detail(borne).await;
    assert!(says(&detail, "Plus de papier"), "{detail:?}");
    let number = borne.tap("Prendre un numéro sans papier", &["S16"]).await.unwrap();
    assert_eq!(number_on(&number).as_deref(), Some("B\u{a0}1"));
    assert!(says(&number, "Votre numéro") && !says(&number, "Imprimer de nouveau"), "{number:?}");
    assert_eq!(borne.status().await.unwrap().core.prints, [0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_is_away_keeps_nobody_from_a_number() {
    let place = tempfile::tempdir().unwrap();
    let device = format!("tcp:127.0.0.1:{}", free_port().unwrap());
    let hall = open(place, &device, "virtual").await;
    let detail = to_detail(&hall.borne).await;
    assert!(says(&detail, "Plus de papier"), "{detail:?}");
    let number = hall.borne.tap("Prendre un numéro sans papier", &["S16"]).await.unwrap();
    assert_eq!(number_on(&number).as_deref(), Some("B\u{a0}1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_tells_nothing_lets_the_visitor_tell() {
    let place = tempfile::tempdir().unwrap();
    let paper = printer(&place, vec![Step::at(0, Happening::FallsSilent)]);
    let hall = open(place, paper.selector(), "generic-58").await;
    let borne = &hall.borne;
    borne.reaches("a link to the printer", |s| s.core.printer_ready).await.unwrap();
    to_detail(borne).await;
    borne.tap("Prendre un ticket", &["S14", "S15"]).await.unwrap();
    borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
    let kept = borne.tap("Pas de ticket ?", &["S16"]).await.unwrap();
    assert_eq!(number_on(&kept).as_deref(), Some("B\u{a0}1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_in_mid_print_leaves_the_ticket_unknown_and_the_numbers_going_on() {
    let place = tempfile::tempdir().unwrap();
    let paper = printer(&place, vec![Step::at(2_000, Happening::Stalls)]);
    let device = paper.selector().to_owned();
    let mut hall = open(place, &device, "virtual").await;
    hall.borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
    to_detail(&hall.borne).await;
    hall.borne.tap("Prendre un ticket", &["S14"]).await.unwrap();
    let begun = |e: &VirtualEvent| matches!(e, VirtualEvent::Received { bytes } if *bytes > 0);
    while !begun(&paper.events().recv_timeout(PATIENCE).unwrap()) {}
    hall.borne.kill().unwrap();

    // The printer that stalled is switched off as well; another one stands in its place.
    let paper = printer(&hall.place, vec![]);
    let device = paper.selector().to_owned();
    let options = Options { printer: Some(&device), ..Options::default() };
    let mut borne = Borne::prepare(hall.borne.folder(), &hall.server, &options).unwrap();
    borne.start(&options, None).await.unwrap();
    assert_eq!(borne.screen().await.unwrap().code, "S01");
    // The ticket, the doubt about its time without a server, what became of its paper.
    borne.reaches("three events that wait", |s| s.core.printer_ready && s.uplink.unsent >= 3).await.unwrap();
    assert_eq!(cuts(&paper), 0, "nothing is printed by itself after a power cut");
    to_detail(&borne).await;
    borne.tap("Prendre un ticket", &["S14", "S15"]).await.unwrap();
    let ready = borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
    assert_eq!(number_on(&ready).as_deref(), Some("B\u{a0}2"), "a number is never used twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn paper_that_ends_is_told_to_the_agents_until_it_is_mended() {
    let place = tempfile::tempdir().unwrap();
    let paper = printer(&place, vec![]);
    let mut hall = open(place, paper.selector(), "virtual").await;
    hall.server.add_agent("Camille", "un mot de passe").unwrap();
    hall.server.start().await.unwrap();
    let agent = Agent::sign_in(&hall.server.url(), "Camille", "un mot de passe", "1").await.unwrap();
    hall.borne.reaches("the server", |s| s.uplink.up && s.core.printer_ready).await.unwrap();
    let tells = async |what: Option<&str>| {
        until("the console", PATIENCE, || async {
            let page = agent.console().await?;
            let notice = page.lines().find(|line| line.contains("class=\"notice\"") && line.contains("Borne 01"));
            Ok(match (what, notice) {
                (Some(what), Some(line)) => line.contains(what).then_some(()),
                (None, None) => Some(()),
                (Some(_), None) | (None, Some(_)) => None,
            })
        })
        .await
        .unwrap();
    };
    tells(None).await;
    for (what, notice) in [
        (Happening::PaperNearEnd, Some("bientôt fini")),
        (Happening::PaperOut, Some("plus de papier")),
        (Happening::PaperLoaded, None),
        (Happening::CoverOpened, Some("capot")),
        (Happening::CoverClosed, None),
    ] {
        paper.happen(what);
        tells(notice).await;
    }
}
