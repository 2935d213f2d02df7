//! The parts of a document around its operations: version, info, license, servers and security.

use serde_json::Value;

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    grammar::Kind,
    json::{elements, join, members},
};

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let root = survey.document.root();
    let mut found = types(survey);
    version(root, &mut found);
    info(&root["info"], &mut found);
    license(&root["info"]["license"], &mut found);
    servers(root, &mut found);
    security(survey, &mut found);
    found
}

/// The JSON type of every object, list and schema.
fn types(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    for node in &survey.nodes {
        let (matches, expected) = match node.kind {
            Kind::Data => continue,
            Kind::Parameters | Kind::SchemaList => (node.value.is_array(), "a list"),
            Kind::Schema => (node.value.is_object() || node.value.is_boolean(), "a schema"),
            _ => (node.value.is_object(), "an object"),
        };
        if !matches {
            let message = format!("`#{}` must be {expected}", node.pointer);
            found.push((WRONG_TYPE, node.pointer.clone(), message));
        }
    }
    found
}

fn version(root: &Value, found: &mut Vec<Violation>) {
    let version = root["openapi"].as_str().unwrap_or_default();
    if !version.starts_with("3.0") && !version.starts_with("3.1") {
        let message = format!("the document is written in OpenAPI {version}");
        found.push((VERSION_TOO_NEW, "/openapi".to_owned(), message));
    }
}

fn info(info: &Value, found: &mut Vec<Violation>) {
    let at = if info.is_object() { "/info" } else { "" };
    let mut add = |rule, pointer: &str, message: String| {
        found.push((rule, pointer.to_owned(), message));
    };
    for key in ["title", "version"] {
        if !info[key].is_string() {
            add(INFO_INCOMPLETE, at, format!("`info.{key}` is missing"));
        }
    }
    for key in ["title", "version", "description", "summary", "termsOfService"] {
        if is_blank(&info[key]) {
            add(INFO_EMPTY, &format!("/info/{key}"), format!("`info.{key}` is empty"));
        }
    }
    for section in ["contact", "license"] {
        for (key, _) in members(&info[section]).filter(|(_, value)| is_blank(value)) {
            let pointer = join(&format!("/info/{section}"), key);
            add(INFO_EMPTY, &pointer, format!("`info.{section}.{key}` is empty"));
        }
    }
    for key in ["description", "contact"] {
        if info.get(key).is_none() {
            add(INFO_BARE, at, format!("`info.{key}` is missing"));
        }
    }
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn license(license: &Value, found: &mut Vec<Violation>) {
    match license["identifier"].as_str() {
        Some(text) if !text.is_empty() && spdx::Expression::parse(text).is_err() => {
            let message = format!("{text:?} is not an SPDX license expression");
            found.push((LICENSE_UNKNOWN, "/info/license/identifier".to_owned(), message));
        }
        None if license.is_object() && license.get("url").is_none() => {
            let message = "the license has neither `identifier` nor `url`".to_owned();
            found.push((LICENSE_UNIDENTIFIED, "/info/license".to_owned(), message));
        }
        _ => {}
    }
}

fn servers(root: &Value, found: &mut Vec<Violation>) {
    if elements(&root["servers"]).is_empty() {
        found.push((SERVER_MISSING, String::new(), "the document lists no server".to_owned()));
    }
    for (position, server) in elements(&root["servers"]).iter().enumerate() {
        let url = server["url"].as_str().unwrap_or_default();
        let pointer = format!("/servers/{position}");
        let Some((_, rest)) = url.split_once("://") else {
            found.push((SERVER_RELATIVE, pointer, format!("the server URL {url:?} is relative")));
            continue;
        };
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        if host == "localhost" || is_example(host) {
            let message = format!("the server `{host}` is a placeholder");
            found.push((SERVER_PLACEHOLDER, pointer, message));
        }
    }
}

/// Whether a host is one of the example domains of RFC 2606.
fn is_example(host: &str) -> bool {
    ["example.com", "example.org", "example.net"].iter().any(|domain| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn security(survey: &Survey, found: &mut Vec<Violation>) {
    for node in survey.of(Kind::SecurityScheme) {
        let scheme = node.value["scheme"].as_str().unwrap_or_default();
        let known = ["basic", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        if node.value["type"] == "http" && !known {
            let message =
                format!("the security scheme `{}` uses the HTTP scheme {scheme:?}", node.key);
            found.push((SCHEME_UNKNOWN_TO_CLIENTS, node.pointer.clone(), message));
        }
    }
    let defined = survey.document.components("securitySchemes");
    for node in survey.of(Kind::Root).chain(survey.of(Kind::Operation)) {
        for (position, requirement) in elements(&node.value["security"]).iter().enumerate() {
            for name in members(requirement).map(|(name, _)| name) {
                if !defined.contains_key(name) {
                    let pointer = format!("{}/security/{position}", node.pointer);
                    let message = format!("the security scheme `{name}` is not defined");
                    found.push((SECURITY_UNDEFINED, pointer, message));
                }
            }
        }
    }
}
