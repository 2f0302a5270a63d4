//! Why something was not done, in a sentence that says what to do next.

use queue_engine::policy::{NotUndone, TooSoon};
use queue_engine::{Hall, NotHere, NotPostponed, State};
use wire::ids::{AgentRef, TicketId};

use super::view::Scene;
use super::words::{at_counter, label, service};
use crate::desk::{Act, Refusal, Standing};
use crate::pages::{DAY_CLOSED, OTHER_ACT, OVERTAKEN};

/// What was asked for, as far as sentences differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Absence,
    Recall,
    Help,
    Undo,
    /// To pause, to close or to leave the counter.
    Leave,
    Other,
    /// The same, of a ticket that the agent named.
    Of(TicketId),
}

impl Asked {
    pub(super) const fn of(act: &Act) -> Self {
        match act {
            Act::NoShow(_) => Self::Absence,
            Act::Recall(_) => Self::Recall,
            Act::AnswerHelp(_) => Self::Help,
            Act::Undo(_) => Self::Undo,
            Act::Pause(_) | Act::Close => Self::Leave,
            Act::CallThis(seen) | Act::Resume(seen) | Act::CheckIn { seen, .. } | Act::Cancel(seen) => {
                Self::Of(seen.ticket)
            }
            Act::Call
            | Act::Start(_)
            | Act::Finish { .. }
            | Act::Park { .. }
            | Act::Transfer { .. }
            | Act::Redirect { .. }
            | Act::Postpone(_)
            | Act::Reinstate(_)
            | Act::Issue(_)
            | Act::Reprint(_)
            | Act::Open { .. } => Self::Other,
        }
    }
}

/// The colleague whom a sentence names.
pub(super) const fn named(refusal: &Refusal) -> Option<AgentRef> {
    match refusal {
        Refusal::Answered { by } => *by,
        Refusal::TooSoon(_)
        | Refusal::Moved(_)
        | Refusal::Busy { .. }
        | Refusal::Away
        | Refusal::NotHere(_)
        | Refusal::NotPostponed(_)
        | Refusal::NotUndone(_)
        | Refusal::Unknown(_)
        | Refusal::OtherAct
        | Refusal::DayClosed
        | Refusal::Overtaken
        | Refusal::NotYours => None,
    }
}

const CHANGED: &str = "Ce numéro a changé d’état. Voici la situation à jour.";

/// The sentence.
pub(super) fn of(scene: Scene<'_>, hall: &Hall, asked: Asked, refusal: &Refusal, agent: Option<&str>) -> String {
    let ticket = match asked {
        Asked::Of(ticket) => hall.ticket(&ticket).map(label),
        Asked::Absence | Asked::Recall | Asked::Help | Asked::Undo | Asked::Leave | Asked::Other => None,
    };
    match refusal {
        Refusal::TooSoon(wait) => too_soon(asked, *wait),
        Refusal::Moved(standing) => moved(scene, ticket, standing),
        Refusal::Busy { ticket } => {
            let name = ticket.as_ref().and_then(|id| hall.ticket(id)).map(label);
            let name = name.map_or_else(|| "Une personne".to_owned(), |name| format!("Le numéro {name}"));
            match asked {
                Asked::Leave => format!("{name} est encore à votre guichet. Terminez d’abord avec cette personne."),
                Asked::Undo => format!("{name} est à votre guichet. Terminez d’abord avec cette personne."),
                Asked::Absence | Asked::Recall | Asked::Help | Asked::Other | Asked::Of(_) => {
                    format!("{name} est déjà à ce guichet. Terminez d’abord avec cette personne.")
                }
            }
        }
        Refusal::Away | Refusal::NotHere(NotHere::Away) => {
            "Ce guichet est en pause ou fermé. Ouvrez-le d’abord.".into()
        }
        Refusal::NotHere(why) => not_here(scene, ticket, why),
        Refusal::NotPostponed(why) => match why {
            NotPostponed::NotWaiting => CHANGED.into(),
            NotPostponed::Appointment => "Un rendez-vous garde son heure.".into(),
            NotPostponed::TooOften(n) => format!("Cette personne a déjà laissé passer les autres {n}\u{a0}fois."),
            NotPostponed::NobodyBehind => "Personne n’attend derrière ce numéro.".into(),
        },
        Refusal::NotUndone(why) => match why {
            NotUndone::Nothing => "Il n’y a plus rien à annuler.".into(),
            NotUndone::TooLate(s) => format!("Trop tard pour annuler\u{a0}: les {s}\u{a0}secondes sont passées."),
            NotUndone::CounterBusy(counter) => {
                format!("Une autre personne est déjà {}. Terminez d’abord avec elle.", at_counter(scene.plan, counter))
            }
        },
        Refusal::Answered { .. } => {
            agent.map_or_else(|| "Quelqu’un y va déjà.".to_owned(), |name| format!("{name} y va déjà."))
        }
        Refusal::Unknown(_) if asked == Asked::Help => "Quelqu’un y va déjà, ou la demande est annulée.".into(),
        Refusal::Unknown(_) => {
            "Ce numéro, cette démarche ou ce guichet n’existe plus. Voici la situation à jour.".into()
        }
        Refusal::OtherAct => OTHER_ACT.into(),
        Refusal::DayClosed => DAY_CLOSED.into(),
        Refusal::Overtaken => OVERTAKEN.into(),
        Refusal::NotYours => "Un autre guichet l’a fait\u{a0}: lui seul peut l’annuler.".into(),
    }
}

