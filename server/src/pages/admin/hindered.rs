//! Why a draft cannot be published now, in an administrator's words.

use crate::publish::Hindrance;
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
        Hindrance::Waited { service, people } => {
            let people =
                if *people == 1 { "1 personne attend".to_owned() } else { format!("{people} personnes attendent") };
            format!(
                "{people} pour «\u{a0}{service}\u{a0}», que ce brouillon supprime. Recevez-les ou transférez-les avant de \
                 publier."
            )
        }
        Hindrance::Address(unreached) => address(unreached),
    }
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
