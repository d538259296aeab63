//! Against a real registry, filled by a real client: Debian's `docker-registry` and `skopeo`, which the test command installs.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll_testkit::{Compression, Image};
use serde_json::Value;

use super::{User, image, json};

/// A registry on the loopback interface; it ends with the value.
pub struct Registry {
    process: Child,
    port: u16,
}

impl Registry {
    pub fn start(user: &User) -> Self {
        Self::start_with(user, "", "")
    }

    /// With what else stands in its configuration: whom it lets in, and below `http` how it is spoken to.
    pub fn start_with(user: &User, auth: &str, http: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let storage = user.home.path().join("registry");
        let config = format!(
            "version: 0.1\nlog:\n  level: error\n\
             storage:\n  filesystem:\n    rootdirectory: {}\n{auth}http:\n  addr: 127.0.0.1:{port}\n{http}",
            storage.display()
        );
        let config = user.write("registry.yml", config.as_bytes());
        let mut command = Command::new("docker-registry");
        command
            .arg("serve")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = command.spawn().expect("docker-registry is installed");
        let registry = Self { process, port };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the registry does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        registry
    }

    /// Pushes an image of a file, with what else skopeo is told.
    pub fn push(&self, user: &User, (archive, name): (&str, &str), arguments: &[&str]) {
        self.copy(user, (&format!("docker-archive:{archive}"), name), arguments);
    }

    /// Copies whatever skopeo can read.
    pub fn copy(&self, user: &User, (source, name): (&str, &str), arguments: &[&str]) {
        let status = Command::new("skopeo")
            .args(["copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"])
            .args(arguments)
            .arg(source)
            .arg(format!("docker://127.0.0.1:{}/{name}", self.port))
            .current_dir(user.home.path())
            .status()
            .expect("skopeo is installed");
        assert!(status.success());
    }

    pub fn reference(&self, name: &str) -> String {
        format!("registry:{}/{name}", self.host())
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn body(user: &User, arguments: &[&str]) -> Value {
    let ran = user.run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    json(&ran)["body"].take()
}

#[test]
fn archive_layout_and_registry_give_the_same_body() {
    let user = User::new();
    user.build_snapshot();
    let registry = Registry::start(&user);
    user.write("image.tar", &image().docker_archive());
    user.write("oci.tar", &image().oci_archive());
    image().write_oci_layout(&user.home.path().join("layout")).unwrap();
    registry.push(&user, ("image.tar", "team/app:1"), &[]);
    let zstd = ["--dest-compress", "--dest-compress-format", "zstd"];
    registry.push(&user, ("image.tar", "team/zstd:1"), &zstd);
    let expected = body(&user, &["scan", "docker-archive:image.tar", "-f", "json", "--no-cache"]);
    assert_eq!(expected["findings"].as_array().unwrap().len(), 4);
    let (gzip, zstd) = (registry.reference("team/app:1"), registry.reference("team/zstd:1"));
    for reference in ["docker-archive:image.tar", "oci-archive:oci.tar", "oci:layout", &gzip, &zstd]
    {
        for settings in [
            &["--threads", "1", "--no-cache"][..],
            &["--threads", "2", "--no-cache"],
            &["--threads", "8"],
            &["--threads", "8"],
        ] {
            let mut arguments = vec!["scan", reference, "-f", "json", "--insecure"];
            arguments.extend(settings);
            assert_eq!(body(&user, &arguments), expected, "{arguments:?}");
        }
    }
}

#[test]
fn a_second_scan_of_a_registry_image_gets_no_layer() {
    let user = User::new();
    let registry = Registry::start(&user);
    let gzip =
        image().layers().iter().fold(Image::new().platform("linux/amd64"), |image, layer| {
            image.layer(layer.clone().compressed(Compression::Gzip))
        });
    user.write("image.tar", &gzip.docker_archive());
    registry.push(&user, ("image.tar", "app:1"), &[]);
    let reference = registry.reference("app:1");
    let scan = ["scan", &reference, "--insecure", "-f", "json"];
    assert_eq!(json(&user.run(&scan))["layers_from_cache"], 0);
    assert_eq!(json(&user.run(&scan))["layers_from_cache"], 3);
}

#[test]
fn what_the_registry_does_not_have_is_unreadable() {
    let user = User::new();
    let registry = Registry::start(&user);
    let ran = user.run(&["scan", &registry.reference("no/such:1"), "--insecure"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("no/such"), "{}", ran.stderr);
    let tls = user.run(&["scan", &registry.reference("no/such:1")]);
    assert_eq!(tls.code, 3);
    assert!(tls.stderr.contains("--insecure"), "{}", tls.stderr);
}
