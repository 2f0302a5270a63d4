//! One server, sites of several time zones: each has its own days, whatever its server's or its neighbours' clocks say.

use std::collections::BTreeSet;
use std::sync::Arc;

use accueil_server::desk::{Act, Done, Made, NewTicket, Wanted, Who};
use accueil_server::roles::Role;
use accueil_server::settings::Catalogues;
use accueil_server::store::{NewDraft, PublicationKind};
use accueil_server::{Housekeeping, site};
use queue_engine::{Policy, State};
use tempfile::TempDir;
use uuid::Uuid;
use wire::event::EventBody;
use wire::ids::{Language, SiteId, TicketId};

use crate::support::{CATALOGUE, Site, site_id};
use crate::web::{Agent, PASSWORD, Web, account_as, browser};

const STAFF: Who = Who::Staff { account: None, supervises: true };
/// Four hours ahead of universal time, one hour, four hours behind; the clocks of the first and the last never change.
const ZONES: [&str; 3] = ["Indian/Reunion", "Europe/Paris", "America/Martinique"];
const REUNION: usize = 0;
const PARIS: usize = 1;
const MARTINIQUE: usize = 2;

struct World {
    site: Site,
    _folder: TempDir,
}

impl World {
    /// On a Saturday at 08:42 universal time: each of the three is in the service day of that Saturday.
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let write = |(n, zone): (usize, &&str)| {
            let path = folder.path().join(format!("{n}.toml"));
            let own = CATALOGUE.replace(&site_id().to_string(), &id(n).to_string());
            let own = own.replace("\"Europe/Paris\"", &format!("\"{zone}\""));
            let name = own.lines().find(|line| line.starts_with("name = ")).unwrap().to_owned();
            std::fs::write(&path, own.replacen(&name, &format!("name = {{ fr = \"Mairie {n}\" }}"), 1)).unwrap();
            path
        };
        let files = ZONES.iter().enumerate().map(write).collect();
        let site = Site::open_as(|settings| settings.site.catalogue = Catalogues::Each(files)).await;
        Self { site, _folder: folder }
    }

    fn hall(&self, n: usize) -> Arc<site::Site> {
        self.site.app.site(id(n)).unwrap()
    }

    async fn issue(&self, n: usize) -> TicketId {
        let new = NewTicket {
            service: "titres".parse().unwrap(),
            lang: Language::Fr,
            priority: false,
            group: 1,
            appointment: None,
            needs: BTreeSet::new(),
            paperless: false,
        };
        let done = self.hall(n).act(STAFF, None, &Wanted { id: Uuid::new_v4(), act: Act::Issue(new) }).await.unwrap();
        let Done::Now(Made { ticket: Some(ticket), .. }) = done else { panic!("{done:?}") };
        ticket
    }

    fn label(&self, n: usize, ticket: TicketId) -> String {
        self.hall(n).look(|hall| hall.ticket(&ticket).unwrap().issue().unwrap().label.to_string())
    }

    fn state(&self, n: usize, ticket: TicketId) -> Option<State> {
        self.hall(n).look(|hall| hall.ticket(&ticket).map(|ticket| ticket.state(hall.day())))
    }

    fn days(&self) -> [String; 3] {
        [REUNION, PARIS, MARTINIQUE].map(|n| self.hall(n).look(queue_engine::Hall::day).to_string())
    }

    fn ceilings(&self) -> [u32; 3] {
        [REUNION, PARIS, MARTINIQUE].map(|n| self.hall(n).plan().policy.ceiling.default_min)
    }

    fn goes_to(&self, universal: &str) {
        let then: jiff::Timestamp = universal.parse().unwrap();
        self.site.advance(then.duration_since(self.site.now()).as_secs());
    }
}

fn id(n: usize) -> SiteId {
    SiteId(Uuid::from_u128(site_id().0.as_u128() + n as u128))
}

/// A supervisor of all three, at one.
async fn sign_in(web: &Web, n: usize) -> Agent {
    let lea = Agent { browser: browser(), base: web.url("") };
    lea.post("/connexion", &[("name", "Léa"), ("password", PASSWORD)]).await;
    assert_eq!(lea.post("/site", &[("site", &id(n).to_string())]).await.status().as_u16(), 200);
    lea
}

