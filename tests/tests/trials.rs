//! One device tried by a technician, on a running borne and where none runs: `borne print-test`, `scan-test`,
//! `card-test`. Whatever is shown, its text and its number are never told.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use drivers::printer::{FontSource, Profile};
use drivers::virtual_card::{PORTS, PrivateDaemon, READERS, VirtualCard, apart, is_apart};
use drivers::virtual_printer::{Happening, VirtualEvent, VirtualOptions, VirtualPrinter};
use drivers::virtual_scanner::VirtualScanner;
use integration_tests::borne::{Borne, Options};
use integration_tests::process::{built, until};
use integration_tests::site::Site;
use integration_tests::{PATIENCE, project};

/// A borne of a site, with what is under trial.
struct Hall {
    site: Site,
    borne: Borne,
}

async fn hall(printer: Option<&str>, sections: impl Fn(&Path) -> String) -> Hall {
    let site = Site::open().await.unwrap();
    let sections = sections(site.folder());
    let borne = site.borne(&Options { printer, sections: &sections, ..Options::default() }).unwrap();
    Hall { site, borne }
}

impl Hall {
    async fn switch_on(&mut self) {
        let code = self.site.server.enrolment_code().unwrap();
        self.borne.start(&Options::default(), Some(&code)).await.unwrap();
    }

    /// After a power cut.
    async fn start_again(&mut self) {
        self.borne.kill().unwrap();
        self.borne.start(&Options::default(), None).await.unwrap();
    }

