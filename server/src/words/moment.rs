//! Hours and days as people say them.

use jiff::civil::{Date, Time};
use wire::ids::Language;

use super::fill;

/// How a language writes days.
struct Days {
    /// `{weekday}`, `{day}`, `{month}`.
    date: &'static str,
    /// From Monday.
    weekdays: [&'static str; 7],
    /// From January.
    months: [&'static str; 12],
}

/// `8 h 30`, `8:30 am`, `8:30`.
pub(crate) fn hour(lang: Language, time: Time) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    match lang {
        Language::Fr | Language::FrSimple if minute == 0 => format!("{hour}\u{a0}h"),
        Language::Fr | Language::FrSimple => format!("{hour}\u{a0}h\u{a0}{minute:02}"),
        Language::Pt if minute == 0 => format!("{hour}h"),
        Language::Pt => format!("{hour}h{minute:02}"),
        Language::En => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 { format!("{hour}\u{a0}{half}") } else { format!("{hour}:{minute:02}\u{a0}{half}") }
        }
        Language::Es | Language::Ar | Language::Tr | Language::Uk | Language::Zh => format!("{hour}:{minute:02}"),
    }
}

/// `lundi 30 novembre`.
pub(crate) fn day(lang: Language, date: Date) -> String {
    let days = days(lang);
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    let month = usize::try_from(date.month() - 1).unwrap_or(0);
    // French counts the first of a month.
    let number = if date.day() == 1 && lang.is_french() { "1er".to_owned() } else { date.day().to_string() };
    fill(days.date, &[("weekday", days.weekdays[weekday]), ("day", &number), ("month", days.months[month])])
}

const fn days(lang: Language) -> &'static Days {
    match lang {
        Language::Fr | Language::FrSimple => &Days {
            date: "{weekday} {day} {month}",
            weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
            months: [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ],
        },
        Language::En => &Days {
            date: "{weekday} {day} {month}",
            weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            months: [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        },
        Language::Es => &Days {
            date: "{weekday} {day} de {month}",
            weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
            months: [
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
        },
        Language::Pt => &Days {
            date: "{weekday}, {day} de {month}",
            weekdays: [
                "segunda-feira",
                "terça-feira",
                "quarta-feira",
                "quinta-feira",
                "sexta-feira",
                "sábado",
                "domingo",
            ],
            months: [
                "janeiro",
                "fevereiro",
                "março",
                "abril",
                "maio",
                "junho",
                "julho",
                "agosto",
                "setembro",
                "outubro",
                "novembro",
                "dezembro",
            ],
        },
        Language::Ar => &Days {
            date: "{weekday} {day} {month}",
            weekdays: ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
            months: [
                "يناير",
                "فبراير",
                "مارس",
                "أبريل",
                "مايو",
                "يونيو",
                "يوليو",
                "أغسطس",
                "سبتمبر",
                "أكتوبر",
                "نوفمبر",
                "ديسمبر",
            ],
        },
        Language::Tr => &Days {
            date: "{day} {month} {weekday}",
            weekdays: ["Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi", "Pazar"],
            months: [
                "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım",
                "Aralık",
            ],
        },
        Language::Uk => &Days {
            date: "{weekday}, {day} {month}",
            weekdays: ["понеділок", "вівторок", "середа", "четвер", "п’ятниця", "субота", "неділя"],
            months: [
                "січня",
                "лютого",
                "березня",
                "квітня",
                "травня",
                "червня",
                "липня",
                "серпня",
                "вересня",
                "жовтня",
                "листопада",
                "грудня",
            ],
        },
        Language::Zh => &Days {
            date: "{month}{day}日{weekday}",
            weekdays: ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
            months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn hours_and_days_are_written_as_each_language_does() {
        let at = time(8, 30, 0, 0);
        let said: Vec<String> = Language::ALL.iter().map(|lang| hour(*lang, at).replace('\u{a0}', " ")).collect();
        assert_eq!(said, ["8 h 30", "8:30 am", "8:30", "8h30", "8:30", "8:30", "8:30", "8:30", "8 h 30"]);
        assert_eq!(hour(Language::En, time(0, 0, 0, 0)), "12\u{a0}am");
        assert_eq!(hour(Language::En, time(13, 5, 0, 0)), "1:05\u{a0}pm");
        assert_eq!(hour(Language::Fr, time(14, 0, 0, 0)), "14\u{a0}h");
        let monday = date(2026, 11, 30);
        let said: Vec<String> = Language::ALL.iter().map(|lang| day(*lang, monday)).collect();
        let expected = [
            "lundi 30 novembre",
            "Monday 30 November",
            "lunes 30 de noviembre",
            "segunda-feira, 30 de novembro",
            "الاثنين 30 نوفمبر",
            "30 Kasım Pazartesi",
            "понеділок, 30 листопада",
            "11月30日星期一",
            "lundi 30 novembre",
        ];
        assert_eq!(said, expected);
        assert_eq!(day(Language::Fr, date(2026, 12, 1)), "mardi 1er décembre");
        assert_eq!(day(Language::Es, date(2026, 12, 6)), "domingo 6 de diciembre");
    }
}
