//! What keeps a draft from being published, in an administrator's words, with the page where it is mended.

use wire::catalogue::{Catalogue, Fault, MEDIA_S_MAX, PUBLIC_URL_MAX, Part, Text};
use wire::ids::{Language, ServiceId};

use super::form::french_name;
use super::words::short_date;
use crate::sizes;

/// A sentence, and where to mend it.
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) link: String,
}

/// Every fault of a catalogue, and every screen that its layout does not fit.
pub(super) fn sentences(catalogue: &Catalogue) -> Vec<Sentence> {
    let screens = sizes::unfit(catalogue).into_iter().map(|(id, unfit)| {
        let part = Part::Display(id);
        Sentence { text: format!("{}\u{a0}: {unfit}", name(catalogue, &part)), link: link(&part) }
    });
    catalogue.faults().iter().map(|fault| sentence(catalogue, fault)).chain(screens).collect()
}

fn sentence(catalogue: &Catalogue, fault: &Fault) -> Sentence {
    let of = |part: &Part| (name(catalogue, part), link(part));
    let service = |id: &ServiceId| of(&Part::Service(id.clone()));
    let (text, link) = match fault {
        Fault::TimeZone(zone) => {
            (format!("Le fuseau horaire «\u{a0}{zone}\u{a0}» n’existe pas."), "/admin/site".into())
        }
        Fault::PublicUrl(url) => (
            format!(
                "L’adresse du serveur «\u{a0}{url}\u{a0}» doit être de la forme https://accueil.exemple.fr, sans chemin."
            ),
            "/admin/site".into(),
        ),
        Fault::LongPublicUrl(url) => (
            format!(
                "L’adresse du serveur «\u{a0}{url}\u{a0}» ne tient pas dans le QR code du ticket\u{a0}: {PUBLIC_URL_MAX} caractères au \
                     plus, des lettres, des chiffres, - . : /"
            ),
            "/admin/site".into(),
        ),
        Fault::NoWait(part) => {
            let (name, link) = of(part);
            (
                format!(
                    "{name}\u{a0}: un engagement de 0 minute promet que personne n’attend. Laissez le nombre vide."
                ),
                link,
            )
        }
        Fault::Address => ("L’adresse postale est vide ou trop longue.".into(), "/admin/site".into()),
        Fault::NearItself => ("Le site ne peut pas être proche de lui-même.".into(), "/admin/site".into()),
        Fault::Twice { key, value } => {
            let page = key.split('.').next().map_or("/admin/brouillon", |part| match part {
                "service" => "/admin/services",
                "family" => "/admin/familles",
                "counter" => "/admin/guichets",
                "display" => "/admin/affichages",
                _ => "/admin/site",
            });
            (format!("«\u{a0}{value}\u{a0}» est là deux fois ({key})."), page.into())
        }
        Fault::Long { part, text, lang, length } => {
            let (name, link) = of(part);
            (long(&name, *text, *lang, *length), link)
        }
        Fault::EmptyFamily(id) => {
            let (name, link) = of(&Part::Family(id.clone()));
            (format!("{name}\u{a0}: aucune démarche n’en fait partie. Rangez-y une démarche, ou supprimez-la."), link)
        }
        Fault::UnknownFamily(id, _) => {
            let (name, link) = service(id);
            (format!("{name}\u{a0}: sa famille n’existe plus. Choisissez-en une autre."), link)
        }
        Fault::NoFamily(id) => {
            let (name, link) = service(id);
            (format!("{name}\u{a0}: choisissez sa famille, puisque le site en a."), link)
        }
        Fault::NoQuota(id) => {
            let (name, link) = service(id);
            (
                format!(
                    "{name}\u{a0}: 0 ticket par jour n’en donne jamais. Laissez le nombre vide, ou supprimez la démarche."
                ),
                link,
            )
        }
        Fault::Torn { part, exception, late, early, weekday: _ } => {
            let (whose, link) = match (part, exception) {
                (Part::Site, Some(from)) => (format!("Le {}", short_date(*from)), "/admin/fermetures".to_owned()),
                (Part::Site, None) => ("Les horaires".to_owned(), "/admin/horaires".to_owned()),
                (part, _) => of(part),
            };
            (format!("{whose}\u{a0}: {late} commence avant la fin de {early}."), link)
        }
        Fault::Backwards(from) => (
            format!("Le jour différent du {} finit avant de commencer.", short_date(*from)),
            "/admin/fermetures".into(),
        ),
        Fault::NoService => {
            ("Le site ne propose aucune démarche. Ajoutez-en une.".into(), "/admin/services/nouveau".into())
        }
        Fault::AppointmentLetter(id) => {
            let (name, link) = service(id);
            (format!("{name}\u{a0}: la lettre R est celle des rendez-vous. Choisissez-en une autre."), link)
        }
        Fault::Documents(id, count) => {
            let (name, link) = service(id);
            (format!("{name}\u{a0}: {count} documents à apporter, la borne en montre 5."), link)
        }
        Fault::UnknownService(id, missing) => {
            let (name, link) = of(&Part::Counter(id.clone()));
            (
                format!(
                    "{name}\u{a0}: il reçoit pour une démarche qui n’existe plus («\u{a0}{missing}\u{a0}»). Enregistrez-le de nouveau."
                ),
                link,
            )
        }
        Fault::NoCounter(id) => {
            let (name, _) = service(id);
            (
                format!("{name}\u{a0}: aucun guichet ne la reçoit, personne ne serait jamais appelé."),
                "/admin/guichets".into(),
            )
        }
        Fault::UnknownZone(part, _) => {
            let (name, link) = of(part);
            (format!("{name}\u{a0}: sa salle n’existe plus. Choisissez-en une autre."), link)
        }
        Fault::DisplayWithoutCounter(id) => {
            let (name, link) = of(&Part::Display(id.clone()));
            (format!("{name}\u{a0}: choisissez le guichet au-dessus duquel il est."), link)
        }
        Fault::DisplayOverUnknown(id, _) => {
            let (name, link) = of(&Part::Display(id.clone()));
            (format!("{name}\u{a0}: son guichet n’existe plus. Choisissez-en un autre."), link)
        }
        Fault::DisplayOverNone(id) => {
            let (name, link) = of(&Part::Display(id.clone()));
            (
                format!(
                    "{name}\u{a0}: seul un écran qui montre l’appel d’un guichet a un guichet. Choisissez «\u{a0}Aucun\u{a0}»."
                ),
                link,
            )
        }
        Fault::MediaUnused(id) => {
            let (name, link) = of(&Part::Display(id.clone()));
            (format!("{name}\u{a0}: seule la disposition à côté d’images montre des images."), link)
        }
        Fault::MediaName(id, file) => {
            let (name, link) = of(&Part::Display(id.clone()));
            (
                format!(
                    "{name}\u{a0}: «\u{a0}{file}\u{a0}» n’est pas un nom de fichier (lettres, chiffres, - _ et .)."
                ),
                link,
            )
        }
        Fault::MediaSeconds(id, file, seconds) => {
            let (name, link) = of(&Part::Display(id.clone()));
            (
                format!(
                    "{name}\u{a0}: l’image «\u{a0}{file}\u{a0}» reste {seconds} s\u{a0}; c’est de 1 à {MEDIA_S_MAX}."
                ),
                link,
            )
        }
        Fault::Questions(count) => {
            (format!("L’enquête a {count} questions\u{a0}; elle en a de 1 à 4."), "/admin/enquete".into())
        }
        Fault::FirstQuestion => {
            ("La première question de l’enquête se répond par des visages.".into(), "/admin/enquete/1".into())
        }
        Fault::Answers { question, count, least, most } => (
            format!(
                "La question {question} de l’enquête a {count} réponses\u{a0}; la borne en montre de {least} à {most}."
            ),
            format!("/admin/enquete/{question}"),
        ),
    };
    Sentence { text, link }
}

