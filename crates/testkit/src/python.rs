//! Installed Python packages.

const SITE_PACKAGES: &str = "usr/local/lib/python3.11/site-packages";

/// The files of a package that pip installed: `METADATA` and `RECORD` of its `.dist-info`.
#[must_use]
pub fn dist_info(name: &str, version: &str) -> Vec<(String, String)> {
    dist_info_in(SITE_PACKAGES, name, version)
}

/// The same in another directory.
#[must_use]
pub fn dist_info_in(directory: &str, name: &str, version: &str) -> Vec<(String, String)> {
    let folded = name.replace('-', "_");
    let info = format!("{folded}-{version}.dist-info");
    let record = format!("{folded}/__init__.py,,\n{info}/METADATA,,\n{info}/RECORD,,\n");
    vec![
        (format!("{directory}/{info}/METADATA"), metadata(name, version)),
        (format!("{directory}/{info}/RECORD"), record),
    ]
}

/// The file of a package that setuptools installed as a directory: `PKG-INFO` of its `.egg-info`.
#[must_use]
pub fn egg_info(name: &str, version: &str) -> Vec<(String, String)> {
    let path = format!("{SITE_PACKAGES}/{name}-{version}.egg-info/PKG-INFO");
    vec![(path, metadata(name, version))]
}

/// Core metadata (Python Packaging User Guide, "Core metadata specifications").
#[must_use]
pub fn metadata(name: &str, version: &str) -> String {
    format!(
        "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n\nVersion: of the description\n"
    )
}
