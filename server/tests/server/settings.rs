//! Settings: what is shipped is valid, and what is wrong is named.

use std::fs;
use std::path::{Path, PathBuf};

use accueil_server::settings::Catalogues;
use accueil_server::store::sqlite::SqliteStore;
use accueil_server::store::{AlarmKind, Alarms, StoreAddress, measure};
use accueil_server::{App, Clock, Settings};
use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::{CATALOGUE, site_id};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/server.toml")
}

#[test]
fn the_shipped_settings_are_the_defaults_with_the_example_site() {
    let settings = Settings::load(Some(&shipped()), None).unwrap();
    assert!(settings.site.catalogue.paths()[0].ends_with("examples/marseille/site.toml"));
    assert!(settings.site.catalogue.paths()[0].exists());
    let defaults = Settings::default();
    assert_eq!((settings.http, settings.calls, settings.log), (defaults.http, defaults.calls, defaults.log));
    assert_eq!((settings.tls.mode, settings.tls.listen), (defaults.tls.mode, defaults.tls.listen));
    assert_eq!((settings.tls.authority, settings.oidc), (defaults.tls.authority, defaults.oidc));
    assert!(settings.tls.key.ends_with("config/tls/key.pem"), "{}", settings.tls.key.display());
    assert!(settings.store.address.to_string().ends_with("config/accueil.db"), "{:?}", settings.store.address);
    assert!(settings.simulation.folder.ends_with("config/simulation"), "{}", settings.simulation.folder.display());
}

fn load(text: &str) -> Result<Settings, String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("server.toml");
    fs::write(&file, text).unwrap();
    Settings::load(Some(&file), None).map_err(|e| e.to_string())
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_line_and_remedy() {
    let unknown = load("[http]\nlisten = \"127.0.0.1:1\"\nport = 80\n").unwrap_err();
    for word in ["server.toml", "line 3", "port", "`listen`"] {
        assert!(unknown.contains(word), "{word}: {unknown}");
    }
    let value = load("[log]\nformat = \"xml\"\n").unwrap_err();
    for word in ["line 2", "xml", "`text` or `json`"] {
        assert!(value.contains(word), "{word}: {value}");
    }
    assert!(load("[http]\nlisten = \"somewhere\"\n").unwrap_err().contains("line 2"));
    for line in ["client_secrett = \"s3cr3t\"", "client_secret = [\"s3cr3t\"]"] {
        let secret = load(&format!("[oidc]\n{line}\n")).unwrap_err();
        assert!(secret.contains("client_secret") && !secret.contains("s3cr3t"), "{secret}");
    }
    assert!(load("[tls]\nmode = \"on\"\n").unwrap_err().contains("`none`, `proxy`, `files`"));
    let missing = Settings::load(Some(Path::new("/nowhere/server.toml")), None).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/server.toml"));
}

#[tokio::test]
async fn nothing_starts_with_a_site_that_is_missing_or_wrong() {
    let folder = TempDir::new().unwrap();
    let mut settings = Settings::default();
    let catalogue = folder.path().join("site.toml");
    settings.site.catalogue = Catalogues::One(catalogue.clone());
    let file = folder.path().join("accueil.db");
    settings.store.address = StoreAddress::Sqlite(file.clone());
    let open = async || App::open(&settings, Clock::system()).await.err().unwrap().to_string();
    assert!(open().await.contains("site.toml"));
    fs::write(&catalogue, CATALOGUE.replace("Europe/Paris", "Europe/Marseille")).unwrap();
    let wrong = open().await;
    assert!(wrong.contains("site.time_zone") && wrong.contains("site.toml"), "{wrong}");
    assert!(!file.exists(), "no store is made for a server that does not start");
}

