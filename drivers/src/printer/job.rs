//! A whole job as bytes: pure, so that what goes to paper can be read in a test.

use super::delivery::JobId;
use super::escpos_encoder::EscposEncoder;
use super::painter::{DrawError, Painter};
use super::profile::{Cutter, Form, Profile};
use super::protocol::{ASK_PAPER_STATUS, ENABLE_AUTOMATIC_STATUS, ProcessId, Question};
use super::raster::{BAND_ROWS, encode_bands};
use super::slip::{Block, Slip};
use super::text_form;

/// A blank strip below the last line, in dots.
const FOOT_DOTS: u8 = 16;
/// `ESC @`: settings as after switching on, and an unfinished line forgotten.
const INITIALIZE: [u8; 2] = *b"\x1B@";
/// `ESC a`, where the line is empty.
const CENTRED: [u8; 3] = *b"\x1Ba\x01";
const FROM_THE_LEFT: [u8; 3] = *b"\x1Ba\x00";
/// Paper from the head to the tear bar of a printer without cutter, in dots.
const TEAR_BAR_DOTS: u8 = 160;

/// A job ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedJob {
    /// Everything from `ESC @` to the cut and the buzzer.
    pub bytes: Vec<u8>,
    /// What the printer will answer, where it does.
    pub ids: Option<JobIds>,
    /// Paper used before the cut, in whole millimetres.
    pub length_mm: u16,
}

/// The process ids of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobIds {
    /// Answered when the slip is printed.
    pub printed: ProcessId,
    /// Answered when it is cut; `None` without a cutter.
    pub cut: Option<ProcessId>,
}

/// Why a slip has no bytes.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// It cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The encoder refused a command.
    #[error("the ESC/POS encoder refused a command")]
    Escpos(#[from] escpos::errors::PrinterError),
}

/// Encodes a slip for a model: `ESC @`, the body, a feed, the id of the print, the cut, the id of the cut, the buzzer.
pub fn encode_job(
    painter: &mut Painter,
    slip: &Slip,
    profile: &Profile,
    job: JobId,
) -> Result<EncodedJob, EncodeError> {
    let ids = profile.answers.gs_h.then(|| job_ids(job, profile.cutter != Cutter::None));
    let mut encoder = EscposEncoder::new();
    encoder.initialize()?;
    if profile.answers.asb {
        // `ESC @` has just switched it off.
        encoder.raw(&ENABLE_AUTOMATIC_STATUS)?;
    }
    let body_dots = match profile.form {
        Form::Raster => drawn(&mut encoder, painter, slip, profile)?,
        Form::Text => text_form::encode(&mut encoder, painter, slip, profile)?,
    };
    let cut = profile.cutter.command();
    let foot = if cut.is_some() { FOOT_DOTS } else { TEAR_BAR_DOTS };
    encoder.feed_dots(foot)?;
    if let Some(ids) = ids {
        encoder.raw(&process_id_request(ids.printed))?;
    }
    if let Some(cut) = cut {
        encoder.raw(&cut)?;
    }
    if let Some(cut) = ids.and_then(|ids| ids.cut) {
        encoder.raw(&process_id_request(cut))?;
    }
    if let Some(buzzer) = profile.buzzer.filter(|_| profile.buzz_after_cut) {
        encoder.raw(&buzzer.command())?;
    }
    Ok(EncodedJob {
        bytes: encoder.into_bytes()?,
        ids,
        length_mm: u16::try_from((body_dots + usize::from(foot)).div_ceil(8)).unwrap_or(u16::MAX),
    })
}

/// The slip as a picture, but for a logo that the printer has in its memory; answers the dots of paper it takes.
fn drawn(
    encoder: &mut EscposEncoder,
    painter: &mut Painter,
    slip: &Slip,
    profile: &Profile,
) -> Result<usize, EncodeError> {
    let Some(stored) = profile.stored_logo else {
        let picture = painter.draw(slip)?;
        encoder.raw(&encode_bands(&picture))?;
        return Ok(picture.height());
    };
    let mut dots = 0;
    for part in slip.blocks.split_inclusive(|block| matches!(block, Block::Logo(_))) {
        let (blocks, logo) = match part {
            [blocks @ .., Block::Logo(logo)] => (blocks, Some(logo)),
            _ => (part, None),
        };
        let picture = painter.draw_blocks(blocks, slip.rtl)?;
        encoder.raw(&encode_bands(&picture))?;
        dots += picture.height();
        if let Some(logo) = logo {
            encoder.raw(&CENTRED)?;
            encoder.raw(&stored.command())?;
            encoder.raw(&FROM_THE_LEFT)?;
            dots += logo.height();
        }
    }
    Ok(dots)
}

/// What is sent to a printer when a link is made; asking for its identity comes later, question by question.
///
/// The questions come first: a printer that is offline reads nothing else. After a job that was cut off the printer may
/// wait for the rest of a band: blank rows end it (elsewhere a printer ignores NUL), and the torso is cut off the next
/// slip. Then the blank rows come before everything: a printer that waits for the size of a picture would take a question
/// for one of megabytes, while it skips a picture of no size.
pub(crate) fn greeting(profile: &Profile, cut_off: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    if cut_off {
        bytes.resize(usize::from(profile.width_dots) / 8 * BAND_ROWS, 0);
    }
    if profile.answers.dle_eot {
        bytes.extend(Question::ALL.into_iter().flat_map(Question::request));
    }
    bytes.extend(INITIALIZE);
    if let Some(cut) = profile.cutter.command().filter(|_| cut_off) {
        bytes.extend(cut);
    }
    if profile.answers.asb {
        bytes.extend(ENABLE_AUTOMATIC_STATUS);
    } else if profile.answers.gs_r {
        bytes.extend(ASK_PAPER_STATUS);
    }
    bytes
}

/// `GS ( H` function 48.
fn process_id_request(id: ProcessId) -> [u8; 11] {
    let [d1, d2, d3, d4] = id;
    [0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30, d1, d2, d3, d4]
}

/// Two ids a job: they differ from those of the 40 million jobs before it.
fn job_ids(job: JobId, cutter: bool) -> JobIds {
    JobIds { printed: process_id(job.0.wrapping_mul(2)), cut: cutter.then(|| process_id(job.0.wrapping_mul(2) | 1)) }
}

/// The number in base 95, in bytes from 0x20 to 0x7E, the lowest digit last.
fn process_id(number: u64) -> ProcessId {
    let mut rest = number;
    let mut id = [0x20; 4];
    for digit in id.iter_mut().rev() {
        *digit += u8::try_from(rest % 95).unwrap_or(0);
        rest /= 95;
    }
    id
}

#[cfg(test)]
mod tests;

#[cfg(all(test, feature = "virtual"))]
mod hostile_text;
