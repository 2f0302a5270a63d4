//! The table of routes, walked through whole: who gets in, from which site, with which form, how often.

mod chapter;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use accueil_server::roles::Role;
use accueil_server::room::{Access, Row};
use accueil_server::rows;
use accueil_server::settings::Catalogues;
use accueil_server::store::{Grant, NewAccount, Session};
use axum::body::{Body, to_bytes};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, Method, Request, StatusCode};
use jiff::SignedDuration;
use tower::ServiceExt;
use wire::catalogue::Catalogue;
use wire::ids::{AgentRef, SiteId};
use wire::token::Hash32;

use crate::support::{CATALOGUE, HOST, Site};

const TOKEN: &str = "GAYTEMZUGU3DOOBZMFRGGZDFMY";
/// The second site's identity.
const OTHER: &str = "019aa5f0-7c00-7000-8000-0000000000ff";

struct Hall {
    site: Site,
    own: SiteId,
    other: SiteId,
    rows: Vec<Row>,
    /// An asset of the pages.
    asset: String,
    accounts: BTreeMap<(Role, Option<SiteId>), AgentRef>,
    sessions: AtomicU64,
}

/// What somebody got.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    /// Nothing of a stream.
    text: String,
}

impl Got {
    fn leads_to(&self, place: &str) -> bool {
        self.status == StatusCode::SEE_OTHER
            && self.headers["location"].to_str().unwrap().split('?').next() == Some(place)
    }

    /// Signed in, and not allowed here.
    fn is_reserved(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.text.contains("Page réservée")
    }

    fn asks_again(&self) -> bool {
        self.leads_to("/connexion/encore")
            || (self.status == StatusCode::FORBIDDEN && self.text.contains("Est-ce bien vous"))
    }

    fn is_foreign(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.text.contains("Action refusée")
    }
}

/// Who asks, from which site, how long after giving their password.
#[derive(Clone, Copy)]
struct Who {
    role: Role,
    /// Nowhere in particular: everywhere.
    at: Option<SiteId>,
    fresh: bool,
    expired: bool,
}

impl Hall {
    async fn open() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let own = Catalogue::from_toml(CATALOGUE).unwrap().site.id;
        let (here, there) = (folder.path().join("here.toml"), folder.path().join("there.toml"));
        std::fs::write(&here, CATALOGUE).unwrap();
        std::fs::write(&there, CATALOGUE.replace(&own.to_string(), OTHER)).unwrap();
        let site = Site::open_as(|settings| settings.site.catalogue = Catalogues::Each(vec![here, there])).await;
        let other = SiteId(OTHER.parse().unwrap());
        let mut accounts = BTreeMap::new();
        for role in Role::ALL {
            for at in [Some(own), Some(other), None] {
                let account = NewAccount { name: format!("{role} {at:?}"), ..NewAccount::default() };
                let account = site.store().put_account(&account).await.unwrap();
                site.store().set_grants(account, &[Grant { site: at, role }]).await.unwrap();
                accounts.insert((role, at), account);
            }
        }
        let page = site.send(Request::get("/connexion").body(Body::empty()).unwrap()).await.text();
        let asset = &page[page.find("/actifs/").unwrap()..];
        let asset = asset[..asset.find('"').unwrap()].to_owned();
        let rows = rows(&site.app);
        Self { site, own, other, rows, asset, accounts, sessions: AtomicU64::new(1) }
    }

    /// The row's address, about a site.
    fn path(&self, row: &Row, about: SiteId) -> String {
        if row.path.starts_with("/actifs/") {
            return self.asset.clone();
        }
        let day = "2026-11-21";
        let id = "019aa5f0-7c00-7000-8000-000000000001";
        let named = [("{site}", &*about.to_string()), ("{display}", "hall"), ("{token}", TOKEN), ("{label}", "B2.42")]
            .into_iter()
            .fold(row.path.to_owned(), |path, (name, value)| path.replace(name, value));
        // What else an address names is not there: that is found out behind the door.
        let mut path = named.replace("{day}", day);
        while let Some(start) = path.find('{') {
            let end = start + path[start..].find('}').unwrap();
            path.replace_range(start..=end, id);
        }
        path
    }

    /// A session of its own for each request: some rows end it.
    async fn cookie(&self, who: Who) -> String {
        let mut bits = [0; 32];
        bits[..8].copy_from_slice(&self.sessions.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let now = self.site.now();
        let ago = now - SignedDuration::from_secs(1);
        let session = Session {
            hash: Hash32::of(&bits),
            account: self.accounts[&(who.role, who.at)],
            site: Some(self.own),
            fresh_until: if who.fresh { now + SignedDuration::from_mins(5) } else { ago },
            expires_at: now + SignedDuration::from_secs(if who.expired { 1 } else { 3_600 }),
        };
        self.site.store().open_session(&session, now).await.unwrap();
        if who.expired {
            self.site.advance(1);
        }
        format!("sid={}", BASE64URL_NOPAD.encode(&bits))
    }

    async fn ask(&self, row: &Row, about: SiteId, who: Option<Who>, origin: Option<&str>) -> Got {
        let mut ask = Request::builder().method(row.method.clone()).uri(self.path(row, about)).header("host", HOST);
        if let Some(who) = who {
            ask = ask.header("cookie", self.cookie(who).await);
        }
        if let Some(origin) = origin {
            ask = ask.header("origin", origin);
        }
        if row.method == Method::POST {
            ask = ask.header("content-type", "application/x-www-form-urlencoded");
        }
        // As drawn here and today, for somebody who sits at no counter.
        let drawn = if row.same.site { format!("ici={}.2026-11-21.", self.own) } else { String::new() };
        let (parts, body) =
            self.site.router().oneshot(ask.body(Body::from(drawn)).unwrap()).await.unwrap().into_parts();
        let streams = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let text = if streams {
            String::new()
        } else {
            String::from_utf8_lossy(&to_bytes(body, 1 << 24).await.unwrap()).into_owned()
        };
        Got { status: parts.status, headers: parts.headers, text }
    }

    fn who(&self, role: Role) -> Who {
        Who { role, at: Some(self.own), fresh: true, expired: false }
    }
}

