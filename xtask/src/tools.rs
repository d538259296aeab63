//! Programs of other projects that tests run against: a missing one is installed, or the run fails.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A program, the Debian package that brings it, and what it is for.
struct Tool {
    program: &'static str,
    package: &'static str,
    purpose: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { program: "skopeo", package: "skopeo", purpose: "copies images between transports" },
    Tool {
        program: "docker-registry",
        package: "docker-registry",
        purpose: "the reference registry, which scans are tested against",
    },
    Tool {
        program: "dockerd",
        package: "docker.io",
        purpose: "a container engine, which scans are tested against",
    },
    Tool {
        program: "containerd",
        package: "containerd",
        purpose: "a container engine, which scans are tested against",
    },
    Tool {
        program: "podman",
        package: "podman",
        purpose: "a container engine, which scans are tested against",
    },
    Tool {
        program: "openssl",
        package: "openssl",
        purpose: "makes the certificates of test servers",
    },
    Tool { program: "c++", package: "g++", purpose: "builds libFuzzer, which is C++" },
    Tool { program: "zstd", package: "zstd", purpose: "unpacks the corpus for a second opinion" },
    Tool { program: "pigz", package: "pigz", purpose: "the yardstick of the benchmarks" },
];

/// Installs what is missing with apt, where that may be done.
pub fn ensure() -> Result<()> {
    let missing: Vec<_> = TOOLS.iter().filter(|tool| !is_there(tool.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for tool in &missing {
        println!("xtask: {} is missing ({})", tool.program, tool.purpose);
    }
    let packages: Vec<_> = missing.iter().map(|tool| tool.package).collect();
    let install = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    let prefix = match () {
        () if !is_there("apt-get") => {
            bail!("failed to install {}: no apt-get here", packages.join(", "))
        }
        () if is_root()? => "",
        () if is_there("sudo") => "sudo --non-interactive ",
        () => bail!("failed to install as an ordinary user\nhint: {install}"),
    };
    // A fresh machine has no package lists yet, and old lists name packages that are gone.
    let script = format!("{prefix}apt-get update -qq && {prefix}{install}");
    println!("xtask: {install}");
    let status = Command::new("sh")
        .args(["-c", &script])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null())
        .status()
        .context("failed to run apt-get")?;
    match TOOLS.iter().find(|tool| !is_there(tool.program)) {
        None => Ok(()),
        Some(tool) => bail!("failed to install {} ({status})\nhint: {install}", tool.program),
    }
}

/// True where the program is on the path, or where Debian keeps an administrator's programs.
pub fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|directory| directory.join(program).is_file())
}

fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output().context("failed to run id")?;
    Ok(output.stdout.trim_ascii() == b"0")
}
