//! Days where people come, and accounts of theirs.

use accueil_server::roles::Role;
use accueil_server::store::NewAccount;
use accueil_server::{chain, password};
use queue_engine::State;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::{Hall, SHORT, long};
use crate::support::pages::hidden_fields;
use crate::web::{Agent, PASSWORD, account_as, account_in, browser};

#[tokio::test]
async fn where_somebody_sits_a_day_is_played_only_if_somebody_says_so_and_the_counter_is_left_to_them() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    account_in(&**hall.app.store(), "Léa").await;
    let lea = Agent::at(&hall.web, "Léa", "1").await;
    let refused = hall.play(folder.path(), SHORT, std::future::pending()).await.unwrap_err().to_string();
    assert!(refused.contains("(Léa at counter 1)") && refused.contains("--among-people"), "{refused}");
    let summary = hall.play_where(true, folder.path(), SHORT, std::future::pending()).await.unwrap();
    assert!(hall.said().contains("counter 1 is taken by Léa: it is left to them"), "{}", hall.said());
    assert!(hall.said().contains("people; open: 4\n"), "{}", hall.said());
    assert!(summary.served > 0 && summary.cancelled > 0, "the school is received, identity cards are not: {summary:?}");
    let only = SHORT.split("[[shift]]\ncounter = \"4\"").next().unwrap();
    let refused = hall.play_where(true, folder.path(), only, std::future::pending()).await.unwrap_err();
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
async fn where_the_desk_gives_tickets_a_day_is_played_only_if_somebody_says_so() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    hall.play_through(folder.path(), SHORT).await;
    account_as(&**hall.app.store(), "Zoé", Role::Reception, None).await;
    let zoe = Agent { browser: browser(), base: hall.web.url("") };
    zoe.post("/connexion", &[("name", "Zoé"), ("password", PASSWORD)]).await;
    let page = zoe.read("/accueil").await;
    let hidden = hidden_fields(&page, "/accueil/ticket");
    let wanted = [("service", "ecole"), ("lang", "fr"), ("group", "1"), ("by", "ecran")];
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let given = zoe.post("/accueil/ticket", &hidden.chain(wanted).collect::<Vec<_>>()).await;
    assert_eq!((given.status().as_u16(), hall.count(State::Waiting)), (200, 1));

    let refused = hall.play(folder.path(), SHORT, std::future::pending()).await.unwrap_err().to_string();
    assert!(refused.contains("(1 of today's tickets)"), "{refused}");
    assert_eq!(hall.count(State::Waiting), 1, "nobody has called them");
    hall.play_where(true, folder.path(), SHORT, std::future::pending()).await.unwrap();
    hall.web.stop().await;
}

#[tokio::test]
async fn an_account_that_no_day_made_is_never_touched() {
    let folder = TempDir::new().unwrap();
    let hall = Hall::open(folder.path()).await;
    let store = hall.app.store();
    // As an earlier version called its own.
    account_in(&**store, "Simulation 1").await;
    let person = Agent::sign_in(&hall.web, "Simulation 1").await;
    let before = store.account("Simulation 1").await.unwrap();
    hall.play_through(folder.path(), SHORT).await;
    assert_eq!(store.account("Simulation 1").await.unwrap(), before);
    assert_eq!(person.get("/poste").await.url().path(), "/poste", "still signed in");

    // Somebody takes over the very account that a day was played with.
    let names = store.account_names().await.unwrap();
    let name = names.into_values().find(|name| name.starts_with("Simulation 1 ·")).unwrap();
    let mine =
        NewAccount { name: name.clone(), password: Some(password::hash(PASSWORD).unwrap()), ..NewAccount::default() };
    let id = store.put_account(&mine).await.unwrap();
    store.disable(id, None).await.unwrap();
    let before = store.account(&name).await.unwrap();
    let refused = hall.play(folder.path(), SHORT, std::future::pending()).await.unwrap_err().to_string();
    assert!(refused.contains(&name) && refused.contains("is left alone"), "{refused}");
    assert_eq!(store.account(&name).await.unwrap(), before);
    assert_eq!(hall.stage(folder.path()).retire().await.unwrap().len(), 2, "nor does it hinder anything else");
    assert_eq!(store.account(&name).await.unwrap(), before);
    hall.web.stop().await;
}

#[tokio::test]
async fn two_days_at_a_time_do_not_disturb_each_other() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let hall = Hall::open(folder.path()).await;
    let tried = Notify::new();
    let day = long();
    let first = hall.play(folder.path(), &day, tried.notified());
    let second = async {
        hall.half_hour.notified().await;
        let refused = hall.play_where(true, other.path(), SHORT, std::future::pending()).await;
        tried.notify_one();
        refused.unwrap_err()
    };
    let (first, second) = tokio::join!(first, second);
    let (first, second) = (first.map_err(|e| chain(&e)).unwrap(), second.to_string());
    assert!(second.starts_with("no counter is free (1 is taken by Simulation 1 ·"), "{second}");
    assert!(first.served > 0, "{first:?}");
    hall.is_left_alone().await;
    hall.web.stop().await;
}
