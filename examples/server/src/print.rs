//! What the commands say on standard output.

use std::{
    fmt,
    io::{self, Write},
};

/// Prints a line. Where nobody reads any more (`| head`), there is nothing to do about it.
pub fn line(text: impl fmt::Display) {
    let mut out = io::stdout().lock();
    let _unread = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints rows as columns, each as wide as its widest cell; the last one is not padded.
pub fn table(rows: &[impl AsRef<[String]>]) {
    let rows: Vec<&[String]> = rows.iter().map(AsRef::as_ref).collect();
    let columns = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        line(format_args!("  {}", padded.join("  ").trim_end()));
    }
}
