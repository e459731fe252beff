//! The other way round: an answer in the shape that botocore gives, as the service would send it.

use serde_json::{Map, Value};

use super::shape::{Member, Model, Operation, Shape};

/// The roots of S3's answers, which botocore's model does not name.
const ROOTS: [(&str, &str); 12] = [
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetBucketTagging", "Tagging"),
    ("GetObjectTagging", "Tagging"),
    ("GetBucketCors", "CORSConfiguration"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketLogging", "BucketLoggingStatus"),
    ("GetBucketWebsite", "WebsiteConfiguration"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    ("ListObjectVersions", "ListVersionsResult"),
    ("ListObjectsV2", "ListBucketResult"),
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("GetBucketAcl", "AccessControlPolicy"),
];

/// What a service sends.
pub struct Sent {
    /// Each line ends with `\r\n`.
    pub headers: String,
    pub body: String,
}

/// The form of a time.
#[derive(Clone, Copy)]
enum Time {
    Text,
    Seconds,
    /// As in HTTP's own headers.
    Header,
}

/// An answer of an operation.
pub fn answer(model: &Model, operation: &Operation, value: &Value) -> Sent {
    let name = &operation.name;
    let Some(output) = &operation.output else { return Sent { headers: String::new(), body: String::new() } };
    let shape = model.shape(&output.shape);
    let mut sent = Sent { headers: String::new(), body: String::new() };
    match model.metadata.protocol.as_str() {
        "ec2" => {
            sent.body.push_str(&format!("<{name}Response>"));
            members(model, shape, value, &mut sent.body);
            sent.body.push_str(&format!("</{name}Response>"));
        }
        "query" => {
            let wrapper = output.result_wrapper.clone().unwrap_or_else(|| format!("{name}Result"));
            sent.body.push_str(&format!("<{name}Response><{wrapper}>"));
            members(model, shape, value, &mut sent.body);
            sent.body.push_str(&format!("</{wrapper}></{name}Response>"));
        }
        "json" => sent.body = json(model, shape, value, Time::Seconds).to_string(),
        protocol => rest(model, operation, shape, value, protocol, &mut sent),
    }
    sent
}

fn rest(model: &Model, operation: &Operation, shape: &Shape, value: &Value, protocol: &str, sent: &mut Sent) {
    for (name, member) in &shape.members {
        let Some(value) = value.get(name).filter(|value| !value.is_null()) else { continue };
        match (member.location.as_deref(), value) {
            (Some("header"), value) => {
                let text = text(value, Time::Header);
                sent.headers.push_str(&format!("{}: {text}\r\n", member.wire(name)));
            }
            (Some("headers"), Value::Object(map)) => {
                for (key, value) in map {
                    let text = text(value, Time::Text);
                    sent.headers.push_str(&format!("{}{key}: {text}\r\n", member.wire(name)));
                }
            }
            _ => {}
        }
    }
    let is_xml = protocol == "rest-xml";
    if let Some(payload) = &shape.payload {
        let (member, value) = (&shape.members[payload], value.get(payload).unwrap_or(&Value::Null));
        sent.body = match (model.of(member).kind.as_str(), is_xml) {
            ("structure", true) => {
                let mut body = String::new();
                element(model, member.wire(payload), model.of(member), false, value, &mut body);
                body
            }
            ("structure", false) => json(model, model.of(member), value, Time::Seconds).to_string(),
            _ => text(value, Time::Text),
        };
        return;
    }
    if !is_xml {
        sent.body = json(model, shape, value, Time::Seconds).to_string();
        return;
    }
    if operation.name == "GetBucketLocation" {
        element(model, "LocationConstraint", &Shape::default(), false, &value["LocationConstraint"], &mut sent.body);
        return;
    }
    let root = ROOTS.iter().find(|(of, _)| *of == operation.name).map(|(_, root)| *root);
    let root = root.map_or_else(|| format!("{}Result", operation.name), str::to_owned);
    sent.body.push_str(&format!("<{root}>"));
    members(model, shape, value, &mut sent.body);
    sent.body.push_str(&format!("</{root}>"));
}

fn members(model: &Model, shape: &Shape, value: &Value, out: &mut String) {
    for (name, member) in shape.members.iter().filter(|(_, member)| member.location.is_none()) {
        if let Some(value) = value.get(name).filter(|value| !value.is_null()) {
            let of = model.of(member);
            let is_flat = of.flattened || member.flattened;
            element(model, wire(name, member, of, is_flat), of, is_flat, value, out);
        }
    }
}

fn wire<'a>(name: &'a str, member: &'a Member, of: &'a Shape, is_flat: bool) -> &'a str {
    let of_element = of.member.as_ref().filter(|_| is_flat).and_then(|element| element.location_name.as_deref());
    member.location_name.as_deref().or(of_element).unwrap_or(name)
}

