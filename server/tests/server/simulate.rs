//! Days played against a running server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use accueil_server::simulate::{Run, Scenario, SimulateError, Summary, retire};
use accueil_server::store::StoreAddress;
use accueil_server::{App, Clock, Settings};
use queue_engine::State;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::Notify;
use wire::ids::SiteId;

use crate::support::CATALOGUE;
use crate::support::program::Program;
use crate::web::{Agent, DEADLINE, Web, account_in};

/// Half an hour, and one of more people than can be received.
const SHORT: &str = r#"
name = "Courte"
seed = 3
bornes = 2
[[traffic]]
service = "titres"
arrivals = [9]
takes_s = 200
sigma = 0.3
priority = 0.2
[[traffic]]
service = "ecole"
arrivals = [4]
takes_s = 120
sigma = 0.3
[[shift]]
counter = "1"
open_min = [[0, 30]]
[[shift]]
counter = "4"
open_min = [[0, 10], [15, 30]]
"#;

/// Longer than anybody plays it.
fn long() -> String {
    SHORT.replace("[9]", "[40, 40, 40, 40]").replace("30]]", "6000]]")
}

/// A server, and what is told of the days that are played with it.
struct Hall {
    app: Arc<App>,
    web: Web,
    said: Mutex<Vec<String>>,
    /// Half an hour of the day is over.
    half_hour: Notify,
}

impl Hall {
    /// A server on a folder's store.
    async fn open(folder: &Path) -> Self {
        let catalogue = folder.join("site.toml");
        std::fs::write(&catalogue, CATALOGUE).unwrap();
        let mut settings = Settings::default();
        settings.site.catalogue = accueil_server::settings::Catalogues::One(catalogue);
        settings.store.address = StoreAddress::Sqlite(folder.join("accueil.db"));
        let app = App::open(&settings, Clock::system()).await.unwrap();
        let web = Web::serve(Arc::clone(&app), ([127, 0, 0, 1], 0).into()).await;
        Self { app, web, said: Mutex::default(), half_hour: Notify::new() }
    }

    fn site(&self) -> SiteId {
        self.app.sites()[0].plan().catalogue.site.id
    }

    /// Plays a day where nobody comes, a hundred minutes in six seconds, until it is over or `stop` is sent.
    async fn play(&self, folder: &Path, day: &str, stop: impl Future<Output = ()>) -> Result<Summary, SimulateError> {
        self.play_where(false, folder, day, stop).await
    }

    async fn play_where(
        &self,
        among_people: bool,
        folder: &Path,
        day: &str,
        stop: impl Future<Output = ()>,
    ) -> Result<Summary, SimulateError> {
        let catalogue = self.app.sites()[0].plan().catalogue.clone();
        let (url, store, state) = (self.web.url(""), self.app.store().clone(), folder.join("simulation"));
        let scenario = Scenario::read(day).unwrap();
        let run = Run { url, store, state, catalogue, scenario, speed: 1000.0, among_people };
        let tell = |text: &str| {
            self.said.lock().unwrap().push(text.to_owned());
            if text.contains("30 min: ") {
                self.half_hour.notify_one();
            }
        };
        tokio::time::timeout(DEADLINE, run.play(stop, tell)).await.expect("it ends in time")
    }

    async fn play_through(&self, folder: &Path, day: &str) -> Summary {
        self.play(folder, day, std::future::pending()).await.unwrap()
    }

    fn count(&self, state: State) -> usize {
        self.app.sites()[0].look(|hall| hall.tickets().filter(|ticket| ticket.state(hall.day()) == state).count())
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// Nothing goes on of a day that was played: nobody waits or is at a counter, nobody sits there or may come back.
    async fn is_left_alone(&self) {
        let open = [State::Waiting, State::Parked, State::Called, State::Serving].map(|state| self.count(state));
        assert_eq!(open, [0; 4], "{}", self.said());
        for counter in ["1", "4"] {
            assert!(!self.app.sites()[0].look(|hall| hall.receives(&counter.parse().unwrap())), "{counter} is open");
        }
        assert_eq!(self.app.store().seats(self.site(), jiff::Timestamp::now()).await.unwrap(), []);
        assert!(self.app.store().accounts(Some(self.site())).await.unwrap().is_empty());
    }

    /// How many bornes may send.
    async fn bornes(&self) -> usize {
        let all = self.app.store().bornes(self.site()).await.unwrap();
        all.iter().filter(|borne| borne.revoked_at.is_none()).count()
    }
}

#[tokio::test]
async fn simulate_plays_a_day_against_a_running_server() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    let people = Scenario::read(SHORT).unwrap().day(jiff::Timestamp::UNIX_EPOCH).visitors.len();
    let summary = hall.play_through(folder.path(), SHORT).await;
    assert_eq!((summary.tickets, summary.absent), (people, 0), "{summary:?}");
    assert!(summary.served > 0 && summary.served == summary.called, "{summary:?}");
    assert_eq!(summary.served + summary.cancelled, people);
    assert_eq!((hall.count(State::Finished), hall.count(State::Cancelled)), (summary.served, summary.cancelled));
    let said = hall.said();
    assert!(said.starts_with("Courte: ") && said.lines().count() > 1, "{said}");
    hall.is_left_alone().await;
    hall.web.stop().await;
}

