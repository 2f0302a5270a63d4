//! A server for tests must leave nothing behind, whatever becomes of those who started it.

#![expect(clippy::unwrap_used, reason = "what a test did not expect ends it there, in helpers too")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use throwaway_postgres::{Cluster, ClusterError, Durability};

/// A process that holds a server, and that server's folder.
fn holder() -> (Child, PathBuf) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throwaway-postgres"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let folder = address.split("host=").nth(1).and_then(|rest| rest.split('&').next()).unwrap().into();
    (child, folder)
}

fn server_of(folder: &Path) -> PathBuf {
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    Path::new("/proc").join(file.lines().next().unwrap())
}

fn gone(path: &Path) {
    let until = Instant::now() + Duration::from_secs(20);
    while path.exists() {
        assert!(Instant::now() < until, "{} is still there", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn it_is_not_run_by_root_and_listens_on_its_socket_only() {
    let (mut child, folder) = holder();
    let server = server_of(&folder);
    assert_ne!(std::fs::metadata(&server).unwrap().uid(), 0);
    assert!(folder.join(".s.PGSQL.5432").exists());
    let options = std::fs::read_to_string(folder.join("data/postmaster.opts")).unwrap();
    assert!(options.contains("listen_addresses="), "{options}");
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    assert_eq!(file.lines().nth(5), Some(""), "the address it listens on");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    gone(&server);
    gone(&folder);
}

#[test]
fn it_ends_and_its_folder_goes_when_its_holder_is_killed() {
    let (mut child, folder) = holder();
    let server = server_of(&folder);
    child.kill().unwrap();
    child.wait().unwrap();
    gone(&server);
    gone(&folder);
}

#[test]
fn databases_are_copies_and_a_second_of_one_name_is_refused_with_why() {
    let cluster = Cluster::start(Durability::Fast).unwrap();
    cluster.create("first").unwrap();
    cluster.copy("first", "second").unwrap();
    let refused = cluster.copy("first", "second").unwrap_err();
    assert!(matches!(&refused, ClusterError::Database(why) if why.contains("already exists")), "{refused}");
    let folder = cluster.folder().to_owned();
    drop(cluster);
    gone(&folder);
}
