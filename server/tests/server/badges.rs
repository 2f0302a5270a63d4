//! Staff badges: commands put them into the store, and bornes that want them get them by sync.

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;

use accueil_server::badges::hash_pin;
use accueil_server::store::sqlite::SqliteStore;
use accueil_server::store::{BadgeOutcome, Badges};
use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use serde_json::json;
use tempfile::TempDir;
use wire::ids::SiteId;
use wire::staff::{BadgeHash, MAX_BADGES, NO_LIST, Pin, PinHash, StaffBadge, StaffList, StaffRole};
use wire::sync::SyncReply;
use wire::token::Hash32;

use crate::support::program::Program;
use crate::support::{Borne, Site, site_id};

fn badge(n: u32, label: &str) -> StaffBadge {
    StaffBadge {
        badge: BadgeHash(Hash32::of(&n.to_le_bytes())),
        pin: PinHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA".to_owned()),
        role: StaffRole::Staff,
        label: label.to_owned(),
        expires: None,
    }
}

/// A sync of a borne that says this of the badges.
async fn told(site: &Site, borne: &Borne, held: Option<&str>) -> Option<StaffList> {
    let mut body = json!({"v": 1, "borne": borne.id, "from_seq": 1, "events": []});
    if let Some(held) = held {
        body["staff"] = held.into();
    }
    let answer = borne.post(site, "/v1/sync", body.to_string().as_bytes()).await;
    let reply: SyncReply = answer.json();
    assert_eq!(answer.text().contains("\"staff\""), reply.staff.is_some(), "absent where there is nothing new");
    reply.staff
}

#[tokio::test]
async fn a_borne_gets_the_badges_once_and_every_change() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let empty = told(&site, &borne, Some(NO_LIST)).await.expect("the key, so that cards can be shown to card-test");
    assert!(empty.badges.is_empty());
    assert_eq!(told(&site, &borne, Some(&empty.version)).await, None);

    site.store().put_badge(site_id(), &badge(1, "Badge 1")).await.unwrap();
    site.store().put_badge(site_id(), &badge(2, "Badge 2")).await.unwrap();
    let list = told(&site, &borne, Some(&empty.version)).await.unwrap();
    assert_eq!((list.badges.len(), &list.key), (2, &empty.key));
    assert_eq!(told(&site, &borne, Some(&list.version)).await, None);

    assert!(site.store().remove_badge(site_id(), "Badge 1").await.unwrap());
    let less = told(&site, &borne, Some(&list.version)).await.unwrap();
    assert_eq!(less.badges.iter().map(|badge| badge.label.as_str()).collect::<Vec<_>>(), ["Badge 2"]);
}

#[tokio::test]
async fn a_borne_that_does_not_ask_gets_no_badges() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    site.store().put_badge(site_id(), &badge(1, "Badge 1")).await.unwrap();
    assert_eq!(told(&site, &borne, None).await, None, "a borne of an earlier version");
}

#[tokio::test]
async fn the_key_is_the_sites_and_outlasts_a_restart() {
    let mut site = Site::open().await;
    let (first, second) = (site.borne(1).await, site.borne(2).await);
    let list = told(&site, &first, Some(NO_LIST)).await.unwrap();
    assert_eq!(told(&site, &second, Some(NO_LIST)).await.unwrap(), list);
    site.reopen().await;
    assert_eq!(told(&site, &first, Some(&list.version)).await, None);
    let other = Site::open().await;
    let elsewhere = other.borne(1).await;
    assert_ne!(told(&other, &elsewhere, Some(NO_LIST)).await.unwrap().key, list.key);
}

#[tokio::test]
async fn a_store_keeps_badges_by_site_and_label() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("accueil.db")).await.unwrap();
    let (site, other) = (site_id(), SiteId(uuid::Uuid::from_u128(9)));
    assert_eq!(store.put_badge(site, &badge(1, "Badge 1")).await.unwrap(), BadgeOutcome::Added);
    assert_eq!(store.put_badge(site, &badge(2, "Badge 1")).await.unwrap(), BadgeOutcome::LabelTaken);
    let changed = StaffBadge {
        role: StaffRole::Technician,
        expires: Some("2026-12-31T23:00:00Z".parse().unwrap()),
        ..badge(1, "Badge 7")
    };
    assert_eq!(store.put_badge(site, &changed).await.unwrap(), BadgeOutcome::Changed);
    assert_eq!(store.badges(site).await.unwrap(), [changed]);
    assert_eq!(store.put_badge(other, &badge(1, "Badge 7")).await.unwrap(), BadgeOutcome::Added);
    assert!(store.remove_badge(site, "Badge 7").await.unwrap());
    assert!(!store.remove_badge(site, "Badge 7").await.unwrap());
    assert_eq!(store.badges(other).await.unwrap().len(), 1, "another site's badge stays");
}

