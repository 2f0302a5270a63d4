//! The reception desk, over real HTTP, with a borne that is played.

use accueil_server::password;
use accueil_server::roles::Role;
use accueil_server::store::{Grant, NewAccount};
use jiff::SignedDuration;
use serde_json::Value;
use wire::command::{Command, PrintTicket, SignedCommand, What};
use wire::event::{CommandAnswer, Event, EventBody, PrintOutcome, TicketIssued};
use wire::sync::SyncReply;
use wire::token::TicketToken;

use crate::support::pages::hidden_fields;
use crate::support::{Borne, Site, event};
use crate::web::{Agent, PASSWORD, Web, browser};

/// A site, its server, a borne, and somebody at the reception desk.
struct Desk {
    site: Site,
    web: Web,
    borne: Borne,
    agent: Agent,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::open().await;
        let borne = site.borne(7).await;
        let web = Web::start(&site).await;
        sign_up(&site, "Zoé", Role::Reception).await;
        let agent = sign_in(&web, "Zoé").await;
        Self { site, web, borne, agent }
    }

    async fn page(&self, path: &str) -> String {
        let page = self.agent.get(path).await;
        assert_eq!(page.status().as_u16(), 200, "{path}");
        page.text().await.unwrap()
    }

    /// Sends a form of a page, with what a person fills in. Answers status, path and page.
    async fn send(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> (u16, String, String) {
        let hidden = hidden_fields(page, action);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = hidden.chain(filled.iter().copied()).collect();
        self.site.advance(1);
        let answer = self.agent.post(action, &fields).await;
        let (status, path) = (answer.status().as_u16(), answer.url().path().to_owned());
        (status, path, answer.text().await.unwrap().replace('\u{a0}', " "))
    }

    /// Gives a ticket for identity cards. `by` is a borne or the screen.
    async fn give(&self, by: &str) -> (u16, String, String) {
        let page = self.page("/accueil").await;
        self.send(&page, "/accueil/ticket", &[("service", "titres"), ("lang", "fr"), ("group", "1"), ("by", by)]).await
    }

    async fn sync(&self, from_seq: u64, bodies: Vec<EventBody>) -> SyncReply {
        let numbered = bodies.into_iter().zip(from_seq..);
        let events: Vec<Value> = numbered.map(|(body, seq)| event(&self.site, seq, body)).collect();
        self.borne.sync(&self.site, from_seq, &events).await.json()
    }

    /// An exchange once the server has read what it was asked for last.
    async fn asked(&self, from_seq: u64) -> SyncReply {
        self.site.app.follow().await.unwrap();
        self.sync(from_seq, vec![]).await
    }

    fn open_command(&self, sealed: &SignedCommand) -> Command {
        sealed.open(&self.borne.id, &self.site.app.public_key(), self.site.now()).unwrap()
    }

    /// The desk's log.
    async fn log(&self) -> Vec<Event> {
        let site = self.site.hall();
        let all = self.site.store().events_since(site.plan().catalogue.site.id, jiff::Timestamp::UNIX_EPOCH).await;
        let of_desk = all.unwrap().into_iter().filter(|received| received.origin != self.borne.id);
        of_desk.map(|received| received.event).collect()
    }
}

/// Whoever may open several rooms chooses one first.
async fn sign_in(web: &Web, name: &str) -> Agent {
    let agent = Agent { browser: browser(), base: web.url("") };
    let home = agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
    assert_eq!((home.status().as_u16(), home.url().path()), (200, "/"));
    agent
}

async fn sign_up(site: &Site, name: &str, role: Role) {
    let password = Some(password::hash(PASSWORD).unwrap());
    let account = NewAccount { name: name.into(), password, ..NewAccount::default() };
    let id = site.store().put_account(&account).await.unwrap();
    assert!(site.store().set_grants(id, &[Grant { site: None, role }]).await.unwrap());
}

/// The link that a page shows, as a path.
fn link(page: &str) -> String {
    let from = page.find("/T/").unwrap_or_else(|| panic!("no link in {page}"));
    page[from..from + page[from..].find('<').unwrap()].to_owned()
}

