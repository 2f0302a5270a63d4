//! Forms whose fields are declared once: drawn from a value, read back into it, and compared with another's.
//!
//! A form that came back wrong shows what was typed, with the fault beside its field; the value stays as it was.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use wire::catalogue::Localised;
use wire::ids::Language;
use wire::opening::{Stretch, Week};

use super::field::{Choice, Field, Group, Kind, Pair};
use crate::pages::floor::clock_time;

/// The days of a week as forms call them, and as people do.
const DAYS: [(&str, &str); 7] = [
    ("lun", "Lundi"),
    ("mar", "Mardi"),
    ("mer", "Mercredi"),
    ("jeu", "Jeudi"),
    ("ven", "Vendredi"),
    ("sam", "Samedi"),
    ("dim", "Dimanche"),
];

/// As many stretches as a day has fields for, where it has no more already: a morning and an afternoon.
const STRETCHES: usize = 2;

/// What a browser sent.
#[derive(Clone, Debug, Default)]
pub(in crate::pages) struct Sent(Vec<(String, String)>);

impl Sent {
    pub(in crate::pages) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The text of a field, as it was typed.
    pub(in crate::pages) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether a box was ticked, or a button pressed.
    pub(in crate::pages) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Everything, as it came.
    pub(in crate::pages) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every box of this name that was ticked.
    pub(in crate::pages) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A form while its fields are declared.
pub(in crate::pages) struct Form<'a> {
    sent: Option<&'a Sent>,
    pub(in crate::pages) groups: Vec<Group>,
    /// Texts in other languages: they stand together, at the end.
    pub(in crate::pages) translations: Vec<Group>,
    faults: usize,
}

impl<'a> Form<'a> {
    /// A form that shows a value.
    pub(in crate::pages) fn draw(declare: impl FnOnce(&mut Self)) -> Self {
        Self::with(None, declare)
    }

    /// A form that came back; what is right in it is written into the value.
    pub(in crate::pages) fn read(sent: &'a Sent, declare: impl FnOnce(&mut Self)) -> Self {
        Self::with(Some(sent), declare)
    }

    fn with(sent: Option<&'a Sent>, declare: impl FnOnce(&mut Self)) -> Self {
        let mut form = Self { sent, groups: Vec::new(), translations: Vec::new(), faults: 0 };
        declare(&mut form);
        form
    }

    /// Whether everything that came was right.
    pub(in crate::pages) const fn is_well(&self) -> bool {
        self.faults == 0
    }

