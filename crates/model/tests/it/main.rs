//! Tests of the model through its public interface.

mod rules;
