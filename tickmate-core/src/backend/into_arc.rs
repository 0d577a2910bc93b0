//! Conversion of back ends to the shared trait objects that a desk holds.

use std::sync::Arc;

use super::{
    llm::Llm,
    mailer::Mailer,
    queue::{JobLeases, JobQueue},
    store::Store,
};

/// Converts a back end to an `Arc` of its seam. It is implemented for each [`Store`], [`Mailer`], [`JobQueue`] and
/// [`Llm`], and for an `Arc` of one, so that a caller may keep a clone of it.
pub trait IntoArc<T: ?Sized> {
    /// Converts the value.
    fn into_arc(self) -> Arc<T>;
}

macro_rules! into_arc {
    ($($Seam:ident)+) => {$(
        impl<B: $Seam + 'static> IntoArc<dyn $Seam> for B {
            fn into_arc(self) -> Arc<dyn $Seam> {
                Arc::new(self)
            }
        }

        impl<B: $Seam + 'static> IntoArc<dyn $Seam> for Arc<B> {
            fn into_arc(self) -> Arc<dyn $Seam> {
                self
            }
        }

        impl IntoArc<dyn $Seam> for Arc<dyn $Seam> {
            fn into_arc(self) -> Self {
                self
            }
        }
    )+};
}

into_arc! { Store Mailer JobQueue Llm }

impl IntoArc<dyn JobQueue> for Arc<dyn JobLeases> {
    fn into_arc(self) -> Arc<dyn JobQueue> {
        self
    }
}
