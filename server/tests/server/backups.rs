//! Copies of the store: each can be restored and holds the same hall, and what is wrong with one is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use accueil_server::backup::Trouble;
use accueil_server::settings::Catalogues;
use accueil_server::store::{BackupOutcome, StoreAddress, Turn};
use accueil_server::{App, Clock, Housekeeping, Settings};
use jiff::Timestamp;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;
use throwaway_postgres::{Cluster, Durability};

use crate::postgres;
use crate::support::{CATALOGUE, Site, site_id};
use crate::web::{Agent, DEADLINE, Web, account};

/// A server that makes copies, at 09:42 in Paris.
struct Copied {
    folder: TempDir,
    settings: Settings,
    now_ms: Arc<AtomicI64>,
    app: Arc<App>,
}

impl Copied {
    async fn on(address: Option<StoreAddress>) -> Self {
        let folder = TempDir::new().unwrap();
        let catalogue = folder.path().join("site.toml");
        fs::write(&catalogue, CATALOGUE).unwrap();
        let mut settings = Settings::default();
        settings.site.catalogue = Catalogues::One(catalogue);
        settings.store.address = address.unwrap_or_else(|| StoreAddress::Sqlite(folder.path().join("accueil.db")));
        settings.backup.folder = Some(folder.path().join("copies"));
        let start: Timestamp = "2026-11-21T08:42:00Z".parse().unwrap();
        let now_ms = Arc::new(AtomicI64::new(start.as_millisecond()));
        let app = App::open(&settings, clock(&now_ms)).await.unwrap();
        Self { folder, settings, now_ms, app }
    }

    /// The same server as tests of other things have it, on the same store.
    async fn site(&self) -> Site {
        Site::over(&self.settings, Arc::clone(&self.now_ms)).await
    }

    fn copies(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("copies")) else { return Vec::new() };
        let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    }

    fn advance(&self, hours: i64) {
        self.now_ms.fetch_add(hours * 3_600_000, Ordering::SeqCst);
    }
}

fn clock(now_ms: &Arc<AtomicI64>) -> Clock {
    let now_ms = Arc::clone(now_ms);
    Clock::new(move || Timestamp::from_millisecond(now_ms.load(Ordering::SeqCst)).unwrap())
}

/// A morning: tickets of a borne, and an agent who calls one of them; then a server that has not copied anything yet.
async fn morning(copied: &Copied) -> Site {
    // This one would begin by itself, and be ended in the middle.
    let mut settings = copied.settings.clone();
    settings.backup.folder = None;
    let site = &Site::over(&settings, Arc::clone(&copied.now_ms)).await;
    let borne = site.borne(1).await;
    let tickets: Vec<_> = (1..=6).map(|seq| borne.issued(site, seq, "titres")).collect();
    assert_eq!(borne.sync(site, 1, &tickets).await.status, 200);
    account(site, "Léa").await;
    let web = Web::start(site).await;
    let agent = Agent::at(&web, "Léa", "4").await;
    let page = agent.page().await;
    assert_eq!(agent.submit(&page, "/guichet/appeler").await.0, 200);
    web.stop().await;
    copied.site().await
}

