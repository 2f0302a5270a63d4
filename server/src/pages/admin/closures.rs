//! Days that differ from the week, and the survey's questions.

use jiff::civil::Date;
use wire::catalogue::{Catalogue, Question, Scale, Survey};
use wire::ids::Language;
use wire::opening::Exception;

use super::form::Form;
use super::items::{Item, Words};
use super::place::{empty, next_survey};
use super::words::{long_date, short_date};

/// The longest reason, in characters.
const REASON_MAX: usize = 60;
/// The longest question, in characters.
const QUESTION_MAX: usize = 120;
/// The longest answer, in characters.
const ANSWER_MAX: usize = 40;
/// As many answers as a question may have.
const ANSWERS: usize = 5;

impl Item for Exception {
    const WORDS: Words = Words {
        path: "/admin/fermetures",
        many: "Fermetures et jours différents",
        one: "Jour différent",
        add: "Ajouter une fermeture ou un jour différent",
        remove: "Supprimer ce jour différent",
        intro: "Jours fériés, ponts, ouvertures exceptionnelles. Ils valent pour toutes les démarches. De deux qui disent le \
                même jour, le dernier vaut.",
        removal: "La semaine ordinaire vaut de nouveau ces jours-là.",
        ordered: true,
        beside: None,
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        &catalogue.site.exceptions
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        edit(&mut catalogue.site.exceptions);
    }

    fn key(&self, index: usize) -> String {
        (index + 1).to_string()
    }

    fn identity(&self, _: usize) -> String {
        format!("{} {}", self.from, self.to.unwrap_or(self.from))
    }

    fn title(&self) -> String {
        let days = match self.to.filter(|to| *to != self.from) {
            None => long_date(self.from),
            Some(to) => format!("du {} au {}", short_date(self.from), short_date(to)),
        };
        match &self.reason {
            Some(why) => format!("{} – {days}", why.get(Language::Fr)),
            None => days,
        }
    }

    fn summary(&self, _: &Catalogue) -> String {
        if self.hours.is_empty() {
            return "fermé".to_owned();
        }
        let hours = self.hours.iter().map(|stretch| stretch.to_string().replace('-', "–"));
        hours.collect::<Vec<_>>().join(", ")
    }

    fn blank(_: &Catalogue) -> Self {
        Self { from: Date::ZERO, to: None, hours: Vec::new(), reason: None }
    }

    fn declare(&mut self, form: &mut Form<'_>, _: &Catalogue) {
        form.group("", "");
        let mut from = (self.from != Date::ZERO).then_some(self.from);
        form.date("du", "Premier jour", "", true, &mut from);
        form.date("au", "Dernier jour", "Rien, si c’est un seul jour.", false, &mut self.to);
        self.from = from.unwrap_or(Date::ZERO);
        let help = "Aucune heure\u{a0}: fermé toute la journée.";
        form.stretches("heures", "Heures d’ouverture ces jours-là", help, 2, &mut self.hours);
        form.optional_localised(
            "raison",
            "Raison",
            "Pour le public\u{a0}: «\u{a0}Noël\u{a0}».",
            REASON_MAX,
            &mut self.reason,
        );
    }

    fn settle(&mut self, _: Option<&Self>, _: &Catalogue) {}

    fn forget(&self, _: &mut Catalogue) {}
}

impl Item for Question {
    const WORDS: Words = Words {
        path: "/admin/enquete",
        many: "Enquête de satisfaction",
        one: "Question",
        add: "Ajouter une question",
        remove: "Supprimer cette question",
        intro: "Une à quatre questions, posées en sortant\u{a0}; la première se répond par des visages. Après trois questions, \
                beaucoup de personnes s’arrêtent. Une question changée commence une nouvelle enquête\u{a0}: les réponses \
                d’avant restent à part.",
        removal: "Les réponses déjà données restent comptées dans l’enquête d’avant.",
        ordered: true,
        beside: Some(("/admin/enquete/reglages", "Après les réponses")),
    };

    fn all(catalogue: &Catalogue) -> &[Self] {
        catalogue.survey.as_ref().map_or(&[], |survey| &survey.questions)
    }

    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>)) {
        let new = || Survey {
            id: "enquete-0".parse().unwrap_or_else(super::services::never),
            questions: Vec::new(),
            complaint_url: None,
        };
        let mut survey = catalogue.survey.take().unwrap_or_else(new);
        let before = survey.questions.clone();
        edit(&mut survey.questions);
        if survey.questions != before {
            survey.id = next_survey(&survey);
        }
        catalogue.survey = (!survey.questions.is_empty()).then_some(survey);
    }

    fn key(&self, index: usize) -> String {
        (index + 1).to_string()
    }

    fn identity(&self, _: usize) -> String {
        self.title()
    }

    fn title(&self) -> String {
        self.text.get(Language::Fr).to_owned()
    }

    fn summary(&self, _: &Catalogue) -> String {
        let answers = self.answers.iter().map(|answer| answer.get(Language::Fr)).collect::<Vec<_>>().join(", ");
        match self.scale {
            Scale::Faces => format!("visages · {answers}"),
            Scale::Rows => format!("réponses en texte · {answers}"),
        }
    }

    fn blank(catalogue: &Catalogue) -> Self {
        let first = Self::all(catalogue).is_empty();
        Self { text: empty(), scale: if first { Scale::Faces } else { Scale::Rows }, answers: Vec::new() }
    }

    fn declare(&mut self, form: &mut Form<'_>, _: &Catalogue) {
        form.group("", "");
        form.localised("question", "Question", "", QUESTION_MAX, &mut self.text);
        let scales = [
            (Scale::Faces, "faces".to_owned(), "Trois ou quatre visages".to_owned()),
            (Scale::Rows, "rows".to_owned(), "Deux à cinq réponses en texte".to_owned()),
        ];
        form.choice("forme", "Réponses", "La première question a des visages.", &scales, &mut self.scale);
        form.group("Réponses", "De la meilleure à la moins bonne.");
        let mut answers: Vec<_> = self.answers.iter().cloned().map(Some).collect();
        answers.resize(answers.len().max(ANSWERS), None);
        for (n, answer) in (1..).zip(&mut answers) {
            form.optional_localised(&format!("reponse{n}"), &format!("Réponse {n}"), "", ANSWER_MAX, answer);
        }
        self.answers = answers.into_iter().flatten().collect();
    }

    fn settle(&mut self, _: Option<&Self>, _: &Catalogue) {}

    fn forget(&self, _: &mut Catalogue) {}
}
