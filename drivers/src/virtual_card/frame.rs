//! What vpcd and a virtual card say to each other: two bytes of length, big-endian, and so many bytes (vpicc protocol of
//! virtualsmartcard). Pure.

/// A message of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Power is taken away.
    Off,
    /// Power is given.
    On,
    /// Reset.
    Reset,
    /// The reader asks for the answer to reset, which is also how it sees that the card is there.
    AnswerToReset,
    /// A command of more than one byte.
    Command(Vec<u8>),
}

/// A message that no reader sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A message without a byte.
    #[error("the reader sent an empty message")]
    Empty,
    /// One byte that is no order.
    #[error("the reader sent the order {0}, and 0, 1, 2 and 4 are known")]
    UnknownOrder(u8),
}

/// Takes the first whole message off the beginning; `None` where more bytes are needed first.
pub fn take_frame(stream: &mut Vec<u8>) -> Option<Result<Frame, FrameError>> {
    let (&[high, low], rest) = stream.split_first_chunk::<2>()?;
    let message = rest.get(..usize::from(u16::from_be_bytes([high, low])))?.to_vec();
    stream.drain(..2 + message.len());
    Some(match *message.as_slice() {
        [] => Err(FrameError::Empty),
        [0] => Ok(Frame::Off),
        [1] => Ok(Frame::On),
        [2] => Ok(Frame::Reset),
        [4] => Ok(Frame::AnswerToReset),
        [order] => Err(FrameError::UnknownOrder(order)),
        [..] => Ok(Frame::Command(message)),
    })
}

/// What a card sends: the answer with its length. What is beyond the longest length is left out.
#[must_use]
pub fn frame(answer: &[u8]) -> Vec<u8> {
    let answer = &answer[..answer.len().min(usize::from(u16::MAX))];
    // At most 65535.
    let length = answer.len() as u16;
    [&length.to_be_bytes(), answer].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_readers_messages_are_read() {
        type Taken = Option<Result<Frame, FrameError>>;
        let table: [(&[u8], Taken); 10] = [
            (&[], None),
            (&[0], None),
            (&[0, 1], None),
            (&[0, 0], Some(Err(FrameError::Empty))),
            (&[0, 1, 0], Some(Ok(Frame::Off))),
            (&[0, 1, 1], Some(Ok(Frame::On))),
            (&[0, 1, 2], Some(Ok(Frame::Reset))),
            (&[0, 1, 4], Some(Ok(Frame::AnswerToReset))),
            (&[0, 1, 3], Some(Err(FrameError::UnknownOrder(3)))),
            (&[0, 2, 4, 4], Some(Ok(Frame::Command(vec![4, 4])))),
        ];
        for (bytes, frame) in table {
            assert_eq!(take_frame(&mut bytes.to_vec()), frame, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_split_of_a_stream_gives_the_same_messages(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20),
            piece in 1..50_usize,
        ) {
            let bytes: Vec<u8> = messages.iter().flat_map(|message| frame(message)).collect();
            let mut whole = bytes.clone();
            let at_once: Vec<_> = std::iter::from_fn(|| take_frame(&mut whole)).collect();
            prop_assert_eq!(at_once.len(), messages.len());
            let (mut stream, mut by_pieces) = (Vec::new(), Vec::new());
            for piece in bytes.chunks(piece) {
                stream.extend_from_slice(piece);
                by_pieces.extend(std::iter::from_fn(|| take_frame(&mut stream)));
            }
            prop_assert_eq!(by_pieces, at_once);
            prop_assert!(stream.is_empty() && whole.is_empty());
        }

        #[test]
        fn no_bytes_are_too_strange(mut bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            while take_frame(&mut bytes).is_some() {}
        }
    }
}
