//! Query parameters: one list gives their documentation and their parser.

use percent_encoding::percent_decode;

use crate::{ApiError, excerpt::excerpt};

/// Declares the query parameters of an operation: for each its documentation, name, type, default
/// value, and the function that reads its decoded value; and the function that checks them
/// together, which takes the names of those that were given. That of a parameter that may
/// be `repeated` takes all its values, of which there is at least one.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        pub struct $query:ident, checked by $check:expr;
        $(
            $(#[$parameter_meta:meta])*
            $name:ident: $type:ty = $default:expr, read by $read:expr $(, $repeated:ident)?;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        pub struct $query {
            $($(#[$parameter_meta])* pub $name: $type,)+
        }

        impl Default for $query {
            fn default() -> Self {
                Self { $($name: $default),+ }
            }
        }

        impl $query {
            /// The names of all parameters, in the order of the documentation.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// Reads the query of a URL: what follows its `?`.
            ///
            /// # Errors
            /// 400 for an unknown, repeated or malformed parameter; the message names it.
            pub fn parse(query: &str) -> Result<Self, ApiError> {
                const REPEATABLE: &[&str] =
                    &[$($crate::parameters::repeatable!($name $($repeated)?),)+];
                let mut given =
                    $crate::parameters::Given::parse(query, Self::NAMES, REPEATABLE)?;
                let names = given.names();
                let query = Self {
                    $($name: match $crate::parameters::take!(given, $name $($repeated)?) {
                        Some(value) => $read(stringify!($name), value)?,
                        None => $default,
                    },)+
                };
                $check(&query, &names)?;
                Ok(query)
            }
        }
    };
}

/// The name of a parameter that may be repeated; an empty text for another one.
macro_rules! repeatable {
    ($name:ident) => {
        ""
    };
    ($name:ident repeated) => {
        stringify!($name)
    };
}

/// The value of a parameter, or all values of one that may be repeated; `None` if it was not given.
macro_rules! take {
    ($given:ident, $name:ident) => {
        $given.take(stringify!($name))
    };
    ($given:ident, $name:ident repeated) => {
        Some($given.take_all(stringify!($name))).filter(|values| !values.is_empty())
    };
}

pub(crate) use {parameters, repeatable, take};

/// Checks the query of an operation that has no query parameters.
///
/// # Errors
/// 400 for any parameter; the message names it.
pub fn check_no_parameters(query: &str) -> Result<(), ApiError> {
    Given::parse(query, &[], &[]).map(drop)
}

/// The decoded parameters of one query, each under its known name.
pub struct Given(Vec<(&'static str, String)>);

impl Given {
    /// Reads a query that has these parameters, of which some may be repeated.
    ///
    /// # Errors
    /// 400 for an unknown name, for one that may not be repeated and is, and for a name or value
    /// that is not UTF-8.
    pub fn parse(
        query: &str,
        known: &[&'static str],
        repeatable: &[&str],
    ) -> Result<Self, ApiError> {
        let mut given: Vec<(&'static str, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = known_name(name, known)?;
            let is_repeated = given.iter().any(|(earlier, _)| *earlier == name);
            if is_repeated && !repeatable.contains(&name) {
                return Err(ApiError::validation(name, "must be given once, not repeated"));
            }
            let value = decode(value)
                .ok_or_else(|| ApiError::validation(name, "must be percent-encoded UTF-8"))?;
            given.push((name, value));
        }
        Ok(Self(given))
    }

    /// The names of the parameters that were given and have not been taken.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    /// The value of this parameter, if it was given.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(given, _)| *given == name)?;
        Some(self.0.remove(at).1)
    }

    /// All values of this parameter, in their order.
    pub fn take_all(&mut self, name: &str) -> Vec<String> {
        self.0.extract_if(.., |(given, _)| *given == name).map(|(_, value)| value).collect()
    }
}

fn known_name(encoded: &str, known: &[&'static str]) -> Result<&'static str, ApiError> {
    let name = decode(encoded).ok_or_else(|| {
        let name = excerpt(encoded);
        ApiError::validation(
            "a parameter's name",
            format!("must be percent-encoded UTF-8, not {name:?}"),
        )
    })?;
    let found = known.iter().find(|known| **known == name);
    found.copied().ok_or_else(|| unknown(&name, known))
}

fn unknown(name: &str, known: &[&str]) -> ApiError {
    let hint = match nearest(name, known) {
        _ if known.is_empty() => "this operation has no query parameters".to_owned(),
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("the parameters are {}", known.join(", ")),
    };
    let word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    let name = if word { excerpt(name) } else { format!("{:?}", excerpt(name)) };
    ApiError::validation(&name, format!("is not a parameter; {hint}"))
}

/// The known name that differs from this one in at most a third of its characters, case aside.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = excerpt(name).to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&name, known);
    let nearest = known.iter().copied().min_by_key(|known| distance(known))?;
    (distance(nearest) * 3 <= nearest.len()).then_some(nearest)
}

/// Decodes a name or value of a form (`+` is a space); `None` if it is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let spaces: Vec<u8> = text.bytes().map(|b| if b == b'+' { b' ' } else { b }).collect();
    percent_decode(&spaces).decode_utf8().ok().map(|text| text.into_owned())
}