fn token(link: &str) -> TicketToken {
    link.split('/').nth(2).unwrap().parse().unwrap()
}

fn print(command: &Command) -> &PrintTicket {
    let What::Print(paper) = &command.what else { panic!("{command:?}") };
    paper
}

#[tokio::test]
async fn r10_the_desk_writes_series_seven() {
    let desk = Desk::open().await;
    let page = desk.page("/accueil").await;
    let fill = [("service", "etat-civil"), ("lang", "ar"), ("group", "3"), ("priority", "1"), ("by", "ecran")];
    let (status, _, first) = desk.send(&page, "/accueil/ticket", &fill).await;
    assert_eq!(status, 200);
    assert!(first.contains("<bdi>E7 1</bdi>") && first.contains("dir=\"rtl\"") && first.contains("<svg"), "{first}");
    assert!(!first.contains("نسخة مكررة"), "the first paper is no duplicate");
    // The same form again: the same ticket, and its link is told no more.
    let (status, path, again) = desk.send(&page, "/accueil/ticket", &fill).await;
    assert!(status == 200 && path.starts_with("/accueil/ticket/") && !again.contains("/T/"), "{path}");
    assert!(desk.give("ecran").await.2.contains("<bdi>A7 1</bdi>"));
    assert!(desk.give("ecran").await.2.contains("<bdi>A7 2</bdi>"));

    let log = desk.log().await;
    let issued = |event: &Event| {
        if let EventBody::TicketIssued(issued) = &event.body { Some(issued.clone()) } else { None }
    };
    let given: Vec<TicketIssued> = log.iter().filter_map(issued).collect();
    assert_eq!(given.len(), 3);
    assert_eq!((given[0].group, given[0].priority, given[0].paperless), (3, true, true));
    assert_eq!(given[0].token, token(&link(&first)).hash(), "only the hash is kept");
    let phone = desk.agent.get(&link(&first)).await.text().await.unwrap().replace('\u{a0}', " ");
    assert!(phone.contains("<bdi>E7 1</bdi>") && phone.contains("لا أحد قبلك"), "{phone}");
    let list = desk.page("/accueil").await.replace('\u{a0}', " ");
    assert!(list.find("A7 2").unwrap() < list.find("E7 1").unwrap(), "the last one first");
    desk.web.stop().await;
}

#[tokio::test]
async fn a_duplicate_has_a_new_link_and_the_old_one_stays() {
    let desk = Desk::open().await;
    let (.., first) = desk.give("ecran").await;
    let (status, path, _) = search(&desk, "a7 1").await;
    assert_eq!(status, 200);
    let page = desk.page(&path).await;
    let (status, _, second) = desk.send(&page, "/accueil/dupliquer", &[("by", "ecran")]).await;
    assert!(status == 200 && second.contains("<p class=\"slip-duplicate\">DUPLICATA</p>"), "{second}");
    assert_ne!(link(&first), link(&second));
    for link in [link(&first), link(&second)] {
        assert!(desk.agent.get(&link).await.text().await.unwrap().contains("<bdi>A7\u{a0}1</bdi>"), "{link}");
    }
    let (_, path, again) = desk.send(&page, "/accueil/dupliquer", &[("by", "ecran")]).await;
    assert!(path.starts_with("/accueil/ticket/") && !again.contains("/T/"), "the same form again gives no third link");
    desk.web.stop().await;
}

async fn search(desk: &Desk, text: &str) -> (u16, String, String) {
    let found = desk.agent.get(&format!("/accueil/chercher?numero={}", text.replace(' ', "+"))).await;
    let (status, path) = (found.status().as_u16(), found.url().path().to_owned());
    (status, path, found.text().await.unwrap().replace('\u{a0}', " "))
}

