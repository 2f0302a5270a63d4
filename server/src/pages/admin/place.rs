//! The site itself, its hours, its places of a day, and what its survey says around its questions.

use wire::catalogue::{ADDRESS_MAX, Catalogue, FULL_TEXT_MAX, Localised, PUBLIC_URL_MAX, Survey};
use wire::ids::{Language, SurveyId};
use wire::label::LabelForm;

use super::form::{Form, french_name};
use super::single::Single;

/// The longest name of a site, in characters.
const SITE_NAME_MAX: usize = 60;
/// The longest address of a web page, in characters.
pub(super) const LINK_MAX: usize = 200;
/// The longest sentence about who has priority, in characters.
const PRIORITY_MAX: usize = 200;
/// A commitment of more than this is none.
const COMMITMENT: std::ops::RangeInclusive<u32> = 1..=480;
/// As many tickets of a day as are ever given.
const QUOTA: std::ops::RangeInclusive<u32> = 1..=9_999;

/// `/admin/site`.
pub(super) struct Place;

impl Single for Place {
    const PATH: &'static str = "/admin/site";
    const TITLE: &'static str = "Le site";
    const INTRO: &'static str = "Le nom et l’adresse que voient les usagers, et ce qui vaut pour toutes les démarches.";

    fn declare(catalogue: &mut Catalogue, form: &mut Form<'_>) {
        let site = &mut catalogue.site;
        form.group("Le lieu", "");
        form.localised("nom", "Nom du site", "Par exemple\u{a0}: Mairie de Bonneveine.", SITE_NAME_MAX, &mut site.name);
        form.optional(
            "adresse",
            "Adresse postale",
            "Sur la page du ticket, pour retrouver le lieu.",
            ADDRESS_MAX,
            &mut site.address,
        );
        form.optional(
            "page",
            "Page Internet",
            "Horaires et démarches en ligne\u{a0}: un QR code sur la borne quand l’accueil est fermé.",
            LINK_MAX,
            &mut site.online,
        );
        form.check(
            "itinerant",
            "Ce site est itinérant",
            "Un bus, une permanence\u{a0}: la borne dit à quelle heure il repart.",
            &mut site.mobile,
        );
        form.group("Les tickets", "");
        form.text(
            "public",
            "Adresse du serveur",
            "Celle que le téléphone d’un usager atteint, sans chemin\u{a0}: https://accueil.exemple.fr. Elle est dans les \
             liens et les QR codes.",
            PUBLIC_URL_MAX,
            &mut site.public_url,
        );
        let forms = [
            (LabelForm::Plain, "plain".to_owned(), "A 42\u{a0}: une seule borne par site".to_owned()),
            (
                LabelForm::Series,
                "series".to_owned(),
                "A2 42\u{a0}: plusieurs bornes, chacune avec son chiffre".to_owned(),
            ),
        ];
        let help = "Un changement vaut à partir de la prochaine journée d’accueil.";
        form.choice("numeros", "Forme des numéros", help, &forms, &mut site.label_form);
        form.number(
            "engagement",
            "Engagement d’attente",
            "L’attente que vous promettez\u{a0}; une démarche peut en avoir une autre.",
            (COMMITMENT, "minutes"),
            &mut site.commitment_min,
        );
        form.group("Les personnes", "");
        form.check(
            "priorite",
            "Proposer la priorité sur la borne",
            "La borne demande si la personne est prioritaire, jamais pourquoi.",
            &mut site.priority.offered,
        );
        form.optional_localised(
            "prioritaires",
            "Qui est prioritaire",
            "Seulement si ce n’est pas l’usage\u{a0}: carte CMI, grossesse, enfant en bas âge.",
            PRIORITY_MAX,
            &mut site.priority.text,
        );
        let languages: Vec<(Language, String, String)> = Language::ALL
            .into_iter()
            .filter(|lang| *lang != Language::Fr)
            .map(|lang| (lang, lang.tag().to_owned(), format!("{} ({})", lang.endonym(), french_name(lang))))
            .collect();
        // None named are all; French is always there.
        let mut offered: Vec<Language> = match site.languages.is_empty() {
            true => Language::ALL.to_vec(),
            false => site.languages.clone(),
        };
        let before = offered.clone();
        let help = "Le français est toujours proposé.";
        form.several("langues", "Langues proposées", help, &languages, &mut offered);
        if offered != before {
            // In the order that was chosen before, as far as it was.
            let rank = |lang: &Language| before.iter().position(|known| known == lang).unwrap_or(usize::MAX);
            offered.retain(|lang| *lang != Language::Fr);
            offered.sort_by_key(rank);
            site.languages = std::iter::once(Language::Fr).chain(offered).collect();
        }
    }
}

