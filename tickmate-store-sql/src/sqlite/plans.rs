//! How SQLite finds rows: nothing that runs often may read a whole table.
