//! What requests say: the types that bodies and queries are made of.
//!
//! # How to write a route
//! 1. Write a struct for its body or its query beside the handler. It derives [`deserr::Deserr`], which reads it and
//!    collects every error, and [`utoipa::ToSchema`], which documents it:
//!    ```ignore
//!    /// What staff writes.
//!    #[derive(Debug, Deserr, ToSchema)]
//!    #[deserr(rename_all = camelCase, deny_unknown_fields)]
//!    #[serde(rename_all = "camelCase", deny_unknown_fields)]
//!    pub(crate) struct WriteNote {
//!        /// What the note says.
//!        message: Message,
//!        /// When it is shown; not before.
//!        #[deserr(default)]
//!        #[serde(default)]
//!        show_at: Patch<Moment>,
//!    }
//!    ```
//!    The attributes of serde are read by utoipa alone. A doc comment describes the field in the document.
//! 2. Take its fields from this module: [`Title`], [`Message`] and other texts of a shape, [`StatusWord`] and others for
//!    closed lists, [`Moment`], [`Skills`], [`Bounded`] lists, [`Commas`] and [`Limit`] in queries. [`Optional`] may be left out,
//!    [`Patch`] may be `null` too. `Option` takes `null` for nothing: use it where `null` means the same as no field.
//!    The alias of a type (`StatusWord`, not `Word<Status>`) stands in fields, since utoipa composes names of generics.
//! 3. The handler takes [`Input`](crate::extract::Input) last. It checks the rights, then calls `parse`:
//!
//!    | input | for |
//!    |---|---|
//!    | `Input<Parameters<Q>>` | a query |
//!    | `Input<Body<B>>`, `Input<OptionalBody<B>>` | a body |
//!    | `Input<Submission<B>>` | a body with an `Idempotency-Key` |
//!    | `Input<Update<B>>`, `Input<OptionalUpdate<B>>` | a body with a version |
//!
//! 4. `#[utoipa::path]` documents the handler with `operation_id`, `tag`, `params` ([`Parameters`], the path's type,
//!    `IfMatch`, `IdempotencyKey`), `request_body` and the answer, whose schema is `Answer<T>`. `extensions` names the
//!    roles (`x-roles`; without it the route is public) and the codes that nothing else implies (`x-codes`, from
//!    `problem/codes.rs`). The first line of the doc comment is the summary. `document` adds what follows from
//!    these: codes of credentials, path, body and version, and the security schemes.
//! 5. Add it to the table in `router.rs` by `routes!`.
//!
//! [`Parameters`]: crate::extract::Parameters

mod account;
mod flag;
mod hours;
mod invalid;
mod list;
mod moment;
mod number;
mod optional;
mod page;
mod rules;
mod skills;
mod text;
mod tickets;
mod word;

pub(crate) use account::{Credential, Email, NewPassword, OptionalName, Token, UserKey, Username};
pub(crate) use flag::{QueryFlag, True};
pub(crate) use hours::Hours;
pub use invalid::InvalidInput;
pub(crate) use invalid::invalid;
pub(crate) use list::{Bounded, Commas};
pub(crate) use moment::Moment;
pub(crate) use number::{Capacity, Threshold, whole_number};
pub(crate) use optional::Ignored;
pub use optional::{Optional, Patch};
pub(crate) use page::{Cursor, Limit, NoFields, Page, place_after};
pub(crate) use rules::{Choices, HolidayList, PolicyInput, SkillRows};
pub(crate) use skills::Skills;
pub(crate) use text::{AnyText, Category, SkillName};
pub use text::{Message, Text, Title};
pub(crate) use tickets::{ScopeWord, Sort, UserOrMe};
pub(crate) use word::{
    AvailabilityWord, ComplexityWord, DeliveryWord, FieldWord, MailKindWord, MailStatusWord,
    OutcomeWord, PriorityWord, QueueReasonWord, RoleWord, SentimentWord, StatusWord, TaskWord,
    VisibilityWord, Words,
};
