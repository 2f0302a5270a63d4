//! What bornes are asked to do.

use accueil_server::store::NewCommand;
use jiff::SignedDuration;
use wire::ids::{CommandId, OriginId};

use super::{Opened, now, promises, uuid};

promises!(a_command_is_told_until_it_is_answered_or_ends, what_was_answered_is_kept_no_longer,);

const OTHER: OriginId = OriginId(uuid::Uuid::from_u128(2));

fn command(n: u128, borne: OriginId, minutes: i64) -> NewCommand {
    let expires_at = now() + SignedDuration::from_mins(minutes);
    NewCommand { id: CommandId(uuid(n)), borne, body: format!("command {n}"), expires_at }
}

async fn a_command_is_told_until_it_is_answered_or_ends(on: Opened) {
    for (n, borne, minutes) in [(3, on.borne, 5), (1, on.borne, 5), (2, on.borne, 1), (4, OTHER, 5)] {
        on.store.add_command(&command(n, borne, minutes)).await.unwrap();
    }
    let open =
        async |borne, minutes| on.store.open_commands(borne, now() + SignedDuration::from_mins(minutes)).await.unwrap();
    assert_eq!(
        open(on.borne, 0).await,
        ["command 1", "command 2", "command 3"],
        "in the order in which they were made"
    );
    assert_eq!(open(on.borne, 1).await, ["command 1", "command 3"]);
    assert_eq!(open(on.borne, 5).await, [""; 0]);
    on.store.settle_commands(OTHER, &[CommandId(uuid(1))]).await.unwrap();
    assert_eq!(open(on.borne, 0).await.len(), 3, "a borne answers for itself only");
    on.store.settle_commands(on.borne, &[CommandId(uuid(1)), CommandId(uuid(3)), CommandId(uuid(9))]).await.unwrap();
    assert_eq!((open(on.borne, 0).await, open(OTHER, 0).await), (vec!["command 2".into()], vec!["command 4".into()]));
}

async fn what_was_answered_is_kept_no_longer(on: Opened) {
    let same = command(1, on.borne, 5);
    on.store.add_command(&same).await.unwrap();
    on.store.add_command(&NewCommand { body: "otherwise".into(), ..same.clone() }).await.unwrap();
    assert_eq!(on.store.open_commands(on.borne, now()).await.unwrap(), ["command 1"], "the same one changes nothing");
    assert!(!format!("{same:?}").contains("command 1"), "it may hold a secret");
    on.store.settle_commands(on.borne, &[same.id]).await.unwrap();
    assert!(on.store.open_commands(on.borne, now()).await.unwrap().is_empty());
}
