//! A ticket is found by its links.

use proptest::prelude::*;
use wire::event::EventBody;

use super::*;

fn link(n: u32) -> Hash32 {
    Hash32::of(&n.to_be_bytes())
}

fn with_link(n: u32) -> EventBody {
    EventBody::TicketIssued(TicketIssued { token: link(n), ..taken(n, "x") })
}

fn found(hall: &Hall, n: u32) -> Option<u32> {
    hall.by_link(&link(n)).map(|ticket| number(ticket.id))
}

#[test]
fn a_link_leads_to_its_ticket_whatever_became_of_it_until_its_day_is_over() {
    let mut desk = Desk::new();
    (0..3).for_each(|n| desk.write(0, with_link(n)));
    desk.write(10, called(1, 1, "1", 1));
    desk.write(20, called(2, 1, "2", 2));
    desk.write(20, finished(2, 1));
    assert_eq!((0..4).map(|n| found(&desk.hall, n)).collect::<Vec<_>>(), [Some(0), Some(1), Some(2), None]);
    assert_eq!(desk.hall.by_link(&Hash32([0; 32])), None);
    desk.hall.roll("2026-11-22".parse().unwrap());
    assert!((0..3).all(|n| found(&desk.hall, n).is_none()), "the link of one who is still called ended too");
    desk.hall.forget(at(3_600));
    assert_eq!(
        desk.hall,
        {
            let mut empty = hall(&[]);
            empty.roll("2026-11-22".parse().unwrap());
            empty
        },
        "nothing is left of tickets that are forgotten"
    );
}

#[test]
fn a_duplicate_has_a_link_of_its_own_and_the_one_before_holds() {
    let mut desk = Desk::new();
    // The paper may be known before the ticket.
    desk.write(5, EventBody::Reprinted { ticket: ticket(1), token: Some(link(7)) });
    assert_eq!(found(&desk.hall, 7), None, "nothing is known of the ticket yet");
    desk.write(6, with_link(1));
    desk.write(7, EventBody::Reprinted { ticket: ticket(1), token: None });
    let to = |n| desk.hall.by_link(&link(n)).map(|ticket| number(ticket.id));
    assert_eq!((to(1), to(7), to(8)), (Some(1), Some(1), None));
}

proptest! {
    /// Two logs that claim one ticket: both papers lead to it, in whatever order the claims come.
    #[test]
    fn the_links_of_all_claims_hold(order in Just([1u8, 2, 3]).prop_shuffle()) {
        let claim = |from: u8| {
            let token = link(u32::from(from));
            received(from, 1, 0, EventBody::TicketIssued(TicketIssued { token, ..taken(0, "x") }))
        };
        let hall = hall(&order.map(claim));
        prop_assert!((1..4).all(|n| found(&hall, n) == Some(0)));
    }
}
