//! What `image:` may say, and which AMI it stands for today.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use crate::aws::json::SSM;
use crate::aws::{Call, Context, Error, Result, try_side_by_side};
use crate::explain::Code;
use crate::resource::ec2::id;

/// How many parameters one call takes (API: ssm:GetParameters).
const AT_ONCE: usize = 10;

/// The names that stand for a public parameter.
const ALIASES: [(&str, &str); 12] = [
    ("al2023", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
    ("al2023-arm64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"),
    ("ubuntu-26.04", "/aws/service/canonical/ubuntu/server/26.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
    ("ubuntu-26.04-arm64", "/aws/service/canonical/ubuntu/server/26.04/stable/current/arm64/hvm/ebs-gp3/ami-id"),
    ("ubuntu-24.04", "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
    ("ubuntu-24.04-arm64", "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"),
    ("ubuntu-22.04", "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"),
    ("ubuntu-22.04-arm64", "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id"),
    ("debian-13", "/aws/service/debian/release/13/latest/amd64"),
    ("debian-13-arm64", "/aws/service/debian/release/13/latest/arm64"),
    ("debian-12", "/aws/service/debian/release/12/latest/amd64"),
    ("debian-12-arm64", "/aws/service/debian/release/12/latest/arm64"),
];

/// The names that stand for an image.
pub fn aliases() -> impl DoubleEndedIterator<Item = &'static str> {
    ALIASES.iter().map(|(alias, _)| *alias)
}

/// Whether `image` has the form of an AMI's id.
pub fn is_id(image: &str) -> bool {
    id::is_id("ami-", image) && matches!(image.len(), 12 | 21)
}

/// How large the disk of the images behind a name is at least, in GiB: all of them are made with 8. Of others only AWS
/// knows.
pub fn smallest_root(image: &str) -> Option<i32> {
    aliases().any(|alias| alias == image).then_some(8)
}

/// The public parameter behind an alias or a path; `None` for an AMI's id and for what is neither.
pub fn parameter(image: &str) -> Option<&str> {
    match ALIASES.iter().find(|(alias, _)| *alias == image) {
        Some((_, path)) => Some(path),
        None => image.starts_with("/aws/service/").then_some(image),
    }
}

/// What `ssm:GetParameters` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters {
    parameters: Option<Vec<Parameter>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: Option<String>,
    value: Option<String>,
}

/// The AMIs that `images` stand for now, by alias or path; what AWS does not know is left out.
pub async fn resolve(cx: &Context, images: impl Iterator<Item = &str>) -> Result<BTreeMap<String, String>> {
    let images: BTreeSet<&str> = images.filter(|image| parameter(image).is_some()).collect();
    let paths: Vec<String> = images
        .iter()
        .filter_map(|image| parameter(image))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(Into::into)
        .collect();
    let found = match paths.as_slice() {
        [path] => {
            let value = cx.together().get("a public parameter", path, |paths| values(cx, paths)).await?;
            value.map(|value| (path.clone(), value)).into_iter().collect()
        }
        _ => values(cx, paths).await?,
    };
    let ami = |image: &str| Some((image.to_owned(), found.get(parameter(image)?)?.clone()));
    Ok(images.into_iter().filter_map(ami).collect())
}

/// What the parameters at `paths` hold; those that AWS does not know are left out.
async fn values(cx: &Context, paths: Vec<String>) -> Result<BTreeMap<String, String>> {
    let answers = try_side_by_side(paths.chunks(AT_ONCE), |paths| async move {
        let answer = cx.clients.json(&SSM).ask::<Parameters>("GetParameters", json!({ "Names": paths })).await;
        answer.call("ssm:GetParameters")
    });
    let parameters = answers.await?.into_iter().flat_map(|answer| answer.parameters.unwrap_or_default());
    Ok(parameters.filter_map(|parameter| Some((parameter.name?, parameter.value?))).collect())
}

/// The AMI to create an instance from.
pub async fn resolve_one(cx: &Context, image: &str) -> Result<String> {
    among(cx, &resolve(cx, std::iter::once(image)).await?, image)
}

/// The same, `found` being what [`resolve`] answers.
///
/// # Errors
/// AWS does not know it.
pub fn among(cx: &Context, found: &BTreeMap<String, String>, image: &str) -> Result<String> {
    let Some(path) = parameter(image) else {
        return Ok(image.to_owned());
    };
    found.get(image).cloned().ok_or_else(|| {
        let region = &cx.place.region;
        Error::refused(format!("there is no image `{image}` in {region}: AWS has no public parameter {path} there"))
            .about(Code::Image)
            .with_hint(
                "choose another image, or give the id of one (`ami-…`), as the EC2 console's launch page shows it",
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_aliases_and_paths_are_distinguished() {
        assert!(is_id("ami-0abcdef1234567890") && is_id("ami-0abcdef1"));
        assert!(!is_id("ami-0ABCDEF1234567890") && !is_id("ami-123") && !is_id("al2023"));
        assert_eq!(parameter("ami-0abcdef1234567890"), None);
        assert_eq!(parameter("al2024"), None);
        assert!(parameter("al2023").is_some_and(|path| path.ends_with("x86_64")));
        assert_eq!(
            parameter("/aws/service/debian/release/11/latest/amd64"),
            Some("/aws/service/debian/release/11/latest/amd64")
        );
    }

    #[test]
    fn the_architecture_in_a_name_is_that_of_its_parameter() {
        for (alias, path) in ALIASES {
            assert_eq!(alias.ends_with("-arm64"), path.contains("arm64"), "{alias}");
        }
    }
}
