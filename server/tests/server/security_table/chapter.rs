//! The table of the security chapter as it is written there, held against the rows: who, forms, how often, what browsers
//! keep, and whether the password is asked for again.

use accueil_server::roles::{Permission, Role};
use accueil_server::room::{Access, Row};
use http::{Method, StatusCode};

use super::{Hall, TOKEN, Who, shown};
use crate::support::{HOST, Site};

/// Who may use what a line is about.
#[derive(Debug)]
enum Whom {
    /// Whoever has the ticket's address.
    Ticket,
    /// A screen that was enrolled.
    Screen,
    /// Everybody.
    All,
    /// Whoever is signed in and may do one of these, however long ago they gave their password.
    Session(&'static [Permission]),
    /// The same, their password given less than a quarter of an hour ago.
    Again(&'static [Permission]),
    /// A borne that signs.
    Borne,
}

/// How often.
#[derive(Clone, Copy, Debug)]
enum Often {
    /// So many posts a second and session.
    Posts(u32),
    /// Limited by something else than a session: tests of those routes measure it.
    Elsewhere,
}

/// A line of the table.
struct Line {
    /// How its addresses begin.
    paths: &'static [&'static str],
    whom: Whom,
    often: Often,
}

use Permission as P;

/// The chapter's lines, in its order. `/resultats`, `/donnees`, `/stats` and `/parc` hold for the rows that come.
const CHAPTER: [Line; 9] = [
    // Token; a form's origin; 30 a minute and token, unknown ones 30 a minute and address; nothing kept.
    Line { paths: &["/t/{", "/T/{"], whom: Whom::Ticket, often: Often::Elsewhere },
    // A display's token; one stream; nothing kept.
    Line { paths: &["/a/{"], whom: Whom::Screen, often: Often::Elsewhere },
    Line { paths: &["/resultats", "/donnees"], whom: Whom::All, often: Often::Elsewhere },
    Line {
        paths: &["/guichet", "/poste", "/accueil"],
        whom: Whom::Session(&[P::Counter, P::Reception]),
        often: Often::Posts(5),
    },
    Line { paths: &["/salle", "/stats"], whom: Whom::Session(&[P::Floor, P::DayEnd]), often: Often::Posts(2) },
    Line {
        paths: &["/regles", "/admin"],
        whom: Whom::Again(&[P::Rules, P::Sites, P::NewSites, P::Accounts, P::Displays, P::Audit, P::Api, P::Backups]),
        often: Often::Posts(1),
    },
    Line { paths: &["/parc"], whom: Whom::Session(&[P::Fleet]), often: Often::Posts(1) },
    // A signature; no cookies; how often follows from the shared facts: two a second, ten at once.
    Line { paths: &["/v1/sync"], whom: Whom::Borne, often: Often::Elsewhere },
    // Nobody yet; 5 a minute and account, 20 a minute and address.
    Line { paths: &["/connexion"], whom: Whom::All, often: Often::Elsewhere },
];

/// What the chapter has no line for: who is signed in and where, machines, what all pages are made of.
const BESIDE: [&str; 12] = [
    "/connexion/encore",
    "/connexion/sso",
    "/deconnexion",
    "/site",
    "/moi",
    "/premiers-pas",
    "/afficher",
    "/a/travailleur.js",
    "/sante",
    "/actifs/",
    "/v1/",
    "/api/",
];

/// Where the password is asked for again though the chapter asks for a session alone: what lets a borne in, what ends
/// one, and which programs it runs.
const STRICTER: [&str; 6] = [
    "/parc/enroler",
    "/parc/{borne}/retirer",
    "/parc/mises-a-jour",
    "/parc/mises-a-jour/promouvoir",
    "/parc/{borne}/configuration/appliquer",
    "/parc/{borne}/configuration/revenir",
];

/// The line that an address is in; the longest beginning says which.
fn line_of(path: &str) -> Option<&'static Line> {
    let begins = |with: &str| path.starts_with(with).then_some(with.len());
    let line = CHAPTER.iter().filter_map(|line| Some((line.paths.iter().filter_map(|path| begins(path)).max()?, line)));
    let (longest, line) = line.max_by_key(|(length, _)| *length)?;
    BESIDE.iter().filter_map(|path| begins(path)).all(|length| length < longest).then_some(line)
}

fn allows(whom: &Whom, row: &Row) -> bool {
    match (whom, row.access) {
        (Whom::Ticket, Access::Ticket) | (Whom::Screen, Access::Display) | (Whom::All, Access::Public) => true,
        (Whom::Borne, Access::Borne) => true,
        (Whom::Session(of), Access::May(permission)) | (Whom::Again(of), Access::MayFreshly(permission)) => {
            of.contains(&permission)
        }
        (Whom::Session(of), Access::MayFreshly(permission)) => {
            row.method == Method::POST && STRICTER.contains(&row.path) && of.contains(&permission)
        }
        _ => false,
    }
}

