//! `/t/{token}`: the ticket on a phone. Until it can be followed, every token gets the same page, and no oracle.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use wire::ids::Language;
use wire::label::Label;

use super::language;
use super::page::render;
use crate::app::App;

#[derive(Template)]
#[template(path = "ticket.html")]
struct Page {
    /// BCP 47.
    lang: &'static str,
    rtl: bool,
    words: &'static Words,
    label: Option<String>,
    /// Whether nobody gets a ticket any more today.
    ended: bool,
}

/// What the page says, in one language.
struct Words {
    skip: &'static str,
    number: &'static str,
    your_number: &'static str,
    keep: &'static str,
    ended: &'static str,
}

const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::Fr | Language::FrSimple => &Words {
            skip: "Aller au contenu",
            number: "Numéro",
            your_number: "Votre numéro",
            keep: "Le suivi de votre numéro n’est pas encore disponible. Gardez votre numéro.",
            ended: "Plus de ticket aujourd’hui. Vous avez un ticket\u{a0}? Votre place est gardée.",
        },
        Language::En => &Words {
            skip: "Skip to content",
            number: "Number",
            your_number: "Your number",
            keep: "You cannot follow your number here yet. Keep your number.",
            ended: "No more tickets today. Have a ticket? Your place is kept.",
        },
        Language::Es => &Words {
            skip: "Ir al contenido",
            number: "Número",
            your_number: "Su número",
            keep: "Todavía no se puede seguir su número aquí. Conserve su número.",
            ended: "No quedan tickets hoy. ¿Tiene un ticket? Su turno está guardado.",
        },
        Language::Pt => &Words {
            skip: "Ir para o conteúdo",
            number: "Número",
            your_number: "O seu número",
            keep: "Ainda não é possível seguir o seu número aqui. Guarde o seu número.",
            ended: "Não há mais senhas hoje. Já tem uma senha? O seu lugar está guardado.",
        },
        Language::Ar => &Words {
            skip: "الانتقال إلى المحتوى",
            number: "الرقم",
            your_number: "رقمك",
            keep: "لا يمكن متابعة رقمك هنا بعد. احتفظ برقمك.",
            ended: "لا تذاكر متبقية اليوم. هل لديك تذكرة؟ مكانك محفوظ.",
        },
        Language::Tr => &Words {
            skip: "İçeriğe geç",
            number: "Numara",
            your_number: "Numaranız",
            keep: "Numaranız henüz buradan takip edilemiyor. Numaranızı saklayın.",
            ended: "Bugün sıra numarası kalmadı. Sıra fişiniz var mı? Sıranız korunuyor.",
        },
        Language::Uk => &Words {
            skip: "Перейти до вмісту",
            number: "Номер",
            your_number: "Ваш номер",
            keep: "Стежити за номером тут поки що не можна. Збережіть свій номер.",
            ended: "Талонів на сьогодні немає. Маєте талон? Ваше місце збережено.",
        },
        Language::Zh => &Words {
            skip: "跳至正文",
            number: "号码",
            your_number: "您的号码",
            keep: "目前还不能在此查看您的排队情况。请保留您的号码。",
            ended: "今日号票已发完。如您已有号票，位置仍为您保留。",
        },
    }
}

pub(super) async fn page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    answer(&app, &headers, None)
}

/// The label is for the eyes of whoever holds the paper; it is shown only if it could be one.
pub(super) async fn page_with_label(
    State(app): State<Arc<App>>,
    Path((_token, label)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(&app, &headers, label.to_ascii_uppercase().parse::<Label>().ok().map(|label| label.display()))
}

fn answer(app: &App, asked: &HeaderMap, label: Option<String>) -> Response {
    let now = app.clock.now();
    let lang = language::asked(asked, &app.catalogue.languages());
    let ended = app.intake(now).has_ended(now);
    let mut page =
        render(StatusCode::OK, &Page { lang: lang.bcp47(), rtl: lang.rtl(), words: words(lang), label, ended });
    let headers = page.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_stands_in_every_language_and_no_two_are_the_same() {
        for lang in Language::ALL {
            let Words { skip, number, your_number, keep, ended } = words(lang);
            for text in [skip, number, your_number, keep, ended] {
                assert!(!text.trim().is_empty(), "{}", lang.tag());
            }
        }
        let mut said: Vec<&str> = Language::ALL.iter().map(|lang| words(*lang).keep).collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), Language::ALL.len() - 1, "plain French reads as French here");
    }
}
