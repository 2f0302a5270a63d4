//! The next fourteen days as a draft's hours and closures make them.

use jiff::civil::Date;
use wire::catalogue::Catalogue;
use wire::ids::Language;
use wire::opening::Stretch;

use super::words::{short_date, weekday};

/// A day.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Day {
    /// « jeudi 24 décembre 2026 »
    pub(super) date: String,
    /// « 08:30–12:00, 13:30–17:00 », « fermé »
    pub(super) hours: String,
    pub(super) closed: bool,
    /// Why it differs from its week.
    pub(super) reason: String,
    /// Services with other hours: « État civil : 09:00–11:30 »
    pub(super) others: Vec<String>,
}

/// From a day on.
pub(super) fn fortnight(catalogue: &Catalogue, from: Date) -> Vec<Day> {
    from.series(jiff::Span::new().days(1)).take(14).map(|date| day(catalogue, date)).collect()
}

fn day(catalogue: &Catalogue, date: Date) -> Day {
    let site = catalogue.hours().map(|hours| hours.on(date).to_vec());
    let holds = |e: &&wire::opening::Exception| (e.from..=e.to.unwrap_or(e.from)).contains(&date);
    let reason = catalogue.site.exceptions.iter().rev().find(holds).map(|exception| {
        exception.reason.as_ref().map_or_else(|| "jour différent".to_owned(), |why| why.get(Language::Fr).to_owned())
    });
    let others = catalogue.services.iter().filter_map(|service| {
        let own = catalogue.service_hours(service).map(|hours| hours.on(date).to_vec());
        let differs = service.hours.is_some() && own != site;
        differs.then(|| format!("{}\u{a0}: {}", service.name.get(Language::Fr), words(own.as_deref())))
    });
    Day {
        date: format!("{} {}", weekday(date.weekday()), short_date(date)),
        hours: words(site.as_deref()),
        closed: site.as_ref().is_some_and(Vec::is_empty),
        reason: reason.unwrap_or_default(),
        others: others.collect(),
    }
}

fn words(stretches: Option<&[Stretch]>) -> String {
    match stretches {
        None => "toujours ouvert".to_owned(),
        Some([]) => "fermé".to_owned(),
        Some(stretches) => {
            let each = stretches.iter().map(|stretch| stretch.to_string().replace('-', "–"));
            each.collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../../config/examples/marseille/site.toml");

    #[test]
    fn fourteen_days_follow_from_hours_closures_and_services() {
        let mut catalogue = Catalogue::from_toml(EXAMPLE).unwrap();
        catalogue.services[0].hours =
            Some(wire::opening::Week { sat: vec!["09:00-11:30".parse().unwrap()], ..wire::opening::Week::default() });
        let days = fortnight(&catalogue, Date::new(2026, 12, 21).unwrap());
        assert_eq!(days.len(), 14);
        assert_eq!((days[0].hours.as_str(), days[0].closed), ("08:15–16:15", false));
        assert_eq!((days[4].hours.as_str(), days[4].reason.as_str()), ("fermé", "Noël"));
        assert!(days[4].date.starts_with("vendredi 25"), "{}", days[4].date);
        assert_eq!(days[5].others, ["Carte d’identité, passeport\u{a0}: 09:00–11:30"]);
        assert_eq!((days[6].closed, days[6].reason.as_str()), (true, ""), "a Sunday");
        assert!(days[11].closed && days[11].reason == "Jour de l’an", "{:?}", days[11]);
        let always = Catalogue { site: wire::catalogue::Site { hours: None, ..catalogue.site }, ..catalogue };
        assert_eq!(fortnight(&always, Date::new(2026, 12, 25).unwrap())[0].hours, "toujours ouvert");
    }
}
