//! Web servers, proxies and message brokers.

use crate::Pattern::{Name, PathEnd};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "nginx",
        // OpenResty and others that build on it say the version of theirs with its version at the beginning.
        files: &[Name("nginx"), Name("nginx-debug"), Name("openresty"), Name("nginx.exe")],
        marks: &[near(b"nginx version: ", r"nginx version: [a-z]{1,16}/(\d+\.\d+\.\d+)")],
        cpes: &["f5:nginx", "nginx:nginx"],
        examples: &[
            ("usr/sbin/nginx", b"\0nginx version: nginx/1.25.4\n\0", Some("1.25.4")),
            ("usr/local/openresty/nginx/sbin/nginx", b"\0nginx version: openresty/1.21.4.1\n\0", Some("1.21.4")),
            ("usr/sbin/nginx", b"\0nginx version: %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "openresty",
        files: &[Name("nginx"), Name("openresty")],
        marks: &[after(b"nginx version: openresty/", r"(\d+\.\d+\.\d+\.\d+(?:rc\d+)?)")],
        cpes: &["openresty:openresty"],
        examples: &[
            ("usr/local/openresty/nginx/sbin/nginx", b"\0nginx version: openresty/1.21.4.1\n\0", Some("1.21.4.1")),
            ("usr/sbin/nginx", b"\0nginx version: nginx/1.25.4\n\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "httpd",
        files: &[Name("httpd"), Name("apache2"), Name("httpd.exe"), Name("libhttpd.dll")],
        marks: &[near(b"Apache/2.", r"\x00Apache/(2\.\d+\.\d+)[\x00 ]")],
        cpes: &["apache:http_server"],
        examples: &[
            ("usr/local/apache2/bin/httpd", b"mailto:\0Apache/2.4.58\0 Server at \0Apache/2.4\0", Some("2.4.58")),
            ("usr/local/apache2/bin/httpd", b"\0Apache/2.4\0Apache/2\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "haproxy",
        files: &[Name("haproxy")],
        marks: &[
            near(b", released 20", r" version (\d+\.\d+(?:\.\d+|-dev\d+|-rc\d+)?)[^,\x00]{0,40}, released 20"),
            after(b"HA-Proxy version ", r"(\d+\.\d+(?:\.\d+|-dev\d+|-rc\d+)?)"),
        ],
        hints: &[near(b"\0HAProxy version follows", r"\x00(\d+\.\d+(?:-dev\d+|\.\d+))(?:-[0-9a-z]+)?\x00+HAProxy version")],
        cpes: &["haproxy:haproxy"],
        examples: &[
            ("usr/local/sbin/haproxy", b" version 2.8.5, released 2023/12/07\0", Some("2.8.5")),
            ("usr/local/sbin/haproxy", b"\0HA-Proxy version 1.7.14 2021/03/31\0", Some("1.7.14")),
            ("usr/local/sbin/haproxy", b"\x003.0-dev7-aaa22d5\0\0HAProxy version follows\0", Some("3.0-dev7")),
            ("usr/local/sbin/haproxy", b"will be removed in version 2.7.\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "lighttpd",
        files: &[Name("lighttpd")],
        marks: &[near(b"lighttpd/1.", r"\x00lighttpd/(\d+\.\d+\.\d+)[\x00 ]")],
        cpes: &["lighttpd:lighttpd"],
        examples: &[
            ("usr/sbin/lighttpd", b"\0lighttpd/1.4.73\0server\0", Some("1.4.73")),
            ("usr/sbin/lighttpd", b"lighttpd/1.4\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "envoy",
        files: &[Name("envoy"), Name("envoy-contrib")],
        // The number stands alone, among the words of whatever was linked before and after it.
        hints: &[
            near(b"\x001.", r"\x00(1\.[1-9]\d*\.\d+(?:-dev)?)\x00(?:RELEASE\x00|Unable to convert|envoy[/._:]|TLS client)"),
            near(b"\x001.", r"\x00(1\.[1-9]\d*\.\d+(?:-dev)?)\x00.{0,600}?(?:envoy|source/)").within(700),
            near(b"\x001.", r"(?:envoy|source/).{0,600}?\x00(1\.[1-9]\d*\.\d+(?:-dev)?)\x00").within(700),
            near(b"\x001.", r"\x00(1\.[1-9]\d*\.\d+(?:-dev)?)\x00"),
        ],
        cpes: &["envoyproxy:envoy"],
        examples: &[
            ("usr/local/bin/envoy", b"envoy.service.v3.Resource.name\x001.29.2\0 explicitly set\0\x001.0.0\0", Some("1.29.2")),
            ("usr/local/bin/envoy", b"\x001.18.6-dev\0Unable to convert YAML\0other\x001.41.0\0", Some("1.18.6-dev")),
            ("usr/local/bin/envoy", b"\x001.29.2\0\x001.30.1\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "varnish",
        files: &[Name("varnishd"), Name("varnishadm"), Name("varnishlog")],
        marks: &[near(b"varnish-", r"varnish-(\d+\.\d+\.\d+(?:-[a-z0-9]+)?) revision [0-9a-f]{40}")],
        cpes: &["varnish-software:varnish_cache", "varnish_cache_project:varnish_cache"],
        examples: &[
            (
                "usr/sbin/varnishd",
                b"(varnish-7.4.2 revision cd1d10ab53a6f6115b2b4f3364bf9b7a4a4a5a6a)\n",
                Some("7.4.2"),
            ),
            ("usr/sbin/varnishd", b"/var/lib/varnish-7.4.2/\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "squid",
        files: &[Name("squid")],
        marks: &[near(b"\0squid/", r"\x00squid/(\d+\.\d+(?:\.\d+){0,2})\x00")],
        cpes: &["squid-cache:squid"],
        examples: &[
            ("usr/sbin/squid", b"'\0squid/6.8\0;\t \0HTTP/\0", Some("6.8")),
            ("usr/sbin/squid", b"/etc/squid/squid.conf\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "proftpd",
        files: &[Name("proftpd")],
        marks: &[after(b"ProFTPD Version ", r"(\d+\.\d+\.\d+(?:rc\d+|[a-z]\d?)?)\x00")],
        cpes: &["proftpd:proftpd"],
        examples: &[
            ("usr/local/sbin/proftpd", b"\0ProFTPD Version 1.3.7e\0LANG\0", Some("1.3.7e")),
            ("usr/local/sbin/proftpd", b"\0ProFTPD Version %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "mosquitto",
        files: &[Name("mosquitto")],
        marks: &[near(b"mosquitto version %s", r"\x00(\d+\.\d+\.\d+(?:-[a-z0-9]+)?)\x00+mosquitto version %s")],
        cpes: &["eclipse:mosquitto"],
        examples: &[
            ("usr/sbin/mosquitto", b"remapping.\0\x002.0.18\0mosquitto version %s\n\n\0", Some("2.0.18")),
            ("usr/sbin/mosquitto", b"mosquitto version %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "rabbitmq",
        files: &[PathEnd("/ebin/rabbit.app")],
        begins: &[b"{application"],
        marks: &[near(b"{vsn", r#"\{application, ?'?rabbit'?,.{0,160}\{vsn, ?"<s>"\}"#)],
        cpes: &["vmware:rabbitmq", "broadcom:rabbitmq_server"],
        examples: &[
            (
                "opt/rabbitmq/plugins/rabbit-3.13.0/ebin/rabbit.app",
                b"{application, 'rabbit', [\n\t{description, \"RabbitMQ\"},\n\t{vsn, \"3.13.0\"},\n",
                Some("3.13.0"),
            ),
            ("opt/rabbitmq/ebin/rabbit.app", b"{application, 'other', [\n\t{vsn, \"3.13.0\"},\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "unit",
        files: &[Name("unitd")],
        marks: &[after(b"unit version: ", r"(\d+\.\d+\.\d+)\n")],
        cpes: &["nginx:unit", "f5:nginx_unit"],
        examples: &[
            ("usr/sbin/unitd", b"\0unit version: 1.32.1\nconfigured as ./configure", Some("1.32.1")),
            ("usr/sbin/unitd", b"\0unit version: %s\n", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "hitch",
        files: &[Name("hitch")],
        marks: &[after(b"\0hitch ", r"(\d+\.\d+\.\d+(?:-[0-9a-z]+)?)\x00")],
        cpes: &["varnish-software:hitch"],
        examples: &[
            ("usr/sbin/hitch", b"%s configuration looks ok.\n\0hitch 1.8.0\0{core} %s starting\n\0", Some("1.8.0")),
            ("usr/sbin/hitch", b"\0hitch %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "znc",
        files: &[Name("znc")],
        marks: &[
            near(b", build: ", r"\x00(\d+\.\d+(?:\.\d+)?(?:-[0-9a-z]+)*)\x00+, build: "),
            near(b"\0ZNCModuleEntry", r"\x00ZNCModuleEntry\x00+(\d+\.\d+(?:\.\d+)?(?:-[0-9a-z]+)*)[\x00+]"),
        ],
        cpes: &["znc:znc"],
        examples: &[
            ("opt/znc/bin/znc", b"config file failed\x001.8.2\0, build: cmake\0", Some("1.8.2")),
            ("opt/znc/bin/znc", b"\0Unknown error\0ZNCModuleEntry\x001.9.1+deb2\0Generate", Some("1.9.1")),
            ("opt/znc/bin/znc", b"\x001.8.2\0, built\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "spiped",
        files: &[Name("spiped"), Name("spipe")],
        marks: &[near(b"spipe", r"\x00spiped? (\d+\.\d+\.\d+)\n")],
        cpes: &["tarsnap:spiped"],
        examples: &[
            ("usr/local/bin/spiped", b"--syslog\0-t\0-u\0spiped 1.6.2\n\0-v\0", Some("1.6.2")),
            ("usr/local/bin/spipe", b"\0spipe 1.6.2\n\0", Some("1.6.2")),
            ("usr/local/bin/spiped", b"\0spiped %s\n\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
];
