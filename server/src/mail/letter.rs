//! What technicians are written: which borne of which site, what is wrong, what it means, what to do. Nothing of visitors.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use uuid::Uuid;

use crate::fleet::words;
use crate::store::AlarmKind;

/// As many alarms as one letter tells of each by itself.
const EACH: usize = 40;

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The same letter has the same one each time that it is sent.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// Of which site it tells.
pub(super) struct Of<'a> {
    pub(super) site: &'a str,
    pub(super) public_url: &'a str,
    pub(super) zone: &'a TimeZone,
}

/// What was queued of an alarm; the rest is for programs.
#[derive(Deserialize)]
pub(super) struct News {
    id: String,
    #[serde(rename = "type")]
    event: String,
    at: Timestamp,
    alarm: Alarm,
}

#[derive(Deserialize)]
struct Alarm {
    borne: Uuid,
    name: String,
    kind: String,
    text: String,
}

impl News {
    fn began(&self) -> bool {
        self.event == "alarm.began"
    }

    fn kind(&self) -> Option<AlarmKind> {
        AlarmKind::ALL.into_iter().find(|kind| kind.as_str() == self.alarm.kind)
    }
}

impl Letter {
    /// One that is written to see whether it arrives.
    #[must_use]
    pub fn trial(id: &str) -> Self {
        let body =
            "Ce message est un essai.\n\nS’il vous est parvenu, les alarmes des bornes vous parviendront aussi.\n";
        Self { id: format!("essai.{id}"), subject: "Accueil\u{a0}: essai".to_owned(), body: body.to_owned() }
    }

    /// What began and what ended at a site, oldest first. None where there is nothing to tell.
    pub(super) fn of(of: &Of<'_>, news: &[News]) -> Option<Self> {
        let first = news.first()?;
        let (began, ended): (Vec<&News>, Vec<&News>) = news.iter().partition(|news| news.began());
        let mut body = String::new();
        for news in began.iter().take(EACH) {
            section(&mut body, of, news);
        }
        if !ended.is_empty() {
            body.push_str(if began.is_empty() { "" } else { "Terminé\u{a0}:\n\n" });
        }
        for news in ended.iter().take(EACH) {
            let Alarm { name, text, borne, .. } = &news.alarm;
            let _ = writeln!(body, "{name}\u{a0}: l’alarme «\u{a0}{text}\u{a0}» a pris fin le {}.", moment(news, of));
            let _ = write!(body, "{}\n\n", address(of, *borne));
        }
        let more = began.len().saturating_sub(EACH) + ended.len().saturating_sub(EACH);
        if more > 0 {
            let _ = write!(body, "Et {more} de plus, à voir sur la page du parc\u{a0}: {}/parc\n\n", base(of));
        }
        let _ = writeln!(body, "-- \nAccueil, {}. Personne ne lit les réponses à ce message.", of.site);
        // Another one where more has come to it since it was refused.
        let id = format!("{}.{}", first.id, news.len());
        Some(Self { id, subject: subject(of.site, &began, &ended), body })
    }
}

fn section(body: &mut String, of: &Of<'_>, news: &News) {
    let Alarm { name, text, borne, .. } = &news.alarm;
    let _ = writeln!(body, "{name}, le {}\u{a0}: {text}.", moment(news, of));
    if let Some(kind) = news.kind() {
        let _ = write!(body, "{}\n{}\n", words::meaning(kind), words::remedy(kind));
    }
    // The hall's screens stand on the fleet's own page.
    let address =
        if news.kind() == Some(AlarmKind::Speech) { format!("{}/parc", base(of)) } else { address(of, *borne) };
    let _ = write!(body, "{address}\n\n");
}