#[tokio::test]
async fn each_site_begins_its_day_at_its_own_four_o_clock() {
    let world = World::open().await;
    let mut housekeeping = Housekeeping::default();
    housekeeping.look(&world.site.app).await;
    assert_eq!(world.days(), ["2026-11-21"; 3]);
    let mut waiting = Vec::new();
    for n in [REUNION, PARIS, MARTINIQUE] {
        waiting.push(world.issue(n).await);
        // Rules of tomorrow, and the day's tickets ended by whoever sees to it.
        let store = world.site.store();
        let mut policy = Policy::default();
        policy.ceiling.default_min = 30;
        let draft = NewDraft { body: Some(serde_json::to_string(&policy).unwrap()), by: None, at: world.site.now() };
        store.put_draft(id(n), PublicationKind::Policy, 0, &draft).await.unwrap().expect("a draft");
    }
    account_as(world.site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&world.site).await;
    world.goes_to("2026-11-21T22:00:00Z");
    let mut forms = Vec::new();
    for n in [REUNION, PARIS, MARTINIQUE] {
        let lea = sign_in(&web, n).await;
        let page = lea.read("/regles").await;
        assert!(page.contains("dimanche 22 novembre à 4 h 00"), "{page}");
        lea.submit_with(&page, "/regles/publier", &[("from", "demain"), ("reason", "")]).await;
        world.site.advance(1);
        assert_eq!(lea.post("/salle/tickets/arreter", &[]).await.status().as_u16(), 200);
        // Each at the hour of its own clocks.
        let hour = ["2 h 00", "23 h 00", "18 h 00"][n];
        let page = lea.read("/salle/tickets").await;
        assert!(page.contains(&format!("Plus de tickets depuis {hour}")), "{n}: {page}");
        forms.push(lea.read("/salle/cloture").await);
        world.site.advance(1);
    }
    housekeeping.look(&world.site.app).await;

    let closed = async |n: usize| {
        let of = "2026-11-21".parse().unwrap();
        let closed = world.site.store().closed_day(id(n), of).await.unwrap();
        closed.map(|closed| (closed.by.is_none(), closed.expired))
    };
    let (midnight, begun) = (["2026-11-21"; 3], "2026-11-22");
    world.goes_to("2026-11-21T23:59:59Z");
    housekeeping.look(&world.site.app).await;
    assert_eq!((world.days(), world.ceilings()), (midnight.map(str::to_owned), [45; 3]));

    for (n, instant) in ["2026-11-22T00:00:00Z", "2026-11-22T03:00:00Z", "2026-11-22T08:00:00Z"].into_iter().enumerate()
    {
        world.goes_to(instant);
        world.site.advance(-1);
        housekeeping.look(&world.site.app).await;
        assert_eq!(world.days()[n], "2026-11-21", "{}, a second before", ZONES[n]);
        assert_eq!(world.state(n, waiting[n]), Some(State::Waiting));
        assert_eq!(closed(n).await, None);
        world.site.advance(1);
        housekeeping.look(&world.site.app).await;
        let expected: Vec<&str> = (0..3).map(|other| if other <= n { begun } else { "2026-11-21" }).collect();
        assert_eq!(world.days(), expected.as_slice());
        let expected: Vec<u32> = (0..3).map(|other| if other <= n { 30 } else { 45 }).collect();
        assert_eq!(world.ceilings(), expected.as_slice(), "rules of tomorrow begin with each site's day");
        assert_eq!(world.state(n, waiting[n]), None, "nobody waits from one day into the next");
        assert_eq!(closed(n).await, Some((true, 1)), "the day closed by itself, for one who still waited");
        for later in n + 1..3 {
            assert_eq!(world.state(later, waiting[later]), Some(State::Waiting), "{} goes on", ZONES[later]);
            assert_eq!(closed(later).await, None);
        }
        // Numbers begin anew, and tickets are given again.
        let first = world.issue(n).await;
        assert_eq!(world.label(n, first), "A7 1");
        let lea = sign_in(&web, n).await;
        let page = lea.read("/salle/tickets").await;
        assert!(page.contains("Ne plus donner de tickets aujourd’hui"), "{page}");
        // A page of the day before closes nothing of this one.
        let (status, page) = lea.submit_with(&forms[n], "/salle/cloture", &[("message", "incident")]).await;
        assert!(status == 409 && page.contains("Cette page montrait une autre journée (samedi 21 novembre)"), "{page}");
        assert_eq!(world.state(n, first), Some(State::Waiting));
    }
    // All that is kept of them says the day it was of.
    for n in [REUNION, PARIS, MARTINIQUE] {
        let events = world.site.store().events_since(id(n), "2026-11-01T00:00:00Z".parse().unwrap()).await.unwrap();
        let issued = events.into_iter().filter_map(|received| {
            let EventBody::TicketIssued(issued) = received.event.body else { return None };
            Some(issued.day.to_string())
        });
        assert_eq!(issued.collect::<Vec<_>>(), ["2026-11-21", "2026-11-22"], "{}", ZONES[n]);
    }
    web.stop().await;
}
