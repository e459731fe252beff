//! Duplicates in a list whose order has no meaning: AWS keeps one, so every plan would show the other.

use std::collections::HashMap;

use crate::explain::Code;
use crate::resource::schema::Property;

use super::diagnostics::Diagnostic;
use super::node::Node;

/// Complains of each text that its list has already, in `node`, the value of `property`.
pub fn check(node: &Node, property: Property<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for entry in node.entries() {
        let Some(inner) = property.property(&entry.key) else { continue };
        if inner.has("x-set") {
            in_list(&entry.key, &entry.value, diagnostics);
        }
        check(&entry.value, inner, diagnostics);
    }
    if let Some(items) = property.items() {
        node.items().iter().for_each(|item| check(item, items, diagnostics));
    }
}

fn in_list(name: &str, list: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for item in list.items() {
        let Some(text) = item.text() else { continue };
        if let Some(first) = seen.insert(text, &item.place) {
            let diagnostic = Diagnostic::new(Code::Twice, item.place.clone(), format!("`{name}` already has `{text}`"))
                .help("remove one of them");
            diagnostics.push(diagnostic.also(first.clone(), "first"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::try_stack;

    fn said(resource: &str) -> Vec<String> {
        let diagnostics = try_stack(&format!("resources: {{it: {{{resource}}}}}")).err();
        diagnostics.into_iter().flat_map(|diagnostics| diagnostics.list).map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn a_list_without_order_has_each_once() {
        let policies =
            |list: &str| said(&format!("type: iam.role, assumed_by: lambda.amazonaws.com, policies: [{list}]"));
        let (one, other) = ("'arn:aws:iam::aws:policy/ReadOnlyAccess'", "'arn:aws:iam::aws:policy/SecurityAudit'");
        let message = "`policies` already has `arn:aws:iam::aws:policy/ReadOnlyAccess`";
        assert_eq!(policies(&format!("{one}, {other}, {one}")), [message]);
        assert_eq!(policies(&format!("{one}, {other}")), [""; 0]);
        assert_eq!(said("type: iam.role, assumed_by: [lambda.amazonaws.com, lambda.amazonaws.com]").len(), 1);
        let machine = "type: ec2.instance, image: al2023, instance_type: t3.micro, security_group_ids";
        assert_eq!(said(&format!("{machine}: [sg-0a1b2c3d, sg-0a1b2c3d]")).len(), 1);
        let function = "type: lambda.function, runtime: python3.13, handler: i.h, code_s3: {bucket: abc, key: k}, \
                        role: 'arn:aws:iam::123456789012:role/r'";
        assert_eq!(
            said(&format!(
                "{function}, vpc: {{subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3d], \
                                  security_group_ids: [sg-0a1b2c3d]}}"
            ))
            .len(),
            1
        );
    }
}