fn long(name: &str, text: Text, lang: Language, length: usize) -> String {
    let most = text.most();
    let tongue = french_name(lang);
    match text {
        Text::Name => format!("{name}\u{a0}: le nom en {tongue} a {length} caractères, {most} tiennent sur le ticket."),
        Text::ShortName => {
            format!("{name}\u{a0}: le papier étroit demande un nom court en {tongue} de {most} caractères au plus.")
        }
        Text::Room => {
            format!("{name}\u{a0}: «\u{a0}où attendre\u{a0}» en {tongue} a {length} caractères, {most} tiennent.")
        }
        Text::Document => format!("{name}\u{a0}: un document en {tongue} a {length} caractères, {most} tiennent."),
        Text::Full => format!("{name}\u{a0}: la phrase sans place en {tongue} a {length} caractères, {most} tiennent."),
    }
}

fn name(catalogue: &Catalogue, part: &Part) -> String {
    let quoted = |kind: &str, name: Option<&wire::catalogue::Localised>, id: &str| {
        format!("{kind} «\u{a0}{}\u{a0}»", name.map_or(id, |name| name.get(Language::Fr)))
    };
    match part {
        Part::Site => "Le site".to_owned(),
        Part::Family(id) => quoted("Famille", catalogue.family(id).map(|f| &f.name), id.as_str()),
        Part::Service(id) => quoted("Démarche", catalogue.service(id).map(|s| &s.name), id.as_str()),
        Part::Counter(id) => quoted("Guichet", catalogue.counter(id).map(|c| &c.name), id.as_str()),
        Part::Display(id) => quoted("Écran", catalogue.display(id).map(|d| &d.name), id.as_str()),
    }
}

fn link(part: &Part) -> String {
    match part {
        Part::Site => "/admin/site".to_owned(),
        Part::Family(id) => format!("/admin/familles/{id}"),
        Part::Service(id) => format!("/admin/services/{id}"),
        Part::Counter(id) => format!("/admin/guichets/{id}"),
        Part::Display(id) => format!("/admin/affichages/{id}"),
    }
}