/// `/admin/horaires`.
pub(super) struct Hours;

impl Single for Hours {
    const PATH: &'static str = "/admin/horaires";
    const TITLE: &'static str = "Horaires d’ouverture";
    const INTRO: &'static str = "Quand le public est reçu, une semaine ordinaire. Un jour sans heures est fermé\u{a0}; sans aucune heure de la \
         semaine, le site est toujours ouvert. Les jours fériés et les fermetures ont leur page.";
    const PREVIEW: bool = true;

    fn declare(catalogue: &mut Catalogue, form: &mut Form<'_>) {
        form.group("La semaine", "");
        form.week(&mut catalogue.site.hours);
    }
}

/// `/admin/quotas`.
pub(super) struct Quotas;

impl Single for Quotas {
    const PATH: &'static str = "/admin/quotas";
    const TITLE: &'static str = "Places par jour";
    const INTRO: &'static str =
        "Combien de tickets sont donnés par jour, toutes bornes comprises. Sans nombre, il n’y a pas de limite.";

    fn declare(catalogue: &mut Catalogue, form: &mut Form<'_>) {
        form.group("Tickets par jour", "");
        for service in &mut catalogue.services {
            let name = service.name.get(Language::Fr).to_owned();
            form.number(&format!("places.{}", service.id), &name, "", (QUOTA, "tickets"), &mut service.quota);
        }
        if catalogue.services.is_empty() {
            form.group("", "Ajoutez d’abord une démarche.");
        }
        form.group("Quand il n’y a plus de place", "Laissez vide pour la phrase habituelle.");
        for service in &mut catalogue.services {
            let name = service.name.get(Language::Fr).to_owned();
            let key = format!("complet.{}", service.id);
            form.optional_localised(&key, &name, "", FULL_TEXT_MAX, &mut service.full_text);
        }
    }
}

pub(super) const fn quota_range() -> std::ops::RangeInclusive<u32> {
    QUOTA
}

pub(super) const fn commitment_range() -> std::ops::RangeInclusive<u32> {
    COMMITMENT
}

/// `/admin/enquete/reglages`.
pub(super) struct SurveyPage;

impl Single for SurveyPage {
    const PATH: &'static str = "/admin/enquete/reglages";
    const TITLE: &'static str = "Enquête\u{a0}: après les réponses";
    const INTRO: &'static str = "Ce que la borne propose à la fin de l’enquête. Sans question, il n’y a pas d’enquête.";

    fn declare(catalogue: &mut Catalogue, form: &mut Form<'_>) {
        let mut survey = catalogue.survey.clone();
        let mut complaint = survey.as_ref().and_then(|survey| survey.complaint_url.clone());
        form.group("", "");
        form.optional(
            "reclamation",
            "Page des réclamations et suggestions",
            "Un QR code à la fin de l’enquête.",
            LINK_MAX,
            &mut complaint,
        );
        if let Some(survey) = &mut survey {
            survey.complaint_url = complaint;
        }
        catalogue.survey = survey;
    }
}

/// Another set of questions is another survey: answers to one are never counted with answers to another.
pub(super) fn next_survey(survey: &Survey) -> SurveyId {
    let id = survey.id.as_str();
    let numbered = id.rsplit_once('-').and_then(|(base, n)| Some((base, n.parse::<u32>().ok()?)));
    let next = numbered.map_or_else(|| format!("{id}-2"), |(base, n)| format!("{base}-{}", n + 1));
    next.parse().unwrap_or_else(|_| survey.id.clone())
}

/// A text to begin with.
pub(super) fn empty() -> Localised {
    Localised::french("")
}
