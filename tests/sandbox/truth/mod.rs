//! The plan is the truth: it changes nothing, apply does what it says, and nothing is left to say afterwards.

mod additions;
mod copies;
mod edited;
mod foreign;
mod layers;
mod meanwhile;
mod reads;
mod renewed;
mod target;
