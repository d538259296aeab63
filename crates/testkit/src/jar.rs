//! Java archives: by their pom, by their manifest, and inside one another.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// A zip of these files, deflated, with a fixed time.
///
/// # Panics
/// If a name stands twice.
#[must_use]
pub fn zip<N: AsRef<str>, C: AsRef<[u8]>>(files: &[(N, C)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for (name, content) in files {
        writer.start_file(name.as_ref(), options).expect("a new name in memory");
        writer.write_all(content.as_ref()).expect("memory takes every write");
    }
    writer.finish().expect("memory takes every write").into_inner()
}

/// A file of a jar that says its Maven coordinates.
#[must_use]
pub fn pom_properties(group: &str, artifact: &str, version: &str) -> (String, String) {
    let path = format!("META-INF/maven/{group}/{artifact}/pom.properties");
    (path, format!("#Generated\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"))
}

/// A manifest of these attributes.
#[must_use]
pub fn manifest(attributes: &[(&str, &str)]) -> (String, String) {
    let mut text = String::from("Manifest-Version: 1.0\r\n");
    for (key, value) in attributes {
        text.push_str(&format!("{key}: {value}\r\n"));
    }
    ("META-INF/MANIFEST.MF".to_owned(), text + "\r\n")
}

/// A jar with Maven coordinates.
#[must_use]
pub fn maven(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    zip(&[manifest(&[]), pom_properties(group, artifact, version)])
}

/// A jar with a jar in it, `depth` times, the innermost with these coordinates.
#[must_use]
pub fn nested(depth: usize, group: &str, artifact: &str, version: &str) -> Vec<u8> {
    (0..depth).fold(maven(group, artifact, version), |inner, level| {
        zip(&[(format!("lib/level-{level}.jar"), inner)])
    })
}
