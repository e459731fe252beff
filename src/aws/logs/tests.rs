use super::*;
use crate::testing::aws::{Asked, Aws, no, yes};

#[tokio::test]
async fn groups_are_listed_page_by_page_and_one_is_found_on_its_page() {
    let aws = Aws::with(|call: &Asked| match call.body.contains("second") {
        false => yes(r#"{"logGroups":[{"logGroupName":"/a/b","retentionInDays":7}],"nextToken":"second"}"#),
        true => yes(r#"{"logGroups":[{"logGroupName":"/a","deletionProtectionEnabled":true}]}"#),
    });
    let cx = aws.context();
    let names: Vec<_> = groups(&cx, "/a").await.unwrap().into_iter().map(|group| group.log_group_name).collect();
    assert_eq!(names, ["/a/b", "/a"]);
    let bodies: Vec<_> = aws.calls().into_iter().map(|call| call.body).collect();
    assert_eq!(bodies, [r#"{"logGroupNamePrefix":"/a"}"#, r#"{"logGroupNamePrefix":"/a","nextToken":"second"}"#]);

    let first = group(&cx, "/a/b").await.unwrap().unwrap();
    assert_eq!((first.retention_in_days, first.deletion_protection_enabled), (Some(7), false));
    assert_eq!(aws.calls().len(), 3, "the second page is not asked for");
    assert!(group(&cx, "/a").await.unwrap().unwrap().deletion_protection_enabled);
    assert_eq!(group(&cx, "/b").await.unwrap(), None);

    let before = aws.calls().len();
    assert_eq!(groups_within(&cx, "/a", 1).await.unwrap(), None, "there is a second page");
    assert_eq!(aws.calls().len(), before + 1);
    assert_eq!(groups_within(&cx, "/a", 2).await.unwrap().map(|groups| groups.len()), Some(2));
}

#[tokio::test]
async fn a_group_that_is_absent_has_no_tags_and_no_events_and_is_deleted() {
    let missing = || no(400, "ResourceNotFoundException", "The specified log group does not exist.");
    let cx = Aws::with(move |_: &Asked| missing()).context();
    assert_eq!(tags(&cx, "arn:aws:logs:us-east-1:123456789012:log-group:/a").await.unwrap(), None);
    assert!(events(&cx, "/a", 0, None).await.unwrap().is_none());
    delete(&cx, "/a").await.unwrap();
    keep_forever(&cx, "/a").await.unwrap();
    assert!(keep(&cx, "/a", 7).await.is_err());
}
