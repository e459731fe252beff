#!/usr/bin/env bash
# Version 1 of the AWS CLI (awscli 1.46.3): the endpoint that the environment names does not count for SQS.
#
# Expected: AWS_ENDPOINT_URL is where all commands go, and AWS_ENDPOINT_URL_SQS where those of SQS go ("Using endpoints in
# the AWS CLI" in the user guide of version 1). Seen: `aws sqs` goes to the
# old address of SQS in AWS, with the environment's credentials, whichever of the two is set; `aws sns` follows them, and
# so does `aws sqs` with --endpoint-url. boto3 of the same botocore follows the variables as well.
# The README says to use --endpoint-url there.
#
# Installs pinned packages into a temporary folder; no request leaves the machine, since a proxy that is not there is in
# between. Exits 0 while the behaviour is as described, and 1 once it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'awscli==1.46.3'
# Nothing listens at either port: the first is named as the endpoint, the second as the proxy for all else.
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE="$folder/none" AWS_SHARED_CREDENTIALS_FILE="$folder/none" AWS_MAX_ATTEMPTS=1
export https_proxy=http://127.0.0.1:2 no_proxy=127.0.0.1
asked() {
  local variable=$1
  shift
  env "$variable=http://127.0.0.1:1" "$folder/venv/bin/aws" --debug "$@" 2>&1 >/dev/null | grep -o 'url=https\?://[^/,]*' | head -1 || true
}
sqs=$(asked AWS_ENDPOINT_URL sqs list-queues)
only=$(asked AWS_ENDPOINT_URL_SQS sqs list-queues)
sns=$(asked AWS_ENDPOINT_URL sns list-topics)
option=$(asked AWS_ENDPOINT_URL sqs list-queues --endpoint-url http://127.0.0.1:1)
echo "AWS_ENDPOINT_URL, sqs: $sqs"
echo "AWS_ENDPOINT_URL_SQS, sqs: $only"
echo "AWS_ENDPOINT_URL, sns: $sns"
echo "--endpoint-url, sqs: $option"
[[ $sqs != *127.0.0.1:1* && $only != *127.0.0.1:1* && $sns == *127.0.0.1:1* && $option == *127.0.0.1:1* ]]
