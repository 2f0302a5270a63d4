//! What technicians read of bornes, in French.

use wire::event::Condition;
use wire::report::{DeviceKind, PaperLevel};

use super::judge::{Fault, Presence};
use crate::store::AlarmKind;

/// What is wrong, in a few words.
pub(crate) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::Cloned => "Mise à l’écart\u{a0}: carte copiée".to_owned(),
        Fault::Gap => alarm(AlarmKind::Gap).to_owned(),
        Fault::Silent { minutes, .. } => format!("Hors ligne depuis {}", duration(*minutes)),
        Fault::PaperLow => "Papier bientôt fini".to_owned(),
        Fault::PaperOut => "Plus de papier".to_owned(),
        Fault::Printer(condition) => format!("Imprimante\u{a0}: {}", printer(*condition).to_lowercase()),
        Fault::Devices(kinds) => {
            let names: Vec<&str> = kinds.iter().map(|kind| device(*kind)).collect();
            format!("Ne répond pas\u{a0}: {}", names.join(", ").to_lowercase())
        }
        Fault::Sound => "Son coupé".to_owned(),
        Fault::Store => "Ne donne plus de tickets".to_owned(),
        Fault::Unsent { count, minutes } => {
            let events = if *count < 2 { "événement attend" } else { "événements attendent" };
            format!("{count}\u{a0}{events} depuis {}", duration(*minutes))
        }
        Fault::ClockUncertain => "Heure douteuse".to_owned(),
        Fault::Disk { free_percent } => format!("Disque presque plein ({free_percent}\u{a0}% libres)"),
        Fault::Catalogue { has, wanted } => format!("Catalogue {has} au lieu de {wanted}"),
        Fault::Version { has, wanted } => format!("Version {has} au lieu de {wanted}"),
        Fault::Update { version } => format!("Version {version} essayée et reprise"),
    }
}

/// « 14 min », « 1 h 05 », « 3 jours »
fn duration(minutes: i64) -> String {
    match minutes.max(0) {
        n @ 0..60 => format!("{n}\u{a0}min"),
        n @ 60..2_880 => format!("{}\u{a0}h\u{a0}{:02}", n / 60, n % 60),
        n => format!("{}\u{a0}jours", n / 1_440),
    }
}

/// What an alarm is called.
pub(crate) const fn alarm(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Cloned => "Carte copiée",
        AlarmKind::Unreadable => "Message illisible",
        AlarmKind::Revoked => "Borne retirée qui appelle encore",
        AlarmKind::Signature => "Signature fausse",
        AlarmKind::Clock => "Heure trop fausse",
        AlarmKind::TooLarge => "Envoi trop grand",
        AlarmKind::Gap => "Événements perdus",
        AlarmKind::Speech => "Les écrans d’appel ne parlent pas",
        AlarmKind::Silent => "Hors ligne",
        AlarmKind::PaperLow => "Papier bientôt fini",
        AlarmKind::PaperOut => "Plus de papier",
        AlarmKind::Printer => "Imprimante en panne",
        AlarmKind::Device => "Appareil qui ne répond pas",
        AlarmKind::Sound => "Son coupé",
        AlarmKind::Store => "Borne qui ne donne plus de tickets",
        AlarmKind::Unsent => "Événements en attente",
        AlarmKind::ClockUncertain => "Heure douteuse",
        AlarmKind::Disk => "Disque presque plein",
        AlarmKind::Catalogue => "Catalogue non appliqué",
        AlarmKind::Version => "Autre version",
        AlarmKind::Update => "Mise à jour reprise",
    }
}

