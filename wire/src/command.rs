//! What a server asks of a borne, in the answers to its synchronisation.
//!
//! In a town hall's own network an answer may come over plain HTTP, so the answer proves nothing: each command is
//! signed with the key that the borne pinned at enrolment, names the borne it is for, and ends at an instant. Whether
//! that has passed is not the answer's alone to say, whose time nobody signed: a borne goes by the later of that time
//! and of what it knows to have passed. A borne that took one writes
//! [`CommandAnswered`](crate::event::EventBody::CommandAnswered) in its log, once, before it does anything: a command
//! that comes again is known by its identity, and the server leaves it out once it has read the event. A borne of an
//! earlier version leaves commands alone, and they end. What became of a command that no event tells of is sent as its
//! [outcome](crate::outcome).

use std::fmt;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::enrolment::PublicKey;
use crate::ids::{CommandId, Language, OriginId, ServiceId, TicketId};
use crate::label::Label;
use crate::sealed::ServerSignature;
use crate::token::{Hash32, TicketToken};

/// What a borne is to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Command {
    /// Identity: a repetition is the same command.
    pub id: CommandId,
    /// From then on it is not carried out any more.
    pub expires_at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a borne is to do. A kind that this version does not know decodes as [`What::Unknown`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Print a ticket that the reception desk gave, or one more paper of a ticket.
    Print(PrintTicket),
    /// End the program once nobody is there and what was begun has ended: whoever watches over it starts it anew.
    Restart,
    /// Print a slip that is no ticket.
    TestPrint,
    /// Send what the screen shows, unless somebody is there.
    Picture,
    /// Send the program's last lines, without anything of visitors.
    Logs,
    /// A kind of a later version.
    #[serde(other)]
    Unknown,
}

/// A ticket's paper, as far as the catalogue does not say it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PrintTicket {
    /// Which ticket.
    pub ticket: TicketId,
    /// The number.
    pub label: Label,
    /// What for.
    pub service: ServiceId,
    /// The language of the visit.
    pub lang: Language,
    /// When it was issued. A duplicate keeps it.
    pub issued_at: Timestamp,
    /// The secret of the link that this paper bears: printed, never logged, never kept.
    #[serde(with = "in_address")]
    pub token: TicketToken,
    /// Whether the paper says DUPLICATA.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// How many people come together, 1 to 9.
    #[serde(default = "alone", skip_serializing_if = "is_alone")]
    pub group: u8,
    /// The visitor says that they have priority.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub priority: bool,
}

const fn alone() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_alone(group: &u8) -> bool {
    *group == 1
}

mod in_address {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::token::TicketToken;

    pub(super) fn serialize<S: Serializer>(token: &TicketToken, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&token.in_address())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<TicketToken, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A command as it travels. It may hold a secret, so its `Debug` says nothing; and it may be of a later version, so its
/// form is looked at only when it is opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedCommand(serde_json::Value);

/// What a signed command of this version is.
#[derive(Deserialize)]
struct Envelope {
    /// The command as JSON, byte for byte as it was signed.
    command: String,
    /// Over [`signed_text`].
    signature: ServerSignature,
}

impl fmt::Debug for SignedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedCommand(…)")
    }
}

/// The text that is signed: a name that no other signature of this key begins with, the borne, and the hash of the
/// command's bytes; each on a line of its own.
#[must_use]
pub fn signed_text(borne: &OriginId, command: &str) -> String {
    format!("accueil-command-v1\n{borne}\n{}\n", Hash32::of(command.as_bytes()))
}

/// A command that is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A form or a kind of a later version: it is left alone.
    #[error("a command of a later version: update this borne")]
    Later,
    /// It was not signed with the pinned key, or for another borne.
    #[error("a command that the server which enrolled this borne did not sign for it: look who answers in its place")]
    Signature,
    /// It is over.
    #[error("command {0} has ended")]
    Expired(CommandId),
}

impl SignedCommand {
    /// Signs a command for a borne.
    ///
    /// # Panics
    /// Never: a command holds nothing that JSON cannot write.
    #[must_use]
    pub fn seal(command: &Command, borne: &OriginId, key: &SigningKey) -> Self {
        let text = serde_json::to_string(command);
        let text = text.unwrap_or_else(|never| unreachable!("commands are plain data: {never}"));
        let signature = ServerSignature::of(&signed_text(borne, &text), key);
        Self(serde_json::json!({ "command": text, "signature": signature.to_string() }))
    }

