//! Twelve journeys, each by a visitor who sees and touches, and again by one who hears and feels a keypad and never
//! looks at the screen; every language plays at least one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use integration_tests::borne::{Borne, Options};
use integration_tests::senses::{Visitor, ensure_private};
use integration_tests::site::Site;
use kiosk_flow::texts::{Counted, Msg, Texts};
use kiosk_runtime::control::Spoken;
use wire::catalogue::Catalogue;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::Language;

/// What a confirmation leads to: the printer may be done before anybody looks again.
const ISSUED: &[&str] = &["S14", "S15"];

/// A borne with its server, and somebody at it.
struct Place {
    site: Site,
    borne: Borne,
    catalogue: Catalogue,
}

impl Place {
    async fn open() -> Self {
        let site = Site::open().await.unwrap();
        let borne = site.start_borne(&Options::default()).await.unwrap();
        borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
        let catalogue = Catalogue::from_toml(&std::fs::read_to_string(site.server.catalogue()).unwrap()).unwrap();
        Self { site, borne, catalogue }
    }

    /// The tickets that the server holds, the last one last; waits for that many.
    async fn tickets(&self, count: usize) -> Vec<TicketIssued> {
        integration_tests::process::until("the tickets at the server", integration_tests::PATIENCE, || async {
            let events = self.site.server.events()?;
            let tickets: Vec<TicketIssued> = events
                .iter()
                .filter_map(|raw| {
                    let body = Event::decode(raw).ok()?.body;
                    if let EventBody::TicketIssued(ticket) = body { Some(ticket) } else { None }
                })
                .collect();
            Ok((tickets.len() >= count).then_some(tickets))
        })
        .await
        .unwrap()
    }
}

/// What a visitor who has begun in a language does.
struct Journey<'a, 'b> {
    visitor: &'a mut Visitor<'b>,
    texts: Texts,
    catalogue: &'a Catalogue,
}

impl Journey<'_, '_> {
    async fn choose(&mut self, msg: Msg, leads_to: &str) {
        self.choose_one_of(msg, &[leads_to]).await;
    }

    async fn choose_one_of(&mut self, msg: Msg, lead_to: &[&str]) {
        let label = self.texts.get(msg);
        self.visitor.choose(&label, lead_to).await.unwrap_or_else(|e| panic!("{label}: {e:#}"));
    }

    async fn service(&mut self, id: &str, leads_to: &str) {
        let service = self.catalogue.service(&id.parse().unwrap()).unwrap();
        let name = service.name.get(self.texts.lang()).to_owned();
        self.visitor.choose(&name, &[leads_to]).await.unwrap_or_else(|e| panic!("{name}: {e:#}"));
    }

    async fn speak(&mut self, lang: Language) {
        if lang != Language::Fr {
            self.choose(Msg::Language, "S02").await;
            self.visitor.choose(lang.endonym(), &["S01"]).await.unwrap();
        }
        self.texts = Texts::load(lang).unwrap();
    }

    /// From the first screen to a ticket in the hand and home again.
    async fn ticket(&mut self, service: &str) -> String {
        self.choose(Msg::TakeTicket, "S03").await;
        self.service(service, "S04").await;
        self.confirm().await
    }

    async fn confirm(&mut self) -> String {
        self.choose_one_of(Msg::TakeTicket, ISSUED).await;
        let number = self.visitor.number().await.unwrap();
        self.visitor.notices(&self.texts.get(Msg::YourNumber)).await.unwrap();
        self.choose(Msg::Finish, "S01").await;
        number
    }

    async fn answer(&mut self, question: usize, rank: usize, leads_to: &str) {
        let question = &self.catalogue.survey.as_ref().unwrap().questions[question];
        let answer = question.answers[rank].get(self.texts.lang()).to_owned();
        self.visitor.choose(&answer, &[leads_to]).await.unwrap_or_else(|e| panic!("{answer}: {e:#}"));
    }
}

/// Plays all twelve; `listening` says by which senses. What was heard.
async fn play(listening: bool) -> Vec<Spoken> {
    let place = Place::open().await;
    let mut heard = Vec::new();
    let mut issued = 0;
    for number in 1..=12 {
        let mut visitor =
            if listening { Visitor::listening(&place.borne).await.unwrap() } else { Visitor::seeing(&place.borne) };
        let texts = Texts::load(Language::Fr).unwrap();
        let mut journey = Journey { visitor: &mut visitor, texts, catalogue: &place.catalogue };
        let tickets = one(number, &mut journey).await;
        issued += tickets;
        let held = place.tickets(issued).await;
        assert_eq!(held.len(), issued, "journey {number}: one confirmation is one ticket");
        if tickets > 0 {
            check(number, held.last().unwrap());
        }
        heard.extend(visitor.leave().await.unwrap());
        let home = place.borne.becomes(|code| code == "S01", integration_tests::PATIENCE).await.unwrap();
        assert_eq!(home.code, "S01", "journey {number}");
    }
    heard
}

