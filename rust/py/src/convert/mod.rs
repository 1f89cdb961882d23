//! Values of `cryptomap.model` to those of the Rust crates, and back. Shapes only, no decisions.

mod from_python;
mod to_python;

pub(crate) use from_python::{
    PolicyArgument, SaKeyArgument, SaSpecArgument, UdpEncapsulationArgument, policy_lines,
};
pub(crate) use to_python::{counters, events, misuse, model_error};
