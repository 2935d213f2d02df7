//! Mutations of the keywords of a schema, by the kind of keyword.

mod alternatives;
mod bounds;
mod defaults;
mod enums;
mod kind;
mod patterns;
mod types;

use super::mutation::Mutation;

pub const MUTATIONS: &[&[Mutation]] = &[
    types::MUTATIONS,
    enums::MUTATIONS,
    bounds::MUTATIONS,
    patterns::MUTATIONS,
    defaults::MUTATIONS,
    alternatives::MUTATIONS,
];