/// What it means for whoever stands in front of it, and for the site.
pub(crate) const fn meaning(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Cloned => "Deux appareils écrivent sous le même nom. Le serveur n’en croit plus aucun.",
        AlarmKind::Unreadable => "Le serveur garde ce que la borne a écrit, mais ne le comprend pas.",
        AlarmKind::Revoked => "Le serveur refuse tout ce qu’elle envoie.",
        AlarmKind::Signature => "Une demande faite en son nom n’a pas été signée par elle. Le serveur l’a refusée.",
        AlarmKind::Clock => "Son heure est trop fausse pour que le serveur lui réponde.",
        AlarmKind::TooLarge => "Le serveur a refusé un envoi fait en son nom.",
        AlarmKind::Gap => "Des tickets donnés par cette borne manquent au serveur.",
        AlarmKind::Speech => "Les écrans d’appel sonnent, sans dire les numéros.",
        AlarmKind::Silent => {
            "Le serveur n’a plus de ses nouvelles. Allumée, elle donne encore des tickets\u{a0}: les guichets les verront à \
             son retour."
        }
        AlarmKind::PaperLow => "Elle imprime encore. Sans nouveau rouleau, elle n’imprimera bientôt plus.",
        AlarmKind::PaperOut => "Elle n’imprime plus, et donne encore des numéros.",
        AlarmKind::Printer => "Elle n’imprime pas\u{a0}: les visiteurs lisent leur numéro à l’écran.",
        AlarmKind::Device => "Ce que cet appareil permet ne se fait plus à cette borne. Le reste marche.",
        AlarmKind::Sound => "Qui ne lit pas l’écran n’entend plus rien\u{a0}: l’accès n’est plus le même pour tous.",
        AlarmKind::Store => {
            "Son disque n’écrit plus. Elle envoie les visiteurs au guichet d’accueil, et essaie de nouveau à chaque minute."
        }
        AlarmKind::Unsent => "Les guichets ne voient pas les derniers tickets de cette borne.",
        AlarmKind::ClockUncertain => "Rien ne confirme son heure. Les tickets et les horaires peuvent être faux.",
        AlarmKind::Disk => "Plein, son disque ne garderait plus de tickets.",
        AlarmKind::Catalogue => "Elle montre d’anciens services, horaires ou textes.",
        AlarmKind::Version => "Elle n’a pas la version qui est demandée.",
        AlarmKind::Update => {
            "Cette version n’a pas marché ici. Celle d’avant est revenue, et la borne sert comme avant."
        }
    }
}

/// What a technician can do about it.
pub(crate) const fn remedy(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Cloned => "Retirez cette borne, enrôlez-la de nouveau, et cherchez la copie de sa carte.",
        AlarmKind::Unreadable => "Mettez le serveur à jour\u{a0}: la borne est plus récente.",
        AlarmKind::Revoked => "Éteignez-la ou enrôlez-la de nouveau. Si elle a été volée, elle n’a plus accès à rien.",
        AlarmKind::Signature => {
            "Vérifiez que le serveur mandataire transmet tout sans rien changer. Sinon, retirez la borne et enrôlez-la de \
             nouveau, ou quelqu’un se sert de son nom."
        }
        AlarmKind::Clock | AlarmKind::ClockUncertain => {
            "Donnez-lui accès à un serveur de temps, ou à ce serveur en HTTP simple (/v1/time). Changez la pile de son \
             horloge."
        }
        AlarmKind::TooLarge => "Mettez la borne à jour. Sinon, quelqu’un se sert de son nom.",
        AlarmKind::Gap => {
            "La copie restaurée est plus ancienne que ce que la borne garde. Restaurez une copie plus récente, ou retirez la \
             borne et enrôlez-la de nouveau."
        }
        AlarmKind::Speech => "Les écrans sonnent et montrent les numéros\u{a0}: installez la voix sur le serveur.",
        AlarmKind::Silent => {
            "Vérifiez qu’elle est allumée et reliée au réseau. Sur place, «\u{a0}borne doctor\u{a0}» dit ce qu’elle atteint."
        }
        AlarmKind::PaperLow => "Changez bientôt le rouleau.",
        AlarmKind::PaperOut => "Mettez un rouleau. D’ici là, chacun lit son numéro à l’écran.",
        AlarmKind::Printer => "Regardez l’imprimante. «\u{a0}borne doctor\u{a0}» dit ce qui manque.",
        AlarmKind::Device => "Vérifiez le câble de l’appareil. «\u{a0}borne doctor\u{a0}» dit ce qui manque.",
        AlarmKind::Sound => "Vérifiez le haut-parleur. «\u{a0}borne doctor\u{a0}» dit pourquoi rien ne s’entend.",
        AlarmKind::Store => {
            "Libérez de la place, ou changez le disque. «\u{a0}borne doctor\u{a0}» dit ce qui manque. Elle reprend toute seule."
        }
        AlarmKind::Unsent => "«\u{a0}borne status\u{a0}» dit pourquoi le serveur ne les prend pas.",
        AlarmKind::Disk => "Libérez de la place, ou changez le disque.",
        AlarmKind::Catalogue => {
            "Son journal dit pourquoi elle refuse la publication. Elle attend aussi tant que quelqu’un est devant."
        }
        AlarmKind::Version => "Mettez-la à jour.",
        AlarmKind::Update => {
            "N’avancez pas cette version. «\u{a0}journalctl -u borne-update\u{a0}» dit ce qui n’allait pas. Une version plus récente \
             qui marche y met fin, ou demander exactement celle qu’elle a."
        }
    }
}

