//! Wire types from one list of fields.
//!
//! A run and a step each have several types with nearly the same fields: what the API returns and
//! what a recorder sends. `run_fields!` and `step_fields!` list these fields once. Each hands its
//! list to one of the macros below, which declare a type or convert one type into another, so that
//! a field cannot be forgotten in any of them. An entry of a list is
//!
//! ```text
//! /// The beginning of the description, and attributes of both directions.
//! name {
//!     /// The rest of the description, and attributes, of the response.
//!     response: Type,
//!     /// The rest of the description, and attributes, of the request.
//!     request: Type,
//!     put {
//!         /// What else is said where a run is recorded whole. May be left out.
//!     }
//!     patch {
//!         /// What else is said where a part of a run is recorded. May be left out.
//!     }
//! }
//! ```

/// Declares a type that the API returns: the listed fields, then its own.
macro_rules! response_struct {
    (
        { $(
            $(#[$both:meta])*
            $field:ident {
                $(#[$response:meta])* response: $response_type:ty,
                $(#[$request:meta])* request: $request_type:ty,
                $(put { $(#[$put:meta])* })?
                $(patch { $(#[$patch:meta])* })?
            }
        )+ }
        $(#[$meta:meta])*
        $name:ident { $($own:tt)* }
    ) => {
        #[derive(
            Clone, Debug, PartialEq,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema, schemars::JsonSchema,
        )]
        $(#[$meta])*
        pub struct $name {
            $($(#[$both])* $(#[$response])* pub $field: $response_type,)+
            $($own)*
        }
    };
}

/// Declares a type that a recorder sends: the listed fields, then its own.
macro_rules! request_struct {
    (
        { $(
            $(#[$both:meta])*
            $field:ident {
                $(#[$response:meta])* response: $response_type:ty,
                $(#[$request:meta])* request: $request_type:ty,
                $(put { $(#[$put:meta])* })?
                $(patch { $(#[$patch:meta])* })?
            }
        )+ }
        $(#[$meta:meta])*
        $name:ident { $($own:tt)* }
    ) => {
        #[derive(
            Clone, Debug, PartialEq,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema, schemars::JsonSchema,
        )]
        $(#[$meta])*
        pub struct $name {
            $($(#[$both])* $(#[$request])* $($(#[$put])*)? pub $field: $request_type,)+
            $($own)*
        }
    };
}

/// Declares a type of which a recorder may send any part, with the fields that a recorder sends;
/// and a type with what of it is known, in which a field that was not mentioned is `None`.
macro_rules! patch_struct {
    (
        { $(
            $(#[$both:meta])*
            $field:ident {
                $(#[$response:meta])* response: $response_type:ty,
                $(#[$request:meta])* request: $request_type:ty,
                $(put { $(#[$put:meta])* })?
                $(patch { $(#[$patch:meta])* })?
            }
        )+ }
        $(#[$meta:meta])*
        $name:ident => $facts:ident { $($(#[$own_meta:meta])* pub $own:ident: $own_type:ty,)* }
    ) => {
        #[derive(
            Clone, Debug, Default, PartialEq,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema, schemars::JsonSchema,
        )]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$both])* $(#[$request])* $($(#[$patch])*)? pub $field: $request_type,)+
            $($(#[$own_meta])* pub $own: $own_type,)*
        }

        /// What is known by now; a field is `None` if it was not mentioned.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $facts {
            $(
                #[doc = concat!("The value of `", stringify!($field), "`.")]
                pub $field: Option<$request_type>,
            )+
        }

        impl $name {
            const FIELDS: &[&str] = &[$(stringify!($field)),+];
            const COUNT: usize = Self::FIELDS.len();

            /// What was mentioned, and the type's own fields.
            fn facts(self, mentioned: Mentioned<{ Self::COUNT }>) -> ($facts, $($own_type,)*) {
                let mut index = 0;
                let mut is_next_mentioned = || {
                    index += 1;
                    mentioned.has(index - 1)
                };
                let facts = $facts {
                    $($field: is_next_mentioned().then_some(self.$field),)+
                };
                (facts, $(self.$own,)*)
            }
        }
    };
}

/// Converts one struct into another: each listed field by the given method (`into` or `clone`), and
/// the other fields as written. Both structs are complete: a forgotten field does not compile.
macro_rules! convert {
    (
        { $( $(#[$both:meta])* $field:ident { $($types:tt)* } )+ }
        $method:ident $value:expr,
        $from:ident { $($from_own:tt)* } => $to:ident { $($to_own:tt)* }
    ) => {{
        let $from { $($field,)+ $($from_own)* } = $value;
        $to { $($field: $field.$method(),)+ $($to_own)* }
    }};
}

pub(crate) use {convert, patch_struct, request_struct, response_struct};
