//! Models as something that is paid for and fails: what each call was, what a day may cost, and when a provider is
//! left alone.

mod breaker;
mod budget;
mod call;

pub use self::{
    breaker::{Breaker, Permit},
    budget::{Budget, Spent},
    call::{CallEnd, CallOutcome, CallQuery, ModelCall, Task, Usage, UsageLine},
};
