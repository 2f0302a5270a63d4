//! Sentences of a screen in the languages of its site, French first.

use serde::Serialize;
use wire::catalogue::Catalogue;
use wire::ids::Language;

use crate::words::display::{Words, words};

/// For staff, who read French: another page has this screen's place.
const ELSEWHERE: &str = "Écran repris par une autre page\u{a0}: fermez-la";

/// A sentence in one language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Told {
    pub(super) lang: &'static str,
    pub(super) dir: &'static str,
    pub(super) text: String,
}

/// A sentence that the page's script shows by itself.
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) told: Told,
}

/// French first, then the site's others. Plain French is not one of them: what is read from afar is plain already.
pub(super) fn languages(catalogue: &Catalogue) -> Vec<Language> {
    let others = catalogue.languages().into_iter().filter(|lang| !lang.is_french());
    [Language::Fr].into_iter().chain(others).collect()
}

/// A sentence in every language of the site.
pub(super) fn told(catalogue: &Catalogue, say: impl Fn(&Words, Language) -> String) -> Vec<Told> {
    let one = |lang: Language| Told {
        lang: lang.bcp47(),
        dir: if lang.rtl() { "rtl" } else { "ltr" },
        text: say(words(lang), lang),
    };
    languages(catalogue).into_iter().map(one).collect()
}

/// What a screen says by itself: that it hears nothing from the server, and why.
pub(super) fn of_page(catalogue: &Catalogue) -> Vec<Word> {
    type Say = fn(&Words) -> &'static str;
    let all: [(&'static str, Say); 4] = [
        ("coupure", |words| words.cut),
        ("ecoutez", |words| words.listen),
        ("muet", |words| words.muted),
        ("annule", |words| words.undone),
    ];
    let each = all.into_iter().flat_map(|(name, say)| {
        told(catalogue, |words, _| say(words).to_owned()).into_iter().map(move |told| Word { name, told })
    });
    let elsewhere = Told { lang: "fr", dir: "ltr", text: ELSEWHERE.to_owned() };
    each.chain([Word { name: "ailleurs", told: elsewhere }]).collect()
}