fn subject(site: &str, began: &[&News], ended: &[&News]) -> String {
    let bornes = |all: &[&News]| {
        let different: BTreeSet<Uuid> = all.iter().map(|news| news.alarm.borne).collect();
        match different.len() {
            0 | 1 => all.first().map(|news| news.alarm.name.clone()).unwrap_or_default(),
            n => format!("{n}\u{a0}bornes"),
        }
    };
    match (began, ended) {
        ([only], _) => format!("{site}, {}\u{a0}: {}", only.alarm.name, only.alarm.text),
        ([], [only]) => format!("{site}, {}\u{a0}: fin de «\u{a0}{}\u{a0}»", only.alarm.name, only.alarm.text),
        ([], many) => format!("{site}, {}\u{a0}: {}\u{a0}alarmes terminées", bornes(many), many.len()),
        (many, _) => format!("{site}, {}\u{a0}: {}\u{a0}alarmes", bornes(many), many.len()),
    }
}

fn moment(news: &News, of: &Of<'_>) -> String {
    crate::pages::moment(news.at, of.zone)
}

fn base<'a>(of: &Of<'a>) -> &'a str {
    of.public_url.trim_end_matches('/')
}

fn address(of: &Of<'_>, borne: Uuid) -> String {
    format!("{}/parc/{borne}", base(of))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OF: Of<'_> = Of { site: "Mairie du Nord", public_url: "https://accueil.test/", zone: &TimeZone::UTC };

    fn news(event: &str, borne: u128, kind: &str, text: &str) -> News {
        let alarm = json!({
            "borne": Uuid::from_u128(borne), "name": format!("Borne {borne}"), "kind": kind, "text": text,
        });
        let told = json!({
            "id": format!("{event}.{borne}.{kind}"), "type": event, "at": "2026-11-21T08:42:00Z", "alarm": alarm,
        });
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn a_letter_says_which_borne_what_it_means_and_what_to_do() {
        let letter = Letter::of(&OF, &[news("alarm.began", 1, "paper-out", "Plus de papier")]).unwrap();
        assert_eq!(letter.subject, "Mairie du Nord, Borne 1\u{a0}: Plus de papier");
        for text in [
            "Borne 1, le 21/11/2026\u{a0}à\u{a0}8\u{a0}h\u{a0}42\u{a0}: Plus de papier.\n",
            words::meaning(AlarmKind::PaperOut),
            words::remedy(AlarmKind::PaperOut),
            "https://accueil.test/parc/00000000-0000-0000-0000-000000000001\n",
        ] {
            assert!(letter.body.contains(text), "{text}: {}", letter.body);
        }
    }

    #[test]
    fn several_are_one_letter_and_what_began_comes_first() {
        let both =
            [news("alarm.ended", 2, "silent", "Hors ligne"), news("alarm.began", 1, "paper-out", "Plus de papier")];
        let letter = Letter::of(&OF, &both).unwrap();
        assert_eq!(letter.subject, "Mairie du Nord, Borne 1\u{a0}: Plus de papier");
        let (began, ended) = (letter.body.find("Plus de papier.").unwrap(), letter.body.find("Hors ligne").unwrap());
        assert!(began < ended, "{}", letter.body);
        let many: Vec<News> = (0..60).map(|n| news("alarm.began", n, "silent", "Hors ligne")).collect();
        let letter = Letter::of(&OF, &many).unwrap();
        assert_eq!(letter.subject, "Mairie du Nord, 60\u{a0}bornes\u{a0}: 60\u{a0}alarmes");
        assert!(letter.body.contains("Et 20 de plus"), "{}", letter.body);
        let over = Letter::of(&OF, &[news("alarm.ended", 1, "silent", "Hors ligne")]).unwrap();
        assert_eq!(over.subject, "Mairie du Nord, Borne 1\u{a0}: fin de «\u{a0}Hors ligne\u{a0}»");
        assert_eq!(Letter::of(&OF, &[]), None);
    }

    #[test]
    fn an_alarm_of_a_later_version_is_told_with_its_own_words() {
        let letter = Letter::of(&OF, &[news("alarm.began", 1, "flood", "Inondée")]).unwrap();
        assert!(letter.body.contains("Inondée.\nhttps://"), "{}", letter.body);
    }
}
