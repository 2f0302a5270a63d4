//! What happens in a hall, without a browser.

use accueil_server::desk::{Act, Done, Made, Seen, Wanted, Who};
use accueil_server::site::Site as Hall;
use http::StatusCode;
use queue_engine::State;
use serde_json::Value;
use uuid::Uuid;
use wire::ids::TicketId;

use super::{Borne, Site};

/// Any agent.
pub const AGENT: Who = Who::Staff { account: None, supervises: false };

/// A borne's first tickets, for these services.
pub async fn tickets(site: &Site, borne: &Borne, services: &[&str]) {
    let events: Vec<Value> = (1..).zip(services).map(|(seq, service)| borne.issued(site, seq, service)).collect();
    assert_eq!(borne.sync(site, 1, &events).await.status, StatusCode::OK);
}

/// Does something at a counter. Answers whom it was about; nobody where nobody waits.
pub async fn act(site: &Site, counter: &str, act: Act) -> Option<Seen> {
    let counter = site.catalogue().counter(&counter.parse().unwrap()).unwrap().clone();
    match site.hall().act(AGENT, Some(&counter), &Wanted { id: Uuid::new_v4(), act }).await.unwrap() {
        Done::Now(Made { ticket, .. }) => ticket.map(|ticket| seen(site, ticket)),
        Done::Nobody => None,
        other @ (Done::Before { .. } | Done::Refused(_)) => panic!("{other:?}"),
    }
}

/// A ticket as a page that is up to date shows it.
pub fn seen(site: &Site, ticket: TicketId) -> Seen {
    seen_in(&site.hall(), ticket)
}

/// The same at a server that a test opens by itself.
pub fn seen_in(hall: &Hall, ticket: TicketId) -> Seen {
    Seen { ticket, episode: hall.look(|hall| hall.ticket(&ticket).unwrap().episode()) }
}

pub fn state(site: &Site, ticket: TicketId) -> State {
    site.hall().look(|hall| hall.ticket(&ticket).unwrap().state(hall.day()))
}
