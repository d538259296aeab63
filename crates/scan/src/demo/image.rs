//! The demonstration image: a docker-archive, built in memory in the form that `docker save` writes.

use std::io::{self, Cursor, Write};

use plimsoll_core::{Digest, ImagePath, Limits, Platform};
use plimsoll_oci::{LayerRequest, digest_layer};
use serde_json::json;

/// The tag that the image carries.
pub const TAG: &str = "plimsoll/demo:1";

/// What is installed by dpkg: package, source, version. The first of a source is the package itself.
const DEBIAN_PACKAGES: &[(&str, &str, &str)] = &[
    ("base-files", "base-files", "11.1+deb11u5"),
    ("bash", "bash", "5.1-2+deb11u1"),
    ("curl", "curl", "7.74.0-1.3+deb11u1"),
    ("dpkg", "dpkg", "1.20.9"),
    ("gzip", "gzip", "1.10-4"),
    ("libc6", "glibc", "2.31-13+deb11u2"),
    ("libcurl4", "curl", "7.74.0-1.3+deb11u1"),
    ("libssl1.1", "openssl", "1.1.1k-1+deb11u1"),
    ("openssl", "openssl", "1.1.1k-1+deb11u1"),
    ("python3-urllib3", "python-urllib3", "1.26.5-1~exp1"),
    ("sudo", "sudo", "1.9.5p2-3"),
    ("zlib1g", "zlib", "1:1.2.11.dfsg-2"),
];
const LIBRARIES: &[(&str, &str, &str)] = &[
    ("org.apache.logging.log4j", "log4j-core", "2.14.1"),
    ("org.springframework", "spring-beans", "5.3.17"),
    ("org.apache.commons", "commons-text", "1.9"),
    ("org.yaml", "snakeyaml", "1.30"),
    ("com.google.guava", "guava", "33.0.0-jre"),
];
const NODE_MODULES: &[(&str, &str)] = &[
    ("axios", "0.21.0"),
    ("flatmap-stream", "0.1.1"),
    ("left-pad", "1.3.0"),
    ("lodash", "4.17.15"),
    ("minimist", "1.2.0"),
    ("node-fetch", "2.6.0"),
];
const PYTHON_PACKAGES: &[(&str, &str)] = &[
    ("Django", "3.2.0"),
    ("Jinja2", "2.10"),
    ("PyYAML", "5.3.1"),
    ("requests", "2.19.1"),
    ("reuests", "1.0.0"),
    ("urllib3", "1.24.1"),
];

/// What it is built for, on any machine.
#[must_use]
pub fn platform() -> Platform {
    Platform { os: "linux".to_owned(), architecture: "amd64".to_owned(), variant: None }
}

/// The whole archive.
pub fn archive(limits: &Limits) -> io::Result<Vec<u8>> {
    let layers = [
        ("ADD rootfs.tar / # buildkit", debian_layer()?),
        ("COPY app.jar /srv/ # buildkit", java_layer()?),
        ("RUN npm install # buildkit", node_layer()?),
        ("RUN pip install -r requirements.txt # buildkit", python_layer()?),
    ];
    let diff_ids: Vec<String> = layers.iter().map(|(_, layer)| diff_id(layer, limits)).collect();
    let history: Vec<_> =
        layers.iter().map(|(command, _)| json!({ "created_by": command })).collect();
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": { "Cmd": ["java", "-jar", "/srv/app.jar"] },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    });
    let names: Vec<_> = (0..layers.len()).map(|position| format!("layer{position}.tar")).collect();
    let manifest = json!([{ "Config": "config.json", "RepoTags": [TAG], "Layers": names }]);
    let mut files: Vec<(String, Vec<u8>)> =
        names.into_iter().zip(layers.map(|(_, layer)| layer)).collect();
    files.push(("config.json".to_owned(), config.to_string().into_bytes()));
    files.push(("manifest.json".to_owned(), manifest.to_string().into_bytes()));
    tar(files)
}

fn diff_id(layer: &[u8], limits: &Limits) -> String {
    let reader = Box::new(Cursor::new(layer.to_vec()));
    let digest = digest_layer(reader, &LayerRequest { limits, expected: None }).diff_id;
    digest.as_ref().map(Digest::to_string).unwrap_or_default()
}

fn debian_layer() -> io::Result<Vec<u8>> {
    let os_release = "PRETTY_NAME=\"Debian GNU/Linux 11 (bullseye)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"11\"\n\
        VERSION_CODENAME=bullseye\nID=debian\n";
    let mut status = String::new();
    for (package, source, version) in DEBIAN_PACKAGES {
        status.push_str(&format!(
            "Package: {package}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\
             Maintainer: Debian <debian@example.com>\n"
        ));
        if package != source {
            status.push_str(&format!("Source: {source}\n"));
        }
        status.push_str("Description: part of the demonstration\n\n");
    }
    // A Python package that Debian installed: it is listed with its owner and judged by Debian only.
    let metadata = "usr/lib/python3/dist-packages/urllib3-1.26.5.egg-info/PKG-INFO";
    tar(vec![
        ("usr/lib/os-release".to_owned(), os_release.into()),
        ("var/lib/dpkg/status".to_owned(), status.into()),
        ("var/lib/dpkg/info/python3-urllib3.list".to_owned(), format!("/{metadata}\n").into()),
        (metadata.to_owned(), python_metadata("urllib3", "1.26.5").into()),
    ])
}

fn java_layer() -> io::Result<Vec<u8>> {
    let mut libraries = Vec::new();
    for (group, artifact, version) in LIBRARIES {
        let properties = format!("groupId={group}\nartifactId={artifact}\nversion={version}\n");
        let name = format!("META-INF/maven/{group}/{artifact}/pom.properties");
        let library = zip(vec![(name, properties.into())])?;
        libraries.push((format!("BOOT-INF/lib/{artifact}-{version}.jar"), library));
    }
    let manifest = "Manifest-Version: 1.0\r\nMain-Class: com.example.App\r\n";
    libraries.insert(0, ("META-INF/MANIFEST.MF".to_owned(), manifest.into()));
    tar(vec![("srv/app.jar".to_owned(), zip(libraries)?)])
}

fn node_layer() -> io::Result<Vec<u8>> {
    let package = |(name, version): &(&str, &str)| {
        let json = json!({ "name": name, "version": version, "license": "MIT" });
        (format!("srv/web/node_modules/{name}/package.json"), json.to_string().into_bytes())
    };
    tar(NODE_MODULES.iter().map(package).collect())
}

fn python_layer() -> io::Result<Vec<u8>> {
    let package = |(name, version): &(&str, &str)| {
        let path =
            format!("usr/local/lib/python3.9/site-packages/{name}-{version}.dist-info/METADATA");
        (path, python_metadata(name, version).into_bytes())
    };
    tar(PYTHON_PACKAGES.iter().map(package).collect())
}

fn python_metadata(name: &str, version: &str) -> String {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n")
}

fn tar(files: Vec<(String, Vec<u8>)>) -> io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, ImagePath::new(&path).as_str(), content.as_slice())?;
    }
    builder.into_inner()
}

fn zip(files: Vec<(String, Vec<u8>)>) -> io::Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .map_err(io::Error::other)?;
        writer.write_all(&content)?;
    }
    Ok(writer.finish().map_err(io::Error::other)?.into_inner())
}
