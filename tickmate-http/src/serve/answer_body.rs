//! The body of an answer: it leaves in pieces, and each piece is freed when it has left.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use super::{state::ConnectionState, waiting::Reservation};
use crate::json_body::PIECE_BYTES;

/// The body of an answer.
#[derive(Debug)]
pub(super) struct AnswerBody {
    pieces: VecDeque<Bytes>,
    rest: Body,
    reservation: Option<Reservation>,
    state: Arc<ConnectionState>,
}

impl AnswerBody {
    /// Wraps a small body, or a stream.
    pub(super) const fn new(rest: Body, state: Arc<ConnectionState>) -> Self {
        Self {
            pieces: VecDeque::new(),
            rest,
            reservation: None,
            state,
        }
    }

    /// Puts pieces, for which there is a reservation, before the rest.
    pub(super) fn with_pieces(mut self, pieces: VecDeque<Bytes>, reservation: Reservation) -> Self {
        self.pieces = pieces;
        self.reservation = Some(reservation);
        self
    }

    fn next_piece(&mut self) -> Option<Bytes> {
        let piece = self.pieces.pop_front()?;
        if let Some(reservation) = &self.reservation {
            reservation.give_back(piece.len());
        }
        Some(piece)
    }
}

/// Returns data as pieces. A larger buffer is copied: slices of it would keep all of it until the last one has left.
pub(super) fn pieces(data: Bytes) -> VecDeque<Bytes> {
    match data.len() > PIECE_BYTES {
        true => data
            .chunks(PIECE_BYTES)
            .map(Bytes::copy_from_slice)
            .collect(),
        false => VecDeque::from([data]),
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(piece) = self.next_piece() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let frame = ready!(Pin::new(&mut self.rest).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(Ok(self.first_piece(frame))),
            end => end,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let bytes: usize = self.pieces.iter().map(Bytes::len).sum();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(bytes));
        }
        hint.set_lower(rest.lower().saturating_add(bytes));
        hint
    }
}

impl AnswerBody {
    /// Returns the frame itself if it is small, otherwise its first piece.
    fn first_piece(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_data() {
            Ok(data) if data.len() > PIECE_BYTES => {
                if let Some(reservation) = &self.reservation {
                    reservation.add(data.len());
                }
                self.pieces = pieces(data);
                Frame::data(self.next_piece().unwrap_or_default())
            }
            Ok(data) => Frame::data(data),
            Err(frame) => frame,
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.state.end_answer();
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_large_body_leaves_in_pieces() {
        let data: Vec<u8> = (0..=u8::MAX).cycle().take(3 * PIECE_BYTES + 5).collect();
        let state = Arc::<ConnectionState>::default();
        state.begin_answer();
        let mut body = AnswerBody::new(Body::from(data.clone()), Arc::clone(&state));
        let mut received = Vec::new();
        while let Some(frame) = body.frame().await {
            let left = body.size_hint().exact().unwrap();
            let piece = frame.unwrap().into_data().unwrap();
            assert!(piece.len() <= PIECE_BYTES);
            received.extend_from_slice(&piece);
            assert_eq!(left, u64::try_from(data.len() - received.len()).unwrap());
        }
        assert_eq!(received, data);
        assert!(body.is_end_stream());
        state.flushed();
        assert!(!state.is_idle());
        drop(body);
        state.flushed();
        assert!(state.is_idle());
    }
}
