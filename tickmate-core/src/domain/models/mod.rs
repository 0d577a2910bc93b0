//! Model calls from the outside: records of calls, the daily budget, and the circuit breaker of each provider.

mod breaker;
mod budget;
mod call;

pub use self::{
    breaker::{Breaker, Permit},
    budget::{Budget, Spent},
    call::{CallEnd, CallOutcome, CallQuery, ModelCall, Task, Usage, UsageLine},
};
