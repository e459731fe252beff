//! Lists in pages, asked for as a whole.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::bounds::Pages;
use super::call::Call;
use super::error::Result;

impl<Page, E> Pages<std::result::Result<Page, SdkError<E, HttpResponse>>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    /// What `items` takes out of each page, of all of them.
    pub async fn all<I: IntoIterator>(
        mut self,
        operation: &'static str,
        mut items: impl FnMut(Page) -> I,
    ) -> Result<Vec<I::Item>> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await {
            all.extend(items(page.call(operation)?));
        }
        Ok(all)
    }

    /// The same; `None`: what has the list is not there, or not any more.
    pub async fn all_if_found<I: IntoIterator>(
        self,
        operation: &'static str,
        items: impl FnMut(Page) -> I,
    ) -> Result<Option<Vec<I::Item>>> {
        match self.all(operation, items).await {
            Ok(all) => Ok(Some(all)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::operation::list_topics::ListTopicsOutput;

    use crate::aws::Bounded;
    use crate::testing::aws::{Answer, Aws, no, yes};

    /// A list of topics on two pages, of which `second` is the other.
    fn account(second: fn() -> Answer) -> Aws {
        Aws::with(move |call| match call.body.contains("NextToken=more") {
            true => second(),
            false => {
                yes("<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>one</TopicArn></member></Topics>\
                 <NextToken>more</NextToken></ListTopicsResult></ListTopicsResponse>")
            }
        })
    }

    fn arns(page: ListTopicsOutput) -> impl Iterator<Item = String> {
        page.topics.unwrap_or_default().into_iter().filter_map(|topic| topic.topic_arn)
    }

    #[tokio::test]
    async fn a_list_has_all_its_pages_or_none() {
        let whole = account(|| {
            yes("<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>two</TopicArn></member></Topics>\
                 </ListTopicsResult></ListTopicsResponse>")
        });
        let list = |aws: &Aws| aws.context().clients.sns.list_topics().into_paginator().send().bounded();
        assert_eq!(list(&whole).all("sns:ListTopics", arns).await.unwrap(), ["one", "two"]);
        assert_eq!(list(&whole).all_if_found("sns:ListTopics", arns).await.unwrap().unwrap(), ["one", "two"]);
        let gone = account(|| no(404, "NotFound", "There is none."));
        assert_eq!(list(&gone).all_if_found("sns:ListTopics", arns).await.unwrap(), None);
        assert!(list(&gone).all("sns:ListTopics", arns).await.is_err_and(|error| error.is_not_found()));
        let denied = account(|| no(403, "AuthorizationError", "You may not."));
        assert!(list(&denied).all_if_found("sns:ListTopics", arns).await.is_err());
    }
}
