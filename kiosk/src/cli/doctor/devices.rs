//! Every device that is plugged in, whether or not the configuration names it and this user may open it.

use drivers::discovery::{Access, DeviceKind, Found};
use drivers::printer::Ask;
use serde::Serialize;

/// A device as the table and the JSON show it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    kind: &'static str,
    selector: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware: Option<String>,
    /// Whether this user may open it, and what to do where not.
    access: String,
    may_open: bool,
    /// The udev rule that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_rule: Option<String>,
    /// What to run to try it.
    #[serde(skip_serializing_if = "Option::is_none")]
    try_it: Option<String>,
}

/// Looks for devices of every kind. `held` is the printer that a running borne has.
pub(super) fn found(held: Option<&str>, ask: Ask) -> Vec<Row> {
    let mut found = drivers::printer::discover(ask);
    found.extend(drivers::scanner::discover());
    found.extend(drivers::card::discover());
    found.extend(drivers::gpio::discover());
    found.extend(drivers::backlight::discover());
    found.extend(drivers::watchdog::discover());
    found.into_iter().map(|found| Row::of(found, held)).collect()
}

impl Row {
    fn of(mut found: Found, held: Option<&str>) -> Self {
        // Settings may leave the serial number out.
        let is_held = matches!(found.access, Access::Busy { .. })
            && held.is_some_and(|held| !held.is_empty() && found.selector.starts_with(held));
        if is_held {
            found.access = Access::Granted;
        }
        let try_it = match found.kind {
            DeviceKind::Printer => Some(format!("borne --set printer.device={} print-test", found.selector)),
            DeviceKind::Scanner => Some(format!("borne --set scanner.device={} scan-test", found.selector)),
            DeviceKind::CardReader => Some(format!("borne --set 'card.device={}' card-test", found.selector)),
            DeviceKind::Gpio | DeviceKind::Watchdog | DeviceKind::Backlight => None,
        };
        let (access, missing_rule) = match &found.access {
            Access::Granted if is_held => ("the running borne has it".to_owned(), None),
            Access::Granted => ("may be opened".to_owned(), None),
            Access::Forbidden { node, rule } => {
                (format!("{} may not be opened by this user", node.display()), Some(rule.clone()))
            }
            Access::Busy { node } => (format!("{} is held by another program", node.display()), None),
            Access::Fault(why) => (why.clone(), None),
        };
        Self {
            kind: in_words(found.kind),
            may_open: found.access == Access::Granted,
            try_it: try_it.filter(|_| found.access == Access::Granted),
            selector: found.selector,
            name: found.name,
            firmware: found.firmware,
            access,
            missing_rule,
        }
    }

    /// The lines of the table.
    pub(super) fn lines(&self) -> Vec<String> {
        let sign = if self.may_open { "✓" } else { "!" };
        let firmware = self.firmware.as_ref().map_or_else(String::new, |firmware| format!(" · {firmware}"));
        let mut lines = vec![format!("{sign} {:<14} {} · {}{firmware}", self.kind, self.selector, self.name)];
        if !self.may_open {
            lines.push(format!("{:17}{}", "", self.access));
        }
        if let Some(rule) = &self.missing_rule {
            lines.push(format!("{:17}add to /etc/udev/rules.d/61-borne.rules: {rule}", ""));
        }
        if let Some(try_it) = &self.try_it {
            lines.push(format!("{:17}try it: {try_it}", ""));
        }
        lines
    }
}

const fn in_words(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Printer => "printer",
        DeviceKind::Scanner => "scanner",
        DeviceKind::CardReader => "card reader",
        DeviceKind::Gpio => "gpio",
        DeviceKind::Watchdog => "watchdog",
        DeviceKind::Backlight => "backlight",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(kind: DeviceKind, access: Access) -> Row {
        let (selector, name) = ("usb:04b8:0e28:X1".to_owned(), "EPSON TM-T20III".to_owned());
        Row::of(
            Found { kind, selector, name, firmware: Some("1.02 ESC/POS".to_owned()), access },
            Some("usb:04b8:0e28"),
        )
    }

    #[test]
    fn what_the_running_borne_has_is_not_told_as_taken_by_somebody_else() {
        let node = || PathBuf::from("/dev/bus/usb/001/004");
        let own = found(DeviceKind::Printer, Access::Busy { node: node() });
        assert!(own.may_open && own.access == "the running borne has it", "{own:?}");
        let (selector, name) = ("usb:04b8:0202:X2".to_owned(), "EPSON".to_owned());
        let other =
            Found { kind: DeviceKind::Printer, selector, name, firmware: None, access: Access::Busy { node: node() } };
        let other = Row::of(other, Some("usb:04b8:0e28"));
        assert!(!other.may_open && other.access.contains("another program"), "{other:?}");
    }

    #[test]
    fn a_device_that_may_be_opened_is_shown_with_how_to_try_it() {
        let lines = found(DeviceKind::Printer, Access::Granted).lines();
        assert_eq!(lines[0], "✓ printer        usb:04b8:0e28:X1 · EPSON TM-T20III · 1.02 ESC/POS");
        assert!(lines[1].ends_with("try it: borne --set printer.device=usb:04b8:0e28:X1 print-test"), "{lines:?}");
    }

    #[test]
    fn a_device_that_may_not_is_shown_with_the_rule_that_is_missing() {
        let rule = r#"SUBSYSTEM=="usb", ATTR{idVendor}=="04b8", GROUP="borne""#.to_owned();
        let node = PathBuf::from("/dev/bus/usb/001/004");
        let row = found(DeviceKind::Printer, Access::Forbidden { node, rule: rule.clone() });
        let text = row.lines().join("\n");
        assert!(text.starts_with("! ") && text.contains("/dev/bus/usb/001/004") && text.contains(&rule), "{text}");
        assert!(!text.contains("try it"), "{text}");
    }
}
