//! Wrappers of stores and queues: [`delegate_store!`](crate::delegate_store) and
//! [`delegate_queue!`](crate::delegate_queue) implement all roles of a seam by passing calls on.
//!
//! The macros read the methods from the traits themselves (`delegable`), so that no list of them is written a second
//! time. Libraries for delegation (`ambassador`, `delegate`, `auto_impl`) either need such a list, or can't replace single
//! methods and intercept calls.

#[doc(hidden)]
pub use async_trait::async_trait;

/// Extends a role by a macro of the role's name. The macro calls another one (`$next! { $input ... }`)
/// with the role's name and methods. The alias `delegation` makes it known to the crate by a path.
macro_rules! delegable {
    (@methods $Role:ident [$($methods:tt)*]
        $(#[$attribute:meta])*
        async fn $method:ident $(<$($lifetime:lifetime),+>)? (
            & $($of_self:lifetime)? self $(, $arg:ident: $type:ty)* $(,)?
        ) -> $answer:ty;
        $($rest:tt)*
    ) => {
        $crate::backend::delegation::delegable! {
            @methods $Role
            [$($methods)* {
                [async .await] $method [$($($lifetime),+)?] [$($of_self)?] [$($arg: $type),*] $answer
            }]
            $($rest)*
        }
    };
    (@methods $Role:ident [$($methods:tt)*]
        $(#[$attribute:meta])*
        fn $method:ident(&self $(, $arg:ident: $type:ty)* $(,)?) -> $answer:ty;
        $($rest:tt)*
    ) => {
        $crate::backend::delegation::delegable! {
            @methods $Role [$($methods)* { [] $method [] [] [$($arg: $type),*] $answer }] $($rest)*
        }
    };
    (@methods $Role:ident [$($methods:tt)*]) => {
        $crate::backend::delegation::delegable! { @export ($) $Role [$($methods)*] }
    };
    (@export ($d:tt) $Role:ident [$($methods:tt)*]) => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $Role {
            ($d next:path, $d input:tt) => {
                $d next! { ($d) $d input $Role $($methods)* }
            };
        }
        #[doc(hidden)]
        pub use $Role as delegation;
    };
    ($(#[$attribute:meta])* pub trait $Role:ident: $bound:ident $(+ $bounds:ident)* { $($methods:tt)* }) => {
        $crate::backend::delegation::delegable! { @methods $Role [] $($methods)* }
    };
}
pub(crate) use delegable;

/// Implements a role for a wrapper: `{ Wrapper, field, [around], [method => replacement ...] }`.
#[doc(hidden)]
#[macro_export]
macro_rules! __delegate_role {
    (@call [] $self:ident $field:ident $method:ident [$($arg:ident)*] [.await]) => {
        $self.$field.$method($($arg),*).await
    };
    (@call [$around:ident] $self:ident $field:ident $method:ident [$($arg:ident)*] [.await]) => {
        $self.$around(stringify!($method), $self.$field.$method($($arg),*)).await
    };
    (@call $around:tt $self:ident $field:ident $method:ident [$($arg:ident)*] []) => {
        $self.$field.$method($($arg),*)
    };
    (($d:tt) { $Wrapper:ty, $field:ident, $around:tt, $replaced:tt } $Role:ident $({
        [$($async:ident .$await:ident)?] $method:ident
        [$($lifetime:lifetime),*] [$($of_self:lifetime)?] [$($arg:ident: $type:ty),*] $answer:ty
    })+) => {
        const _: () = {
            // The types of the methods, by the names that the trait gives them.
            #[allow(unused_imports, reason = "no role uses all of them")]
            use $crate::backend::delegation::signatures::*;

            #[$crate::backend::delegation::async_trait]
            impl $Role for $Wrapper {$(
                $($async)? fn $method <$($lifetime),*>(& $($of_self)? self $(, $arg: $type)*) -> $answer {
                    macro_rules! call {
                        ($d this:ident [$method => $d replacement:ident $d($d rest:tt)*]) => {
                            $d this.$d replacement($($arg),*) $(.$await)?
                        };
                        ($d this:ident [$d other:ident => $d replacement:ident $d($d rest:tt)*]) => {
                            call!($d this [$d($d rest)*])
                        };
                        ($d this:ident []) => {
                            $crate::__delegate_role!(
                                @call $around $d this $field $method [$($arg)*] [$(.$await)?]
                            )
                        };
                    }
                    call!(self $replaced)
                }
            )+}
        };
    };
}

/// Implements [`Store`](crate::backend::store::Store) for a wrapper of a store, which must be `Send + Sync`.
///
/// `Wrapper => field;` names the type and its field with the store behind it (a store, or an `Arc` of one). Two parts
/// are optional, in this order:
/// * `around method;` passes each call through this method of the wrapper,
///   `async fn method<T>(&self, name: &'static str, call: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError>`,
///   which may count it, refuse it, or wait before it awaits it. `unreadable_records`, which is not `async`, is passed on
///   directly.
/// * `replace { method => replacement, ... }` calls methods of the wrapper with the same signature in place of those of
///   the store. They don't go through `around`. The compiler warns of a replacement that is never used if the method's
///   name is wrong.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use tickmate_core::{
///     backend::store::{Store, StoreError, SystemStore, UserStore},
///     delegate_store,
///     memory::MemoryStore,
/// };
///
/// /// A store that counts its calls, and always has an admin.
/// struct CountingStore {
///     inner: Arc<dyn Store>,
///     calls: AtomicU64,
/// }
///
/// impl CountingStore {
///     async fn count<T>(
///         &self,
///         _name: &'static str,
///         call: impl Future<Output = Result<T, StoreError>> + Send,
///     ) -> Result<T, StoreError> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         call.await
///     }
///
///     async fn pretend_admin(&self) -> Result<bool, StoreError> {
///         Ok(true)
///     }
/// }
///
/// delegate_store! {
///     CountingStore => inner;
///     around count;
///     replace { has_admin => pretend_admin }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = CountingStore { inner: Arc::new(MemoryStore::new()), calls: AtomicU64::new(0) };
/// store.ping().await?;
/// assert!(store.has_admin().await?);
/// assert_eq!(store.calls.load(Ordering::Relaxed), 1);
/// # Ok::<_, StoreError>(())
/// # }).unwrap();
/// ```
#[macro_export]
#[cfg_attr(docsrs, doc(cfg(any(feature = "mock", feature = "testing"))))]
macro_rules! delegate_store {
    ($Wrapper:ty => $field:ident; $(around $around:ident;)? $(replace { $($method:ident => $replacement:ident),+ $(,)? })?) => {
        $crate::delegate_store! {
            @roles { $Wrapper, $field, [$($around)?], [$($($method => $replacement)+)?] }
            attempts events mails models rules sessions suppressions system tickets users
        }
    };
    (@roles $input:tt $($role:ident)+) => {
        $($crate::backend::store::role_macros::$role! { $crate::__delegate_role, $input })+
    };
}

/// Implements [`JobLeases`](crate::backend::queue::JobLeases), and with it
/// [`JobQueue`](crate::backend::queue::JobQueue), for a wrapper of a queue, as
/// [`delegate_store!`](crate::delegate_store) does for a store.
#[macro_export]
#[cfg_attr(docsrs, doc(cfg(any(feature = "mock", feature = "testing"))))]
macro_rules! delegate_queue {
    ($Wrapper:ty => $field:ident; $(around $around:ident;)? $(replace { $($method:ident => $replacement:ident),+ $(,)? })?) => {
        $crate::delegate_queue! {
            @roles { $Wrapper, $field, [$($around)?], [$($($method => $replacement)+)?] }
            jobs leases
        }
    };
    (@roles $input:tt $($role:ident)+) => {
        $($crate::backend::queue::role_macros::$role! { $crate::__delegate_role, $input })+
    };
}

/// What the signatures of the roles name.
#[doc(hidden)]
pub mod signatures {
    pub use std::{collections::BTreeMap, time::Duration};

    pub use crate::{
        backend::{
            queue::{AfterError, ClaimRequest, JobLeases, JobQueue, LeaseState, QueueError},
            store::{
                AttemptStore, BlobGroup, Cleaned, EventStore, MailQuery, MailRequeue, MailStore,
                MailUpdate, ModelStore, NewTicket, NewUser, RulesRecord, RulesStore, RulesWrite,
                RulesWritten, SessionStore, StoreError, SuppressionStore, SystemStore,
                TicketCreated, TicketStore, TicketWrite, TicketWritten, UserCreated, UserKey,
                UserStore, UserWrite, UserWritten,
            },
        },
        domain::{
            delivery::DeliveryReport,
            desk_rules::RulesKind,
            email::Email,
            event::Event,
            id::{EventId, LeaseId, ReplyId, SessionId, TicketId, UserId},
            job::{DeadJob, DeadPlace, JobKey, LeasedJob, NewJob, QueueDepth},
            job_class::JobClass,
            limit::{Attempt, Limit},
            mail::{Mail, MailKey, MailStatus},
            models::{Budget, CallQuery, ModelCall, UsageLine},
            page::Page,
            query::{
                BacklogHead, BacklogLane, FoundTicket, TicketCounts, TicketQuery, Unbegun,
                UserQuery,
            },
            reply::{Reply, ReplyQuery},
            routing::Staff,
            session::Session,
            suppression::Suppression,
            ticket::Ticket,
            ticket_ref::TicketRef,
            time::{Date, Timestamp},
            user::User,
            words::Form,
        },
    };
}
