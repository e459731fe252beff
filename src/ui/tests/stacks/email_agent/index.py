import os


def handler(event, context):
    return os.environ["TOPIC_ARN"]