    /// Every field.
    pub(in crate::pages) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.groups.iter().chain(&self.translations).flat_map(|group| &group.fields)
    }

    /// Fields that belong together follow.
    pub(in crate::pages) fn group(&mut self, title: &str, help: &str) {
        self.groups.push(Group { title: title.to_owned(), help: help.to_owned(), fields: Vec::new() });
    }

    fn push(&mut self, name: &str, label: &str, help: &str, kind: Kind, wrong: Option<String>) {
        if self.groups.is_empty() {
            self.group("", "");
        }
        self.faults += usize::from(wrong.is_some());
        let field = Field { name: name.to_owned(), label: label.to_owned(), help: help.to_owned(), kind, wrong };
        if let Some(group) = self.groups.last_mut() {
            group.fields.push(field);
        }
    }

    /// What was typed, or what the value says.
    fn shown(&self, name: &str, value: impl FnOnce() -> String) -> String {
        self.sent.map_or_else(value, |sent| sent.get(name).trim().to_owned())
    }

    /// Says of the field with this name what is wrong with it beside what its kind can know.
    pub(in crate::pages) fn mend(&mut self, name: &str, wrong: Option<String>) {
        let found = self.groups.iter_mut().flat_map(|group| &mut group.fields).find(|field| field.name == name);
        if let (Some(_), Some(field), Some(wrong)) = (self.sent, found, wrong)
            && field.wrong.is_none()
        {
            self.faults += 1;
            field.wrong = Some(wrong);
        }
    }

    /// A line of text that must be there.
    pub(in crate::pages) fn text(&mut self, name: &str, label: &str, help: &str, most: usize, value: &mut String) {
        let shown = self.shown(name, || value.clone());
        let wrong = text_fault(&shown, most, true);
        if self.sent.is_some() && wrong.is_none() {
            value.clone_from(&shown);
        }
        self.push_text(name, label, help, most, shown, wrong);
    }

    /// A line of text that may be left out.
    pub(in crate::pages) fn optional(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        most: usize,
        value: &mut Option<String>,
    ) {
        let shown = self.shown(name, || value.clone().unwrap_or_default());
        let wrong = text_fault(&shown, most, false);
        if self.sent.is_some() && wrong.is_none() {
            *value = (!shown.is_empty()).then(|| shown.clone());
        }
        self.push_text(name, label, help, most, shown, wrong);
    }

    fn push_text(&mut self, name: &str, label: &str, help: &str, most: usize, value: String, wrong: Option<String>) {
        let wrong = wrong.filter(|_| self.sent.is_some());
        self.push(name, label, help, Kind::Text { value, most, lang: Language::Fr }, wrong);
    }

    /// A number, or nothing.
    pub(in crate::pages) fn number(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        (range, unit): (RangeInclusive<u32>, &'static str),
        value: &mut Option<u32>,
    ) {
        let shown = self.shown(name, || value.map(|n| n.to_string()).unwrap_or_default());
        let read = shown.parse::<u32>().ok().filter(|n| range.contains(n));
        let (least, most) = range.into_inner();
        let wrong = (self.sent.is_some() && !shown.is_empty() && read.is_none())
            .then(|| format!("Écrivez un nombre de {least} à {most}, ou rien."));
        if self.sent.is_some() && wrong.is_none() {
            *value = read;
        }
        self.push(name, label, help, Kind::Number { value: shown, unit }, wrong);
    }

    /// A measure with a decimal, or nothing. `read` says what it may be.
    pub(in crate::pages) fn measure<T: Copy>(
        &mut self,
        (name, label, help, unit): (&str, &str, &str, &'static str),
        value: &mut Option<T>,
        write: impl Fn(T) -> f64,
        read: impl Fn(f64) -> Option<T>,
    ) {
        let shown = self.shown(name, || value.map(|v| write(v).to_string().replace('.', ",")).unwrap_or_default());
        let parsed = shown.replace(',', ".").parse::<f64>().ok().and_then(read);
        let wrong = (self.sent.is_some() && !shown.is_empty() && parsed.is_none())
            .then(|| "Écrivez une mesure comme 2,5, ou rien.".to_owned());
        if self.sent.is_some() && wrong.is_none() {
            *value = parsed;
        }
        self.push(name, label, help, Kind::Number { value: shown, unit }, wrong);
    }

    /// A box to tick.
    pub(in crate::pages) fn check(&mut self, name: &str, label: &str, help: &str, value: &mut bool) {
        if let Some(sent) = self.sent {
            *value = sent.has(name);
        }
        self.push(name, label, help, Kind::Check { on: *value }, None);
    }

    /// One of several; options are a value, its key and its name.
    pub(in crate::pages) fn choice<T: Clone + PartialEq>(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        options: &[(T, String, String)],
        value: &mut T,
    ) {
        let key = options.iter().find(|(option, ..)| option == value).map_or("", |(_, key, _)| key);
        let shown = self.shown(name, || key.to_owned());
        let chosen = options.iter().find(|(_, key, _)| *key == shown);
        let wrong = (self.sent.is_some() && chosen.is_none()).then(|| "Choisissez dans la liste.".to_owned());
        if let (Some(_), Some((option, ..))) = (self.sent, chosen) {
            *value = option.clone();
        }
        let choices = options.iter().map(|(_, key, text)| Choice::new(key, text, *key == shown)).collect();
        self.push(name, label, help, Kind::One { choices }, wrong);
    }

    /// Some of several, in the order of the options.
    pub(in crate::pages) fn several<T: Clone + PartialEq>(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        options: &[(T, String, String)],
        value: &mut Vec<T>,
    ) {
        if let Some(sent) = self.sent {
            let ticked: BTreeSet<&str> = sent.all(name).collect();
            let chosen = options.iter().filter(|(_, key, _)| ticked.contains(key.as_str()));
            *value = chosen.map(|(option, ..)| option.clone()).collect();
        }
        let choice = |(option, key, text): &(T, String, String)| Choice::new(key, text, value.contains(option));
        self.push(name, label, help, Kind::Several { choices: options.iter().map(choice).collect() }, None);
    }

    /// A day, or nothing where that may be.
    pub(in crate::pages) fn date(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        needed: bool,
        value: &mut Option<Date>,
    ) {
        let shown = self.shown(name, || value.map(|date| date.to_string()).unwrap_or_default());
        let read = read_date(&shown);
        let wrong = match (shown.is_empty(), read) {
            _ if self.sent.is_none() => None,
            (true, _) if needed => Some("Choisissez un jour.".to_owned()),
            (false, None) => Some("Écrivez un jour comme 24/12/2026.".to_owned()),
            (true, _) | (false, Some(_)) => None,
        };
        if self.sent.is_some() && wrong.is_none() {
            *value = read;
        }
        self.push(name, label, help, Kind::Date { value: shown }, wrong);
    }

    /// A text in French, and in other languages at the form's end.
    pub(in crate::pages) fn localised(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        most: usize,
        value: &mut Localised,
    ) {
        let mut optional = Some(value.clone());
        self.texts(name, label, help, (most, true), &mut optional);
        if let Some(read) = optional {
            *value = read;
        }
    }

    /// The same that may be left out.
    pub(in crate::pages) fn optional_localised(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        most: usize,
        value: &mut Option<Localised>,
    ) {
        self.texts(name, label, help, (most, false), value);
    }

    fn texts(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        (most, needed): (usize, bool),
        value: &mut Option<Localised>,
    ) {
        let of = |lang: Language| {
            value
                .as_ref()
                .filter(|texts| texts.is_in(lang))
                .map_or_else(String::new, |texts| texts.get(lang).to_owned())
        };
        let typed: Vec<(Language, String)> = Language::ALL
            .into_iter()
            .map(|lang| (lang, self.shown(&format!("{name}.{}", lang.tag()), || of(lang))))
            .collect();
        let any = typed.iter().any(|(_, text)| !text.is_empty());
        let mut right = true;
        let mut group = Group { title: label.to_owned(), help: String::new(), fields: Vec::new() };
        for (lang, text) in &typed {
            let french = *lang == Language::Fr;
            let wrong = match text_fault(text, most, french && needed) {
                None if french && any && text.is_empty() => Some("Écrivez aussi le texte français.".to_owned()),
                wrong => wrong,
            };
            let wrong = wrong.filter(|_| self.sent.is_some());
            right &= wrong.is_none();
            let kind = Kind::Text { value: text.clone(), most, lang: *lang };
            let key = format!("{name}.{}", lang.tag());
            if french {
                self.push(&key, label, help, kind, wrong);
            } else {
                self.faults += usize::from(wrong.is_some());
                let label = format!("{label} – {}", french_name(*lang));
                group.fields.push(Field { name: key, label, help: String::new(), kind, wrong });
            }
        }
        self.translations.push(group);
        if self.sent.is_some() && right {
            let written = typed.into_iter().filter(|(_, text)| !text.is_empty());
            *value = Localised::try_from(written.collect::<std::collections::BTreeMap<_, _>>()).ok();
        }
    }

    /// Stretches of a day, from and to.
    pub(in crate::pages) fn stretches(
        &mut self,
        name: &str,
        label: &str,
        help: &str,
        rows: usize,
        value: &mut Vec<Stretch>,
    ) {
        let rows = rows.max(value.len()).max(STRETCHES);
        let pairs: Vec<Pair> = (1..=rows)
            .map(|n| {
                let kept = value.get(n - 1);
                let from = self.shown(&format!("{name}.{n}.de"), || kept.map_or_else(String::new, |s| hour(s.from)));
                let to = self.shown(&format!("{name}.{n}.a"), || kept.map_or_else(String::new, |s| hour(s.to)));
                Pair { n, from, to }
            })
            .collect();
        let read = read_pairs(&pairs);
        if let (Some(_), Ok(stretches)) = (self.sent, &read) {
            value.clone_from(stretches);
        }
        let wrong = read.err().filter(|_| self.sent.is_some());
        self.push(name, label, help, Kind::Stretches { pairs }, wrong);
    }

    /// A week of hours; a week without any is none.
    pub(in crate::pages) fn week(&mut self, value: &mut Option<Week>) {
        let mut week = value.clone().unwrap_or_default();
        let was_closed = value.as_ref().is_some_and(is_empty);
        let rows = days(&mut week).into_iter().map(|day| day.len()).max().unwrap_or_default();
        for ((key, name), day) in DAYS.into_iter().zip(days(&mut week)) {
            self.stretches(key, name, "", rows, day);
        }
        if self.sent.is_some() {
            *value = if is_empty(&week) && !was_closed { None } else { Some(week) };
        }
    }
}

fn days(week: &mut Week) -> [&mut Vec<Stretch>; 7] {
    let Week { mon, tue, wed, thu, fri, sat, sun } = week;
    [mon, tue, wed, thu, fri, sat, sun]
}

fn is_empty(week: &Week) -> bool {
    *week == Week::default()
}

/// `08:30`, as browsers take it.
fn hour(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn read_pairs(pairs: &[Pair]) -> Result<Vec<Stretch>, String> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for Pair { from, to, .. } in pairs.iter().filter(|pair| !pair.from.is_empty() || !pair.to.is_empty()) {
        let (Some(from), Some(to)) = (clock_time(from), clock_time(to)) else {
            return Err("Écrivez deux heures, comme 08:30 et 12:00, ou laissez les deux vides.".to_owned());
        };
        if to <= from {
            return Err(format!("{} vient avant {}\u{a0}: écrivez d’abord l’ouverture.", hour(to), hour(from)));
        }
        stretches.push(Stretch { from, to });
    }
    stretches.sort();
    match stretches.windows(2).find(|pair| pair[1].from < pair[0].to) {
        Some(pair) => Err(format!("{} commence avant la fin de {}.", pair[1], pair[0])),
        None => Ok(stretches),
    }
}

/// `2026-12-24` as browsers send it, `24/12/2026` as people write it.
fn read_date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut parts = text.split('/').map(str::trim);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn text_fault(text: &str, most: usize, needed: bool) -> Option<String> {
    let length = text.chars().count();
    if text.is_empty() {
        return needed.then(|| "Ce texte est nécessaire.".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Some("Écrivez ce texte sur une seule ligne.".to_owned());
    }
    (length > most).then(|| format!("{length} caractères\u{a0}: {most} au plus tiennent."))
}

/// What an administrator calls a language.
pub(in crate::pages) const fn french_name(lang: Language) -> &'static str {
    match lang {
        Language::Fr => "français",
        Language::En => "anglais",
        Language::Es => "espagnol",
        Language::Pt => "portugais",
        Language::Ar => "arabe",
        Language::Tr => "turc",
        Language::Uk => "ukrainien",
        Language::Zh => "chinois simplifié",
        Language::FrSimple => "français simplifié",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        Sent(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_is_drawn_and_sent_back_is_the_same() {
        let day = || vec!["08:30-12:00".parse().unwrap(), "13:30-17:00".parse().unwrap()];
        let mut week = Some(Week { mon: day(), sat: vec!["09:00-11:30".parse().unwrap()], ..Week::default() });
        let before = week.clone();
        let form = Form::draw(|form| form.week(&mut week));
        assert_eq!(week, before);
        let mut back = Vec::new();
        for field in form.fields() {
            let Kind::Stretches { pairs } = &field.kind else { panic!("hours only") };
            for Pair { n, from, to } in pairs {
                back.push((format!("{}.{n}.de", field.name), from.clone()));
                back.push((format!("{}.{n}.a", field.name), to.clone()));
            }
        }
        let mut read = None;
        assert!(Form::read(&Sent(back), |form| form.week(&mut read)).is_well());
        assert_eq!(read, before);
    }

    #[test]
    fn a_wrong_value_is_shown_as_it_was_typed_and_changes_nothing() {
        let (mut quota, mut name, mut hours) = (Some(20), "Passeport".to_owned(), Vec::new());
        let typed = sent(&[("quota", "vingt"), ("nom", ""), ("heures.1.de", "12:00"), ("heures.1.a", "8h30")]);
        let form = Form::read(&typed, |form| {
            form.number("quota", "Places", "", (1..=999, ""), &mut quota);
            form.text("nom", "Nom", "", 30, &mut name);
            form.stretches("heures", "Heures", "", 1, &mut hours);
        });
        assert!(!form.is_well());
        assert_eq!((quota, name.as_str(), hours.len()), (Some(20), "Passeport", 0));
        let fields: Vec<&Field> = form.fields().collect();
        assert!(matches!(&fields[0].kind, Kind::Number { value, .. } if value == "vingt"));
        assert!(fields.iter().all(|field| field.wrong.is_some()));
        assert_eq!(fields[2].wrong.as_deref(), Some("08:30 vient avant 12:00\u{a0}: écrivez d’abord l’ouverture."));
    }

    #[test]
    fn a_translation_needs_its_french_text() {
        let mut room = None;
        let typed = sent(&[("salle.en", "Room A")]);
        let form = Form::read(&typed, |form| form.optional_localised("salle", "Salle", "", 24, &mut room));
        let wrong: Vec<&str> = form.fields().filter_map(|field| field.wrong.as_deref()).collect();
        assert_eq!((wrong, room), (vec!["Écrivez aussi le texte français."], None));
    }

    #[test]
    fn days_are_read_as_browsers_and_people_write_them() {
        let christmas = Date::new(2026, 12, 24).ok();
        for text in ["2026-12-24", "24/12/2026", "24 / 12 / 2026"] {
            assert_eq!(read_date(text), christmas, "{text}");
        }
        for text in ["", "24/12", "24/13/2026", "demain", "1/2/3/4"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_week_without_hours_is_none_unless_it_was_closed() {
        let (mut open, mut closed) = (None, Some(Week::default()));
        let nothing = sent(&[]);
        assert!(Form::read(&nothing, |form| form.week(&mut open)).is_well());
        assert!(Form::read(&nothing, |form| form.week(&mut closed)).is_well());
        assert_eq!((open, closed), (None, Some(Week::default())));
    }
}
