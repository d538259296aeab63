//! Coordinates that formats built on jars state in their manifests: plugins of Jenkins, archives of NiFi.

use super::identity::{Manifest, Own, is_identifier, is_version};

/// The group of plugins of Jenkins whose manifest names none (jenkinsci/maven-hpi-plugin wrote none before its version 2.0).
const JENKINS_PLUGINS: &str = "org.jenkins-ci.plugins";

/// `None` for archives of other formats.
pub(super) fn own(manifest: &Manifest) -> Option<Own> {
    jenkins_plugin(manifest).or_else(|| nifi_archive(manifest))
}

fn jenkins_plugin(manifest: &Manifest) -> Option<Own> {
    let artifact = manifest.get("Short-Name")?;
    // A plugin that was built outside of a release says so after a space.
    let version = manifest.get("Plugin-Version")?.split_ascii_whitespace().next()?;
    let group = manifest.get("Group-Id").map_or(JENKINS_PLUGINS, String::as_str);
    coordinates(group, artifact, version)
}

fn nifi_archive(manifest: &Manifest) -> Option<Own> {
    let field = |name: &str| manifest.get(name);
    coordinates(field("Nar-Group")?, field("Nar-Id")?, field("Nar-Version")?)
}

fn coordinates(group: &str, artifact: &str, version: &str) -> Option<Own> {
    let is_usable = is_identifier(group) && is_identifier(artifact) && is_version(version);
    is_usable.then(|| Own {
        group: Some(group.to_owned()),
        artifact: artifact.to_owned(),
        version: version.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_and_nifi_archives_state_what_they_are() {
        for (lines, expected) in [
            (
                &[("Short-Name", "git"), ("Plugin-Version", "5.2.0"), ("Group-Id", "org.example")]
                    [..],
                Some("org.example:git@5.2.0"),
            ),
            (
                &[("Short-Name", "git"), ("Plugin-Version", "1.0-SNAPSHOT (private-0a1b2c)")],
                Some("org.jenkins-ci.plugins:git@1.0-SNAPSHOT"),
            ),
            (
                &[
                    ("Nar-Group", "org.apache.nifi"),
                    ("Nar-Id", "nifi-aws-nar"),
                    ("Nar-Version", "1.20.0"),
                ],
                Some("org.apache.nifi:nifi-aws-nar@1.20.0"),
            ),
            (&[("Short-Name", "Git plugin"), ("Plugin-Version", "5.2.0")], None),
            (&[("Plugin-Version", "5.2.0")], None),
            (&[("Nar-Id", "a"), ("Nar-Version", "1")], None),
        ] {
            let manifest = lines
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let found = own(&manifest).map(|own| format!("{}@{}", own.name(), own.version));
            assert_eq!(found.as_deref(), expected, "{lines:?}");
        }
    }
}
