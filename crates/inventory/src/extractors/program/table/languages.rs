//! Languages with their compilers and libraries.

use plimsoll_core::PackageType;

use crate::Pattern::{Name, NameStart, PathEnd};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};
use crate::extractors::program::version::go_release;

/// A JVM's version: `17.0.2+8-LTS`, `1.8.0_352-b08`.
macro_rules! jvm {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            r"(\d{1,2}(?:\.\d{1,3}){0,4}(?:_\d+)?(?:[+-][0-9A-Za-z][0-9A-Za-z.+-]*)?)",
            $after
        )
    };
}

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        kind: PackageType::Golang,
        // What the advisories of Go call it; its programs are linked with `stdlib`.
        name: "toolchain",
        files: &[Name("go"), Name("go.exe"), Name("gofmt"), Name("VERSION"), Name("VERSION.cache")],
        begins: &[b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"go1.", b"devel go1."],
        marks: &[
            near(b"go1.", r"\A(?:devel )?go(1\.\d+(?:\.\d+|(?:rc|beta)\d+|-[0-9a-f]+)?)(?:[ \n]|\z)"),
            near(b"\tcmd/go\n", r"go(1\.\d+(?:\.\d+|(?:rc|beta)\d+)?)[^a-z].{0,40}path\tcmd/go(?:fmt)?\n"),
        ],
        hints: &[near(b"\0go1.", r"\x00go(1\.\d+(?:\.\d+|(?:rc|beta)\d+)?)\x00{4}")],
        version: go_release,
        cpes: &["golang:go"],
        examples: &[
            ("usr/local/go/VERSION", b"go1.22.1\ntime 2024-02-29T18:18:48Z\n", Some("1.22.1")),
            ("opt/go/VERSION", b"devel go1.25-d524e1e Sun Feb 16 07:23:13 2025", Some("1.25-d524e1e")),
            ("opt/go/VERSION.cache", b"devel go1.25-d524e1e Sun Feb 16 07:23:13 2025", Some("1.25-d524e1e")),
            ("usr/local/go/bin/go", b"\x7fELF\0\0go1.23rc2\0\0\0\0\0\0", Some("1.23.0-rc.2")),
            ("usr/local/go/bin/go", b"\x7fELF\0\x08go1.21.3\xd5\x010w\xafpath\tcmd/go\nbuild", Some("1.21.3")),
            ("srv/app/VERSION", b"go1.x or later\n", None),
            ("srv/app/VERSION", b"1.22.1\n", None),
            ("usr/bin/go", b"\x7fELF needs go1.21\0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "openjdk",
        files: &[Name("java"), Name("java.exe"), Name("javac"), Name("jdb"), Name("libjvm.so")],
        begins: &[],
        marks: &[
            near(b"openjdk\0", jvm!(r"\x00openjdk\x00+[a-z]+\x00+(?:1\.\d|0\.0)\x00+", r"\x00")),
            near(b"openjdk\0", jvm!(r"\x00(?:1\.\d|0\.0)\x00+", r"\x00+openjdk\x00")),
            near(
                b"OpenJDK 64-Bit Server VM (",
                jvm!(r"OpenJDK 64-Bit Server VM \([^)]{1,64}\) for [^ ]{1,32} JRE \(", r"\)"),
            ),
        ],
        cpes: &["oracle:openjdk"],
        examples: &[
            ("opt/java/openjdk/bin/java", b"\x7fELF\0openjdk\0java\x000.0\x0017.0.2+8-LTS\0-J-ms8m\0", Some("17.0.2+8-LTS")),
            ("opt/jdk/bin/javac", b"\x7fELF\0openjdk\0java\x001.8\x001.8.0_352-b08\0", Some("1.8.0_352-b08")),
            ("opt/jdk/bin/java", b"\x7fELF\x000.0\0\0\x0021+35\0\0\0openjdk\0java\0", Some("21+35")),
            (
                "opt/jdk/lib/server/libjvm.so",
                b"\x7fELF OpenJDK 64-Bit Server VM (25.352-b08) for linux-amd64 JRE (1.8.0_352-b08), built on",
                Some("1.8.0_352-b08"),
            ),
            ("opt/jdk/bin/java", b"\x7fELF\0java\x000.0\x0019.0.1+10-21\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "oracle-jdk",
        files: &[Name("java"), Name("java.exe"), Name("javac"), Name("jdb")],
        begins: &[],
        marks: &[
            near(b"java\0", jvm!(r"\x00java\x00+(?:1\.\d|0\.0)\x00+", r"\x00")),
            near(b"java\0", jvm!(r"\x00", r"\x00+(?:1\.\d|0\.0)\x00+java\x00")),
        ],
        unless: &[b"openjdk", b"OpenJDK"],
        cpes: &["oracle:jdk", "oracle:jre"],
        examples: &[
            ("usr/java/latest/bin/java", b"\x7fELF\0java\x001.8\x001.8.0_451-b10\0\0", Some("1.8.0_451-b10")),
            ("usr/java/bin/java", b"\x7fELF\0java\x000.0\x0019.0.1+10-21\0", Some("19.0.1+10-21")),
            ("usr/java/bin/java", b"\x7fELF\0openjdk\0java\x000.0\x0017.0.2+8\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "rust",
        files: &[NameStart("libstd-"), NameStart("librustc_driver-")],
        marks: &[after(b"(rustc version ", r"<s> \(")],
        hints: &[near(
            b"c 1.",
            r"c (1\.\d+\.\d+(?:-(?:beta\.\d+|nightly))?) \([0-9a-f]{9} \d{4}-\d\d-\d\d\)",
        )],
        cpes: &["rust-lang:rust"],
        examples: &[
            (
                "usr/local/rustup/lib/libstd-0123456789abcdef.so",
                b"\0clang LLVM (rustc version 1.77.0 (aedd173a2 2024-03-17))\0",
                Some("1.77.0"),
            ),
            ("opt/libstd-0123456789abcdef.dylib", b"ec 1.77.0 (aedd173a2 2024-03-17)\xc3", Some("1.77.0")),
            ("usr/lib/libstd-0123456789abcdef.so", b"rustc 1.77\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "swift",
        files: &[Name("swift-frontend"), Name("swiftc"), Name("swift"), Name("libswiftCore.so")],
        marks: &[after(b"(swift-", r"(\d+\.\d+(?:\.\d+)?)-RELEASE")],
        cpes: &["apple:swift"],
        examples: &[
            ("usr/bin/swift-frontend", b"Swift version 5.10 (swift-5.10-RELEASE)\0", Some("5.10")),
            ("usr/bin/swift-frontend", b"(swift-DEVELOPMENT-SNAPSHOT)\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "dart",
        files: &[Name("dart"), Name("dartvm"), Name("dartaotruntime"), Name("dart.exe")],
        marks: &[near(
            b") on \"",
            r"\x00(\d+\.\d+\.\d+(?:-\d+\.\d+\.[a-z]+)?) \([a-z]+\) \([^)]{20,40}\) on \x22",
        ),
        near(b" (stable) (", r"\x00(\d+\.\d+\.\d+) \(stable\) \([A-Z][^)\x00]{20,40}\)\x00"),
        ],
        cpes: &["dart:dart_software_development_kit"],
        examples: &[
            (
                "usr/lib/dart/bin/dart",
                b"GC\"\x003.3.1 (stable) (Wed Mar 6 13:09:19 2024 +0000) on \"linux_x64\"\0",
                Some("3.3.1"),
            ),
            (
                "usr/lib/dart/bin/dart",
                b"MathAtan\x002.12.4 (stable) (Thu Apr 15 12:26:53 2021 +0200)\0Dart_TypeVoid\0",
                Some("2.12.4"),
            ),
            ("usr/lib/dart/bin/dart", b"\x003.3.1 (stable)\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "julia",
        files: &[NameStart("libjulia-internal.so"), NameStart("libjulia.so")],
        marks: &[
            near(b"\0julia version %s", r"\x00<s>\x00julia version %s"),
            near(b"\0branch\0", r"\x00<s>\x00branch\x00"),
            near(b"\0verify_methods\0", r"\x00__init__\x00<s>\x00verify_methods\x00"),
            near(b"\0BigInt\0", r"\x00verify_methods\x00[^\x00]{1,32}\x00<s>\x00BigInt\x00"),
            near(b"\0ObjectIdDict\0", r"\x00ObjectIdDict\x00<s>\x00jl_sysimg"),
            near(b"\0core2\0", r"\x00require\x00<s>\x00core2\x00"),
            near(b"#kw#\0", r"\x00#kw#\x00<s>\x00(?:BigInt|_require_dependencies)\x00"),
        ],
        cpes: &["julialang:julia"],
        examples: &[
            ("opt/julia/lib/julia/libjulia-internal.so.1.10", b"\0__init__\x001.10.2\0verify_methods\0", Some("1.10.2")),
            ("opt/julia/lib/libjulia-internal.so.1.12", b"\x001.12.0-rc1\0branch\0commit\0", Some("1.12.0-rc1")),
            ("opt/julia/lib/julia/libjulia.so", b"\0ObjectIdDict\x000.6.4\0jl_sysimg_cpu_target\0", Some("0.6.4")),
            ("opt/julia/lib/julia/libjulia.so", b"\0require\x000.4.6\0core2\0", Some("0.4.6")),
            ("opt/julia/lib/libjulia-internal.so.1.10", b"\x001.10.2\0other\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "elixir",
        files: &[Name("elixir"), PathEnd("elixir/ebin/elixir.app")],
        begins: &[b"#!", b"{application"],
        marks: &[after(b"ELIXIR_VERSION=", "<s>\n"), after(b"{vsn,\"", "<s>\"")],
        cpes: &["elixir-lang:elixir"],
        examples: &[
            ("usr/local/bin/elixir", b"#!/bin/sh\nset -e\n\nELIXIR_VERSION=1.16.2\n", Some("1.16.2")),
            (
                "usr/local/lib/elixir/lib/elixir/ebin/elixir.app",
                b"{application,elixir,[{description,\"elixir\"},{vsn,\"1.17.0-rc.0\"}]}",
                Some("1.17.0-rc.0"),
            ),
            ("usr/local/bin/elixir", b"#!/bin/sh\nexec erl \"$@\"\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "ghc",
        files: &[NameStart("ghc")],
        marks: &[
            near(b"\0GHC ", r"\x00GHC (\d+\.\d+\.\d+)\x00"),
            near(b"libHSghc-", r"\x00libHSghc-(\d+\.\d+\.\d+)-[0-9A-Za-z.-]*ghc\d"),
        ],
        named_by_version: true,
        cpes: &["haskell:ghc"],
        examples: &[
            ("opt/ghc/9.8.1/bin/ghc-9.8.1", b"10.2.1\0GHC 9.8.1\0\0", Some("9.8.1")),
            ("opt/ghc/lib/bin/ghc", b"\0libHSghc-8.10.7-ghc8.10.7.so\0", Some("8.10.7")),
            ("opt/ghc/lib/bin/ghc", b"GHC 9.8\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "cabal",
        files: &[Name("cabal"), Name("cabal.exe")],
        marks: &[near(b"/cabal-install-", r"/cabal-install-(\d+(?:\.\d+){2,3})[-/\x00]")],
        hints: &[near(b"\0Cabal-", r"\x00Cabal-(\d+(?:\.\d+){2,3})-")],
        cpes: &["haskell:cabal"],
        examples: &[
            ("opt/bin/cabal", b"\0/opt/lib/cabal-install-3.8.1.0-Abc\0", Some("3.8.1.0")),
            ("opt/bin/cabal", b"\0Cabal-3.10.2.1-inplace:Distribution.Info\0", Some("3.10.2.1")),
            ("opt/bin/cabal", b"cabal_install_libdir\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "stack",
        files: &[Name("stack")],
        marks: &[after(b"Version ", r"(\d+\.\d+\.\d+), Git"), near(b"/stack-", r"ghc-[0-9.]+/stack-(\d+\.\d+\.\d+)[-\x00]")],
        cpes: &["haskell:stack"],
        examples: &[
            ("usr/local/bin/stack", b"Version 2.15.5, Git revision 5c44fb5", Some("2.15.5")),
            ("usr/local/bin/stack", b"Version of GHC\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "swipl",
        files: &[Name("swipl"), NameStart("libswipl.so")],
        marks: &[near(b"/swipl-", r"/swipl-(\d+\.\d+\.\d+)/")],
        cpes: &["swi-prolog:swi-prolog"],
        examples: &[
            ("usr/lib/swipl/bin/x86_64-linux/swipl", b"\0/tmp/src/swipl-9.2.2/src\0", Some("9.2.2")),
            ("usr/bin/swipl", b"/usr/lib/swipl-prolog/\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "r",
        files: &[PathEnd("R/library/base/DESCRIPTION")],
        begins: &[b"Package: base\n"],
        marks: &[after(b"\nVersion: ", r"(\d+\.\d+\.\d+)\n")],
        cpes: &["r_project:r"],
        examples: &[
            ("usr/local/lib/R/library/base/DESCRIPTION", b"Package: base\nVersion: 4.3.3\nPriority: base\n", Some("4.3.3")),
            ("usr/local/lib/R/library/base/DESCRIPTION", b"Package: base\nPriority: base\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "gcc",
        files: &[Name("gcc"), Name("g++"), Name("cc1"), Name("cc1plus"), NameStart("gcc-")],
        marks: &[near(b"gcc version %s %s", r"\x00(\d+\.\d+\.\d+)\x00[^\x00]{0,64}\x00+gcc version %s %s")],
        hints: &[after(b"GCC: (GNU) ", r"(\d+\.\d+\.\d+)\x00")],
        cpes: &["gnu:gcc"],
        examples: &[
            ("usr/local/bin/gcc", b" zstd\x0013.2.0\0(GNU) \0gcc version %s %s\n\0", Some("13.2.0")),
            ("usr/local/bin/g++", b"GCC: (GNU) 12.3.0\0", Some("12.3.0")),
            ("usr/local/bin/gcc", b"GCC: (Debian 12.2.0-14) 12.2.0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "nim",
        // The standard library's own constants: the compiler holds its version without a word beside it.
        files: &[PathEnd("lib/system/compilation.nim"), PathEnd("lib/system.nim")],
        marks: &[near(
            b"NimMajor* ",
            r"NimMajor\* [^=\n]*= (\d+)\s.{0,400}NimMinor\* [^=\n]*= (\d+)\s.{0,400}NimPatch\* [^=\n]*= (\d+)\s",
        )
        .within(1000)],
        cpes: &["nim-lang:nim"],
        examples: &[
            (
                "nim/lib/system/compilation.nim",
                b"const\n  NimMajor* {.intdefine.}: int = 2\n    ## is the major number\n  NimMinor* {.intdefine.}: int = 0\n    ## Odd\n\
                    NimPatch* {.intdefine.}: int = 4\n    ## Odd\n",
                Some("2.0.4"),
            ),
            ("nim/lib/system.nim", b"const\n  NimMajor* {.intdefine.}: int = 2\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "moarvm",
        files: &[Name("moar"), NameStart("libmoar.so")],
        marks: &[
            near(b"\0This is MoarVM version ", r"\x00(\d{4}\.\d\d(?:\.\d+)?)\x00+This is MoarVM version "),
            near(b"\0versionmajor\0", r"\x00version\x00(\d{4}\.\d\d(?:\.\d+)?)\x00versionmajor\x00"),
        ],
        cpes: &["moarvm:moarvm"],
        examples: &[
            ("usr/local/bin/moar", b"\n%s\n\x002024.09\0This is MoarVM version %s\0", Some("2024.09")),
            ("usr/local/lib/libmoar.so", b"\0version\x002024.09\0versionmajor\x002024\0", Some("2024.09")),
            ("usr/local/bin/moar", b"\0This is MoarVM version %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        // OpenJDK with a compiler of its own, whose version follows that of OpenJDK.
        name: "graalvm",
        files: &[Name("java"), Name("java.exe"), Name("javac"), Name("jdb")],
        marks: &[near(b"-jvmci-", r"\x00(\d+(?:\.\d+){0,3}(?:\+\d+)?-jvmci-\d+\.\d+-b\d+)\x00")],
        cpes: &["oracle:graalvm"],
        examples: &[
            (
                "opt/graalvm/bin/java",
                b"\0openjdk\0java\x000.0\x0017.0.3+7-jvmci-22.1-b06\0-J-ms8m\0",
                Some("17.0.3+7-jvmci-22.1-b06"),
            ),
            ("opt/jdk/bin/java", b"\0openjdk\0java\x000.0\x0017.0.3+7\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "ibm-java",
        files: &[Name("java"), Name("javac"), Name("jdb")],
        marks: &[near(b"-foreman_", r"\x00(\d+\.\d+\.\d+-foreman_\d{4}_\d\d_\d\d_\d\d_\d\d-b\d+)\x00")],
        cpes: &["ibm:java", "ibm:java_sdk"],
        examples: &[
            (
                "opt/ibm/java/jre/bin/java",
                b"\0java\x001.8\0\0\x001.8.0-foreman_2022_01_20_09_33-b00\0",
                Some("1.8.0-foreman_2022_01_20_09_33-b00"),
            ),
            ("opt/ibm/java/jre/bin/java", b"\0java\x001.8\0\0\x001.8.0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
];