    /// Begins a trial; its first line says that it waits for something to be shown.
    fn begin(&self, trial: &[&str]) -> Child {
        let mut command = Command::new(built("borne").unwrap());
        command.arg("--config").arg(self.borne.settings()).args(trial);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn run(&self, trial: &[&str]) -> Output {
        self.begin(trial).wait_with_output().unwrap()
    }

    /// Shows something until the trial has ended: a device that has only just been opened may not look yet.
    async fn show(&self, trial: &[&str], show: impl Fn()) -> Output {
        let mut child = self.begin(trial);
        until("the end of the trial", PATIENCE, || {
            show();
            let ended = child.try_wait();
            async move { Ok(ended?) }
        })
        .await
        .unwrap();
        child.wait_with_output().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn network_printer(place: &Path) -> VirtualPrinter {
    let fonts = FontSource::new(project().join("assets/fonts"));
    let options = VirtualOptions::of(&Profile::load("virtual").unwrap(), place.join("paper"), fonts);
    VirtualPrinter::listen(&options, []).unwrap()
}

fn slips(printer: &VirtualPrinter) -> usize {
    printer.events().try_iter().filter(|event| matches!(event, VirtualEvent::Cut { .. })).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_slip_is_printed_and_paper_that_is_missing_is_named() {
    let place = tempfile::tempdir().unwrap();
    let printer = network_printer(place.path());
    let mut hall = hall(Some(printer.selector()), |_| String::new()).await;

    let printed = hall.run(&["print-test"]);
    assert!(printed.status.success() && said(&printed).contains("the test slip is printed"), "{}", said(&printed));
    assert_eq!(slips(&printer), 1);

    let refused = |hall: &Hall| {
        let refused = hall.run(&["print-test"]);
        assert!(!refused.status.success(), "{}", said(&refused));
        assert!(said(&refused).contains("not printed") && said(&refused).contains("paper"), "{}", said(&refused));
    };
    hall.switch_on().await;
    hall.borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
    let printed = hall.run(&["print-test"]);
    assert!(printed.status.success() && said(&printed).contains("the test slip is printed"), "{}", said(&printed));
    assert_eq!(slips(&printer), 1);
    printer.happen(Happening::PaperOut);
    refused(&hall);
    hall.borne.stop().unwrap();

    refused(&hall);
    printer.happen(Happening::PaperLoaded);
    assert_eq!(slips(&printer), 0, "what was given up does not come out later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_is_not_there_prints_no_test_slip_beside_a_running_borne_either() {
    let place = tempfile::tempdir().unwrap();
    let printer = network_printer(place.path());
    let mut hall = hall(Some(printer.selector()), |_| String::new()).await;
    hall.switch_on().await;
    hall.borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
    drop(printer);
    hall.borne.reaches("a printer that is gone", |s| !s.core.printer_ready).await.unwrap();
    let refused = hall.run(&["print-test"]);
    assert!(!refused.status.success() && said(&refused).contains("not printed"), "{}", said(&refused));
    hall.borne.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_listed_without_a_word_to_printer_or_server() {
    let printer = TcpListener::bind("127.0.0.1:0").unwrap();
    printer.set_nonblocking(true).unwrap();
    let named = format!("tcp:{}", printer.local_addr().unwrap());
    let hall = hall(Some(&named), |_| String::new()).await;
    let asked = || printer.accept().is_ok();

    let listed = hall.run(&["doctor", "--devices", "--json"]);
    assert!(listed.status.success(), "{}", said(&listed));
    let told: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(told["devices"].is_array() && told.get("findings").is_none(), "{told}");
    let table = hall.run(&["doctor", "--devices"]);
    assert!(table.status.success() && said(&table).contains("plugged in"), "{}", said(&table));
    assert!(!asked(), "the printer was asked");
    // Before its settings are written, too.
    let wrong = hall.run(&["--set", "printer.devise=x", "doctor", "--devices", "--json"]);
    assert!(wrong.status.success() && said(&wrong).contains("devices"), "{}", said(&wrong));

    hall.run(&["doctor"]);
    assert!(asked(), "the whole doctor asks the printer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_shown_is_told_by_what_it_is() {
    let port = |place: &Path| place.join("scanner");
    let mut hall = hall(None, |place| format!("[scanner]\ndevice = \"serial:{}\"\n", port(place).display())).await;
    let scanner = VirtualScanner::plug_in(&port(hall.site.folder())).unwrap();
    let secret = "JEAN DUPONT 1970-01-01";
    let show = || scanner.present(secret.as_bytes()).unwrap();

    for running in [false, true] {
        if running {
            hall.switch_on().await;
            hall.borne.reaches("the scanner", |s| s.core.devices.iter().count() == 1).await.unwrap();
        }
        let seen = hall.show(&["scan-test", "--json"], show).await;
        assert!(seen.status.success(), "{}", said(&seen));
        let told: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap();
        assert_eq!((told["seen"].as_str(), told["bytes"].as_u64()), (Some("code"), Some(22)), "{told}");
        let seen = hall.show(&["scan-test"], show).await;
        assert!(said(&seen).contains("(22 bytes)"), "{}", said(&seen));
        assert!(!said(&seen).contains("DUPONT"), "{}", said(&seen));
    }
    assert!(!logged(&hall.borne).contains("DUPONT"));

    let code = said(&hall.show(&["scan-test", "--calibration"], show).await);
    assert!(code.contains('█') && code.contains('▀'), "a code to show to the scanner: {code}");
    hall.borne.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_of_what_is_not_configured_says_what_to_write() {
    let hall = hall(None, |_| String::new()).await;
    for (trial, key) in [("scan-test", "scanner.device"), ("card-test", "card.device")] {
        let refused = hall.run(&[trial]);
        assert!(!refused.status.success() && said(&refused).contains(key), "{}", said(&refused));
        assert!(said(&refused).contains("borne doctor"), "{}", said(&refused));
    }
}

fn logged(borne: &Borne) -> String {
    std::fs::read_to_string(borne.folder().join("borne.log")).unwrap()
}

async fn try_cards() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = PrivateDaemon::start(folder.path()).unwrap();
    let mut hall = hall(None, |_| "[card]\ndevice = \"pcsc:\"\n".to_owned()).await;
    let number = [0x04, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80];

    let card = VirtualCard::put(PORTS[0], &number, []).unwrap();
    let seen = hall.run(&["card-test", "--json"]);
    assert!(seen.status.success(), "{}", said(&seen));
    let told: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!((told["seen"].as_str(), told["reader"].as_str()), (Some("card"), Some(READERS[0])), "{told}");
    assert_eq!(told["fingerprint"], serde_json::Value::Null, "the server has sent no key yet: {told}");
    drop(card);
    daemon.until_empty(READERS[0], PATIENCE).unwrap();

    hall.switch_on().await;
    hall.borne.reaches("the server", |s| s.uplink.up).await.unwrap();
    // Once the trial says that it waits, the card is put.
    let mut trial = hall.begin(&["card-test"]);
    let mut heard = BufReader::new(trial.stdout.take().unwrap());
    let mut asked = String::new();
    heard.read_line(&mut asked).unwrap();
    assert!(asked.contains("put a card"), "{asked}");
    let card = VirtualCard::put(PORTS[0], &number, []).unwrap();
    let mut told = String::new();
    heard.read_to_string(&mut told).unwrap();
    let ended = trial.wait_with_output().unwrap();
    assert!(ended.status.success(), "{told}{}", said(&ended));
    drop(card);
    assert!(!told.to_lowercase().contains("04a22bc1"), "a hash, not the card's number: {told}");
    // The command that it shows is one that the server takes.
    let command = told.split_once("accueil-server ").unwrap().1.replace("\"Badge 1\"", "Badge_1");
    let words: Vec<&str> = command.split_whitespace().collect();
    hall.site.server.command(&words, "271828\n").unwrap();
    assert!(hall.site.server.command(&["badge", "list"], "").unwrap().contains("Badge_1"));
    assert!(!logged(&hall.borne).to_lowercase().contains("04a22bc1"));

    // With it somebody closes the borne, and the plug changes nothing of that.
    hall.start_again().await;
    until("the badge at the borne", PATIENCE, || async {
        let card = VirtualCard::put(PORTS[0], &number, [])?;
        let asked = hall.borne.becomes(|code| code == "S26", Duration::from_secs(2)).await.is_ok();
        drop(card);
        daemon.until_empty(READERS[0], PATIENCE)?;
        Ok(asked.then_some(()))
    })
    .await
    .unwrap();
    for digit in "271828".chars() {
        hall.borne.tap(&digit.to_string(), &["S26"]).await.unwrap();
    }
    hall.borne.tap("Valider", &["S27"]).await.unwrap();
    hall.borne.tap("Fermer l’accueil", &["S27"]).await.unwrap();
    hall.borne.tap("Quitter", &["S17"]).await.unwrap();
    hall.start_again().await;
    hall.borne.becomes(|code| code == "S17", PATIENCE).await.unwrap();
    hall.borne.stop().unwrap();
}

#[test]
fn a_card_that_is_shown_can_become_a_badge() {
    if is_apart() {
        return tokio::runtime::Runtime::new().unwrap().block_on(try_cards());
    }
    let name = "a_card_that_is_shown_can_become_a_badge";
    let arguments = ["--exact", name, "--nocapture", "--test-threads=1"].map(OsStr::new);
    let program: PathBuf = std::env::current_exe().unwrap();
    let output = apart(&program, &arguments).unwrap().output().unwrap();
    let said = said(&output);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