#[tokio::test]
async fn every_row_is_as_its_line_of_the_chapter_says() {
    let hall = Hall::open().await;
    let mut met = Vec::new();
    for row in &hall.rows {
        let name = shown(row);
        let Some(line) = line_of(row.path) else {
            let known = row.path == "/" || BESIDE.iter().any(|path| row.path.starts_with(path));
            assert!(known, "{name} is in no line of the chapter");
            continue;
        };
        met.push(line.paths[0]);
        assert!(allows(&line.whom, row), "{name}: the chapter says {:?}", line.whom);
        if let Often::Posts(n) = line.often {
            assert_eq!(row.posts.each.as_millis(), u128::from(1000 / n), "{name}: {n} a second");
        }
        let got = hall.ask(row, hall.own, Some(hall.who(Role::Administrator)), None).await;
        let is_kept_for_a_while = ["/manifeste", "/son/{", "/media/{"].iter().any(|file| row.path.contains(file));
        if !matches!(line.whom, Whom::Borne) && !is_kept_for_a_while {
            assert_eq!(got.headers["cache-control"], "no-store", "{name}");
        }
        let foreign =
            hall.ask(row, hall.own, Some(hall.who(Role::Administrator)), Some("https://elsewhere.test")).await;
        let is_a_form = row.method == Method::POST && !matches!(line.whom, Whom::Borne);
        assert_eq!(foreign.is_foreign(), is_a_form, "{name} from another site: {}", foreign.status);
    }
    met.dedup();
    for paths in ["/t/{", "/a/{", "/guichet", "/salle", "/regles", "/v1/sync", "/connexion"] {
        assert!(met.contains(&paths), "no row of {paths}");
    }
}

/// As often as the chapter says, measured: a burst at once, then so many a second and no more.
#[tokio::test]
async fn each_rate_of_the_chapter_is_kept() {
    let hall = Hall::open().await;
    for (path, a_second) in [("/accueil/aide", 5), ("/salle/aide", 2), ("/regles/simuler", 1), ("/admin/publier", 1)] {
        let row = hall.rows.iter().find(|row| row.method == Method::POST && row.path == path).unwrap();
        let cookie = hall.cookie(hall.who(Role::Administrator)).await;
        let router = hall.site.router();
        let taken = async || {
            let mut taken = 0;
            loop {
                let ask = http::Request::post(path).header("host", HOST).header("cookie", &cookie);
                let ask = ask.body(axum::body::Body::empty()).unwrap();
                let status = tower::ServiceExt::oneshot(router.clone(), ask).await.unwrap().status();
                if status == StatusCode::TOO_MANY_REQUESTS {
                    return taken;
                }
                taken += 1;
                assert!(taken <= 100, "{path} is not limited");
            }
        };
        assert_eq!(taken().await, row.posts.burst, "{path} at once");
        for _ in 0..3 {
            hall.site.advance(1);
            assert_eq!(taken().await, a_second, "{path} a second");
        }
    }
}

#[tokio::test]
async fn tickets_and_sign_ins_are_as_rare_as_the_chapter_says() {
    let site = Site::open().await;
    let status = async |ask: http::request::Builder, body: &str| {
        let ask = ask.header("host", HOST).header("content-type", "application/x-www-form-urlencoded");
        site.send(ask.body(axum::body::Body::from(body.to_owned())).unwrap()).await.status
    };
    // Unknown tickets of an address, whatever their tokens.
    for n in 0..=30 {
        let path = format!("/t/{}{}", &TOKEN[..24], ["AA", "BB"][n % 2]);
        let got = status(http::Request::get(path), "").await;
        assert_eq!(got == StatusCode::TOO_MANY_REQUESTS, n == 30, "{n}: {got}");
    }
    // One account, whatever the password.
    for n in 0..=5 {
        let got = status(http::Request::post("/connexion"), &format!("name=Ada&password={n}")).await;
        assert_eq!(got == StatusCode::TOO_MANY_REQUESTS, n == 5, "{n}: {got}");
    }
}

/// Whoever gave their password a while ago gives it again, and comes to the page that they asked for.
#[tokio::test]
async fn the_password_is_asked_for_again_and_leads_back_to_the_page() {
    let hall = Hall::open().await;
    let role = Role::Administrator;
    let stale = Who { fresh: false, ..hall.who(role) };
    for row in hall.rows.iter().filter(|row| row.method == Method::GET && row.access.is_fresh()) {
        let got = hall.ask(row, hall.own, Some(Who { at: None, ..stale }), None).await;
        assert!(got.asks_again(), "{}: {}", shown(row), got.status);
        let to = got.headers["location"].to_str().unwrap();
        let back = form_urlencoded::parse(to.split_once('?').unwrap().1.as_bytes()).next().unwrap();
        assert_eq!(back, ("vers".into(), hall.path(row, hall.own).into()), "{}", shown(row));
    }
}
