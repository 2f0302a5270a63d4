//! Notes on tickets: each once, for its own site, until their day ends.

use accueil_server::store::{Cut, Note};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use wire::ids::SiteId;

use super::{Opened, SITE, now, promises, ticket, uuid};

promises!(a_note_is_kept_once_and_in_order, a_note_is_gone_at_day_end);

fn note(n: u128, at: Timestamp) -> Note {
    let text = format!("Il manque l’« acte » n° {n}\u{202f}; '); DROP TABLE notes");
    Note { id: uuid(n), ticket: ticket(1), text, by: "Léa".into(), at }
}

async fn a_note_is_kept_once_and_in_order(on: Opened) {
    let (first, second) = (note(9, now()), note(2, now() + SignedDuration::from_secs(1)));
    for note in [&second, &first, &second] {
        on.store.put_note(SITE, note).await.unwrap();
    }
    let changed = Note { text: "autre".into(), ..first.clone() };
    on.store.put_note(SITE, &changed).await.unwrap();
    assert_eq!(on.store.notes_of(SITE, ticket(1)).await.unwrap(), [first, second]);
    assert_eq!(on.store.notes_of(SITE, ticket(2)).await.unwrap(), []);
    assert_eq!(on.store.notes_of(SiteId(uuid(14)), ticket(1)).await.unwrap(), [], "another site's ticket");
}

async fn a_note_is_gone_at_day_end(on: Opened) {
    on.store.put_note(SITE, &note(1, now())).await.unwrap();
    let paris = TimeZone::get("Europe/Paris").unwrap();
    let cut_over: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    on.store.forget(&Cut::at(cut_over - SignedDuration::from_secs(1), &paris)).await.unwrap();
    assert_eq!(on.store.notes_of(SITE, ticket(1)).await.unwrap().len(), 1);
    on.store.forget(&Cut::at(cut_over, &paris)).await.unwrap();
    assert_eq!(on.store.notes_of(SITE, ticket(1)).await.unwrap(), []);
}
