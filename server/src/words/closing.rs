//! What people are told who still waited when the day was closed, in the hall and on their phones.

use wire::ids::Language;

use crate::store::ClosingMessage;

/// The sentences of one language.
struct Words {
    come_back: &'static str,
    see_reception: &'static str,
    incident: &'static str,
}

const fn words(lang: Language) -> Words {
    match lang {
        Language::Fr => Words {
            come_back: "L’accueil est fermé pour aujourd’hui. Les numéros qui n’ont pas été appelés ne sont plus valables. Revenez un autre jour.",
            see_reception: "L’accueil est fermé pour aujourd’hui. Votre numéro n’a pas été appelé\u{a0}? Adressez-vous à l’accueil.",
            incident: "En raison d’un incident, l’accueil ferme maintenant. Les numéros qui n’ont pas été appelés ne sont plus valables. Revenez un autre jour.",
        },
        Language::FrSimple => Words {
            come_back: "L’accueil est fermé. Votre numéro n’a pas été appelé\u{a0}? Il ne sert plus. Revenez un autre jour.",
            see_reception: "L’accueil est fermé. Votre numéro n’a pas été appelé\u{a0}? Parlez à une personne de l’accueil.",
            incident: "Il y a un problème. L’accueil ferme maintenant. Votre numéro ne sert plus. Revenez un autre jour.",
        },
        Language::En => Words {
            come_back: "Reception is closed for today. Numbers that were not called are no longer valid. Please come back another day.",
            see_reception: "Reception is closed for today. Was your number not called? Please speak to somebody at the reception desk.",
            incident: "Because of an incident, reception is closing now. Numbers that were not called are no longer valid. Please come back another day.",
        },
        Language::Es => Words {
            come_back: "La recepción está cerrada por hoy. Los números que no se han llamado ya no son válidos. Vuelva otro día.",
            see_reception: "La recepción está cerrada por hoy. ¿No se ha llamado su número? Diríjase a la recepción.",
            incident: "Debido a un incidente, la recepción cierra ahora. Los números que no se han llamado ya no son válidos. Vuelva otro día.",
        },
        Language::Pt => Words {
            come_back: "O atendimento está encerrado por hoje. Os números que não foram chamados já não são válidos. Volte noutro dia.",
            see_reception: "O atendimento está encerrado por hoje. O seu número não foi chamado? Dirija-se à receção.",
            incident: "Devido a um incidente, o atendimento encerra agora. Os números que não foram chamados já não são válidos. Volte noutro dia.",
        },
        Language::Ar => Words {
            come_back: "أُغلق الاستقبال لهذا اليوم. الأرقام التي لم يُنادَ عليها لم تعد صالحة. يُرجى العودة في يوم آخر.",
            see_reception: "أُغلق الاستقبال لهذا اليوم. ألم يُنادَ على رقمك؟ يُرجى التوجه إلى مكتب الاستقبال.",
            incident: "بسبب حادث طارئ، يُغلق الاستقبال الآن. الأرقام التي لم يُنادَ عليها لم تعد صالحة. يُرجى العودة في يوم آخر.",
        },
        Language::Tr => Words {
            come_back: "Kabul bugünlük kapandı. Çağrılmayan numaralar artık geçerli değil. Lütfen başka bir gün gelin.",
            see_reception: "Kabul bugünlük kapandı. Numaranız çağrılmadı mı? Lütfen danışmaya başvurun.",
            incident: "Bir olay nedeniyle kabul şimdi kapanıyor. Çağrılmayan numaralar artık geçerli değil. Lütfen başka bir gün gelin.",
        },
        Language::Uk => Words {
            come_back: "Прийом на сьогодні завершено. Номери, які не викликали, більше не дійсні. Приходьте іншого дня.",
            see_reception: "Прийом на сьогодні завершено. Ваш номер не викликали? Зверніться до стійки прийому.",
            incident: "Через надзвичайну подію прийом зараз завершується. Номери, які не викликали, більше не дійсні. Приходьте іншого дня.",
        },
        Language::Zh => Words {
            come_back: "今日接待已结束。未被叫到的号码不再有效。请改日再来。",
            see_reception: "今日接待已结束。您的号码没有被叫到？请前往接待处咨询。",
            incident: "因突发情况，接待现在结束。未被叫到的号码不再有效。请改日再来。",
        },
    }
}

/// What a message says in a language.
pub(crate) const fn text(message: ClosingMessage, lang: Language) -> &'static str {
    let Words { come_back, see_reception, incident } = words(lang);
    match message {
        ClosingMessage::ComeBack => come_back,
        ClosingMessage::SeeReception => see_reception,
        ClosingMessage::Incident => incident,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_message_stands_in_every_language_and_no_two_are_the_same() {
        let all: BTreeSet<&str> =
            ClosingMessage::ALL.iter().flat_map(|m| Language::ALL.iter().map(|lang| text(*m, *lang))).collect();
        assert_eq!(all.len(), ClosingMessage::ALL.len() * Language::ALL.len());
        assert!(all.iter().all(|text| text.ends_with(['.', '。'])));
    }
}
