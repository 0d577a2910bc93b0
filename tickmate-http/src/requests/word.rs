//! Words of a closed list: statuses, priorities, roles.

use std::{borrow::Cow, str::FromStr};

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::{
    analysis::{Complexity, Sentiment},
    decision::QueueReason,
    delivery::Delivery,
    field::Field,
    mail::MailStatus,
    mail_kind::MailKind,
    models::{CallOutcome, Task},
    presence::Availability,
    priority::Priority,
    reply::Visibility,
    status::Status,
    triage::wire_name,
    user::Role,
};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use super::invalid::{invalid, wrong_type};

/// One word of a closed list. As `value_type` it documents the words of an answer, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

/// A closed list of words.
pub(crate) trait Words {
    /// The name of the list in the OpenAPI document.
    const NAME: &'static str;

    /// Returns every word, as it stands in answers.
    fn words() -> Vec<&'static str>;
}

/// A closed list of words that requests hold.
pub(crate) trait ReadWord: Words + Sized {
    /// Reads a word.
    ///
    /// # Errors
    /// What the words are.
    fn read(word: &str) -> Result<Self, String>;
}

/// The status of a ticket.
pub(crate) type StatusWord = Word<Status>;
/// The priority of a ticket.
pub(crate) type PriorityWord = Word<Priority>;
/// The role of a user.
pub(crate) type RoleWord = Word<Role>;
/// Whether a member of staff takes work.
pub(crate) type AvailabilityWord = Word<Availability>;
/// How far a mail has come.
pub(crate) type MailStatusWord = Word<MailStatus>;
/// Who may read a reply.
pub(crate) type VisibilityWord = Word<Visibility>;
/// Why nobody has a ticket.
pub(crate) type QueueReasonWord = Word<QueueReason>;
/// How the requester feels.
pub(crate) type SentimentWord = Word<Sentiment>;
/// How much work a ticket looks like.
pub(crate) type ComplexityWord = Word<Complexity>;
/// What a provider reported about a mail.
pub(crate) type DeliveryWord = Word<Delivery>;
/// What a mail is about.
pub(crate) type MailKindWord = Word<MailKind>;
/// What a model was asked for.
pub(crate) type TaskWord = Word<Task>;
/// How a call of a model ended.
pub(crate) type OutcomeWord = Word<CallOutcome>;
/// A field that triage fills in.
pub(crate) type FieldWord = Word<Field>;

/// Implements [`Words`] for words of the core that have a list.
macro_rules! words {
    ($($word:ty as $name:literal;)*) => {$(
        impl Words for $word {
            const NAME: &'static str = $name;

            fn words() -> Vec<&'static str> {
                Self::ALL.iter().map(|word| word.as_str()).collect()
            }
        }
    )*};
}

/// Implements [`ReadWord`] for words of the core that have [`FromStr`].
macro_rules! read_words {
    ($($word:ty,)*) => {$(
        impl ReadWord for $word {
            fn read(word: &str) -> Result<Self, String> {
                Self::from_str(word).map_err(|error| error.to_string())
            }
        }
    )*};
}

words! {
    Status as "Status";
    Priority as "Priority";
    Role as "Role";
    Availability as "Availability";
    MailStatus as "MailStatus";
    Visibility as "Visibility";
    QueueReason as "QueueReason";
    Sentiment as "Sentiment";
    Complexity as "Complexity";
    Delivery as "Delivery";
    MailKind as "MailKind";
    Task as "ModelTask";
    CallOutcome as "CallOutcome";
}

read_words! {
    Status,
    Priority,
    Role,
    Availability,
    MailStatus,
    Visibility,
}

impl Words for Field {
    const NAME: &'static str = "TriageField";

    fn words() -> Vec<&'static str> {
        Self::ALL.map(wire_name).to_vec()
    }
}

impl ReadWord for Field {
    fn read(word: &str) -> Result<Self, String> {
        let mut fields = Self::ALL.into_iter();
        let field = fields.find(|field| wire_name(*field) == word);
        field.ok_or_else(|| format!("must be one of {}", Self::words().join(", ")))
    }
}

impl<T: ReadWord, E: DeserializeError> Deserr<E> for Word<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(word) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        let read = T::read(&word).map_err(|message| invalid::<E>(place, message))?;
        Ok(Self(read))
    }
}

impl<T: Words> ToSchema for Word<T> {
    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }
}

impl<T: Words> ComposeSchema for Word<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(T::words()))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::requests::InvalidInput;

    fn each_word_reads_as_itself<T: ReadWord>() {
        for word in T::words() {
            assert!(T::read(word).is_ok(), "{word}");
        }
        assert!(T::read("no such word").is_err());
    }

    #[test]
    fn documented_words_are_taken() {
        each_word_reads_as_itself::<Status>();
        each_word_reads_as_itself::<Priority>();
        each_word_reads_as_itself::<Role>();
        each_word_reads_as_itself::<Availability>();
        each_word_reads_as_itself::<MailStatus>();
        each_word_reads_as_itself::<Visibility>();
        each_word_reads_as_itself::<Field>();
        let read = |value| deserr::deserialize::<FieldWord, _, InvalidInput>(value);
        assert_eq!(read(json!("relatedSkills")).unwrap(), Word(Field::Skill));
        assert!(read(json!(1)).is_err());
    }
}
