//! What the hall's screens say.

use jiff::civil::DateTime;
use wire::ids::Language;

use super::{fill, moment};

/// The sentences of a screen, in one language.
pub(crate) struct Words {
    /// What the list of numbers is.
    pub(crate) title: &'static str,
    /// Where nobody has been called yet.
    pub(crate) empty: &'static str,
    /// The server is not heard.
    pub(crate) cut: &'static str,
    /// The same for minutes: the screen cannot be trusted.
    pub(crate) listen: &'static str,
    /// The browser lets nothing sound.
    pub(crate) muted: &'static str,
    /// A call that was taken back.
    pub(crate) undone: &'static str,
    /// Nobody is received.
    closed: &'static str,
    opens_today: &'static str,
    opens_tomorrow: &'static str,
    opens_later: &'static str,
    wait: &'static str,
    wait_under: &'static str,
    wait_for: &'static str,
    wait_for_under: &'static str,
    ended: &'static str,
    full: &'static str,
    full_many: &'static str,
    kept: &'static str,
    stops: &'static str,
}

/// A wait that can be told, in minutes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Range {
    pub(crate) low_min: u32,
    pub(crate) high_min: u32,
}

impl Words {
    /// « Fermé. Ouverture demain à 8 h 30. »
    pub(crate) fn closed(&self, lang: Language, now: DateTime, next: Option<DateTime>) -> String {
        let Some(next) = next else { return self.closed.to_owned() };
        let tomorrow = now.date().tomorrow().ok();
        let pattern = if next.date() == now.date() {
            self.opens_today
        } else if Some(next.date()) == tomorrow {
            self.opens_tomorrow
        } else {
            self.opens_later
        };
        let (date, time) = (moment::day(lang, next.date()), moment::hour(lang, next.time()));
        format!("{} {}", self.closed, fill(pattern, &[("date", &date), ("time", &time)]))
    }

    /// « Attente : entre 10 et 20 minutes. », of a service where one is named.
    pub(crate) fn wait(&self, range: Range, service: Option<&str>) -> String {
        let pattern = match (service.is_some(), range.low_min) {
            (false, 0) => self.wait_under,
            (false, _) => self.wait,
            (true, 0) => self.wait_for_under,
            (true, _) => self.wait_for,
        };
        let (low, high) = (range.low_min.to_string(), range.high_min.to_string());
        fill(pattern, &[("low", &low), ("high", &high), ("service", service.unwrap_or_default())])
    }

    /// Nobody gets a ticket any more today.
    pub(crate) fn ended(&self) -> String {
        format!("{} {}", self.ended, self.kept)
    }

    /// Some services give no tickets any more today; without names they are too many, or not to be named in a hall.
    pub(crate) fn full(&self, services: &[&str]) -> String {
        let full = match services {
            [] => self.full_many.to_owned(),
            named => fill(self.full, &[("services", &named.join("\u{a0}; "))]),
        };
        format!("{full} {}", self.kept)
    }

    /// Tickets are given until an hour of today.
    pub(crate) fn stops(&self, lang: Language, at: DateTime) -> String {
        fill(self.stops, &[("time", &moment::hour(lang, at.time()))])
    }
}

