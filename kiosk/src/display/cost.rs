//! What drawing costs, in processor time of the thread that draws.

use std::path::Path;
use std::time::Duration;

use kiosk_flow::view::View;
use kiosk_runtime::screen::ScreenError;
use rustix::time::{ClockId, clock_gettime};

use super::{DisplayError, Easel, Panel};

/// How often a press and a screen change are measured.
const ROUNDS: usize = 101;

/// How long a screen slides (design, chapter "Motion").
const SLIDE: Duration = Duration::from_millis(150);

/// Processor time of what a visitor sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameCost {
    /// The first frame: fonts, layout and every pixel.
    pub first_frame: Duration,
    /// A button that is pressed: only what changed is drawn. 95th percentile, as all below.
    pub press: Duration,
    /// From one screen to the other and its whole picture.
    pub change: Duration,
    /// One frame of a screen that slides in, whole.
    pub slide: Duration,
    /// A look at a screen on which nothing changed.
    pub nothing: Duration,
    /// How many of these looks drew something.
    pub idle_frames: u32,
}

/// Measures in memory, on this thread; one measure a process, and none where [`super::open`] was called.
///
/// # Errors
/// As [`super::open`], or the first view has no button to press.
pub fn frame_cost(panel: &Panel, fonts_folder: &Path, one: &View, other: &View) -> Result<FrameCost, CostError> {
    let start = thread_time();
    let mut easel = Easel::new(panel, fonts_folder)?;
    easel.show(one);
    easel.draw();
    let first_frame = thread_time().saturating_sub(start);

    let elements = easel.elements();
    let button = elements.iter().find(|element| element.enabled).ok_or(CostError::NoButton)?;
    let (inside, outside) = (button.centre(), (button.x - 2.0, button.y - 2.0));
    let mut press = Vec::with_capacity(ROUNDS);
    let mut change = Vec::with_capacity(ROUNDS);
    let mut nothing = Vec::with_capacity(ROUNDS);
    let mut slide = Vec::with_capacity(ROUNDS);
    let mut idle_frames = 0;
    for _ in 0..ROUNDS {
        let start = thread_time();
        easel.press(&[inside])?;
        easel.draw();
        press.push(thread_time().saturating_sub(start));
        easel.lift(&[outside])?;
        easel.draw();

        let start = thread_time();
        idle_frames += u32::from(easel.draw());
        nothing.push(thread_time().saturating_sub(start));

        let start = thread_time();
        easel.show(other);
        easel.draw();
        change.push(thread_time().saturating_sub(start));
        easel.set_motion(true);
        easel.show(one);
        easel.draw();
        easel.pass(SLIDE / 2);
        let start = thread_time();
        easel.draw();
        slide.push(thread_time().saturating_sub(start));
        easel.pass(SLIDE);
        easel.draw();
        easel.set_motion(false);
    }
    Ok(FrameCost {
        first_frame,
        press: p95(press),
        change: p95(change),
        slide: p95(slide),
        nothing: p95(nothing),
        idle_frames,
    })
}

fn p95(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() * 95 / 100).copied().unwrap_or_default()
}

fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// The display.
    #[error(transparent)]
    Display(#[from] DisplayError),
    /// The events.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// There is nothing to press.
    #[error("the view has no button to press; measure one that has")]
    NoButton,
}
