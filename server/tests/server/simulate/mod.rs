//! Days played against a running server.

mod left;
mod people;

use std::path::Path;
use std::sync::{Arc, Mutex};

use accueil_server::simulate::{Run, Scenario, SimulateError, Stage, Summary};
use accueil_server::store::{Account, StoreAddress};
use accueil_server::{App, Clock, Settings};
use queue_engine::State;
use tempfile::TempDir;
use tokio::sync::Notify;
use wire::ids::SiteId;

use crate::support::CATALOGUE;
use crate::web::{DEADLINE, Web};

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

    /// This server, and the keys in a folder.
    fn stage(&self, folder: &Path) -> Stage {
        let catalogue = self.app.sites()[0].plan().catalogue.clone();
        Stage { url: self.web.url(""), store: self.app.store().clone(), state: folder.join("simulation"), catalogue }
    }

    /// The accounts that may work at the site, by name.
    async fn accounts(&self) -> Vec<Account> {
        self.app.store().accounts(Some(self.site())).await.unwrap()
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
        let (stage, scenario) = (self.stage(folder), Scenario::read(day).unwrap());
        let run = Run { stage, scenario, speed: 1000.0, among_people };
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
        assert!(self.accounts().await.is_empty());
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
    let gone = hall.stage(folder.path()).retire().await.unwrap();
    assert_eq!((gone, hall.bornes().await), (vec!["Simulation 1".to_owned(), "Simulation 2".to_owned()], 0));
    hall.play_through(folder.path(), SHORT).await;
    assert_eq!(hall.bornes().await, 2);
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
