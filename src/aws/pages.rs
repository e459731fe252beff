//! Lists in pages, asked for as a whole.

use std::error::Error as StdError;
use std::future::Future;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::bounds::Bounded;
use super::call::Call;
use super::error::Result;

/// All pages of a list: `list.into_paginator().send().all("sns:ListTopics", |page| page.topics.unwrap_or_default())`. They
/// are one question, and so come to an end.
pub trait Paged<Page> {
    /// What `items` takes out of each page.
    fn all<I>(self, operation: &'static str, items: impl FnMut(Page) -> I + Send) -> impl Future<Output = Result<Vec<I::Item>>> + Send
    where
        I: IntoIterator<Item: Send> + Send;

    /// The same; `None`: what has the list is not there, or not any more.
    fn all_if_found<I>(
        self,
        operation: &'static str,
        items: impl FnMut(Page) -> I + Send,
    ) -> impl Future<Output = Result<Option<Vec<I::Item>>>> + Send
    where
        I: IntoIterator<Item: Send> + Send;
}

impl<Page, E> Paged<Page> for PaginationStream<std::result::Result<Page, SdkError<E, HttpResponse>>>
where
    Page: Send,
    E: ProvideErrorMetadata + StdError + Send + 'static,
{
    async fn all<I>(self, operation: &'static str, mut items: impl FnMut(Page) -> I + Send) -> Result<Vec<I::Item>>
    where
        I: IntoIterator<Item: Send> + Send,
    {
        let mut all = Vec::new();
        let mut pages = self.bounded();
        while let Some(page) = pages.next().await {
            all.extend(items(page.call(operation)?));
        }
        Ok(all)
    }

    async fn all_if_found<I>(
        self,
        operation: &'static str,
        items: impl FnMut(Page) -> I + Send,
    ) -> Result<Option<Vec<I::Item>>>
    where
        I: IntoIterator<Item: Send> + Send,
    {
        match self.all(operation, items).await {
            Ok(all) => Ok(Some(all)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    /// A list of two topics on two pages, whose second one `answers`.
    fn account(second: fn() -> crate::testing::aws::Answer) -> Aws {
        Aws::with(move |call| match call.body.contains("NextToken=more") {
            true => second(),
            false => yes(
                "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>one</TopicArn></member></Topics>\
                 <NextToken>more</NextToken></ListTopicsResult></ListTopicsResponse>",
            ),
        })
    }

    fn arns(page: aws_sdk_sns::operation::list_topics::ListTopicsOutput) -> impl Iterator<Item = String> {
        page.topics.unwrap_or_default().into_iter().filter_map(|topic| topic.topic_arn)
    }

    #[tokio::test]
    async fn a_list_has_all_its_pages_or_none() {
        let whole = account(|| {
            yes("<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>two</TopicArn></member></Topics>\
                 </ListTopicsResult></ListTopicsResponse>")
        });
        let list = |aws: &Aws| aws.context().clients.sns.list_topics().into_paginator().send();
        assert_eq!(list(&whole).all("sns:ListTopics", arns).await.unwrap(), ["one", "two"]);
        let gone = account(|| no(404, "NotFound", "There is none."));
        assert_eq!(list(&gone).all_if_found("sns:ListTopics", arns).await.unwrap(), None);
        assert!(list(&gone).all("sns:ListTopics", arns).await.is_err_and(|error| error.is_not_found()));
        let denied = account(|| no(403, "AuthorizationError", "You may not."));
        assert!(list(&denied).all_if_found("sns:ListTopics", arns).await.is_err());
    }
}
