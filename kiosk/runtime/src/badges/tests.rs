use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use argon2::password_hash::PasswordHasher;
use rustix::time::{ClockId, clock_gettime};
use wire::staff::PinHash;

use super::*;

const SITE: SiteId = SiteId(uuid::Uuid::from_u128(7));
const STAFF: [u8; 4] = [0x04, 0xA2, 0x2B, 0xC1];
const TECHNICIAN: [u8; 7] = [0x04, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80];
const STRANGER: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

fn key() -> BadgeKey {
    BadgeKey::from_random([7; 32])
}

fn uid(bytes: &[u8]) -> Uid {
    Uid::new(bytes).unwrap()
}

fn pin(digits: &str) -> Pin {
    Pin::typed(digits).unwrap()
}

fn now() -> Timestamp {
    "2026-11-21T08:42:00Z".parse().unwrap()
}

fn badge(bytes: &[u8], digits: &str, role: StaffRole, label: &str) -> StaffBadge {
    let hash = Argon2::default().hash_password(digits.as_bytes()).unwrap().to_string();
    StaffBadge { badge: key().hash(bytes), pin: PinHash(hash), role, label: label.into(), expires: None }
}

fn list() -> StaffList {
    let badges = vec![
        badge(&STAFF, "271828", StaffRole::Staff, "Badge 12"),
        badge(&TECHNICIAN, "314159", StaffRole::Technician, "Badge 13"),
    ];
    StaffList::new(key(), badges)
}

fn opened(role: StaffRole, label: &str) -> Verdict {
    Verdict::Opened { role, label: label.to_owned() }
}

fn with_list() -> (Badges, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let badges = Badges::open(folder.path(), SITE);
    badges.replace(list()).unwrap();
    (badges, folder)
}

#[test]
fn a_badge_opens_with_its_pin_and_neither_alone() {
    let (badges, _folder) = with_list();
    assert_eq!(badges.begin(&uid(&STAFF), now()), Begun::Known);
    assert_eq!(badges.verify(&uid(&STAFF), &pin("271828"), now()), opened(StaffRole::Staff, "Badge 12"));
    assert_eq!(badges.verify(&uid(&TECHNICIAN), &pin("314159"), now()), opened(StaffRole::Technician, "Badge 13"));
    assert_eq!(badges.verify(&uid(&STAFF), &pin("314159"), now()), Verdict::Wrong, "another badge's PIN");
    assert_eq!(badges.begin(&uid(&STRANGER), now()), Begun::Unknown);
    assert_eq!(badges.verify(&uid(&STRANGER), &pin("271828"), now()), Verdict::Wrong);
}

#[test]
fn without_a_list_nothing_opens() {
    let folder = tempfile::tempdir().unwrap();
    let badges = Badges::open(folder.path(), SITE);
    assert_eq!((badges.version().as_str(), badges.count()), (NO_LIST, None));
    assert_eq!(badges.begin(&uid(&STAFF), now()), Begun::NoList);
    assert_eq!(badges.verify(&uid(&STAFF), &pin("271828"), now()), Verdict::Wrong);
    assert_eq!(badges.fingerprint(&uid(&STAFF)), None);
}

#[test]
fn a_fingerprint_is_what_the_list_holds() {
    let (badges, _folder) = with_list();
    let shown = badges.fingerprint(&uid(&STAFF)).unwrap();
    assert_eq!(shown, fingerprint(&key(), &uid(&STAFF)));
    assert!(list().badges.iter().any(|badge| badge.badge == shown.parse().unwrap()));
}