/// One of the twelve. How many tickets it took.
async fn one(number: u8, journey: &mut Journey<'_, '_>) -> usize {
    match number {
        1 => {
            let number = journey.ticket("titres").await;
            assert_eq!(number, "A\u{a0}1");
        }
        2 => {
            journey.speak(Language::En).await;
            journey.ticket("retrait").await;
        }
        3 => {
            // Four people with one ticket.
            journey.speak(Language::Es).await;
            journey.choose(Msg::TakeTicket, "S03").await;
            journey.service("ecole", "S04G").await;
            journey.visitor.choose("4", &["S04"]).await.unwrap();
            let people = journey.texts.count(Counted::Group, 4);
            journey.visitor.notices(&people).await.unwrap();
            journey.confirm().await;
        }
        4 => {
            // One bit, no reason asked.
            journey.speak(Language::Pt).await;
            journey.choose(Msg::TakeTicket, "S03").await;
            journey.service("titres", "S04").await;
            journey.choose(Msg::IHavePriority, "S05").await;
            journey.choose_one_of(Msg::Yes, ISSUED).await;
            journey.visitor.number().await.unwrap();
            journey.choose(Msg::Finish, "S01").await;
        }
        5 => {
            journey.speak(Language::Ar).await;
            journey.ticket("attestations").await;
        }
        6 => {
            // The wrong service first.
            journey.speak(Language::Tr).await;
            journey.choose(Msg::TakeTicket, "S03").await;
            journey.service("retrait", "S04").await;
            journey.choose(Msg::OtherService, "S03").await;
            journey.service("identite-numerique", "S04").await;
            journey.confirm().await;
        }
        7 => {
            journey.speak(Language::Uk).await;
            journey.choose(Msg::GiveFeedback, "S18").await;
            journey.answer(0, 0, "S19").await;
            journey.answer(1, 4, "S20").await;
            journey.visitor.notices(&journey.texts.get(Msg::Thanks)).await.unwrap();
            journey.choose(Msg::Finish, "S01").await;
            return 0;
        }
        8 => {
            journey.speak(Language::Zh).await;
            journey.ticket("titres").await;
        }
        9 => {
            journey.speak(Language::FrSimple).await;
            journey.ticket("etat-civil").await;
        }
        10 => {
            // Large letters on black, for this visit only.
            journey.choose(Msg::Display, "S29").await;
            journey.choose(Msg::LargerText, "S29").await;
            journey.choose(Msg::HighContrast, "S29").await;
            journey.choose(Msg::Back, "S01").await;
            journey.ticket("titres").await;
        }
        11 => {
            journey.speak(Language::En).await;
            journey.choose(Msg::GiveFeedback, "S18").await;
            journey.answer(0, 2, "S19").await;
            journey.choose(Msg::Skip, "S20").await;
            journey.choose(Msg::Finish, "S01").await;
            return 0;
        }
        _ => {
            // Nobody is signed in who could come: the desk is named.
            journey.choose(Msg::CallPerson, "S22").await;
            journey.visitor.notices(&journey.texts.get(Msg::GoToDesk)).await.unwrap();
            journey.choose(Msg::Continue, "S01").await;
            return 0;
        }
    }
    1
}

fn check(number: u8, ticket: &TicketIssued) {
    let (lang, group, priority) = match number {
        2 => (Language::En, 1, false),
        3 => (Language::Es, 4, false),
        4 => (Language::Pt, 1, true),
        5 => (Language::Ar, 1, false),
        6 => (Language::Tr, 1, false),
        8 => (Language::Zh, 1, false),
        9 => (Language::FrSimple, 1, false),
        _ => (Language::Fr, 1, false),
    };
    assert_eq!((ticket.lang, ticket.group, ticket.priority), (lang, group, priority), "journey {number}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_journeys_by_sight_and_touch() {
    assert!(play(false).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_journeys_by_hearing_and_keypad() {
    let heard = play(true).await;
    ensure_private(&heard).unwrap();
    let voices: std::collections::BTreeSet<&str> = heard.iter().map(|spoken| spoken.language.as_str()).collect();
    assert_eq!(voices.len(), Language::ALL.len(), "{voices:?}");
    assert!(heard.iter().all(|spoken| spoken.volume == 0));
}