#[tokio::test]
async fn r4_a_failed_print_voids_nothing() {
    let desk = Desk::open().await;
    let (_, path, page) = desk.give(&desk.borne.id.to_string()).await;
    assert!(path.starts_with("/accueil/ticket/") && !page.contains("/T/"), "the borne shows the link, not the screen");
    assert!(page.contains("Envoyé à Borne 01."), "{page}");

    let reply = desk.asked(1).await;
    let [sealed] = reply.commands.as_slice() else { panic!("{} commands", reply.commands.len()) };
    let command = desk.open_command(sealed);
    let paper = print(&command).clone();
    assert_eq!((paper.label.to_string().as_str(), paper.duplicate), ("A7 1", false));
    assert_eq!(desk.sync(1, vec![]).await.commands, reply.commands, "told until it is answered");

    let answered =
        EventBody::CommandAnswered { command: command.id, answer: CommandAnswer::Taken, ticket: Some(paper.ticket) };
    assert!(desk.sync(1, vec![answered]).await.commands.is_empty());
    assert!(desk.page(&path).await.contains("La borne imprime"));
    let outcome = PrintOutcome::NotPrinted;
    desk.sync(2, vec![EventBody::TicketPrinted { ticket: paper.ticket, outcome }]).await;
    let page = desk.page(&path).await;
    assert!(
        page.contains("Pas imprimé") && page.contains("Le numéro reste valable") && page.contains("Attend"),
        "{page}"
    );
    let phone = desk.agent.get(&format!("/t/{}", paper.token.in_address())).await.text().await.unwrap();
    assert!(phone.contains("Personne avant vous"), "the ticket waits");

    let (..) = desk.send(&page, "/accueil/dupliquer", &[("by", &desk.borne.id.to_string())]).await;
    let again = desk.open_command(&desk.asked(3).await.commands[0]);
    let duplicate = print(&again);
    assert!(duplicate.duplicate && duplicate.ticket == paper.ticket && duplicate.token != paper.token);
    assert_eq!(duplicate.issued_at, paper.issued_at, "a duplicate keeps its time");
    // Nobody waits at the desk for longer.
    desk.site.advance(180);
    assert!(desk.sync(3, vec![]).await.commands.is_empty());
    desk.web.stop().await;
}

#[tokio::test]
async fn tickets_are_found_cancelled_put_back_and_let_others_pass() {
    let desk = Desk::open().await;
    desk.give("ecran").await;
    desk.give("ecran").await;
    let at = desk.site.now() - SignedDuration::from_secs(60);
    let of_borne = desk.borne.issued_at(at, "2026-11-21".parse().unwrap(), 1, "titres");
    desk.borne.sync(&desk.site, 1, &[of_borne]).await;

    assert!(search(&desk, "hier").await.2.contains("« hier » n’est pas un numéro"));
    assert!(search(&desk, "B 9").await.2.contains("Aucun ticket d’aujourd’hui ne porte le numéro B 9."));
    let (_, path, both) = search(&desk, "A 1").await;
    assert!(path == "/accueil/chercher" && both.contains("2 tickets peuvent être le numéro A 1."), "{both}");
    let (_, path, _) = search(&desk, "A7 1").await;
    let page = desk.page(&path).await;
    let (_, _, page) = desk.send(&page, "/accueil/reporter", &[]).await;
    assert!(page.contains("Attend depuis"), "{page}");
    let (status, _, refused) = desk.send(&page, "/accueil/reporter", &[]).await;
    assert_eq!(status, 409);
    assert!(refused.contains("Personne n’attend après ce numéro."), "{refused}");
    let stale = page.clone();
    let (_, _, page) = desk.send(&page, "/accueil/annuler", &[]).await;
    assert!(page.contains("Annulé") && !page.contains("/accueil/dupliquer"), "{page}");
    let (_, _, page) = desk.send(&page, "/accueil/retablir", &[]).await;
    assert!(page.contains("Attend depuis"), "{page}");
    let (status, _, refused) =
        desk.send(&stale.replace("name=\"id\" value=\"", "name=\"id\" value=\"0"), "/accueil/annuler", &[]).await;
    assert!(status == 422 || refused.contains("Voici la situation à jour."), "{status} {refused}");
    assert_eq!(desk.agent.get("/accueil/ticket/019aa5f0-7c00-7000-8000-000000000001").await.status().as_u16(), 404);
    desk.web.stop().await;
}

