//! Whoever goes away from a live page is noticed, though nothing is told them any more.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::response::IntoResponse;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{self, UnboundedSender};

use super::*;

/// As long as a test waits for what must come.
const DEADLINE: Duration = Duration::from_secs(20);

/// Tells that an answer's body is let go of.
struct Open(UnboundedSender<()>);

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// A live page that says a word and then nothing any more.
fn live_page(gone: UnboundedSender<()>) -> Response {
    let words = stream::unfold((Open(gone), false), |(open, said)| async move {
        if said {
            std::future::pending::<()>().await;
        }
        Some((Ok::<_, Infallible>(Bytes::from_static(b"data: 1\n\n")), (open, true)))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(words)).into_response()
}

/// A client that has read the page's first word.
async fn reader(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: accueil.test\r\n\r\n").await.unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 512]);
    while !read.ends_with(b"data: 1\n\n\r\n") {
        let n = client.read(&mut piece).await.unwrap();
        assert!(n > 0, "{}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..n]);
    }
    client
}

#[tokio::test]
async fn a_client_that_goes_away_is_noticed_without_a_word_more() {
    let (gone, mut noticed) = mpsc::unbounded_channel();
    let router = Router::new().fallback(move || std::future::ready(live_page(gone.clone())));
    let closing = CancellationToken::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let entrance = Entrance::new(&Http::default(), &closing);
    let serving = tokio::spawn(async move { entrance.serve(listener, None, router).await });
    // A page that is closed, a browser that ends without a word.
    for abruptly in [false, true] {
        let client = reader(address).await;
        assert!(noticed.try_recv().is_err(), "it is open");
        if abruptly {
            rustix::net::sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
        }
        drop(client);
        timeout(DEADLINE, noticed.recv()).await.expect("it is noticed");
    }
    closing.cancel();
    serving.await.unwrap();
}