#[tokio::test]
async fn a_backup_is_restored_and_folds_to_the_same_hall() {
    let copied = Copied::on(None).await;
    let site = morning(&copied).await;
    let backup = site.app.back_up().await.unwrap();
    assert_eq!((backup.outcome, backup.detail.as_str()), (BackupOutcome::Restored, ""));
    assert!(backup.events >= 7, "{backup:?}");
    assert_eq!(site.app.backup_troubles().await.unwrap(), []);
    // What a technician does when the disk is gone: the copy takes the store's place.
    let mut settings = copied.settings.clone();
    let elsewhere = copied.folder.path().join("restored.db");
    fs::copy(copied.folder.path().join("copies").join(&backup.file), &elsewhere).unwrap();
    settings.store.address = StoreAddress::Sqlite(elsewhere);
    let restored = App::open(&settings, clock(&copied.now_ms)).await.unwrap();
    assert_eq!(restored.public_key(), site.app.public_key());
    let (there, here) = (restored.site(site_id()).unwrap(), site.hall());
    assert_eq!(there.look(Clone::clone), here.look(Clone::clone));
    assert!(here.look(|hall| hall.held().count() == 1 && hall.waiting().count() == 5));
    assert!(restored.store().account("Léa").await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_is_restored_into_another_that_is_gone_afterwards() {
    // A cluster of its own: other tests' copies are restored meanwhile.
    let cluster = Cluster::start(Durability::Fast).unwrap();
    cluster.create("hall").unwrap();
    let copied = Copied::on(Some(cluster.address("hall").parse().unwrap())).await;
    let site = morning(&copied).await;
    let backup = site.app.back_up().await.unwrap();
    assert_eq!((backup.outcome, backup.detail.as_str()), (BackupOutcome::Restored, ""));
    assert!(backup.events >= 7, "{backup:?}");
    let mut own = PgConnection::connect(&postgres::url(&copied.settings.store.address)).await.unwrap();
    let scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'accueil_check%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(scratch).fetch_one(&mut own).await.unwrap(), 0);
    let checked = site.app.check_backup(None).await.unwrap();
    assert_eq!((checked.outcome, checked.at), (BackupOutcome::Restored, backup.at));
    // Something else is in it than was received.
    own.execute("UPDATE events SET raw = replace(raw, 'titres', 'tritres') WHERE seq = 2").await.unwrap();
    copied.advance(1);
    let wrong = site.app.back_up().await.unwrap();
    assert_eq!(wrong.outcome, BackupOutcome::Damaged);
    assert!(wrong.detail.contains("not what was received"), "{}", wrong.detail);
    assert_eq!(sqlx::query_scalar::<_, i64>(scratch).fetch_one(&mut own).await.unwrap(), 0);
}

#[tokio::test]
async fn a_role_that_may_make_no_database_has_its_copies_read_and_is_told() {
    let address = postgres::database().await;
    let mut own = PgConnection::connect(&postgres::url(&address)).await.unwrap();
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut own).await.unwrap();
    let role = format!("modest_{name}");
    for sql in [
        format!("CREATE ROLE {role} LOGIN"),
        format!("GRANT ALL ON SCHEMA public TO {role}"),
        format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"),
        format!("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"),
    ] {
        own.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    let modest = postgres::url(&address).replace("user=accueil", &format!("user={role}"));
    let copied = Copied::on(Some(modest.parse().unwrap())).await;
    let backup = copied.app.back_up().await.unwrap();
    assert_eq!((backup.outcome, backup.detail.as_str()), (BackupOutcome::Read, ""));
    assert_eq!(copied.app.backup_troubles().await.unwrap(), [Trouble::NotRestored(backup)]);
}

#[tokio::test]
async fn a_damaged_backup_is_an_alarm() {
    let copied = Copied::on(None).await;
    let site = morning(&copied).await;
    let good = site.app.back_up().await.unwrap();
    // A bit of the file turns.
    let path = copied.folder.path().join("copies").join(&good.file);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    let damaged = site.app.check_backup(None).await.unwrap();
    assert_eq!(damaged.outcome, BackupOutcome::Damaged);
    assert_eq!(site.app.backup_troubles().await.unwrap(), [Trouble::Damaged(damaged)]);

    let site = copied.site().await;
    let web = Web::start(&site).await;
    let administrator = administrator(&site, &web).await;
    let page = administrator.read("/admin/sauvegardes").await;
    assert!(page.contains("La sauvegarde du 21/11/2026 à 9 h 42 est abîmée."), "{page}");
    // One of the store that is not what was received: whoever copies it is told.
    let mut own = SqliteConnection::connect(copied.folder.path().join("accueil.db").to_str().unwrap()).await.unwrap();
    own.execute("UPDATE events SET raw = replace(raw, 'titres', 'tritres') WHERE seq = 2").await.unwrap();
    site.advance(60);
    let (status, page) = administrator.submit(&page, "/admin/sauvegardes").await;
    assert_eq!(status, 200);
    assert!(page.contains("La sauvegarde du 21/11/2026 à 9 h 43 est abîmée."), "{page}");
    assert!(page.contains("holds 1 events that are not what was received"), "{page}");
    web.stop().await;
}

/// Somebody who may see to everything.
async fn administrator(site: &Site, web: &Web) -> Agent {
    crate::web::account_as(site.store().as_ref(), "Noé", accueil_server::roles::Role::Administrator, None).await;
    Agent::sign_in_home(web, "Noé").await
}

#[tokio::test]
async fn a_copy_is_made_each_day_once_and_old_ones_go() {
    let copied = Copied::on(None).await;
    let mut jobs = Housekeeping::long();
    for _ in 0..3 {
        jobs.look(&copied.app).await;
        assert_eq!(copied.copies().len(), 1, "at the start, and no other before tomorrow");
        copied.advance(1);
    }
    let files = copied.copies();
    assert!(files[0].file_name().unwrap().to_str().unwrap().starts_with("accueil-20261121T084200"));
    for _ in 0..10 {
        copied.advance(24);
        jobs.look(&copied.app).await;
    }
    let files = copied.copies();
    assert_eq!(files.len(), 8, "of today and of seven days before: {files:?}");
    assert!(files[0].file_name().unwrap().to_str().unwrap().starts_with("accueil-20261124"), "{files:?}");
    assert_eq!(copied.app.store().backups(100).await.unwrap().len(), 11);
    // Where the folder cannot be written there is no copy, and that is told; nothing else stops.
    let path = copied.folder.path().join("copies");
    fs::rename(&path, copied.folder.path().join("away")).unwrap();
    fs::write(&path, "a file").unwrap();
    copied.advance(24);
    jobs.look(&copied.app).await;
    let troubles = copied.app.backup_troubles().await.unwrap();
    let told = |trouble: &Trouble| matches!(trouble, Trouble::Failed(backup) if backup.detail.contains("copies"));
    assert!(told(&troubles[0]) && matches!(troubles[1..], [Trouble::Late(Some(_))]), "{troubles:?}");
}

#[tokio::test]
async fn of_servers_on_one_database_one_makes_the_copy() {
    let copied = Copied::on(Some(postgres::database().await)).await;
    let other = App::open(&copied.settings, clock(&copied.now_ms)).await.unwrap();
    let mut jobs = [Housekeeping::long(), Housekeeping::long()];
    let [first, second] = &mut jobs;
    tokio::join!(first.look(&copied.app), second.look(&other));
    first.look(&copied.app).await;
    second.look(&other).await;
    assert_eq!(copied.copies().len(), 1);
    let turn = once_given_back(&copied.app).await;
    assert!(other.back_up().await.unwrap_err().to_string().contains("is being made just now"));
    drop(turn);
    drop(once_given_back(&other).await);
}

/// The turn of copies. Its lock goes with the connection of whoever had it before, which the database notices by itself.
async fn once_given_back(app: &App) -> Turn {
    let given_back = async {
        loop {
            if let Some(turn) = app.store().turn("backup").await.unwrap() {
                return turn;
            }
        }
    };
    tokio::time::timeout(DEADLINE, given_back).await.expect("it is given back")
}

#[tokio::test]
async fn a_turn_whose_connection_was_cut_is_lost_and_that_is_noticed() {
    let copied = Copied::on(Some(postgres::database().await)).await;
    let mut turn = copied.app.store().turn("hooks").await.unwrap().unwrap();
    turn.hold().await.unwrap();
    let mut own = PgConnection::connect(&postgres::url(&copied.settings.store.address)).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    own.execute(cut).await.unwrap();
    turn.hold().await.unwrap_err();
}

#[tokio::test]
async fn a_command_beside_the_server_waits_for_its_turn() {
    let copied = Copied::on(None).await;
    let beside = App::open(&copied.settings, clock(&copied.now_ms)).await.unwrap();
    let turn = copied.app.store().turn("backup").await.unwrap().unwrap();
    assert!(beside.back_up().await.unwrap_err().to_string().contains("is being made just now"));
    assert!(copied.copies().is_empty());
    drop(turn);
    assert_eq!(beside.back_up().await.unwrap().outcome, BackupOutcome::Restored);
}

#[tokio::test]
async fn what_is_checked_is_the_file_that_is_named() {
    let copied = Copied::on(None).await;
    let made = copied.app.back_up().await.unwrap();
    let disk = TempDir::new().unwrap();
    let elsewhere = disk.path().join(&made.file);
    let check = async |path: &Path| copied.app.check_backup(Some(path)).await.unwrap();
    assert_eq!(check(&elsewhere).await.outcome, BackupOutcome::Damaged, "it is not there");
    fs::copy(&copied.copies()[0], &elsewhere).unwrap();
    copied.advance(1);
    assert_eq!(check(&elsewhere).await.outcome, BackupOutcome::Restored);
    let mut bytes = fs::read(&elsewhere).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&elsewhere, bytes).unwrap();
    assert_eq!(check(&elsewhere).await.outcome, BackupOutcome::Damaged);
    assert_eq!(
        copied.app.store().backups(9).await.unwrap(),
        std::slice::from_ref(&made),
        "the folder's own copy is as it was"
    );
    let again = check(Path::new(&made.file)).await;
    assert_eq!(
        (again.outcome, again.checked_at),
        (BackupOutcome::Restored, Some(copied.app.store().backups(1).await.unwrap()[0].checked_at.unwrap()))
    );
    assert_ne!(again.checked_at, made.checked_at);
    assert!(copied.app.check_backup(Some(Path::new("accueil-20200101T000000000Z.db"))).await.is_err());
}

#[tokio::test]
async fn a_copy_that_cannot_be_checked_is_checked_again_and_not_made_again() {
    let cluster = Cluster::start(Durability::Fast).unwrap();
    cluster.create("hall").unwrap();
    let copied = Copied::on(Some(cluster.address("hall").parse().unwrap())).await;
    let mut own = PgConnection::connect(&postgres::url(&copied.settings.store.address)).await.unwrap();
    // No database can be made.
    own.execute("ALTER DATABASE template0 RENAME TO away").await.unwrap();
    let mut jobs = Housekeeping::long();
    for _ in 0..8 {
        jobs.look(&copied.app).await;
        copied.advance(1);
    }
    let known = copied.app.store().backups(9).await.unwrap();
    assert_eq!((known.len(), copied.copies().len()), (1, 1), "{known:?}");
    assert_eq!(known[0].outcome, BackupOutcome::Unchecked);
    assert_eq!(
        copied.app.backup_troubles().await.unwrap(),
        [Trouble::Unchecked(known[0].clone()), Trouble::Late(None)]
    );
    own.execute("ALTER DATABASE away RENAME TO template0").await.unwrap();
    copied.advance(8);
    jobs.look(&copied.app).await;
    let known = copied.app.store().backups(9).await.unwrap();
    assert_eq!((known.len(), known[0].outcome), (1, BackupOutcome::Restored), "{known:?}");
    assert_eq!(copied.app.backup_troubles().await.unwrap(), []);
}

#[tokio::test]
async fn of_copies_that_are_damaged_each_time_one_stays_and_the_last_good_one() {
    let copied = Copied::on(None).await;
    morning(&copied).await;
    let good = copied.app.back_up().await.unwrap();
    let mut own = SqliteConnection::connect(copied.folder.path().join("accueil.db").to_str().unwrap()).await.unwrap();
    own.execute("UPDATE events SET raw = replace(raw, 'titres', 'tritres') WHERE seq = 2").await.unwrap();
    let mut jobs = Housekeeping::long();
    for _ in 0..48 {
        copied.advance(1);
        jobs.look(&copied.app).await;
        assert!(copied.copies().len() <= 2, "{:?}", copied.copies());
    }
    let known = copied.app.store().backups(99).await.unwrap();
    assert!((3..=12).contains(&known.len()), "{}", known.len());
    assert_eq!(known[0].outcome, BackupOutcome::Damaged);
    assert_eq!(copied.app.store().good_backup().await.unwrap(), Some(good));
}

#[tokio::test]
async fn a_file_of_which_nothing_is_remembered_is_taken_in() {
    let copied = Copied::on(None).await;
    let lost = copied.app.back_up().await.unwrap();
    let mut own = SqliteConnection::connect(copied.folder.path().join("accueil.db").to_str().unwrap()).await.unwrap();
    own.execute("DELETE FROM backups").await.unwrap();
    fs::write(copied.folder.path().join("copies/accueil-mine.db"), "somebody's own").unwrap();
    copied.advance(24);
    copied.app.back_up().await.unwrap();
    let known = copied.app.store().backups(9).await.unwrap();
    let taken = (known[1].at, known[1].hash, known[1].outcome);
    assert_eq!((known.len(), taken), (2, (lost.at, lost.hash, BackupOutcome::Unchecked)));
    copied.advance(7 * 24);
    copied.app.back_up().await.unwrap();
    let files = copied.copies();
    assert_eq!(files.len(), 3, "the two of the last week, and what is not a copy: {files:?}");
}

#[tokio::test]
async fn copies_are_for_who_sees_to_all_sites_and_one_an_hour_by_hand() {
    let copied = Copied::on(None).await;
    let site = copied.site().await;
    let web = Web::start(&site).await;
    for (name, at) in [("Ines", Some(site_id())), ("Noé", None)] {
        crate::web::account_as(site.store().as_ref(), name, accueil_server::roles::Role::Administrator, at).await;
    }
    let local = Agent::sign_in_home(&web, "Ines").await;
    assert_eq!(local.get("/admin/sauvegardes").await.status(), 403);
    assert_eq!(local.post("/admin/sauvegardes", &[]).await.status(), 403);
    assert!(!local.read("/admin/cles").await.contains("/admin/sauvegardes"));
    let everywhere = Agent::sign_in_home(&web, "Noé").await;
    let (mut made, mut refused) = (0, 0);
    for _ in 0..3 {
        site.advance(60);
        match everywhere.post("/admin/sauvegardes", &[]).await.status().as_u16() {
            200 => made += 1,
            409 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert!(made <= 1 && refused >= 2, "{made} {refused}");
    assert_eq!(copied.copies().iter().filter(|file| file.extension().is_some_and(|end| end == "db")).count(), 1);
    web.stop().await;
}

#[test]
fn the_command_tells_what_became_of_a_copy_and_ends_with_it() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("site.toml"), CATALOGUE).unwrap();
    let settings = folder.path().join("server.toml");
    fs::write(&settings, "[backup]\nfolder = \"copies\"\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
        let output = program.arg("--config").arg(&settings).arg("backup").args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (none, said) = run(&["check"]);
    assert!(!none && said.contains("accueil-server backup now"), "{said}");
    let (made, said) = run(&["now"]);
    assert!(made && said.contains("restored apart, it holds what the store does"), "{said}");
    let (good, said) = run(&["check"]);
    assert!(good && said.contains("restored apart"), "{said}");
    let copy = fs::read_dir(folder.path().join("copies")).unwrap().next().unwrap().unwrap().path();
    fs::write(&copy, "nothing of the kind").unwrap();
    let (good, said) = run(&["check", copy.to_str().unwrap()]);
    assert!(!good && said.contains("the copy is damaged"), "{said}");
    fs::write(&settings, "").unwrap();
    let (off, said) = run(&["now"]);
    assert!(!off && said.contains("`backup.folder`"), "{said}");
}