fn shown(row: &Row) -> String {
    format!("{} {} ({:?})", row.method, row.path, row.access)
}

#[tokio::test]
async fn every_row_lets_in_whom_it_says_and_nobody_else() {
    let hall = Hall::open().await;
    assert!(hall.rows.len() > 20, "{} rows", hall.rows.len());
    for row in &hall.rows {
        let name = shown(row);
        let names_site = row.path.contains("{site}");
        let nobody = hall.ask(row, hall.own, None, None).await;
        let over = hall.ask(row, hall.own, Some(Who { expired: true, ..hall.who(Role::Administrator) }), None).await;
        match row.access {
            Access::Public | Access::Ticket | Access::Display => {
                for got in [&nobody, &over] {
                    assert!(!got.leads_to("/connexion") && !got.is_reserved(), "{name}: {}", got.status);
                    assert_ne!(got.status, StatusCode::INTERNAL_SERVER_ERROR, "{name}");
                }
            }
            Access::Code | Access::Borne | Access::Key(_) => {
                // A session is worth nothing to machines.
                for got in [&nobody, &over, &hall.ask(row, hall.own, Some(hall.who(Role::Administrator)), None).await] {
                    assert!(got.status.is_client_error(), "{name}: {}", got.status);
                    assert_eq!(got.headers["content-type"], "application/problem+json", "{name}");
                }
            }
            Access::SignedIn | Access::May(_) | Access::MayFreshly(_) => {
                assert!(nobody.leads_to("/connexion"), "{name}: {}", nobody.status);
                assert!(over.leads_to("/connexion"), "{name}, a session that is over: {}", over.status);
            }
        }
        for role in Role::ALL {
            let Some(permission) = row.access.permission() else { break };
            let mut who = hall.who(role);
            if permission.is_of_the_server() {
                let here = hall.ask(row, hall.own, Some(who), None).await;
                assert!(here.is_reserved(), "{name} as {role} of one site: {}", here.status);
                who.at = None;
            }
            let got = hall.ask(row, hall.own, Some(who), None).await;
            let from_elsewhere = hall.ask(row, hall.own, Some(Who { at: Some(hall.other), ..who }), None).await;
            if names_site {
                // A site where they may not do it is as good as none.
                let foreign = hall.ask(row, hall.other, Some(who), None).await;
                assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{name} of another site as {role}");
                assert_eq!(from_elsewhere.status, StatusCode::NOT_FOUND, "{name} by {role} of another site");
                if !role.may(permission) {
                    assert_eq!(got.status, StatusCode::NOT_FOUND, "{name} as {role}");
                }
            } else {
                assert!(
                    from_elsewhere.leads_to("/site"),
                    "{name} by {role} of another site: {}",
                    from_elsewhere.status
                );
                assert_eq!(got.is_reserved(), !role.may(permission), "{name} as {role}: {}", got.status);
            }
            if role.may(permission) {
                assert!(!got.leads_to("/connexion") && !got.asks_again(), "{name} as {role}: {}", got.status);
                assert_ne!(got.status, StatusCode::INTERNAL_SERVER_ERROR, "{name} as {role}");
                let stale = hall.ask(row, hall.own, Some(Who { fresh: false, ..who }), None).await;
                let freshly = row.access.is_fresh();
                assert_eq!(
                    stale.asks_again(),
                    freshly,
                    "{name} as {role}, a while after the password: {}",
                    stale.status
                );
            }
        }
    }
}

