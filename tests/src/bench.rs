//! Figures as ratios to a limit of this machine, measured in the same run.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: String,
    /// The limit in the same unit: this machine's own, or the one agreed on.
    pub limit: f64,
    /// `value / limit`.
    pub ratio: f64,
    /// What the ratio should be: `<= 1.00`, `>= 0.80`; none where the figure only informs.
    pub goal: Option<String>,
    /// Whether it is.
    pub met: Option<bool>,
}

/// What a ratio should be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// It only informs.
    None,
}

impl Figure {
    /// A figure beside its limit.
    #[must_use]
    pub fn new(name: &str, value: f64, unit: &str, limit: f64, goal: Goal) -> Self {
        let ratio = value / limit;
        let (text, met) = match goal {
            Goal::AtMost(edge) => (Some(format!("<= {edge:.2}")), Some(ratio <= edge)),
            Goal::AtLeast(edge) => (Some(format!(">= {edge:.2}")), Some(ratio >= edge)),
            Goal::None => (None, None),
        };
        Self { name: name.to_owned(), value, unit: unit.to_owned(), limit, ratio, goal: text, met }
    }
}

/// Writes a group's figures to `FOLDER/GROUP.json` and shows them as a table.
pub fn report(folder: &Path, group: &str, figures: &[Figure], out: &mut impl Write) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(format!("{group}.json")), serde_json::to_string_pretty(figures)? + "\n")?;
    writeln!(out, "\n{group}")?;
    writeln!(out, "  {:<44} {:>12} {:>12} {:<10} {:>7}  goal", "", "value", "limit", "unit", "ratio")?;
    for f in figures {
        let verdict = match f.met {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "informs",
        };
        let goal = f.goal.as_deref().unwrap_or("-");
        writeln!(
            out,
            "  {:<44} {:>12.2} {:>12.2} {:<10} {:>7.2}  {goal:<8} {verdict}",
            f.name, f.value, f.limit, f.unit, f.ratio
        )?;
    }
    Ok(())
}

/// The value below which that share of the values lies.
#[must_use]
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into some hundred values"
    )]
    let at = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_judged_by_its_direction() {
        assert_eq!(Figure::new("a", 3.0, "s", 2.0, Goal::AtMost(1.0)).met, Some(false));
        assert_eq!(Figure::new("a", 3.0, "s", 2.0, Goal::AtLeast(1.5)).met, Some(true));
        assert_eq!(Figure::new("a", 3.0, "s", 2.0, Goal::None).met, None);
    }

    #[test]
    fn the_99th_of_100_is_the_last_but_one() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.99), 99.0);
        assert_eq!(percentile(&values, 0.5), 50.0);
    }
}
