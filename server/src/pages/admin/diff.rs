//! What a draft changes, in the words of its forms.

use wire::catalogue::{Catalogue, Counter, Display, Family, Question, Service, Zone};
use wire::opening::Exception;

use super::form::Form;
use super::items::Item;
use super::place::{Hours, Place, SurveyPage};
use super::single::Single;

/// Something that changed.
pub(super) struct Change {
    /// « Démarche « Passeport » »
    pub(super) what: String,
    /// What became of it: « ajout »; empty where its lines say it.
    pub(super) how: &'static str,
    /// Where it is changed.
    pub(super) link: String,
    pub(super) lines: Vec<Line>,
}

/// A field that differs.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// The fields in which two forms of one kind differ.
pub(super) fn lines(before: &Form<'_>, after: &Form<'_>) -> Vec<Line> {
    let of = |form: &Form<'_>, name: &str| {
        form.fields().find(|field| field.name == name).map(super::field::Field::words).unwrap_or_default()
    };
    let mut lines: Vec<Line> = Vec::new();
    let fields = after.fields().chain(before.fields().filter(|field| of_none(after, &field.name)));
    for field in fields {
        let (old, new) = (of(before, &field.name), of(after, &field.name));
        if old != new {
            lines.push(Line { label: field.label.clone(), before: old, after: new });
        }
    }
    lines
}

fn of_none(form: &Form<'_>, name: &str) -> bool {
    form.fields().all(|field| field.name != name)
}

/// Everything that differs.
pub(super) fn changes(before: &Catalogue, after: &Catalogue) -> Vec<Change> {
    let mut all = Vec::new();
    single::<Place>(before, after, &mut all);
    single::<Hours>(before, after, &mut all);
    // No form shows it; a file that is imported may change it.
    if before.site.nearby != after.site.nearby {
        let words = |catalogue: &Catalogue| serde_json::to_string(&catalogue.site.nearby).unwrap_or_default();
        let line = Line { label: "D’après un fichier".to_owned(), before: words(before), after: words(after) };
        let link = "/admin/transfert".to_owned();
        all.push(Change { what: "Sites proches".to_owned(), how: "", link, lines: vec![line] });
    }
    items::<Exception>(before, after, &mut all);
    items::<Zone>(before, after, &mut all);
    items::<Family>(before, after, &mut all);
    items::<Service>(before, after, &mut all);
    items::<Counter>(before, after, &mut all);
    items::<Display>(before, after, &mut all);
    single::<SurveyPage>(before, after, &mut all);
    items::<Question>(before, after, &mut all);
    all
}

fn single<T: Single>(before: &Catalogue, after: &Catalogue, all: &mut Vec<Change>) {
    let drawn = |catalogue: &Catalogue| Form::draw(|form| T::declare(&mut catalogue.clone(), form));
    let lines = lines(&drawn(before), &drawn(after));
    if !lines.is_empty() {
        all.push(Change { what: T::TITLE.to_owned(), how: "", link: T::PATH.to_owned(), lines });
    }
}

fn items<T: Item>(before: &Catalogue, after: &Catalogue, all: &mut Vec<Change>) {
    let named = |item: &T| format!("{} «\u{a0}{}\u{a0}»", T::WORDS.one, item.title());
    let change = |what, how, link, lines| Change { what, how, link, lines };
    let (old, new) = (T::all(before), T::all(after));
    let keys =
        |items: &[T]| items.iter().enumerate().map(|(index, item)| item.identity(index)).collect::<Vec<String>>();
    let (old_keys, new_keys) = (keys(old), keys(new));
    for (item, _) in old.iter().zip(&old_keys).filter(|(_, key)| !new_keys.contains(key)) {
        all.push(change(named(item), "suppression", T::WORDS.path.to_owned(), Vec::new()));
    }
    for ((index, item), key) in new.iter().enumerate().zip(&new_keys) {
        let link = format!("{}/{}", T::WORDS.path, item.key(index));
        let Some(was) = old_keys.iter().position(|old| old == key).and_then(|index| old.get(index)) else {
            all.push(change(named(item), "ajout", link, Vec::new()));
            continue;
        };
        if was == item {
            continue;
        }
        let drawn = |item: &T, catalogue| Form::draw(|form| item.clone().declare(form, catalogue));
        let lines = lines(&drawn(was, before), &drawn(item, after));
        all.push(change(named(item), "", link, lines));
    }
    let common = |keys: &[String], others: &[String]| {
        keys.iter().filter(|key| others.contains(key)).cloned().collect::<Vec<String>>()
    };
    if T::WORDS.ordered && common(&old_keys, &new_keys) != common(&new_keys, &old_keys) {
        all.push(change(T::WORDS.many.to_owned(), "dans un autre ordre", T::WORDS.path.to_owned(), Vec::new()));
    }
}
