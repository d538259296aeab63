//! Whom a registry trusts, and whom the program trusts: certificates of an own authority, and credentials from where Docker and
//! Podman keep them.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::registry::Registry;
use super::{Ran, User, image, ran};

/// An authority and a certificate for the loopback address, which a client may show, too.
pub struct Certificates(PathBuf);

impl Certificates {
    pub fn make(user: &User) -> Self {
        Self::make_in(user, "certificates")
    }

    pub fn make_in(user: &User, directory: &str) -> Self {
        // Whose name is another one's, too, is taken for it until its signature is looked at.
        let authority = format!("-subj /CN={directory} -keyout ca-key.pem -out ca.pem");
        let directory = user.home.path().join(directory);
        std::fs::create_dir(&directory).unwrap();
        let make = |arguments: &str| {
            let common = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
            let status = Command::new("openssl")
                .args(common.split(' ').chain(arguments.split(' ')))
                .current_dir(&directory)
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("openssl is installed");
            assert!(status.success(), "{arguments}");
        };
        make(&authority);
        make(
            "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
             -CA ca.pem -CAkey ca-key.pem -keyout key.pem -out cert.pem",
        );
        Self(directory)
    }

    pub fn directory(&self) -> String {
        self.0.display().to_string()
    }

    pub fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

/// Lets in the user `robot` with the password `secret`.
fn closed_registry(user: &User, http: &str) -> Registry {
    let hash = "robot:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
    let file = user.write("htpasswd", hash.as_bytes());
    let auth = format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", file.display());
    Registry::start_with(user, &auth, http)
}

#[test]
fn a_registry_of_an_own_authority_is_trusted_where_the_authority_is_named() {
    let user = User::new();
    let certificates = Certificates::make(&user);
    let http = format!(
        "  tls:\n    certificate: {}\n    key: {}\n",
        certificates.file("cert.pem"),
        certificates.file("key.pem")
    );
    let registry = Registry::start_with(&user, "", &http);
    user.write("image.tar", &image().docker_archive());
    registry.push(&user, ("image.tar", "app:1"), &[]);
    let reference = registry.reference("app:1");
    let unknown = user.run(&["sbom", &reference]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.stderr.contains("--ca-file"), "{}", unknown.stderr);
    let ca = certificates.file("ca.pem");
    let known = user.run(&["sbom", &reference, "--ca-file", &ca]);
    assert_eq!(known.code, 0, "{}", known.stderr);
    let by_environment =
        user.command(&["sbom", &reference]).env("PLIMSOLL_CA_FILE", &ca).output().unwrap();
    assert!(by_environment.status.success());
}

/// A helper as Docker knows them: it writes down what it was asked, and knows one registry.
fn helper(user: &User, name: &str, registry: &str) {
    let script = format!(
        "#!/bin/sh\nread -r server\necho \"$1 $server\" >> '{}'\nif [ \"$server\" = '{registry}' ]; then\n\
         echo '{{\"ServerURL\":\"{registry}\",\"Username\":\"robot\",\"Secret\":\"secret\"}}'\nelse\n\
         echo 'credentials not found in native keychain'\nexit 1\nfi\n",
        user.home.path().join("asked").display()
    );
    let file = user.write(&format!("bin/docker-credential-{name}"), script.as_bytes());
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs with the helpers on the path.
fn run(user: &User, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let path = format!("{}:/usr/bin:/bin", user.home.path().join("bin").display());
    let mut command = user.command(arguments);
    command.env("PATH", path).envs(variables.iter().copied());
    ran(command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn credentials_come_from_where_docker_and_podman_keep_them() {
    let user = User::new();
    let registry = closed_registry(&user, "");
    user.write("image.tar", &image().docker_archive());
    registry.push(&user, ("image.tar", "app:1"), &["--dest-creds", "robot:secret"]);
    let (reference, host) = (registry.reference("app:1"), registry.host());
    let sbom = ["sbom", reference.as_str(), "--insecure", "--no-cache"];
    helper(&user, "fake", &host);
    helper(&user, "empty", "elsewhere.example.com");
    let docker = ".docker/config.json";
    let runtime = "runtime/containers/auth.json";
    let settings = ".config/containers/auth.json";
    let auth = format!(r#"{{"auths":{{"{host}":{{"auth":"cm9ib3Q6c2VjcmV0"}}}}}}"#);
    let helped = format!(r#"{{"credHelpers":{{"{host}":"fake"}}}}"#);
    let of_another = r#"{"auths":{"example.com":{"auth":"cm9ib3Q6c2VjcmV0"}}}"#.to_owned();
    let wrong = format!(r#"{{"auths":{{"{host}":{{"auth":"cm9ib3Q6d3Jvbmc="}}}}}}"#);
    for (files, code) in [
        (&[][..], 3),
        (&[(docker, &auth)], 0),
        (&[(docker, &helped)], 0),
        (&[(docker, &r#"{"credsStore":"fake"}"#.to_owned())], 0),
        (&[(docker, &r#"{"credsStore":"empty"}"#.to_owned())], 3),
        (&[(docker, &r#"{"credsStore":"missing"}"#.to_owned())], 3),
        (&[(docker, &wrong)], 3),
        (&[(runtime, &auth)], 0),
        (&[(runtime, &helped)], 0),
        (&[(settings, &auth)], 0),
        // A store that knows nothing does not hide what another file knows.
        (&[(docker, &r#"{"credsStore":"empty"}"#.to_owned()), (settings, &auth)], 0),
        (&[(docker, &of_another), (runtime, &auth)], 0),
    ] {
        for file in [docker, runtime, settings] {
            let _ = std::fs::remove_file(user.home.path().join(file));
        }
        for (file, text) in files {
            user.write(file, text.as_bytes());
        }
        let runtime = user.home.path().join("runtime").display().to_string();
        let ran = run(&user, &sbom, &[("XDG_RUNTIME_DIR", &runtime)]);
        assert_eq!(ran.code, code, "{files:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("secret"), "{files:?}: {}", ran.stderr);
    }
    let asked = String::from_utf8(std::fs::read(user.home.path().join("asked")).unwrap()).unwrap();
    assert!(asked.lines().all(|line| line == format!("get {host}")), "{asked}");
}
