//! What the embedded analyser makes of tickets, before and after it learnt.
