//! OVAL 5 definition files, as vendors write them (oval.mitre.org, "OVAL Definitions Schema" 5.11).
//!
//! A definition has metadata and criteria: a tree of AND and OR over tests. A test names an object (a package) and states that it must
//! have (a version below another one). Definitions, tests, objects and states stand in this order and refer to one another by their ids.
//! The document is read once; of each part only what decides anything is kept, and at the end every tree is reduced to facts: packages
//! with an interval of versions, and the releases, architectures and module streams that they are said of.

mod criteria;
mod definition;
mod document;
mod import;
mod leaf;

pub(crate) use criteria::Fact;
pub(crate) use definition::{Class, Definition};
pub(crate) use import::{Context, Vendor, import, is_of};
pub(crate) use leaf::{Platform, Probe, Versions, digits};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
