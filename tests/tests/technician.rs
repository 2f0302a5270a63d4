//! What a technician does: the command line against a running borne, its live view, and a configuration that is wrong.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use integration_tests::borne::{Borne, Options, number_on};
use integration_tests::process::built;
use integration_tests::site::{Site, example};
use integration_tests::{client, free_port, project};
use kiosk_runtime::control::ScreenReport;
use reqwest::StatusCode;

fn run(settings: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(built("borne").unwrap());
    command.arg("--config").arg(settings).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_borne_is_seen_touched_and_looked_after_from_a_shell() {
    let site = Site::open().await.unwrap();
    let options = Options::default();
    let mut borne = site.borne(&options).unwrap();
    let settings = borne.settings().to_owned();

    let before = run(&settings, &["status"]);
    assert!(!before.status.success());
    assert!(said(&before).contains("no borne answers at") && said(&before).contains("borne run"), "{}", said(&before));

    borne.start(&options, Some(&site.server.enrolment_code().unwrap())).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready && s.uplink.up).await.unwrap();
    let status = said(&run(&settings, &["status"]));
    assert!(status.contains("S01") && status.contains("in reach"), "{status}");
    let screen = said(&run(&settings, &["screen"]));
    assert!(screen.contains("[ ] Prendre un ticket"), "{screen}");

    let wrong = run(&settings, &["tap", "Commander un café"]);
    assert!(!wrong.status.success() && said(&wrong).contains("Donner mon avis"), "{}", said(&wrong));
    // A screen that has just come takes no touch yet: whoever looks touches again.
    integration_tests::process::until("the survey", integration_tests::PATIENCE, || async {
        let touched = run(&settings, &["tap", "donner mon avis"]).status.success();
        Ok((borne.screen().await?.code == "S18").then_some(touched))
    })
    .await
    .unwrap();

    let picture = site.folder().join("screen.png");
    assert!(run(&settings, &["screen", "--png", picture.to_str().unwrap()]).status.success());
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));

    let doctor = run(&settings, &["doctor"]);
    let report = said(&doctor);
    assert!(doctor.status.success(), "{report}");
    for part in ["configuration", "site", "panel", "fonts", "data", "identity", "printer", "server", "clock", "program"]
    {
        assert!(report.lines().any(|line| line.starts_with(&format!("✓ {part}"))), "{part}: {report}");
    }
    let json = run(&settings, &["doctor", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json["findings"].is_array() && json["devices"].is_array(), "{json}");

    let again = run(&settings, &["enrol", "ABCD-EFGH-IJKL-MNOP"]);
    assert!(!again.status.success() && said(&again).contains("enrolled already"), "{}", said(&again));

    let second = run(&settings, &["demo", "--display", "headless", "--live-view", "127.0.0.1:0"]);
    assert!(!second.status.success() && said(&second).contains("already runs"), "{}", said(&second));

    let elsewhere = format!("control.socket={}", site.folder().join("other.sock").display());
    let third = run(&settings, &["--set", &elsewhere, "demo", "--display", "headless", "--live-view", "127.0.0.1:0"]);
    assert!(!third.status.success() && said(&third).contains("another borne already runs on"), "{}", said(&third));

    let printed = run(&settings, &["print-test"]);
    assert!(printed.status.success(), "{}", said(&printed));
    integration_tests::process::until("the test slip", integration_tests::PATIENCE, || async {
        Ok((borne.tickets().is_ok_and(|t| t.len() == 1)).then_some(()))
    })
    .await
    .unwrap();
    borne.stop().unwrap();
}

