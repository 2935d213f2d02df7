//! What stands around the operations: version, info, licence, servers, security.

use serde_json::Value;

use super::{kind::Kind, rules::*, survey::Survey};
use crate::document::{elements, escape, members};

pub(super) fn lint(survey: &mut Survey) {
    let root = survey.document.root();
    shapes(survey);
    version(survey, root);
    info(survey, &root["info"]);
    servers(survey, root);
    security(survey, root);
}

/// Objects where the specification wants objects, and lists where it wants lists.
fn shapes(survey: &mut Survey) {
    let mut wrong = Vec::new();
    for node in &survey.nodes {
        let (fits, wanted) = match node.kind {
            Kind::Data => continue,
            Kind::Parameters | Kind::SchemaList => (node.value.is_array(), "a list"),
            Kind::Schema => (node.value.is_object() || node.value.is_boolean(), "a schema"),
            _ => (node.value.is_object(), "an object"),
        };
        if !fits {
            wrong.push((node.pointer.clone(), wanted));
        }
    }
    for (pointer, wanted) in wrong {
        survey.found(WRONG_TYPE, &pointer, format!("{pointer} is not {wanted}"));
    }
}

fn version(survey: &mut Survey, root: &Value) {
    let version = root["openapi"].as_str().unwrap_or_default();
    if !version.starts_with("3.0") && !version.starts_with("3.1") {
        survey.found(VERSION_TOO_NEW, "/openapi", format!("the document is written in {version}"));
    }
}

fn info(survey: &mut Survey, info: &Value) {
    let at = if info.is_object() { "/info" } else { "" };
    for key in ["title", "version"] {
        if !info[key].is_string() {
            survey.found(INFO_INCOMPLETE, at, format!("info has no {key}"));
        }
    }
    for key in ["title", "version", "description", "summary", "termsOfService"] {
        if info[key].as_str().is_some_and(|words| words.trim().is_empty()) {
            survey.found(INFO_EMPTY, &format!("/info/{key}"), format!("info.{key} is empty"));
        }
    }
    for room in ["contact", "license"] {
        for (key, words) in members(&info[room]) {
            if words.as_str().is_some_and(|words| words.trim().is_empty()) {
                let pointer = format!("/info/{room}/{}", escape(key));
                survey.found(INFO_EMPTY, &pointer, format!("info.{room}.{key} is empty"));
            }
        }
    }
    for key in ["description", "contact"] {
        if info.get(key).is_none() {
            survey.found(INFO_BARE, at, format!("info has no {key}"));
        }
    }
    let licence = &info["license"];
    match licence["identifier"].as_str() {
        Some(words) if !words.is_empty() && spdx::Expression::parse(words).is_err() => {
            let what = format!("{words:?} is no licence of SPDX");
            survey.found(LICENCE_UNKNOWN, "/info/license/identifier", what);
        }
        None if licence.is_object() && licence.get("url").is_none() => {
            survey.found(
                LICENCE_UNIDENTIFIED,
                "/info/license",
                "the licence has neither identifier nor url".into(),
            );
        }
        _ => {}
    }
}

fn servers(survey: &mut Survey, root: &Value) {
    if elements(&root["servers"]).is_empty() {
        survey.found(SERVER_MISSING, "", "the document names no server".into());
    }
    for (n, server) in elements(&root["servers"]).iter().enumerate() {
        let (url, pointer) = (server["url"].as_str().unwrap_or_default(), format!("/servers/{n}"));
        let Some((_, rest)) = url.split_once("://") else {
            survey.found(SERVER_RELATIVE, &pointer, format!("the server's URL is {url:?}"));
            continue;
        };
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        let example = ["example.com", "example.org", "example.net"];
        let reserved = example.iter().any(|name| {
            host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        if host == "localhost" || reserved {
            survey.found(SERVER_PLACEHOLDER, &pointer, format!("the server is {host}"));
        }
    }
}

fn security(survey: &mut Survey, root: &Value) {
    let mut odd = Vec::new();
    for node in survey.of(Kind::SecurityScheme) {
        let scheme = node.value["scheme"].as_str().unwrap_or_default();
        let known = ["basic", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        if node.value["type"] == "http" && !known {
            odd.push((
                node.pointer.clone(),
                format!("{} is http with the scheme {scheme:?}", node.key),
            ));
        }
    }
    for (pointer, what) in odd {
        survey.found(SCHEME_UNKNOWN_TO_CLIENTS, &pointer, what);
    }
    let document = survey.document;
    let known = document.components("securitySchemes");
    let mut unknown = Vec::new();
    let operations = survey.of(Kind::Operation).map(|node| (node.pointer.clone(), node.value));
    for (pointer, value) in [(String::new(), root)].into_iter().chain(operations) {
        for (n, requirement) in elements(&value["security"]).iter().enumerate() {
            for (name, _) in members(requirement).filter(|(name, _)| !known.contains_key(*name)) {
                unknown.push((format!("{pointer}/security/{n}"), format!("{name} is not defined")));
            }
        }
    }
    for (pointer, what) in unknown {
        survey.found(SECURITY_UNDEFINED, &pointer, what);
    }
}
