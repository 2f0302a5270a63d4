//! Why a draft cannot be published now, in an administrator's words.

use crate::pages::french::{count, need};
use crate::publish::Hindrance;
use crate::received::{Left, Wanting};
use crate::tls::Unreached;

/// A sentence about what has to be done first.
pub(super) fn sentence(hindrance: &Hindrance) -> String {
    match hindrance {
        Hindrance::Seated { counter, agent } => format!(
            "{agent} est à «\u{a0}{counter}\u{a0}», que ce brouillon supprime. Cette personne quitte d’abord ce guichet."
        ),
        Hindrance::Held { counter, label } => format!(
            "Le ticket {label} est encore à «\u{a0}{counter}\u{a0}», que ce brouillon supprime. Terminez d’abord avec cette \
             personne."
        ),
        Hindrance::Parked { counter, people } => {
            let them = if *people == 1 { "Reprenez-la ou remettez-la" } else { "Reprenez-les ou remettez-les" };
            let people = count(*people, "personne est mise en attente", "personnes sont mises en attente");
            format!(
                "{people} à «\u{a0}{counter}\u{a0}», que ce brouillon supprime. {them} dans la file avant de publier (page \
                 «\u{a0}Salle\u{a0}»)."
            )
        }
        Hindrance::Left(left) => left_to_nobody(left),
        Hindrance::Address(unreached) => address(unreached),
    }
}

/// Who would wait for nobody.
pub(in crate::pages) fn left_to_nobody(Left { service, people, wanting }: &Left) -> String {
    let waits = count(*people, "personne attend", "personnes attendent");
    let why = match wanting {
        Wanting::Counter => "plus aucun guichet ne recevrait cette démarche".to_owned(),
        Wanting::Need(needs) => {
            let needs: Vec<String> = needs.iter().map(need).collect();
            format!("plus aucun guichet de cette démarche n’aurait ce qu’il faut ({})", needs.join(", "))
        }
        Wanting::Agent => "plus aucun agent ne saurait recevoir cette démarche".to_owned(),
    };
    let them = if *people == 1 { "Recevez-la ou transférez-la" } else { "Recevez-les ou transférez-les" };
    format!("{waits} pour «\u{a0}{service}\u{a0}»\u{a0}: {why}. {them} avant de publier.")
}

/// What is wrong with an address at this server.
pub(in crate::pages) fn address(unreached: &Unreached) -> String {
    match unreached {
        Unreached::Plain => {
            "L’adresse du serveur commence par https:// ici\u{a0}: ce serveur ne répond qu’en connexion sécurisée."
                .to_owned()
        }
        Unreached::Name(host) => format!(
            "Le certificat de ce serveur ne vaut pas pour «\u{a0}{host}\u{a0}». Gardez une adresse qu’il connaît, ou demandez \
             au responsable du serveur de l’ajouter (tls.names, tls.authority)."
        ),
    }
}
