//! What days leave that did not go to their end, and the command that plays them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use accueil_server::simulate::SimulateError;
use accueil_server::store::{Account, NewAccount};
use accueil_server::{chain, password};
use queue_engine::State;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Hall, SHORT, long};
use crate::support::program::Program;
use crate::web::PASSWORD;

/// The command, while it plays a long day, once half an hour of it is over.
fn playing(program: &Program, hall: &Hall) -> (Child, BufReader<std::process::ChildStdout>) {
    let day = program.folder().join("day.toml");
    std::fs::write(&day, long()).unwrap();
    let url = hall.web.url("");
    let mut command: Command = program.command(&["simulate", "--url", url.as_str(), "--speed", "1000"]);
    command.arg("--scenario").arg(&day).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("30 min: ") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "{:?}", child.wait_with_output());
    }
    (child, told)
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A long day that ended without a word: people wait, counters are open, accounts and bornes are there.
async fn left_by_a_killed_one(program: &Program) -> Hall {
    let hall = Hall::open(program.folder()).await;
    let (mut killed, _) = playing(program, &hall);
    send(&killed, Signal::KILL);
    killed.wait().unwrap();
    assert!(hall.count(State::Waiting) > 0);
    assert_eq!((hall.accounts().await.len(), hall.bornes().await), (2, 2));
    hall
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_by_ctrl_c_it_leaves_nothing_and_what_a_killed_one_left_ends_with_the_next() {
    let program = Program::new();
    let hall = left_by_a_killed_one(&program).await;
    let (child, mut told) = playing(&program, &hall);
    send(&child, Signal::INT);
    let mut rest = String::new();
    while told.read_line(&mut rest).unwrap() > 0 {}
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(rest.contains("stopping: ") && rest.contains("cancelled at the end"), "{rest}");
    hall.is_left_alone().await;
    assert_eq!(hall.bornes().await, 2, "the killed day's, once more");

    // The command that ends them; and one that cannot begin says so and fails.
    let said = program.said(&["simulate", "--retire"], "");
    assert_eq!(said, "Simulation 1 has no rights any more\nSimulation 2 has no rights any more\n");
    program.fails(&["simulate", "--retire"], "", "no bornes of days that were played at this site are kept in ");
    hall.web.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_day_left_ends_with_a_shorter_one() {
    let program = Program::new();
    let hall = left_by_a_killed_one(&program).await;
    let shorter =
        SHORT.replace("bornes = 2", "bornes = 1").replace("[[shift]]\ncounter = \"1\"\nopen_min = [[0, 30]]\n", "");
    assert!(!shorter.contains("counter = \"1\""));
    let summary = hall.play_through(program.folder(), &shorter).await;
    assert!(summary.served > 0, "{summary:?}");
    hall.is_left_alone().await;
    hall.web.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bornes_are_retired_after_what_a_killed_day_left_is_ended() {
    let program = Program::new();
    let hall = left_by_a_killed_one(&program).await;
    program.fails(&["simulate", "--retire", "--url", "http://127.0.0.1:9"], "", "the server does not answer");
    assert_eq!(hall.bornes().await, 2, "whose tickets wait cannot be ended later");
    let url = hall.web.url("");
    let said = program.said(&["simulate", "--retire", "--url", &url], "");
    assert_eq!(said, "Simulation 1 has no rights any more\nSimulation 2 has no rights any more\n");
    hall.is_left_alone().await;
    assert_eq!(hall.bornes().await, 0);
    hall.web.stop().await;
}

/// What comes of a day where something is done to its accounts, by name, once half an hour of it is over.
async fn hindered(hall: &Hall, folder: &TempDir, hinder: impl AsyncFn(Account)) -> SimulateError {
    let hindering = async {
        hall.half_hour.notified().await;
        let first = hall.accounts().await.into_iter().next().unwrap();
        hinder(first).await;
        std::future::pending().await
    };
    hall.play(folder.path(), &long(), hindering).await.unwrap_err()
}

#[tokio::test]
async fn an_agent_who_is_signed_out_ends_the_day_with_an_error() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    let store = hall.app.store();
    let signed_out = async |account: Account| assert_eq!(store.close_sessions_of(account.id).await.unwrap(), 1);
    let wrong = hindered(&hall, &folder, signed_out).await;
    let wrong = chain(&wrong);
    assert!(wrong.starts_with("the agent of counter 1 cannot go on: its session is over: "), "{wrong}");
    hall.is_left_alone().await;

    // Nor is one quiet who has no counter any more.
    let counter = "1".parse().unwrap();
    let stood_up = async |_| assert!(store.free_seat(hall.site(), &counter).await.unwrap());
    let wrong = hindered(&hall, &folder, stood_up).await;
    let wrong = chain(&wrong);
    assert!(wrong.contains("counter 1 cannot go on") && wrong.contains("took the counter away"), "{wrong}");
    hall.is_left_alone().await;
    hall.web.stop().await;
}

#[tokio::test]
async fn what_can_be_ended_ends_where_something_else_cannot_and_all_is_told() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    let store = hall.app.store();
    // Who chooses another password for an account has it for themselves.
    let taken = async |account: Account| {
        let password = Some(password::hash(PASSWORD).unwrap());
        store.put_account(&NewAccount { name: account.name, password, ..NewAccount::default() }).await.unwrap();
    };
    let wrong = hindered(&hall, &folder, taken).await;
    assert!(chain(&wrong).contains("its session is over"), "{wrong}");
    let said = hall.said();
    assert!(
        said.contains("not everything has ended")
            && said.contains("counter 1 is still open: its account has a password by now"),
        "{said}"
    );
    assert_eq!(hall.count(State::Waiting), 0, "tickets are cancelled");
    let accounts: Vec<String> = hall.accounts().await.into_iter().map(|account| account.name).collect();
    assert!(accounts.len() == 1 && accounts[0].starts_with("Simulation 1 ·"), "the other one ends: {accounts:?}");
    assert!(!hall.app.sites()[0].look(|hall| hall.receives(&"4".parse().unwrap())), "and its counter is closed");
    hall.web.stop().await;
}

#[test]
fn the_command_says_what_it_cannot_play() {
    let program = Program::with("[simulation]\nfolder = \"keys\"\n");
    program.fails(&["simulate", "--url", "http://127.0.0.1:9"], "", "--scenario");
    program.fails(&["simulate", "--scenario", "monday"], "", "that the program brings (demonstration, saturday)");
    program.fails(
        &["simulate", "--scenario", "demonstration", "--url", "http://127.0.0.1:9"],
        "",
        "the server does not answer",
    );
    assert!(program.folder().join("keys").is_dir(), "where the settings say");
    let nothing = "no bornes of days that were played at this site are kept in ";
    program.fails(&["simulate", "--retire", "--state", "/nowhere"], "", nothing);
}
