//! JSON in chunks. A single buffer for a list of some megabytes would be copied each time it grows, and would stay in
//! memory until its last byte is sent.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use serde::Serialize;

/// The size of a piece.
pub(crate) const PIECE_BYTES: usize = 64 << 10;

/// Writes a value as JSON into a body whose frames have at most [`PIECE_BYTES`].
///
/// # Errors
/// An error if the value can't be serialized.
pub(crate) fn json_body(value: &impl Serialize) -> Result<Body, serde_json::Error> {
    let mut writer = PieceWriter::default();
    serde_json::to_writer(&mut writer, value)?;
    Ok(writer.into_body())
}

/// A writer that starts a new piece when one is full.
#[derive(Debug, Default)]
struct PieceWriter {
    full: VecDeque<Bytes>,
    last: Vec<u8>,
}

impl PieceWriter {
    fn into_body(mut self) -> Body {
        if self.full.is_empty() {
            return Body::from(self.last);
        }
        self.full.push_back(self.last.into());
        Body::new(Pieces(self.full))
    }
}

impl io::Write for PieceWriter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.last.len() == PIECE_BYTES {
            let full = std::mem::replace(&mut self.last, Vec::with_capacity(PIECE_BYTES));
            self.full.push_back(full.into());
        }
        let taken = data.len().min(PIECE_BYTES - self.last.len());
        self.last.extend_from_slice(&data[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body of pieces that are in memory.
#[derive(Debug)]
struct Pieces(VecDeque<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let bytes: usize = self.0.iter().map(Bytes::len).sum();
        SizeHint::with_exact(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    async fn frames(mut body: Body) -> Vec<Bytes> {
        let mut frames = Vec::new();
        let size = body.size_hint().exact();
        while let Some(frame) = body.frame().await {
            frames.push(frame.unwrap().into_data().unwrap());
        }
        let bytes: usize = frames.iter().map(Bytes::len).sum();
        assert_eq!(size, Some(bytes as u64));
        frames
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn pieces_make_up_the_json(texts in prop::collection::vec("[a-z\"\\n]{0,40}", 0..6), times in 1_usize..1_500) {
            let value: Vec<String> = texts.iter().map(|text| text.repeat(times)).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let frames = runtime.block_on(frames(json_body(&value).unwrap()));
            prop_assert!(frames.iter().all(|frame| frame.len() <= PIECE_BYTES));
            let full = frames.len().saturating_sub(1);
            prop_assert!(frames.iter().take(full).all(|frame| frame.len() == PIECE_BYTES));
            prop_assert_eq!(frames.concat(), serde_json::to_vec(&value).unwrap());
        }
    }

    #[tokio::test]
    async fn a_value_that_is_no_json_is_an_error() {
        let by_pair = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(json_body(&by_pair).is_err());
    }
}
