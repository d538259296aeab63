//! Against real container engines: Debian's `dockerd`, `podman` and `containerd`, which the test command installs.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll_testkit::{Image, Layer, Layout, node};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::trust::Certificates;
use super::{Ran, User, image, json, ran};

/// Until an engine answers, and until it has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program in the background; it ends with the value.
struct Daemon {
    process: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(user: &User, (program, package): (&str, &str), arguments: &[String]) -> Self {
        let log = user.home.path().join(format!("{program}.log"));
        let output = std::fs::File::create(&log).unwrap();
        let process = Command::new(program)
            .args(arguments)
            // What the engines keep for the user who runs the tests is not theirs.
            .env("HOME", user.home.path())
            .env("XDG_RUNTIME_DIR", user.home.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("failed to start {program}: {error}\nhint: apt-get install {package}")
            });
        Self { process, log }
    }

    /// Waits until it answers.
    fn ready(mut self, answers: impl Fn() -> bool) -> Self {
        let deadline = Instant::now() + PATIENCE;
        while !answers() {
            let ended = self.process.try_wait().unwrap();
            let log = || String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned();
            assert!(ended.is_none(), "the engine has ended (it needs root): {}", log());
            assert!(Instant::now() < deadline, "the engine does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All three engines, with their sockets in the user's home. Docker uses the same containerd, in a namespace of its own.
struct Engines {
    docker_port: u16,
    // In the order in which they end.
    _docker: Daemon,
    _podman: Daemon,
    _containerd: Daemon,
}

impl Engines {
    fn start(user: &User, certificates: &Certificates) -> Self {
        let path = |name: &str| user.home.path().join(name).display().to_string();
        let config = format!(
            "version = 2\nroot = \"{}\"\nstate = \"{}\"\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = \"{}\"\n",
            path("containerd-root"),
            path("containerd-state"),
            path("containerd.sock")
        );
        user.write("containerd.toml", config.as_bytes());
        let containerd = Daemon::start(
            user,
            ("containerd", "containerd"),
            &["--config".into(), path("containerd.toml")],
        );
        let storage = [
            "--root",
            &path("podman"),
            "--runroot",
            &path("podman-run"),
            "--storage-driver",
            "vfs",
        ];
        let service = ["--cgroup-manager", "cgroupfs", "system", "service", "--time", "0"];
        let socket = format!("unix://{}", path("podman.sock"));
        let arguments: Vec<String> =
            storage.iter().chain(&service).map(|it| (*it).to_owned()).chain([socket]).collect();
        let podman = Daemon::start(user, ("podman", "podman"), &arguments)
            .ready(|| ping(Path::new(&path("podman.sock"))));
        let containerd = containerd.ready(|| UnixStream::connect(path("containerd.sock")).is_ok());
        let docker_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = [
            format!("--host=unix://{}", path("docker.sock")),
            format!("--host=tcp://127.0.0.1:{docker_port}"),
            "--tlsverify".to_owned(),
            format!("--tlscacert={}", certificates.file("ca.pem")),
            format!("--tlscert={}", certificates.file("cert.pem")),
            format!("--tlskey={}", certificates.file("key.pem")),
            format!("--data-root={}", path("docker")),
            format!("--exec-root={}", path("docker-run")),
            format!("--pidfile={}", path("docker.pid")),
            format!("--containerd={}", path("containerd.sock")),
            "--default-ulimit=nofile=20000:20000".to_owned(),
            "--storage-driver=vfs".to_owned(),
            "--bridge=none".to_owned(),
            "--iptables=false".to_owned(),
        ];
        let docker = Daemon::start(user, ("dockerd", "docker.io"), &arguments)
            .ready(|| ping(Path::new(&path("docker.sock"))));
        Self { docker_port, _docker: docker, _podman: podman, _containerd: containerd }
    }
}

fn ping(socket: &Path) -> bool {
    UnixStream::connect(socket)
        .is_ok_and(|stream| http(stream, "GET /_ping", &[]).contains(" 200 OK"))
}

/// One request over a socket; gives the whole answer. What `docker load` and `podman load` send.
fn http(mut stream: impl Read + Write, request: &str, body: &[u8]) -> String {
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\nContent-Type: application/x-tar\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut answer = Vec::new();
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let read = sent.and_then(|()| stream.read_to_end(&mut answer));
    // An engine that is only starting breaks off.
    let _ = read;
    String::from_utf8_lossy(&answer).into_owned()
}

fn load(user: &User, socket: &str, archive: &[u8]) {
    let stream = UnixStream::connect(user.home.path().join(socket)).unwrap();
    let answer = http(stream, "POST /images/load", archive);
    assert!(answer.contains("Loaded image"), "{socket}: {answer}");
}

fn import(user: &User, namespace: &str, archive: &str, arguments: &[&str]) {
    let output = Command::new("ctr")
        .args(["--address", "containerd.sock", "--namespace", namespace, "images", "import"])
        .args(["--no-unpack"])
        .args(arguments)
        .arg(archive)
        .current_dir(user.home.path())
        .output()
        .unwrap_or_else(|error| {
            panic!("failed to run ctr: {error}\nhint: apt-get install containerd")
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the program with the engines' sockets in its environment.
fn run(user: &User, arguments: &[&str]) -> Ran {
    let path = |name: &str| user.home.path().join(name).display().to_string();
    let mut command = user.command(arguments);
    command
        .env("DOCKER_HOST", format!("unix://{}", path("docker.sock")))
        .env("CONTAINER_HOST", format!("unix://{}", path("podman.sock")))
        .env("CONTAINERD_ADDRESS", path("containerd.sock"));
    ran(command.stdin(Stdio::null()).output().unwrap())
}

fn report(user: &User, arguments: &[&str]) -> Value {
    let ran = run(user, &[&["scan", "-f", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    json(&ran)
}

/// An image with a file that only a second look at a layer finds.
fn linked_image() -> Image {
    image().layer(
        Layer::new()
            .file(
                "etc/release-data",
                "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Behind a link\"\n",
            )
            .symlink("etc/os-release", "release-data"),
    )
}

/// The engines are started once for everything.
#[test]
fn real_engines() {
    let user = User::new();
    user.build_snapshot();
    let certificates = Certificates::make(&user);
    let engines = Engines::start(&user, &certificates);
    user.write("image.tar", &linked_image().docker_archive());
    load(&user, "docker.sock", &linked_image().docker_archive());
    load(&user, "podman.sock", &linked_image().docker_archive());
    import(&user, "default", "image.tar", &[]);
    every_engine_gives_the_body_of_the_archive(&user);
    a_name_is_found_where_it_is(&user);
    docker_is_reached_over_tls_and_by_its_context(&user, &certificates, engines.docker_port);
    every_platform_in_containerd_is_scanned(&user);
}

fn every_engine_gives_the_body_of_the_archive(user: &User) {
    let expected = report(user, &["docker-archive:image.tar", "--no-cache"])["body"].take();
    assert_eq!(expected["distribution"]["name"], "Behind a link");
    assert_eq!(expected["coverage"]["verdict"], "complete");
    let name = "example.com/app:1";
    let id = linked_image().config_digest();
    for (reference, source) in [
        (format!("docker:{name}"), "docker"),
        (format!("docker:{}", &id["sha256:".len()..][..12]), "docker"),
        (format!("podman:{name}"), "podman"),
        (format!("podman:{id}"), "podman"),
        (format!("containerd:{name}"), "containerd"),
    ] {
        for settings in [&["--no-cache", "--threads", "1"][..], &["--threads", "8"], &[]] {
            let mut report = report(user, &[&[reference.as_str()], settings].concat());
            assert_eq!(report["body"].take(), expected, "{reference} {settings:?}");
            assert_eq!(report["reference"]["source"], source);
            assert_eq!(report["reference"]["tags"][0], name);
            assert_eq!(report["digests"]["config"], id.as_str());
        }
    }
    assert_eq!(report(user, &[&format!("containerd:{name}")])["layers_from_cache"], 4);
}

fn a_name_is_found_where_it_is(user: &User) {
    let located = run(user, &["scan", "example.com/app:1"]);
    assert_eq!(located.code, 0, "{}", located.stderr);
    assert_eq!(located.stderr, "example.com/app:1 is docker:example.com/app:1\n");
    assert!(located.stdout.starts_with("docker:example.com/app:1\n"), "{}", located.stdout);
    let quiet = run(user, &["--quiet", "scan", "example.com/app:1"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    for (reference, hint) in [
        ("docker:example.com/no:1", "registry:example.com/no:1"),
        ("podman:example.com/no:1", "registry:example.com/no:1"),
        ("containerd:example.com/no:1", "registry:example.com/no:1"),
    ] {
        let missing = run(user, &["scan", reference]);
        assert_eq!(missing.code, 3, "{reference}");
        assert!(missing.stderr.contains("find the image `example.com/no:1`"), "{}", missing.stderr);
        assert!(missing.stderr.contains(hint), "{}", missing.stderr);
    }
    let other = run(user, &["scan", "docker:example.com/app:1", "--platform", "linux/s390x"]);
    assert_eq!(other.code, 3);
    assert!(other.stderr.contains("it has linux/amd64"), "{}", other.stderr);
}

fn docker_is_reached_over_tls_and_by_its_context(
    user: &User,
    certificates: &Certificates,
    port: u16,
) {
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    let scan = ["scan", "docker:example.com/app:1", "-f", "json"];
    let over_tls = |directory: &str| {
        let mut command = user.command(&scan);
        command
            .env("DOCKER_HOST", format!("tcp://127.0.0.1:{port}"))
            .env("DOCKER_TLS_VERIFY", "1")
            .env("DOCKER_CERT_PATH", directory);
        ran(command.stdin(Stdio::null()).output().unwrap())
    };
    let known = over_tls(&certificates.directory());
    assert_eq!(known.code, 0, "{}", known.stderr);
    let stranger = Certificates::make_in(user, "stranger");
    let unknown = over_tls(&stranger.directory());
    assert_eq!(unknown.code, 3);
    assert!(unknown.stderr.contains("UnknownIssuer"), "{}", unknown.stderr);

    let socket = user.home.path().join("docker.sock");
    let meta = format!(
        r#"{{"Name":"mine","Endpoints":{{"docker":{{"Host":"unix://{}"}}}}}}"#,
        socket.display()
    );
    // The SHA-256 of `mine`.
    let id = "3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff";
    user.write(&format!(".docker/contexts/meta/{id}/meta.json"), meta.as_bytes());
    user.write(".docker/config.json", br#"{"currentContext":"mine"}"#);
    let by_context = user.run(&scan);
    assert_eq!(by_context.code, 0, "{}", by_context.stderr);
}

fn every_platform_in_containerd_is_scanned(user: &User) {
    let of = |platform: &str| {
        Image::new().platform(platform).layer(Layer::new().files(node::package("lodash", platform)))
    };
    let images = ["linux/amd64", "linux/arm64"].map(of);
    let layout = Layout::new().index("1", &images);
    user.write("multi.tar", &layout.archive());
    let arguments = ["--all-platforms", "--base-name", "example.com/multi"];
    import(user, "k8s.io", "multi.tar", &arguments);
    let name = "containerd:example.com/multi:1";
    let set = report(user, &[name, "--all-platforms"]);
    assert_eq!(set["schema"], "plimsoll.report-set/1");
    let reports = set["reports"].as_array().unwrap();
    for (report, image) in reports.iter().zip(&images) {
        assert_eq!(report["digests"]["manifest"], image.manifest_digest());
        assert_eq!(report["body"]["packages"].as_array().unwrap().len(), 1);
    }
    assert_eq!((reports.len(), &set["summary"]["scanned"]), (2, &Value::from(2)));
}