/// The sentences in a language.
pub(crate) const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::Fr => &FRENCH,
        Language::FrSimple => &Words {
            wait: "Vous attendez entre {low} et {high} minutes.",
            wait_under: "Vous attendez moins de {high} minutes.",
            wait_for: "{service}\u{a0}: vous attendez entre {low} et {high} minutes.",
            wait_for_under: "{service}\u{a0}: vous attendez moins de {high} minutes.",
            cut: "L’écran ne marche plus",
            ..FRENCH
        },
        Language::En => &Words {
            title: "Last numbers called",
            empty: "Called numbers appear here.",
            cut: "Connection lost",
            listen: "Listen for the agent’s call.",
            muted: "Sound is off: touch the screen",
            undone: "Call withdrawn",
            closed: "Closed.",
            opens_today: "Opens today at {time}.",
            opens_tomorrow: "Opens tomorrow at {time}.",
            opens_later: "Opens on {date} at {time}.",
            wait: "Wait: between {low} and {high} minutes.",
            wait_under: "Wait: under {high} minutes.",
            wait_for: "{service}: wait between {low} and {high} minutes.",
            wait_for_under: "{service}: wait under {high} minutes.",
            ended: "No more tickets today.",
            full: "No more tickets today for: {services}.",
            full_many: "No more tickets today for some services.",
            kept: "Have a ticket? Your place is kept.",
            stops: "Today, tickets stop at {time}.",
        },
        Language::Es => &Words {
            title: "Últimos números llamados",
            empty: "Los números llamados aparecen aquí.",
            cut: "Conexión interrumpida",
            listen: "Escuche la llamada del agente.",
            muted: "Sonido apagado: toque la pantalla",
            undone: "Llamada anulada",
            closed: "Cerrado.",
            opens_today: "Abre hoy a las {time}.",
            opens_tomorrow: "Abre mañana a las {time}.",
            opens_later: "Abre el {date} a las {time}.",
            wait: "Espera: entre {low} y {high} minutos.",
            wait_under: "Espera: menos de {high} minutos.",
            wait_for: "{service}: espera entre {low} y {high} minutos.",
            wait_for_under: "{service}: espera de menos de {high} minutos.",
            ended: "No quedan tickets hoy.",
            full: "No quedan tickets hoy para: {services}.",
            full_many: "No quedan tickets hoy para algunos trámites.",
            kept: "¿Tiene un ticket? Su turno está guardado.",
            stops: "Hoy se dan tickets hasta las {time}.",
        },
        Language::Pt => &Words {
            title: "Últimas senhas chamadas",
            empty: "As senhas chamadas aparecem aqui.",
            cut: "Ligação interrompida",
            listen: "Ouça a chamada do funcionário.",
            muted: "Som desligado: toque no ecrã",
            undone: "Chamada anulada",
            closed: "Fechado.",
            opens_today: "Abre hoje às {time}.",
            opens_tomorrow: "Abre amanhã às {time}.",
            opens_later: "Abre {date} às {time}.",
            wait: "Espera: entre {low} e {high} minutos.",
            wait_under: "Espera: menos de {high} minutos.",
            wait_for: "{service}: espera entre {low} e {high} minutos.",
            wait_for_under: "{service}: espera de menos de {high} minutos.",
            ended: "Não há mais senhas hoje.",
            full: "Não há mais senhas hoje para: {services}.",
            full_many: "Não há mais senhas hoje para alguns serviços.",
            kept: "Já tem uma senha? O seu lugar está guardado.",
            stops: "Hoje, há senhas até às {time}.",
        },
        Language::Ar => &Words {
            title: "آخر الأرقام المنادى عليها",
            empty: "تظهر هنا الأرقام المنادى عليها.",
            cut: "انقطع الاتصال",
            listen: "انتبه إلى نداء الموظف.",
            muted: "الصوت متوقف: المس الشاشة",
            undone: "أُلغي النداء",
            closed: "مغلق.",
            opens_today: "يفتح اليوم الساعة {time}.",
            opens_tomorrow: "يفتح غدًا الساعة {time}.",
            opens_later: "يفتح {date} الساعة {time}.",
            wait: "الانتظار بالدقائق: من {low} إلى {high}.",
            wait_under: "الانتظار بالدقائق: أقل من {high}.",
            wait_for: "{service}: الانتظار بالدقائق من {low} إلى {high}.",
            wait_for_under: "{service}: الانتظار بالدقائق أقل من {high}.",
            ended: "لا تذاكر متبقية اليوم.",
            full: "لا تذاكر متبقية اليوم للخدمات التالية: {services}.",
            full_many: "لا تذاكر متبقية اليوم لبعض الخدمات.",
            kept: "هل لديك تذكرة؟ مكانك محفوظ.",
            stops: "تتوقف التذاكر اليوم الساعة {time}.",
        },
        Language::Tr => &Words {
            title: "Son çağrılan numaralar",
            empty: "Çağrılan numaralar burada görünür.",
            cut: "Bağlantı kesildi",
            listen: "Görevlinin çağrısını dinleyin.",
            muted: "Ses kapalı: ekrana dokunun",
            undone: "Çağrı geri alındı",
            closed: "Kapalı.",
            opens_today: "Bugün açılış: {time}.",
            opens_tomorrow: "Yarın açılış: {time}.",
            opens_later: "Açılış: {date}, {time}.",
            wait: "Bekleme: {low} ila {high} dakika.",
            wait_under: "Bekleme: {high} dakikadan az.",
            wait_for: "{service}: bekleme {low} ila {high} dakika.",
            wait_for_under: "{service}: bekleme {high} dakikadan az.",
            ended: "Bugün sıra numarası kalmadı.",
            full: "Şu işlemler için bugün sıra numarası kalmadı: {services}.",
            full_many: "Bazı işlemler için bugün sıra numarası kalmadı.",
            kept: "Sıra fişiniz var mı? Sıranız korunuyor.",
            stops: "Bugün sıra numaraları {time} saatinde biter.",
        },
        Language::Uk => &Words {
            title: "Останні викликані номери",
            empty: "Тут з’являються викликані номери.",
            cut: "Зв’язок перервано",
            listen: "Слухайте виклик працівника.",
            muted: "Звук вимкнено: торкніться екрана",
            undone: "Виклик скасовано",
            closed: "Зачинено.",
            opens_today: "Відкриття сьогодні о {time}.",
            opens_tomorrow: "Відкриття завтра о {time}.",
            opens_later: "Відкриття: {date}, {time}.",
            wait: "Очікування: від {low} до {high} хвилин.",
            wait_under: "Очікування: менше {high} хвилин.",
            wait_for: "{service}: очікування від {low} до {high} хвилин.",
            wait_for_under: "{service}: очікування менше {high} хвилин.",
            ended: "Талонів на сьогодні немає.",
            full: "На сьогодні немає талонів на послуги: {services}.",
            full_many: "На сьогодні немає талонів на деякі послуги.",
            kept: "Маєте талон? Ваше місце збережено.",
            stops: "Сьогодні талони видають до {time}.",
        },
        Language::Zh => &Words {
            title: "最近叫到的号码",
            empty: "叫到的号码显示在这里。",
            cut: "连接中断",
            listen: "请留意工作人员叫号。",
            muted: "声音已关闭：请触摸屏幕",
            undone: "叫号已取消",
            closed: "已关闭。",
            opens_today: "今天 {time} 开放。",
            opens_tomorrow: "明天 {time} 开放。",
            opens_later: "{date} {time} 开放。",
            wait: "等候：{low}至{high}分钟。",
            wait_under: "等候：不到{high}分钟。",
            wait_for: "{service}：等候{low}至{high}分钟。",
            wait_for_under: "{service}：等候不到{high}分钟。",
            ended: "今日号票已发完。",
            full: "以下服务今日号票已发完：{services}。",
            full_many: "部分服务今日号票已发完。",
            kept: "如您已有号票，位置仍为您保留。",
            stops: "今天 {time} 停止发号。",
        },
    }
}