#[tokio::test]
async fn a_site_has_no_more_badges_than_bornes_take() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("accueil.db")).await.unwrap();
    for n in 0..MAX_BADGES as u32 {
        let outcome = store.put_badge(site_id(), &badge(n, &format!("Badge {n}"))).await.unwrap();
        assert_eq!(outcome, BadgeOutcome::Added);
    }
    assert_eq!(store.put_badge(site_id(), &badge(9_999, "one more")).await.unwrap(), BadgeOutcome::Full);
    assert_eq!(store.put_badge(site_id(), &badge(7, "another name")).await.unwrap(), BadgeOutcome::Changed);
}

fn add<'a>(card: &'a str, label: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["badge", "add", card, "--label", label], more].concat()
}

#[tokio::test]
async fn commands_add_list_and_remove_badges() {
    let program = Program::new();
    let card = Hash32::of(b"a card").to_string();
    let other = Hash32::of(b"another").to_string();
    assert!(program.said(&add(&card, "Badge 12", &[]), "271828\n").contains("next sync"));
    let technician = ["--role", "technician", "--last-day", "2026-12-31"];
    program.said(&add(&other, "Badge 13", &technician), "314159\n");
    let list = program.said(&["badge", "list"], "");
    assert_eq!(
        list,
        format!(
            "Badge 12\tstaff\t-\t{}…\nBadge 13\ttechnician\tuntil 2027-01-01T00:00:00+01:00[Europe/Paris]\t{}…\n",
            &card[..8],
            &other[..8]
        )
    );
    let third = Hash32::of(b"third").to_string();
    program.fails(&add(&third, "Badge 12", &[]), "271828\n", "another badge is called Badge 12");
    program.fails(&add("04A22BC1", "Badge 14", &[]), "271828\n", "card-test");
    program.fails(&add(&card, "Badge 12", &[]), "1234\n", "6 to 12 digits");
    program.fails(&add(&card, "Badge 12", &[]), "123456\n", "row");
    program.fails(&add(&card, "Badge 12", &[]), "", "6 to 12 digits");
    program.fails(&add(&card, "", &[]), "271828\n", "1 to 40");
    program.fails(&add(&card, "Badge 12", &["--role", "king"]), "271828\n", "staff or technician");
    program.fails(&add(&card, "Badge 12", &["--role", "unknown"]), "271828\n", "staff or technician");

    let store = SqliteStore::open(&program.folder().join("accueil.db")).await.unwrap();
    let kept = &store.badges(site_id()).await.unwrap()[0];
    assert!(kept.pin.0.starts_with("$argon2id$"));
    assert!(Argon2::default().verify_password(b"271828", &PasswordHash::new(&kept.pin.0).unwrap()).is_ok());

    assert!(program.said(&["badge", "remove", "Badge 12"], "").contains("next sync"));
    program.fails(&["badge", "remove", "Badge 12"], "", "badge list");
    assert_eq!(program.said(&["badge", "list"], "").lines().count(), 1);
}

/// Somebody at a terminal, as the program sees it.
#[test]
fn at_a_terminal_a_pin_is_asked_for_twice_and_not_shown() {
    let program = Program::new();
    let card = Hash32::of(b"a card").to_string();
    let typed = |first: &str, second: &str| {
        let mut keyboard = fs::File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
        unlockpt(&keyboard).unwrap();
        let terminal = ptsname(&keyboard, Vec::new()).unwrap();
        let terminal = fs::File::options().read(true).write(true).open(terminal.to_str().unwrap()).unwrap();
        let mut child = program
            .command(&add(&card, "Badge 12", &[]))
            .stdin(terminal.try_clone().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut asked = child.stderr.take().unwrap();
        let mut said = String::new();
        for (question, answer) in [("PIN: ", first), ("PIN again: ", second)] {
            while !said.ends_with(question) {
                let mut byte = [0];
                asked.read_exact(&mut byte).unwrap();
                said.push(byte[0].into());
            }
            keyboard.write_all(format!("{answer}\n").as_bytes()).unwrap();
        }
        asked.read_to_string(&mut said).unwrap();
        let ended = child.wait().unwrap();
        // What the terminal would have shown ends where the program gave it back.
        keyboard.write_all(b"visible again\n").unwrap();
        let mut shown = String::new();
        while !shown.ends_with("visible again") {
            let mut byte = [0];
            keyboard.read_exact(&mut byte).unwrap();
            shown.push(byte[0].into());
        }
        assert!(!shown.contains(first) && !said.contains(first), "{shown:?} {said:?}");
        (ended.success(), said)
    };
    let (done, said) = typed("271828", "314159");
    assert!(!done && said.contains("differ"), "{said}");
    assert!(typed("271828", "271828").0);
    assert!(program.said(&["badge", "list"], "").starts_with("Badge 12"));
}

#[test]
fn two_hashes_of_one_pin_have_nothing_in_common() {
    let pin = Pin::chosen("271828").unwrap();
    assert_ne!(hash_pin(&pin).unwrap(), hash_pin(&pin).unwrap());
}