#[tokio::test]
async fn who_has_an_appointment_is_noted_as_there() {
    let desk = Desk::open().await;
    let mut issued: Value = desk.borne.issued(&desk.site, 1, "titres");
    issued["appointment"] = (desk.site.now() + SignedDuration::from_mins(20)).to_string().into();
    desk.borne.sync(&desk.site, 1, &[issued]).await;
    let (_, path, page) = search(&desk, "A 1").await;
    assert!(page.contains("Rendez-vous à 10 h 02") && !page.contains("/accueil/reporter"), "{page}");
    assert!(page.contains("type=\"time\" value=\"10:02\""), "{page}");
    let (status, _, refused) = desk.send(&page, "/accueil/presenter", &[("at", "bientôt")]).await;
    assert!(status == 409 && refused.contains("n’est pas une heure"), "{refused}");
    let (_, _, page) = desk.send(&page, "/accueil/presenter", &[("at", "10:05")]).await;
    assert!(page.contains("Rendez-vous à 10 h 05, présent") && !page.contains("/accueil/presenter"), "{page}");
    assert!(matches!(desk.log().await.last().unwrap().body, EventBody::CheckedIn { .. }));
    assert_eq!(desk.agent.get(&path).await.status().as_u16(), 200);
    desk.web.stop().await;
}

#[tokio::test]
async fn a_call_for_help_is_answered_once_and_bornes_are_heard_more_often_while_somebody_sits_there() {
    let desk = Desk::open().await;
    let help = "019aa5f0-7c00-7000-8000-000000000002".parse().unwrap();
    assert_eq!(desk.sync(1, vec![]).await.next_poll_s, 30);
    let stream = desk.agent.get("/accueil/flux").await;
    assert_eq!(desk.sync(1, vec![]).await.next_poll_s, 3);
    assert_eq!(desk.sync(1, vec![EventBody::HelpRequested { help }]).await.next_poll_s, 2);
    let page = desk.page("/accueil").await;
    assert!(page.contains("Borne 01</strong> : une personne demande de l’aide"), "{page}");
    let (status, path, after) = desk.send(&page, "/accueil/aide", &[]).await;
    assert_eq!((status, path.as_str()), (200, "/accueil"));
    assert!(!after.contains("demande de l’aide"), "{after}");
    assert!(desk.sync(2, vec![]).await.help[0].answered);
    drop(stream);
    desk.web.stop().await;
}

#[tokio::test]
async fn a_service_without_places_gives_none_here_either_and_agents_do_not_sit_here() {
    let desk = Desk::open().await;
    let page = desk.page("/accueil").await;
    let fill = |service, group, by| [("service", service), ("lang", "fr"), ("group", group), ("by", by)];
    let unknown = desk.send(&page, "/accueil/ticket", &fill("piscine", "1", "ecran")).await;
    assert!(unknown.0 == 409 && unknown.2.contains("n’est plus proposée"), "{}", unknown.2);
    let many = desk.send(&page, "/accueil/ticket", &fill("titres", "12", "ecran")).await;
    assert!(many.0 == 409 && many.2.contains("1 à 9 personnes"), "{}", many.2);
    let elsewhere = "019aa5f0-7c00-7000-8000-0000000000ff";
    let no_borne = desk.send(&page, "/accueil/ticket", &fill("titres", "1", elsewhere)).await;
    assert!(no_borne.0 == 409 && no_borne.2.contains("Cette borne n’est plus là."), "{}", no_borne.2);
    sign_up(&desk.site, "Omar", Role::Supervisor).await;
    let stop = sign_in(&desk.web, "Omar").await.post("/salle/tickets/arreter", &[]).await;
    assert!(stop.status().is_success());
    let full = desk.send(&page, "/accueil/ticket", &fill("titres", "1", "ecran")).await;
    assert!(full.0 == 409 && full.2.contains("ne donne plus de tickets aujourd’hui"), "{}", full.2);
    let issued = |event: &Event| matches!(event.body, EventBody::TicketIssued(_));
    assert!(!desk.log().await.iter().any(issued), "no ticket was given");

    sign_up(&desk.site, "Léa", Role::Agent).await;
    let agent = Agent::sign_in(&desk.web, "Léa").await;
    assert_eq!(agent.get("/accueil").await.status().as_u16(), 403);
    desk.web.stop().await;
}
