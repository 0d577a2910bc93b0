//! The parameters of a query. Unknown and repeated parameters are refused.

use axum::extract::Query as Pairs;
use deserr::Deserr;
use http::Uri;
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use super::{Input, input::FromInput};
use crate::{
    document,
    problem::Problem,
    requests::{InvalidInput, NoFields},
};

/// The parameters of a query, read as a `Q`. The body of the request, if it has one, is not read.
#[derive(Debug)]
pub struct Parameters<Q>(pub Q);

impl<Q: Deserr<InvalidInput> + Send> FromInput for Parameters<Q> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        parse(&input.uri).map(Self)
    }
}

/// Refuses every parameter.
pub(super) fn refuse_parameters(uri: &Uri) -> Result<(), Problem> {
    parse::<NoFields>(uri).map(|NoFields {}| ())
}

fn parse<Q: Deserr<InvalidInput>>(uri: &Uri) -> Result<Q, Problem> {
    let mut invalid = InvalidInput::default();
    let mut members = Map::new();
    for (name, value) in pairs(uri) {
        if members.insert(name.clone(), Value::String(value)).is_some() {
            invalid.add(name, "is given twice");
        }
    }
    invalid.or_value(deserr::deserialize(Value::Object(members)))
}

/// Returns the parameters. Every byte sequence can be split into pairs; invalid UTF-8 becomes U+FFFD.
pub(super) fn pairs(uri: &Uri) -> impl Iterator<Item = (String, String)> + use<> {
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs.map(|Pairs(pairs)| pairs).unwrap_or_default();
    pairs.into_iter()
}

/// Documents each field as a parameter.
impl<Q: ToSchema> IntoParams for Parameters<Q> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        document::query_parameters::<Q>()
    }
}
