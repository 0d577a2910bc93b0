//! Rules that admins set: policies of routing, rows of the skill dictionary, holidays, choices of triage.

use std::borrow::Cow;

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::{
    hours::{Holidays, MAX_HOLIDAYS},
    options::FieldOption,
    routing::{Policy, RoutingRules},
    skill::{MAX_ROWS, SkillEntry},
};
use utoipa::{
    __dev::ComposeSchema,
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{
            AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, Type,
        },
    },
};

use super::{
    Bounded, Category, InvalidInput,
    invalid::{place_name, wrong_type},
};
use crate::wire;

/// A policy of routing: the name of a ready one, or what differs from one. The core checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyInput(Policy);

/// The desk's own rows of the skill dictionary. The core checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkillRows(Vec<SkillEntry>);

/// Days on which nobody works. The core checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HolidayList(Holidays);

/// What a field is chosen from: names, or objects of name and description. The core checks the texts.
pub(crate) type Choices = Bounded<Choice, 100>;

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice(FieldOption);

#[derive(Debug, Deserr)]
#[deserr(deny_unknown_fields)]
struct DescribedChoice {
    name: String,
    #[deserr(default)]
    description: String,
}

impl From<PolicyInput> for Policy {
    fn from(policy: PolicyInput) -> Self {
        policy.0
    }
}

impl From<SkillRows> for Vec<SkillEntry> {
    fn from(rows: SkillRows) -> Self {
        rows.0
    }
}

impl From<HolidayList> for Holidays {
    fn from(holidays: HolidayList) -> Self {
        holidays.0
    }
}

impl From<Choice> for FieldOption {
    fn from(choice: Choice) -> Self {
        choice.0
    }
}

impl Deserr<InvalidInput> for PolicyInput {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, InvalidInput> {
        Ok(Self(Policy::parse(&place_name(place), &value.into())?))
    }
}

impl Deserr<InvalidInput> for SkillRows {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        _: ValuePointerRef<'_>,
    ) -> Result<Self, InvalidInput> {
        // The core names the place of an error itself.
        Ok(Self(RoutingRules::parse_skills(&value.into())?))
    }
}

impl Deserr<InvalidInput> for HolidayList {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        _: ValuePointerRef<'_>,
    ) -> Result<Self, InvalidInput> {
        // The core names the place of an error itself.
        Ok(Self(Holidays::parse(&value.into())?))
    }
}

impl<E: DeserializeError> Deserr<E> for Choice {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let (name, description) = match value {
            Value::String(name) => (name, String::new()),
            Value::Map(_) => {
                let DescribedChoice { name, description } =
                    Deserr::deserialize_from_value(value, place)?;
                (name, description)
            }
            other => {
                let accepted = [ValueKind::String, ValueKind::Map];
                return Err(wrong_type(place, other, &accepted));
            }
        };
        Ok(Self(FieldOption { name, description }))
    }
}

/// Documents the object as a patch of the policy in answers: no member is needed, `base` names what it differs from.
impl ToSchema for PolicyInput {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        wire::Policy::schemas(schemas);
    }
}

impl ComposeSchema for PolicyInput {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let names = || {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(Policy::NAMES))
        };
        let mut patch = match wire::Policy::schema() {
            RefOr::T(Schema::Object(policy)) => policy,
            _ => Object::new(),
        };
        patch.required.clear();
        let patch = ObjectBuilder::from(patch)
            .property("base", names())
            .property("relaxAfter", wire::Timers::patch())
            .property("escalateAfter", wire::Timers::patch())
            .property("weights", wire::Weights::patch())
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        OneOfBuilder::new().item(names()).item(patch).into()
    }
}

impl ToSchema for SkillRows {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        wire::SkillEntry::schemas(schemas);
    }
}

impl ComposeSchema for SkillRows {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let mut row = match wire::SkillEntry::schema() {
            RefOr::T(Schema::Object(row)) => row,
            _ => Object::new(),
        };
        row.required
            .retain(|name| matches!(name.as_str(), "id" | "name"));
        let row = ObjectBuilder::from(row)
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        ArrayBuilder::new()
            .items(row)
            .max_items(Some(MAX_ROWS))
            .into()
    }
}

impl ToSchema for HolidayList {}

impl ComposeSchema for HolidayList {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let date = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^\d{4}-\d{2}-\d{2}$"));
        ArrayBuilder::new()
            .items(date)
            .unique_items(true)
            .max_items(Some(MAX_HOLIDAYS))
            .into()
    }
}

impl ToSchema for Choice {
    fn name() -> Cow<'static, str> {
        "ChoiceInput".into()
    }
}

impl ComposeSchema for Choice {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let description = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(500))
            .pattern(Some(r"^[^\x00-\x1F\x7F-\x9F\u2028-\u202E\u2066-\u2069]*$"));
        let described = ObjectBuilder::new()
            .property("name", Category::schema())
            .required("name")
            .property("description", description)
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        OneOfBuilder::new()
            .item(Category::schema())
            .item(described)
            .into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(error = InvalidInput)]
    struct Sent {
        t: Choices,
    }

    fn read(choices: &serde_json::Value) -> Result<Vec<FieldOption>, Vec<String>> {
        let read = deserr::deserialize::<Sent, _, InvalidInput>(json!({ "t": choices }));
        read.map(|sent| sent.t.into_vec())
            .map_err(|invalid| invalid.fields().map(str::to_owned).collect())
    }

    #[test]
    fn names_and_descriptions_are_read() {
        let sent =
            json!(["network", { "name": "boats", "description": "what floats" }, { "name": "" }]);
        let choice = |name: &str, description: &str| FieldOption {
            name: name.to_owned(),
            description: description.to_owned(),
        };
        let expected = [
            choice("network", ""),
            choice("boats", "what floats"),
            choice("", ""),
        ];
        assert_eq!(read(&sent).unwrap(), expected);
        assert_eq!(read(&json!([])), Ok(Vec::new()));
    }

    #[test]
    fn each_fault_has_its_place() {
        for (sent, fields) in [
            (json!("network, boats"), vec!["t"]),
            (json!({ "name": "x" }), vec!["t"]),
            (json!(null), vec!["t"]),
            (json!(vec![1; 101]), vec!["t"]),
            (json!([1, "x", null, ["y"]]), vec!["t[0]", "t[2]", "t[3]"]),
            (json!(["x", {}]), vec!["t[1].name"]),
            (
                json!([{ "name": 1, "description": null }]),
                vec!["t[0].description", "t[0].name"],
            ),
            (
                json!([{ "name": "x", "label": "y" }, { "description": "z" }]),
                vec!["t[0].label", "t[1].name"],
            ),
        ] {
            let named = read(&sent).unwrap_err();
            assert_eq!(named, fields, "{sent}");
        }
    }
}