const FRENCH: Words = Words {
    title: "Derniers numéros appelés",
    empty: "Les numéros appelés s’affichent ici.",
    cut: "Connexion interrompue",
    listen: "Écoutez l’appel de l’agent.",
    muted: "Son coupé\u{a0}: touchez l’écran",
    undone: "Appel annulé",
    closed: "Fermé.",
    opens_today: "Ouverture aujourd’hui à {time}.",
    opens_tomorrow: "Ouverture demain à {time}.",
    opens_later: "Ouverture {date} à {time}.",
    wait: "Attente\u{a0}: entre {low} et {high} minutes.",
    wait_under: "Attente\u{a0}: moins de {high} minutes.",
    wait_for: "{service}\u{a0}: attente entre {low} et {high} minutes.",
    wait_for_under: "{service}\u{a0}: attente de moins de {high} minutes.",
    ended: "Plus de ticket aujourd’hui.",
    full: "Plus de ticket aujourd’hui pour\u{a0}: {services}.",
    full_many: "Plus de ticket aujourd’hui pour certaines démarches.",
    kept: "Vous avez un ticket\u{a0}? Votre place est gardée.",
    stops: "Aujourd’hui, les tickets s’arrêtent à {time}.",
};

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_text_stands_in_every_language_with_the_same_places_to_fill() {
        let places = |text: &str| {
            let mut names: Vec<String> =
                text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.into()).collect();
            names.sort();
            names
        };
        let all = |lang: Language| {
            let Words { title, empty, cut, listen, muted, undone, closed, .. } = words(lang);
            let Words { opens_today, opens_tomorrow, opens_later, wait, wait_under, wait_for, .. } = words(lang);
            let Words { wait_for_under, ended, full, full_many, kept, stops, .. } = words(lang);
            [
                title,
                empty,
                cut,
                listen,
                muted,
                undone,
                closed,
                opens_today,
                opens_tomorrow,
                opens_later,
                wait,
                wait_under,
                wait_for,
                wait_for_under,
                ended,
                full,
                full_many,
                kept,
                stops,
            ]
            .map(|text| (*text).to_owned())
        };
        let french = all(Language::Fr);
        for lang in Language::ALL {
            for (text, in_french) in all(lang).iter().zip(&french) {
                assert!(!text.trim().is_empty(), "{}: {in_french}", lang.tag());
                assert_eq!(places(text), places(in_french), "{}: {text}", lang.tag());
                assert!(lang.is_french() || text != in_french, "{}: {text} was not translated", lang.tag());
            }
        }
    }

    #[test]
    fn a_closed_hall_says_when_it_opens_again() {
        let now = date(2026, 11, 21).at(18, 0, 0, 0);
        let closed = |next| words(Language::Fr).closed(Language::Fr, now, next).replace('\u{a0}', " ");
        assert_eq!(closed(Some(date(2026, 11, 21).at(19, 0, 0, 0))), "Fermé. Ouverture aujourd’hui à 19 h.");
        assert_eq!(closed(Some(date(2026, 11, 22).at(8, 30, 0, 0))), "Fermé. Ouverture demain à 8 h 30.");
        assert_eq!(closed(Some(date(2026, 11, 23).at(8, 30, 0, 0))), "Fermé. Ouverture lundi 23 novembre à 8 h 30.");
        assert_eq!(closed(None), "Fermé.");
    }

    #[test]
    fn a_wait_is_a_range_and_names_a_service_only_where_one_is_given() {
        let said = |low_min, high_min, service| {
            words(Language::Fr).wait(Range { low_min, high_min }, service).replace('\u{a0}', " ")
        };
        assert_eq!(said(10, 20, None), "Attente : entre 10 et 20 minutes.");
        assert_eq!(said(0, 5, None), "Attente : moins de 5 minutes.");
        assert_eq!(said(10, 20, Some("État civil")), "État civil : attente entre 10 et 20 minutes.");
        assert_eq!(said(0, 5, Some("État civil")), "État civil : attente de moins de 5 minutes.");
    }
}
