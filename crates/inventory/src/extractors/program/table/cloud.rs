//! Engines, monitoring and databases of Go that say their version in the flags that they were linked with; Elastic's servers.

use crate::Pattern::{Name, PathEnd};
use crate::extractors::program::fingerprint::{Fingerprint, Mark, after, near};

/// Prometheus and all that is built as it is.
const PROMETHEUS: &[Mark] = &[after(b"prometheus/common/version.Version=", "v?<s>")];
const AFTER_GO: Mark = near(b"\0go1.", r"\x00go1\.\d+(?:\.\d+)?\x00+v?<s>\x00");
const BEFORE_GO: Mark = near(b"\0go1.", r"[^0-9A-Za-z.]v?<s>\x00.{0,24}\x00go1\.\d+(?:\.\d+)?\x00");

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "github.com/prometheus/prometheus",
        files: &[Name("prometheus"), Name("promtool")],
        marks: PROMETHEUS,
        hints: &[AFTER_GO],
        cpes: &["prometheus:prometheus"],
        examples: &[
            (
                "bin/prometheus",
                b"-X github.com/prometheus/common/version.Version=2.51.0 -X",
                Some("v2.51.0"),
            ),
            (
                "bin/prometheus",
                b"-X github.com/prometheus/common/version.Revision=c05c15512acb",
                None,
            ),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/prometheus/alertmanager",
        files: &[Name("alertmanager"), Name("amtool")],
        marks: PROMETHEUS,
        hints: &[AFTER_GO],
        cpes: &["prometheus:alertmanager"],
        examples: &[
            (
                "bin/alertmanager",
                b"-X github.com/prometheus/common/version.Version=0.27.0\"",
                Some("v0.27.0"),
            ),
            ("bin/alertmanager", b"version.Version=\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/prometheus/node_exporter",
        files: &[Name("node_exporter")],
        marks: PROMETHEUS,
        hints: &[AFTER_GO],
        examples: &[
            ("bin/node_exporter", b"\0go1.21.4\0\0\0\0\x001.7.0\0", Some("v1.7.0")),
            ("bin/node_exporter", b"version.Version=\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/grafana/loki/v{major}",
        files: &[Name("loki"), Name("promtail"), Name("logcli")],
        marks: &[near(b"/pkg/util/build.Version=", r"loki(?:/v\d)?/pkg/util/build\.Version=v?<s>")],
        hints: &[AFTER_GO],
        cpes: &["grafana:loki"],
        examples: &[
            (
                "usr/bin/loki",
                b"-X github.com/grafana/loki/v3/pkg/util/build.Version=3.0.0 ",
                Some("v3.0.0"),
            ),
            ("usr/bin/loki", b"loki/pkg/util/build.Version=k200-ab", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/influxdata/influxdb/v{major}",
        files: &[Name("influxd"), Name("influx")],
        marks: &[after(b"-X main.version=", "v?<s>")],
        hints: &[AFTER_GO],
        cpes: &["influxdata:influxdb"],
        examples: &[
            (
                "usr/bin/influxd",
                b"\"-s -w -X main.version=v2.7.5 -X main.commit=09a9607fd9\"",
                Some("v2.7.5"),
            ),
            ("usr/bin/influxd", b"\0go1.19.8\0\0\0\x001.8.10\0\0", Some("v1.8.10")),
            ("usr/bin/influxd", b"-X main.version=unknown", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "go.etcd.io/etcd/server/v{major}",
        files: &[Name("etcd")],
        // In the source, beside another constant of as many letters.
        hints: &[near(b"390625:https", r"\D(3\.\d\.\d\d)390625:https")],
        cpes: &["etcd:etcd"],
        examples: &[
            (
                "usr/local/bin/etcd",
                b"proto.touch/%s:%s3.5.12390625:https<-chan</a>.",
                Some("v3.5.12"),
            ),
            ("usr/local/bin/etcd", b"390625:https<-chan</a>.", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/nats-io/nats-server/v{major}",
        files: &[Name("nats-server")],
        marks: &[after(b"/server.serverVersion=", "v?<s>")],
        hints: &[BEFORE_GO],
        cpes: &["nats:nats_server", "linuxfoundation:nats-server"],
        examples: &[
            ("nats-server", b"H\x01\0\0v2.10.12\0\0\x90B\x01\0\0\0\0go1.22.1\0", Some("v2.10.12")),
            ("nats-server", b"\0go1.22.1\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/cockroachdb/cockroach",
        files: &[Name("cockroach")],
        marks: &[after(b"cockroach/pkg/build.tag=", "v?<s>")],
        hints: &[near(b"\0v2", r"\x00v(2\d\.\d\.\d+(?:-[a-z]+\.\d+)?)\x00{2,}")],
        cpes: &["cockroachlabs:cockroachdb"],
        examples: &[
            ("cockroach/cockroach", b"\0\0v23.2.3\0\0", Some("v23.2.3")),
            ("cockroach/cockroach", b"\0v2.3\0\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/tianon/gosu",
        files: &[Name("gosu")],
        hints: &[near(b"3125", r"/etc(1\.\d\d)3125")],
        examples: &[
            ("usr/local/bin/gosu", b"+Inf,r2=-Inf/etc1.173125: p=<%s>", Some("v1.17")),
            ("usr/local/bin/gosu", b"/etc3125\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/distribution/distribution/v{major}",
        files: &[Name("registry"), Name("docker-registry")],
        marks: &[
            after(b"docker/distribution/version.Version=", "v?<s>"),
            after(b"distribution/v3/version.version=", "v?<s>"),
        ],
        examples: &[
            (
                "bin/registry",
                b"-X github.com/docker/distribution/version.Version=v2.8.3 -X",
                Some("v2.8.3"),
            ),
            ("bin/registry", b"github.com/docker/distribution/version.Revision=", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/docker/docker",
        files: &[Name("dockerd"), Name("docker-proxy")],
        marks: &[after(b"/dockerversion.Version=", "v?<s>")],
        cpes: &["docker:docker", "mobyproject:moby"],
        examples: &[
            (
                "usr/local/bin/dockerd",
                b"-X \\\"github.com/docker/docker/dockerversion.Version=26.0.0\\\"",
                Some("v26.0.0"),
            ),
            ("usr/local/bin/dockerd", b"/dockerversion.GitCommit=8b79278", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/docker/cli",
        files: &[Name("docker")],
        marks: &[after(b"docker/cli/cli/version.Version=", "v?<s>")],
        cpes: &["docker:command_line_interface"],
        examples: &[
            (
                "usr/local/bin/docker",
                b"-X \\\"github.com/docker/cli/cli/version.Version=26.0.0\\\"",
                Some("v26.0.0"),
            ),
            ("usr/local/bin/docker", b"docker/cli/cli/version.GitCommit=2ae903e", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/containerd/containerd",
        files: &[Name("containerd"), Name("ctr"), Name("containerd-shim-runc-v2")],
        marks: &[near(
            b"/version.Version=",
            r"containerd/containerd(?:/v2)?/version\.Version=v?<s>",
        )],
        cpes: &["linuxfoundation:containerd"],
        examples: &[
            (
                "usr/local/bin/containerd",
                b"-X github.com/containerd/containerd/version.Version=v1.7.14 ",
                Some("v1.7.14"),
            ),
            ("usr/local/bin/containerd", b"/version.Version=\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "github.com/opencontainers/runc",
        files: &[Name("runc")],
        marks: &[after(b"-X main.version=", "v?<s>")],
        cpes: &["linuxfoundation:runc"],
        examples: &[
            (
                "usr/local/bin/runc",
                b"-X main.gitCommit=v1.1.12-0-g51d5e946 -X main.version=1.1.12 ",
                Some("v1.1.12"),
            ),
            ("usr/local/bin/runc", b"-X main.gitCommit=v1.1.12-0-g51d5e946\0", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "k8s.io/kubernetes",
        files: &[
            Name("kubectl"),
            Name("kubelet"),
            Name("kubeadm"),
            Name("kube-apiserver"),
            Name("kube-controller-manager"),
            Name("kube-scheduler"),
            Name("kube-proxy"),
        ],
        marks: &[after(b"k8s.io/component-base/version.gitVersion=", "v?<s>")],
        cpes: &["kubernetes:kubernetes"],
        examples: &[
            (
                "usr/local/bin/kubectl",
                b"-X 'k8s.io/component-base/version.gitVersion=v1.29.3'",
                Some("v1.29.3"),
            ),
            ("usr/local/bin/kubectl", b"k8s.io/component-base/version.gitCommit=6813625b", None),
        ],
        ..Fingerprint::GO
    },
    Fingerprint {
        name: "fluent-bit",
        files: &[Name("fluent-bit")],
        marks: &[near(
            b"Fluent Bit v%s",
            r"\x00(\d+\.\d+\.\d+)\x00+(?:\x1b\[1m\x00+)?(?:%s)?Fluent Bit v%s",
        )],
        cpes: &["treasuredata:fluent_bit"],
        examples: &[
            (
                "fluent-bit/bin/fluent-bit",
                b"type: \x003.0.0\0%sFluent Bit v%s%s\n\0",
                Some("3.0.0"),
            ),
            ("fluent-bit/bin/fluent-bit", b"\0%sFluent Bit v%s%s\n\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "elasticsearch",
        // What each of its own modules was built for.
        files: &[PathEnd("elasticsearch/modules/reindex/plugin-descriptor.properties")],
        marks: &[after(b"\nelasticsearch.version=", r"(\d+\.\d+\.\d+)\s")],
        cpes: &["elastic:elasticsearch"],
        examples: &[
            (
                "usr/share/elasticsearch/modules/reindex/plugin-descriptor.properties",
                b"name=reindex\nversion=8.13.1\nelasticsearch.version=8.13.1\n",
                Some("8.13.1"),
            ),
            (
                "usr/share/elasticsearch/modules/reindex/plugin-descriptor.properties",
                b"name=reindex\n",
                None,
            ),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "logstash",
        files: &[
            PathEnd("logstash/logstash-core/versions-gem-copy.yml"),
            PathEnd("logstash/versions.yml"),
        ],
        marks: &[after(b"\nlogstash: ", r"(\d+\.\d+\.\d+)\s")],
        cpes: &["elastic:logstash"],
        examples: &[
            (
                "usr/share/logstash/versions.yml",
                b"---\nlogstash: 8.13.1\nlogstash-core: 8.13.1\n",
                Some("8.13.1"),
            ),
            ("usr/share/logstash/versions.yml", b"---\nother: 8.13.1\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "kibana",
        files: &[PathEnd("kibana/package.json")],
        begins: &[b"{"],
        marks: &[
            near(b"\"version\"", r#""name":\s*"kibana",.{0,200}?"version":\s*"<s>""#).within(512)
        ],
        cpes: &["elastic:kibana"],
        examples: &[
            (
                "usr/share/kibana/package.json",
                b"{\n  \"name\": \"kibana\",\n  \"version\": \"8.13.1\",\n",
                Some("8.13.1"),
            ),
            ("srv/kibana/package.json", b"{\"name\":\"dashboards\",\"version\":\"8.13.1\"}", None),
        ],
        ..Fingerprint::TEXT
    },
];
