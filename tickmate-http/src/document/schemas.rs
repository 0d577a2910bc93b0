//! Simplifies schemas: every part of an object is documented inline, and only objects and lists of words have names.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const PREFIX: &str = "#/components/schemas/";

/// Replaces references to plain values by the values, joins the parts of flattened objects, and removes unused schemas.
pub(super) fn simplify(document: &mut Value) {
    let schemas = document["components"]["schemas"].take();
    let Value::Object(schemas) = schemas else {
        return;
    };
    let mut simple = Map::new();
    for (name, schema) in &schemas {
        simple.insert(name.clone(), simplified(schema, &schemas));
    }
    if let Some(paths) = document.get_mut("paths") {
        let simplified = simplified(paths, &schemas);
        *paths = simplified;
    }
    let used = used(&document["paths"], &simple);
    simple.retain(|name, _| used.contains(name));
    document["components"]["schemas"] = Value::Object(simple);
}

fn simplified(value: &Value, schemas: &Map<String, Value>) -> Value {
    match value {
        Value::Object(members) => {
            if let Some(target) = target(members, schemas) {
                if !has_name(members, target) {
                    let mut inlined = simplified(target, schemas);
                    for (name, member) in members.iter().filter(|(name, _)| *name != "$ref") {
                        inlined[name] = member.clone();
                    }
                    return inlined;
                }
                return value.clone();
            }
            let members = members.iter();
            let members = members.map(|(name, member)| (name.clone(), simplified(member, schemas)));
            joined(members.collect(), schemas)
        }
        Value::Array(items) => items.iter().map(|item| simplified(item, schemas)).collect(),
        other => other.clone(),
    }
}

/// Returns the target of a reference.
fn target<'a>(members: &Map<String, Value>, schemas: &'a Map<String, Value>) -> Option<&'a Value> {
    let name = name(members)?;
    schemas.get(name)
}

fn name(members: &Map<String, Value>) -> Option<&str> {
    members.get("$ref")?.as_str()?.strip_prefix(PREFIX)
}

/// Returns whether the schema keeps its name in the document: an object, a choice, or a list of words.
fn has_name(reference: &Map<String, Value>, schema: &Value) -> bool {
    let name = name(reference).unwrap_or_default();
    let wraps = ["Optional_", "Patch_", "Commas_", "AtMost"];
    let is_wrapper = wraps.iter().any(|prefix| name.starts_with(prefix));
    let is_object = ["properties", "oneOf", "allOf", "enum"]
        .iter()
        .any(|keyword| schema.get(keyword).is_some());
    is_object && !is_wrapper
}

/// Joins the parts of an object whose members were flattened.
fn joined(mut schema: Map<String, Value>, schemas: &Map<String, Value>) -> Value {
    let Some(Value::Array(parts)) = schema.get("allOf") else {
        return Value::Object(schema);
    };
    let Some(parts) = parts
        .iter()
        .map(|part| plain_object(part, schemas))
        .collect::<Option<Vec<_>>>()
    else {
        return Value::Object(schema);
    };
    schema.remove("allOf");
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in parts {
        if let Some(Value::Object(members)) = part.get("properties") {
            properties.extend(members.clone());
        }
        if let Some(Value::Array(names)) = part.get("required") {
            required.extend(names.clone());
        }
    }
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    Value::Object(schema)
}

/// Returns an object with its own properties, behind references; its properties are optional if the whole object is.
fn plain_object(part: &Value, schemas: &Map<String, Value>) -> Option<Map<String, Value>> {
    let part = part.as_object()?;
    if let Some(target) = target(part, schemas) {
        return plain_object(&simplified(target, schemas), schemas);
    }
    if let Some(Value::Array(choices)) = part.get("oneOf") {
        let is_null = |choice: &&Value| choice["type"] == "null";
        let mut objects = choices.iter().filter(|choice| !is_null(choice));
        let (Some(object), None) = (objects.next(), objects.next()) else {
            return None;
        };
        let mut object = plain_object(object, schemas)?;
        object.remove("required");
        return Some(object);
    }
    let is_object = part.get("type").is_some_and(|kind| kind == "object");
    let is_plain = is_object && !part.contains_key("additionalProperties");
    is_plain.then(|| part.clone())
}

/// Returns the names of the schemas that the paths refer to, directly or through others.
fn used(paths: &Value, schemas: &Map<String, Value>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut open = vec![paths];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(name) = name(members)
                    && names.insert(name.to_owned())
                {
                    open.extend(schemas.get(name));
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    names
}
