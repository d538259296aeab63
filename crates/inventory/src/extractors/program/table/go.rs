//! Programs of Go whose own version the linker does not record as a module's: HashiCorp, Grafana, Elastic, ingress and mesh.
//!
//! A version that was given to the linker (`-X`) stands alone among other constants, and in the flags where the build kept them; one
//! in the source is glued to its neighbours, which are the same from release to release.

use crate::Pattern::Name;
use crate::extractors::program::fingerprint::{Fingerprint, Mark, after, near};

/// Before the seconds of a day's first instant, a constant of package `time`.
const BEFORE_TIME: Mark =
    near(b"$a\xcdc\x01\0\0\0", r"(?:[^0-9A-Za-z.]|\xa0L)v?<s>\x00+\$a\xcdc\x01");
/// Before and after the version of Go.
const BEFORE_GO: Mark = near(b"\0go1.", r"[^0-9A-Za-z.]v?<s>\x00.{0,24}\x00go1\.\d+(?:\.\d+)?\x00");
const AFTER_GO: Mark = near(b"\0go1.", r"\x00go1\.\d+(?:\.\d+)?\x00+v?<s>\x00");

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "github.com/hashicorp/consul",
        files: &[Name("consul")],
        marks: &[
            after(b"hashicorp/consul/version.GitDescribe=", "v?<s>"),
            after(b"CONSUL_VERSION: ", r"<s>\s"),
        ],
        hints: &[near(b"\0v1.", r"\x00v(1\.\d+\.\d+(?:-[a-z]+\d*)?)\x00{2,}")],
        cpes: &["hashicorp:consul"],
        examples: &[
            ("bin/consul", b"<!-- CONSUL_VERSION: 1.17.3\n -->", Some("v1.17.3")),
            ("bin/consul", b"\0\0v1.7.14\0\0\0\0", Some("v1.7.14")),
            ("bin/consul", b"<!-- CONSUL_VERSION: {{ .Version }} -->", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/hashicorp/vault",
        files: &[Name("vault")],
        marks: &[
            after(b"hashicorp/vault/version.Version=", "v?<s>"),
            after(b"hashicorp/vault/sdk/version.Version=", "v?<s>"),
        ],
        hints: &[
            near(b"revoke1.", r"revoke(1\.\d+\.\d)\D"),
            near(b"state1.", r"state(1\.\d+\.\d+-rc\d)"),
            near(b"123-abc", r"0x%016x(1\.\d\d\.\d{1,2})(?:1\.\d\d\.\d\d)?\n?123-abc"),
            near(b"\x001.", r"\x00(1\.\d{1,2}\.\d{1,2})\x00{3,}"),
        ],
        cpes: &["hashicorp:vault"],
        examples: &[
            ("bin/vault", b"cloud:%s.%s:revoke1.15.6)(nil))(%#v) {...}", Some("v1.15.6")),
            ("bin/vault", b"secondsindex_state1.16.0-rc2\nOptions", Some("v1.16.0-rc2")),
            ("bin/vault", b"0.0.0.00x%016x1.13.13123-abc1953125", Some("v1.13.13")),
            ("bin/vault", b"0.0.0.00x%016x1.14.3\n123-abc1953125", Some("v1.14.3")),
            ("bin/vault", b"revoke\x001.15.6", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/hashicorp/nomad",
        files: &[Name("nomad")],
        marks: &[after(b"hashicorp/nomad/version.Version=", "v?<s>")],
        hints: &[BEFORE_TIME],
        cpes: &["hashicorp:nomad"],
        examples: &[
            ("bin/nomad", b"-X github.com/hashicorp/nomad/version.Version=1.7.6 ", Some("v1.7.6")),
            ("bin/nomad", b"-X github.com/hashicorp/nomad/version.GitCommit=594fedb", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/hashicorp/terraform",
        files: &[Name("terraform")],
        marks: &[after(b"hashicorp/terraform/version.Version=", "v?<s>")],
        hints: &[near(b"/v1/txn0.", r"/v1/txn(0\.\d\d\.\d\d)0x%016x")],
        cpes: &["hashicorp:terraform"],
        examples: &[
            ("bin/terraform", b"/v1/kv//v1/txn0.11.110x%016x1.14.311953125", Some("v0.11.11")),
            ("bin/terraform", b"/v1/txn0x%016x", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/hashicorp/packer",
        files: &[Name("packer")],
        marks: &[after(b"hashicorp/packer/version.Version=", "v?<s>")],
        hints: &[BEFORE_TIME],
        cpes: &["hashicorp:packer"],
        examples: &[
            (
                "bin/packer",
                b"\"-X github.com/hashicorp/packer/version.Version=1.10.2\"",
                Some("v1.10.2"),
            ),
            ("bin/packer", b"github.com/hashicorp/packer/version.VersionPrerelease=", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/hashicorp/boundary",
        files: &[Name("boundary")],
        marks: &[after(b"hashicorp/boundary/version.Version=", "v?<s>")],
        hints: &[BEFORE_TIME],
        cpes: &["hashicorp:boundary"],
        examples: &[
            ("bin/boundary", b"\xff\xff0.15.3\0\0$a\xcdc\x01\0\0\0", Some("v0.15.3")),
            ("bin/boundary", b"\0\0$a\xcdc\x01\0\0\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/traefik/traefik/v{major}",
        files: &[Name("traefik")],
        marks: &[near(b"/pkg/version.Version=", r"/traefik(?:/v\d)?/pkg/version\.Version=v?<s>")],
        hints: &[
            BEFORE_TIME,
            BEFORE_GO,
            near(b"\x003.", r"\x00(3\.\d+\.\d+(?:-[a-z]+\d+)?)\x00{2,}"),
            near(b"\x002.", r"\x00(2\.\d+\.\d+(?:-[a-z]+\d+)?)\x00{2,}"),
            near(b"\x1c3.", r"\x1c(3\.\d+\.\d+(?:-[a-z]+\d+)?)\x00{2,}"),
            near(b"\0v1.", r"\x00v(1\.\d+\.\d+(?:-[a-z]+\d+)?)\x00"),
        ],
        cpes: &["traefik:traefik"],
        examples: &[
            (
                "usr/local/bin/traefik",
                b"\x93\x84\x1c3.0.0-rc1\0\0\0$a\xcdc\x01\0\0\0\0",
                Some("v3.0.0-rc1"),
            ),
            ("usr/local/bin/traefik", b"\0\0cantal\0\x002.10.7\0\0\0\x10", Some("v2.10.7")),
            ("usr/local/bin/traefik", b"\0\0v1.7.34\0\xaf\x1a\0\0", Some("v1.7.34")),
            ("usr/local/bin/traefik", b"\x14\x93\x84\x1c3.0.4\0\0\0\0\x02\0", Some("v3.0.4")),
            ("usr/local/bin/traefik", b"go1.22.1\0\0\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/grafana/grafana",
        files: &[Name("grafana"), Name("grafana-server"), Name("grafana-cli")],
        marks: &[after(b"-X main.version=", "v?<s>"), near(b"\0release-", r"\x00release-<s>\x00")],
        hints: &[
            BEFORE_TIME,
            BEFORE_GO,
            AFTER_GO,
            near(b".x\0", r"[^0-9A-Za-z.]<s>\x00+v\d+\.\d+\.x\x00"),
            near(b"HEAD\0", r"HEAD\x00+(?:[^\x00]\x00{3,9}){0,2}<s>\x00"),
            near(b"\0/usr/local/go\0", r"\x00<s>\x00+/usr/local/go\x00"),
            near(b"\x0012.", r"\x00(12\.\d+\.\d+-\d{6,})\x00"),
            near(b"\x0013.", r"\x00(13\.\d+\.\d+-\d{6,})\x00"),
            near(b"\x007.", r"\x00(7\.\d+\.\d+(?:-[a-z]+\d*)?)\x00{3,}"),
            near(b"\x006.", r"\x00(6\.\d+\.\d+(?:-[a-z]+\d*)?)\x00{3,}"),
        ],
        cpes: &["grafana:grafana"],
        examples: &[
            (
                "usr/share/grafana/bin/grafana",
                b"build\t-ldflags=\"-X main.version=10.4.1 -X main.commit=d94d597\"",
                Some("v10.4.1"),
            ),
            (
                "usr/share/grafana/bin/grafana",
                b"\0release-12.3.2+security-01\0\0",
                Some("v12.3.2+security-01"),
            ),
            (
                "usr/share/grafana/bin/grafana",
                b"\0\x0012.4.0-22081664032\0\0",
                Some("v12.4.0-22081664032"),
            ),
            ("usr/share/grafana/bin/grafana-server", b"HEAD\0\0\0\x009.0.3\0:\0", Some("v9.0.3")),
            (
                "usr/share/grafana/bin/grafana",
                b"\xff\x7f\xff9.5.21\0\0v9.5.x\0\0$a",
                Some("v9.5.21"),
            ),
            ("usr/share/grafana/bin/grafana", b"\0release-branch\0\0go1.22.1\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "helm.sh/helm/v{major}",
        files: &[Name("helm")],
        marks: &[
            after(b"/internal/version.version=", "v?<s>"),
            after(b"k8s.io/helm/pkg/version.Version=", "v?<s>"),
        ],
        hints: &[
            near(b"clean\0", r"clean\x00+v<s>\x00"),
            BEFORE_GO,
            near(b"\0v4.", r"\x00v(4\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00"),
            near(b"\0v3.", r"\x00v(3\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00"),
            near(b"\x10v3.", r"\x10v(3\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00{2,}"),
            near(b"\0v2.", r"\x00v(2\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00"),
        ],
        cpes: &["helm:helm"],
        examples: &[
            ("usr/local/bin/helm", b"\0\0v3.14.3\0\xfa\0", Some("v3.14.3")),
            ("usr/local/bin/helm", b"clean\0\0\0v4.0.0-rc.1\0\0", Some("v4.0.0-rc.1")),
            ("usr/local/bin/helm", b"\0\0'\x10v3.12.0\0\0\0\xfa", Some("v3.12.0")),
            ("usr/local/bin/helm", b"\0v3.14\0v3.%d.%d\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "istio.io/istio",
        files: &[Name("pilot-agent"), Name("pilot-discovery"), Name("istioctl")],
        marks: &[
            after(b"istio.io/istio/pkg/version.buildVersion=", "<s>"),
            after(b"istio.io/pkg/version.buildVersion=", "<s>"),
        ],
        hints: &[
            near(b"Clean\0", r"Clean\x00+<s>\x00"),
            near(b"Modified\0", r"Modified\x00+<s>\x00"),
            // Its own version stands after that of its charts.
            near(
                b"\x001.",
                r"\x001\.\d+\.\d+(?:-[a-z]+\.\d+)?\x00+(1\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00",
            ),
            near(b"S=v<y5", r"\x00(1\.\d+\.\d+)\x00.{1,80}S=v<y5"),
        ],
        cpes: &["istio:istio"],
        examples: &[
            ("usr/local/bin/pilot-agent", b"\x001.21.0\0\x001.21.0\0\0", Some("v1.21.0")),
            ("usr/local/bin/pilot-discovery", b"Clean\0\0\x001.8.0\0\0", Some("v1.8.0")),
            ("usr/local/bin/pilot-agent", b"Modified\0\0\x001.10-dev\0\0", Some("v1.10-dev")),
            ("usr/local/bin/pilot-agent", b"\x001.21.0\0other\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "k8s.io/ingress-nginx",
        files: &[Name("nginx-ingress-controller")],
        marks: &[after(b"k8s.io/ingress-nginx/version.RELEASE=", "v?<s>")],
        hints: &[
            BEFORE_GO,
            AFTER_GO,
            BEFORE_TIME,
            near(b"\0v1.", r"\x00v(1\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00{2,}"),
            near(b"v1.", r"(?:[\x01-\x08]|\xa0L)v(1\.\d+\.\d+(?:-[a-z]+\.\d+)?)\x00{2,}"),
            near(b"\0v0.", r"\x00v(0\.\d+\.\d+)\x00"),
            near(b"\x000.", r"\x00(0\.\d+\.\d+)\x00{4,}"),
        ],
        cpes: &["kubernetes:ingress-nginx"],
        examples: &[
            (
                "nginx-ingress-controller",
                b"\xef\xc7v1.10.0\0\0\xf0z\x03\0\0\0\0go1.22.0\0",
                Some("v1.10.0"),
            ),
            ("nginx-ingress-controller", b"\0\0v1.9.0-beta.0\0\0", Some("v1.9.0-beta.0")),
            ("nginx-ingress-controller", b"\0\xa0Lv1.9.6\0\0$a\xcdc\x01\0\0\0", Some("v1.9.6")),
            ("nginx-ingress-controller", b"\0\xa0Lv1.9.6\0\0\0\0\xff", Some("v1.9.6")),
            ("nginx-ingress-controller", b"_\x02v1.9.6\0\0\x01\0", Some("v1.9.6")),
            ("nginx-ingress-controller", b"\xff\0\x000.33.0\0\0\0\0\x01", Some("v0.33.0")),
            ("nginx-ingress-controller", b"\0v1.19.0\0x", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/elastic/beats/v7",
        files: &[
            Name("filebeat"),
            Name("metricbeat"),
            Name("heartbeat"),
            Name("packetbeat"),
            Name("auditbeat"),
        ],
        hints: &[
            near(b"Test ", r"Test (\d\.\d{1,2}\.\d{1,2})[a-z%]"),
            near(b"createplugin", r"createplugin(?:output)?(\d\.\d{1,2}\.\d{1,2})[-a-z]"),
            near(b"5m.rate", r"5m\.rate(\d\.\d{1,2}\.\d{1,2})-"),
        ],
        cpes: &["elastic:beats"],
        examples: &[
            (
                "usr/share/filebeat/filebeat",
                b"exportconfigcreateplugin8.13.1globalclient",
                Some("v8.13.1"),
            ),
            (
                "usr/share/packetbeat/packetbeat",
                b"COBRAforcestdinsetupTest 9.1.2input%s %w8.0.0agent",
                Some("v9.1.2"),
            ),
            ("usr/share/filebeat/filebeat", b"configcreateplugin global8.13.1", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/elastic/elastic-agent",
        files: &[Name("elastic-agent")],
        hints: &[
            near(b"enroll", r"enroll(?:: true)?(\d\.\d{1,2}\.\d{1,2})-?header"),
            near(b":https", r"PM(\d\.\d{1,2}\.\d{1,2}):https"),
        ],
        cpes: &["elastic:elastic_agent"],
        examples: &[
            (
                "usr/share/elastic-agent/elastic-agent",
                b"config/statsenroll8.13.1headeruint16",
                Some("v8.13.1"),
            ),
            ("usr/share/elastic-agent/elastic-agent", b"enroll --header", None),
        ],
        ..Fingerprint::GO
    },
];
