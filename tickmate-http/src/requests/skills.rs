//! Skills of a ticket or a user: each a name, or an object of name and level.

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::{
    skill::{Level, SkillInput, UnknownLevel},
    text::MAX_SKILLS,
};
use utoipa::{
    __dev::ComposeSchema,
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AdditionalProperties, Object, ObjectBuilder, OneOfBuilder, Schema, Type},
    },
};

use super::{
    Bounded, Patch, SkillName,
    invalid::{invalid, wrong_type},
    whole_number,
};

/// The skills of a ticket or a user.
pub(crate) type Skills = Bounded<Skill, MAX_SKILLS>;

/// A skill: its name, or its name and level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skill(SkillInput);

#[derive(Debug, Deserr)]
#[deserr(deny_unknown_fields)]
struct LeveledSkill {
    name: SkillName,
    #[deserr(default)]
    level: Patch<SkillLevel>,
}

/// The level at which a user has a skill.
#[derive(Debug)]
struct SkillLevel(Level);

impl From<Skill> for SkillInput {
    fn from(skill: Skill) -> Self {
        skill.0
    }
}

impl From<SkillLevel> for Level {
    fn from(level: SkillLevel) -> Self {
        level.0
    }
}

impl<E: DeserializeError> Deserr<E> for Skill {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::String(_) => {
                let name = SkillName::deserialize_from_value(value, place)?;
                Ok(Self(String::from(name).as_str().into()))
            }
            Value::Map(_) => {
                let LeveledSkill { name, level } = Deserr::deserialize_from_value(value, place)?;
                let (name, level) = (name.into(), level.into());
                Ok(Self(SkillInput { name, level }))
            }
            other => Err(wrong_type(
                place,
                other,
                &[ValueKind::String, ValueKind::Map],
            )),
        }
    }
}

impl<E: DeserializeError> Deserr<E> for SkillLevel {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let number = whole_number(&value).and_then(|number| u8::try_from(number).ok());
        let level = number.ok_or(UnknownLevel).and_then(Level::try_from);
        level
            .map(Self)
            .map_err(|error| invalid::<E>(place, format!("{error}, or null")))
    }
}

impl ToSchema for Skill {}

impl ComposeSchema for Skill {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let level = OneOfBuilder::new()
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .minimum(Some(1))
                    .maximum(Some(3)),
            )
            .item(Object::with_type(Type::Null));
        let leveled = ObjectBuilder::new()
            .property("name", SkillName::schema())
            .required("name")
            .property("level", level)
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        OneOfBuilder::new()
            .item(SkillName::schema())
            .item(leveled)
            .into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::requests::InvalidInput;

    #[derive(Debug, Deserr)]
    struct Sent {
        s: Skills,
    }

    fn read(skills: &serde_json::Value) -> Result<Vec<SkillInput>, Vec<String>> {
        let sent = json!({ "s": skills });
        let read = deserr::deserialize::<Sent, serde_json::Value, InvalidInput>(sent);
        read.map(|sent| sent.s.into_vec())
            .map_err(|invalid| invalid.fields().map(str::to_owned).collect())
    }

    #[test]
    fn names_and_levels_are_read() {
        let sent = json!(["Linux", { "name": "React", "level": 3 }, { "name": "Go" },
            { "name": "C++", "level": null }]);
        let expected = [
            "Linux".into(),
            SkillInput::at("React", Level::Expert),
            "Go".into(),
            SkillInput {
                name: "C++".to_owned(),
                level: Some(None),
            },
        ];
        assert_eq!(read(&sent).unwrap(), expected);
        assert_eq!(read(&json!([])), Ok(Vec::new()));
    }

    #[test]
    fn each_fault_has_its_place() {
        for (sent, fields) in [
            (json!("Linux, React"), vec!["s"]),
            (json!({ "name": "x" }), vec!["s"]),
            (json!(null), vec!["s"]),
            (json!(vec![1; 51]), vec!["s"]),
            (json!([1, "x", null]), vec!["s[0]", "s[2]"]),
            (json!(["x", "", "a\0b"]), vec!["s[1]", "s[2]"]),
            (json!([{ "name": "x", "level": 4 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": 0 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": 256 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": 2.5 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": "2" }]), vec!["s[0].level"]),
            (
                json!([{ "name": " ", "level": -1 }]),
                vec!["s[0].level", "s[0].name"],
            ),
            (json!([{ "name": 1 }]), vec!["s[0].name"]),
            (json!(["x", { "lvl": 1 }]), vec!["s[1].lvl", "s[1].name"]),
        ] {
            assert_eq!(
                read(&sent).map_err(|mut fields| {
                    fields.sort();
                    fields
                }),
                Err(fields.into_iter().map(str::to_owned).collect()),
                "{sent}"
            );
        }
    }
}
