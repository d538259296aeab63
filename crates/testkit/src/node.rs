//! Installed Node packages.

use serde_json::json;

/// The `package.json` of an installed package; `name` may be `@scope/name`.
#[must_use]
pub fn package(name: &str, version: &str) -> Vec<(String, String)> {
    package_in("usr/local/lib/node_modules", name, version)
}

/// The same below another `node_modules`.
#[must_use]
pub fn package_in(node_modules: &str, name: &str, version: &str) -> Vec<(String, String)> {
    vec![(format!("{node_modules}/{name}/package.json"), package_json(name, version))]
}

/// The content of a `package.json`.
#[must_use]
pub fn package_json(name: &str, version: &str) -> String {
    json!({ "name": name, "version": version, "license": "MIT" }).to_string()
}