/// Whether it is heard of.
pub(crate) const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "En ligne",
        Presence::Quiet => "À surveiller",
        Presence::Offline => "Hors ligne",
    }
}

pub(crate) const fn paper(paper: PaperLevel) -> &'static str {
    match paper {
        PaperLevel::Enough => "Suffisant",
        PaperLevel::Low => "Bientôt fini",
        PaperLevel::Out => "Vide",
        PaperLevel::Unknown => "Inconnu",
    }
}

/// How the printer is, beside its paper.
pub(crate) const fn printer(condition: Condition) -> &'static str {
    match condition {
        Condition::Works | Condition::PaperLow => "Prête",
        Condition::PaperOut => "Sans papier",
        Condition::CoverOpen => "Capot ouvert",
        Condition::CutterJammed => "Massicot bloqué",
        Condition::Offline => "En défaut",
        Condition::Gone => "Débranchée",
        Condition::Other => "État inconnu",
    }
}

pub(crate) const fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Printer => "Imprimante",
        DeviceKind::Scanner => "Douchette",
        DeviceKind::CardReader => "Lecteur de cartes",
        DeviceKind::Sound => "Son",
        DeviceKind::Presence => "Détecteur de présence",
        DeviceKind::CallButton => "Bouton d’appel",
        DeviceKind::Ring => "Anneau lumineux",
        DeviceKind::Buzzer => "Vibreur sonore",
        DeviceKind::Backlight => "Éclairage de l’écran",
        DeviceKind::Board => "Carte d’entrées et de sorties",
        DeviceKind::Other => "Autre appareil",
    }
}

/// What a device is called for programs.
pub(crate) const fn device_name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Printer => "printer",
        DeviceKind::Scanner => "scanner",
        DeviceKind::CardReader => "card_reader",
        DeviceKind::Sound => "sound",
        DeviceKind::Presence => "presence",
        DeviceKind::CallButton => "call_button",
        DeviceKind::Ring => "ring",
        DeviceKind::Buzzer => "buzzer",
        DeviceKind::Backlight => "backlight",
        DeviceKind::Board => "board",
        DeviceKind::Other => "other",
    }
}

pub(crate) const fn condition(kind: DeviceKind, condition: Condition) -> &'static str {
    match (kind, condition) {
        (DeviceKind::Printer, condition) => printer(condition),
        (_, Condition::Works) => "Fonctionne",
        (_, Condition::Gone) => "Absent",
        (
            _,
            Condition::Offline
            | Condition::PaperLow
            | Condition::PaperOut
            | Condition::CoverOpen
            | Condition::CutterJammed
            | Condition::Other,
        ) => "Ne répond pas",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_a_few_words() {
        let said = |given: Fault| fault(&given);
        let silent = |minutes| said(Fault::Silent { minutes, begins: true });
        assert_eq!(silent(12), "Hors ligne depuis 12\u{a0}min");
        assert_eq!(
            (silent(125), silent(4_320)),
            ("Hors ligne depuis 2\u{a0}h\u{a0}05".into(), "Hors ligne depuis 3\u{a0}jours".into())
        );
        let lost = said(Fault::Devices(vec![DeviceKind::Scanner, DeviceKind::CardReader]));
        assert_eq!(lost, "Ne répond pas\u{a0}: douchette, lecteur de cartes");
        assert_eq!(said(Fault::Unsent { count: 1, minutes: 20 }), "1\u{a0}événement attend depuis 20\u{a0}min");
        assert_eq!(said(Fault::Printer(Condition::CoverOpen)), "Imprimante\u{a0}: capot ouvert");
    }
}
