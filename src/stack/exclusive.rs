//! Two resources that say they have what AWS gives to one: two addresses of one instance, two volumes under one device.

use std::collections::HashMap;

use crate::explain::Code;

use super::diagnostics::Diagnostic;
use super::resources::Draft;

/// Complains of each resource that says what another one of its kind has said before. Values are the same if they are
/// written the same way: what a reference is worth may not be known yet.
pub fn check(drafts: &[Draft<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for draft in drafts {
        let Some(kind) = draft.kind.as_deref() else { continue };
        let entries = kind.info().exclusive.iter().map(|property| draft.entry.value.get(property));
        let Some(entries) = entries.collect::<Option<Vec<_>>>().filter(|entries| !entries.is_empty()) else { continue };
        let values = entries.iter().map(|entry| entry.value.text().filter(|text| !text.is_empty()));
        let Some(values) = values.collect::<Option<Vec<_>>>() else { continue };
        let place = entries[0].value.place.clone();
        let Some((first, first_place)) = seen.insert((kind.name(), values.clone()), (&draft.address, place.clone()))
        else {
            continue;
        };
        let said = kind.info().exclusive.iter().zip(values).map(|(property, value)| format!("`{property}: {value}`"));
        let said = said.collect::<Vec<_>>().join(" and ");
        let message = format!("`{first}` already has {said}, and AWS allows that for one {} only", kind.name());
        let diagnostic =
            Diagnostic::new(Code::Twice, place, message).help("choose another value for one of them, or remove it");
        diagnostics.push(diagnostic.also(first_place, "first"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::try_stack;

    fn said(resources: &str) -> Vec<String> {
        let machines = "i: {type: ec2.instance, image: al2023, instance_type: t3.micro}, \
                        j: {type: ec2.instance, image: al2023, instance_type: t3.micro}";
        let text = format!("resources: {{{machines}, {resources}}}");
        let diagnostics = try_stack(&text).err().map(|diagnostics| diagnostics.list).unwrap_or_default();
        diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn an_instance_has_one_elastic_address() {
        let two = |other: &str| {
            said(&format!("a: {{type: ec2.elastic_ip, instance: '${{i.id}}'}}, b: {{type: ec2.elastic_ip{other}}}"))
        };
        let message = "`a` already has `instance: ${i.id}`, and AWS allows that for one ec2.elastic_ip only";
        assert_eq!(two(", instance: '${i.id}'"), [message]);
        for other in [", instance: '${j.id}'", "", ", instance: ''"] {
            assert_eq!(two(other), [""; 0], "{other}");
        }
        assert_eq!(said("a: {type: ec2.elastic_ip, instance: ''}, b: {type: ec2.elastic_ip, instance: ''}"), [""; 0]);
    }

    #[test]
    fn a_device_is_that_of_one_volume() {
        let two = |instance: &str, device: &str| {
            let first = "a: {type: ec2.volume, size_gib: 1, instance: '${i.id}', device: /dev/sdf}";
            let other = format!("instance: '${{{instance}.id}}', device: {device}");
            said(&format!("{first}, b: {{type: ec2.volume, size_gib: 1, {other}}}"))
        };
        assert!(two("i", "/dev/sdf")[0].starts_with("`a` already has `instance: ${i.id}` and `device: /dev/sdf`"));
        assert_eq!((two("i", "/dev/sdg"), two("j", "/dev/sdf")), (vec![], vec![]));
        let waiting = "type: ec2.volume, size_gib: 1, availability_zone: us-east-1a";
        assert_eq!(said(&format!("a: {{{waiting}}}, b: {{{waiting}}}")), [""; 0]);
    }
}