#[test]
fn five_wrong_pins_lock_a_badge_over_a_restart_and_nobody_elses() {
    let (badges, folder) = with_list();
    for _ in 0..4 {
        assert_eq!(badges.verify(&uid(&STAFF), &pin("000000"), now()), Verdict::Wrong);
    }
    assert_eq!(badges.verify(&uid(&STAFF), &pin("000000"), now()), Verdict::Locked(LOCKED_FOR));
    assert_eq!(badges.verify(&uid(&STAFF), &pin("271828"), now()), Verdict::Locked(LOCKED_FOR), "the right one");
    let restarted = Badges::open(folder.path(), SITE);
    assert_eq!(restarted.begin(&uid(&STAFF), now()), Begun::Locked(LOCKED_FOR));
    assert!(matches!(restarted.verify(&uid(&TECHNICIAN), &pin("314159"), now()), Verdict::Opened { .. }));
    let later = now() + LOCKED_FOR;
    assert_eq!(restarted.begin(&uid(&STAFF), later), Begun::Known);
    assert!(matches!(restarted.verify(&uid(&STAFF), &pin("271828"), later), Verdict::Opened { .. }));
    let text = fs::read_to_string(folder.path().join("staff-attempts.json")).unwrap();
    assert_eq!(text, "{}", "a right PIN forgets the wrong ones");
}