/// What `borne doctor --json` says is not at the server yet, with one of its findings.
fn told(settings: &Path, part: &str) -> (serde_json::Value, serde_json::Value) {
    let output = run(settings, &["doctor", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["part"] == part).unwrap_or(&serde_json::Value::Null);
    (json["unsent"].clone(), finding.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_borne_keeps_is_counted_whether_it_runs_or_not() {
    let mut site = Site::open().await.unwrap();
    let options = Options::default();
    let mut borne = site.borne(&options).unwrap();
    let settings = borne.settings().to_owned();
    borne.start(&options, Some(&site.server.enrolment_code().unwrap())).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready && s.uplink.up).await.unwrap();
    borne.reaches("a server that has everything", |s| s.uplink.unsent == 0).await.unwrap();
    assert_eq!(told(&settings, "program").0, serde_json::json!({"events": 0, "answers": 0}));
    site.server.stop().unwrap();
    borne.tap("Appeler une personne", &["S22"]).await.unwrap();
    let kept = borne.reaches("a call that waits", |s| s.uplink.unsent > 0).await.unwrap().uplink.unsent;
    assert_eq!(told(&settings, "program").0["events"], kept);
    borne.stop().unwrap();
    let (unsent, program) = told(&settings, "program");
    assert!(unsent["events"].as_u64().is_some_and(|events| events >= kept), "{unsent}");
    assert!(
        program["detail"].as_str().is_some_and(|said| said.contains("no borne answers") && said.contains("events")),
        "{program}"
    );
    // What cannot be read is told, and is not taken for nothing.
    let store = borne.folder().join("data/borne.db");
    std::fs::write(&store, "no database at all").unwrap();
    let (unsent, store) = told(&settings, "store");
    assert!(unsent.is_null() && store["health"] == "bad", "{unsent} {store}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borne_that_only_asks_needs_no_printer() {
    let site = Site::open().await.unwrap();
    let options = Options { printer: Some(""), ..Options::default() };
    let mut borne = site.borne(&options).unwrap();
    let settings = borne.settings().to_owned();
    let without = run(&settings, &["config", "check"]);
    assert!(!without.status.success() && said(&without).contains("printer.device"), "{}", said(&without));
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replacen("[borne]\n", "[borne]\nrole = \"survey\"\n", 1)).unwrap();

    borne.start(&options, Some(&site.server.enrolment_code().unwrap())).await.unwrap();
    let status = borne.reaches("the server", |s| s.uplink.up).await.unwrap();
    assert_eq!((status.core.printer.as_str(), status.core.printer_ready), ("none", false));
    let running = run(&settings, &["doctor"]);
    assert!(running.status.success() && said(&running).contains("✓ printer        none"), "{}", said(&running));
    let slip = run(&settings, &["print-test"]);
    assert!(said(&slip).contains("this borne has no printer"), "{}", said(&slip));
    let status = borne.status().await.unwrap();
    assert_eq!(status.core.printer_condition, None, "the server is told of no printer");
    borne.stop().unwrap();
    let stopped = run(&settings, &["doctor"]);
    assert!(stopped.status.success() && said(&stopped).contains("✓ printer        none"), "{}", said(&stopped));
    let slip = run(&settings, &["print-test"]);
    assert!(said(&slip).contains("this borne has no printer"), "{}", said(&slip));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_view_is_for_this_machine_only() {
    let site = Site::open().await.unwrap();
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let options = Options { live_view: &address, ..Options::default() };
    let mut borne = site.borne(&options).unwrap();
    borne.start(&options, Some(&site.server.enrolment_code().unwrap())).await.unwrap();

    let http = client().unwrap().build().unwrap();
    let page = http.get(format!("http://{address}/")).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(page.text().await.unwrap().contains("live.js"));
    let picture = http.get(format!("http://{address}/screen.png")).send().await.unwrap();
    let picture = picture.bytes().await.unwrap();
    assert!(picture.starts_with(b"\x89PNG"), "{}", String::from_utf8_lossy(&picture));

    let rebound = http.get(format!("http://{address}/screen.png")).header("host", "evil.example").send().await.unwrap();
    assert_eq!(rebound.status(), StatusCode::FORBIDDEN);
    let form = http.post(format!("http://{address}/tap")).body("x=1&y=2").send().await.unwrap();
    assert_eq!(form.status(), StatusCode::FORBIDDEN);
    assert_eq!(borne.screen().await.unwrap().code, "S01");
    borne.stop().unwrap();
}

#[test]
fn a_wrong_configuration_starts_nothing_and_says_what_is_allowed() {
    let place = tempfile::tempdir().unwrap();
    let settings = place.path().join("borne.toml");
    let refused = |text: String, command: &[&str]| {
        std::fs::write(&settings, text).unwrap();
        let output = run(&settings, command);
        assert!(!output.status.success(), "{}", said(&output));
        said(&output)
    };
    let good = format!("[borne]\nsite = {:?}\nfonts = {:?}\n", example(), project().join("assets/fonts"));
    let data = place.path().join("data");
    for command in [&["config", "check"][..], &["run", "--display", "headless"][..]] {
        let unknown = refused(format!("{good}[printer]\ndevise = \"x\"\n"), command);
        assert!(
            unknown.contains("borne.toml") && unknown.contains("`printer.devise`") && unknown.contains("`device`"),
            "{unknown}"
        );
        let site = refused("[borne]\nsite = \"/nowhere/site.toml\"\n".to_owned(), &["config", "check"]);
        assert!(site.contains("/nowhere/site.toml") && site.contains("borne.site"), "{site}");
    }
    let panel = refused(format!("{good}[panel]\nbottom_mm = 1190.0\n"), &["config", "check"]);
    assert!(panel.contains("900 and 1220 mm"), "{panel}");
    let text = good.replace("[borne]\n", &format!("[borne]\ndata = {data:?}\n"));
    let stranger = refused(text, &["run", "--display", "headless"]);
    assert!(stranger.contains("not enrolled") && stranger.contains("borne enrol"), "{stranger}");
    assert!(!data.join("borne.db").exists(), "nothing is half-made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borne_that_its_server_refuses_says_so_to_the_technician() {
    let site = Site::open().await.unwrap();
    let mut borne = site.start_borne(&Options::default()).await.unwrap();
    let status = borne.reaches("the server", |s| s.uplink.up).await.unwrap();
    site.server.command(&["borne", "revoke", &status.borne.to_string()], "").unwrap();
    borne.tap("Appeler une personne", &["S22"]).await.unwrap();
    borne.reaches("the refusal", |s| !s.uplink.up && s.uplink.fault.is_some()).await.unwrap();

    let doctor = run(borne.settings(), &["doctor"]);
    let report = said(&doctor);
    assert!(!doctor.status.success(), "{report}");
    let server_line = report.lines().find(|line| line.starts_with("✕ server")).unwrap_or(&report);
    assert!(server_line.contains("403") && server_line.contains("stay here"), "{report}");
    borne.stop().unwrap();
}

/// Asks for a ticket and answers the screen that comes of it.
async fn take_ticket(borne: &Borne, expected: &str) -> ScreenReport {
    borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    let services = borne.screen().await.unwrap();
    let service = services.elements.iter().find(|e| e.role == "button").unwrap();
    borne.tap(&service.label, &["S04"]).await.unwrap();
    borne.tap("Prendre un ticket", &["S14", expected]).await.unwrap();
    borne.becomes(|code| code == expected, integration_tests::PATIENCE).await.unwrap()
}

/// Makes a bundle and unpacks it: each file's text by its name.
fn support_bundle(settings: &Path, folder: &Path) -> BTreeMap<String, String> {
    let bundle = folder.join("bundle.tar.gz");
    let made = run(settings, &["support-bundle", "--out", bundle.to_str().unwrap()]);
    assert!(made.status.success(), "{}", said(&made));
    let told = said(&made);
    assert!(told.contains(bundle.to_str().unwrap()) && told.contains("scp "), "{told}");
    assert_eq!(bundle.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let again = run(settings, &["support-bundle", "--out", bundle.to_str().unwrap()]);
    assert!(!again.status.success() && said(&again).contains("--out"), "{}", said(&again));
    let list = Command::new("tar").arg("-tzf").arg(&bundle).output().unwrap();
    assert!(list.status.success(), "{}", said(&list));
    let names = String::from_utf8(list.stdout).unwrap();
    let unpacked = Command::new("tar").arg("-xzf").arg(&bundle).arg("-C").arg(folder).output().unwrap();
    assert!(unpacked.status.success(), "{}", said(&unpacked));
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        (name.split_once('/').unwrap().1.to_owned(), text)
    };
    names.lines().map(read).collect()
}

fn nowhere(bundle: &BTreeMap<String, String>, secret: &str) {
    assert!(secret.len() > 5, "{secret} would be found by chance");
    for (name, text) in bundle {
        assert!(!text.contains(secret), "{name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_for_whoever_helps_holds_the_state_and_no_secret() {
    let site = Site::open().await.unwrap();
    let sections = "[machine]\nrestart = \"ipmitool -P planted-argument power cycle\" # planted-remark\n";
    let options = Options { sections, ..Options::default() };
    let mut borne = site.borne(&options).unwrap();
    let code = site.server.enrolment_code().unwrap();
    borne.start(&options, Some(&code)).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready && s.uplink.up).await.unwrap();
    let shown = take_ticket(&borne, "S15").await;
    let number = number_on(&shown).unwrap();

    let bundle = support_bundle(borne.settings(), site.folder());
    let readme = &bundle["README.txt"];
    for name in
        ["version.txt", "doctor.txt", "doctor.json", "configuration.txt", "status.json", "log.txt", "wanted.json"]
    {
        assert!(bundle.contains_key(name) && readme.contains(name), "{name}: {readme}");
    }
    let status: serde_json::Value = serde_json::from_str(&bundle["status.json"]).unwrap();
    assert_eq!(status["tickets"], 1);
    assert!(bundle["doctor.txt"].contains("✓ program") && bundle["configuration.txt"].contains("restart = ipmitool …"));
    assert!(bundle["log.txt"].contains("ticket issued"), "{}", bundle["log.txt"]);
    for name in ["log.txt", "status.json", "doctor.txt"] {
        assert!(!bundle[name].contains(&number), "{name}: {}", bundle[name]);
    }
    let identity = std::fs::read_to_string(borne.folder().join("data/identity.toml")).unwrap();
    let identity: toml::Table = toml::from_str(&identity).unwrap();
    nowhere(&bundle, identity["secret_key"].as_str().unwrap());
    nowhere(&bundle, &code);
    for planted in ["planted-argument", "planted-remark"] {
        nowhere(&bundle, planted);
    }
    // What this machine does not have is named with the reason.
    if !bundle.contains_key("system/lockdown.txt") {
        assert!(readme.contains("system/lockdown.txt (") && readme.contains("borne-lockdown"), "{readme}");
    }
    borne.stop().unwrap();
}

#[test]
fn a_bundle_is_made_without_a_borne_and_of_a_configuration_that_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let settings = place.path().join("borne.toml");
    let data = place.path().join("data");
    let socket = place.path().join("none.sock");
    let good = format!("[borne]\ndata = {data:?}\nsite = {:?}\n[control]\nsocket = {socket:?}\n", example());
    for (nth, wrong) in [
        "",
        "[server]\nurl = \"https://admin:planted-1@host\"\n",
        "[server]\npassword = \"planted-1\"\n",
        "[wifi]\npsk = \"planted-1\"\n",
        "[server]\npassword = planted-1 # planted-2\n",
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::write(&settings, format!("# planted-2\n{good}{wrong}")).unwrap();
        let folder = place.path().join(nth.to_string());
        std::fs::create_dir(&folder).unwrap();
        let bundle = support_bundle(&settings, &folder);
        let readme = &bundle["README.txt"];
        assert!(readme.contains("could not be had") && !bundle.contains_key("status.json"), "{readme}");
        let why = readme.lines().find(|line| line.starts_with("- status.json (")).unwrap_or(readme);
        assert!(
            if wrong.is_empty() { why.contains("no borne answers at") } else { why.contains("borne.toml") },
            "{why}"
        );
        assert!(bundle["doctor.txt"].contains(if wrong.is_empty() { "! program" } else { "✕ configuration" }));
        nowhere(&bundle, "planted-1");
        nowhere(&bundle, "planted-2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_gives_nothing_is_told_to_the_server_and_comes_back() {
    let site = Site::open().await.unwrap();
    let mut borne = site.start_borne(&Options::default()).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready && s.uplink.up).await.unwrap();

    // Whoever holds the file lets nobody write, as a disk that is full or dying does.
    let other = rusqlite::Connection::open(borne.folder().join("data/borne.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let failed = take_ticket(&borne, "S24").await;
    assert_eq!(number_on(&failed), None);
    let status = borne.reaches("the fault", |s| s.core.store_fault.is_some()).await.unwrap();
    assert_eq!((status.core.tickets, borne.tickets().map_or(0, |t| t.len())), (0, 0), "nothing was given");
    integration_tests::process::until("the words that somebody knows", integration_tests::PATIENCE, || async {
        let screen = borne.screen().await?;
        anyhow::ensure!(screen.code == "S24", "{} came before the server knew", screen.code);
        Ok(screen.elements.iter().any(|e| e.label.contains("Nous sommes prévenus")).then_some(()))
    })
    .await
    .unwrap();
    integration_tests::process::until("the alarm", integration_tests::PATIENCE, || async {
        Ok(site.server.command(&["alarms"], "")?.contains("\tstore\t").then_some(()))
    })
    .await
    .unwrap();

    other.execute_batch("ROLLBACK").unwrap();
    borne.becomes(|code| code == "S01", integration_tests::PATIENCE).await.unwrap();
    let given = take_ticket(&borne, "S15").await;
    assert!(number_on(&given).unwrap().ends_with('1'), "the first number: {given:?}");
    let status = borne.reaches("the end of the fault", |s| s.core.store_fault.is_none()).await.unwrap();
    assert_eq!(status.core.tickets, 1);
    borne.stop().unwrap();
}