fn too_soon(asked: Asked, wait: TooSoon) -> String {
    match wait {
        TooSoon::Calls(1) => "Rappelez ce numéro encore une fois avant de noter l’absence.".into(),
        TooSoon::Calls(n) => format!("Rappelez ce numéro encore {n}\u{a0}fois avant de noter l’absence."),
        TooSoon::Seconds(s) if asked == Asked::Absence => {
            format!("Attendez encore {s}\u{a0}s avant de noter l’absence.")
        }
        TooSoon::Seconds(s) => format!("Attendez encore {s}\u{a0}s avant de rappeler ce numéro."),
    }
}

/// Somebody was faster, at another counter or in another tab of this one.
fn moved(scene: Scene<'_>, ticket: Option<String>, standing: &Standing) -> String {
    let other = standing.counter.as_ref().filter(|counter| **counter != scene.counter.id);
    let (Some(name), place) = (ticket, other.map(|counter| at_counter(scene.plan, counter))) else {
        return CHANGED.into();
    };
    match (standing.state, place) {
        (State::Called, Some(place)) => format!("{name} vient d’être appelé {place}."),
        (State::Serving, Some(place)) => format!("{name} est reçu {place}."),
        (State::Called | State::Serving, None) => format!("{name} est déjà à votre guichet."),
        (State::Parked, Some(place)) => format!("{name} est mis en attente {place}."),
        (State::Parked, None) => format!("{name} est mis en attente ici\u{a0}: utilisez «\u{a0}Reprendre\u{a0}»."),
        (State::Finished, _) => format!("{name} est déjà terminé."),
        (State::NoShow, _) => format!("{name} est noté absent."),
        (State::Cancelled, _) => format!("{name} a été annulé."),
        (State::Expired, _) => format!("{name} est d’un autre jour."),
        (State::Waiting | State::Unissued, _) => CHANGED.into(),
    }
}

fn not_here(scene: Scene<'_>, ticket: Option<String>, why: &NotHere) -> String {
    let name = ticket.unwrap_or_else(|| "Ce numéro".to_owned());
    match why {
        NotHere::Away => "Ce guichet est en pause ou fermé. Ouvrez-le d’abord.".into(),
        NotHere::NotWaiting => format!("{name} n’attend plus."),
        NotHere::Service(id) => {
            let service = service(scene.plan, id);
            format!(
                "{name} attend pour «\u{a0}{service}\u{a0}», que ce guichet ne reçoit pas. Transférez-le, ou demandez à un collègue."
            )
        }
        NotHere::OtherCounter(counter) => {
            format!("{name} est réservé\u{a0}: il doit être appelé {}.", at_counter(scene.plan, counter))
        }
        NotHere::Need(need) => format!("{name} demande un guichet équipé ({need}). Celui-ci ne l’est pas."),
    }
}
