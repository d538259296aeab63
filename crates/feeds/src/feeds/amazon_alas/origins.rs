//! Where Amazon publishes its repositories. The lists of the first Amazon Linux are published without TLS only, so they are not fetched.

use crate::feed::Origin;

/// Each repository speaks of all architectures.
macro_rules! repositories {
    ($(($release:literal, $path:literal, $name:literal)),* $(,)?) => {
        &[$(Origin {
            url: concat!("https://cdn.amazonlinux.com/", $path, "/x86_64/mirror.list"),
            file: concat!("amazon/", $name, "-updateinfo.xml.gz"),
            families: &["Amazon Linux"],
            releases: &[$release],
        }),*]
    };
}

/// The extras are those of Amazon Linux 2 that have errata: its catalogue (`2/extras-catalog.json`) does not grow any more.
pub(super) const ORIGINS: &[Origin] = repositories![
    ("2", "2/core/latest", "al2-core"),
    ("2", "2/extras/GraphicsMagick1.3/latest", "al2-extras-GraphicsMagick1.3"),
    ("2", "2/extras/R3.4/latest", "al2-extras-R3.4"),
    ("2", "2/extras/R4/latest", "al2-extras-R4"),
    ("2", "2/extras/ansible2/latest", "al2-extras-ansible2"),
    ("2", "2/extras/aws-nitro-enclaves-cli/latest", "al2-extras-aws-nitro-enclaves-cli"),
    ("2", "2/extras/corretto8/latest", "al2-extras-corretto8"),
    ("2", "2/extras/dnsmasq/latest", "al2-extras-dnsmasq"),
    ("2", "2/extras/docker/latest", "al2-extras-docker"),
    ("2", "2/extras/ecs/latest", "al2-extras-ecs"),
    ("2", "2/extras/firefox/latest", "al2-extras-firefox"),
    ("2", "2/extras/golang1.19/latest", "al2-extras-golang1.19"),
    ("2", "2/extras/haproxy2/latest", "al2-extras-haproxy2"),
    ("2", "2/extras/httpd_modules/latest", "al2-extras-httpd_modules"),
    ("2", "2/extras/java-openjdk11/latest", "al2-extras-java-openjdk11"),
    ("2", "2/extras/kernel-5.10/latest", "al2-extras-kernel-5.10"),
    ("2", "2/extras/kernel-5.15/latest", "al2-extras-kernel-5.15"),
    ("2", "2/extras/kernel-5.4/latest", "al2-extras-kernel-5.4"),
    ("2", "2/extras/libreoffice/latest", "al2-extras-libreoffice"),
    ("2", "2/extras/livepatch/latest", "al2-extras-livepatch"),
    ("2", "2/extras/lynis/latest", "al2-extras-lynis"),
    ("2", "2/extras/mariadb10.5/latest", "al2-extras-mariadb10.5"),
    ("2", "2/extras/mate-desktop1.x/latest", "al2-extras-mate-desktop1.x"),
    ("2", "2/extras/mono/latest", "al2-extras-mono"),
    ("2", "2/extras/nginx1/latest", "al2-extras-nginx1"),
    ("2", "2/extras/php8.0/latest", "al2-extras-php8.0"),
    ("2", "2/extras/php8.1/latest", "al2-extras-php8.1"),
    ("2", "2/extras/php8.2/latest", "al2-extras-php8.2"),
    ("2", "2/extras/postgresql11/latest", "al2-extras-postgresql11"),
    ("2", "2/extras/postgresql12/latest", "al2-extras-postgresql12"),
    ("2", "2/extras/postgresql13/latest", "al2-extras-postgresql13"),
    ("2", "2/extras/postgresql14/latest", "al2-extras-postgresql14"),
    ("2", "2/extras/python3.8/latest", "al2-extras-python3.8"),
    ("2", "2/extras/redis6/latest", "al2-extras-redis6"),
    ("2", "2/extras/ruby2.6/latest", "al2-extras-ruby2.6"),
    ("2", "2/extras/ruby3.0/latest", "al2-extras-ruby3.0"),
    ("2", "2/extras/selinux-ng/latest", "al2-extras-selinux-ng"),
    ("2", "2/extras/squid4/latest", "al2-extras-squid4"),
    ("2", "2/extras/tomcat8.5/latest", "al2-extras-tomcat8.5"),
    ("2", "2/extras/tomcat9/latest", "al2-extras-tomcat9"),
    ("2", "2/extras/unbound1.13/latest", "al2-extras-unbound1.13"),
    ("2", "2/extras/unbound1.17/latest", "al2-extras-unbound1.17"),
    ("2022", "al2022/core/mirrors/latest", "al2022-core"),
    ("2023", "al2023/core/mirrors/latest", "al2023-core"),
    ("2023", "al2023/kernel-livepatch/mirrors/latest", "al2023-kernel-livepatch"),
];
