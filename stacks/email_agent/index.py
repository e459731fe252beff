"""An agent that sends an email: it publishes a message to an SNS topic.

Everyone who has subscribed to the topic by email receives it. The topic's ARN
is in the environment variable ``TOPIC_ARN``.
"""

import os

import boto3

SUBJECT = "Hello from cloud101"
MESSAGE = "This email was sent by the Lambda function cloud101."

sns = boto3.client("sns")


def handler(event, context):
    """Publish the event's ``message`` under its ``subject``.

    Both may be left out. Returns the id that SNS gave the message.
    """
    event = event or {}
    answer = sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=event.get("subject", SUBJECT),
        Message=event.get("message", MESSAGE),
    )
    return {"message_id": answer["MessageId"]}