#[test]
fn commands_prepare_a_site() {
    let program = Program::new();
    program.said(&["migrate"], "");
    assert_eq!(
        program.said(&["user", "add", "Léa", "--password-stdin"], "un mot de passe\n"),
        "Léa may sign in as agent\n"
    );
    let of = site_id().to_string();
    let supervisor = ["user", "add", "Omar", "--role", "supervisor", "--site", &of, "--password-stdin"];
    let said = program.said(&supervisor, "un mot de passe\n");
    assert!(said.starts_with("Omar may sign in as supervisor at "), "{said}");
    let code = program.said(&["enrol-code", "--name", "Borne 01"], "");
    assert!(code.trim().parse::<wire::enrolment::EnrolmentCode>().is_ok(), "{code}");
    assert_eq!(program.said(&["borne", "list"], ""), "");
    assert_eq!(program.said(&["alarms"], ""), "");
    let fails = |arguments: &[&str], input: &str, word: &str| {
        let output = program.run(arguments, input, &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(word), "{said}");
    };
    fails(&["user", "add", "Léa", "--password-stdin"], "short\n", "8 characters");
    fails(&["user", "add", "Léa", "--role", "king", "--password-stdin"], "", "use agent");
    fails(&["borne", "revoke", "019aa5f0-7c00-7000-8000-0000000000aa"], "", "borne list");
}

#[tokio::test]
async fn alarms_name_the_borne_and_what_to_do() {
    let program = Program::new();
    let store = SqliteStore::open(&program.folder().join("accueil.db")).await.unwrap();
    let at = "2026-11-21T08:42:00Z".parse().unwrap();
    let borne = measure::enrol(&store, site_id(), at).await.unwrap();
    let mut expected = String::new();
    for kind in AlarmKind::ALL {
        assert!(store.raise(at, borne, kind, "what happened", &[]).await.unwrap());
        let line = format!("{at}\t{}\t{borne}\tmeasurement\twhat happened\t{}\n", kind.as_str(), kind.remedy());
        expected.insert_str(0, &line);
    }
    assert_eq!(program.said(&["alarms"], ""), expected);
    let revoked = program.said(&["borne", "revoke", &borne.to_string()], "");
    assert!(revoked.contains("is revoked"), "{revoked}");
}

#[test]
fn the_environment_goes_before_the_file_and_is_named_where_it_is_wrong() {
    let program = Program::new();
    let output = program.run(&["migrate"], "", &[("ACCUEIL_SERVER__STORE__ADDRESS", "sqlite:elsewhere.db")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(program.folder().join("elsewhere.db").exists());
    let output = program.run(&["migrate"], "", &[("ACCUEIL_SERVER__HTTP__PORT", "80")]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("ACCUEIL_SERVER__") && said.contains("port"), "{said}");
}

#[test]
fn no_password_is_told_whatever_is_wrong() {
    const SECRET: &str = "s3cret";
    for line in [
        format!("address = \"postgres://u:{SECRET}@host:port/db\""),
        format!("address = \"postgres://u:{SECRET}@host/db?passwort={SECRET}\""),
        format!("addres = \"postgres://u:{SECRET}@host/db\""),
        format!("address = \"postgres://u:{SECRET}@host/db\" \"twice\""),
        format!("address = \"mysql://u:{SECRET}@host/db\""),
    ] {
        let said = load(&format!("[store]\n{line}\n")).unwrap_err();
        assert!(said.contains("line 2") && !said.contains(SECRET), "{said}");
    }
    let good = load(&format!("[store]\naddress = \"postgres://u:{SECRET}@host/db\"\n")).unwrap();
    assert!(!format!("{good:?}").contains(SECRET) && !toml::to_string(&good).unwrap().contains(SECRET), "{good:?}");

    let program = Program::new();
    let nowhere = format!("postgres://u:{SECRET}@127.0.0.1:1/db?sslmode=disable");
    for address in [nowhere.as_str(), &format!("postgres:u:{SECRET}@host/db")] {
        let output = program.run(&["migrate"], "", &[("ACCUEIL_SERVER__STORE__ADDRESS", address)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && !said.is_empty() && !said.contains(SECRET), "{said}");
    }
}
