"""An agent that sends an email through SES.

The environment variables ``SENDER`` and ``RECIPIENT`` hold the two addresses.
SES must have verified the sender, and in a new account the recipient as well.
"""

import os

import boto3

SUBJECT = "Hello from cloud101"
MESSAGE = "This email was sent by the Lambda function cloud101-ses."

ses = boto3.client("sesv2")


def handler(event, context):
    """Send the event's ``message`` under its ``subject``.

    Both may be left out. Returns the id that SES gave the email.
    """
    event = event or {}
    answer = ses.send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [os.environ["RECIPIENT"]]},
        Content={
            "Simple": {
                "Subject": {"Data": event.get("subject", SUBJECT)},
                "Body": {"Text": {"Data": event.get("message", MESSAGE)}},
            }
        },
    )
    return {"message_id": answer["MessageId"]}