fn element(model: &Model, name: &str, shape: &Shape, is_flat: bool, value: &Value, out: &mut String) {
    match (shape.kind.as_str(), value) {
        ("list", Value::Array(elements)) => {
            let (member, of) = (shape.element(), model.of(shape.element()));
            if is_flat {
                return elements.iter().for_each(|value| element(model, name, of, false, value, out));
            }
            out.push_str(&format!("<{name}>"));
            elements.iter().for_each(|value| element(model, member.wire("member"), of, false, value, out));
            out.push_str(&format!("</{name}>"));
        }
        ("map", Value::Object(entries)) => {
            let (key, inner) = shape.entry();
            out.push_str(&format!("<{name}>"));
            for (entry, value) in entries {
                out.push_str("<entry>");
                element(model, key.wire("key"), model.of(key), false, &Value::from(entry.as_str()), out);
                element(model, inner.wire("value"), model.of(inner), false, value, out);
                out.push_str("</entry>");
            }
            out.push_str(&format!("</{name}>"));
        }
        ("structure", value) => {
            let attributes = shape.members.iter().filter(|(_, member)| member.xml_attribute);
            let attributes =
                attributes.filter_map(|(name, member)| Some((member.wire(name), value.get(name)?.as_str()?)));
            let attributes: String = attributes
                .map(|(name, value)| {
                    format!(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" {name}=\"{value}\"")
                })
                .collect();
            out.push_str(&format!("<{name}{attributes}>"));
            members(model, shape, value, out);
            out.push_str(&format!("</{name}>"));
        }
        (_, Value::Null) => out.push_str(&format!("<{name}/>")),
        _ => out.push_str(&format!("<{name}>{}</{name}>", escaped(&text(value, Time::Text)))),
    }
}

/// With the names on the wire; what has a place of its own in the answer is left out.
fn json(model: &Model, shape: &Shape, value: &Value, time: Time) -> Value {
    match (shape.kind.as_str(), value) {
        ("structure", Value::Object(map)) => {
            let inside = shape.members.iter().filter(|(_, member)| member.location.is_none());
            let inside = inside.filter_map(|(name, member)| {
                let value = map.get(name).filter(|value| !value.is_null())?;
                Some((member.wire(name).to_owned(), json(model, model.of(member), value, time)))
            });
            Value::Object(inside.collect::<Map<_, _>>())
        }
        ("list", Value::Array(list)) => {
            let of = model.of(shape.element());
            list.iter().map(|value| json(model, of, value, time)).collect()
        }
        ("map", Value::Object(map)) => {
            let of = model.of(shape.entry().1);
            map.iter().map(|(key, value)| (key.clone(), json(model, of, value, time))).collect()
        }
        ("timestamp", value) => text(value, time).parse::<f64>().map(Value::from).unwrap_or_else(|_| value.clone()),
        (_, value) => value.clone(),
    }
}

/// A value in letters; a time is one of the recordings' objects.
fn text(value: &Value, time: Time) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(parts) if parts.contains_key("__class__") => {
            let part = |name: &str| parts.get(name).and_then(Value::as_i64).unwrap_or_default();
            let [year, month, day] = ["year", "month", "day"].map(part);
            let [hour, minute, second] = ["hour", "minute", "second"].map(part);
            match time {
                Time::Text => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z"),
                Time::Header => {
                    let (days_of_week, months) = ("ThuFriSatSunMonTueWed", "JanFebMarAprMayJunJulAugSepOctNovDec");
                    let short = |names: &str, n: i64| names[n as usize * 3..n as usize * 3 + 3].to_owned();
                    let weekday = short(days_of_week, days(year, month, day).rem_euclid(7));
                    let month = short(months, (month - 1).max(0));
                    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
                }
                Time::Seconds => (days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second).to_string(),
            }
        }
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// Since 1970, by the rule of the years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
    out
}