#[tokio::test]
async fn a_cross_site_post_is_403_on_every_post_row() {
    let hall = Hall::open().await;
    let forms = hall.rows.iter().filter(|row| row.method == Method::POST);
    let of_people = forms.filter(|row| !matches!(row.access, Access::Code | Access::Borne | Access::Key(_)));
    let mut count = 0;
    for row in of_people {
        for origin in ["https://elsewhere.test", "null"] {
            let got = hall.ask(row, hall.own, Some(hall.who(Role::Administrator)), Some(origin)).await;
            assert!(got.is_foreign(), "{} from {origin}: {}", shown(row), got.status);
        }
        let own = hall.ask(row, hall.own, Some(hall.who(Role::Administrator)), Some(&format!("http://{HOST}"))).await;
        assert!(!own.is_foreign(), "{} from its own page", shown(row));
        count += 1;
    }
    assert!(count > 10, "{count} forms");
}

/// Whoever works at one site at a time may have gone to another since a page was drawn.
#[tokio::test]
async fn what_is_done_where_a_session_works_hangs_on_where_its_form_was_drawn() {
    let hall = Hall::open().await;
    let forms = hall.rows.iter().filter(|row| row.method == Method::POST && row.access.permission().is_some());
    // What is of the server is the same wherever it is asked for.
    let of_server = |row: &&Row| row.access.permission().is_some_and(|permission| permission.is_of_the_server());
    let here = forms.filter(|row| !row.path.contains("{site}") && !of_server(row));
    let (mut count, mut of_day) = (0, 0);
    for row in here {
        assert!(row.same.site, "{}", shown(row));
        count += 1;
        of_day += usize::from(row.same.day);
    }
    assert!(count > 60 && of_day > 15, "{count} forms, {of_day} of a day");
}

#[tokio::test]
async fn cache_and_other_headers_follow_the_row() {
    let hall = Hall::open().await;
    for row in &hall.rows {
        let name = shown(row);
        let got = hall.ask(row, hall.own, Some(hall.who(Role::Administrator)), None).await;
        let header = |name: &str| got.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        if row.path.starts_with("/actifs/") {
            assert!(header("cache-control").contains("immutable"), "{name}");
            continue;
        }
        if matches!(row.access, Access::Code | Access::Borne | Access::Key(_))
            || ["/v1/", "/api/"].iter().any(|of| row.path.starts_with(of))
        {
            continue;
        }
        // What is somebody's own is kept by nobody.
        let kept = header("cache-control");
        let open = matches!(row.access, Access::Public | Access::Display);
        assert!(kept == "no-store" || (open && kept.contains("no-cache")), "{name}: {kept}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{name}: {policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{name}: {policy}");
        assert!(["same-origin", "no-referrer"].contains(&header("referrer-policy").as_str()), "{name}");
    }
}

#[tokio::test]
async fn rotating_forwarded_for_is_still_limited() {
    let site = Site::open().await;
    let attempt = async |n: u32| {
        let form = format!("name=nobody{n}&password=x");
        let ask = Request::post("/connexion").header("host", HOST).header("x-forwarded-for", format!("198.51.100.{n}"));
        let ask = ask.header("content-type", "application/x-www-form-urlencoded").body(Body::from(form)).unwrap();
        site.send(ask).await.status
    };
    for n in 0..20 {
        assert_eq!(attempt(n).await, StatusCode::UNAUTHORIZED, "attempt {n}");
    }
    for n in 20..25 {
        assert_eq!(attempt(n).await, StatusCode::TOO_MANY_REQUESTS, "attempt {n}");
    }
}

#[tokio::test]
async fn a_session_posts_as_often_as_its_row_says() {
    let hall = Hall::open().await;
    let row = hall.rows.iter().find(|row| row.method == Method::POST && row.path == "/site").unwrap();
    let cookie = hall.cookie(hall.who(Role::Agent)).await;
    let (mut answers, router) = (Vec::new(), hall.site.router());
    for _ in 0..=row.posts.burst {
        let ask = Request::post(row.path).header("host", HOST).header("cookie", &cookie);
        answers.push(router.clone().oneshot(ask.body(Body::empty()).unwrap()).await.unwrap().status());
    }
    let limited = answers.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!((limited, answers.last()), (1, Some(&StatusCode::TOO_MANY_REQUESTS)), "{answers:?}");
}

/// Routes are made by rooms only; what is said in the clear beside TLS, and figures on their own listener, have lists of
/// their own.
#[test]
fn no_route_without_a_row() {
    let mut found = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort_unstable();
    assert_eq!(found, ["metrics/mod.rs", "room.rs", "tls/plain.rs"]);
}

fn look(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            if [".route(\"", ".route(wire", ".route(path", ".route(DOWNLOAD", ".route_service(", ".nest("]
                .iter()
                .any(|call| text.contains(call))
            {
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
}
