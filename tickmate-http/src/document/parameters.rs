//! Documents parameters: those of queries by their struct, and the headers that several operations share.

use serde_json::Value;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        RefOr, Required,
        path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
        schema::{ObjectBuilder, Schema, Type},
    },
};

/// The version that an update expects.
pub(crate) struct IfMatch;

/// The idempotency key of a request.
pub(crate) struct IdempotencyKey;

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r#"^(\*|(W/)?"[!#-~]*"|[0-9]{1,30})$"#));
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The `ETag` of the version that the update expects. It is refused with `stale_version` where a person \
                 changed one of the same fields since.",
            ))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(255))
            .pattern(Some(r"^[!-~]([ -~]*[!-~])?$"));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The client's name for this request. The same request again, with the same key, changes nothing and \
                 is answered alike.",
            ))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

/// Returns the fields of a struct as the parameters of a query. A list is one parameter with commas between.
pub(crate) fn query_parameters<Q: ToSchema>() -> Vec<Parameter> {
    let mut known = Vec::new();
    Q::schemas(&mut known);
    let RefOr::T(Schema::Object(object)) = Q::schema() else {
        return Vec::new();
    };
    let parameter = |(name, schema): (String, RefOr<Schema>)| {
        let required = match object.required.contains(&name) {
            true => Required::True,
            false => Required::False,
        };
        let description = description(&schema);
        let schema = resolved(schema, &known);
        let mut parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(required)
            .description(description);
        if matches!(schema, RefOr::T(Schema::Array(_))) {
            parameter = parameter
                .style(Some(ParameterStyle::Form))
                .explode(Some(false));
        }
        parameter.schema(Some(schema)).build()
    };
    object
        .properties
        .clone()
        .into_iter()
        .map(parameter)
        .collect()
}

/// Resolves a reference to its schema.
fn resolved(schema: RefOr<Schema>, known: &[(String, RefOr<Schema>)]) -> RefOr<Schema> {
    let RefOr::Ref(reference) = &schema else {
        return schema;
    };
    let name = reference.ref_location.rsplit('/').next();
    let target = known.iter().find(|(known, _)| Some(known.as_str()) == name);
    target.map_or(schema.clone(), |(_, target)| {
        resolved(target.clone(), known)
    })
}

fn description(schema: &RefOr<Schema>) -> Option<String> {
    let schema = serde_json::to_value(schema).ok()?;
    let description = schema.get("description").and_then(Value::as_str);
    description.map(str::to_owned)
}