#[test]
fn an_attempt_counts_before_its_pin_is_looked_at() {
    let (badges, folder) = with_list();
    let _wrong = badges.verify(&uid(&STAFF), &pin("000000"), now());
    let text = fs::read_to_string(folder.path().join("staff-attempts.json")).unwrap();
    assert!(text.contains(r#""wrong":1"#), "{text}");
}

#[test]
fn a_card_that_is_no_badge_is_answered_as_one_with_a_wrong_pin() {
    let (badges, _folder) = with_list();
    let strange: Vec<Verdict> = (0..6).map(|_| badges.verify(&uid(&STRANGER), &pin("000000"), now())).collect();
    let known: Vec<Verdict> = (0..6).map(|_| badges.verify(&uid(&STAFF), &pin("000000"), now())).collect();
    assert_eq!(strange, known);
}

#[test]
fn the_time_tells_nothing_of_a_card() {
    let (badges, _folder) = with_list();
    // Of the processor, so that what else the machine does counts for little.
    let processor = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let time = |card: &[u8], round: i32| {
        let began = processor();
        let verdict = badges.verify(&uid(card), &pin("000000"), now() + LOCKED_FOR * round);
        assert_eq!(verdict, Verdict::Wrong);
        processor() - began
    };
    let (known, strange): (Vec<_>, Vec<_>) = (0..4).map(|round| (time(&STAFF, round), time(&STRANGER, round))).unzip();
    let (known, strange) = (known.iter().min().unwrap(), strange.iter().min().unwrap());
    assert!(*known.max(strange) < *known.min(strange) * 2, "{known:?} {strange:?}");
    assert!(*strange > Duration::from_millis(1), "{strange:?} is too quick for a hash of 19 MiB");
    assert!(is_bearable(NOBODYS));
}

#[test]
fn a_badge_that_expires_is_removed_or_has_a_new_role_opens_nothing() {
    let (badges, _folder) = with_list();
    let mut expiring = badge(&STAFF, "271828", StaffRole::Staff, "Badge 12");
    expiring.expires = Some(now());
    let later = badge(&TECHNICIAN, "314159", StaffRole::Unknown, "Badge 13");
    badges.replace(StaffList::new(key(), vec![expiring, later])).unwrap();
    let before = now() - SignedDuration::from_secs(1);
    assert_eq!(badges.begin(&uid(&STAFF), before), Begun::Known);
    assert_eq!(badges.begin(&uid(&STAFF), now()), Begun::Unknown);
    assert_eq!(badges.verify(&uid(&STAFF), &pin("271828"), now()), Verdict::Wrong);
    assert_eq!(badges.verify(&uid(&TECHNICIAN), &pin("314159"), now()), Verdict::Wrong);
    badges.replace(StaffList::new(key(), vec![])).unwrap();
    assert_eq!(badges.begin(&uid(&STAFF), before), Begun::Unknown);
    assert_eq!(badges.count(), Some(0));
}

#[test]
fn a_number_that_a_card_draws_anew_is_no_badge() {
    let (badges, _folder) = with_list();
    let random = [0x08, 1, 2, 3];
    let listed = StaffList::new(key(), vec![badge(&random, "271828", StaffRole::Staff, "Badge 14")]);
    badges.replace(listed).unwrap();
    assert_eq!(badges.begin(&uid(&random), now()), Begun::NumberChanges);
    assert_eq!(badges.verify(&uid(&random), &pin("271828"), now()), Verdict::Wrong);
}

#[test]
fn the_list_is_kept_for_the_bornes_user_only_and_works_after_a_restart() {
    let (badges, folder) = with_list();
    let _wrong = badges.verify(&uid(&TECHNICIAN), &pin("000000"), now());
    for file in ["staff.json", "staff-attempts.json"] {
        let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let restarted = Badges::open(folder.path(), SITE);
    assert_eq!(restarted.version(), list_version(&badges));
    assert!(matches!(restarted.verify(&uid(&STAFF), &pin("271828"), now()), Verdict::Opened { .. }));
    let elsewhere = Badges::open(folder.path(), SiteId(uuid::Uuid::from_u128(8)));
    assert_eq!(elsewhere.begin(&uid(&STAFF), now()), Begun::NoList, "the badges of another site open nothing");
    fs::write(folder.path().join("staff.json"), "{\"site\":").unwrap();
    assert_eq!(Badges::open(folder.path(), SITE).begin(&uid(&STAFF), now()), Begun::NoList);
}

fn list_version(badges: &Badges) -> String {
    let version = badges.version();
    assert_ne!(version, NO_LIST);
    version
}

#[test]
fn a_new_pin_begins_anew_and_a_list_without_change_does_not() {
    let (badges, folder) = with_list();
    let same = badges.0.state.lock().unwrap().list.clone().unwrap();
    for _ in 0..5 {
        let _wrong = badges.verify(&uid(&STAFF), &pin("000000"), now());
    }
    badges.replace(same).unwrap();
    assert!(matches!(badges.begin(&uid(&STAFF), now()), Begun::Locked(_)));
    badges.replace(list()).unwrap();
    assert_eq!(badges.begin(&uid(&STAFF), now()), Begun::Known, "its PIN was hashed anew");
    assert_eq!(Badges::open(folder.path(), SITE).begin(&uid(&STAFF), now()), Begun::Known);
}

#[test]
fn hashes_that_a_board_cannot_bear_are_left_out() {
    let (badges, _folder) = with_list();
    let with =
        |hash: &str| StaffBadge { pin: PinHash(hash.to_owned()), ..badge(&STAFF, "271828", StaffRole::Staff, "x") };
    let heavy = NOBODYS.replace("m=19456", "m=4194304");
    for hash in [heavy.as_str(), &NOBODYS.replace("t=2", "t=100"), &NOBODYS.replace("argon2id", "argon2i"), "", "x"] {
        badges.replace(StaffList::new(key(), vec![with(hash)])).unwrap();
        assert_eq!(badges.count(), Some(0), "{hash}");
    }
}

#[test]
fn a_list_that_cannot_be_kept_is_not_taken() {
    let (badges, folder) = with_list();
    fs::remove_dir_all(folder.path()).unwrap();
    let error = badges.replace(StaffList::new(key(), vec![])).unwrap_err();
    assert!(error.to_string().contains("staff.json"), "{error}");
    assert_eq!(badges.count(), Some(2));
    assert!(matches!(badges.verify(&uid(&STAFF), &pin("271828"), now()), Verdict::Opened { .. }), "on a broken disk");
}

#[test]
fn what_is_printed_for_programmers_holds_no_secret() {
    let (badges, _folder) = with_list();
    assert_eq!(format!("{badges:?}"), "Badges { count: Some(2), .. }");
}
