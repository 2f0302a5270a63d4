//! A point-of-sale scanner's report descriptor and its reports. The first byte is the descriptor's length; then come
//! reports, each after its length.

use std::time::{Duration, Instant};

use drivers::scanner::{CODE_MAX, Framing, Heard, ReportFormat, ReportIntake};

use super::sent::Sent;

/// Bytes of a report, at most, with its number: what the system reads.
const REPORT_MAX: usize = 16_385;

/// Any descriptor describes a scanner or none; a piece of a code is a part of its report, and a code is made of such
/// pieces, in this order and each once.
pub fn run(data: &[u8]) {
    let Some((&length, rest)) = data.split_first() else {
        return;
    };
    let (descriptor, mut rest) = rest.split_at(usize::from(length).min(rest.len()));
    let Some(format) = ReportFormat::from_descriptor(descriptor) else {
        return;
    };
    assert!((1..=REPORT_MAX).contains(&format.longest()), "{} bytes are read at once", format.longest());
    let mut intake = ReportIntake::new(format.clone(), &Framing::default());
    let mut sent = Sent::default();
    let mut now = Instant::now();
    while let Some((&length, more)) = rest.split_first() {
        let (report, after) = more.split_at(usize::from(length).min(more.len()));
        rest = after;
        if let Some(chunk) = format.chunk(report) {
            let inside = report.as_ptr_range();
            assert!(chunk.data.is_empty() || inside.contains(&chunk.data.as_ptr()));
            assert!(chunk.data.len() <= report.len());
            sent.add(chunk.data);
        }
        now += Duration::from_millis(60);
        let mut codes = Vec::new();
        intake.report(report, now, &mut |heard| {
            if let Heard::Code(code) = heard {
                codes.push(code);
            }
        });
        assert!(codes.len() <= 1, "a report ends one code at most");
        for code in codes {
            assert!((1..=CODE_MAX).contains(&code.as_bytes().len()));
            sent.assert_holds(code.as_bytes());
        }
    }
    intake.pause(now + Duration::from_secs(1), &mut |_| {});
    assert_eq!(intake.deadline(), None, "silence ends everything");
}
