//! dpkg's records: the status file, `status.d` of distroless images, and the lists of files.

/// One stanza of a status file.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub architecture: String,
    /// The `Source` field: a name, or `name (version)`.
    pub source: Option<String>,
    /// The `Status` field; distroless images have none.
    pub status: Option<String>,
    pub maintainer: String,
    /// Paths from the root with a leading slash, as dpkg lists them.
    pub files: Vec<String>,
}

impl Package {
    /// An installed amd64 package of Debian.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: "amd64".to_owned(),
            source: None,
            status: Some("install ok installed".to_owned()),
            maintainer: "Debian Maintainers <maintainers@example.com>".to_owned(),
            files: Vec::new(),
        }
    }

    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        self.source = Some(source.to_owned());
        self
    }

    #[must_use]
    pub fn status(mut self, status: Option<&str>) -> Self {
        self.status = status.map(str::to_owned);
        self
    }

    #[must_use]
    pub fn maintainer(mut self, maintainer: &str) -> Self {
        maintainer.clone_into(&mut self.maintainer);
        self
    }

    #[must_use]
    pub fn architecture(mut self, architecture: &str) -> Self {
        architecture.clone_into(&mut self.architecture);
        self
    }

    #[must_use]
    pub fn files(mut self, files: &[&str]) -> Self {
        self.files = files.iter().map(|&file| file.to_owned()).collect();
        self
    }

    /// The stanza, without the empty line that ends it.
    #[must_use]
    pub fn stanza(&self) -> String {
        let mut text = format!("Package: {}\n", self.name);
        if let Some(status) = &self.status {
            text.push_str(&format!("Status: {status}\n"));
        }
        text.push_str(&format!("Maintainer: {}\n", self.maintainer));
        text.push_str(&format!("Architecture: {}\n", self.architecture));
        if let Some(source) = &self.source {
            text.push_str(&format!("Source: {source}\n"));
        }
        text.push_str(&format!("Version: {}\n", self.version));
        text.push_str("Description: a package\n of two lines\n");
        text
    }
}

/// The content of `var/lib/dpkg/status`.
#[must_use]
pub fn status(packages: &[Package]) -> String {
    packages.iter().map(|package| package.stanza() + "\n").collect()
}

/// `var/lib/dpkg/status` and each package's `info/NAME.list`.
#[must_use]
pub fn database(packages: &[Package]) -> Vec<(String, String)> {
    let mut files = vec![("var/lib/dpkg/status".to_owned(), status(packages))];
    for package in packages {
        let list: String = package.files.iter().map(|file| format!("{file}\n")).collect();
        files.push((format!("var/lib/dpkg/info/{}.list", package.name), format!("/.\n{list}")));
    }
    files
}

/// A distroless database: a file for each package below `var/lib/dpkg/status.d`, and its `.md5sums`.
#[must_use]
pub fn distroless(packages: &[Package]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for package in packages {
        let path = format!("var/lib/dpkg/status.d/{}", package.name);
        files.push((path.clone(), package.clone().status(None).stanza()));
        let sum = |file: &String| format!("{}  {}\n", "0".repeat(32), file.trim_start_matches('/'));
        files.push((format!("{path}.md5sums"), package.files.iter().map(sum).collect()));
    }
    files
}
