//! The credentials of a request, and what is wrong with their form.

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

/// What is wrong with the field `Authorization`. Nothing of it depends on which keys exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsFault {
    /// There is no field.
    Missing,
    /// There are several fields.
    Repeated,
    /// The field is empty.
    Empty,
    /// The scheme is `Basic`.
    Basic,
    /// The scheme is `Bearer`.
    Bearer,
    /// The field does not begin with `Token` and a space.
    NoScheme,
    /// Nothing follows the scheme.
    NoKey,
    /// The scheme is there twice.
    SchemeTwice,
    /// The key has a character that a generated key never has.
    OddCharacters,
    /// The form is right: no valid key has these characters.
    InvalidKey,
}

impl CredentialsFault {
    /// The value of `WWW-Authenticate`, with the parameters of RFC 6750, section 3.
    pub fn challenge(self) -> HeaderValue {
        macro_rules! challenge {
            ($error:literal, $description:literal) => {
                HeaderValue::from_static(concat!(
                    "Token realm=\"runledger\", error=\"",
                    $error,
                    "\", error_description=\"",
                    $description,
                    "\""
                ))
            };
        }
        match self {
            Self::Missing => challenge!(
                "invalid_request",
                "the header field Authorization is missing; send Authorization: Token <api key>"
            ),
            Self::Repeated => challenge!(
                "invalid_request",
                "the request has several header fields Authorization; send one"
            ),
            Self::Empty => challenge!(
                "invalid_request",
                "the header field Authorization is empty; send Authorization: Token <api key>"
            ),
            Self::Basic => challenge!(
                "invalid_request",
                "the scheme is Basic; send Authorization: Token <api key>"
            ),
            Self::Bearer => challenge!(
                "invalid_request",
                "the scheme is Bearer; send Authorization: Token <api key>"
            ),
            Self::NoScheme => challenge!(
                "invalid_request",
                "Authorization does not begin with the word Token and a space; \
                 send Authorization: Token <api key>"
            ),
            Self::NoKey => challenge!(
                "invalid_request",
                "no API key follows the word Token; send Authorization: Token <api key>"
            ),
            Self::SchemeTwice => challenge!(
                "invalid_request",
                "the word Token is there twice; send Authorization: Token <api key>"
            ),
            Self::OddCharacters => challenge!(
                "invalid_request",
                "the API key contains a space, a quotation mark, an angle bracket, a comma or a \
                 character that is not ASCII; send it exactly as it was created"
            ),
            Self::InvalidKey => challenge!("invalid_token", "the API key is not valid"),
        }
    }
}

/// The credentials after `Token `; the scheme is case-insensitive (RFC 9110, section 11.1).
///
/// # Errors
/// What is wrong with the form.
pub fn secret(headers: &HeaderMap) -> Result<&[u8], CredentialsFault> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.as_bytes().trim_ascii(),
        (Some(_), Some(_)) => return Err(CredentialsFault::Repeated),
        (None, _) => return Err(CredentialsFault::Missing),
    };
    let end = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    let secret = rest.trim_ascii_start();
    match scheme.to_ascii_lowercase().as_slice() {
        b"token" if secret.is_empty() => Err(CredentialsFault::NoKey),
        b"token" => Ok(secret),
        b"" => Err(CredentialsFault::Empty),
        b"basic" => Err(CredentialsFault::Basic),
        b"bearer" => Err(CredentialsFault::Bearer),
        _ => Err(CredentialsFault::NoScheme),
    }
}

/// What is wrong with a secret that belongs to no valid key.
pub fn fault_of(secret: &[u8]) -> CredentialsFault {
    let is_odd = |byte: &u8| !byte.is_ascii_graphic() || b"\"'`<>,".contains(byte);
    if secret.len() >= 6 && secret[..6].eq_ignore_ascii_case(b"token ") {
        CredentialsFault::SchemeTwice
    } else if secret.iter().any(is_odd) {
        CredentialsFault::OddCharacters
    } else {
        CredentialsFault::InvalidKey
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(values: &[&str]) -> CredentialsFault {
        let headers = values
            .iter()
            .map(|value| (AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        secret(&headers.collect()).map_or_else(|fault| fault, fault_of)
    }

    #[test]
    fn each_fault_of_the_form_is_told() {
        for (values, expected) in [
            (vec![], CredentialsFault::Missing),
            (vec![""], CredentialsFault::Empty),
            (vec!["Token a", "Token a"], CredentialsFault::Repeated),
            (vec!["Bearer rl_x"], CredentialsFault::Bearer),
            (vec!["basic dTpw"], CredentialsFault::Basic),
            (vec!["rl_x"], CredentialsFault::NoScheme),
            (vec!["Tokenrl_x"], CredentialsFault::NoScheme),
            (vec!["Token: rl_x"], CredentialsFault::NoScheme),
            (vec!["Token\trl_x"], CredentialsFault::NoScheme),
            (vec!["Token"], CredentialsFault::NoKey),
            (vec!["token  "], CredentialsFault::NoKey),
            (vec!["Token Token rl_x"], CredentialsFault::SchemeTwice),
            (vec!["Token \"rl_x\""], CredentialsFault::OddCharacters),
            (vec!["Token <rl_x>"], CredentialsFault::OddCharacters),
            (vec!["Token rl_x, Token rl_y"], CredentialsFault::OddCharacters),
            (vec!["Token rl_é"], CredentialsFault::OddCharacters),
            (vec!["Token rl_x"], CredentialsFault::InvalidKey),
            (vec!["TOKEN   rl_x"], CredentialsFault::InvalidKey),
        ] {
            assert_eq!(fault(&values), expected, "{values:?}");
        }
    }
}
