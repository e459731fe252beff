use serde_json::json;

use super::*;

fn findings(spec: Value) -> Vec<String> {
    let spec: Spec = serde_json::from_value(spec).expect("a spec");
    Role.check("cloud101-role", &spec, &Base::from(".")).into_iter().map(|finding| finding.path).collect()
}

#[test]
fn rules_that_need_no_aws() {
    assert_eq!(findings(json!({ "assumed_by": "lambda.amazonaws.com", "policies": ["\u{1}${policy.arn}"] })), [""; 0]);
    assert_eq!(findings(json!({})), [""]);
    assert_eq!(
        findings(json!({ "assumed_by": "lambda", "max_session_seconds": 60 })),
        ["assumed_by", "max_session_seconds"]
    );
    assert_eq!(
        findings(json!({ "assumed_by": ["ec2.amazonaws.com"], "policies": ["ReadOnlyAccess"] })),
        ["policies.0"]
    );
    for wrong in ["arn:aws:iam::1234:policy/p", "arn:aws:iam::123456789012:role/p", "arn:aws:iam::aws:policy/"] {
        assert_eq!(findings(json!({ "assumed_by": "ec2.amazonaws.com", "policies": [wrong] })), ["policies.0"]);
    }
    let many: Vec<_> = (0..11).map(|n| format!("arn:aws:iam::123456789012:policy/p{n}")).collect();
    assert_eq!(findings(json!({ "assumed_by": "ec2.amazonaws.com", "policies": many })), ["policies"]);
    let misspelt = ["arn:aws:iam::aws:policy/AmazonS3ReadOnly"];
    assert_eq!(findings(json!({ "assumed_by": "ec2.amazonaws.com", "policies": misspelt })), ["policies.0"]);
    let inline = json!({ "assumed_by": "ec2.amazonaws.com", "inline_policies": { "a b": { "Statement": {} } } });
    assert!(findings(inline).iter().all(|path| path.starts_with("inline_policies.a b")));
}
