//! The ARNs that a function names.

use std::collections::HashSet;

use crate::explain::Code;
use crate::model::arn::{Arn, has_only};
use crate::resource::{Diagnostic, is_unknown};

use super::spec::Spec;

/// How many layers a function may have (Lambda quotas: function layers).
const LAYERS: usize = 5;

/// Whether it is an ARN of anything (API: AddPermission, SourceArn).
pub fn is_any(text: &str) -> bool {
    is_unknown(text) || Arn::of(text).is_some()
}

/// The service that an ARN is of.
pub fn service(text: &str) -> Option<&str> {
    Arn::of(text).map(|arn| arn.service)
}

/// The region that an ARN is in; `None`: in none, or no ARN.
pub fn region(text: &str) -> Option<&str> {
    Arn::of(text).map(|arn| arn.region).filter(|region| !region.is_empty())
}

/// Whether it is the ARN of a role (API: RoleArn).
fn is_role(text: &str) -> bool {
    Arn::of(text).is_some_and(|arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        arn.service == "iam"
            && arn.region.is_empty()
            && !arn.account.is_empty()
            && !name.is_empty()
            && has_only(name, "+=,.@-_/")
    })
}

/// Whether it is the ARN of a user, a role, or a session.
pub fn is_of_iam(text: &str) -> bool {
    Arn::of(text).is_some_and(|arn| ["iam", "sts"].contains(&arn.service) && !arn.account.is_empty())
}

/// Whether it is the ARN of a layer's version, of an account or of AWS (API: LayerVersionArn).
fn is_layer(text: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && has_only(name, "-_");
    let is_number = |version: &str| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    Arn::of(text).filter(|arn| arn.service == "lambda").is_some_and(|arn| {
        let is_placed = !arn.region.is_empty() && !arn.account.is_empty();
        match arn.resource.split(':').collect::<Vec<_>>()[..] {
            ["layer", name, version] => is_placed && is_name(name) && is_number(version),
            ["awslayer", name] => arn.region.is_empty() && arn.account.is_empty() && is_name(name),
            _ => false,
        }
    })
}

/// What is wrong with the ARNs of the role, the layers and the dead letters.
pub fn diagnostics(spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if !is_unknown(&spec.role) && !is_role(&spec.role) {
        diagnostics.push(
            Diagnostic::new(Code::Arn, "role", format!("`{}` is not the ARN of a role", spec.role))
                .help("refer to a role of this stack, as in `${role.arn}`"),
        );
    }
    for (n, layer) in spec.layers.iter().flatten().enumerate() {
        if !is_unknown(layer) && !is_layer(layer) {
            diagnostics.push(
                Diagnostic::new(
                    Code::Arn,
                    format!("layers.{n}"),
                    format!("`{layer}` is not the ARN of a layer's version"),
                )
                .help("for example `arn:aws:lambda:us-east-1:123456789012:layer:numpy:1`, with the version's number"),
            );
        }
    }
    let mut seen = HashSet::new();
    for (n, layer) in spec.layers.iter().flatten().enumerate() {
        let (name, version) = layer.rsplit_once(':').unwrap_or_default();
        let is_version = !is_unknown(layer) && version.bytes().all(|b| b.is_ascii_digit());
        if is_version && !seen.insert(name) {
            let message = format!("`{layer}` is a version of a layer that is already listed");
            diagnostics.push(Diagnostic::new(Code::Twice, format!("layers.{n}"), message).help("remove one of them"));
        }
    }
    if spec.layers.as_ref().is_some_and(|layers| layers.len() > LAYERS) {
        diagnostics.push(
            Diagnostic::new(Code::TooLong, "layers", "a function has at most five layers")
                .help("combine two of them into one"),
        );
    }
    diagnostics.extend(spec.dead_letter_arn.as_deref().and_then(dead_letter));
    diagnostics
}

