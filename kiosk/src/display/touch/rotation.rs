//! Where a finger is when the picture is turned.
//!
//! `SLINT_KMS_ROTATION` turns the picture and not the touches. Here they turn together: a place on the panel, as a
//! share of its width and height, becomes a pixel of the window. libinput has applied the device's calibration matrix
//! before; `LIBINPUT_CALIBRATION_MATRIX` is for a touch panel that is mounted askew of its own screen, and must not turn
//! the touches a second time.

use super::filter::Place;

/// How the picture is turned, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// As the panel shows it.
    #[default]
    None,
    /// By 90 degrees: the window's upper edge is at the panel's right.
    Quarter,
    /// By 180 degrees.
    Half,
    /// By 270 degrees: the window's upper edge is at the panel's left.
    ThreeQuarters,
}

impl Rotation {
    /// That of this process. What cannot be read turns nothing: the screen does not open with it.
    #[cfg(feature = "kms")]
    pub fn of_the_screen() -> Self {
        let degrees = std::env::var("SLINT_KMS_ROTATION").ok();
        degrees.and_then(|degrees| Self::of_degrees(&degrees)).unwrap_or_default()
    }

    /// As `SLINT_KMS_ROTATION` writes it.
    pub fn of_degrees(degrees: &str) -> Option<Self> {
        match degrees.parse::<u32>().ok()? {
            0 => Some(Self::None),
            90 => Some(Self::Quarter),
            180 => Some(Self::Half),
            270 => Some(Self::ThreeQuarters),
            _ => None,
        }
    }

    /// The pixel of a window of this size at a place of the panel: shares of its width from the left, of its height
    /// from above.
    #[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
    pub fn place(self, (across, down): (f64, f64), (width, height): (u32, u32)) -> Place {
        let (right, below) = match self {
            Self::None => (across, down),
            Self::Quarter => (down, 1.0 - across),
            Self::Half => (1.0 - across, 1.0 - down),
            Self::ThreeQuarters => (1.0 - down, across),
        };
        ((right * f64::from(width)) as f32, (below * f64::from(height)) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A portrait window, on a panel that is wide where the picture is turned by a quarter.
    const WINDOW: (u32, u32) = (1080, 1920);

    #[test]
    fn the_finger_is_where_the_picture_is() {
        // Where the panel shows the window's upper left corner, and a place right of it and below.
        let table = [
            ("0", (0.0, 0.0), (0.25, 0.1)),
            ("90", (1.0, 0.0), (0.9, 0.25)),
            ("180", (1.0, 1.0), (0.75, 0.9)),
            ("270", (0.0, 1.0), (0.1, 0.75)),
        ];
        for (degrees, corner, inside) in table {
            let rotation = Rotation::of_degrees(degrees).expect("a rotation");
            assert_eq!(rotation.place(corner, WINDOW), (0.0, 0.0), "{degrees}");
            let (x, y) = rotation.place(inside, WINDOW);
            assert!((x - 270.0).abs() < 0.01 && (y - 192.0).abs() < 0.01, "{degrees}: {x} {y}");
        }
    }

    #[test]
    fn what_is_no_rotation_is_none() {
        for degrees in ["", "45", "-90", "360", "ninety"] {
            assert_eq!(Rotation::of_degrees(degrees), None);
        }
    }
}
