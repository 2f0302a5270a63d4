//! Which lines this machine has.

use std::io;
use std::path::{Path, PathBuf};

use gpiocdev::Chip;
use gpiocdev::line::Info;

use super::character_device::opening;
use super::lines::UDEV_RULE;
use super::selector::LineSelector;
use crate::discovery::{Access, DeviceKind, Found};

/// Finds the GPIO lines of this machine: each line that has a name, and each chip whose lines have none.
///
/// A Raspberry Pi's header needs no row of its own: its lines have names (`line:GPIO17` is `pi:17`).
pub fn discover() -> Vec<Found> {
    let chips = match gpiocdev::chip::chips() {
        Ok(chips) => chips,
        Err(error) => {
            tracing::debug!(%error, "no search for GPIO chips");
            return Vec::new();
        }
    };
    list(chips.into_iter().map(|path| survey(&path)).collect())
}

/// What one chip tells.
struct Survey {
    path: PathBuf,
    /// Its label and its lines, or why it cannot be opened.
    contents: Result<(String, Vec<Info>), Access>,
}

fn survey(path: &Path) -> Survey {
    let contents = Chip::from_path(path).and_then(|chip| {
        let info = chip.info()?;
        let lines = chip.line_info_iter()?.collect::<gpiocdev::Result<Vec<_>>>()?;
        let label = if info.label.is_empty() { info.name } else { info.label };
        Ok((label, lines))
    });
    let contents = contents.map_err(|error| match opening(&error) {
        Some(io::ErrorKind::PermissionDenied) => {
            Access::Forbidden { node: path.to_owned(), rule: UDEV_RULE.to_owned() }
        }
        Some(_) | None => Access::Fault(error.to_string()),
    });
    Survey { path: path.to_owned(), contents }
}

fn list(chips: Vec<Survey>) -> Vec<Found> {
    let names: Vec<String> = chips
        .iter()
        .filter_map(|chip| chip.contents.as_ref().ok())
        .flat_map(|(_, lines)| lines.iter().map(|line| line.name.clone()))
        .collect();
    let unique = |name: &str| names.iter().filter(|other| *other == name).count() == 1;
    let mut found = Vec::new();
    for chip in chips {
        let at = |offset| LineSelector::Chip { chip: chip.path.clone(), offset };
        let row = |selector: LineSelector, name: String, access: Access| Found {
            kind: DeviceKind::Gpio,
            selector: selector.to_string(),
            name,
            firmware: None,
            access,
        };
        let file =
            chip.path.file_name().map_or_else(|| chip.path.display().to_string(), |f| f.to_string_lossy().into());
        match chip.contents {
            Err(access) => found.push(row(at(0), format!("{file}, the first of its lines"), access)),
            Ok((label, lines)) if lines.iter().all(|line| line.name.is_empty()) => {
                let name = format!("{file} ({label}), the first of {} lines without names", lines.len());
                found.push(row(at(0), name, Access::Granted));
            }
            Ok((label, lines)) => {
                for line in lines.into_iter().filter(|line| !line.name.is_empty()) {
                    let by_name = format!("line:{}", line.name).parse::<LineSelector>().ok();
                    let selector = by_name.filter(|_| unique(&line.name)).unwrap_or_else(|| at(line.offset));
                    let mut name = format!("{} of {file} ({label}), offset {}", line.name, line.offset);
                    let access = if line.used {
                        let by = if line.consumer.is_empty() { "a driver of the kernel" } else { &line.consumer };
                        name.push_str(&format!(", held by {by}"));
                        Access::Busy { node: chip.path.clone() }
                    } else {
                        Access::Granted
                    };
                    found.push(row(selector, name, access));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_of_the_borne_brings_the_rule() {
        let shipped = include_str!("../../../deploy/package/borne/60-borne.rules");
        assert!(shipped.lines().any(|line| line == UDEV_RULE), "{UDEV_RULE}");
    }

    fn line(offset: u32, name: &str, consumer: &str) -> Info {
        Info {
            offset,
            name: name.to_owned(),
            consumer: consumer.to_owned(),
            used: !consumer.is_empty(),
            ..Info::default()
        }
    }

    #[test]
    fn named_lines_are_listed_by_name_unless_two_share_it_and_chips_without_names_by_offset() {
        let chip = |path: &str, contents| Survey { path: PathBuf::from(path), contents };
        let forbidden = Access::Forbidden { node: "/dev/gpiochip3".into(), rule: UDEV_RULE.to_owned() };
        let found = list(vec![
            chip(
                "/dev/gpiochip0",
                Ok((
                    "pinctrl-bcm2711".to_owned(),
                    vec![line(0, "ID_SDA", ""), line(17, "GPIO17", "bell"), line(18, "", ""), line(19, "RESET", "")],
                )),
            ),
            chip("/dev/gpiochip1", Ok(("expander".to_owned(), vec![line(4, "RESET", "")]))),
            chip("/dev/gpiochip2", Ok(("INT34C5:00".to_owned(), vec![line(0, "", ""), line(1, "", "")]))),
            chip("/dev/gpiochip3", Err(forbidden.clone())),
        ]);
        let rows: Vec<_> =
            found.iter().map(|row| (row.selector.as_str(), row.name.as_str(), row.access.clone())).collect();
        assert_eq!(
            rows,
            [
                ("line:ID_SDA", "ID_SDA of gpiochip0 (pinctrl-bcm2711), offset 0", Access::Granted),
                (
                    "line:GPIO17",
                    "GPIO17 of gpiochip0 (pinctrl-bcm2711), offset 17, held by bell",
                    Access::Busy { node: "/dev/gpiochip0".into() }
                ),
                ("chip:/dev/gpiochip0:19", "RESET of gpiochip0 (pinctrl-bcm2711), offset 19", Access::Granted),
                ("chip:/dev/gpiochip1:4", "RESET of gpiochip1 (expander), offset 4", Access::Granted),
                (
                    "chip:/dev/gpiochip2:0",
                    "gpiochip2 (INT34C5:00), the first of 2 lines without names",
                    Access::Granted
                ),
                ("chip:/dev/gpiochip3:0", "gpiochip3, the first of its lines", forbidden),
            ]
        );
        for row in found {
            assert_eq!(row.selector.parse::<LineSelector>().unwrap().to_string(), row.selector);
        }
    }
}
