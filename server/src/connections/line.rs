//! A client's line, and how long it may stay silent while a live page is told over it.
//!
//! Whoever closes a page, or a browser that ends, is noticed at once: the line is read from while an answer is under way.
//! A machine that loses its power or its network says nothing, and the system goes on taking what is written to it for a
//! quarter of an hour. HTTP/2 asks the other side now and then; HTTP/1.1 knows no such question, so there the system is
//! told how long it may wait for what a live page was told to be acknowledged. It is told so of these lines only: of others
//! it would also end those whose reader pauses, as a browser does that asks where to put a download.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Whether a line carries a live page.
#[derive(Clone, Debug, Default)]
pub(super) struct Live(Arc<AtomicBool>);

impl Live {
    /// Notes what the answer is that begins.
    pub(super) fn carries(&self, live_page: bool) {
        self.0.store(live_page, Ordering::Relaxed);
    }
}

/// A line whose patience follows what it carries.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    live: Live,
    /// What the system was told last.
    is_impatient: bool,
    patience: Duration,
}

impl Line {
    pub(super) fn new(stream: TcpStream, live: Live, patience: Duration) -> Self {
        Self { stream, live, is_impatient: false, patience }
    }

    /// Before an answer's first byte goes out.
    fn heed(&mut self) {
        let wanted = self.live.0.load(Ordering::Relaxed);
        if wanted == self.is_impatient {
            return;
        }
        let ms = if wanted { u32::try_from(self.patience.as_millis()).unwrap_or(u32::MAX) } else { 0 };
        if let Err(e) = set_tcp_user_timeout(&self.stream, ms) {
            tracing::debug!(error = %e, "a line that goes silent is noticed late");
        }
        self.is_impatient = wanted;
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.heed();
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.heed();
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::tcp_user_timeout;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn only_a_live_page_makes_a_line_impatient() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let live = Live::default();
        let (stream, _) = listener.accept().await.unwrap();
        let mut line = Line::new(stream, live.clone(), Duration::from_secs(20));
        for (live_page, ms) in [(false, 0), (true, 20_000), (false, 0)] {
            live.carries(live_page);
            line.write_all(b"x").await.unwrap();
            assert_eq!(tcp_user_timeout(&line.stream).unwrap(), ms, "{live_page}");
        }
    }
}