    /// The command, if the pinned server signed it for this borne and it has not ended.
    pub fn open(&self, borne: &OriginId, pinned: &PublicKey, now: Timestamp) -> Result<Command, CommandError> {
        let Envelope { command, signature } = Envelope::deserialize(&self.0).map_err(|_| CommandError::Later)?;
        if !signature.holds(&signed_text(borne, &command), pinned) {
            return Err(CommandError::Signature);
        }
        let command: Command = serde_json::from_str(&command).map_err(|_| CommandError::Later)?;
        if command.what == What::Unknown {
            return Err(CommandError::Later);
        }
        if command.expires_at <= now {
            return Err(CommandError::Expired(command.id));
        }
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn pinned(byte: u8) -> PublicKey {
        PublicKey(server(byte).verifying_key().to_bytes())
    }

    fn borne() -> OriginId {
        "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap()
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn print(duplicate: bool) -> Command {
        let group = if duplicate { 3 } else { 1 };
        Command {
            id: "019aa5f0-7c00-7000-8000-000000000005".parse().unwrap(),
            expires_at: at("2026-11-21T09:47:00Z"),
            what: What::Print(PrintTicket {
                ticket: "019aa5f0-7c00-7000-8000-000000000001".parse().unwrap(),
                label: "B7 42".parse().unwrap(),
                service: "etat-civil".parse().unwrap(),
                lang: Language::Ar,
                issued_at: at("2026-11-21T09:42:00Z"),
                token: TicketToken::from_random(*b"0123456789abcdef"),
                duplicate,
                group,
                priority: duplicate,
            }),
        }
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let line = |command: &Command| {
            let sealed = SignedCommand::seal(command, &borne(), &server(7));
            serde_json::to_string(command).unwrap() + "\n" + &serde_json::to_string(&sealed).unwrap() + "\n"
        };
        let text = line(&print(false)) + &line(&print(true)) + &signed_text(&borne(), "{}");
        assert_eq!(text, include_str!("../golden/command-v1.txt"));
        let actions = [What::Restart, What::TestPrint, What::Picture, What::Logs];
        let text: String = actions.into_iter().map(|what| line(&Command { what, ..print(false) })).collect();
        assert_eq!(text, include_str!("../golden/command-v1-actions.txt"));
        for sealed in text.lines().skip(1).step_by(2) {
            let sealed: SignedCommand = serde_json::from_str(sealed).unwrap();
            assert!(sealed.open(&borne(), &pinned(7), at("2026-11-21T09:42:00Z")).is_ok(), "{sealed:?}");
        }
    }

    #[test]
    fn a_command_is_carried_out_by_the_borne_it_is_for_until_it_ends() {
        let sent = serde_json::to_string(&SignedCommand::seal(&print(true), &borne(), &server(7))).unwrap();
        let read: SignedCommand = serde_json::from_str(&sent).unwrap();
        let now = at("2026-11-21T09:46:59Z");
        assert_eq!(read.open(&borne(), &pinned(7), now), Ok(print(true)));
        let over = Err(CommandError::Expired(print(true).id));
        assert_eq!(read.open(&borne(), &pinned(7), print(true).expires_at), over);
        assert_eq!(read.open(&borne(), &pinned(8), now), Err(CommandError::Signature), "another server");
        let other: OriginId = "019aa5f0-7c00-7000-8000-0000000000ab".parse().unwrap();
        assert_eq!(read.open(&other, &pinned(7), now), Err(CommandError::Signature), "another borne's");
        let changed: SignedCommand = serde_json::from_str(&sent.replace("B7 42", "B7 43")).unwrap();
        assert_eq!(changed.open(&borne(), &pinned(7), now), Err(CommandError::Signature));
    }

    #[test]
    fn commands_of_a_later_version_are_left_alone() {
        let now = at("2026-11-21T09:42:00Z");
        let open = |command: &SignedCommand| command.open(&borne(), &pinned(7), now);
        for text in ["7", r#"{"sealed":"otherwise"}"#, r#"{"command":7,"signature":""}"#] {
            assert_eq!(open(&serde_json::from_str(text).unwrap()), Err(CommandError::Later), "{text}");
        }
        let signed = |command: &str| {
            let signature = ServerSignature::of(&signed_text(&borne(), command), &server(7));
            SignedCommand(serde_json::json!({ "command": command, "signature": signature.to_string() }))
        };
        let id = print(false).id;
        let later = format!(r#"{{"id":"{id}","expires_at":"2026-11-21T09:47:00Z","what":"dance","to":"music"}}"#);
        assert_eq!(open(&signed(&later)), Err(CommandError::Later));
        assert_eq!(open(&signed("{}")), Err(CommandError::Later));
    }

    #[test]
    fn no_secret_of_a_command_is_told_in_a_log() {
        let secret = TicketToken::from_random(*b"0123456789abcdef").in_address();
        let sealed = SignedCommand::seal(&print(false), &borne(), &server(7));
        assert!(serde_json::to_string(&sealed).unwrap().contains(&secret));
        assert!(!format!("{sealed:?} {:?}", print(false)).contains(&secret));
    }
}
