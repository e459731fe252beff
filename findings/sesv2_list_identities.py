#!/usr/bin/env python3
"""SES v2 lists its identities by two requests, and which one is sent depends on the month of the SDK.

Models of 2026 have `POST /v2/email/list-identities`, those before `GET /v2/email/identities`; the AWS CLI 1.46.3, which
brings a botocore of its own, sends the latter beside a boto3 that sends the former. Whatever recognises operations by
method and path must know both.
"""

from botocore.loaders import Loader

for name in ("botocore", "awscli.botocore"):
    try:
        module = __import__(name, fromlist=["data"])
    except ImportError:
        continue
    folder = module.__path__[0] + "/data"
    model = Loader(extra_search_paths=[folder], include_default_search_paths=False).load_service_model("sesv2", "service-2")
    print(name, module.__version__, model["operations"]["ListEmailIdentities"]["http"])
