#!/usr/bin/env bash
# Moto 5.2.5: GetLoginProfile says that a console password was created when its user was.
#
# Expected: CreateDate of a login profile is "the date when the password for the user was created" (IAM API reference,
# LoginProfile). Seen: it is the user's own CreateDate, however much later the password was created, so a password that
# was deleted and created again can't be told from the first one.
# In cloud101's sandbox this is mended (`src/sandbox/mended.py`), since a hand-out compares that date with its file.
#
# Installs pinned packages into a temporary folder and talks to nothing. Exits 0 while the behaviour is as described, and 1
# once it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'moto[iam]==5.2.5' 'boto3==1.43.106'
AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PYTHON'
import sys, time
import boto3
from moto import mock_aws

with mock_aws():
    iam = boto3.client("iam", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    user = iam.create_user(UserName="ana")["User"]["CreateDate"]
    time.sleep(3)
    iam.create_login_profile(UserName="ana", Password="a-long-Passw0rd!")
    password = iam.get_login_profile(UserName="ana")["LoginProfile"]["CreateDate"]
    print("user created:    ", user)
    print("password created:", password)
    sys.exit(0 if password == user else 1)
PYTHON
