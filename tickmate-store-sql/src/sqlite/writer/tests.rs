//! What the writer promises, tried with units that misbehave.
