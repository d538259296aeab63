//! Applications that are known by their names.

/// The applications of Erlang/OTP, of any release from 17 on, in order (erlang/otp, `lib` and `erts`).
pub(super) const OTP_APPLICATIONS: [&str; 54] = [
    "asn1",
    "common_test",
    "compiler",
    "cosEvent",
    "cosEventDomain",
    "cosFileTransfer",
    "cosNotification",
    "cosProperty",
    "cosTime",
    "cosTransactions",
    "crypto",
    "debugger",
    "dialyzer",
    "diameter",
    "edoc",
    "eldap",
    "erl_docgen",
    "erl_interface",
    "erts",
    "et",
    "eunit",
    "ftp",
    "gs",
    "hipe",
    "ic",
    "inets",
    "jinterface",
    "kernel",
    "megaco",
    "mnesia",
    "observer",
    "odbc",
    "orber",
    "os_mon",
    "ose",
    "otp_mibs",
    "parsetools",
    "percept",
    "public_key",
    "reltool",
    "runtime_tools",
    "sasl",
    "snmp",
    "ssh",
    "ssl",
    "stdlib",
    "syntax_tools",
    "test_server",
    "tftp",
    "tools",
    "typer",
    "webtool",
    "wx",
    "xmerl",
];

/// What Elixir is made of beside the application `elixir`; all have its version.
pub(super) const ELIXIR_PARTS: [&str; 5] = ["eex", "ex_unit", "iex", "logger", "mix"];

/// Applications whose version is that of a product, with the product's name and its vendor and product in the CPE dictionary.
pub(super) const PRODUCTS: [(&str, &str, &str); 4] = [
    ("couch", "couchdb", "apache:couchdb"),
    ("ejabberd", "ejabberd", "process-one:ejabberd"),
    ("elixir", "elixir", "elixir-lang:elixir"),
    ("rabbit", "rabbitmq", "vmware:rabbitmq"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_applications_are_in_order() {
        assert!(OTP_APPLICATIONS.is_sorted());
    }
}
