"""What MiniStack knows of the protocols of services, whose names are the argument, with `faster` and without."""

import json
import sys

import faster
from ministack.core import responses

names = [*sys.argv[1].split(","), "no-service"]
whole = responses._service_model
faster.hasten("ministack")
known = {name: responses._service_model(name) for name in names[:-1]}
read = sorted(module for module in sys.modules if module.startswith("botocore"))
assert not read, read
known["no-service"] = responses._service_model("no-service")
assert known["s3"].shape_names == whole("s3").shape_names
print(json.dumps({name: [model and dict(model.metadata) for model in (known[name], whole(name))] for name in names}))
