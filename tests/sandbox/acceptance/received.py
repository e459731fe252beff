"""Subscribe a queue to the topic, let the function publish, and see what arrives."""

sqs, sns = client("sqs"), client("sns")
url = sqs.create_queue(QueueName="cloud101-lesson")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
allowed = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": sys.argv[1]}},
        }
    ],
}
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(allowed)})
subscription = sns.subscribe(TopicArn=sys.argv[1], Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)
event = {"subject": "Hello from the test", "message": "This is what was sent."}
response = client("lambda").invoke(FunctionName="cloud101", Payload=json.dumps(event))
returned = json.load(response["Payload"])
messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", [])
sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
sqs.delete_queue(QueueUrl=url)
assert len(messages) == 1, (returned, messages)
answer({"returned": returned, "received": json.loads(messages[0]["Body"])})
