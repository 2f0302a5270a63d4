//! The server under a service manager: what it tells, and when.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use accueil_server::store::sqlite::SqliteStore;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

/// As long as a loaded machine may take; no test waits for its end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, which does not outlive its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_service_manager_is_told_of_the_start_the_life_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().join("notify");
    let manager = UnixDatagram::bind(&address).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut message = [0; 200];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    let file = folder.path().join("server.toml");
    std::fs::write(&file, "[store]\naddress = \"sqlite:accueil.db\"\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
    command.arg("--config").arg(&file).args(["serve", "--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &address).env("WATCHDOG_USEC", "200000").env_remove("WATCHDOG_PID");
    let mut server = Server(command.stderr(Stdio::null()).spawn().unwrap());

    assert_eq!(told(), "READY=1\n", "first that it serves");
    assert_eq!(
        (told(), told()),
        ("WATCHDOG=1\n".to_owned(), "WATCHDOG=1\n".to_owned()),
        "then again and again that it lives"
    );
    kill_process(Pid::from_child(&server.0), Signal::TERM).unwrap();
    let last = std::iter::repeat_with(told).find(|told| told != "WATCHDOG=1\n");
    assert_eq!(last.as_deref(), Some("STOPPING=1\n"));
    assert!(server.0.wait().unwrap().success());
}

#[tokio::test]
async fn a_store_of_a_later_version_ends_the_server_in_a_way_that_no_other_start_follows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accueil.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let mut file = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'later', true, x'00', 0)";
    file.execute(later).await.unwrap();
    file.close().await.unwrap();
    let settings = folder.path().join("server.toml");
    std::fs::write(&settings, "[store]\naddress = \"sqlite:accueil.db\"\n").unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
        let ended = command.arg("--config").arg(&settings).args(arguments).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(78), "{said}");
        assert!(said.contains("install that version again"), "{said}");
    }
    let unit = include_str!("../../../deploy/package/accueil-server/accueil-server.service");
    assert!(unit.lines().any(|line| line == "RestartPreventExitStatus=78"));
}
