//! Which requests of a connection are under way, from their head to the last byte of their answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;

/// How many requests a connection has under way.
#[derive(Clone, Debug)]
pub(super) struct Busy(watch::Sender<usize>);

/// One of them; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(watch::Sender<usize>);

impl Busy {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(super) fn begin(&self) -> UnderWay {
        self.0.send_modify(|count| *count += 1);
        UnderWay(self.0.clone())
    }

    /// Resolves once nothing has been under way for so long.
    pub(super) async fn idle_for(&self, patience: Duration) {
        let mut count = self.0.subscribe();
        loop {
            let nothing = *count.borrow_and_update() == 0;
            // `self` holds a sender: the channel does not close.
            if nothing && tokio::time::timeout(patience, count.changed()).await.is_err() {
                return;
            }
            if !nothing {
                let _ = count.changed().await;
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// An answer's body, which keeps its request under way.
pub(super) struct Answering {
    body: Body,
    _under_way: UnderWay,
}

impl Answering {
    pub(super) const fn new(body: Body, under_way: UnderWay) -> Self {
        Self { body, _under_way: under_way }
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
