//! An input that the handler parses after it has checked the caller's permission.

use std::{convert::Infallible, fmt, marker::PhantomData};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{FromRequest, Request},
};
use http::{HeaderMap, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::Problem;

/// Extracts the query, headers and body of a request, which are read as a `T` when the handler calls
/// [`parse`](Self::parse).
///
/// The handler first checks whether the caller may use the route. Errors therefore come in a fixed order: 401, 404,
/// 403, then 400, 413 or 415 for a body that is not JSON, and 422 with all invalid fields.
///
/// `T` is [`Body`](crate::Body), [`Submission`](crate::Submission), [`Update`](crate::Update),
/// [`Parameters`](crate::Parameters) or another [`FromInput`], over a struct that derives [`deserr::Deserr`]:
///
/// ```
/// use deserr::Deserr;
/// use tickmate_http::{Acting, Body, Input, Patch, Problem};
///
/// #[derive(Deserr)]
/// #[deserr(deny_unknown_fields)]
/// struct WriteNote {
///     text: String,
///     #[deserr(default)]
///     color: Patch<String>,
/// }
///
/// async fn write_note(Acting(actor): Acting, input: Input<Body<WriteNote>>) -> Result<String, Problem> {
///     let Body(note) = input.parse().await?;
///     Ok(format!("{:?} wrote {}", actor.id(), note.text))
/// }
/// ```
pub struct Input<T> {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    body: Body,
    most: usize,
    parses: PhantomData<fn() -> T>,
}

/// A type that an [`Input`] can be parsed as.
pub trait FromInput: Sized {
    /// Reads the whole input.
    ///
    /// # Errors
    /// 400, 413 or 415 for a body that is not JSON, 422 with all invalid fields.
    fn from_input(input: Input<Self>) -> impl Future<Output = Result<Self, Problem>> + Send;
}

/// The maximum size of a body in bytes, unless the route sets another one.
pub(super) const MAX_BODY: usize = 256 * 1024;

impl<T> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl<T, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            uri: parts.uri,
            headers: parts.headers,
            body,
            most: MAX_BODY,
            parses: PhantomData,
        })
    }
}

impl<T> Input<T> {
    /// Returns whether the query has a parameter with this name, for routes on which the required permission depends on
    /// it.
    pub fn has_parameter(&self, name: &str) -> bool {
        super::query::pairs(&self.uri).any(|(known, _)| known == name)
    }

    /// Sets the maximum size of the body in bytes.
    pub fn within(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Receives the headers and the body of a request that takes no query.
    pub(super) async fn received(self) -> Result<(HeaderMap, Bytes), Problem> {
        super::query::refuse_parameters(&self.uri)?;
        if self.body.size_hint().lower() > self.most as u64 {
            return Err(Problem::too_large());
        }
        let body = Limited::new(self.body, self.most).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => Problem::too_large(),
            false => Problem::malformed_json("the body ended early"),
        })?;
        Ok((self.headers, body.to_bytes()))
    }
}

impl<T: FromInput> Input<T> {
    /// Reads the input.
    ///
    /// # Errors
    /// 400, 413 or 415 for a body that is not JSON, 422 with all invalid fields.
    pub async fn parse(self) -> Result<T, Problem> {
        T::from_input(self).await
    }
}
