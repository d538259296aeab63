//! Advisories in the OSV schema, and the bulk forms in which they are published.

use serde_json::{Value, json};

use crate::{Compression, TarEntry, TarWriter, jar};

/// A record about one package, in `ECOSYSTEM` versions from the first to `fixed`, or without an end.
#[must_use]
pub fn record(id: &str, ecosystem: &str, package: &str, fixed: Option<&str>) -> Value {
    let mut events = vec![json!({ "introduced": "0" })];
    events.extend(fixed.map(|fixed| json!({ "fixed": fixed })));
    json!({
        "schema_version": "1.6.0",
        "id": id,
        "modified": "2024-01-02T03:04:05Z",
        "published": "2024-01-01T00:00:00Z",
        "summary": format!("a flaw of {package}"),
        "affected": [{
            "package": { "ecosystem": ecosystem, "name": package },
            "ranges": [{ "type": "ECOSYSTEM", "events": events }],
        }],
    })
}

/// `all.zip` as osv.dev publishes it: a file for each record.
#[must_use]
pub fn all_zip(records: &[Value]) -> Vec<u8> {
    let files: Vec<_> = records.iter().map(|record| (name(record), record.to_string())).collect();
    jar::zip(&files)
}

/// A compressed tar of records, a file each in a folder.
#[must_use]
pub fn tar_zstd(records: &[Value]) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    for record in records {
        let entry = TarEntry::file(format!("osv/{}", name(record)), record.to_string());
        writer.entry(&entry).expect("memory takes every write");
    }
    Compression::Zstd.apply(&writer.finish().expect("memory takes every write"))
}

fn name(record: &Value) -> String {
    format!("{}.json", record["id"].as_str().expect("a record with an id"))
}
