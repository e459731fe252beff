//! As whom one logs in to an instance: each image brings a user of its own.

use aws_sdk_ec2::types::Instance;

use crate::aws::{Call, Context, Result};
use crate::resource::ec2::tag::tags_of;

use super::{image, tags};

/// How the names of images begin, in a stack, as public parameters and as AWS has them, with their users.
const USERS: [(&str, &str); 8] = [
    ("al2023", "ec2-user"),
    ("amzn2-ami", "ec2-user"),
    ("/aws/service/ami-amazon-linux-latest/", "ec2-user"),
    ("ubuntu-", "ubuntu"),
    ("ubuntu/images", "ubuntu"),
    ("/aws/service/canonical/ubuntu/", "ubuntu"),
    ("debian-", "admin"),
    ("/aws/service/debian/", "admin"),
];

/// What an instance was launched from: what `image:` said, which is in its tags, else the AMI's id.
pub fn image_of(instance: &Instance) -> String {
    let said = tags_of(instance.tags.as_deref()).remove(tags::IMAGE);
    said.unwrap_or_else(|| instance.image_id().unwrap_or_default().to_owned())
}

/// The user of an image, by its name in a stack or in AWS.
fn of_name(name: &str) -> Option<&'static str> {
    USERS.iter().find(|(beginning, _)| name.starts_with(beginning)).map(|(_, user)| *user)
}

/// The user of `image`; of one that is known by its id alone AWS says the name (API: DescribeImages). `None`: not known.
pub async fn user(cx: &Context, image: &str) -> Result<Option<&'static str>> {
    if !image::is_id(image) {
        return Ok(of_name(image));
    }
    let answer = cx.clients.ec2.describe_images().image_ids(image).send().await;
    let images = answer.call_if_found("ec2:DescribeImages")?.and_then(|answer| answer.images).unwrap_or_default();
    Ok(images.iter().find_map(|image| of_name(image.name()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Asked, Aws, yes};

    #[test]
    fn each_image_that_has_a_name_has_a_user() {
        for alias in image::aliases() {
            let user = of_name(alias);
            assert!(user.is_some(), "{alias}");
            assert_eq!(user, image::parameter(alias).and_then(of_name), "{alias}");
        }
        assert_eq!(of_name("debian-13"), Some("admin"));
        assert_eq!(of_name("windows"), None);
    }

    #[tokio::test]
    async fn of_an_id_aws_says_the_name() {
        let aws = Aws::with(|_: &Asked| {
            yes("<DescribeImagesResponse><imagesSet><item><imageId>ami-0123456789abcdef0</imageId>\
                 <name>ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260101</name></item></imagesSet>\
                 </DescribeImagesResponse>")
        });
        assert_eq!(user(&aws.context(), "ami-0123456789abcdef0").await.unwrap(), Some("ubuntu"));
        assert_eq!(user(&crate::testing::aws::context(), "al2023").await.unwrap(), Some("ec2-user"));
    }
}
