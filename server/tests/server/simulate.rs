//! A day played against a running server.

use std::sync::{Arc, Mutex};

use accueil_server::simulate::{Run, Scenario};
use accueil_server::{App, Clock, Settings};
use queue_engine::State;

use crate::support::CATALOGUE;
use crate::web::{DEADLINE, Web};

const DAY: &str = r#"
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
open_min = [[0, 100]]
[[shift]]
counter = "4"
open_min = [[0, 20], [25, 100]]
"#;

#[tokio::test]
async fn simulate_plays_a_day_against_a_running_server() {
    let folder = tempfile::TempDir::new().unwrap();
    let catalogue = folder.path().join("site.toml");
    std::fs::write(&catalogue, CATALOGUE).unwrap();
    let mut settings = Settings::default();
    settings.site.catalogue = accueil_server::settings::Catalogues::One(catalogue);
    settings.store.address = accueil_server::store::StoreAddress::Sqlite(folder.path().join("accueil.db"));
    let app = App::open(&settings, Clock::system()).await.unwrap();
    let web = Web::serve(Arc::clone(&app), ([127, 0, 0, 1], 0).into()).await;
    let said = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let said = Arc::clone(&said);
        move |text: &str| said.lock().unwrap().push(text.to_owned())
    };
    let catalogue = app.sites()[0].plan().catalogue.clone();
    let id = catalogue.site.id;
    let scenario = Scenario::read(DAY).unwrap();
    let people = scenario.day(jiff::Timestamp::UNIX_EPOCH).visitors.len();
    // A hundred minutes in six seconds.
    let run = Run { url: web.url(""), store: app.store().clone(), catalogue, scenario, speed: 1000.0 };
    let playing = run.play(std::future::pending(), tell);
    let summary = tokio::time::timeout(DEADLINE, playing).await.expect("it ends in time").unwrap();
    assert_eq!((summary.tickets, summary.absent), (people, 0), "{summary:?}");
    assert!(summary.served > 0 && summary.served == summary.called, "{summary:?}");
    let hall = app.sites()[0].look(|hall| {
        let of = |state| hall.tickets().filter(|ticket| ticket.state(hall.day()) == state).count();
        (hall.tickets().count(), of(State::Finished), hall.held().count())
    });
    assert_eq!(hall, (people, summary.served, 0));
    let said = said.lock().unwrap().clone();
    assert!(said[0].starts_with("Courte: ") && said.len() > 1, "{said:?}");

    // What was made for it is gone.
    assert!(app.store().accounts(Some(id)).await.unwrap().is_empty());
    assert!(app.store().bornes(id).await.unwrap().iter().all(|borne| borne.revoked_at.is_some()));
    assert!(app.store().seats(id, jiff::Timestamp::now()).await.unwrap().is_empty());
    web.stop().await;
}
