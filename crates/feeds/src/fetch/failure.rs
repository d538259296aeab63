/// Why a file was not fetched.
pub(super) type Failure = plimsoll_http::Failure<Refusal>;

/// Why it will not be, however often it is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such file.
    NotThere(String),
    Other(String),
}

pub(super) fn refused(detail: impl Into<String>) -> Failure {
    Failure::Final(Refusal::Other(detail.into()))
}

/// What a failure says.
pub(super) fn words(failure: Failure) -> String {
    match failure.into_error(Refusal::Other) {
        Refusal::NotThere(detail) | Refusal::Other(detail) => detail,
    }
}
