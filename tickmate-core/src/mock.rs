//! Mocks of the four traits.
