use super::*;

type Lines<'a> = &'a [(&'a str, &'a str)];
type NameAndVersion<'a> = Option<(&'a str, &'a str)>;

fn manifest(lines: Lines<'_>) -> Manifest {
    lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn coordinates(texts: &[&str]) -> Vec<Coordinates> {
    let parsed = texts.iter().map(|text| {
        let mut parts = text.split(':').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        Coordinates { group: next(), artifact: next(), version: next() }
    });
    parsed.collect()
}

#[test]
fn the_manifest_and_the_file_name_say_what_they_can() {
    let cases: [(&str, Lines<'_>, NameAndVersion<'_>); 22] = [
        ("log4j-core-2.14.1.jar", &[], Some(("org.apache.logging.log4j:log4j-core", "2.14.1"))),
        ("unheard-of-1.0.jar", &[], Some(("unheard-of", "1.0"))),
        ("unheard-of.jar", &[], None),
        (
            "unheard-of.jar",
            &[("Implementation-Version", "1.0 2005-12-04")],
            Some(("unheard-of", "1.0")),
        ),
        (
            "a-1.0.jar",
            &[("Implementation-Vendor-Id", "com.example"), ("Implementation-Version", "9")],
            Some(("com.example:a", "1.0")),
        ),
        // The vendor's id in the manifests of Apache's old libraries is not their group.
        (
            "commons-collections-3.2.1.jar",
            &[("Implementation-Vendor-Id", "org.apache")],
            Some(("commons-collections:commons-collections", "3.2.1")),
        ),
        (
            "renamed.jar",
            &[
                ("Implementation-Vendor-Id", "com.example"),
                ("Implementation-Title", "jenkins-plugin"),
                ("Implementation-Version", "1.0.0"),
            ],
            Some(("com.example:jenkins-plugin", "1.0.0")),
        ),
        (
            "com.example.src.yolo-0.1.2.jar",
            &[
                ("Bundle-SymbolicName", "com.example.src.yolo;singleton:=true"),
                ("Bundle-Version", "0.1.2"),
            ],
            Some(("com.example.src:yolo", "0.1.2")),
        ),
        (
            "jsoup2-1.1.jar",
            &[("Bundle-SymbolicName", "org.jsoup2")],
            Some(("org.jsoup2:jsoup2", "1.1")),
        ),
        (
            "orm-api-1.1.jar",
            &[("Bundle-SymbolicName", "org.orm.api")],
            Some(("org.orm:orm-api", "1.1")),
        ),
        ("bar-1.1.jar", &[("Bundle-SymbolicName", "org.foo.bar")], Some(("org.foo:bar", "1.1"))),
        ("other-1.1.jar", &[("Bundle-SymbolicName", "org.foo.bar")], Some(("other", "1.1"))),
        ("foo-api-1.1.jar", &[("Bundle-SymbolicName", "foo.api")], Some(("foo-api", "1.1"))),
        (
            "foo-jmx-1.1.jar",
            &[("Automatic-Module-Name", "org.example.foo.jmx")],
            Some(("org.example.foo:foo-jmx", "1.1")),
        ),
        (
            "renamed.jar",
            &[("Bundle-SymbolicName", "org.foo.bar"), ("Bundle-Version", "1.2.0")],
            Some(("org.foo:bar", "1.2.0")),
        ),
        (
            "renamed.jar",
            &[("Bundle-Name", "tomcat-embed-websocket"), ("Implementation-Version", "9.0.65")],
            Some(("org.apache.tomcat.embed:tomcat-embed-websocket", "9.0.65")),
        ),
        (
            "catalina.jar",
            &[("Implementation-Title", "Apache Tomcat"), ("Implementation-Version", "9.0.65")],
            Some(("org.apache.tomcat:tomcat-catalina", "9.0.65")),
        ),
        (
            "spring-core-3.x.jar",
            &[("Implementation-Version", "4.3.30.RELEASE")],
            Some(("org.springframework:spring-core", "4.3.30.RELEASE")),
        ),
        (
            "a.jar",
            &[("Implementation-Version", "${project.version}"), ("Bundle-Version", "2.0.0")],
            Some(("a", "2.0.0")),
        ),
        ("a.jar", &[("Specification-Version", "1.1")], Some(("a", "1.1"))),
        ("a b.jar", &[("Implementation-Version", "1.1")], None),
        ("a.jar", &[("Implementation-Version", "unspecified")], None),
    ];
    for (file_name, lines, expected) in cases {
        let facts = JarFacts { manifest: manifest(lines), ..JarFacts::default() };
        let own = identify(&facts, file_name).own;
        let found = own.as_ref().map(|own| (own.name(), own.version.as_str()));
        let found = found.as_ref().map(|(name, version)| (name.as_str(), *version));
        assert_eq!(found, expected, "{file_name} {lines:?}");
    }
}

#[test]
fn of_several_coordinates_those_of_the_file_name_are_its_own() {
    let guava = "com.google.guava:guava:29.0-jre";
    let cases: [(&str, Lines<'_>, &[&str], Option<&str>); 13] = [
        ("log4j-1.2-api.jar", &[], &["a:log4j-1.2-api:2.19.0"], Some("a:log4j-1.2-api")),
        ("a-1.4.0-shaded-x.jar", &[], &[guava, "b:a:1.4.0"], Some("b:a")),
        ("shaded-1.1.jar", &[], &[guava, "org.example:shaded:1.1"], Some("org.example:shaded")),
        (
            "org.example.shaded-1.1.jar",
            &[],
            &[guava, "org.example:shaded:1.1"],
            Some("org.example:shaded"),
        ),
        ("SHADED.jar", &[], &[guava, "org.example:shaded:1.1"], Some("org.example:shaded")),
        ("shaded-1.2.jar", &[], &["a:shaded:1.1", "b:shaded:1.2"], Some("b:shaded")),
        ("app.jar", &[], &["org.example:shaded:1.1"], Some("org.example:shaded")),
        ("app.jar", &[], &[guava, "org.example:shaded:1.1"], None),
        (
            "app.jar",
            &[("Implementation-Title", "shaded")],
            &[guava, "org.example:shaded:1.1"],
            Some("org.example:shaded"),
        ),
        (
            "my-shaded-1.1.jar",
            &[("Implementation-Vendor-Id", "org.example")],
            &[guava, "org.example:shaded:1.1"],
            Some("org.example:shaded"),
        ),
        ("app-29.0-jre.jar", &[], &[guava], Some("com.google.guava:guava")),
        // A library packed into an application that says nothing of Maven itself.
        ("app-1.0.jar", &[], &[guava], Some("app")),
        ("app-1.0.jar", &[], &[guava, guava], Some("app")),
    ];
    for (file_name, lines, stated, expected) in cases {
        let facts = JarFacts {
            pom_properties: coordinates(stated),
            manifest: manifest(lines),
            ..JarFacts::default()
        };
        let identity = identify(&facts, file_name);
        assert_eq!(identity.own.as_ref().map(Own::name).as_deref(), expected, "{file_name}");
        let is_own = |text: &&&str| expected.is_some_and(|own| text.starts_with(own));
        let bundled = stated.len() - stated.iter().filter(is_own).count();
        if file_name != "shaded-1.2.jar" {
            assert_eq!(identity.bundled.len(), bundled, "{file_name}");
        }
    }
}
