//! The table: what is known of each program, by theme.

mod cloud;
mod databases;
mod go;
mod languages;
mod media;
mod runtimes;
mod security;
mod servers;
mod sites;
mod tools;

use super::fingerprint::Fingerprint;

/// All rows.
pub(super) static TABLES: &[&[Fingerprint]] = &[
    cloud::ROWS,
    databases::ROWS,
    go::ROWS,
    languages::ROWS,
    media::ROWS,
    runtimes::ROWS,
    security::ROWS,
    servers::ROWS,
    sites::ROWS,
    tools::ROWS,
];
