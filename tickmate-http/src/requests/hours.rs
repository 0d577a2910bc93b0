//! Working hours, as the core reads and writes them.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use tickmate_core::domain::hours::{MAX_EXCEPTIONS, MAX_SPANS_A_DAY, WorkingHours};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type},
    },
};

use super::InvalidInput;

/// Working hours. As `value_type` it documents the hours of answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Hours(pub(crate) WorkingHours);

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl From<Hours> for WorkingHours {
    fn from(hours: Hours) -> Self {
        hours.0
    }
}

impl Deserr<InvalidInput> for Hours {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        _: ValuePointerRef<'_>,
    ) -> Result<Self, InvalidInput> {
        // The core names the place of an error itself.
        Ok(Self(WorkingHours::parse(&value.into())?))
    }
}

impl ToSchema for Hours {
    fn name() -> std::borrow::Cow<'static, str> {
        "WorkingHours".into()
    }
}

impl ComposeSchema for Hours {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let closed = || Some(AdditionalProperties::<Schema>::FreeForm(false));
        let zone = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The name of a time zone: `Europe/Berlin`."));
        let week = DAYS.into_iter().fold(
            ObjectBuilder::new()
                .description(Some("The spans of each day of the week."))
                .additional_properties(closed()),
            |week, day| week.property(day, spans()),
        );
        let date = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^\d{4}-\d{2}-\d{2}$"));
        let exception = ObjectBuilder::new()
            .property("date", date)
            .property("spans", spans())
            .required("date")
            .required("spans")
            .additional_properties(closed());
        let exceptions = ArrayBuilder::new()
            .items(exception)
            .max_items(Some(MAX_EXCEPTIONS))
            .description(Some("Dates with other spans than their day of the week."));
        ObjectBuilder::new()
            .description(Some("The working hours, in the local time of a time zone."))
            .property("zone", zone)
            .property("week", week)
            .property("exceptions", exceptions)
            .required("zone")
            .required("week")
            .additional_properties(closed())
            .into()
    }
}

/// Documents the spans of a day: pairs of a start and an end.
fn spans() -> ArrayBuilder {
    let time = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"));
    let span = ArrayBuilder::new()
        .items(time)
        .min_items(Some(2))
        .max_items(Some(2));
    ArrayBuilder::new()
        .items(span)
        .max_items(Some(MAX_SPANS_A_DAY))
}
