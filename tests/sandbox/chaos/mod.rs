//! Runs that are spoilt on purpose: killed, throttled, robbed of answers, shown what AWS has not caught up with. What is
//! run is the program itself, through a [`FaultProxy`](crate::proxy::FaultProxy) that does it.

mod credentials;
mod lagging;
mod machine;
mod one_call;
mod slow;
mod together;
