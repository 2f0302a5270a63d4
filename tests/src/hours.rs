//! Opening hours have no place where a site is tried: it must be open whenever somebody tries it.

use toml::{Table, Value};

/// Takes every opening hour, the site's and its services', and every day that differs out of a catalogue: what is left is
/// always open. Quotas stay.
pub fn leave_out(catalogue: &mut Table) {
    if let Some(site) = catalogue.get_mut("site").and_then(Value::as_table_mut) {
        site.remove("hours");
        site.remove("exception");
    }
    let services = catalogue.get_mut("service").and_then(Value::as_array_mut);
    for service in services.into_iter().flatten().filter_map(Value::as_table_mut) {
        service.remove("hours");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::catalogue::Catalogue;

    #[test]
    fn an_example_without_its_hours_is_always_open_and_otherwise_the_same() {
        let text = std::fs::read_to_string(crate::project().join("config/examples/marseille/site.toml")).unwrap();
        let written = Catalogue::from_toml(&text).unwrap();
        assert!(written.hours().is_some() && !written.site.exceptions.is_empty(), "the example shows hours");
        let mut table: Table =
            text.replacen("letter = ", "hours = { sat = [\"09:00-11:30\"] }\nletter = ", 1).parse().unwrap();
        leave_out(&mut table);
        let open = Catalogue::from_toml(&toml::to_string(&table).unwrap()).unwrap();
        assert!(open.hours().is_none() && open.services.iter().all(|service| open.service_hours(service).is_none()));
        let mut same = written;
        (same.site.hours, same.site.exceptions) = (None, Vec::new());
        assert_eq!(open, same);
    }
}