fn dead_letter(arn: &str) -> Option<Diagnostic> {
    if arn.is_empty() || is_unknown(arn) {
        return None;
    }
    let diagnostic = |message: String| Some(Diagnostic::new(Code::Arn, "dead_letter_arn", message));
    match Arn::of(arn) {
        Some(of) if ["sqs", "sns"].contains(&of.service) && !of.account.is_empty() && !of.resource.is_empty() => {
            // AWS takes standard queues and topics alone.
            let is_fifo = of.resource.ends_with(".fifo");
            let message = || format!("`{arn}` is FIFO, and Lambda does not accept a FIFO queue or topic here");
            is_fifo.then(message).and_then(diagnostic).map(|one| one.help("name a standard queue or a standard topic"))
        }
        _ => diagnostic(format!("`{arn}` is not the ARN of an SQS queue or an SNS topic"))
            .map(|one| one.help("refer to a topic of this stack, as in `${topic.arn}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_by_their_arns() {
        for right in ["arn:aws:iam::123456789012:role/lesson", "arn:aws-cn:iam::123456789012:role/service-role/a+b@c"] {
            assert!(is_role(right), "{right}");
        }
        for wrong in [
            "lesson",
            "arn:aws:iam::123:role/lesson",
            "arn:aws:iam::12345678901:role/lesson",
            "arn:aws:iam::123456789012:user/lesson",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam:us-east-1:123456789012:role/lesson",
            "arn:aws:iam::123456789012:role/kurs a",
            "AROAQ7SSZBKHRKPWRZUN6",
        ] {
            assert!(!is_role(wrong), "{wrong}");
        }
    }

    #[test]
    fn layers_are_those_of_an_account_or_of_aws() {
        for right in [
            "arn:aws:lambda:us-east-1:123456789012:layer:numpy:1",
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:my_layer:12",
            "arn:aws:lambda:::awslayer:AmazonLinux1803",
        ] {
            assert!(is_layer(right), "{right}");
        }
        for wrong in [
            "numpy",
            "arn:aws:lambda:us-east-1:123456789012:layer:numpy",
            "arn:aws:lambda:us-east-1:12345:layer:numpy:1",
            "arn:aws:lambda:us-east:123456789012:layer:numpy:1",
            "arn:aws:lambda:us-east-1:123456789012:layer:num py:1",
            "arn:aws:lambda:us-east-1:123456789012:layer:numpy:1:2",
            "arn:aws:lambda:us-east-1:123456789012:function:numpy",
            "arn:aws:lambda:us-east-1:123456789012:awslayer:numpy",
        ] {
            assert!(!is_layer(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_layer_is_there_in_one_version() {
        let twice = |layers: [&str; 3]| {
            let spec = serde_json::json!({ "role": "arn:aws:iam::123456789012:role/lesson", "layers": layers });
            let diagnostics = diagnostics(&serde_json::from_value(spec).unwrap());
            diagnostics
                .into_iter()
                .map(|diagnostic| (diagnostic.code, diagnostic.path().to_owned()))
                .collect::<Vec<_>>()
        };
        let of = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:layer:{name}");
        let (first, second, other) = (of("numpy:1"), of("numpy:2"), of("pandas:1"));
        assert_eq!(twice([&first, &other, &second]), [(Code::Twice, "layers.2".to_owned())]);
        assert_eq!(twice([&first, &first, &other]), [(Code::Twice, "layers.1".to_owned())]);
        assert_eq!(twice([&first, &other, "arn:aws:lambda:::awslayer:AmazonLinux1803"]), []);
    }

    #[test]
    fn dead_letters_go_to_a_standard_queue_or_topic() {
        let said = |arn: &str| dead_letter(arn).map(|diagnostic| diagnostic.message);
        for right in ["arn:aws:sqs:eu-west-1:123456789012:late", "arn:aws:sns:eu-west-1:123456789012:late", ""] {
            assert_eq!(said(right), None);
        }
        for wrong in ["late", "arn:aws:sns:eu-west-1:1234:late", "arn:aws:s3:::late"] {
            assert!(said(wrong).is_some_and(|said| said.contains("is not the ARN of")), "{wrong}");
        }
        for fifo in ["arn:aws:sns:eu-west-1:123456789012:t.fifo", "arn:aws:sqs:eu-west-1:123456789012:q.fifo"] {
            assert!(said(fifo).is_some_and(|said| said.contains("is FIFO")), "{fifo}");
        }
    }

    #[test]
    fn any_arn_has_a_service_and_twelve_digits_or_none() {
        for right in ["arn:aws:s3:::bucket", "arn:aws:events:us-east-1:123456789012:rule/x"] {
            assert!(is_any(right), "{right}");
        }
        for wrong in
            ["my-bucket", "arn:aws:s3", "arn:aws:sns:us-east-1:12345678901:t", "arn:aws:sns:nowhere:123456789012:t"]
        {
            assert!(!is_any(wrong), "{wrong}");
        }
    }
}
