//! apk's installed database.

/// One record of `lib/apk/db/installed`.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub architecture: String,
    pub origin: Option<String>,
    pub license: String,
    /// Paths from the root without a leading slash.
    pub files: Vec<String>,
}

impl Package {
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: "x86_64".to_owned(),
            origin: Some(name.to_owned()),
            license: "MIT".to_owned(),
            files: Vec::new(),
        }
    }

    #[must_use]
    pub fn origin(mut self, origin: Option<&str>) -> Self {
        self.origin = origin.map(str::to_owned);
        self
    }

    #[must_use]
    pub fn files(mut self, files: &[&str]) -> Self {
        self.files = files.iter().map(|&file| file.to_owned()).collect();
        self
    }
}

/// The content of `lib/apk/db/installed` (apk-tools, `apk-v2(5)`).
#[must_use]
pub fn installed(packages: &[Package]) -> String {
    let mut text = String::new();
    for package in packages {
        text.push_str("C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
        text.push_str(&format!("P:{}\nV:{}\n", package.name, package.version));
        text.push_str(&format!("A:{}\nS:1\nI:1\nT:a package\n", package.architecture));
        text.push_str(&format!("L:{}\n", package.license));
        if let Some(origin) = &package.origin {
            text.push_str(&format!("o:{origin}\n"));
        }
        let mut directory = None;
        for file in &package.files {
            let (parent, name) = file.rsplit_once('/').unwrap_or(("", file));
            if directory != Some(parent) {
                text.push_str(&format!("F:{parent}\n"));
                directory = Some(parent);
            }
            text.push_str(&format!("R:{name}\n"));
        }
        text.push('\n');
    }
    text
}
