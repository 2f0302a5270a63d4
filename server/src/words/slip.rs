//! What a ticket says that the reception desk prints: the same as on a borne's paper.

use wire::ids::Language;

/// The sentences of the paper.
pub(crate) struct Words {
    /// Over the number of a ticket that was printed before.
    pub(crate) duplicate: &'static str,
    /// Beside the code.
    pub(crate) follow: &'static str,
}

/// The sentences in a language.
pub(crate) const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::Fr => &Words { duplicate: "DUPLICATA", follow: "Suivez votre tour sur votre téléphone." },
        Language::FrSimple => &Words { duplicate: "COPIE", follow: "Voyez votre tour sur votre téléphone." },
        Language::En => &Words { duplicate: "DUPLICATE", follow: "Follow your turn on your phone." },
        Language::Es => &Words { duplicate: "DUPLICADO", follow: "Siga su turno en su teléfono." },
        Language::Pt => &Words { duplicate: "DUPLICADO", follow: "Siga a sua vez no seu telemóvel." },
        Language::Ar => &Words { duplicate: "نسخة مكررة", follow: "تابع دورك على هاتفك." },
        Language::Tr => &Words { duplicate: "KOPYA", follow: "Telefonunuzdan sıranızı takip edin." },
        Language::Uk => &Words {
            duplicate: "ДУБЛІКАТ", follow: "Стежте за чергою на своєму телефоні."
        },
        Language::Zh => &Words { duplicate: "副本", follow: "请用手机查看排队进度。" },
    }
}