#[tokio::test]
async fn a_second_and_a_third_day_are_played_on_one_day_with_the_same_bornes() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    let mut tickets = 0;
    for _ in 0..3 {
        tickets += hall.play_through(folder.path(), SHORT).await.tickets;
        hall.is_left_alone().await;
        assert_eq!(hall.bornes().await, 2);
    }
    let mut labels: Vec<String> = hall.app.sites()[0]
        .look(|hall| hall.tickets().filter_map(|ticket| Some(ticket.issue()?.label.to_string())).collect());
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), tickets, "no number was given twice");

    // They go when somebody says so, and others come in their place.
    let store = hall.app.store();
    let gone = retire(&**store, hall.site(), &folder.path().join("simulation")).await.unwrap();
    assert_eq!((gone, hall.bornes().await), (vec!["Simulation 1".to_owned(), "Simulation 2".to_owned()], 0));
    hall.play_through(folder.path(), SHORT).await;
    assert_eq!(hall.bornes().await, 2);
    hall.web.stop().await;
}

#[tokio::test]
async fn a_counter_that_somebody_has_is_left_to_them() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    account_in(&**hall.app.store(), "Léa").await;
    let lea = Agent::at(&hall.web, "Léa", "1").await;
    let summary = hall.play_through(folder.path(), SHORT).await;
    assert!(hall.said().contains("counter 1 is taken by Léa: it is left to them"), "{}", hall.said());
    assert!(hall.said().contains("people; open: 4\n"), "{}", hall.said());
    assert!(summary.served > 0 && summary.cancelled > 0, "the school is received, identity cards are not: {summary:?}");
    let only = SHORT.split("[[shift]]\ncounter = \"4\"").next().unwrap();
    let refused = hall.play(folder.path(), only, std::future::pending()).await.unwrap_err();
    let why =
        "no counter is free (1 is taken by Léa): wait until somebody leaves theirs, or name others in the scenario";
    assert_eq!(refused.to_string(), why);
    assert_eq!(hall.count(State::Waiting), 0);
    let seats = hall.app.store().seats(hall.site(), jiff::Timestamp::now()).await.unwrap();
    assert_eq!(seats, [("1".parse().unwrap(), "Léa".to_owned())]);
    assert!(lea.page().await.contains("Personne à ce guichet."), "and works on");
    hall.web.stop().await;
}

#[tokio::test]
async fn a_site_whose_series_are_taken_is_played_with_the_bornes_there_are() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    for n in 1..=5 {
        let key = wire::enrolment::PublicKey([n; 32]);
        let (store, site) = (&**hall.app.store(), hall.site());
        accueil_server::store::measure::enrol_with(store, site, key, jiff::Timestamp::now()).await.unwrap();
    }
    let refused = hall.play(folder.path(), SHORT, std::future::pending()).await.unwrap_err();
    assert!(refused.to_string().contains("--among-people"), "its agents would call people: {refused}");
    assert_eq!(hall.bornes().await, 5, "nothing was made for it");
    let summary = hall.play_where(true, folder.path(), SHORT, std::future::pending()).await.unwrap();
    assert!(hall.said().contains("six bornes hold the six series of this site"), "{}", hall.said());
    assert!(summary.served > 0, "{summary:?}");
    let elsewhere = TempDir::new().unwrap();
    let refused = hall.play_where(true, elsewhere.path(), SHORT, std::future::pending()).await.unwrap_err();
    assert!(refused.to_string().starts_with("no borne can be enrolled: six bornes hold"), "{refused}");
    hall.is_left_alone().await;
    hall.web.stop().await;
}

#[tokio::test]
async fn a_day_that_is_stopped_leaves_nobody_waiting_and_no_counter_open() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    let summary = hall.play(folder.path(), &long(), hall.half_hour.notified()).await.unwrap();
    assert!(summary.cancelled > 0 && summary.served == summary.called, "{summary:?}");
    hall.is_left_alone().await;
    hall.web.stop().await;
}

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

#[tokio::test(flavor = "multi_thread")]
async fn ended_by_ctrl_c_it_leaves_nothing_and_what_a_killed_one_left_ends_with_the_next() {
    let program = Program::new();
    let hall = Hall::open(program.folder()).await;
    let (mut killed, _) = playing(&program, &hall);
    send(&killed, Signal::KILL);
    killed.wait().unwrap();
    assert!(hall.count(State::Waiting) > 0);

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
    program.fails(&["simulate", "--url", "http://127.0.0.1:9"], "", "--scenario");
    hall.web.stop().await;
}
